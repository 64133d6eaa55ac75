"""The order and the bounds of reading, and what changes do."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from codestral_ls.workspace.files import Bounds, Entry
from codestral_ls.workspace.worklist import Worklist

UNSAVED = "not saved\n"


class Reading(Worklist):
    """Keeps the texts, and a number of them at most."""

    def __init__(
        self, root: Path, *, room: int = 100, bounds: Bounds | None = None, n_roots: int = 1
    ) -> None:
        roots = [str(root)] * n_roots
        clock = count().__next__
        super().__init__(roots, clock=clock, bounds=bounds or Bounds(walk_s=10_000))
        self.root = root
        self.texts: dict[str, str] = {}
        self.room = room
        self.read: list[str] = []
        """Names of the files in the order in which they were read."""

    def take(self, entry: Entry, text: str) -> bool:
        if len(self.texts) >= self.room:
            return False
        self.texts[entry.path] = text
        self.read.append(os.path.relpath(entry.path, self.root))
        return True

    def take_document(self, path: str, text: str) -> None:
        self.texts[path] = text

    def forget(self, path: str) -> None:
        self.texts.pop(path, None)

    def finish(self) -> None:
        while self.step():
            pass
        assert self.is_done

    def path(self, name: str) -> str:
        return str(self.root / name)

    def names(self) -> list[str]:
        return sorted(os.path.relpath(path, self.root) for path in self.texts)


def write(root: Path, *names: str, text: str = "") -> None:
    """Files, each older than the one before."""
    for age, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text or f"text of {name}\n")
        os.utime(path, (1_000_000 - age, 1_000_000 - age))


def finished(root: Path, *names: str) -> Reading:
    write(root, *names)
    reading = Reading(root)
    reading.finish()
    return reading


def changed(reading: Reading, names: Sequence[str]) -> None:
    for name in names:
        reading.changed(reading.path(name))
    reading.finish()


def test_the_directory_in_focus_is_read_first_and_its_latest_file_before_the_others(
    tmp_path: Path,
) -> None:
    write(tmp_path, "top.py", "x/new.py", "x/old.py", "y/far.py")
    reading = Reading(tmp_path)
    reading.focus_on(reading.path("x/asked.py"))
    reading.finish()
    assert reading.read == ["x/new.py", "x/old.py", "top.py", "y/far.py"]
    assert reading.has_read_near_files


def test_another_directory_that_comes_into_focus_moves_to_the_front(tmp_path: Path) -> None:
    write(tmp_path, "a/1.py", "a/2.py", "b/1.py", "b/2.py")
    reading = Reading(tmp_path)
    reading.focus_on(reading.path("a/1.py"))
    while not reading.texts:
        reading.step()
    reading.focus_on(reading.path("b/1.py"))
    reading.finish()
    assert reading.read == ["a/1.py", "b/1.py", "b/2.py", "a/2.py"]


def test_files_beyond_the_bounds_or_the_room_are_counted_and_told(tmp_path: Path) -> None:
    names = [f"{number}.py" for number in range(10)]
    write(tmp_path, *names)
    size = (tmp_path / names[0]).stat().st_size
    for reading in (
        Reading(tmp_path, room=4),
        Reading(tmp_path, bounds=Bounds(files=4, walk_s=10_000)),
        Reading(tmp_path, bounds=Bounds(total_bytes=4 * size, walk_s=10_000)),
    ):
        reading.finish()
        assert len(reading.texts) == 4
        assert reading.left_out == "6 files are beyond the limits and were not read."


def test_a_walk_that_takes_too_long_is_told(tmp_path: Path) -> None:
    write(tmp_path, *(f"{number}/a.py" for number in range(10)))
    reading = Reading(tmp_path, bounds=Bounds(walk_s=5))
    reading.finish()
    assert "too large" in reading.left_out


def test_a_file_that_went_makes_room_for_another(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "b.py")
    reading = Reading(tmp_path, bounds=Bounds(files=2, walk_s=10_000))
    reading.finish()
    (tmp_path / "a.py").unlink()
    write(tmp_path, "c.py")
    changed(reading, ["a.py", "c.py"])
    assert reading.names() == ["b.py", "c.py"]


def test_roots_that_are_the_same_are_read_once(tmp_path: Path) -> None:
    write(tmp_path, "a.py")
    reading = Reading(tmp_path, n_roots=2)
    reading.finish()
    assert reading.read == ["a.py"]


def test_a_file_that_did_not_change_is_not_read_again(tmp_path: Path) -> None:
    reading = finished(tmp_path, "a.py", "b.py")
    write(tmp_path, "new.py", text="new\n")
    changed(reading, ["a.py", "new.py", ".gitignore"])
    assert sorted(reading.read) == ["a.py", "b.py", "new.py"]


def test_what_changes_on_disk_leaves_open_documents_alone_until_they_are_closed(
    tmp_path: Path,
) -> None:
    reading = finished(tmp_path, "a.py")
    path = reading.path("a.py")
    reading.opened(path, UNSAVED)
    write(tmp_path, "a.py", text="pulled\n")
    changed(reading, ["a.py", ".", ".gitignore"])
    assert reading.texts[path] == UNSAVED
    reading.closed(path)
    reading.finish()
    assert reading.texts[path] == "pulled\n"


def test_a_document_is_forgotten_at_once_when_it_is_closed(tmp_path: Path) -> None:
    reading = finished(tmp_path)
    reading.opened(reading.path("new.py"), UNSAVED)
    reading.closed(reading.path("new.py"))
    assert reading.texts == {}


def test_a_deleted_directory_takes_its_files_with_it_and_one_that_changed_does_not(
    tmp_path: Path,
) -> None:
    reading = finished(tmp_path, "gone/a.py", "gone_not/a.py")
    (tmp_path / "gone" / "a.py").unlink()
    (tmp_path / "gone").rmdir()
    changed(reading, ["gone", "gone_not"])
    assert reading.names() == ["gone_not/a.py"]


def test_changed_ignore_rules_hold_for_files_and_documents_that_are_known(tmp_path: Path) -> None:
    write(tmp_path, ".gitignore", text="c.py\n")
    reading = finished(tmp_path, "a.py", "b.py", "c.py")
    reading.opened(reading.path("b.py"), UNSAVED)
    write(tmp_path, ".gitignore", text="[ab].py\n")
    changed(reading, [".gitignore"])
    assert [name for name in reading.names() if name.endswith(".py")] == ["c.py"]


def test_nothing_outside_of_the_roots_is_read_by_way_of_a_link(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    write(outside, "a.py")
    (root / "link").symlink_to(outside)
    (root / "a_link.py").symlink_to(outside / "a.py")
    reading = finished(root)
    reading.focus_on(reading.path("link/b.py"))
    changed(reading, ["link/a.py", "a_link.py", "link"])
    assert reading.read == []


def test_an_open_document_elsewhere_is_used_unless_its_own_repository_ignores_it(
    tmp_path: Path,
) -> None:
    root, other = tmp_path / "root", tmp_path / "other"
    (other / ".git").mkdir(parents=True)
    write(other, ".gitignore", text="build/\n")
    reading = Reading(root)
    for name in ("a.py", "build/b.py", ".env"):
        reading.opened(str(other / name), UNSAVED)
    assert list(reading.texts) == [str(other / "a.py")]


def test_no_roots_mean_nothing_to_do(tmp_path: Path) -> None:
    reading = Reading(tmp_path, n_roots=0)
    reading.focus_on("/somewhere/a.py")
    reading.finish()
    assert reading.texts == {}


def test_what_was_listed_before_the_rules_changed_is_held_against_the_new_ones(
    tmp_path: Path,
) -> None:
    write(tmp_path, "a.py", "b.py")
    reading = Reading(tmp_path)
    while not reading.n_found:
        reading.step()
    write(tmp_path, ".gitignore", text="a.py\n")
    changed(reading, [".gitignore"])
    assert "a.py" not in reading.read


def test_an_open_document_is_ignored_by_either_name_that_a_link_gives_it(tmp_path: Path) -> None:
    root, private = tmp_path / "root", tmp_path / "root" / "private"
    write(root, ".gitignore", text="/private/\n")
    write(root, "private/a.py")
    (root / "link").symlink_to(private)
    reading = Reading(root)
    reading.opened(reading.path("link/a.py"), UNSAVED)
    assert reading.texts == {}


def test_a_root_that_is_a_link_goes_by_the_rules_where_it_leads(tmp_path: Path) -> None:
    (tmp_path / "work" / ".git").mkdir(parents=True)
    write(tmp_path / "work", ".gitignore", text="b.py\n")
    write(tmp_path / "work", "inner/a.py", "inner/b.py")
    (tmp_path / "link").symlink_to(tmp_path / "work" / "inner")
    reading = Reading(tmp_path / "link")
    reading.finish()
    assert reading.read == ["a.py"]


def test_a_directory_with_very_many_files_is_read_whole_bit_by_bit(tmp_path: Path) -> None:
    names = [f"{number}.py" for number in range(1000)]
    write(tmp_path, *names)
    reading = Reading(tmp_path, room=len(names))
    reading.focus_on(reading.path("0.py"))
    reading.finish()
    assert reading.names() == sorted(names)
