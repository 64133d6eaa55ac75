"""The README beside this file says of every fault what the tests see of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.__main__ import FAULTS, MARKER, table
from tests.readme import check_table


def test_the_readme_has_the_table_that_the_tests_hold(pytestconfig: pytest.Config) -> None:
    """``python -m tests.faults`` prints it."""
    update = pytestconfig.getoption("--update-fixtures")
    check_table(Path(__file__).with_name("README.md"), MARKER, table(), update=update)


def test_every_fault_has_a_name_and_a_sentence_of_its_own() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    assert len({fault.sentence for fault in FAULTS}) == len(FAULTS)
