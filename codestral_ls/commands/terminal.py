"""A person at a shell: where notices go, and how text of others is shown there."""

from __future__ import annotations

from codestral_ls.commands import streams
from codestral_ls.privacy import text as text_of_others
from codestral_ls.session.client import PlainClient
from codestral_ls.session.notices import Notice


class Terminal(PlainClient):
    """The client of a session that a command makes: notices go to stderr."""

    def tell(self, notice: Notice) -> None:
        """One line on stderr."""
        complain(notice.text)


def complain(text: str) -> None:
    """Say what is wrong in one line on stderr."""
    streams.complain(shown(text))


def shown(text: str) -> str:
    """A message as one printable line; servers and files are quoted in some."""
    return text_of_others.shown(text)
