"""The embedded provider: a child process of our own that learns the workspace.

No network and no model. Learning in this process would stop the event loop for ten milliseconds
at a time; in a child it costs the typing user nothing. Questions and answers are those of
``codestral_ls.workspace.completer.process``.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path

from codestral_ls.backends.base import Chunk, Finish, RateLimits, ServerFailure
from codestral_ls.backends.options import BackendOptions
from codestral_ls.model import Usage
from codestral_ls.prompt.prompt import Prompt
from codestral_ls.workspace.process.parent import Child, KeptChild, Message

MAX_DOCUMENT_CHARS = 200_000
"""As for files (``workspace.files``); and a longer text would stop the event loop for
milliseconds while it is written as JSON. Such a document is completed, but not learnt."""


class WorkspaceBackend:
    """Continues what was written before in the same situation. Satisfies ``Backend``."""

    name = "workspace"
    host = ""
    model = "workspace"
    rate_limits = RateLimits()
    deprecation = ""

    def __init__(self, options: BackendOptions) -> None:
        """Takes ``roots`` and ``exclude`` from the options. Starts nothing."""
        self._arguments = [f"--exclude={glob}" for glob in options.exclude]
        self._arguments += ["--", *(str(Path(root).absolute()) for root in options.roots)]
        self._child = KeptChild(self._start, self._begin)
        self._documents: dict[str, str] = {}
        self._was_told = False

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        """Yield one chunk; its text is empty where nothing is sure enough."""
        answer = await self._ask(
            {
                "op": "complete",
                "path": prompt.path,
                "before": prompt.prefix,
                "after": prompt.suffix,
                "max_tokens": prompt.max_tokens,
                "multiline": "\n" not in prompt.stop,
            }
        )
        yield Chunk(str(answer.get("text", "")), Finish.STOP, Usage())

    async def warm(self) -> None:
        """Start the child and let it begin to learn."""
        with contextlib.suppress(ServerFailure):
            await self.status()

    async def status(self) -> Message:
        """What was learnt: ``files``, ``tokens``, ``done``, ``left_out`` (a sentence or empty)."""
        return await self._ask({"op": "status"})

    def update(self, path: str, text: str) -> None:
        """Learn the text of a document that is open in the editor. Returns at once."""
        if len(text) > MAX_DOCUMENT_CHARS:
            text = ""
        self._documents[path] = text
        self._child.tell({"op": "update", "path": path, "text": text})

    def forget(self, path: str) -> None:
        """The document was closed, or the file changed: what is on disk, if anything, counts."""
        self._documents.pop(path, None)
        self._child.tell({"op": "close", "path": path})

    async def aclose(self) -> None:
        """End the child. Safe to call twice."""
        await self._child.aclose()

    async def _ask(self, question: Message) -> Message:
        if self._child.has_given_up and not self._was_told:
            self._was_told = True
            raise ServerFailure(
                "The embedded completer keeps ending unexpectedly and was switched off; "
                "restart the language server to try it again."
            )
        try:
            return await self._child.ask(question)
        except OSError as error:
            raise ServerFailure("The embedded completer could not be started.") from error

    async def _start(self) -> Child:
        return await Child.start(
            "codestral_ls.workspace.completer.process",
            self._arguments,
            name="the embedded completer",
        )

    def _begin(self, child: Child) -> None:
        for path, text in self._documents.items():
            child.tell({"op": "update", "path": path, "text": text})
