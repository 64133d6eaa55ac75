"""Who is asked, as one value: compared and swapped whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from codestral_ls.backends.base import Backend
from codestral_ls.prompt.build import Mask, unmasked
from codestral_ls.prompt.snippets import FoundSnippets


class SnippetSource(Protocol):
    """What knows the rest of the workspace: the index, in the server."""

    async def snippets(
        self,
        path: str,
        before: str,
        after: str,
        language_id: str,
        *,
        max_chars: int,
        wait_s: float = 0.0,
    ) -> FoundSnippets | None:
        """What is known for a place; None where it cannot be asked. Waits ``wait_s`` at most for
        the files near the document to be read."""
        ...

    def start(self) -> None:
        """Begin to read the workspace, before anything is asked."""
        ...

    def relative(self, path: str) -> str:
        """The path as prompts show it, from its workspace root, with ``/``."""
        ...

    async def aclose(self) -> None:
        """Release what it holds. Safe to call twice."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """All that makes up who is asked. Equal targets are asked the same in the same way.

    What opens a part is itself a value: two that open the same compare equal.
    """

    open_backend: Callable[[], Backend]
    open_fallback: Callable[[], Backend] | None = None
    """What answers while the backend is away."""
    open_snippets: Callable[[], SnippetSource] | None = None
    """What knows the rest of the workspace; None for a backend that knows it itself."""
    mask: Mask = unmasked
    """Takes secrets out of text that leaves the machine."""
    counts_tokens: bool = False
    """Tokens cost something, and count against ``tokensPerDay``."""
    tokens_file: Path | None = None
    """Where the day's tokens are kept across restarts."""
    chance: Callable[[], float] = lambda: 0.0
    """From 0 up to 1: spreads the return of many clients after an outage."""
    max_in_flight: int | None = None
    """Requests at a time; None: as many as the table of backends says of what answers."""
