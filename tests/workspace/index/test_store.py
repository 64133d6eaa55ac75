"""The index in memory, and the file that keeps it between two runs."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestral_ls.workspace.index.cache import Cache
from codestral_ls.workspace.index.definition import Definition
from codestral_ls.workspace.index.store import Index, Outline, pack, unpack

SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6"


def outline_of(*names: str, mtime: float = 1.0) -> Outline:
    definitions = [Definition(name, "", 0, f"def {name}():") for name in names]
    return Outline(pack(definitions), mtime, 10)


def test_a_name_leads_to_the_files_that_define_it() -> None:
    index = Index()
    index.put("/a.py", outline_of("load", "save"))
    index.put("/b.py", outline_of("load"))
    assert index.files_defining("load") == ["/a.py", "/b.py"]
    assert [each.name for each in index.definitions("/a.py")] == ["load", "save"]


def test_a_changed_file_replaces_what_was_known_of_it() -> None:
    index = Index()
    index.put("/a.py", outline_of("load"))
    index.put("/a.py", outline_of("save"))
    assert index.files_defining("load") == []
    assert index.files_defining("save") == ["/a.py"]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sets(st.sampled_from("wxyz")))))
def test_what_was_removed_leaves_nothing_behind(puts: list[tuple[str, set[str]]]) -> None:
    index = Index()
    for path, names in puts:
        index.put(path, outline_of(*(name * 2 for name in names)))
    for path in "abc":
        index.remove(path)
    assert (index.n_names, index.n_bytes, index.outlines) == (0, 0, {})


def test_a_full_index_refuses_and_stays_within_its_bound() -> None:
    index = Index(max_bytes=400)
    taken = [index.put(f"/{n}.py", outline_of(f"name_{n}")) for n in range(100)]
    assert taken[0]
    assert not taken[-1]
    assert index.n_bytes <= 400


def test_names_that_the_language_calls_by_itself_cannot_be_asked_for() -> None:
    index = Index()
    index.put("/a.py", outline_of("__init__", "x", "load"))
    assert index.n_names == 1


def test_secrets_in_a_definition_are_masked() -> None:
    text = f'def connect(token="{SECRET}"):'
    [definition] = unpack(pack([Definition("connect", "", 0, text)]))
    assert SECRET[:12] not in definition.text
    assert definition.text.startswith("def connect(token=")


@pytest.mark.parametrize("data", [b"", b"x", b"x\x9c", pack([])[:-3]])
def test_what_is_no_outline_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="outline"):
        unpack(data)


def test_the_cache_brings_back_what_was_saved(tmp_path: Path) -> None:
    outlines = {"/a.py": outline_of("load"), "/b é\n.py": outline_of("save")}
    Cache(str(tmp_path), ["/"]).save(outlines)
    assert Cache(str(tmp_path), ["/"]).load() == outlines


def test_the_cache_is_readable_by_its_user_alone(tmp_path: Path) -> None:
    Cache(str(tmp_path / "new"), ["/"]).save({"/a.py": outline_of("load")})
    [file] = (tmp_path / "new").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_unsaved_text_does_not_get_into_the_cache(tmp_path: Path) -> None:
    Cache(str(tmp_path), ["/"]).save({"/a.py": outline_of("load", mtime=0.0)})
    assert Cache(str(tmp_path), ["/"]).load() == {}


def test_workspaces_have_caches_of_their_own(tmp_path: Path) -> None:
    Cache(str(tmp_path), ["/one"]).save({"/one/a.py": outline_of("load")})
    assert Cache(str(tmp_path), ["/two"]).load() == {}


@given(st.data())
def test_a_damaged_cache_counts_for_nothing(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    directory = tmp_path_factory.mktemp("cache")
    cache = Cache(str(directory), ["/"])
    cache.save({"/a.py": outline_of("load")})
    [file] = directory.iterdir()
    whole = file.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    damaged = data.draw(
        st.sampled_from([whole[:at], whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]])
    )
    file.write_bytes(damaged)
    assert cache.load() == {}


def test_two_servers_that_save_at_once_leave_one_whole_cache(tmp_path: Path) -> None:
    one, two = Cache(str(tmp_path), ["/"]), Cache(str(tmp_path), ["/"])
    one.save({"/a.py": outline_of("one")})
    two.save({"/a.py": outline_of("two")})
    assert one.load() == {"/a.py": outline_of("two")}
    assert len(list(tmp_path.iterdir())) == 1


def test_a_place_that_cannot_be_written_to_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = Cache(str(tmp_path / "file" / "below"), ["/"])
    cache.save({"/a.py": outline_of("load")})
    assert cache.load() == {}


def test_an_outline_of_more_than_any_file_defines_is_not_read() -> None:
    assert len(unpack(pack([Definition("load", "", 0, "def load():")] * 400))) == 400
    with pytest.raises(ValueError, match="not an outline"):
        unpack(pack([Definition("load", "", 0, "def load():")] * 100_000))
