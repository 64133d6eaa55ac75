"""What the engine knows of one open document, and of the request that is open for it."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass

from codestral_ls.backends.base import BackendError
from codestral_ls.config.settings import Settings
from codestral_ls.engine import triggers
from codestral_ls.engine.answers import Answer, Answers, Typed, typed_since
from codestral_ls.engine.context import DocumentContext
from codestral_ls.engine.scenes import with_entry
from codestral_ls.engine.stream import Stream
from codestral_ls.engine.typist import Typist
from codestral_ls.model import Request, Snapshot, Suggestion, Timings, Trigger
from codestral_ls.prompt.snippets import Selection
from codestral_ls.prompt.window import PromptWindow


class OpenRequest:
    """A request on its way through the engine."""

    def __init__(self, request: Request) -> None:
        self.snapshot = with_entry(request)
        """What is completed: the request's snapshot, with the popup's selected entry inserted."""
        self.selected = request.selected
        self.automatic = request.trigger is Trigger.AUTOMATIC
        self.edited_since = False
        self.stream: Stream | None = None
        """The stream that was waited for, if any."""
        loop = asyncio.get_running_loop()
        self.asked_at = loop.time()
        self.ended: asyncio.Future[None] = loop.create_future()
        """Done when the request has its outcome, whatever it is."""

    @property
    def request_id(self) -> str:
        """Of the request that was sent for it; empty if none was waited for."""
        return self.stream.request_id if self.stream else ""

    def timings(self, stream: Stream | None = None) -> Timings:
        """How long things took, as of now."""
        now = asyncio.get_running_loop().time()
        return Timings(
            waited=self._since(stream.started_at) if stream else None,
            first_token=self._since(stream.first_text_at) if stream else None,
            total=(now - self.asked_at) * 1000,
        )

    def _since(self, moment: float | None) -> float | None:
        return None if moment is None else max(0.0, (moment - self.asked_at) * 1000)


@dataclass(frozen=True, slots=True)
class Offer:
    """A suggestion as it was given to the editor."""

    suggestion: Suggestion
    snapshot: Snapshot


class DocumentState:
    """The state of one document."""

    def __init__(self, *, expects_requests: bool = False) -> None:
        """``expects_requests``: the editor is known to ask by itself."""
        self.answers = Answers()
        self.typist = Typist(expects_request=expects_requests)
        self.stream: Stream | None = None
        """The answer under way for this document."""
        self.request: OpenRequest | None = None
        """The newest request, until it has its outcome."""
        self.current: Snapshot | None = None
        """The document after the last edit, seen from where that edit ended."""
        self.invoked: Snapshot | None = None
        """The place of the last explicit request."""
        self.offer: Offer | None = None
        """The suggestion that is on the screen, as far as can be told."""
        self.stand_in: Answer | None = None
        """The embedded provider's suggestion, while the model's is on its way."""
        self.untold: BackendError | None = None
        """The failure of a stream that no request has waited for yet."""
        self.prepared_for = ""
        """Id of the suggestion after which the next one was last prepared."""
        self.expected: tuple[Snapshot, Settings] | None = None
        """The place that the editor is expected to ask about."""
        self.selection: Selection | None = None
        """The snippets of other files that prompts show."""
        self.context = DocumentContext()
        """What the workspace's index says of the document's places."""
        self.window: PromptWindow | None = None
        """The window of the last prompt, which the next one begins like."""
        # Random, so that a server can find a prompt's cached head and learn nothing else from it.
        self.cache_key = secrets.token_hex(8)
        self.is_closed = False
        """Forgotten: what its open request was about is gone."""
        self._timer: asyncio.TimerHandle | None = None
        self._news = asyncio.Event()

    @property
    def waits_to_anticipate(self) -> bool:
        """A timer runs after which the backend is asked ahead of the editor."""
        return self._timer is not None

    def is_newer_than(self, snapshot: Snapshot) -> bool:
        """The document was edited since, as when an edit overtakes a request."""
        known = self.current.version if self.current is not None else None
        return known is not None and snapshot.version is not None and known > snapshot.version

    def is_invoked_again(self, snapshot: Snapshot) -> bool:
        """An explicit request here repeats the last one, which means that the user wants another
        candidate."""
        return self.invoked is not None and typed_since(self.invoked, snapshot) == Typed("")

    def pause_s(self, snapshot: Snapshot, settings: Settings, *, at_once: bool) -> float:
        """How long after the last key to ask, in seconds.

        At once where a suggestion was just used up, since what comes next is a line's end and a
        pause; and where that costs nothing (``at_once``).
        """
        if settings.debounce_ms == "auto" and (at_once or self.answers.used_up(snapshot)):
            return 0.0
        return triggers.pause_s(snapshot, self.typist.intervals_s, settings)

    def accept(self, suggestion_id: str) -> bool:
        """Note that a suggestion was accepted; False if that was known (the editor's command and
        its edit both tell)."""
        answer = self.answers.get(suggestion_id)
        if answer is None or answer.accepted:
            return False
        answer.accepted = True
        return True

    def take_untold(self) -> BackendError | None:
        """The failure that no request was told of, once."""
        error, self.untold = self.untold, None
        return error

    def anticipate_at(self, timer: asyncio.TimerHandle) -> None:
        """Have the backend asked by ``timer``, ahead of the editor's request."""
        self.stop_anticipating()
        self._timer = timer

    def stop_anticipating(self) -> None:
        """Do not ask ahead of the editor after all."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def end_stream(self) -> None:
        """Close the document's stream, if there is one."""
        stream, self.stream = self.stream, None
        if stream is not None:
            stream.give_up()

    def forget(self) -> None:
        """Forget what another backend answered and was shown."""
        self.end_stream()
        self.answers.clear()
        self.selection = self.window = self.stand_in = None
        self.context.forget()
        self.wake()

    def wake(self) -> None:
        """Let the request that waits on this document look again."""
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def news(self, stream: Stream | None, until: float | None) -> None:
        """Wait for the next ``wake``, at most until the given time of the event loop; ``stream``
        is what is waited for."""
        if stream is not None:
            stream.n_waiting += 1
        try:
            async with asyncio.timeout_at(until):
                await self._news.wait()
        except TimeoutError:
            return
        finally:
            if stream is not None:
                stream.n_waiting -= 1
