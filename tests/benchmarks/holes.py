"""Cuts holes into real files, fills them as models do, and looks at what would be inserted.

Each hole is fed its true text followed by what models overrun with. After acceptance the file must
be restored exactly, or the text must stop early at a true beginning. Run it with::

    python -m tests.benchmarks.holes [--files N] [--stream] [--show wrong|silent|early|cut|glued]

``--holes plain`` cuts at random places of this machine's files, in many languages. ``--holes
editor`` cuts, in packages of the registries, what editors leave: pairs that are closed, bodies with
their ``else``, places beyond the window. ``--holes kinds`` cuts in some fifty kinds of file, by
lines alone. In both a beginning only counts as early if taking it leaves
the file whole and the next requests bring the rest; otherwise it is cut. ``--count N`` ends a
language after so many holes.
"""

from __future__ import annotations

import argparse
import itertools
import random
from collections.abc import Iterable, Iterator, Sequence

from codestral_ls.postprocess import Dropped, Shaped
from tests.benchmarks import editor_holes, kind_holes, plain_holes
from tests.benchmarks.files import SOURCES, File, Hole, files
from tests.benchmarks.kind_files import KINDS_OF_FILE, kind_files
from tests.benchmarks.overruns import EDITOR_OVERRUNS, KIND_OVERRUNS, OVERRUNS, filled
from tests.benchmarks.packages import PACKAGES, Unavailable, package_files
from tests.benchmarks.tables import Counts, print_tables
from tests.benchmarks.verdicts import (
    CAREFUL_VERDICTS,
    VERDICTS,
    answer,
    careful_verdict,
    scene_at,
    verdict,
)

_SENTENCES_ARE_CONTENT = ("html", "yaml")

# Counted by these, by the part of the file, and by the verdict.
_TITLES = (("language", 0), ("kind of hole", 1), ("overrun", 2))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--holes", choices=("plain", "editor", "both", "kinds"), default="both")
    parser.add_argument("--files", type=int, default=25, help="files a language")
    parser.add_argument("--per-kind", type=int, default=4, help="holes of each kind in a file")
    parser.add_argument("--count", type=int, help="at most so many holes a language")
    parser.add_argument("--language", choices={*SOURCES, *PACKAGES, *KINDS_OF_FILE})
    parser.add_argument("--stream", action="store_true", help="stop the stream as the engine does")
    parser.add_argument("--covers", action="store_true", help="as for the VS Code family")
    parser.add_argument("--no-trees", action="store_true", help="as without grammars")
    parser.add_argument(
        "--show", choices={*VERDICTS, *CAREFUL_VERDICTS}, help="print holes that ended so"
    )
    parser.add_argument("--overrun", choices={*OVERRUNS, *EDITOR_OVERRUNS})
    parser.add_argument(
        "--kind", choices={*plain_holes.KINDS, *editor_holes.KINDS, *kind_holes.KINDS}
    )
    arguments = parser.parse_args()
    if arguments.holes == "kinds":
        counts = _in_all_kinds(arguments)
        print_tables(counts, _TITLES, CAREFUL_VERDICTS)
        return
    if arguments.holes != "editor":
        print("holes at random places")
        counts = _plain(arguments)
        print_tables(counts, _TITLES, VERDICTS)
        _print_suppressed(counts)
    if arguments.holes != "plain":
        print("\nholes as editors leave them")
        counts = _as_editors_leave_them(arguments)
        print_tables(counts, (*_TITLES, ("part of the file", 3)), CAREFUL_VERDICTS)


def _plain(arguments: argparse.Namespace) -> Counts:
    counts = Counts()
    for language_id in _languages(arguments, SOURCES):
        # The same holes in every run.
        seed = random.Random(language_id)
        found = files(language_id, arguments.files, seed)
        cuts = (
            (file, found[position - 1], hole)
            for position, file in enumerate(found)
            for hole in plain_holes.holes(file, arguments.per_kind, seed)
        )
        for file, other, hole in _wanted(cuts, arguments):
            scene = scene_at(file, hole, arguments.covers, with_tree=not arguments.no_trees)
            for overrun in [arguments.overrun] if arguments.overrun else OVERRUNS:
                if overrun == "remark" and language_id in _SENTENCES_ARE_CONTENT:
                    continue
                raw = filled(file, other, hole, overrun, seed)
                shaped = answer(raw, scene, streamed=arguments.stream)
                result = verdict(file, hole, shaped)
                counts[language_id, hole.kind, overrun, "", result] += 1
                if result == arguments.show:
                    _print_hole(file, hole, overrun, raw, shaped)
    return counts


def _as_editors_leave_them(arguments: argparse.Namespace) -> Counts:
    counts = Counts()
    for language_id in _languages(arguments, PACKAGES):
        seed = random.Random(language_id)
        try:
            found = package_files(language_id, arguments.files, seed)
        except Unavailable as error:
            print(f"{language_id} is not measured: {error}")
            continue
        for file, other, hole in _wanted(_editor_cuts(found, arguments.per_kind, seed), arguments):
            scene = scene_at(file, hole, arguments.covers, with_tree=not arguments.no_trees)
            part = "beyond 32 KB" if editor_holes.is_far(hole) else "within 32 KB"
            for overrun in [arguments.overrun] if arguments.overrun else EDITOR_OVERRUNS:
                raw = filled(file, other, hole, overrun, random.Random(hole.start))
                shaped = answer(raw, scene, streamed=arguments.stream)
                result = careful_verdict(file, other, hole, overrun, shaped, scene)
                counts[language_id, hole.kind, overrun, part, result] += 1
                if result == arguments.show:
                    _print_hole(file, hole, overrun, raw, shaped)
    return counts


def _in_all_kinds(arguments: argparse.Namespace) -> Counts:
    counts = Counts()
    for language_id in _languages(arguments, KINDS_OF_FILE):
        seed = random.Random(language_id)
        try:
            found = kind_files(language_id, arguments.files, seed)
        except Unavailable as error:
            print(f"{language_id} is not measured: {error}")
            continue
        cuts = [
            (file, found[position - 1], hole)
            for position, file in enumerate(found)
            for hole in kind_holes.holes(file, arguments.per_kind, seed)
        ]
        seed.shuffle(cuts)
        for file, other, hole in _wanted(cuts, arguments):
            scene = scene_at(file, hole, arguments.covers, with_tree=not arguments.no_trees)
            for overrun in [arguments.overrun] if arguments.overrun else KIND_OVERRUNS:
                raw = filled(file, other, hole, overrun, random.Random(hole.start))
                shaped = answer(raw, scene, streamed=arguments.stream)
                result = careful_verdict(file, other, hole, overrun, shaped, scene)
                counts[language_id, hole.kind, overrun, "", result] += 1
                if result == arguments.show:
                    _print_hole(file, hole, overrun, raw, shaped)
    return counts


Cut = tuple[File, File, Hole]
"""A file, another one of its language, and a hole in the first."""


def _editor_cuts(found: Sequence[File], per_kind: int, seed: random.Random) -> Iterator[Cut]:
    cuts = [
        (file, found[position - 1], hole)
        for position, file in enumerate(found)
        for hole in editor_holes.holes(file, per_kind, seed)
    ]
    # Of every kind and file some, however few are wanted.
    seed.shuffle(cuts)
    yield from cuts


def _wanted(cuts: Iterable[Cut], arguments: argparse.Namespace) -> Iterator[Cut]:
    of_kind = (cut for cut in cuts if arguments.kind in (None, cut[2].kind))
    return itertools.islice(of_kind, arguments.count)


def _languages(arguments: argparse.Namespace, known: Iterable[str]) -> list[str]:
    return [name for name in known if arguments.language in (None, name)]


def _print_hole(file: File, hole: Hole, overrun: str, raw: str, shaped: Shaped | Dropped) -> None:
    before, after = file.text[: hole.start], file.text[hole.end :]
    print(f"=== {file.language_id}, {hole.kind}, {overrun}, {file.name}")
    print("\n".join(before.split("\n")[-4:]) + "█" + "\n".join(after.split("\n")[:4]))
    print(
        f"--- true:  {file.text[hole.start : hole.end]!r}\n--- raw:   {raw!r}\n--- shown: {shaped}"
    )


def _print_suppressed(counts: Counts) -> None:
    right = [k for k in counts if k[2] == "none"]
    n_right = sum(counts[k] for k in right)
    if n_right:
        silenced = sum(counts[k] for k in right if k[-1] == "silent")
        print(f"right suggestions suppressed: {silenced / n_right:.2%} of {n_right}")


if __name__ == "__main__":
    main()
