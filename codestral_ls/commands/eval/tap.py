"""Stands between the engine and a backend, and keeps what passed: the prompt, the raw answer.

The engine does not know of it, so that what is measured is what a user sees.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

from codestral_ls.backends.base import Backend, BackendError, Chunk, Finish, RateLimits
from codestral_ls.backends.embedded import EmbeddedBackend
from codestral_ls.commands.eval.tasks import Task
from codestral_ls.engine.target import SnippetSource, Target
from codestral_ls.model import Usage
from codestral_ls.prompt.prompt import Prompt
from codestral_ls.session.assembly import BackendOpener
from codestral_ls.session.early_index import IndexOpener
from codestral_ls.workspace.index.source import WorkspaceIndex
from codestral_ls.workspace.listener import DocumentListener


@dataclass(slots=True)
class Heard:
    """One request and its answer, as they passed."""

    prompt: Prompt
    is_local: bool = False
    """It was answered without a server."""
    text: str = ""
    usage: Usage | None = None
    finish: Finish | None = None
    error: BackendError | None = None


@dataclass(eq=False)
class Recorder:
    """What passed since it was emptied."""

    task: Task | None = None
    """The one that is asked about."""
    heard: list[Heard] = field(default_factory=list)
    readers: list[EmbeddedBackend | WorkspaceIndex] = field(default_factory=list)
    """The children that read the workspace, once the engine has opened them."""

    def take(self) -> Heard | None:
        """The last request since it was emptied; empties it."""
        last = self.heard[-1] if self.heard else None
        self.heard.clear()
        return last


@dataclass(frozen=True)
class Tapping:
    """Changes a target so that all that passes is kept."""

    recorder: Recorder
    withhold: Callable[[str, Mapping[str, Any]], None] | None = None
    """Gets what would be sent; nothing is sent then, and every answer is empty."""
    instead: Callable[[Recorder], Backend] | None = None
    """Opens what answers in place of the target's backend."""

    @property
    def is_live(self) -> bool:
        """A server is asked, or the embedded provider: budgets count."""
        return self.withhold is None and self.instead is None

    def __call__(self, target: Target) -> Target:
        """The target with a tap. What would answer in its stead is left out."""
        return replace(
            target,
            open_backend=_BackendTap(self._backend(target.open_backend), self.recorder),
            open_snippets=self._index(target.open_snippets),
            open_fallback=None,
            counts_tokens=target.counts_tokens and self.is_live,
        )

    def _backend(self, opener: Callable[[], Backend]) -> Callable[[], Backend]:
        if self.instead is not None:
            return functools.partial(self.instead, self.recorder)
        if self.withhold is not None and isinstance(opener, BackendOpener):
            return replace(opener, options=replace(opener.options, withhold=self.withhold))
        return opener

    def _index(
        self, opener: Callable[[], SnippetSource] | None
    ) -> Callable[[], SnippetSource] | None:
        return _IndexTap(opener, self.recorder) if isinstance(opener, IndexOpener) else opener


@dataclass(frozen=True)
class _BackendTap:
    open_inner: Callable[[], Backend]
    recorder: Recorder

    def __call__(self) -> Backend:
        inner = self.open_inner()
        if isinstance(inner, EmbeddedBackend):
            self.recorder.readers.append(inner)
        return _TappedBackend(inner, self.recorder)


class _TappedBackend:
    """Passes everything on, and keeps it. Satisfies ``Backend`` and ``DocumentListener``."""

    def __init__(self, inner: Backend, recorder: Recorder) -> None:
        self._inner = inner
        self._recorder = recorder
        self._listener = inner if isinstance(inner, DocumentListener) else None

    @property
    def name(self) -> str:
        """As the backend says."""
        return self._inner.name

    @property
    def host(self) -> str:
        """As the backend says."""
        return self._inner.host

    @property
    def model(self) -> str:
        """As the backend says."""
        return self._inner.model

    @property
    def rate_limits(self) -> RateLimits:
        """As the backend says."""
        return self._inner.rate_limits

    @property
    def deprecation(self) -> str:
        """As the backend says."""
        return self._inner.deprecation

    @property
    def loading(self) -> str:
        """As the backend says."""
        return self._inner.loading

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
        """The backend's answer."""
        heard = Heard(prompt, is_local=not self._inner.host)
        self._recorder.heard.append(heard)
        try:
            async with aclosing(self._inner.stream(prompt)) as chunks:
                async for chunk in chunks:
                    heard.text += chunk.text
                    heard.usage = chunk.usage or heard.usage
                    heard.finish = chunk.finish or heard.finish
                    yield chunk
        except BackendError as error:
            heard.error = error
            raise

    async def warm(self) -> None:
        """Warm the backend."""
        await self._inner.warm()

    async def aclose(self) -> None:
        """Close the backend."""
        await self._inner.aclose()

    def opened(self, path: str, text: str) -> None:
        """A document was opened."""
        if self._listener is not None:
            self._listener.opened(path, text)

    def edited(self, path: str, text: str) -> None:
        """A document was edited."""
        if self._listener is not None:
            self._listener.edited(path, text)

    def closed(self, path: str) -> None:
        """A document was closed."""
        if self._listener is not None:
            self._listener.closed(path)

    def changed_on_disk(self, paths: Sequence[str]) -> None:
        """Files changed."""
        if self._listener is not None:
            self._listener.changed_on_disk(paths)


@dataclass(frozen=True)
class _IndexTap:
    opener: IndexOpener
    recorder: Recorder

    def __call__(self) -> SnippetSource:
        # Nothing of an evaluation's own workspace is kept in the user's cache.
        index = replace(self.opener, cache_directory=None).open()
        self.recorder.readers.append(index)
        return index
