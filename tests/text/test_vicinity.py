"""In a long document errors are counted in some statements round the cursor, as in all of it."""

from __future__ import annotations

import pytest

from codestral_ls.text.syntax import Syntax, parse
from codestral_ls.text.vicinity import MIN_BYTES, vicinity_of

FUNCTIONS = {
    "python": "def f{}(a):\n    # one\n    if a:\n        return [a, 1]\n    return 2\n\n\n",
    "javascript": "function f{}(a) {{\n  if (a) {{\n    return [a, 1];\n  }}\n  return 2;\n}}\n\n",
    "lua": "local function f{}(a)\n  if a then\n    return 1\n  end\n  return 2\nend\n\n",
    "go": "func f{}(a int) int {{\n\tif a > 0 {{\n\t\treturn 1\n\t}}\n\treturn 2\n}}\n\n",
    "yaml": "key{}:\n  # one\n  name: a\n  items:\n    - b: 1\n      c: 2\n    - d\n\n",
    "css": ".a{} {{\n  color: red;\n  margin: 0;\n}}\n\n",
}
# What is inside of a statement is read on its own where indentation is syntax.
HEADS = {"python": "class A:\n", "yaml": "all:\n"}
TEXTS = {
    "python": ("    x = 1\n", "    x = (\n", "x = 1\n", "    if a:\n        b()\n", "  )\n"),
    "javascript": ("  x();\n", "  x(;\n", "}\n", "  if (b) {\n    c();\n  }\n", "  )\n"),
    "lua": ("  x()\n", "  x(\n", "end\n", "  if b then\n    c()\n  end\n", "  )\n"),
    "go": ("\tx()\n", "\tx(\n", "}\n", "\tif b {\n\t\tc()\n\t}\n", "\t)\n"),
    "yaml": ("  x: 1\n", "  x: [\n", "x: 1\n", "  x:\n    - b\n", "      ]: }\n"),
    "css": ("  top: 0;\n", "  top: {\n", "}\n", "  &:hover { top: 0; }\n", "  )\n"),
}


def document(language: str, *, inner: bool = False) -> str:
    """Longer than what is parsed as it is; ``inner``: one statement holds all the others."""
    size = MIN_BYTES // 50
    functions = "".join(FUNCTIONS[language].format(n) for n in range(size))
    if not inner:
        return functions
    lines = (f"    {line}" if line else line for line in functions.split("\n"))
    return HEADS[language] + "\n".join(lines)


def places(text: str, syntax: Syntax, n_lines: int) -> list[int]:
    """Starts of some lines in the middle."""
    first = text.count("\n") // 2
    found = [syntax.locate(line, "") for line in range(first, first + n_lines)]
    return [offset for offset in found if offset is not None]


@pytest.mark.parametrize(
    ("language", "inner"),
    [*((language, False) for language in FUNCTIONS), *((language, True) for language in HEADS)],
)
def test_a_text_brings_errors_into_its_vicinity_as_into_the_document(
    language: str, inner: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = document(language, inner=inner)
    syntax = parse(text, language)
    assert syntax is not None
    offsets = places(text, syntax, FUNCTIONS[language].count("\n"))
    blanks = "    " if inner else ""
    texts = ["".join(blanks + line for line in lines.splitlines(True)) for lines in TEXTS[language]]
    asked = [(offset, added) for offset in offsets for added in texts]
    quick = [bool(syntax.errors_with(offset, 0, added)) for offset, added in asked]
    monkeypatch.setattr("codestral_ls.text.syntax.MIN_BYTES", 10 * len(text))
    slow = [bool(syntax.errors_with(offset, 0, added)) for offset, added in asked]
    assert quick == slow
    assert True in quick
    assert False in quick


@pytest.mark.parametrize("language", ["python", "yaml"])
def test_the_vicinity_is_short_and_in_step(language: str) -> None:
    text = document(language, inner=True)
    source = text.encode()
    syntax = parse(text, language)
    assert syntax is not None
    for offset in places(text, syntax, FUNCTIONS[language].count("\n")):
        vicinity = vicinity_of(syntax._base.tree, source, source, offset)
        assert vicinity is not None
        assert vicinity.start <= offset <= vicinity.end
        assert vicinity.end - vicinity.start < len(source) // 4
        assert vicinity.column == 4
        assert not vicinity.stays(source, vicinity.start, b"x: 1\n")
        assert vicinity.stays(source, vicinity.start, b"    x: 1\n")


def test_what_needs_a_mark_at_the_start_is_read_whole() -> None:
    text = "<?php\n" + "function f() {\n    return 1;\n}\n" * (MIN_BYTES // 20)
    syntax = parse(text, "php")
    assert syntax is not None
    assert vicinity_of(syntax._base.tree, text.encode(), text.encode(), len(text) // 2) is None
    assert not syntax.errors_with(text.index("\n") + 1, 0, "$x = 1;\n")
