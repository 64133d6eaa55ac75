"""Settings files by any name, and with any byte order mark."""

from __future__ import annotations

from pathlib import Path

import pytest

from codestral_ls.session.settings_files import repository_file, user_file

ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]


@pytest.mark.parametrize(
    "path",
    [
        "~no-such-user/x", "~", "~/", "/", "/dev/null", "/dev/zero", "x" * 5000, "nowhere", "$NO/x",
        "${HOME", "a\tb", "\udcff", ".", "..", "\x00", "//", "a" * 300 + "/b",
    ],
)  # fmt: skip
def test_an_odd_name_of_the_settings_file_ends_nothing(path: str) -> None:
    file = user_file({"CODESTRAL_LS_CONFIG": path, "HOME": "/nowhere"})
    assert file is not None
    file.refresh()
    assert dict(file.options.values) == {}
    assert not file.has_changed()


def test_the_settings_file_is_found_by_a_name_with_variables(tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text("max_tokens = 7\n")
    environ = {"HOME": str(tmp_path), "NAME": "my"}
    for path in ("~/my.toml", "$HOME/my.toml", "${HOME}/$NAME.toml"):
        file = user_file({**environ, "CODESTRAL_LS_CONFIG": path})
        assert file is not None
        file.refresh()
        assert dict(file.options.values) == {"max_tokens": 7}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path, encoding: str) -> None:
    mark = "\ufeff" if encoding.endswith("e") else ""
    content = (mark + 'model = "mödel"\nmax_tokens = 7\n').encode(encoding)
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    (tmp_path / ".codestral.toml").write_bytes(content)
    own = user_file({"CODESTRAL_LS_CONFIG": str(path)})
    assert own is not None
    for file in (own, repository_file(tmp_path)):
        file.refresh()
        assert file.problems == ()
        assert dict(file.options.values) == {"model": "mödel", "max_tokens": 7}


@pytest.mark.parametrize("content", [b"\xff\xfea", b"\xfe\xff\x00", b"\xff\xfe\x00\xd8"])
def test_what_is_cut_or_no_text_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".codestral.toml").write_bytes(content)
    file = repository_file(tmp_path)
    file.refresh()
    assert file.withholds
