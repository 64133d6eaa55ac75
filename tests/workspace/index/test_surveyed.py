"""How the process that answers counts what it reads by itself and what the survey finds."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from codestral_ls.workspace.files import Bounds, entry_of
from codestral_ls.workspace.index.outline import outline
from codestral_ls.workspace.index.store import Index, pack
from codestral_ls.workspace.index.survey import Survey
from codestral_ls.workspace.index.surveyed import SurveyedIndexer

N_BESIDE, N_FAR = 8, 30


class _ToldSurvey:
    """Finds the files in the order of their paths, some steps after each other."""

    culprits: Sequence[str] = ()

    def __init__(self, root: Path, n_idle: int) -> None:
        self._paths = sorted(path.as_posix() for path in root.rglob("*.js"))
        self._n_idle = n_idle
        self._messages: Iterator[dict[str, Any] | None] = iter(())

    def start(self, *_: object) -> None:
        self._messages = self._found()

    def begin_at(self, *_: object) -> None:
        """Its order stays."""

    def take(self) -> dict[str, Any] | None:
        return next(self._messages, None)

    def _found(self) -> Iterator[dict[str, Any] | None]:
        n_all = len(self._paths)
        for number, path in enumerate(self._paths):
            yield from [None] * self._n_idle
            entry = entry_of(path, Bounds())
            assert entry is not None
            packed = pack(outline(Path(path).read_text(encoding="utf-8"), "javascript"))
            yield {
                "path": path,
                "size": entry.size,
                "mtime": entry.mtime,
                "packed": base64.b64encode(packed).decode("ascii"),
                # It lists on while it reads.
                "found": min(n_all, number + 4),
                "left": min(n_all, number + 4) - number - 1,
            }
        yield {"end": True, "left_out": 0, "cut": False}


@pytest.mark.parametrize("n_idle", [0, 1, 5])
def test_progress_counts_each_file_once_wherever_it_is_read(tmp_path: Path, n_idle: int) -> None:
    for folder, count in (("here", N_BESIDE), ("far", N_FAR)):
        (tmp_path / folder).mkdir()
        for number in range(count):
            (tmp_path / folder / f"{folder}{number}.js").write_text("function load() {}\n")
    survey = cast("Survey", _ToldSurvey(tmp_path, n_idle))
    root = tmp_path.as_posix()
    indexer = SurveyedIndexer(Index(), [root], clock=lambda: 0.0, survey=survey)
    document = f"{root}/here/main.js"
    indexer.opened(document, "".join(f'require("../far/far{n}");\n' for n in range(20)))
    indexer.focus_on(document)
    told = []
    while not indexer.is_done:
        indexer.step()
        told.append(indexer.progress)
    assert told[-1] == (N_BESIDE + N_FAR, N_BESIDE + N_FAR)
    assert all(0 <= done <= found <= N_BESIDE + N_FAR for done, found in told)
    assert [found for _, found in told] == sorted(found for _, found in told)
