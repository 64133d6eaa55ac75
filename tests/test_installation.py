"""What runs is told from what is installed by now."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from codestral_ls import installation


def test_what_was_started_is_still_there() -> None:
    assert not installation.is_replaced()


@pytest.mark.parametrize("change", ["removed", "replaced"])
def test_an_interpreter_that_went_or_was_replaced_is_noticed(
    change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "python"
    if change == "replaced":
        python.write_bytes(b"another")
    monkeypatch.setattr(sys, "executable", str(python))
    assert installation.is_replaced()
