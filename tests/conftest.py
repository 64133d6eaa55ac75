"""Options that all tests share."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--update-fixtures``: write what is, and read the diff before committing it."""
    parser.addoption(
        "--update-fixtures", action="store_true", help="rewrite expectations in fixtures/"
    )
