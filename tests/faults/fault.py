"""What a fault is, as README's table tells it."""

from __future__ import annotations

from dataclasses import dataclass

from tests.faults.answers import SUGGESTED
from tests.faults.server import Misdeed

BROKE = "{host} broke off or does not speak HTTP; check its address."
SILENT = (
    "{host} did not finish within {timeout}. Check the network and the server's load; raise "
    "timeoutMs if it is always this slow."
)
FAILED = (
    "{host} failed ({status}). Try again in a moment; if it goes on, the server's log says why."
)

PARTLY = SUGGESTED.removesuffix(" b")
"""What of the suggestion is certain to be whole, where its end never came."""

_SUGGESTIONS = {
    SUGGESTED: "The suggestion, as ever.",
    PARTLY: "The suggestion, up to its last whole word.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that goes wrong, and what the user sees of it."""

    name: str
    sentence: str
    sees: str = ""
    """What is said instead of a suggestion, of ``{host}``."""
    suggests: str = SUGGESTED
    """What is suggested where nothing is said."""
    message: bool = False
    """The editor shows what is said, once; else it is in ``status`` and ``explain`` alone."""

    @property
    def stalls(self) -> bool:
        """It ends by the time limit alone."""
        return self.sees == SILENT

    def said_of(self, host: str, timeout_s: float, **places: str) -> str:
        """What the user reads."""
        return self.sees.format(host=host, timeout=f"{timeout_s:g} s", **places)

    def row(self) -> str:
        """The fault in README's table."""
        places = {"proxy": "proxy.example:3128"}
        seen = self.said_of("api.mistral.ai", 5, **places) or _SUGGESTIONS[self.suggests]
        where = ("a message" if self.message else "status") if self.sees else "the text"
        return f"| {self.sentence}. | {seen} | {where} |"


@dataclass(frozen=True, slots=True, kw_only=True)
class WireFault(Fault):
    """A fault of whoever stands in the server's place."""

    does: Misdeed
