"""What the user is told: each condition once, with what helps.

Only what needs a decision or an action of the user becomes a notice. Everything else is in
``codestral-ls.status``.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from codestral_ls.config import Problem
from codestral_ls.model import Nothing

if TYPE_CHECKING:
    # It imports the backends, which the answer to initialize need not wait for.
    from codestral_ls.session.choice import Choice

Remedy = Literal["set-key", "open-settings", "open-log", "run-doctor"]
"""What an editor can offer as a button; part of ``codestral/notice``."""

# Waiting does not help with these. Any other failure is shown by ``status`` alone.
_REMEDIES_OF_FAILURES: dict[str, tuple[Remedy, ...]] = {
    "auth": ("set-key", "run-doctor"),
    "model": ("open-settings", "run-doctor"),
    "no_allowance": ("set-key", "run-doctor"),
    "bad_request": ("open-settings", "run-doctor"),
    "protocol": ("open-settings", "run-doctor"),
    "budget": ("open-settings",),
}


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


def of_failure(failure: Nothing, choice: Choice) -> Notice | None:
    """A failed completion; None when there is nothing for the user to do about it."""
    remedies = _REMEDIES_OF_FAILURES.get(failure.failure)
    if remedies is None:
        return None
    urgency = Urgency.ERROR if failure.failure == "auth" else Urgency.WARNING
    # Servers put request ids into their messages; it is one condition all the same.
    condition = f"{failure.failure} at {choice.host}"
    return Notice(urgency, failure_text(failure, choice), remedies, condition)


def failure_text(failure: Nothing, choice: Choice) -> str:
    """What went wrong. For a refused key, also which key it was and what to do."""
    if failure.failure != "auth":
        return failure.reason
    # Loaded by then: a backend has answered.
    from codestral_ls.backends.mistral.twin_hosts import other_host

    key = choice.key
    source = f" It came from {key.source}." if key else " No key was sent."
    # The usual reason for a 401: each of Mistral's two hosts has keys of its own. A key from
    # CODESTRAL_API_KEY was tried at both.
    tried_both = key is not None and key.source == "CODESTRAL_API_KEY"
    other = None if tried_both else other_host(choice.base_url)
    hint = f" If the key was made for the other host, set endpoint to {other}." if other else ""
    return f"{failure.reason}{source} Set another key or run codestral-ls login.{hint}"
