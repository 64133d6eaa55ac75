"""What an edit says about the suggestion on screen: taken, partly taken, typed along, or left.

Editors report little: VS Code runs a command after a full acceptance only, JetBrains never does.
But every editor sends the edit, and an edit that inserts the offered text at once is an acceptance.
"""

from __future__ import annotations

from dataclasses import replace

from codestral_ls.engine.answers import Typed
from codestral_ls.model import WINDOW_BEFORE, Edit, Snapshot, Suggestion

# A key inserts one character, or two where the editor closes a bracket by itself.
_MAX_KEY_CHARS = 2


def accepted_part(edit: Edit, typed: Typed | None, offered: str) -> int:
    """How many characters of the offered text the edit inserted at once; 0 for a mere key.

    ``typed`` is what stands at the offer's place since it was made.
    """
    if typed is None or not edit.single or not edit.inserted:
        return 0
    if not typed.text.endswith(edit.inserted) or not offered.startswith(typed.text):
        return 0
    whole = len(typed.text) == len(offered)
    return len(edit.inserted) if whole or len(edit.inserted) > _MAX_KEY_CHARS else 0


def is_typing(edit: Edit) -> bool:
    """A key, or Enter with the indentation that the editor adds; no paste, deletion or format."""
    if not edit.single or edit.removed or not edit.inserted:
        return False
    if edit.inserted.startswith("\n"):
        return not edit.inserted.strip() and edit.inserted.count("\n") == 1
    return len(edit.inserted) <= _MAX_KEY_CHARS


def after_accepting(snapshot: Snapshot, suggestion: Suggestion) -> Snapshot:
    """The document as it will be, seen from the end of the suggestion, once that is accepted."""
    return replace(
        snapshot,
        before=(snapshot.before + suggestion.text)[-WINDOW_BEFORE:],
        after=snapshot.after[suggestion.covers :],
        line=snapshot.line + suggestion.text.count("\n"),
    )
