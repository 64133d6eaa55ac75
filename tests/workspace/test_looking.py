"""What is noticed of changes on disk that nobody tells of."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from codestral_ls.workspace.looking import ChangeLook
from tests.workspace.index.shop import PARCEL, Shop

OTHER = "def weigh_all(parcels): ...\n"


def appear(root: Path) -> None:
    (root / "shop" / "new.py").write_text(OTHER)


def appear_in_a_new_directory(root: Path) -> None:
    (root / "shop" / "deep" / "er").mkdir(parents=True)
    (root / "shop" / "deep" / "er" / "new.py").write_text(OTHER)


def change_in_place(root: Path) -> None:
    (root / "shop" / "parcel.py").write_text(OTHER)


def change_by_renaming(root: Path) -> None:
    (root / "shop" / "draft").write_text(OTHER)
    (root / "shop" / "draft").rename(root / "shop" / "parcel.py")


def vanish(root: Path) -> None:
    (root / "shop" / "parcel.py").unlink()


def vanish_with_its_directory(root: Path) -> None:
    (root / "shop" / "parcel.py").unlink()
    (root / "shop").rmdir()


def become_ignored(root: Path) -> None:
    (root / ".gitignore").write_text("parcel.py\n")


def be_ignored_from_the_start(root: Path) -> None:
    (root / ".gitignore").write_text("new.py\nparcel.py\n")
    (root / "shop" / "new.py").write_text(OTHER)


Change = Callable[[Path], None]
CHANGES: list[tuple[Change, list[str]]] = [
    (appear, ["shop/new.py", "shop/parcel.py"]),
    (appear_in_a_new_directory, ["shop/deep/er/new.py", "shop/parcel.py"]),
    (change_in_place, ["shop/parcel.py"]),
    (change_by_renaming, ["shop/parcel.py"]),
    (vanish, []),
    (vanish_with_its_directory, []),
    (become_ignored, []),
    (be_ignored_from_the_start, []),
]


def look(shop: Shop, watch: ChangeLook) -> None:
    """As an idle process for some seconds."""
    for _ in range(60):
        shop.clock.now += 0.1
        if watch.look():
            shop.work()


@pytest.mark.parametrize(("change", "files"), CHANGES)
def test_a_change_is_known_within_seconds(tmp_path: Path, change: Change, files: list[str]) -> None:
    shop = Shop(tmp_path)
    shop.write("shop/parcel.py", PARCEL)
    shop.work()
    watch = ChangeLook(shop.indexer, shop.clock)
    look(shop, watch)
    before = (tmp_path / "shop").stat().st_mtime_ns
    change(tmp_path)
    if (tmp_path / "shop").exists() and (tmp_path / "shop").stat().st_mtime_ns != before:
        # Clocks of file systems are coarse.
        os.utime(tmp_path / "shop", ns=(before + 10**9, before + 10**9))
    look(shop, watch)
    assert shop.files() == files
    if change in (change_in_place, change_by_renaming):
        assert shop.index.files_defining("load_parcel") == []


def test_nothing_is_read_while_nothing_changes(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    for number in range(300):
        shop.write(f"shop/m{number}.py", PARCEL)
    shop.work()
    watch = ChangeLook(shop.indexer, shop.clock)
    for _ in range(60):
        shop.clock.now += 0.1
        assert not watch.look()
