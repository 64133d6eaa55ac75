"""What the index says of one document's places, asked ahead of the prompts that will want it.

The idea. A question about a place is a task of its own that no prompt owns. It is asked when a
document is opened and after edits that lead to a place where other definitions are wanted, so that
the prompt finds the answer ready; a prompt that comes sooner waits for what is left, within its
limit, and otherwise goes with what was answered last.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from codestral_ls.engine.target import SnippetSource
from codestral_ls.model import Snapshot
from codestral_ls.prompt.snippets import FoundSnippets
from codestral_ls.text.calls import calls

# Questions of one document. Where the index is slower than the typist, more would only wait.
_AT_A_TIME = 3
# A question that is not answered by then is asked anew.
_HUNG_S = 10.0
# While the index reads far files, an answer holds for so long.
_LEARNING_S = 1.0
# An older answer is not used: by then the cursor is elsewhere.
_STALE_S = 10.0
# What is asked ahead waits so long for near files to be read, and is then asked again, so often.
_AHEAD_S = 0.1
_TIMES_AHEAD = 20


@dataclass(frozen=True, slots=True)
class ContextPlace:
    """Places that want the same definitions."""

    line: int
    callee: str

    @classmethod
    def of(cls, snapshot: Snapshot) -> ContextPlace:
        """That of a snapshot's cursor."""
        return cls(snapshot.line, next((call.callee for call in calls(snapshot.before)), ""))


class DocumentContext:
    """The questions about one document, and the answer to the last."""

    def __init__(self) -> None:
        self.has_waited = False
        """A prompt has waited for an answer."""
        self._asking: dict[ContextPlace, tuple[float, asyncio.Task[None]]] = {}
        """Under way, the latest last, with the times they were asked."""
        self._answer: tuple[ContextPlace, float, FoundSnippets] | None = None

    def ask_ahead(self, snapshot: Snapshot, source: SnippetSource, max_chars: int) -> None:
        """Ask about a place that a prompt will want to know of, until its near files are known."""
        self._ask(snapshot, source, max_chars, wait_s=_AHEAD_S, times=_TIMES_AHEAD)

    async def found(
        self, snapshot: Snapshot, source: SnippetSource, max_chars: int, within_s: float
    ) -> FoundSnippets | None:
        """What is known of a place within a limit; of the place before it, where it takes longer;
        None where nothing is."""
        place = ContextPlace.of(snapshot)
        loop = asyncio.get_running_loop()
        until = loop.time() + within_s
        self.has_waited = True
        answer = self._fresh()
        while answer is None or not self._answers(place):
            left_s = until - loop.time()
            if left_s <= 0 and answer is not None:
                break
            asked = self._ask(snapshot, source, max_chars, wait_s=left_s * 0.8)
            await asyncio.wait({asked}, timeout=max(0.0, left_s))
            answer = self._fresh()
            if left_s <= 0 or asked.done():
                break
        return answer[2] if answer is not None else None

    def _answers(self, place: ContextPlace) -> bool:
        """Whether asking again about a place would bring nothing new."""
        if self._answer is None:
            return False
        of, answered_at, found = self._answer
        age_s = asyncio.get_running_loop().time() - answered_at
        is_up_to_date = found.knows_all or (found.knows_near and age_s < _LEARNING_S)
        return of == place and is_up_to_date

    def forget(self) -> None:
        """Ask no more, and drop what is known."""
        for _, task in self._asking.values():
            task.cancel()
        self._asking.clear()
        self._answer = None

    def _fresh(self) -> tuple[ContextPlace, float, FoundSnippets] | None:
        now = asyncio.get_running_loop().time()
        is_fresh = self._answer is not None and now - self._answer[1] < _STALE_S
        return self._answer if is_fresh else None

    def _ask(
        self,
        snapshot: Snapshot,
        source: SnippetSource,
        max_chars: int,
        *,
        wait_s: float,
        times: int = 1,
    ) -> asyncio.Task[None]:
        """Ask about a place, if that is not under way."""
        now = asyncio.get_running_loop().time()
        for place, (asked_at, task) in list(self._asking.items()):
            if task.done() or now - asked_at > _HUNG_S:
                task.cancel()
                del self._asking[place]
        place = ContextPlace.of(snapshot)
        if place in self._asking:
            return self._asking[place][1]
        if len(self._asking) >= _AT_A_TIME:
            return next(reversed(self._asking.values()))[1]

        async def ask() -> None:
            for _ in range(times):
                found = await source.snippets(
                    snapshot.path or "",
                    snapshot.before,
                    snapshot.after,
                    snapshot.language_id,
                    max_chars=max_chars,
                    wait_s=wait_s,
                )
                if found is None:
                    return
                self._answer = place, asyncio.get_running_loop().time(), found
                if found.knows_near:
                    return

        task = asyncio.create_task(ask())
        self._asking[place] = now, task
        return task
