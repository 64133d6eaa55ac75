"""Refusals as servers, gateways, filters and tunnels send them, and what each of them is about.

Written after the products' own pages and their documentation; host names and ids are made up.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from codestral_ls.backends.base import (
    AccessBlocked,
    AuthError,
    BackendError,
    BadRequest,
    ModelError,
    NoAllowance,
    Overloaded,
    ProtocolViolation,
    RateLimited,
    ServerFailure,
)

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalCase:
    """What answers, and what it means."""

    name: str
    status: int
    body: object
    """Text as it is; anything else as JSON."""
    kind: type[BackendError]
    says: tuple[str, ...] = ()
    """Words of the message."""
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = ""
    has_key: bool = True
    provider: str = "mistral"

    @property
    def wire(self) -> bytes:
        """The answer as it travels."""
        is_text = isinstance(self.body, str)
        body = (str(self.body) if is_text else json.dumps(self.body)).encode()
        is_html = is_text and str(self.body).lstrip().startswith("<")
        kind = self.content_type or (HTML if is_html else "text/plain" if is_text else "")
        headers = {"Content-Type": kind or "application/json", **self.headers}
        if not body:
            headers = dict(self.headers)
        lines = [f"{name}: {value}" for name, value in headers.items()]
        head = [f"HTTP/1.1 {self.status} Whatever", *lines, f"Content-Length: {len(body)}", "", ""]
        return "\r\n".join(head).encode() + body


def _page(title: str, body: str = "<p>Access denied</p>") -> str:
    return f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{body}</body></html>"


def _google(status: int, message: str, reason: str, code: str) -> dict[str, object]:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}]
    return {
        "error": {"code": status, "message": message, "status": code, "details": details},
    }


FILTERS = (
    RefusalCase(
        name="zscaler", status=403, kind=AccessBlocked,
        body=_page("Internet Security by Zscaler", "<h1>Sorry, not allowed</h1>"),
        headers={"Server": "Zscaler/6.2"}, says=("web filter (Zscaler)", "Internet Security by"),
    ),
    RefusalCase(
        name="fortinet", status=403, kind=AccessBlocked, says=("web filter (FortiGuard)",),
        body=_page("Web Filter Violation", "<h2>FortiGuard Intrusion Prevention</h2>"),
    ),
    RefusalCase(
        name="fortinet-block-page", status=403, kind=AccessBlocked, says=("Application Control",),
        body="<html><head><title>Application Control Violation</title>"
        "<style>.fgt_x{}</style></head><body><h1>FortiGate Application Control</h1>",
    ),
    RefusalCase(
        name="umbrella", status=403, kind=AccessBlocked, says=("web filter (Cisco Umbrella)",),
        body=_page("Blocked", '<a href="https://block.opendns.com/?url=1">why</a>'),
    ),
    RefusalCase(
        name="bluecoat", status=403, kind=AccessBlocked, says=("Symantec",),
        body="<HTML><HEAD><TITLE>Access Denied</TITLE></HEAD><BODY>Blue Coat ProxySG</BODY></HTML>",
    ),
    RefusalCase(
        name="palo-alto", status=503, kind=Overloaded, says=("at capacity",),
        body=_page("Web Page Blocked", "Palo Alto Networks URL filtering"),
    ),
    RefusalCase(
        name="netskope", status=403, kind=AccessBlocked, says=("web filter (Netskope)",),
        body=_page("Alert", "<img src='https://x.goskope.com/l.png'>"),
    ),
    RefusalCase(
        name="filter-404", status=404, kind=AccessBlocked, says=("web filter (Sophos)",),
        body=_page("Blocked request", "Sophos Web Appliance"),
    ),
    RefusalCase(
        name="unknown-filter", status=403, kind=AccessBlocked,
        body=_page("Category: Artificial Intelligence is blocked"),
        says=("A web page answered for 127.0.0.1", "Intelligence is blocked", "key is not"),
    ),
    RefusalCase(
        name="legal", status=451, kind=AccessBlocked, body=_page("Unavailable"), says=("(451)",),
    ),
    RefusalCase(
        name="squid", status=403, kind=AccessBlocked,
        headers={"Server": "squid/5.7", "X-Squid-Error": "ERR_ACCESS_DENIED 0"},
        body=_page("ERROR: The requested URL could not be retrieved"),
        says=("A proxy (squid)", "ERR_ACCESS_DENIED"),
    ),
    RefusalCase(
        name="squid-503", status=503, kind=AccessBlocked,
        headers={"X-Squid-Error": "ERR_CONNECT_FAIL 111"}, body=_page("ERROR"),
        says=("ERR_CONNECT_FAIL",),
    ),
    RefusalCase(
        name="proxy-password", status=407, kind=AccessBlocked, body=_page("Proxy login"),
        headers={"Proxy-Authenticate": "Basic realm=x"}, says=("proxy", "user name and a password"),
    ),
    RefusalCase(
        name="zscaler-307", status=307, kind=AccessBlocked, body="",
        headers={"Location": "https://gateway.zscaler.net/auD?origurl=x"},
        says=("web filter (Zscaler) redirects", "gateway.zscaler.net (307)"),
    ),
    RefusalCase(
        name="cloudflare-access", status=302, kind=AccessBlocked, body="",
        headers={"Location": "https://team.cloudflareaccess.com/cdn-cgi/access/login/x?kid=1"},
        says=("redirects to a login page at team.cloudflareaccess.com (302)", "with a browser"),
    ),
    RefusalCase(
        name="to-elsewhere", status=308, kind=BadRequest, body="",
        headers={"Location": "https://new.example/v1"}, says=("redirects (308)", "base URL"),
    ),
    RefusalCase(
        name="to-https", status=301, kind=BadRequest, body=_page("301 Moved Permanently"),
        headers={"Location": "https://127.0.0.1/v1"}, says=("redirects (301)", "base URL"),
    ),
    RefusalCase(
        name="zscaler-200", status=200, kind=AccessBlocked, body=_page("Blocked by Zscaler"),
        says=("web filter (Zscaler)",),
    ),
    RefusalCase(
        name="captive-200", status=200, kind=AccessBlocked, body=_page("Hotel WiFi: please log in"),
        says=("A login page", "Hotel WiFi"),
    ),
    RefusalCase(
        name="ngrok-warning", status=200, kind=AccessBlocked, says=("ERR_NGROK_6024",),
        body=_page("ngrok", "You are about to visit x (ERR_NGROK_6024)"),
    ),
    RefusalCase(
        name="a-site", status=200, kind=ProtocolViolation, body=_page("Open WebUI"),
        says=("a web page, “Open WebUI”, that is no completion", "base URL"),
    ),
    RefusalCase(
        name="captive-portal", status=511, kind=AccessBlocked, body=_page("Hotel WiFi"),
        says=("A login page", "Hotel WiFi"),
    ),
)  # fmt: skip

GATEWAYS = (
    RefusalCase(
        name="nginx-403", status=403, kind=AccessBlocked, headers={"Server": "nginx/1.24.0"},
        body="<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n<center><h1>403 "
        "Forbidden</h1></center>\r\n<hr><center>nginx/1.24.0</center>\r\n</body>\r\n</html>\r\n",
        says=("A web page answered", "“403 Forbidden”"),
    ),
    RefusalCase(
        name="nginx-basic", status=401, kind=AccessBlocked,
        headers={"Server": "nginx", "WWW-Authenticate": 'Basic realm="Restricted"'},
        body="<html>\r\n<head><title>401 Authorization Required</title></head></html>",
        says=("wants a login of its own (401, Basic)", "Authorization"),
    ),
    RefusalCase(
        name="iis-ntlm", status=401, kind=AccessBlocked, headers={"WWW-Authenticate": "NTLM"},
        body="", says=("a login of its own",),
    ),
    RefusalCase(
        name="oauth2-proxy", status=403, kind=AccessBlocked, body=_page("Sign In"),
        says=("A login page", "Sign In"),
    ),
    RefusalCase(
        name="awselb", status=403, kind=AccessBlocked, headers={"Server": "awselb/2.0"},
        body="<html>\r\n<head><title>403 Forbidden</title></head>\r\n</html>\r\n",
    ),
    RefusalCase(
        name="cloudflare-1020", status=403, kind=AccessBlocked, headers={"Server": "cloudflare"},
        body="error code: 1020", says=("Cloudflare", "error 1020"),
    ),
    RefusalCase(
        name="cloudflare-page", status=403, kind=AccessBlocked, headers={"Server": "cloudflare"},
        body=_page("Attention Required! | Cloudflare"), says=("Cloudflare, in front of",),
    ),
    RefusalCase(
        name="cloudflare-challenge", status=403, kind=AccessBlocked,
        headers={"Server": "cloudflare", "CF-Mitigated": "challenge"},
        body=_page("Just a moment..."), says=("Cloudflare",),
    ),
    RefusalCase(
        name="an-api-behind-cloudflare", status=401, kind=AuthError,
        headers={"Server": "cloudflare"}, body={"detail": "Unauthorized"},
        says=("refused the key",),
    ),
    RefusalCase(
        name="envoy-rbac", status=403, kind=AccessBlocked, headers={"Server": "istio-envoy"},
        body="RBAC: access denied", says=("lets in no requests from this network",),
    ),
    RefusalCase(
        name="ngrok-offline", status=404, kind=AccessBlocked,
        headers={"Ngrok-Error-Code": "ERR_NGROK_3200"}, body=_page("ngrok"),
        says=("tunnel (ngrok)", "ERR_NGROK_3200"),
    ),
    RefusalCase(
        name="ngrok-upstream", status=502, kind=AccessBlocked, says=("ERR_NGROK_8012",),
        body="ERR_NGROK_8012\r\n\r\nTraffic was successfully tunneled, but nothing listens.",
    ),
    RefusalCase(
        name="ngrok-ip", status=403, kind=AccessBlocked, says=("ERR_NGROK_3205",),
        body=_page("Forbidden", "<noscript>not allowed (ERR_NGROK_3205)</noscript>"),
    ),
    RefusalCase(
        name="nginx-502", status=502, kind=ServerFailure, body=_page("502 Bad Gateway"),
        says=("failed (502)",),
    ),
    RefusalCase(
        name="html-by-type-alone", status=403, kind=AccessBlocked, body="Forbidden by rule 7.",
        content_type=HTML, says=("Forbidden by rule 7",),
    ),
    RefusalCase(
        name="page-in-json", status=500, kind=ServerFailure, says=("failed (500): Bad Gateway",),
        body={"error": {"message": "upstream said: <html><head><title>Bad Gateway</title></html>"}},
    ),
    RefusalCase(
        name="s3-xml", status=403, kind=AccessBlocked, says=("Access Denied",),
        body='<?xml version="1.0"?><Error><Code>x</Code><Message>Access Denied</Message>',
        content_type="application/xml",
    ),
)  # fmt: skip

SERVERS = (
    RefusalCase(
        name="mistral-401", status=401, kind=AuthError,
        body={"message": "Unauthorized", "request_id": "abc"}, says=("refused the key (401)",),
    ),
    RefusalCase(
        name="mistral-no-key", status=401, kind=AuthError, has_key=False,
        body={"detail": "Unauthorized"}, says=("wants a key, and none was sent (401)",),
    ),
    RefusalCase(
        name="mistral-plan", status=403, kind=ModelError, says=("codestral-latest", "plan"),
        body={"object": "error", "message": "The model codestral-latest is not available in your "
              "current plan.", "type": "invalid_request_model_access", "code": "1910"},
    ),
    RefusalCase(
        name="mistral-subscription", status=403, kind=NoAllowance, says=("plan",),
        body={"message": "Inactive subscription or usage limit reached"},
    ),
    RefusalCase(
        name="openai-key", status=401, kind=AuthError, says=("refused the key",),
        body={"error": {"message": "Incorrect API key provided.", "code": "invalid_api_key",
                        "type": "invalid_request_error", "param": None}},
    ),
    RefusalCase(
        name="openai-model", status=403, kind=ModelError,
        body={"error": {"message": "Project `proj_x` does not have access to model `gpt-x`",
                        "type": "invalid_request_error", "param": None, "code": "model_not_found"}},
    ),
    RefusalCase(
        name="openai-region", status=403, kind=AccessBlocked, says=("country or region",),
        body={"error": {"message": "Country, region, or territory not supported",
                        "code": "unsupported_country_region_territory",
                        "type": "request_forbidden"}},
    ),
    RefusalCase(
        name="openai-quota", status=429, kind=NoAllowance,
        body={"error": {"message": "You exceeded your current quota", "type": "insufficient_quota",
                        "code": "insufficient_quota"}},
    ),
    RefusalCase(
        name="plain-429", status=429, kind=RateLimited, body={"message": "Requests rate limit"},
    ),
    RefusalCase(
        name="deepseek-balance", status=402, kind=NoAllowance,
        body={"error": {"message": "Insufficient Balance", "code": "invalid_request_error"}},
    ),
    RefusalCase(
        name="litellm-budget", status=422, kind=NoAllowance, says=("Budget has been exceeded",),
        body={"error": {"message": "Budget has been exceeded! Current cost: 10.2, Max budget: 10.0",
                        "type": "budget_exceeded", "param": None, "code": "422"}},
    ),
    RefusalCase(
        name="litellm-older-budget", status=400, kind=NoAllowance,
        body={"error": {"message": "ExceededBudget: User=ada over budget. Spend=10.2, Budget=10.0",
                        "type": "budget_exceeded", "param": None, "code": "400"}},
    ),
    RefusalCase(
        name="spend-limit", status=403, kind=NoAllowance,
        body={"error": {"message": "Key limit: your spending limit has been reached", "code": 403}},
    ),
    RefusalCase(
        name="litellm-key", status=401, kind=AuthError,
        body={"error": {"message": "Authentication Error, Invalid proxy server token passed.",
                        "type": "token_not_found_in_db", "param": "key", "code": "401"}},
    ),
    RefusalCase(
        name="litellm-model", status=401, kind=ModelError, says=("cannot complete with model",),
        body={"error": {"message": "key not allowed to access model. This key can only access "
                        "models=['a']. Tried to access codestral",
                        "type": "key_model_access_denied", "param": "model", "code": "401"}},
    ),
    RefusalCase(
        name="litellm-team", status=403, kind=ModelError,
        body={"error": {"message": "Team not allowed to access model.", "param": "model",
                        "type": "team_model_access_denied", "code": "403"}},
    ),
    RefusalCase(
        name="azure-key", status=401, kind=AuthError,
        body={"error": {"code": "401", "message": "Access denied due to invalid subscription key "
                        "or wrong API endpoint. Make sure to provide a valid key for an active "
                        "subscription and use a correct regional API endpoint."}},
    ),
    RefusalCase(
        name="azure-firewall", status=403, kind=AccessBlocked, says=("from this network",),
        body={"error": {"code": "403", "message": "Access denied due to Virtual Network/Firewall "
                        "rules."}},
    ),
    RefusalCase(
        name="azure-private", status=403, kind=AccessBlocked,
        body={"error": {"code": "403", "message": "Public access is disabled. Please configure "
                        "private endpoint."}},
    ),
    RefusalCase(
        name="vertex-token", status=401, kind=AuthError,
        body=_google(401, "Request had invalid authentication credentials. Expected OAuth 2 access "
                     "token, login cookie or other valid authentication credential.",
                     "ACCESS_TOKEN_TYPE_UNSUPPORTED", "UNAUTHENTICATED"),
    ),
    RefusalCase(
        name="vertex-permission", status=403, kind=AuthError, says=("refused the key (403)",),
        body=_google(403, "Permission 'aiplatform.endpoints.predict' denied on resource "
                     "'//aiplatform.googleapis.com/projects/p' (or it may not exist).",
                     "IAM_PERMISSION_DENIED", "PERMISSION_DENIED"),
    ),
    RefusalCase(
        name="vertex-disabled", status=403, kind=NoAllowance,
        body=_google(403, "Vertex AI API has not been used in project 1 before or it is disabled.",
                     "SERVICE_DISABLED", "PERMISSION_DENIED"),
    ),
    RefusalCase(
        name="fastapi-bearer", status=403, kind=AuthError, body={"detail": "Not authenticated"},
    ),
    RefusalCase(
        name="hugging-face", status=403, kind=ModelError,
        body={"error": "Access to model bigcode/starcoder2-3b is restricted and you are not in the "
              "authorized list."},
    ),
    RefusalCase(
        name="ollama-host", status=403, kind=AccessBlocked, body="", has_key=False,
        provider="ollama", says=("Ollama at 127.0.0.1", "OLLAMA_HOST", "OLLAMA_ORIGINS"),
    ),
    RefusalCase(
        name="ollama-host-found-out", status=403, kind=AccessBlocked, body="", has_key=False,
        provider="openai", says=("like Ollama",),
    ),
    RefusalCase(
        name="nginx-plain-http", status=400, kind=BadRequest, content_type=HTML,
        body="<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head>",
        says=("(400): The plain HTTP", "Write https:// in endpoint"),
    ),
    RefusalCase(
        name="go-plain-http", status=400, kind=BadRequest, content_type="text/plain",
        body="Client sent an HTTP request to an HTTPS server.\n",
        says=("Write https:// in endpoint",),
    ),
    RefusalCase(
        name="lm-studio-elsewhere", status=200, kind=BadRequest,
        body={"error": "Unexpected endpoint or method. (POST /v1/fim/completions)"},
        says=("did not accept the request:", "Check endpoint and provider."),
    ),
    RefusalCase(
        name="a-page-s-title-is-told", status=502, kind=ServerFailure, content_type=HTML,
        body="<html><head><title>llm.example | 502: Bad gateway</title></head></html>",
        says=("(502): llm.example | 502: Bad gateway",),
    ),
    RefusalCase(name="a-bare-403-for-a-key", status=403, kind=AuthError, body=""),
    RefusalCase(
        name="vllm-key", status=401, kind=AuthError, body={"error": "Unauthorized"},
        provider="vllm",
    ),
    RefusalCase(
        name="llama-server-key", status=401, kind=AuthError, provider="llamacpp", has_key=False,
        body={"error": {"code": 401, "message": "Invalid API Key", "type": "authentication_error"}},
        says=("wants a key, and none was sent",),
    ),
)  # fmt: skip

REFUSAL_CASES = (*FILTERS, *GATEWAYS, *SERVERS)
