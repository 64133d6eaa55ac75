"""A person at a shell: where notices go, and how text of others is shown there."""

from __future__ import annotations

import sys

from codestral_ls.privacy.text import one_line
from codestral_ls.session.client import PlainClient
from codestral_ls.session.notices import Notice

# Five lines of a usual terminal. What servers send may be longer.
_MESSAGE_CHARS = 500


class Terminal(PlainClient):
    """The client of a session that a command makes: notices go to stderr."""

    def tell(self, notice: Notice) -> None:
        """One line on stderr."""
        complain(notice.text)


def complain(text: str) -> None:
    """Say what is wrong in one line on stderr."""
    sys.stderr.write(f"codestral-ls: {shown(text)}\n")


def shown(text: str) -> str:
    """A message as one printable line; servers and files are quoted in some."""
    return one_line(text, _MESSAGE_CHARS)
