"""What filters know and what they return."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from codestral_ls.model import Selected, Snapshot
from codestral_ls.text.syntax import Syntax


@dataclass(frozen=True, slots=True)
class Scene:
    """The place that a text is shaped for, and what is wanted there."""

    snapshot: Snapshot
    multiline: Literal["auto", "always", "never"] = "auto"
    selected: Selected | None = None
    """The popup's entry, where ``snapshot.before`` ends with its text; the document, and so the
    tree, still has the entry's last ``replaced`` characters there."""
    cut: bool = False
    """The text ends where the model had not: at the token limit, or in mid-stream."""
    unfinished: bool = False
    """The text was cut, and what is left of it may be half a statement."""
    closes_behind: bool = False
    """The model wrote what closes the pair right of the cursor, on the line of the last item."""
    growing: bool = False
    """More of the text may come: only what no further text can change is judged."""
    covers_closers: bool = False
    """The editor draws a range well that covers closers right of the cursor (VS Code family)."""
    tree: Syntax | None = None
    """The document's syntax tree, where a grammar is installed."""


@dataclass(frozen=True, slots=True)
class Shaped:
    """Text that is right to insert."""

    text: str
    covers: int = 0
    """Characters right of the cursor that ``text`` repeats and that it takes the place of."""
    multiline: bool = False
    note: str = ""
    """Something ``explain`` should add."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """Nothing of the text is right to insert."""

    reason: str
    """A sentence a person understands."""
