"""Files that a document speaks of without importing them."""

from __future__ import annotations

from pathlib import Path

import pytest

from codestral_ls.workspace.index import survey_process
from codestral_ls.workspace.index.likely import is_likely, names_of
from codestral_ls.workspace.index.store import Index
from codestral_ls.workspace.index.survey_process import Surveyor

RULE = """\
module.exports = {
  create(context) {
    const sourceCode = context.sourceCode;
    return { Program(node) { sourceCode.getText(node); fixer.replaceText(node); } };
  },
};
"""

CASES = [
    ("source-code.js", True),
    ("SourceCode.ts", True),
    ("source_code.py", True),
    ("sourcecode.js", True),
    ("rule-fixer.js", True),
    ("RuleFixer.java", True),
    ("fixers.js", False),
    ("prefixer.js", False),
    ("code.js", False),
    ("index.js", False),
    ("x", False),
    ("a" * 400 + "-fixer.js", False),
]


@pytest.mark.parametrize(("name", "likely"), CASES)
def test_a_file_called_as_what_a_text_uses_is_likely(name: str, likely: bool) -> None:
    assert is_likely(f"/root/lib/{name}", frozenset(names_of(RULE))) == likely


def test_many_names_and_long_texts_are_cut() -> None:
    text = "".join(f"name{number}.call();\n" for number in range(50_000))
    assert len(names_of(text)) <= 200
    assert names_of("a.b(); 12.c(); $.d()") == []


def test_what_a_process_ended_over_is_not_looked_at_for_its_imports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    monkeypatch.setattr(survey_process, "read_text", lambda path, _: read.append(Path(path).name))
    for name in ("source-code.js", "fixer.js"):
        (tmp_path / name).write_text("class Store {}\n")
    indexer = Surveyor(Index(), [tmp_path.as_posix()], clock=lambda: 0.0)
    indexer.pass_over([(tmp_path / "fixer.js").as_posix()])
    indexer.prefer(names_of(RULE))
    while indexer.step():
        pass
    assert read == ["source-code.js"]


def test_likely_files_and_what_they_import_are_read_before_others(tmp_path: Path) -> None:
    for number in range(30):
        rule = tmp_path / "lib" / "rules" / f"rule{number}.js"
        rule.parent.mkdir(parents=True, exist_ok=True)
        rule.write_text("exports.a = 1;\n")
    source = tmp_path / "lib" / "languages" / "js" / "source-code.js"
    source.parent.mkdir(parents=True)
    source.write_text('const Store = require("./store");\nclass SourceCode extends Store {}\n')
    (source.parent / "store.js").write_text("class Store { getToken() {} }\n")
    indexer = Surveyor(Index(), [tmp_path.as_posix()], clock=lambda: 0.0)
    indexer.begin_at((tmp_path / "lib" / "rules" / "rule1.js").as_posix())
    indexer.prefer(names_of(RULE))
    read: list[str] = []
    while indexer.step():
        read += [path for path in indexer.taken if path not in read]
    assert [Path(path).name for path in read[:2]] == ["source-code.js", "store.js"]
    assert len(read) == 32
