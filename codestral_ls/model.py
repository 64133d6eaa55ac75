"""The frozen data that every stage speaks. No behaviour beyond what follows from the fields."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

# A model is shown at most 30 000 and 15 000 characters (``maxPrefixChars``, ``maxSuffixChars``).
# The rest lets the cut be moved to a line's start, and the stages see a little beyond it.
WINDOW_BEFORE = 32_768
WINDOW_AFTER = 16_384


class Trigger(enum.Enum):
    """Who asked: the user by a command, or the editor by itself."""

    INVOKED = 1
    AUTOMATIC = 2


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A document as it stood when a request was read, seen from the cursor.

    ``before`` and ``after`` are windows, not the whole document, so that taking a snapshot costs
    the same for 10 KB and 10 MB. Their line ends are ``\\n`` whatever the document uses.
    """

    uri: str
    path: str | None
    """Absolute file system path; None for documents that are not files."""
    language_id: str
    version: int | None
    before: str
    """Up to ``WINDOW_BEFORE`` characters left of the cursor."""
    after: str
    """Up to ``WINDOW_AFTER`` characters right of the cursor."""
    line: int
    """Line of the cursor, from 0."""
    at_document_start: bool
    """``before`` reaches back to the start of the document."""
    at_document_end: bool
    """``after`` reaches the end of the document."""
    cells_before: str = ""
    """Of a notebook: the cells in this language above the document, up to ``WINDOW_BEFORE``
    characters. Only a model sees them; what is shown is fitted to the cell alone."""
    cells_after: str = ""
    """The same below it, up to ``WINDOW_AFTER`` characters."""
    indentation: str = ""
    """What the editor indents a level by, a tab or blanks; empty where it does not say."""

    @property
    def line_before(self) -> str:
        """The cursor's line, left of the cursor."""
        return self.before[self.before.rfind("\n") + 1 :]

    @property
    def line_after(self) -> str:
        """The cursor's line, right of the cursor, without its line end."""
        return self.after.partition("\n")[0]


@dataclass(frozen=True, slots=True)
class Selected:
    """The entry highlighted in the editor's completion popup.

    ``text`` would replace the last ``replaced`` characters before the cursor.
    """

    text: str
    replaced: int


@dataclass(frozen=True, slots=True)
class Request:
    """What an editor (or ``codestral-ls complete``) asks for."""

    snapshot: Snapshot
    trigger: Trigger
    selected: Selected | None = None


@dataclass(frozen=True, slots=True)
class ClientHabits:
    """How the client at hand wants to be answered."""

    answer_within_s: float | None = None
    """Automatic requests are answered by then with what is whole; None: within the timeout."""
    keeps_late_answers: bool = False
    """The client shows an answer after ``answer_within_s`` too: where nothing is whole by then,
    it is waited for."""
    explicit_within_s: float | None = 2.0
    """Explicit requests are answered by then with whole statements; None: within the timeout.
    Who asks by a key wants all of it, and looks at the screen meanwhile: after two seconds the
    first statement is better than nothing."""
    covers_closers: bool = False
    """The client draws a range over characters right of the cursor well (VS Code does)."""
    asks_by_itself: bool = False
    """The client asks after each edit, from a document's first on."""
    wants_growth: bool = False
    """The client asks again when more of a suggestion has come."""


@dataclass(frozen=True, slots=True)
class Edit:
    """What one change notification did to a document, line ends as ``\\n``."""

    inserted: str
    removed: int
    """Characters taken out."""
    single: bool
    """One contiguous place changed."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as a server reports them. ``cached_tokens`` is part of ``prompt_tokens``."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """What a prompt showed the model: sizes and names, never text."""

    provider: str
    chars_before: int
    chars_after: int
    chars_elsewhere: int
    """Of passages of other files."""
    tokens: int
    """Estimated."""
    snippets: tuple[tuple[str, str], ...] = ()
    """Path and reason of each passage of another file."""


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds from the request's arrival; None where the moment never came."""

    waited: float | None = None
    """Until the backend was asked (the debounce)."""
    first_token: float | None = None
    total: float = 0.0


class Source(enum.Enum):
    """Where an answer came from."""

    REQUEST = "request"
    JOINED = "joined"
    CACHE = "cache"
    TYPED_THROUGH = "typed-through"
    WORKSPACE = "workspace"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Text that is right to insert at the cursor of the request's snapshot."""

    id: str
    """Opaque; comes back when the suggestion is accepted."""
    text: str
    source: Source
    covers: int = 0
    """Characters right of the cursor that ``text`` repeats and that it therefore replaces."""
    alternatives: tuple[str, ...] = ()
    """Further candidates for the same place, known from earlier explicit requests."""
    timings: Timings = field(default_factory=Timings)
    usage: Usage | None = None
    note: str = ""
    """Something ``explain`` should add, for example that the text was cut at the token limit."""
    grows: bool = False
    """The stream that brings it still runs: more may come."""


@dataclass(frozen=True, slots=True)
class Growth:
    """News of a suggestion that was answered before its stream had ended."""

    uri: str
    id: str
    """The suggestion's."""
    ready: bool
    """There is more of it than was answered: asked again, the engine knows it."""
    done: bool
    """Nothing more will come."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """No suggestion, and why, in a sentence a person understands."""

    reason: str
    timings: Timings = field(default_factory=Timings)
    usage: Usage | None = None
    failure: str = ""
    """The kind of error (``auth``, ``rate``, …) when the backend is the reason."""


@dataclass(frozen=True, slots=True)
class Superseded:
    """A newer request for the same document, or an edit, made this one pointless."""

    reason: str = "A newer request for the same document took its place."
    timings: Timings = field(default_factory=Timings)


Outcome = Suggestion | Nothing | Superseded
