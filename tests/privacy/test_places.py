"""A file is one place, by whatever address an editor shows it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestral_ls.privacy import places
from codestral_ls.privacy.filenames import looks_secret
from codestral_ls.privacy.places import FilePlace, path_of, place_of, resolved


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("file:///w/server.key", "/w/server.key"),
        ("file://localhost/w/server.key", "/w/server.key"),
        ("file:/w/server.key", "/w/server.key"),
        ("FILE:///w/server.key", "/w/server.key"),
        ("file:///w/a%20b/%C3%A9.py", "/w/a b/é.py"),
        ("file:///w/a%23b%3Fc.py", "/w/a#b?c.py"),
        ("file:///w/x/../server.key", "/w/server.key"),
        ("file:///w//./server.key", "/w/server.key"),
        ("file:///c%3A/w/server.key", "c:/w/server.key"),
        ("file:///C:/w/server.key", "C:/w/server.key"),
        ("file://C:/w/server.key", "C:/w/server.key"),
        ("file:///C|/w/server.key", "C:/w/server.key"),
        ("file://server/share/a.key", "//server/share/a.key"),
        ('git:/w/server.key?{"path":"/w/server.key","ref":"~"}', "/w/server.key"),
        ("git:/w/server.key?%7B%22ref%22%3A%22~%22%7D", "/w/server.key"),
        ("git:/c:/w/server.key?x", "c:/w/server.key"),
        ("gitfs:/w/server.key?HEAD", "/w/server.key"),
        ("gitlens://abc123/w/server.key?x#y", "/w/server.key"),
        ("vscode-notebook-cell:/w/secrets.yaml#W0sZmlsZQ==", "/w/secrets.yaml"),
        ("vscode-notebook-cell:///w/secrets.yaml#ch0", "/w/secrets.yaml"),
        ("vscode-remote://ssh-remote%2Bbox/w/server.key", "/w/server.key"),
        ("vscode-vfs://github/me/shop/.env", "/me/shop/.env"),
        ("vscode-local-history:/w/.env?x", "/w/.env"),
        ("untitled:/w/secrets.yaml", "/w/secrets.yaml"),
        ("untitled:Untitled-1", "Untitled-1"),
        ("untitled:.env", ".env"),
        ("jar:file:///w/a.jar!/server.key", "/w/a.jar!/server.key"),
        ("zipfile:///w/a.zip::server.key", "/w/a.zip::server.key"),
        ("fugitive:///w/.git//0/server.key", "/w/server.key"),
        ("fugitive:///w/.git//1a2b3c4d5e6f7a8b9c0d/x/server.key", "/w/x/server.key"),
        ("diffview:///w/.git/:0:/server.key", "/w/server.key"),
        ("diffview:///w/.git/1a2b3c4d5e6/server.key", "/w/server.key"),
        ("gitsigns:///w/.git//HEAD~1:server.key", "/w/server.key"),
        ("gitsigns:///w/.git/worktrees/b//:0:server.key", "/w/server.key"),
        ("/w/server.key", "/w/server.key"),
        ("/w/a?b#c%20.py", "/w/a?b#c%20.py"),
        ("C:\\w\\server.key", "C:/w/server.key"),
        ("\\\\server\\share\\server.key", "//server/share/server.key"),
        ("", ""),
        ("main.py", "main.py"),
    ],
)
def test_an_address_of_any_kind_leads_to_the_path(address: str, path: str) -> None:
    assert path_of(address) == path


def test_a_link_and_what_it_points_to_are_both_asked_about(tmp_path: Path) -> None:
    real = Path(tmp_path.resolve())
    (real / "server.key").write_text("")
    (real / "data").write_text("")
    (real / "notes.txt").symlink_to(real / "server.key")
    (real / "id_rsa").symlink_to(real / "data")
    for link in ("notes.txt", "id_rsa"):
        place = place_of((real / link).as_uri())
        assert any(looks_secret(path) for path in place.paths)
    assert place_of((real / "data").as_uri()).paths == ((real / "data").as_posix(),)


def test_a_root_that_was_opened_by_a_link_is_the_root(tmp_path: Path) -> None:
    real = Path(tmp_path.resolve())
    (real / "shop").mkdir()
    (real / "link").symlink_to(real / "shop", target_is_directory=True)
    through = place_of(f"git:{(real / 'link/new.py').as_posix()}?ref")
    straight = place_of((real / "shop/new.py").as_uri())
    assert through.real == straight.real == (real / "shop/new.py").as_posix()
    assert through.spelled == (real / "link/new.py").as_posix()


def test_links_in_a_circle_come_to_an_end(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert place_of((tmp_path / "a").as_uri()).spelled.endswith("/a")


def test_case_is_the_file_systems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path(tmp_path.resolve())
    (real / "Shop").mkdir()
    (real / "Shop" / "Main.py").write_text("")
    written = (real / "shop" / "MAIN.py").as_posix()
    monkeypatch.setattr(places, "_ignores_case", lambda path: True)
    assert resolved(written) == (real / "Shop" / "Main.py").as_posix()
    monkeypatch.setattr(places, "_ignores_case", lambda path: False)
    assert resolved(written) == written


def test_what_is_nowhere_on_disk_stays_as_it_is() -> None:
    assert place_of("untitled:Untitled-1") == FilePlace("Untitled-1", "Untitled-1")
    assert place_of("") == FilePlace("", "")
    assert place_of("file:///nowhere/a%00b").spelled == "/nowhere/a\0b"


@pytest.mark.parametrize("address", ["ab:/\\", "///", "file:/\\x", "//x", "//x/", "file:////x"])
def test_two_slashes_without_a_server_and_a_share_are_one(address: str) -> None:
    spelled = place_of(address).spelled
    assert spelled[:2] != "//"
    assert path_of(spelled) == spelled


@given(st.text() | st.from_regex(r"[a-z]{2,6}:/{0,3}[^\n]{0,30}"))
def test_no_address_is_too_odd_to_be_placed(address: str) -> None:
    place = place_of(address)
    assert "//" not in place.spelled.lstrip("/") or not place.spelled.startswith("/")
    assert path_of(place.spelled) == place.spelled or not place.spelled.startswith("/")
