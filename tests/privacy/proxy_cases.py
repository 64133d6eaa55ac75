"""What the environment says of proxies, case by case: our reader and curl are held to the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

P = "http://proxy.example:3128"
Q = "http://other.example:8888"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyCase:
    """One environment, one URL, and how it is reached."""

    url: str = "https://llm.corp.example"
    variables: Mapping[str, str]
    reached: str | None
    """The proxy; None: directly."""
    curl_differs: str = ""
    """Why curl 7.86 and later do something else."""

    @property
    def name(self) -> str:
        """For the test."""
        said = " ".join(f"{name}={value}" for name, value in self.variables.items())
        return f"{self.url} {said}"


def _past(entry: str, url: str, *, direct: bool, curl_differs: str = "") -> ProxyCase:
    return ProxyCase(
        url=url,
        variables={"https_proxy": P, "http_proxy": P, "no_proxy": entry},
        reached=None if direct else P,
        curl_differs=curl_differs,
    )


GO_ALONE = "Go has this form, curl does not"
LISTED = "curl takes the star only where it stands alone"

VARIABLES = (
    ProxyCase(variables={}, reached=None),
    ProxyCase(variables={"https_proxy": P}, reached=P),
    ProxyCase(variables={"HTTPS_PROXY": P}, reached=P),
    ProxyCase(variables={"https_proxy": P, "HTTPS_PROXY": Q}, reached=P),
    ProxyCase(variables={"https_proxy": "", "HTTPS_PROXY": Q}, reached=Q),
    ProxyCase(variables={"https_proxy": P, "all_proxy": Q}, reached=P),
    ProxyCase(variables={"all_proxy": P}, reached=P),
    ProxyCase(variables={"ALL_PROXY": P}, reached=P),
    ProxyCase(variables={"http_proxy": P}, reached=None),
    ProxyCase(variables={"http_proxy": P, "ALL_PROXY": Q}, reached=Q),
    ProxyCase(url="http://llm.corp.example", variables={"http_proxy": P}, reached=P),
    ProxyCase(
        url="http://llm.corp.example",
        variables={"HTTP_PROXY": P},
        reached=P,
        curl_differs="curl never reads it in capitals; Go does, outside of CGI",
    ),
    ProxyCase(
        url="http://llm.corp.example",
        variables={"HTTP_PROXY": P, "REQUEST_METHOD": "GET"},
        reached=None,
    ),
    ProxyCase(
        url="http://llm.corp.example",
        variables={"http_proxy": P, "REQUEST_METHOD": "GET"},
        reached=P,
    ),
    ProxyCase(url="http://llm.corp.example", variables={"https_proxy": P}, reached=None),
    ProxyCase(variables={"https_proxy": P, "NO_PROXY": "corp.example"}, reached=None),
    ProxyCase(
        variables={"https_proxy": P, "NO_PROXY": "corp.example", "no_proxy": "x.example"}, reached=P
    ),
)

NAMES = (
    _past("llm.corp.example", "https://llm.corp.example", direct=True),
    _past("LLM.Corp.Example", "https://llm.corp.example", direct=True),
    _past("corp.example", "https://llm.corp.example", direct=True),
    _past("corp.example", "https://corp.example", direct=True),
    _past(".corp.example", "https://llm.corp.example", direct=True),
    _past(".corp.example", "https://corp.example", direct=True),
    _past("corp.example", "https://notcorp.example", direct=False),
    _past(".corp.example", "https://notcorp.example", direct=False),
    _past("*.corp.example", "https://llm.corp.example", direct=True, curl_differs=GO_ALONE),
    _past("*.corp.example", "https://a.b.corp.example", direct=True, curl_differs=GO_ALONE),
    _past("*.corp.example", "https://notcorp.example", direct=False),
    _past("*.corp.example", "https://corp.example", direct=False),
    _past("llm.corp.example", "https://corp.example", direct=False),
    _past("corp.example.", "https://llm.corp.example", direct=True),
    _past("example", "https://llm.corp.example", direct=True),
    _past("*", "https://llm.corp.example", direct=True),
    _past(" * ", "https://llm.corp.example", direct=True, curl_differs=LISTED),
    _past("x.example,*", "https://llm.corp.example", direct=True, curl_differs=LISTED),
    _past("x.example,corp.example", "https://llm.corp.example", direct=True),
    _past(" x.example , corp.example ", "https://llm.corp.example", direct=True),
    _past("x.example corp.example", "https://llm.corp.example", direct=True),
    _past("x.example,,corp.example,", "https://llm.corp.example", direct=True),
    _past("corp.example:443", "https://llm.corp.example", direct=True, curl_differs=GO_ALONE),
    _past("corp.example:443", "https://llm.corp.example:8443", direct=False),
    _past("corp.example:8443", "https://llm.corp.example:8443", direct=True, curl_differs=GO_ALONE),
    _past(".corp.example:80", "http://llm.corp.example", direct=True, curl_differs=GO_ALONE),
    _past("bücher.example", "https://xn--bcher-kva.example", direct=True, curl_differs=GO_ALONE),
    _past("localhost", "https://llm.corp.example", direct=False),
)

ADDRESSES = (
    _past("10.1.2.3", "https://10.1.2.3", direct=True),
    _past("10.1.2.3", "https://10.1.2.30", direct=False),
    _past("10.0.0.0/8", "https://10.1.2.3", direct=True),
    _past("10.0.0.0/8", "https://11.1.2.3", direct=False),
    _past("10.9.9.9/8", "https://10.1.2.3", direct=True),
    _past("192.168.4.0/22", "https://192.168.7.255", direct=True),
    _past("192.168.4.0/22", "https://192.168.8.0", direct=False),
    _past("10.0.0.0/8", "https://ten.example", direct=False),
    _past("172.16.0.0/12,10.0.0.0/8", "https://10.1.2.3", direct=True),
    _past("10.1.2.3:443", "https://10.1.2.3", direct=True, curl_differs=GO_ALONE),
    _past("10.1.2.3:443", "https://10.1.2.3:8443", direct=False),
    _past("fd00::1", "https://[fd00::1]", direct=True),
    _past("fd00:0::1", "https://[fd00::1]", direct=True, curl_differs=GO_ALONE),
    _past("[fd00::1]", "https://[fd00::1]", direct=True, curl_differs="neither reads the brackets"),
    _past("[fd00::1]:443", "https://[fd00::1]", direct=True, curl_differs=GO_ALONE),
    _past("[fd00::1]:443", "https://[fd00::1]:8443", direct=False),
    _past("fd00::/8", "https://[fd12::1]", direct=True, curl_differs="curl 7.88 does not match it"),
    _past("fd00::/8", "https://[fe80::1]", direct=False),
    _past("fd00::/8,corp.example", "https://llm.corp.example", direct=True),
    _past("::/0", "https://llm.corp.example", direct=False),
    _past("0.0.0.0/0", "https://10.1.2.3", direct=True, curl_differs="curl wants bits"),
)

PROXY_CASES = (*VARIABLES, *NAMES, *ADDRESSES)

UNREADABLE_ENTRIES = (
    "10.0.0.0/33", "10.0.0.0/x", "10.0/8", "fd00::/129", "192.168.*", "192.168.", "10.", "1.2.3",
    "*corp.example", "llm.*.example", "http://llm.corp.example", "corp.example:port",
    "corp.example:99999", ":443", ".", "*.", "<local>", "[corp.example]", "10.0.0.0/8:443", "a/b",
    "[::1", "fd00::1::2", "-", "x_!y",
)  # fmt: skip

PROXIES: Mapping[str, str] = {
    "http://p.example:3128": "http://p.example:3128",
    "http://p.example": "http://p.example:80",
    "https://p.example": "https://p.example:443",
    "p.example:3128": "http://p.example:3128",
    "p.example": "http://p.example:80",
    "HTTP://P.Example:3128/": "http://p.example:3128",
    "http://p.example:3128/path?x": "http://p.example:3128",
    " http://p.example:3128 ": "http://p.example:3128",
    "http://10.0.0.1:3128": "http://10.0.0.1:3128",
    "http://[fd00::1]:3128": "http://[fd00::1]:3128",
    "socks5://p.example": "socks5://p.example:1080",
    "socks5h://p.example:9": "socks5h://p.example:9",
    "socks://127.0.0.1:1080/": "socks5h://127.0.0.1:1080",
    "http://me:pa%40ss@p.example:1": "http://p.example:1",
    "http://me:pa@ss@p.example:1": "http://p.example:1",
    "me:pass@p.example:1": "http://p.example:1",
    "http://me@p.example:1": "http://p.example:1",
}
"""URLs of proxies and what they name, as it is shown."""

UNREADABLE_PROXIES = (
    "http://", "http://p.example:port", "http://p.example:99999", "http://[fd00::1", "socks9://p:1",
    "socks4://p.example:1080", "ftp://p.example", "http://p example", "http://me:canary@",
    "http://me:can/ary@p.example:1", "http://me:can#ary@p.example:1", "DIRECT;p", "\x00",
    "http://p.example:3128\nX: y", "garbage", "none", "direct", "DIRECT", "0", "1", "true", "off.",
)  # fmt: skip
