"""What came of each task, and of a whole run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from codestral_ls.commands.eval.judging import Judgement
from codestral_ls.commands.eval.tasks import Task
from codestral_ls.model import Usage


@dataclass(frozen=True, slots=True)
class Result:
    """What a user would have seen at one task's hole."""

    task: Task
    shown: str
    """Empty: nothing was shown."""
    covers: int
    """Characters right of the hole that ``shown`` replaces."""
    raw: str
    """What the model said, as far as it was read; empty too where it was not asked."""
    why: str
    """The engine's note or reason, in a sentence."""
    failure: str
    """Kind of error, where the backend failed; such a task counts in no figure of quality."""
    judgement: Judgement | None
    """None where nothing is shown."""
    first_text_ms: float | None
    total_ms: float | None
    """Both None where nothing was measured, as in a batch."""
    usage: Usage | None
    """None where nothing was asked."""
    is_estimated: bool
    """The server did not say how many tokens it took, so they are estimated."""
    before: str
    """The lines above and left of the hole, for the page."""
    after: str
    """The lines right of it and below."""
    line: int
    """Of the file, where the hole begins; from 1."""

    @property
    def verdict(self) -> str:
        """``exact``, ``right`` (as far as it goes), ``wrong``, ``silent`` or ``failed``."""
        if self.failure:
            return "failed"
        if self.judgement is None:
            return "silent"
        if self.judgement.exact:
            return "exact"
        return "right" if self.judgement.right else "wrong"


@dataclass(slots=True)
class EvalRun:
    """One setting tried on the tasks."""

    name: str
    changes: Mapping[str, str]
    """Settings that differ from the user's own, by snake_case name."""
    provider: str = ""
    model: str = ""
    host: str = ""
    """Empty for what completes on this machine without a server."""
    results: list[Result] = field(default_factory=list)
    stopped: str = ""
    """Why there are fewer results than tasks; empty where there are all."""
    is_batch: bool = False

    @property
    def answered(self) -> Sequence[Result]:
        """The results that quality is measured on."""
        return [result for result in self.results if not result.failure]
