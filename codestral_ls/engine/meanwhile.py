"""The embedded provider's suggestion, while a model is on its way (``fallback = "meanwhile"``).

It stands in for the model's: it is replaced by a text that begins with what is left of it, or while
nothing of it was typed. Where the model is known to have nothing to say, it does not stand in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from codestral_ls.config.settings import Settings
from codestral_ls.engine.answers import Answer, new_answer, typed_since
from codestral_ls.engine.document import DocumentState
from codestral_ls.engine.prompts import prompt_for
from codestral_ls.engine.upstream import Upstream
from codestral_ls.model import Growth, Nothing, Snapshot, Source, Suggestion
from codestral_ls.postprocess import Scene
from codestral_ls.prompt.build import unmasked
from codestral_ls.text.syntax import Syntax

# It answers in 2 ms; a child process that is busy learning is not waited for.
_WITHIN_S = 0.05


class Meanwhile:
    """Asks the embedded provider beside a model."""

    def __init__(
        self,
        upstream: Upstream,
        syntax: Callable[[Snapshot], Syntax | None],
        grown: Callable[[Growth], None],
    ) -> None:
        self._upstream = upstream
        self._syntax = syntax
        self._grown = grown

    def applies(self, settings: Settings) -> bool:
        """The user wants it, and there is a model to wait for."""
        return settings.fallback == "meanwhile" and self._upstream.has_fallback

    async def suggest(
        self, document: DocumentState, scene: Scene, settings: Settings
    ) -> Suggestion | None:
        """What stands in at a place where nothing is known of the model's answer; None if nothing
        does. What stood in before stays, as far as it was typed."""
        snapshot = scene.snapshot
        answer = document.stand_in
        if answer is None or _rest(answer, snapshot) is None:
            prompt = await prompt_for(
                document, snapshot, settings, source=None, mask=unmasked, another=False
            )
            raw = await self._upstream.recall(prompt, _WITHIN_S)
            scene = replace(scene, tree=self._syntax(snapshot))
            answer = new_answer(raw, scene, whole=True)
            document.stand_in = answer if answer.text else None
        rest = _rest(answer, snapshot)
        if rest is None:
            return None
        self._grown(Growth(snapshot.uri, answer.id, ready=False, done=False))
        return Suggestion(answer.id, rest, Source.WORKSPACE, covers=answer.covers, grows=True)

    def instead_of(
        self, found: Suggestion | Nothing, document: DocumentState, snapshot: Snapshot
    ) -> Suggestion | Nothing:
        """What is shown where the model's answer is there: that, unless something of what stands
        in was typed and the answer does not go on with it."""
        answer, document.stand_in = document.stand_in, None
        rest = _rest(answer, snapshot) if answer is not None else None
        if answer is None or rest is None or not isinstance(found, Suggestion):
            return found
        if rest == answer.text or found.text.startswith(rest):
            return found
        document.stand_in = answer
        return Suggestion(answer.id, rest, Source.WORKSPACE, covers=answer.covers)

    def model_answered(self, document: DocumentState, uri: str) -> None:
        """A stream has ended: what stands in may be replaced."""
        if document.stand_in is not None:
            self._grown(Growth(uri, document.stand_in.id, ready=True, done=True))


def _rest(answer: Answer, snapshot: Snapshot) -> str | None:
    """What is left of an answer to be typed; None if the text does not go on with it."""
    typed = typed_since(answer.snapshot, snapshot)
    if typed is None or typed.closers or not answer.text.startswith(typed.text):
        return None
    return answer.text[len(typed.text) :] or None
