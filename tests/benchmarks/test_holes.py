"""Holes are cut where editors leave them, and what is inserted there is judged by the file."""

from __future__ import annotations

import random

import pytest

from codestral_ls.postprocess import Dropped, Shaped
from tests.benchmarks import editor_holes
from tests.benchmarks.files import File, Hole
from tests.benchmarks.overruns import EDITOR_OVERRUNS, filled
from tests.benchmarks.verdicts import careful_verdict, scene_at

PYTHON = File(
    "python",
    """\
def load(path):
    try:
        text = path.read_text()
        check(text)
    except OSError:
        return None
    return parse(
        text,
        strict=True,
    )
""",
)
JAVASCRIPT = File(
    "javascript",
    """\
const options = {
  depth: 1,
  colors: true,
};

function pick(items, wanted) {
  const found = items.find(wanted);
  if (found) {
    use(found);
  } else {
    forget(items, wanted);
  }
}
""",
)


def cut(file: File, kind: str) -> list[tuple[str, str]]:
    """The holes of a kind: the line in front of each, and the truth."""
    found = [hole for hole in editor_holes.holes(file, 99, random.Random(1)) if hole.kind == kind]
    return sorted(
        (file.text[: hole.start].rpartition("\n")[2], file.text[hole.start : hole.end])
        for hole in found
    )


@pytest.mark.parametrize(
    ("file", "kind", "expected"),
    [
        (PYTHON, "pair ()", [("    return parse(", "\n        text,\n        strict=True,\n    ")]),
        (
            PYTHON,
            "head",
            [
                (
                    "    try:",
                    "\n        text = path.read_text()\n        check(text)\n"
                    "    except OSError:\n        return None",
                )
            ],
        ),
        (PYTHON, "first line", [("        ", "text = path.read_text()")]),
        (JAVASCRIPT, "pair {}", None),
        (
            JAVASCRIPT,
            "head, closed",
            [("  if (found) {", "\n    use(found);\n  } else {\n    forget(items, wanted);\n  ")],
        ),
        (
            JAVASCRIPT,
            "body",
            [("    ", "use(found);\n  } else {\n    forget(items, wanted);")],
        ),
        (
            JAVASCRIPT,
            "pair, text behind",
            [("  if (found) {", "\n    use(found);\n  ")],
        ),
    ],
)
def test_holes_are_cut_as_editors_leave_them(
    file: File, kind: str, expected: list[tuple[str, str]] | None
) -> None:
    found = cut(file, kind)
    if expected is None:
        assert ("const options = {", "\n  depth: 1,\n  colors: true,\n") in found
    else:
        assert found == expected


def test_the_rest_of_a_call_is_cut_in_front_of_its_closer() -> None:
    assert ("    forget(items, ", "wanted") in cut(JAVASCRIPT, "before closers")


def test_places_beyond_the_window_are_told_apart() -> None:
    far = File("python", "value = 1\n" * 4000 + PYTHON.text)
    kinds = {editor_holes.is_far(hole) for hole in editor_holes.holes(far, 9, random.Random(1))}
    assert kinds == {True}


OPTIONS = Hole("pair {}", len("const options = {"), JAVASCRIPT.text.index("};"))
BRANCH = Hole(
    "head, closed",
    JAVASCRIPT.text.index("\n    use"),
    JAVASCRIPT.text.index("}\n}\n"),
)


@pytest.mark.parametrize(
    ("hole", "text", "expected"),
    [
        (OPTIONS, "\n  depth: 1,\n  colors: true,\n", "exact"),
        (OPTIONS, "\n  depth: 1,\n  colors: true,", "glued"),
        (OPTIONS, "\n  depth: ", "cut"),
        (OPTIONS, "\n  depth: 2,\n  colors: true,\n", "wrong"),
        (BRANCH, "\n    use(found);\n  }", "cut"),
        (OPTIONS, None, "silent"),
    ],
)
def test_what_is_inserted_is_judged_by_the_file(
    hole: Hole, text: str | None, expected: str
) -> None:
    shaped = Dropped("Nothing.") if text is None else Shaped(text)
    scene = scene_at(JAVASCRIPT, hole, covers_closers=False)
    assert careful_verdict(JAVASCRIPT, JAVASCRIPT, hole, "none", shaped, scene) == expected


def test_a_beginning_is_early_when_the_next_request_brings_the_rest() -> None:
    text = JAVASCRIPT.text
    hole = Hole("block", text.index("const found"), text.rindex("\n}"))
    shaped = Shaped("const found = items.find(wanted);")
    scene = scene_at(JAVASCRIPT, hole, covers_closers=False)
    assert careful_verdict(JAVASCRIPT, JAVASCRIPT, hole, "none", shaped, scene) == "early"


@pytest.mark.parametrize("overrun", EDITOR_OVERRUNS)
def test_every_overrun_begins_with_the_truth(overrun: str) -> None:
    raw = filled(JAVASCRIPT, JAVASCRIPT, OPTIONS, overrun, random.Random(1))
    truth = JAVASCRIPT.text[OPTIONS.start : OPTIONS.end]
    assert raw.startswith(truth)
    assert (raw == truth) == (overrun == "none")
