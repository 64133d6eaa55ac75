"""What the user is told: each condition once, with what helps.

Only what needs a decision or an action of the user becomes a notice. Everything else is in
``codestral-ls.status``.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from codestral_ls.config import Problem

Remedy = Literal["set-key", "open-settings", "open-log", "run-doctor"]
"""What an editor can offer as a button; part of ``codestral/notice``."""


class Urgency(enum.Enum):
    """How loudly the user is told; values as in LSP's MessageType."""

    ERROR = 1
    WARNING = 2
    INFO = 3


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the user must know or do."""

    urgency: Urgency
    text: str
    """What is wrong and what to do, in whole sentences."""
    remedies: tuple[Remedy, ...] = ()
    """What helps, the most likely first."""
    condition: str = ""
    """What the text is about, where the text may change while the condition stays the same."""


class Notices:
    """Passes on each condition once."""

    def __init__(self, tell: Callable[[Notice], None]) -> None:
        self._tell = tell
        self._told: set[str] = set()

    def tell(self, notice: Notice) -> None:
        """Tell the user, unless this condition (or else this very text) was told before."""
        condition = notice.condition or notice.text
        if condition not in self._told:
            self._told.add(condition)
            self._tell(notice)


def of_problem(problem: Problem) -> Notice:
    """A value or a file of the settings that cannot be used."""
    text = str(problem)
    sentence = text if text.endswith((".", "?")) else text + "."
    return Notice(Urgency.WARNING, sentence, ("open-settings",))


def of_keys(problem: str) -> Notice:
    """A source of keys that failed."""
    return Notice(Urgency.WARNING, problem, ("set-key", "open-settings"))
