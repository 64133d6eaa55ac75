"""The tokens of clients, and the files that hold them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from codestral_ls.client_tokens import BadTokenFile, token_of_file

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no modes, and links for administrators alone"
)


def test_a_file_is_made_once_for_its_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "token"
    token = token_of_file(path)
    assert token_of_file(path) == token
    assert path.read_text() == token + "\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_two_that_start_at_once_have_the_same_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "token"
    open_it = os.fdopen
    other: list[str] = []

    def late(*args: Any, **named: Any) -> Any:
        monkeypatch.setattr(os, "fdopen", open_it)
        other.append(token_of_file(path))  # before ours has written
        return open_it(*args, **named)

    monkeypatch.setattr(os, "fdopen", late)
    assert [token_of_file(path)] == other


def test_a_file_that_cannot_be_written_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(BadTokenFile, match="cannot be written"):
        token_of_file(tmp_path / "missing" / "token")


def test_a_link_that_leads_nowhere_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "token").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadTokenFile):
        token_of_file(tmp_path / "token")
    assert not (tmp_path / "elsewhere").exists()
