"""The texts of files, on real directories."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from codestral_ls.workspace.files import read_text


@pytest.mark.parametrize(
    "content",
    [b"a\0b", b"\xff\xfe\xfa", b"x" * 5000, b"y\n" * 200_000],
    ids=["binary", "no utf-8", "one long line", "large"],
)
def test_what_is_no_ordinary_text_is_not_read(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "f").write_bytes(content)
    assert read_text(str(tmp_path / "f")) is None


def test_what_cannot_be_read_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert read_text(str(tmp_path / "missing")) is None
    assert read_text(str(tmp_path)) is None
    assert read_text(str(tmp_path / "pipe")) is None


def test_line_ends_and_byte_order_mark_are_evened_out(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"\xef\xbb\xbfa\r\nb\rc\n")
    assert read_text(str(tmp_path / "f")) == "a\nb\nc\n"
