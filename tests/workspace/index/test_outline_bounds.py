"""Whatever a text defines, its outline fits into the index."""

from __future__ import annotations

import pytest

from codestral_ls.workspace.index.outline import MAX_DEFINITIONS, outline
from codestral_ls.workspace.index.store import Index, Outline, pack

_MANY = range(1500)
GENERATED = {
    "members": "function A() {" + "".join(f"this.m{n} = function () {{}};\n" for n in _MANY) + "}",
    "of an object": "function A(b) {"
    + "".join(f"b.m{n} = {{ f{n}() {{}} }};\n" for n in _MANY) + "}",
    "of a variable": "function A() {"
    + "".join(f"const v{n} = {{ f{n}() {{}} }};\n" for n in _MANY) + "}",
    "handed out": "function A() {"
    + "".join(f"function f{n}() {{}}\n" for n in _MANY)
    + "return {" + ", ".join(f"f{n}" for n in _MANY) + "}}",
    "in a chain": "".join(f"exports.a{n} = exports.b{n} = function () {{}};\n" for n in _MANY),
    "in makers": "function A() {" + "this.m = function () {" * 9
    + "".join(f"this.m{n} = function () {{}};\n" for n in _MANY) + "}" * 10,
    "long names": "class " + "A" * 100_000 + " {"
    + "".join(f"m{n}() {{}}\n" for n in _MANY) + "}",
    "long members": "class A {" + "".join(f"{chr(1) * 900}m{n}() {{}}\n" for n in _MANY) + "}",
    "long owners": "".join(f"{'a' * 100_000}.m{n} = () => {{}};\n" for n in range(50)),
}  # fmt: skip


@pytest.mark.parametrize("kind", GENERATED)
def test_what_a_script_makes_is_bounded_and_fits_into_the_index(kind: str) -> None:
    found = outline(GENERATED[kind], "javascript")
    assert len(found) <= MAX_DEFINITIONS
    assert Index().put("/a.js", Outline(pack(found), 1.0, 1))


@pytest.mark.parametrize(
    ("language_id", "text"),
    [
        ("python", f"class {'A' * 100_000}:\n" + "    def load(self): ...\n" * 60),
        ("cpp", f"void {'A' * 100_000}::load() {{}}\n" * 60),
        ("go", f"func (a {'A' * 100_000}) load() {{}}\n" * 60),
        ("rust", f"impl {'A' * 100_000} {{\n" + "fn load() {}\n" * 60 + "}\n"),
        ("c", f"int {'a' * 100_000}(void);\n" * 60),
    ],
)
def test_names_of_any_length_fit_into_the_index(language_id: str, text: str) -> None:
    assert Index().put("/a", Outline(pack(outline(text, language_id)), 1.0, 1))
