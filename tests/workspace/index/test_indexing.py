"""Which files get into the index, when they change there, and what comes from the cache."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from codestral_ls.workspace.files import Bounds, read_text
from codestral_ls.workspace.index import indexing
from codestral_ls.workspace.index.indexing import DefinitionIndexer
from codestral_ls.workspace.index.store import Index
from tests.workspace.index.shop import PARCEL, Shop

FUNCTION = "def load(path):\n    pass\n"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    root = tmp_path / "shop"
    root.mkdir()
    return Shop(root)


def test_source_files_are_indexed_and_prose_and_data_are_not(shop: Shop) -> None:
    for name in ("a.py", "deep/er/b.ts", "c.go", "README.md", "data.json", "notes.txt"):
        shop.write(name, FUNCTION)
    shop.work()
    assert shop.files() == ["a.py", "c.go", "deep/er/b.ts"]


def test_ignored_excluded_and_secret_files_stay_out(tmp_path: Path) -> None:
    shop = Shop(tmp_path, exclude=["legacy/"])
    shop.write(".gitignore", "*_gen.py\nbuild/\n!kept_gen.py\n")
    names = ("a_gen.py", "kept_gen.py", "build/b.py", "legacy/c.py", ".ssh/d.py", "e.py")
    for name in names:
        shop.write(name, FUNCTION)
    shop.work()
    assert shop.files() == ["e.py", "kept_gen.py"]


def test_binary_misencoded_endless_and_empty_files_stay_out(shop: Shop) -> None:
    shop.write("binary.py", b"def load():\n\0\1\2")
    shop.write("latin.py", "def grüße(): pass\n".encode("latin-1"))
    shop.write("one_line.py", "x = [" + "1, " * 50_000 + "]")
    shop.write("empty.py", "")
    shop.write("large.py", FUNCTION * 20_000)
    shop.work()
    assert shop.files() == []


def test_links_that_leave_the_workspace_and_loops_are_not_followed(
    shop: Shop, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.py").write_text(FUNCTION)
    (shop.root / "link").symlink_to(outside)
    (shop.root / "loop").symlink_to(shop.root)
    (shop.root / "a_link.py").symlink_to(outside / "a.py")
    shop.write("b.py", FUNCTION)
    shop.work()
    for path in ("link/a.py", "a_link.py", "loop/b.py"):
        shop.indexer.changed(shop.path(path))
    shop.indexer.focus_on(shop.path("link/a.py"))
    shop.work()
    assert shop.files() == ["b.py"]
    assert shop.indexer.texts.all_paths() == []


def test_unreadable_files_are_passed_over(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    really = os.open

    def refuse(path: str, flags: int) -> int:
        if path.endswith("a.py"):
            raise PermissionError(path)
        return really(path, flags)

    monkeypatch.setattr(os, "open", refuse)  # root, as whom tests run in CI, may read everything
    shop.write("b.py", FUNCTION)
    shop.write("a.py", FUNCTION)
    shop.work()
    assert shop.files() == ["b.py"]


def test_files_that_vanish_while_they_wait_are_passed_over(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.write("a.py", FUNCTION)
    really = os.open

    def vanish(path: str, flags: int) -> int:
        Path(path).unlink()
        return really(path, flags)

    monkeypatch.setattr(os, "open", vanish)
    shop.work()
    assert shop.files() == []


def test_the_root_of_the_file_system_comes_to_an_end() -> None:
    index = Index()
    bounds = Bounds(entries=300, files=5)
    indexer = DefinitionIndexer(index, ["/"], clock=lambda: 0.0, bounds=bounds)
    while indexer.step():
        pass
    assert indexer.is_done
    assert len(index.outlines) <= 5


def test_what_a_process_ended_over_is_not_looked_at_beside_the_cursor_either(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def noted(path: str, max_bytes: int) -> str | None:
        read.append(path)
        return read_text(path, max_bytes)

    monkeypatch.setattr(indexing, "read_text", noted)
    for name in ("a.py", "b.py", "main.py"):
        shop.write(name, FUNCTION)
    shop.indexer.pass_over([shop.path("a.py")])
    shop.indexer.focus_on(shop.path("main.py"), "import a, b\n")
    shop.work()
    assert shop.path("b.py") in read
    assert shop.path("a.py") not in read
    assert shop.files() == ["b.py", "main.py"]


def test_a_saved_file_is_indexed_anew_and_a_deleted_one_forgotten(shop: Shop) -> None:
    shop.write("a.py", FUNCTION)
    shop.write("b.py", FUNCTION)
    shop.work()
    shop.write("a.py", "def save(path):\n    pass\n")
    (shop.root / "b.py").unlink()
    shop.indexer.changed(shop.path("a.py"))
    shop.indexer.changed(shop.path("b.py"))
    shop.work()
    assert shop.index.files_defining("save") == [shop.path("a.py")]
    assert shop.index.files_defining("load") == []


def test_unsaved_text_counts_before_the_disk_until_the_document_is_closed(shop: Shop) -> None:
    shop.write("a.py", FUNCTION)
    shop.work()
    shop.indexer.opened(shop.path("a.py"), "def typed(): pass\n")
    shop.work()
    assert shop.index.files_defining("typed")
    shop.indexer.changed(shop.path("a.py"))
    shop.work()
    assert shop.index.files_defining("typed")
    shop.indexer.closed(shop.path("a.py"))
    shop.work()
    assert shop.index.files_defining("load")
    assert not shop.index.files_defining("typed")


def test_passages_come_from_the_latest_text_of_a_neighbour(shop: Shop) -> None:
    shop.write("a.py", FUNCTION)
    shop.indexer.focus_on(shop.path("main.py"))
    shop.work()
    assert shop.indexer.texts.get(shop.path("a.py")) == FUNCTION
    shop.write("a.py", PARCEL)
    shop.indexer.changed(shop.path("a.py"))
    shop.work()
    assert shop.indexer.texts.get(shop.path("a.py")) == PARCEL


@pytest.mark.parametrize("name", [".env", "ignored.py", "legacy/a.py"])
def test_open_documents_that_must_not_be_used_are_not(tmp_path: Path, name: str) -> None:
    shop = Shop(tmp_path, exclude=["legacy/"])
    shop.write(".gitignore", "ignored.py\n")
    shop.indexer.opened(shop.path(name), FUNCTION)
    shop.work()
    assert shop.files() == []
    assert shop.indexer.texts.get(shop.path(name)) is None


def test_files_beyond_the_bounds_are_counted_and_the_near_ones_come_first(tmp_path: Path) -> None:
    shop = Shop(tmp_path, bounds=Bounds(files=3))
    for number in range(6):
        shop.write(f"far/f_{number}.py", FUNCTION)
    shop.write("near/a.py", FUNCTION)
    shop.write("near/b.py", FUNCTION)
    shop.indexer.focus_on(shop.path("near/c.py"))
    shop.work()
    assert {"near/a.py", "near/b.py"} < set(shop.files())
    assert len(shop.files()) == 3
    assert shop.indexer.n_left_out == 5


def test_a_later_start_reads_only_what_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, cache = tmp_path / "shop", tmp_path / "cache"
    first = Shop(root, cache=cache)
    first.write("a.py", FUNCTION)
    first.write("b.py", FUNCTION)
    first.work()
    first.write("b.py", "def save(path): pass\n")
    first.write("c.py", PARCEL)
    read = []
    really = os.open

    def noted(path: str | Path, flags: int, mode: int = 0o777) -> int:
        if str(path).endswith(".py"):
            read.append(path)
        return really(path, flags, mode)

    monkeypatch.setattr(os, "open", noted)
    second = Shop(root, cache=cache)
    second.work()
    assert sorted(read) == [first.path("b.py"), first.path("c.py")]
    assert second.files() == ["a.py", "b.py", "c.py"]
    assert second.index.files_defining("save")


def test_what_the_rules_forbid_by_now_leaves_the_cache(tmp_path: Path) -> None:
    root, cache = tmp_path / "shop", tmp_path / "cache"
    first = Shop(root, cache=cache)
    first.write("a.py", FUNCTION)
    first.write("b.py", FUNCTION)
    first.work()
    Shop(root, cache=cache, exclude=["b.py"]).work()
    [file] = cache.iterdir()
    assert b"a.py" in file.read_bytes()
    assert b"b.py" not in file.read_bytes()


def test_no_source_text_beyond_outlines_is_cached(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", cache=tmp_path / "cache")
    shop.write("a.py", PARCEL)
    shop.work()
    outlines = Shop(tmp_path / "shop", cache=tmp_path / "cache")
    outlines.work()
    texts = [each.text for each in outlines.index.definitions(shop.path("a.py"))]
    assert any("load_parcel" in text for text in texts)
    assert not any("return" in text for text in texts)
