"""README tells of every fault what the tests see of it."""

from __future__ import annotations

from pathlib import Path

from tests.faults.__main__ import FAULTS, MARKER, markdown

README = Path(__file__).parents[2] / "README.md"


def test_the_readme_has_the_table_that_the_tests_hold() -> None:
    """``python -m tests.faults`` prints it."""
    before, marker, rest = README.read_text(encoding="utf-8").partition(MARKER)
    assert marker, f"README.md has no {MARKER}"
    table, end, _ = rest.partition(MARKER)
    assert end, f"README.md has only one {MARKER}"
    assert (MARKER + table + MARKER) == markdown()
    assert before


def test_every_fault_has_a_name_and_a_sentence_of_its_own() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    assert len({fault.sentence for fault in FAULTS}) == len(FAULTS)
