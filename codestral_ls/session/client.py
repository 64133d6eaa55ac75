"""What a session needs from its client: an editor, or a command in a shell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from codestral_ls.model import ClientHabits, Growth, Snapshot
from codestral_ls.session.advice import SHELL, Advice
from codestral_ls.session.notices import Notice

if TYPE_CHECKING:
    # The parser and the index take milliseconds that the answer to initialize need not wait for.
    from codestral_ls.text.syntax import Syntax
    from codestral_ls.workspace.index.client import IndexProgress


class Client(Protocol):
    """The client of a session. All methods return at once and are called on the event loop."""

    @property
    def habits(self) -> ClientHabits:
        """How the client wants to be answered. Read when the engine is made."""
        ...

    @property
    def advice(self) -> Advice:
        """How things are done in the client."""
        ...

    @property
    def wants_index(self) -> bool:
        """The client stays long enough for an index of the workspace to be of use."""
        ...

    @property
    def watches_files(self) -> bool:
        """The client tells of changes on disk."""
        ...

    @property
    def is_editor(self) -> bool:
        """Somebody works here: what is asked and taken counts in the statistics."""
        ...

    def tell(self, notice: Notice) -> None:
        """Show the user a notice. Called once for each condition."""
        ...

    def syntax(self, snapshot: Snapshot) -> Syntax | None:
        """The syntax tree of a document as it is in the snapshot, if there is one."""
        ...

    def suggestion_grew(self, growth: Growth) -> None:
        """There is news of a suggestion that grows. Called if the habits want that."""
        ...

    def status_changed(self) -> None:
        """How things stand may have changed."""
        ...

    def index_progressed(self, progress: IndexProgress) -> None:
        """The index of the workspace has got further."""
        ...

    def backend_changed(self) -> None:
        """A new backend completes from now on; it knows nothing of the open documents."""
        ...


class PlainClient:
    """A client with no editor behind it: no syntax, no index. It drops notices, and asks once, so
    it waits for all of an answer."""

    habits = ClientHabits(explicit_within_s=None)
    advice = SHELL
    wants_index = False
    watches_files = True
    is_editor = False

    def tell(self, notice: Notice) -> None:
        """Show the user nothing."""

    def syntax(self, snapshot: Snapshot) -> Syntax | None:
        """There is no tree."""
        return None

    def suggestion_grew(self, growth: Growth) -> None:
        """Nobody looks at it."""

    def status_changed(self) -> None:
        """Nobody is shown it."""

    def index_progressed(self, progress: IndexProgress) -> None:
        """There is no index."""

    def backend_changed(self) -> None:
        """There are no open documents."""
