"""The result of one check, as text and JSON show it."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Status(enum.Enum):
    """How a check ended."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"
    """It could not be made, because an earlier one failed."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report."""

    name: str
    status: Status
    text: str
    """What was found."""
    remedy: str = ""
    """What to do; for a check that passed, what else there is to know."""


def ok(name: str, text: str, remedy: str = "") -> Check:
    """The check passed."""
    return Check(name, Status.OK, text, remedy)


def failed(name: str, text: str, remedy: str) -> Check:
    """The check failed."""
    return Check(name, Status.FAILED, text, remedy)


def skipped(name: str, text: str) -> Check:
    """The check was not made."""
    return Check(name, Status.SKIPPED, text)
