"""What shaping an answer costs in files of 2 000 lines. Run it with::

    python -m tests.benchmarks.postprocess_speed

A typist writes into the middle of each file; after every key the tree is brought up to date and an
answer is shaped, once for a line and once for a block. Then a stream is watched chunk by chunk.
Goal: 2 ms for one half of the answers, 10 ms for 99 of 100, trees included.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from typing import Any

from codestral_ls.model import WINDOW_AFTER, WINDOW_BEFORE, Snapshot
from codestral_ls.postprocess import Scene, enough, run
from codestral_ls.text.syntax import SyntaxStore
from tests.benchmarks.files import SOURCES, File, Hole, files
from tests.benchmarks.plain_holes import holes

_N_LINES = 2000
_N_KEYS = 120
_LINE = "value = compute(first, second)"
_BLOCKS = {
    "python": "for item in items:\n{0}    use(item)\n{0}return items\n\n\ndef other():\n    pass\n",
    "go": "for _, i := range items {{\n{0}\tuse(i)\n{0}}}\n{0}return items\n}}\n\nfunc f() {{",
}
_BRACES = (
    "while (next(items)) {{\n{0}    use(items);\n{0}}}\n{0}return items;\n}}\n\nvoid other() {{\n"
)


def big_file(language_id: str) -> File | None:
    """A real file of about the wanted length, the nearest there is."""
    found = files(language_id, 2000, random.Random(1), max_lines=_N_LINES * 2)
    nearest = min(found, key=lambda file: abs(len(file.lines) - _N_LINES), default=None)
    return nearest if nearest is not None and len(nearest.lines) > _N_LINES // 2 else None


def typed_into(file: File, place: Hole, typed: str) -> tuple[str, str]:
    """The file's text round the cursor, with some keys in place of a statement."""
    return file.text[: place.start] + typed, file.text[place.end :]


def scene(store: SyntaxStore, file: File, before: str, after: str) -> Scene:
    """What the engine makes of the document."""
    snapshot = Snapshot(
        uri="file:///big",
        path="/big",
        language_id=file.language_id,
        version=1,
        before=before[-WINDOW_BEFORE:],
        after=after[:WINDOW_AFTER],
        line=before.count("\n"),
        at_document_start=len(before) <= WINDOW_BEFORE,
        at_document_end=len(after) <= WINDOW_AFTER,
    )
    return Scene(snapshot, tree=store.tree("file:///big", file.language_id, before + after))


def timed(action: Callable[..., Any], *arguments: object) -> tuple[float, Any]:
    """Milliseconds of CPU that an action takes, and what it returns."""
    # What else the machine does is not ours.
    start = time.process_time()
    outcome = action(*arguments)
    return (time.process_time() - start) * 1000, outcome


def measure(file: File) -> None:
    """Print a row."""
    store = SyntaxStore()
    statements = [hole for hole in holes(file, 40, random.Random(1)) if hole.kind == "statement"]
    first, _ = timed(scene, store, file, file.text, "")
    updates, lines, blocks, chunks = [], [], [], []
    for key in range(_N_KEYS if statements else 0):
        # Ten keys in a place, then another one.
        place = statements[key // 10 % len(statements)]
        block = _block(file, place)
        update, here = timed(scene, store, file, *typed_into(file, place, block[: key % 10]))
        updates.append(update)
        lines.append(update + timed(run, _LINE, here)[0])
        update, here = timed(scene, store, file, *typed_into(file, place, block[: key % 10 + 1]))
        rest = block[key % 10 + 1 :]
        blocks.append(update + timed(run, rest, here)[0])
        chunks += [timed(enough, rest[:n], here)[0] for n in range(3, len(rest), 9)]
    if updates:
        cells = [*_quantiles(lines), *_quantiles(blocks), *_quantiles(lines + blocks)]
        cells += [statistics.median(updates), *_quantiles(chunks)]
        print(
            f"{file.language_id:<14}{len(file.lines):>7}{first:>8.1f}"
            + "".join(f"{cell:>9.2f}" for cell in cells)
        )


def _block(file: File, place: Hole) -> str:
    """What a model might write there, with what it overruns with."""
    line = file.text[: place.start].rpartition("\n")[2]
    margin = line[: len(line) - len(line.lstrip())]
    return _BLOCKS.get(file.language_id, _BRACES).format(margin)


def _quantiles(times: list[float]) -> tuple[float, float]:
    return statistics.median(times), statistics.quantiles(times, n=100)[98]


def main() -> None:
    """Print the table."""
    kinds = ("line", "block", "all")
    heads = [f"{kind} {share}" for kind in kinds for share in ("50", "99")]
    heads += ["update", "chunk 50", "chunk 99"]
    print(f"{'ms':<14}{'lines':>7}{'first':>8}" + "".join(f"{head:>9}" for head in heads))
    for language_id in SOURCES:
        file = big_file(language_id)
        if file is not None:
            measure(file)


if __name__ == "__main__":
    main()
