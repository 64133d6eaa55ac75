"""Options that all tests share."""

from __future__ import annotations

from pathlib import Path

import hypothesis
import pytest

# How long an example takes says something of the machine, and nothing of the code.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--update-fixtures``: write what is, and read the diff before committing it."""
    parser.addoption(
        "--update-fixtures", action="store_true", help="rewrite expectations in fixtures/"
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The tests with real editors and servers need more than the test extra: leave them alone
    unless they are asked for."""
    asked_for = "not real" not in config.getoption("markexpr")
    return None if asked_for or collection_path.name != "real" else True
