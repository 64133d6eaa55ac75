"""What the user is told: each condition once, with what helps.

Only what needs a decision or an action of the user becomes a notice. Everything else is in
``codestral-ls.status``.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from codestral_ls.config import Origin, Problem
from codestral_ls.privacy.text import SHOWN_CHARS, name, shown

Remedy = Literal["set-key", "open-settings", "open-log", "run-doctor"]
"""What an editor can offer as a button; part of ``codestral/notice``."""


class Urgency(enum.Enum):
    """How loudly the user is told; values as in LSP's MessageType."""

    ERROR = 1
    WARNING = 2


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
    """Passes on each condition once, as text that acts on no editor and no terminal."""

    def __init__(self, tell: Callable[[Notice], None]) -> None:
        self._tell = tell
        self._told: set[str] = set()

    def tell(self, notice: Notice) -> None:
        """Tell the user, unless this condition (or else this very text) was told before."""
        condition = notice.condition or notice.text
        if condition not in self._told:
            self._told.add(condition)
            self._tell(replace(notice, text=shown(notice.text)))


# More than three are read by nobody, and thousands would fill the screen.
_PROBLEMS_SHOWN = 3


def of_problems(origin: Origin, problems: Sequence[Problem]) -> Notice:
    """What is wrong in one source of settings: the first problems and how many more there are."""
    place = name(origin.name)
    complaints = [problem.complaint.rstrip(".") for problem in problems]
    for n_shown in range(min(_PROBLEMS_SHOWN, len(complaints)), 0, -1):
        left = len(complaints) - n_shown
        more = [f"and {left:,} more problem{'s' if left > 1 else ''}"] if left else []
        joint = " " if problems[0].is_of_source else ": "
        text = f"{place}{joint}{'; '.join([*complaints[:n_shown], *more])}"
        if len(text) < SHOWN_CHARS:
            break
    return Notice(Urgency.WARNING, _ended(text), ("open-settings",))


INDEX_GIVEN_UP = Notice(
    Urgency.WARNING,
    "The index of the workspace keeps ending unexpectedly and was switched off, so prompts show "
    "nothing of other files. The log says how it ended; restart the server to try it again.",
    ("open-log",),
)


def sentence_of(problem: Problem) -> str:
    """One problem, where a person asked for all of them."""
    return shown(_ended(problem.told_of(name(problem.origin.name))))


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "?")) else sentence + "."


def of_keys(problem: str) -> Notice:
    """A source of keys that failed."""
    return Notice(Urgency.WARNING, problem, ("set-key", "open-settings"))
