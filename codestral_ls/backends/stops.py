"""Where a completion ends: which stop strings a server is sent, and the rest, applied by us."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codestral_ls.text.fim_templates import Template

# What Mistral, vLLM and TGI accept.
_MAX_SENT = 4


def all_stops(template: Template | None, asked: Sequence[str]) -> tuple[str, ...]:
    """Everything that ends a completion, each once: the caller's, then the template's."""
    known = (*template.stops, *template.control_strings) if template else ()
    return tuple(dict.fromkeys(filter(None, (*asked, *known))))


def sent_stops(template: Template | None, asked: Sequence[str]) -> list[str]:
    """Those that every server takes; ``StopCutter`` sees to all of them."""
    return list(all_stops(template, asked)[:_MAX_SENT])


class StopCutter:
    """Ends a streamed text before the first stop string, however the pieces are cut."""

    def __init__(self, stops: Sequence[str]) -> None:
        self.stopped = False
        self._pattern = re.compile("|".join(map(re.escape, stops))) if stops else None
        self._beginnings = frozenset(stop[:end] for stop in stops for end in range(1, len(stop)))
        self._most_held = max(map(len, self._beginnings), default=0)
        self._held = ""

    def feed(self, piece: str) -> str:
        """What is certain by now not to belong to a stop string."""
        if self._pattern is None or self.stopped:
            return "" if self.stopped else piece
        text = self._held + piece
        if found := self._pattern.search(text):
            self.stopped, self._held = True, ""
            return text[: found.start()]
        ends = (text[-size:] for size in range(min(self._most_held, len(text)), 0, -1))
        self._held = next((end for end in ends if end in self._beginnings), "")
        return text[: len(text) - len(self._held)]

    def rest(self) -> str:
        """What was held back, now that nothing follows."""
        held, self._held = self._held, ""
        return held
