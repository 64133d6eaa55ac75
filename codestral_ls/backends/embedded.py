"""The embedded provider: a child process of our own that learns the workspace.

No network and no model. Learning in this process would stop the event loop for ten milliseconds
at a time; in a child it costs the typing user nothing. Requests and answers are those of
``codestral_ls.workspace.completer.process``.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator

from codestral_ls.backends.base import Chunk, Finish, RateLimits, Replaced, ServerFailure
from codestral_ls.backends.options import BackendOptions
from codestral_ls.installation import RESTART, is_replaced
from codestral_ls.model import Usage
from codestral_ls.prompt.prompt import Prompt
from codestral_ls.workspace.process.parent import Message
from codestral_ls.workspace.process.reader import WorkspaceReader


class EmbeddedBackend(WorkspaceReader):
    """Continues what was written before in the same situation. Satisfies ``Backend``."""

    name = "workspace"
    host = ""
    model = "workspace"
    rate_limits = RateLimits()
    deprecation = ""
    loading = ""

    def __init__(self, options: BackendOptions) -> None:
        """Takes ``roots``, the directories to learn, and ``exclude`` from the options."""
        super().__init__(
            "codestral_ls.workspace.completer.process",
            name="the embedded completer",
            roots=options.roots,
            exclude=options.exclude,
        )

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

    async def _ask(self, question: Message) -> Message:
        try:
            answer = await self._child.ask(question)
        except OSError as error:
            if is_replaced():
                raise Replaced(RESTART) from error
            raise ServerFailure("The embedded completer could not be started.") from error
        # Each time: whoever asks for the status later must learn of it too.
        if self._child.has_given_up and is_replaced():
            raise Replaced(RESTART)
        if self._child.has_given_up:
            raise ServerFailure(
                "The embedded completer keeps ending unexpectedly and was switched off; "
                "restart the language server to try it again."
            )
        return answer
