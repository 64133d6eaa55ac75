"""Who answers instead of the model's server, or keeps requests away from it.

A 401 or 403 is the key's fault only if the server that the key is for says so. Filters, proxies,
tunnels and gateways answer with the same numbers, and so does a server that refuses the network
that a request comes from. They are told apart by what they answer, in a table.

The rows are written from the answers of the products that they name; ``tests/backends/http/
refusal_cases.py`` has them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from codestral_ls.backends.base import (
    AccessBlocked,
    BackendError,
    BadRequest,
    ModelError,
    NoAllowance,
)
from codestral_ls.backends.http.pages import WebPage
from codestral_ls.privacy.text import name, said


@dataclass(frozen=True, slots=True)
class _Refusal:
    """A refusal as it came."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    page: WebPage | None
    """The web page that it is, if it is one."""
    message: str
    """What it says otherwise, in lower case."""
    has_key: bool
    """A key was sent."""
    provider: str

    @property
    def is_empty(self) -> bool:
        """It has no body at all."""
        return self.page is None and not self.message.strip()

    @property
    def is_refusal(self) -> bool:
        """By its status it concerns who may ask."""
        return self.status in (401, 403, 407, 451, 511)


# Web filters, by words of their pages and headers.
_FILTERS = {
    "Zscaler": r"zscaler|zscloud",
    "FortiGuard": r"fortigate|fortiguard|fortinet|fgt_",
    "Cisco Umbrella": r"umbrella\.com|opendns|cisco umbrella",
    "Cisco Secure Web Appliance": r"ironport|cisco web security|x-wsa|policy_deny",
    "Symantec Web Security": r"blue ?coat|symantec web|proxysg",
    "Palo Alto Networks": r"palo alto|pan-os|globalprotect|prisma access",
    "Netskope": r"netskope|goskope",
    "Forcepoint": r"forcepoint|websense",
    "Sophos": r"sophos",
    "Skyhigh Web Gateway": r"mcafee web gateway|skyhigh|mwg-internal",
    "Barracuda": r"barracuda",
    "Check Point": r"check ?point (?:software|usercheck)|usercheck",
    "iboss": r"\biboss\b",
    "Menlo Security": r"menlo ?security",
    "SonicWall": r"sonicwall",
    "WatchGuard": r"watchguard",
    "Kaspersky": r"kaspersky",
    "Pi-hole": r"pi-?hole",
}
_FILTER = re.compile(
    "|".join(f"(?P<f{index}>{words})" for index, words in enumerate(_FILTERS.values())),
    re.IGNORECASE,
)
_HOST = re.compile(r"https?://([^/?#:@\s]{1,253})", re.IGNORECASE)
_NGROK = re.compile(r"err_ngrok_\d+", re.IGNORECASE)
_CLOUDFLARE = re.compile(r"error code:? ?(1\d{3})|cf-error-details|attention required", re.I)
_TUNNELS = {
    "Tailscale": r"tailscale",
    "localtunnel": r"localtunnel|loca\.lt",
    "VS Code's port forwarding": r"devtunnels|global\.rel\.tunnels",
}
_TUNNEL = re.compile(
    "|".join(f"(?P<t{index}>{words})" for index, words in enumerate(_TUNNELS.values())), re.I
)
_LOGIN = re.compile(
    r"\b(?:log[ _-]?in|sign[ _-]?in|single sign-on|sso|authenticat|oauth2|captive|portal)",
    re.IGNORECASE,
)
_GATEWAY_LOGIN = re.compile(r"(basic|digest|negotiate|ntlm)\b", re.IGNORECASE)
_NETWORK_RULE = re.compile(
    r"rbac: access denied|virtual network|firewall rules?|public (?:network )?access is disabled"
    r"|private endpoint|ip (?:address )?(?:is )?not allowed|not in (?:the )?(?:allow|white) ?list"
    r"|ip_not_allowed|blocked by (?:network|ip|security)|vpc service controls"
    r"|organization'?s policy"
)
_REGION = re.compile(
    r"unsupported_country_region_territory|(?:country|region|territory|location)[^.]{0,40}"
    r"(?:is |are )?not supported|not available in your (?:country|region)"
)


def _obstacle(answer: _Refusal, host: str) -> str | None:
    """One or two sentences on who keeps a request from its server, and what to do; None where
    the server itself speaks."""
    for row in _ROWS:
        if (told := row(answer, host)) is not None:
            return told
    return None


def blocked(
    status: int,
    headers: Mapping[str, str],
    body: object,
    host: str,
    *,
    has_key: bool,
    provider: str,
) -> AccessBlocked | None:
    """The error of an answer that is not the server's own; None where it may be.

    ``body`` is JSON, text or a WebPage.
    """
    page = body if isinstance(body, WebPage) else None
    told = _obstacle(_Refusal(status, headers, page, words_of(body), has_key, provider), host)
    return AccessBlocked(told, status=status) if told else None


def _by_proxy(answer: _Refusal, host: str) -> str | None:
    if answer.status == 407:
        return f"The proxy before {host} wants a user name and a password in its URL (407)."
    error = answer.headers.get("x-squid-error", "").split(" ")[0]
    if not error:
        return None
    told = said(error, 40)
    return f"A proxy (squid) answered for {host} ({answer.status}): {told}. {_ask(host)}"


def _by_tunnel(answer: _Refusal, host: str) -> str | None:
    found = _NGROK.search(answer.headers.get("ngrok-error-code", "") + _words(answer))
    if found is None:
        return None
    return (
        f"The tunnel (ngrok) answered for {host} ({answer.status}): {found[0].upper()}. "
        "Check that it is running, leads to the server and lets you in."
    )


def _by_redirect(answer: _Refusal, host: str) -> str | None:
    """To a filter's page, or to a login at another host."""
    found = _HOST.match(answer.headers.get("location", "")) if 300 <= answer.status < 400 else None
    if found is None or found[1].lower() == host.partition(":")[0]:
        return None
    target = f"{name(found[1])} ({answer.status})"
    if (by := _FILTER.search(_words(answer))) is not None:
        who = list(_FILTERS)[int(str(by.lastgroup)[1:])]
        return f"A web filter ({who}) redirects requests for {host} to {target}. {_ask(host)}"
    if _LOGIN.search(answer.headers["location"]) is None:
        return None
    return (
        f"{host} redirects to a login page at {target}. Log in there with a browser, or check "
        "endpoint."
    )


def _by_filter(answer: _Refusal, host: str) -> str | None:
    if answer.page is None or answer.status >= 500:
        return None
    found = _FILTER.search(_words(answer))
    if found is not None:
        who = list(_FILTERS)[int(str(found.lastgroup)[1:])]
        return f"A web filter ({who}) answered for {host}{_told(answer)}. {_ask(host)}"
    found = _TUNNEL.search(_words(answer)) if answer.is_refusal else None
    if found is None:
        return None
    who = list(_TUNNELS)[int(str(found.lastgroup)[1:])]
    return (
        f"The tunnel ({who}) answered for {host}{_told(answer)}. "
        "Check that it leads to the server and lets you in."
    )


def _by_cloudflare(answer: _Refusal, host: str) -> str | None:
    if answer.status >= 500 or "cloudflare" not in answer.headers.get("server", "").lower():
        return None
    found = _CLOUDFLARE.search(_words(answer))
    if found is None and not (answer.page is not None and answer.is_refusal):
        return None
    error = f", error {found[1]}" if found is not None and found[1] else ""
    return (
        f"Cloudflare, in front of {host}, refused the request ({answer.status}{error}). "
        "The key is not the reason: try another network, or ask whoever runs the server."
    )


def _by_gateway_login(answer: _Refusal, host: str) -> str | None:
    scheme = _GATEWAY_LOGIN.match(answer.headers.get("www-authenticate", ""))
    if answer.status != 401 or scheme is None or (answer.message and answer.page is None):
        return None
    return (
        f"A gateway in front of {host} wants a login of its own (401, {scheme[1].capitalize()}). "
        'Give it as headers = { Authorization = "…" } in config.toml.'
    )


def _by_page(answer: _Refusal, host: str) -> str | None:
    if answer.page is None or not (answer.is_refusal or answer.status == 200):
        return None
    if answer.status == 511 or _LOGIN.search(answer.page.title):
        told = "Log in there with a browser, or check endpoint."
        return f"A login page answered for {host}{_told(answer)}. {told}"
    if answer.status == 200:
        return None
    return (
        f"A web page answered for {host}{_told(answer)}. The key is not the reason: a filter or a "
        "gateway on the way refuses the request. Check endpoint, and ask whoever runs it."
    )


def _by_network_rule(answer: _Refusal, host: str) -> str | None:
    if not answer.is_refusal or _NETWORK_RULE.search(answer.message) is None:
        return None
    return (
        f"{host} lets in no requests from this network{_told(answer)}. "
        "Check its firewall rules, or connect through its private network."
    )


def _by_region(answer: _Refusal, host: str) -> str | None:
    if answer.status not in (400, 403, 451) or _REGION.search(answer.message) is None:
        return None
    return f"{host} does not answer in this country or region{_told(answer)}. The key is fine."


def _by_ollama(answer: _Refusal, host: str) -> str | None:
    """Ollama has no keys. It refuses a ``Host`` that is not this machine's name, and an
    ``Origin`` that it was not told of, with a bare 403."""
    says_nothing = answer.is_empty and "server" not in answer.headers
    by_name = answer.provider == "ollama"
    if answer.status != 403 or not (says_nothing and (by_name or not answer.has_key)):
        return None
    who = f"Ollama at {host}" if by_name else f"{host}, like Ollama,"
    return (
        f"{who} refused the request's Host or Origin (403). Start it with OLLAMA_HOST=0.0.0.0, "
        "let a tunnel send Host: localhost, or name the origin in OLLAMA_ORIGINS."
    )


_ROWS: tuple[Callable[[_Refusal, str], str | None], ...] = (
    _by_proxy,
    _by_tunnel,
    _by_redirect,
    _by_filter,
    _by_cloudflare,
    _by_gateway_login,
    _by_page,
    _by_network_rule,
    _by_region,
    _by_ollama,
)


def _words(answer: _Refusal) -> str:
    """All that may name who answers."""
    headers = ("server", "via", "x-powered-by", "location", "set-cookie")
    told = " ".join(answer.headers.get(name, "") for name in headers)
    return f"{told} {answer.page.source if answer.page else answer.message}"


def _told(answer: _Refusal) -> str:
    title = said(answer.page.title, 80) if answer.page is not None else ""
    return f" ({answer.status})" + (f": “{title}”" if title else "")


def _ask(host: str) -> str:
    return f"The key is not the reason: ask for {host} to be allowed, or use another network."


# What an account may not use, in the words of Mistral, OpenAI, LiteLLM, Google, Hugging Face and
# others; a JSON error's type and code are among the words.
_NO_ACCESS_TO_MODEL = re.compile(
    r"(?:no|not have|without|denied) (?:the )?(?:access|permission)s? to (?:the |this |that )?"
    r"(?:requested )?(?:model|deployment)"
    r"|not allowed to (?:access|use) (?:the |this |that )?model"
    r"|(?:key|team|user|org|project)_model_access_denied|model_not_allowed|model_access_denied"
    r"|invalid_request_model_access|model_not_found|model_not_available"
    r"|model[^.]{0,80}(?:not (?:available|included|enabled|allowed|accessible)|requires?)[^.]{0,40}"
    r"(?:plan|tier|subscription|account|workspace|organi[sz]ation|key)"
    r"|access to model[^.]{0,120}(?:is )?(?:restricted|denied|gated)|gated repo"
    r"|(?:plan|tier|subscription) (?:does|do) not (?:include|allow|cover)[^.]{0,60}model"
)
_NO_ALLOWANCE = re.compile(
    r"insufficient[ _](?:balance|credits?|quota|funds)|payment[ _]required|billing"
    r"|(?:inactive|expired|no active|no valid) (?:subscription|plan)"
    r"|subscription (?:is |has )?(?:inactive|expired|required)|exceeded your current quota"
    r"|service_disabled|has not been used in project|api is (?:disabled|not enabled)"
    r"|credit balance is too low|out of credits|account (?:is |has been )?(?:suspended|deactivated)"
)

# What gateways with budgets say once one is spent (LiteLLM, Portkey, OpenRouter), with various
# statuses. A budget of tokens of a prompt is something else.
_BUDGET_SPENT = re.compile(
    r"budget_?exceeded|budget (?:has been |is |was )?(?:exceeded|exhausted|spent|used up)"
    r"|(?:exceeded?|over|spent|exhausted) (?:your |its |the |their )?(?:\w+ ){0,2}budget"
    r"|(?:spend|spending|usage|credit) limit (?:has been |is |was )?(?:exceeded|reached)"
)


def kind_of_refusal(status: int, words: str) -> type[BackendError] | None:
    """What a refusal of a server itself is about, where it is not the key: ``words`` is all that
    it says, in lower case."""
    if status in (401, 403):
        if _NO_ACCESS_TO_MODEL.search(words):
            return ModelError
        if _NO_ALLOWANCE.search(words):
            return NoAllowance
    if status in (400, 401, 403, 422, 429) and _BUDGET_SPENT.search(words):
        return NoAllowance
    if status == 429 and "insufficient_quota" in words:
        return NoAllowance
    # LM Studio says so with a status of success, whatever is asked that it does not have.
    return BadRequest if "unexpected endpoint" in words else None


def words_of(body: object) -> str:
    """All strings in the first levels of an error's JSON, in lower case."""
    return " ".join(_strings(body, 4)).lower()


def _strings(value: object, depth: int) -> Iterator[str]:
    match value:
        case str():
            yield value[:2000]
        case dict() if depth:
            for item in value.values():
                yield from _strings(item, depth - 1)
        case list() if depth:
            for item in value[:5]:
                yield from _strings(item, depth - 1)
