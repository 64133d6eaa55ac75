"""Files are written whole or not at all."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codestral_ls.whole_files import make_whole, read_bounded, write_whole

WRITERS = [write_whole, make_whole]


@pytest.mark.parametrize("write", WRITERS)
def test_a_file_is_there_with_all_of_its_content_and_nothing_beside_it(
    tmp_path: Path, write: Callable[[Path, bytes], None]
) -> None:
    write(tmp_path / "a", b"content")
    assert (tmp_path / "a").read_bytes() == b"content"
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


def test_one_replaces_what_is_there_and_the_other_does_not(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"before")
    with pytest.raises(FileExistsError):
        make_whole(tmp_path / "a", b"after")
    assert (tmp_path / "a").read_bytes() == b"before"
    write_whole(tmp_path / "a", b"after")
    assert (tmp_path / "a").read_bytes() == b"after"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_it_is_for_its_user_alone_unless_a_mode_is_given(tmp_path: Path) -> None:
    (tmp_path / "a").touch(0o666)
    write_whole(tmp_path / "a", b"")
    make_whole(tmp_path / "b", b"")
    write_whole(tmp_path / "c", b"", mode=0o644)
    modes = [(tmp_path / name).stat().st_mode & 0o777 for name in "abc"]
    assert modes == [0o600, 0o600, 0o644]


@pytest.mark.parametrize("write", WRITERS)
def test_a_full_disk_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Path, bytes], None]
) -> None:
    def full(descriptor: int, *args: Any, **named: Any) -> Any:
        os.close(descriptor)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fdopen", full)
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path / "a", b"content")
    assert list(tmp_path.iterdir()) == []


def test_a_file_system_without_hard_links_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*args: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", none)
    make_whole(tmp_path / "a", b"content")
    assert (tmp_path / "a").read_bytes() == b"content"
    with pytest.raises(FileExistsError):
        make_whole(tmp_path / "a", b"after")


def test_what_a_killed_process_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    names = [".a.1234abcd.codestral-ls.new", ".b.1234abcd.codestral-ls.new", "c.new", ".d.new"]
    for name in names:
        (tmp_path / name).write_bytes(b"half")
        os.utime(tmp_path / name, (0, 0) if name != names[1] else None)
    write_whole(tmp_path / "a", b"")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["a", *names[1:]])


def test_a_process_that_lives_long_looks_again_for_what_others_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = tmp_path / ".a.1234abcd.codestral-ls.new"
    write_whole(tmp_path / "a", b"")
    draft.touch()
    now = time.time() + 3700
    monkeypatch.setattr("codestral_ls.whole_files.time.time", lambda: now)
    write_whole(tmp_path / "a", b"")
    assert not draft.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
def test_neither_a_pipe_nor_a_directory_nor_a_large_file_keeps_a_reader_waiting(
    tmp_path: Path,
) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_bytes(b"x" * 100)
    free = os.open(os.devnull, os.O_RDONLY)
    os.close(free)
    for path in (tmp_path / "pipe", tmp_path, Path(os.devnull), tmp_path / "none"):
        with pytest.raises(OSError, match=r"file|directory|device"):
            read_bounded(path, 10)
    assert read_bounded(tmp_path / "large", 10) == b"x" * 10
    (tmp_path / "link").symlink_to("large")
    with pytest.raises(OSError, match="symbolic links"):
        read_bounded(tmp_path / "link", 10, follows_links=False)
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(free)  # the lowest that is free: none was left open
