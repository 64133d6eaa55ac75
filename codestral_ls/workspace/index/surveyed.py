"""The index of the process that answers questions: it reads what is near by itself.

All else comes from the survey's process, so that reading the whole workspace never stands before
a question. Both go by the same rules (``workspace.selection``), and each reads them for itself.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Any

from codestral_ls.workspace.files import Entry
from codestral_ls.workspace.index.indexing import DefinitionIndexer
from codestral_ls.workspace.index.likely import names_of
from codestral_ls.workspace.index.store import Index, Outline
from codestral_ls.workspace.index.survey import Survey
from codestral_ls.workspace.process.limits import WorkLimit


class SurveyedIndexer(DefinitionIndexer):
    """Reads what is near, and takes in what the survey finds."""

    def __init__(
        self,
        index: Index,
        roots: Sequence[str],
        exclude: Sequence[str] = (),
        *,
        clock: Callable[[], float],
        survey: Survey,
        limit: WorkLimit | None = None,
    ) -> None:
        super().__init__(index, roots, exclude, clock=clock, limit=limit)
        self._survey = survey
        self._found_outline: tuple[Entry, Outline] | None = None
        self._n_survey_found = 0
        self._n_survey_left = 0
        self._begun_at = ""

    @property
    def n_pending(self) -> int:
        """Files that wait, here or there."""
        return super().n_pending + self._n_survey_left

    @property
    def progress(self) -> tuple[int, int]:
        """How many files are done, of how many that were found so far, here or there."""
        # The survey finds what is near too, so that its files and those here are the same.
        found = max(self.n_found, self._n_survey_found)
        return max(0, found - max(super().n_pending, self._n_survey_left)), found

    def step(self) -> bool:
        """Do one piece of work. False where there is none at the moment."""
        # First of all: it has most to do, and another processor may be free for it.
        if self._walks is None and not self.is_checking_rules:
            self.limit.begin()
            self._start_walks()
            return True
        return super().step()

    def begin_at(self, path: str) -> None:
        """Read the directory of this file first, then outwards."""
        former = self._begun_at
        super().begin_at(path)
        self._begun_at = path
        if path != former:
            self._survey.begin_at(path, self._names())

    def remembers(self, entry: Entry) -> bool:
        """Whether the survey has read the file in this state."""
        if self._found_outline is None or self._found_outline[0] != entry:
            return False
        try:
            return self._index.put(entry.path, self._found_outline[1])
        except ValueError:
            return False

    def _start_walks(self) -> None:
        self.n_left_out = self._n_survey_found = self._n_survey_left = 0
        self._walks = []
        if not self.selection.roots:
            return
        start = self._order.focus + "/" if self._order.focus else ""
        try:
            self._survey.start(start, self._names(), self._passed_over)
        except OSError:
            self.walk_was_cut = True
            return
        self._walks = [(self._clock(), iter(()))]

    def _names(self) -> list[str]:
        """What the document that is asked about speaks of."""
        return names_of(self.texts.documents.get(self._begun_at, ""))

    def _walk_on(self) -> bool:
        message = self._survey.take()
        if message is None:
            return False
        if "path" in message:
            self._take_found(message)
        elif "again" in message:
            self.pass_over(self._survey.culprits)
            self._start_walks()
        elif "end" in message:
            self._walks = []
            self._n_survey_left = 0
            if not message.get("cut"):
                # It has looked at everything, also at what is near.
                self.n_found = self._n_survey_found or self.n_found
            self.n_left_out += int(message.get("left_out", 0))
            self.walk_was_cut |= bool(message.get("cut"))
        return True

    def _take_found(self, message: dict[str, Any]) -> None:
        entry = Entry(str(message["path"]), int(message["size"]), float(message["mtime"]))
        outline = Outline(base64.b64decode(message["packed"]), entry.mtime, entry.size)
        self._n_survey_left = int(message["left"])
        self._n_survey_found = int(message["found"])
        self._found_outline = entry, outline
        self._read(entry)
        self._found_outline = None
