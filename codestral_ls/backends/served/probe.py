"""What answers at an address, and how its model reads a prompt: asked once, not guessed.

A server that takes Codestral's markers for text answers as if nothing were wrong, and completes
nonsense. So markers are sent as text only where the server's tokenizer was seen to parse them: it
is asked (``/tokenize``), or the tokens of a prompt of markers alone are counted. Where it does not
parse them, the prompt goes as token ids; where that is not possible either, nothing is sent.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codestral_ls.backends.base import Loading, ProtocolViolation
from codestral_ls.backends.http.obstacles import blocked
from codestral_ls.backends.http.refusals import error_text, status_error
from codestral_ls.backends.http.reply import Reply, ask, listed
from codestral_ls.backends.served.arrival import is_loading
from codestral_ls.backends.served.facts import PromptForm
from codestral_ls.privacy.text import said
from codestral_ls.prompt.templates import render
from codestral_ls.text.fim_templates import Template

if TYPE_CHECKING:
    from codestral_ls.backends.http.client import HttpClient
    from codestral_ls.backends.served.tokenizer import Tokenizer


TokenCounter = Callable[[str], Awaitable[int | None]]
"""How many tokens a server counts in a prompt; None if it does not say."""


_FIM_PATH = "/v1/fim/completions"
_TRIED = (
    "/v1/models, /v1/fim/completions, /api/extra/version, /get_model_info, /version, /props, "
    "/api/version, /info, /v1/completions"
)


async def identify(client: HttpClient) -> str:
    """The row of the table of backends that what answers belongs to.

    Raises ProtocolViolation if it is none of them, and what else keeps it from telling.
    """
    models = await ask(client, "GET", "/v1/models")
    named = _by_models(models)
    if named is not None:
        return named
    fim = await ask(client, "POST", _FIM_PATH, {})
    if _knows_route(fim):
        return "mistral"
    replies = [models, fim]
    for path, name, is_it in _OWN_ROUTES:
        replies.append(await ask(client, "GET", path))
        if is_it(replies[-1]):
            return name
    replies.append(await ask(client, "POST", "/v1/completions", {}))
    if _has_models(models) or _knows_route(replies[-1]):
        return "openai"
    raise _unknown(client.host, replies, has_key=client.has_key)


def _unknown(host: str, replies: Iterable[Reply], *, has_key: bool) -> Exception:
    for reply in replies:
        if error := blocked(
            reply.status, reply.headers, reply.body, host, has_key=has_key, provider="auto"
        ):
            return error
        # Not known yet, rather than unknown: a key is missing, or the model is being loaded.
        if reply.status in {401, 403, 429, 503}:
            if is_loading(reply.status, reply.body):
                return Loading(f"{host} is still loading its model.", status=reply.status)
            complaint = said(error_text(reply.body)).rstrip(".")
            told = f"{host} did not say what it is ({reply.status})"
            told += f": {complaint}" if complaint else ""
            return status_error(reply.status)(f"{told}.", status=reply.status)
    return ProtocolViolation(
        f"{host} answers like no known server (tried {_TRIED}); check the endpoint, or set "
        "provider."
    )


# In whose name servers list their models. Those of llama-swap, Jan, Docker Model Runner and LM
# Studio have OpenAI's routes alone, whatever runs behind them.
_OWNERS: Mapping[str, str] = {
    "vllm": "vllm",
    "sglang": "sglang",
    "llamacpp": "llamacpp",
    "koboldcpp": "koboldcpp",
    "library": "ollama",
    "llama-swap": "openai",
    "docker": "openai",
    "organization_owner": "openai",
}


def _by_models(reply: Reply) -> str | None:
    for model in listed(reply.body) if reply.status == 200 else ():
        match model:
            case {"capabilities": {"completion_fim": bool()}}:
                return "mistral"
            case {"owned_by": str() as owner} if owner in _OWNERS:
                return _OWNERS[owner]
    return None


def _has_models(reply: Reply) -> bool:
    return reply.status == 200 and bool(listed(reply.body))


def _knows_route(reply: Reply) -> bool:
    """It misses something in an empty request, rather than the route."""
    return reply.status in {400, 422} and isinstance(reply.body, dict)


def _has(*names: str) -> Callable[[Reply], bool]:
    def is_it(reply: Reply) -> bool:
        body = reply.body
        return reply.status == 200 and isinstance(body, dict) and any(n in body for n in names)

    return is_it


_OWN_ROUTES: tuple[tuple[str, str, Callable[[Reply], bool]], ...] = (
    ("/api/extra/version", "koboldcpp", _has("result")),
    ("/get_model_info", "sglang", _has("model_path")),
    ("/version", "vllm", _has("version")),
    ("/props", "llamacpp", _has("default_generation_settings")),
    ("/api/version", "ollama", _has("version")),
    ("/info", "tgi", _has("model_id", "max_input_tokens", "max_input_length")),
)


# Enough for tokenizers that treat the space before a text in different ways to differ.
_SAMPLE = ("def f(", "return a+b")


@dataclass(frozen=True, slots=True)
class Markers:
    """A template that a server's tokenizer knows."""

    template: Template
    form: PromptForm
    ids: Mapping[str, int]
    parsed: bool
    """The tokenizer acts upon control strings in a text."""


async def by_tokenizing(tokenizer: Tokenizer, rows: Sequence[Template]) -> Markers | None:
    """The first row whose markers the tokenizer has, and how to send them; None if none."""
    parsed = [(row, ids) for row in rows if (ids := await tokenizer.marker_ids(row))]
    # Families share markers: one whose ids are known and agree is the better guess.
    parsed.sort(key=lambda found: bool(found[0].ids) and dict(found[0].ids) != found[1])
    for row, ids in parsed[:1]:
        as_ids = await tokenizer.put_together(row, ids, *_SAMPLE, neutral=False)
        exact = await tokenizer.tokens(render(row, *_SAMPLE), parse=True) == as_ids
        return Markers(row, PromptForm.STRING if exact else PromptForm.IDS, ids, parsed=True)
    for row in rows:
        text = await tokenizer.text(list(row.ids.values())) if row.ids else None
        if text is not None and "".join(text.split()) == "".join(row.ids):
            return Markers(row, PromptForm.IDS, row.ids, parsed=False)
    return None


# So often are the markers repeated that what opens the prompt does not matter.
_REPEATS = 8


async def by_counting(count: TokenCounter, row: Template) -> bool | None:
    """Whether the server parses the row's markers, from the tokens it counts; None: it is silent.

    As text no marker has fewer than three tokens.
    """
    # New every time, so that no cache makes the count smaller; at most five tokens.
    opening = secrets.token_hex(2)
    n_markers = _REPEATS * len(row.markers)
    n_tokens = await count(f"{opening} " + "".join(row.markers) * _REPEATS)
    return None if n_tokens is None else n_markers <= n_tokens < 2 * n_markers
