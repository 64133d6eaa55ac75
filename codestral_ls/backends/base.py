"""What a backend is, and the one tree of errors it may raise.

::

    BackendError            kind        what the user can do
     ├─ AuthError           auth        give another key
     ├─ ModelError          model       name another model
     ├─ PromptTooLong       too_long    lower the windows
     ├─ BadRequest          bad_request check the base URL, report a bug
     ├─ RateLimited         rate        wait
     ├─ NoAllowance         no_allowance  look at the plan or the bill
     ├─ Overloaded          overload    wait
     ├─ ServerFailure       server      wait
     ├─ NetworkFailure      network     check the connection, the proxy, the address
     ├─ BackendTimeout      timeout     wait, raise ``timeoutMs``
     └─ ProtocolViolation   protocol    check that the address is a completion server
"""

from __future__ import annotations

import enum
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

from codestral_ls.model import Usage
from codestral_ls.prompt.prompt import Prompt


class BackendError(Exception):
    """A backend could not answer.

    ``str(error)`` is one sentence for a person: no key, no source text, no terminal controls.
    """

    kind: ClassVar[str] = "backend"

    def __init__(
        self, message: str, *, status: int | None = None, retry_after_s: float | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        """HTTP status, where there was one."""
        self.retry_after_s = retry_after_s
        """Seconds that the server asks us to stay away, where it said so."""


class AuthError(BackendError):
    """The server refused the key (401, 403)."""

    kind = "auth"


class ModelError(BackendError):
    """The model is unknown, retired, or has no fill-in-the-middle."""

    kind = "model"


class PromptTooLong(BackendError):
    """The prompt exceeds the model's context."""

    kind = "too_long"


class BadRequest(BackendError):
    """The server did not understand us; often a wrong base URL."""

    kind = "bad_request"


class RateLimited(BackendError):
    """Too many requests (429)."""

    kind = "rate"


class NoAllowance(BackendError):
    """The plan allows no requests at all (a limit of 0)."""

    kind = "no_allowance"


class Overloaded(BackendError):
    """The server is there, but at capacity (503, 529, capacity 429)."""

    kind = "overload"


class ServerFailure(BackendError):
    """The server failed (5xx)."""

    kind = "server"


class NetworkFailure(BackendError):
    """The server was not reached, or the connection broke."""

    kind = "network"


class BackendTimeout(BackendError):
    """No answer in the time allowed."""

    kind = "timeout"


class ProtocolViolation(BackendError):
    """Whatever answered does not speak the expected protocol."""

    kind = "protocol"


class Finish(enum.Enum):
    """Why a generation ended."""

    STOP = "stop"
    LENGTH = "length"
    ABORT = "abort"
    ERROR = "error"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of an answer. ``finish`` is set on the chunk that ends it."""

    text: str = ""
    finish: Finish | None = None
    usage: Usage | None = None
    model: str | None = None


class Backend(Protocol):
    """Somebody who continues a text in the middle."""

    name: str
    """The provider's name in settings, for example ``mistral``."""
    host: str
    """Where requests go, for people; empty for a provider inside this machine's process tree."""
    model: str

    def stream(self, generation: Prompt) -> AsyncGenerator[Chunk, None]:
        """Yield the answer as it is generated.

        Closing the generator (``contextlib.aclosing``) ends the generation at the server at once.
        A stream that ends without a chunk with ``finish`` was cut short.
        Raises BackendError; never returns partial garbage for an error body.
        """
        ...

    async def warm(self) -> None:
        """Prepare what the first request would wait for. Never raises BackendError."""
        ...

    async def aclose(self) -> None:
        """Release connections and processes. Safe to call twice."""
        ...


@runtime_checkable
class DocumentListener(Protocol):
    """A backend that wants to know what the open documents hold."""

    def update(self, path: str, text: str) -> None:
        """The document's text as it is now. Returns at once."""
        ...

    def forget(self, path: str) -> None:
        """The document was closed: what is on disk counts again."""
        ...
