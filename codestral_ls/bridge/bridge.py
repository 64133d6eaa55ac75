"""Answers the requests that were let in, by the engine that answers editors too."""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from codestral_ls.bridge import forms, messages, wanted
from codestral_ls.bridge.messages import HttpAnswer, HttpRequest
from codestral_ls.bridge.texts import KnownTexts
from codestral_ls.bridge.wanted import UnusableBody, WantedCompletion
from codestral_ls.config import Settings
from codestral_ls.installation import RESTART, is_replaced
from codestral_ls.model import Nothing, Outcome, Request, Snapshot, Trigger
from codestral_ls.privacy.unnamed import sets_variables
from codestral_ls.session.client import PlainClient
from codestral_ls.session.notices import Notice, Notices, Urgency
from codestral_ls.session.session import Session
from codestral_ls.text import syntax
from codestral_ls.text.syntax import Syntax

_log = logging.getLogger(__name__)

_AMBIGUOUS = Nothing(
    "The text holds a model's control strings, so the cursor's place in the prompt is not certain."
)
_UNPLACED = (
    "An editor does not say which file it asks about, and the setting exclude may mean that file, "
    "so it is not sent."
)
_SECRETS = Nothing(
    "No name says what kind of file this is, and the text looks like a file of secrets, so it is "
    "not sent."
)
_READY = Nothing("Nothing was asked for.")


class BridgeClient(PlainClient):
    """The client of a bridge's session: editors that are not seen, and that ask again by
    themselves."""

    wants_index = True
    watches_files = False

    def __init__(self, tell: Callable[[Notice], None]) -> None:
        """``tell`` shows the user a notice, once for each condition."""
        self._tell = tell

    def tell(self, notice: Notice) -> None:
        """Show the user a notice."""
        self._tell(notice)

    def syntax(self, snapshot: Snapshot) -> Syntax | None:
        """The tree of what is known of the document."""
        return syntax.parse(snapshot.before + snapshot.after, snapshot.language_id)


class Bridge:
    """One engine, and the documents that clients ask about."""

    def __init__(self, session: Session, root: Path, tell: Callable[[Notice], None]) -> None:
        """``root``: the directory that clients' file names are relative to. ``tell`` shows the
        user a notice, once for each condition."""
        self._session = session
        self._tell_once = Notices(tell).tell
        self._texts = KnownTexts(root)
        self._created = int(time.time())
        self._posts: Mapping[str, Callable[[bytes], Awaitable[HttpAnswer]]] = {
            "/v1/completions": self._completion,
            "/infill": self._infill,
        }
        self._gets: Mapping[str, Callable[[], Awaitable[HttpAnswer]]] = {
            "/health": self._health,
            "/v1/health": self._health,
            "/models": self._models,
            "/v1/models": self._models,
        }

    async def answer(self, request: HttpRequest) -> HttpAnswer:
        """The answer to a request. Raises nothing but CancelledError."""
        allowed = "GET, HEAD" if request.path in self._gets else "POST"
        if request.path not in self._gets and request.path not in self._posts:
            known = ", ".join([*self._posts, "/v1/models", "/health"])
            return messages.of_error(404, f"There is no such path here, only {known}.")
        if request.method not in allowed.split(", "):
            return messages.of_error(405, f"Ask with {allowed}.", ("Allow", allowed))
        try:
            if request.path in self._gets:
                return await self._gets[request.path]()
            return await self._posts[request.path](request.body)
        except UnusableBody as error:
            return messages.of_error(400, str(error))
        except Exception:  # noqa: BLE001  # the outer edge: no defect may reach the user's screen
            _log.exception("a request failed by a defect")
            if is_replaced():
                self._session.tell_replaced()
                return forms.silence(RESTART)
            return forms.silence("codestral-ls has a defect; its log has the details.")

    async def _completion(self, body: bytes) -> HttpAnswer:
        asked = wanted.of_completions(body)
        outcome = await self._outcome(asked)
        return forms.completion(asked, outcome, self._model, int(time.time()))

    async def _infill(self, body: bytes) -> HttpAnswer:
        asked = wanted.of_infill(body)
        outcome = await self._outcome(asked)
        return forms.infill(asked, outcome, self._model)

    async def _models(self) -> HttpAnswer:
        await self._session.ready_engine(automatic=True)
        return forms.models(self._model, self._created)

    async def _health(self) -> HttpAnswer:
        return messages.of_json({"status": "ok"})

    @property
    def _model(self) -> str:
        return self._session.choice.model or "codestral-ls"

    async def _outcome(self, asked: WantedCompletion) -> Outcome:
        """What the engine says, as to an editor that asks by itself; trouble is no error."""
        if asked.is_ambiguous:
            return _AMBIGUOUS
        if asked.max_tokens == 0:
            self._texts.note(asked.passages)
            await self._session.ready_engine(automatic=True)
            return _READY
        # Before anything is awaited: requests are of a document in the order of their arrival.
        snapshot = self._texts.snapshot(asked)
        engine = await self._session.ready_engine(automatic=True)
        settings = _lowered(self._session.settings(snapshot.uri), asked.max_tokens)
        if not self._session.choice.is_local:
            is_named = asked.name and snapshot.path is not None
            if settings.exclude and not is_named:
                # A name that was found out is right as a rule, and that is not enough to send by.
                self._tell_once(Notice(Urgency.WARNING, _UNPLACED))
                return Nothing(_UNPLACED)
            if not snapshot.language_id and sets_variables(snapshot.before + snapshot.after):
                return _SECRETS
        outcome = await engine.complete(Request(snapshot, Trigger.AUTOMATIC), settings)
        if isinstance(outcome, Nothing) and outcome.failure:
            self._session.tell_failure(outcome)
        return outcome


def _lowered(settings: Settings, max_tokens: int | None) -> Settings:
    """The user's settings; a client may want less."""
    if max_tokens is None or max_tokens >= settings.max_tokens:
        return settings
    return dataclasses.replace(settings, max_tokens=max_tokens)
