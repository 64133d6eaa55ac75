"""What a backend is, and the one tree of errors it may raise.

::

    BackendError            kind          what the user can do
     ├─ AuthError           auth          give another key
     ├─ AccessBlocked       blocked       ask whoever runs the filter, gateway or tunnel
     ├─ ModelError          model         name another model
     ├─ PromptTooLong       too_long      lower the windows
     ├─ BadRequest          bad_request   check the base URL, report a bug
     ├─ RateLimited         rate          wait
     ├─ NoAllowance         no_allowance  look at the plan or the bill
     ├─ Overloaded          overload      wait
     ├─ Loading             loading       wait until the model is loaded
     ├─ ServerFailure       server        wait
     ├─ NetworkFailure      network       check the connection, the proxy, the address
     ├─ BackendTimeout      timeout       wait, raise ``timeoutMs``
     ├─ ProtocolViolation   protocol      check that the address is a completion server
     └─ Replaced            replaced      restart the language server

Each class also says of itself what follows from it: ``may_pass``, ``user_must_act``,
``server_answered``.
"""

from __future__ import annotations

import enum
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Protocol

from codestral_ls.model import Usage
from codestral_ls.prompt.prompt import Prompt


class BackendError(Exception):
    """A backend could not answer.

    ``str(error)`` is one sentence for a person: no key, no source text, no terminal controls.
    """

    kind: ClassVar[str] = "backend"
    may_pass: ClassVar[bool] = True
    """A later request may succeed without any change by the user."""
    user_must_act: ClassVar[bool] = False
    """It goes on until the user changes something, so it is worth a message."""
    server_answered: ClassVar[bool] = True
    """A completion server has answered. False: none was reached, or something else answers."""

    def __init__(
        self, message: str, *, status: int | None = None, retry_after_s: float | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        """HTTP status, where there was one."""
        self.retry_after_s = retry_after_s
        """Seconds that the server asks us to stay away, where it said so."""
        self.recheck_s: float | None = None
        """So often it costs nothing to look again, in seconds; None: asking costs a completion."""
        self.was_sent = True
        """The request may have left this machine. False: no connection came about."""


class AuthError(BackendError):
    """The server refused the key (401, 403)."""

    kind = "auth"
    may_pass = False
    user_must_act = True


class AccessBlocked(BackendError):
    """Something on the way answered instead of the server, or the server lets nobody in from
    here; the key is not the reason."""

    kind = "blocked"
    user_must_act = True
    server_answered = False


class ModelError(BackendError):
    """The model is unknown, retired, or has no fill-in-the-middle; or there are several."""

    kind = "model"
    may_pass = False
    user_must_act = True
    offered: tuple[str, ...] = ()
    """Names of models that may be meant, as the server has them, the likelier ones first."""


class PromptTooLong(BackendError):
    """The prompt exceeds the model's context."""

    kind = "too_long"


class BadRequest(BackendError):
    """The server did not understand us; often a wrong base URL."""

    kind = "bad_request"
    user_must_act = True
    server_answered = False


class RateLimited(BackendError):
    """Too many requests (429)."""

    kind = "rate"


class NoAllowance(BackendError):
    """The plan allows no requests at all (a limit of 0)."""

    kind = "no_allowance"
    may_pass = False
    user_must_act = True


class Overloaded(BackendError):
    """The server is there, but at capacity (503, 529, capacity 429)."""

    kind = "overload"


class Loading(BackendError):
    """The server is there and loads its model; it is asked once that is done."""

    kind = "loading"


class ServerFailure(BackendError):
    """The server failed (5xx)."""

    kind = "server"


class NetworkFailure(BackendError):
    """The server was not reached, or the connection broke."""

    kind = "network"
    server_answered = False


class BackendTimeout(BackendError):
    """No answer in the time allowed."""

    kind = "timeout"
    server_answered = False


class ProtocolViolation(BackendError):
    """Whatever answered does not speak the expected protocol."""

    kind = "protocol"
    user_must_act = True
    server_answered = False


class Replaced(BackendError):
    """The program's own files were replaced while it ran."""

    kind = "replaced"
    may_pass = False
    user_must_act = True


ERRORS: Mapping[str, type[BackendError]] = MappingProxyType(
    {error.kind: error for error in BackendError.__subclasses__()}
)
"""The errors by their kinds."""


class Finish(enum.Enum):
    """Why an answer ended."""

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


@dataclass(frozen=True, slots=True)
class RateLimits:
    """What a plan allows, as far as a server has said; None where it has not."""

    requests_minute: int | None = None
    tokens_minute: int | None = None
    tokens_month: int | None = None

    @property
    def allows_nothing(self) -> bool:
        """The plan has no requests or tokens at all; waiting does not help."""
        return 0 in (self.requests_minute, self.tokens_minute, self.tokens_month)


class Backend(Protocol):
    """A provider of completions."""

    @property
    def name(self) -> str:
        """The provider's name in settings, for example ``mistral``."""
        ...

    @property
    def host(self) -> str:
        """Where requests go, for people; empty for a provider that runs beside this process."""
        ...

    @property
    def model(self) -> str:
        """The model's name; empty while it is not known."""
        ...

    @property
    def rate_limits(self) -> RateLimits:
        """As of the last answer that named any."""
        ...

    @property
    def deprecation(self) -> str:
        """When the model is going to be retired, as the server put it; empty: it did not say."""
        ...

    @property
    def loading(self) -> str:
        """A sentence while the server loads what was asked for; else empty."""
        ...

    def stream(self, prompt: Prompt) -> AsyncGenerator[Chunk, None]:
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


def too_late(backend: Backend, seconds: float) -> BackendError:
    """The error of an answer that was not there in the time that the user gives it."""
    if backend.loading:
        return Loading(backend.loading)
    return BackendTimeout(
        f"{backend.host or backend.name} did not finish within {seconds:g} s. Check the network "
        "and the server's load; raise timeoutMs if it is always this slow."
    )
