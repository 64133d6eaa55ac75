"""Why nothing is asked automatically in a place, whatever the settings: sentences for the user."""

from __future__ import annotations

INSIDE_WORD = "The cursor is inside a word."
CLOSING_ONLY = "The line has only closing brackets so far."
HIDDEN_VALUE = "The cursor is in a value that looks like a secret."

ANSWERED_ON_REQUEST = frozenset({INSIDE_WORD, CLOSING_ONLY})
"""Those that do not count for an explicit request."""
