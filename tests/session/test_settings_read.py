"""Settings files are read beside the event loop, whatever disk they are on."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from codestral_ls.privacy.places import place_of
from codestral_ls.session import settings_files
from codestral_ls.session.notices import Notice
from codestral_ls.session.settings_by_place import SettingsByPlace


class SlowDisk:
    """Answers once it is told to; counts who waits for it, and where."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers = threading.Event()
        self.readers: list[threading.Thread] = []
        real = settings_files.SettingsFile.refresh

        def refresh(file: settings_files.SettingsFile) -> bool:
            self.readers.append(threading.current_thread())
            self.answers.wait()
            return real(file)

        monkeypatch.setattr(settings_files.SettingsFile, "refresh", refresh)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> SlowDisk:
    return SlowDisk(monkeypatch)


def settings_in(tmp_path: Path) -> SettingsByPlace:
    told: list[Notice] = []
    config = tmp_path / "config.toml"
    config.write_text("max_tokens = 7\n")
    return SettingsByPlace({"CODESTRAL_LS_CONFIG": str(config)}, {}, told.append)


async def test_the_start_does_not_wait_for_a_disk_that_does_not_answer(
    tmp_path: Path, disk: SlowDisk
) -> None:
    settings = settings_in(tmp_path)
    await settings.read_own(0.0)
    assert settings.at().settings.max_tokens == 128
    # Whoever is about to send something waits, and all of them hold one thread.
    waiting = [asyncio.ensure_future(settings.refresh()) for _ in range(5)]
    await asyncio.sleep(0)
    waiting.pop().cancel()
    assert not any(each.done() for each in waiting)
    disk.answers.set()
    await asyncio.gather(*waiting)
    assert settings.at().settings.max_tokens == 7
    assert threading.main_thread() not in disk.readers
    assert len(set(disk.readers)) == 1


async def test_a_folder_whose_file_was_not_read_yet_is_withheld(
    tmp_path: Path, disk: SlowDisk
) -> None:
    disk.answers.set()
    settings = settings_in(tmp_path)
    await settings.read_own(5.0)
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / ".codestral.toml").write_text('exclude = ["a.py"]\n')
    settings.set_roots([tmp_path / "w"])
    place = place_of(str(tmp_path / "w" / "b.py"))
    assert settings.why_kept(place) is not None
    assert settings.sendable().roots == ()
    await settings.refresh()
    assert settings.why_kept(place) is None
    assert settings.why_kept(place_of(str(tmp_path / "w" / "a.py"))) is not None
    assert settings.sendable().roots == (tmp_path / "w",)
    assert threading.main_thread() not in disk.readers


def make_fifo(path: Path) -> None:
    os.mkfifo(path)


UNUSABLE: Mapping[str, Callable[[Path], object]] = {
    "half written": lambda path: path.write_text('exclude = ["a.py"'),
    "no text": lambda path: path.write_bytes(b"\xff\xfe\xff"),
    "too large": lambda path: path.write_text("#" * (settings_files.MAX_FILE_BYTES + 1)),
    "a directory": Path.mkdir,
    "a pipe": make_fifo,
    "a link to nowhere": lambda path: path.symlink_to("nowhere"),
}


@pytest.mark.parametrize("make", UNUSABLE.values(), ids=list(UNUSABLE))
async def test_nothing_is_sent_where_it_is_not_known_what_the_user_set(
    tmp_path: Path, make: Callable[[Path], object]
) -> None:
    settings = settings_in(tmp_path)
    config = tmp_path / "config.toml"
    config.unlink()
    make(config)
    settings.set_roots([tmp_path])
    await settings.read_own(5.0)
    place = place_of(str(tmp_path / "b.py"))
    reason = settings.why_kept(place)
    assert reason is not None
    assert "config.toml cannot be read, so nothing is sent" in reason
    assert settings.sendable().roots == ()

    config.rename(tmp_path / "old")
    await settings.refresh()
    assert settings.why_kept(place) is None
    assert settings.sendable().roots == (tmp_path,)


async def test_the_last_valid_version_keeps_back_what_it_kept_back(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    config = tmp_path / "config.toml"
    config.write_text('exclude = ["a.py"]\n')
    await settings.read_own(5.0)
    config.write_text('exclude = ["a.py"')
    await settings.refresh()
    assert settings.why_kept(place_of(str(tmp_path / "a.py"))) is not None
    assert settings.why_kept(place_of(str(tmp_path / "b.py"))) is None
