"""How commands end: exit statuses, and one line of complaint with the remedy."""

from __future__ import annotations

import sys
from typing import NoReturn

from codestral_ls.commands import streams
from codestral_ls.privacy.text import shown

DONE = 0
NOTHING = 1
"""Nothing to suggest, or a check failed."""
USAGE = 2
"""Wrong usage or configuration."""
BACKEND = 3
"""The backend failed."""


def fail(message: str, status: int = USAGE) -> NoReturn:
    """Say what is wrong on stderr and end."""
    streams.complain(shown(message))
    sys.exit(status)
