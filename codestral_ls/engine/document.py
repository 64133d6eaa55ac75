"""What the engine remembers of one document: its answers, its live generation, its typist."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from dataclasses import dataclass, replace

from codestral_ls.config.settings import Settings
from codestral_ls.engine.answers import Answers, Typed, typed_since
from codestral_ls.engine.edits import accepted_part
from codestral_ls.engine.stream import Stream
from codestral_ls.model import Edit, Request, Snapshot, Suggestion, Timings, Trigger
from codestral_ls.prompt.snippets import Selection
from codestral_ls.prompt.window import PromptWindow

# Enough keys for a median that follows the typist's mood within a few words.
_INTERVALS_KEPT = 24
# An editor that asks by itself does so soon after a key (VS Code 30 ms, Neovim 200 ms). If no
# question follows an edit for this long, nobody is waiting for what we would prepare.
ANTICIPATION_S = 1.0
# Who types fast keeps Neovim from asking for a while; this many answers may wait for a question.
MAX_UNASKED_FOR = 4


class OpenRequest:
    """A request on its way through the engine."""

    def __init__(self, request: Request) -> None:
        self.snapshot = _with_selected(request)
        """What is completed: the request's snapshot, with the popup's selected entry inserted."""
        self.automatic = request.trigger is Trigger.AUTOMATIC
        self.edited_since = False
        self.live: Stream | None = None
        """The generation that was waited for, if any."""
        loop = asyncio.get_running_loop()
        self.asked_at = loop.time()
        self.gone: asyncio.Future[None] = loop.create_future()
        """Done when the question has its answer, whatever it is."""

    async def news(self, track: DocumentState, live: Stream | None, until: float) -> None:
        """Wait for news of the document, at most until the given time of the event loop."""
        if live is None:
            await track.news(until)
            return
        live.waiting += 1
        try:
            await track.news(until)
        finally:
            live.waiting -= 1

    def timings(self, live: Stream | None = None) -> Timings:
        """How long things took, as of now."""
        now = asyncio.get_running_loop().time()
        return Timings(
            waited=self._since(live.started_at) if live else None,
            first_token=self._since(live.first_text_at) if live else None,
            total=(now - self.asked_at) * 1000,
        )

    def _since(self, moment: float | None) -> float | None:
        return None if moment is None else max(0.0, (moment - self.asked_at) * 1000)


def _with_selected(request: Request) -> Snapshot:
    snapshot, selected = request.snapshot, request.selected
    if selected is None:
        return snapshot
    kept = snapshot.before[: len(snapshot.before) - selected.replaced]
    return replace(snapshot, before=kept + selected.text)


@dataclass(frozen=True, slots=True)
class Offer:
    """A suggestion as it was given to the editor."""

    suggestion: Suggestion
    snapshot: Snapshot


class DocumentState:
    """The state of one document."""

    def __init__(self) -> None:
        self.answers = Answers()
        self.live: Stream | None = None
        self.question: OpenRequest | None = None
        """The newest request, until it is answered."""
        self.current: Snapshot | None = None
        """The document after the last edit, seen from where that edit ended."""
        self.offer: Offer | None = None
        self.shelf: Selection | None = None
        """The snippets of other files that prompts show."""
        self.prepared_for = ""
        """The suggestion that the next one was last prepared for."""
        self.anticipates: tuple[Snapshot, Settings] | None = None
        """The place that the editor is expected to ask about."""
        self.anticipation: asyncio.TimerHandle | None = None
        """When to ask the backend ahead of that question."""
        self.context: PromptWindow | None = None
        """The window of the last prompt, which the next one begins like."""
        # Random, so that a server can find a prompt's cached head and learn nothing else from it.
        self.cache_key = secrets.token_hex(8)
        self._intervals_s: deque[float] = deque(maxlen=_INTERVALS_KEPT)
        self._last_key_at: float | None = None
        self._unasked_edit_at: float | None = None
        self._unasked_for = 0
        self._asks_by_itself = False
        self._invoked: Snapshot | None = None
        self._news = asyncio.Event()

    @property
    def intervals_s(self) -> list[float]:
        """The last times between keys, in seconds."""
        return list(self._intervals_s)

    def last_key_at(self, default: float) -> float:
        """When the last edit came, by the event loop's clock."""
        return default if self._last_key_at is None else self._last_key_at

    def key(self, now: float) -> None:
        """Note an edit, for the rhythm."""
        if self._last_key_at is not None:
            self._intervals_s.append(now - self._last_key_at)
        self._last_key_at = now

    def asked_automatically(self) -> None:
        """The editor asked by itself, so it will again after the next edit."""
        self._asks_by_itself = True
        self._unasked_edit_at = None
        self._unasked_for = 0

    def asked_again(self, snapshot: Snapshot) -> bool:
        """Note an explicit request; True when the last one was for the very same place, which
        means that the user wants another candidate."""
        last, self._invoked = self._invoked, snapshot
        return last is not None and typed_since(last, snapshot) == Typed("")

    def expects_question(self, now: float) -> bool:
        """Whether an edit now is likely to be followed by a question of the editor's own."""
        silent_s = 0.0 if self._unasked_edit_at is None else now - self._unasked_edit_at
        if silent_s > ANTICIPATION_S or self._unasked_for >= MAX_UNASKED_FOR:
            self._asks_by_itself = False
        self._unasked_edit_at = now
        return self._asks_by_itself

    def anticipated(self) -> None:
        """A generation was started for a question that is yet to come."""
        self._unasked_for += 1

    def taken(self, snapshot: Snapshot, edit: Edit) -> tuple[str, int]:
        """Which suggestion an edit inserted, and how many characters of it; 0 for none.

        An edit that the suggestion on screen does not fit takes it off the screen.
        """
        if self.offer is None:
            return "", 0
        offered = self.offer.suggestion
        typed = typed_since(self.offer.snapshot, snapshot)
        if typed is None:
            self.offer = None
        return offered.id, accepted_part(edit, typed, offered.text)

    def accept(self, suggestion_id: str) -> bool:
        """Note that a suggestion was taken; False if that was known (the editor's command and its
        edit both tell)."""
        answer = self.answers.get(suggestion_id)
        if answer is None or answer.accepted:
            return False
        answer.accepted = True
        return True

    def stop_anticipating(self) -> None:
        """Forget the question that was being prepared."""
        if self.anticipation is not None:
            self.anticipation.cancel()
            self.anticipation = None

    def wake(self) -> None:
        """Let whoever waits on this document look again."""
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def news(self, until: float) -> None:
        """Wait for the next wake, at most until the given time of the event loop."""
        try:
            async with asyncio.timeout_at(until):
                await self._news.wait()
        except TimeoutError:
            return
