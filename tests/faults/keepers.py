"""The faults of whoever keeps requests from their server: filters, tunnels, gateways, plans."""

from __future__ import annotations

from tests.backends.http.refusal_cases import REFUSAL_CASES, RefusalCase
from tests.faults.fault import WireFault
from tests.faults.server import Misdeed, Then

_ASK = "The key is not the reason: ask for {host} to be allowed, or use another network."
_TUNNEL = "Check that it is running, leads to the server and lets you in."
_BY_NAME = {case.name: case for case in REFUSAL_CASES}


def _fault(name: str, sentence: str, sees: str) -> WireFault:
    case: RefusalCase = _BY_NAME[name]
    return WireFault(
        name=name,
        sentence=sentence,
        does=Misdeed(says=case.wire, then=Then.KEEP),
        sees=sees,
        message=True,
    )


KEEPER_FAULTS = (
    _fault(
        "zscaler",
        "A web filter blocks the server",
        "A web filter (Zscaler) answered for {host} (403): “Internet Security by Zscaler”. " + _ASK,
    ),
    _fault(
        "squid",
        "A proxy without TLS between forbids the server",
        "A proxy (squid) answered for {host} (403): ERR_ACCESS_DENIED. " + _ASK,
    ),
    _fault(
        "nginx-403",
        "A gateway's web page refuses the request",
        "A web page answered for {host} (403): “403 Forbidden”. The key is not the reason: a "
        "filter or a gateway on the way refuses the request. Check endpoint, and ask whoever runs "
        "it.",
    ),
    _fault(
        "oauth2-proxy",
        "A gateway wants somebody to log in",
        "A login page answered for {host} (403): “Sign In”. Log in there with a browser, or check "
        "endpoint.",
    ),
    _fault(
        "cloudflare-1020",
        "Cloudflare refuses the request",
        "Cloudflare, in front of {host}, refused the request (403, error 1020). The key is not "
        "the reason: try another network, or ask whoever runs the server.",
    ),
    _fault(
        "ngrok-offline",
        "The tunnel to the server is closed",
        "The tunnel (ngrok) answered for {host} (404): ERR_NGROK_3200. " + _TUNNEL,
    ),
    _fault(
        "azure-firewall",
        "The server's firewall lets nobody in from here",
        "{host} lets in no requests from this network (403). Check its firewall rules, or connect "
        "through its private network.",
    ),
    _fault(
        "openai-region",
        "The server does not answer in this country",
        "{host} does not answer in this country or region (403). The key is fine.",
    ),
    _fault(
        "mistral-plan",
        "The key's plan has no such model",
        "{host} cannot complete with model codestral-latest (403): The model codestral-latest is "
        "not available in your current plan.",
    ),
)
