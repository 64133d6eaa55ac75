"""How much of a growing text is whole statements, in several languages."""

from __future__ import annotations

import pytest

from codestral_ls import postprocess
from codestral_ls.model import Snapshot
from codestral_ls.postprocess import Dropped, Scene


def scene(before: str, after: str, language: str) -> Scene:
    return Scene(
        Snapshot(
            "file:///a",
            "/a",
            language,
            1,
            before,
            after,
            before.count("\n"),
            at_document_start=True,
            at_document_end=True,
        )
    )


# Language, what stands before the cursor, what has arrived, and what of it is whole.
CASES = [
    ("python", "def f():\n    ", "a = 1\n    b = 2\n    c", "a = 1\n    b = 2\n"),
    ("python", "def f():\n    ", "for a in b:\n        go(", ""),
    ("python", "def f():\n    ", "for a in b:\n        go()\n  ", "for a in b:\n        go()\n"),
    ("python", "def f():\n    ", "if a:\n        # Why.\n        ", ""),
    ("python", "def f():\n    ", "a = [\n        1,\n        2,\n    ]\n    ", "a = [...]\n"),
    ("python", "def f():\n    ", "a = [\n        1,\n        2,\n", ""),
    ("python", "def f():\n    ", "a = b and \\\n        c\n", "a = b and \\\n        c\n"),
    ("python", "class A:\n    ", "@property\n    def a(self):\n        ", ""),
    ("python", "def f():\n    ", '"""What.\n\n    More.\n', ""),
    ("python", "def f():\n    ", "a = 1\n    return {\n        1: 2,\n", "a = 1\n"),
    ("go", "func f() {\n\t", "a := 1\n\tfor _, b := range c {\n\t\tgo(b)\n", "a := 1\n\tfor...\n"),
    ("go", "func f() {\n\t", "for _, b := range c {\n", ""),
    ("go", "func f() {\n\t", "go(\n\t\ta,\n\t\tb,\n\t)\n\t", "go(\n\t\ta,\n\t\tb,\n\t)\n"),
    ("javascript", "function f() {\n  ", "const a = {\n    b: 1,\n", ""),
    ("javascript", "function f() {\n  ", "const a = b\n  const c = d\n", "const a = b\n  c...\n"),
    ("javascript", "function f() {\n  ", "a.map((b) => {\n    c(b);\n", ""),
    ("typescript", "", "type A =\n  | 'a'\n", "type A =\n  | 'a'\n"),
    ("rust", "fn f() {\n    ", "let a = b\n        .c()\n        .d();\n", "let a = b...;\n"),
    ("rust", "fn f() {\n    ", "#[allow(dead_code)]\n", ""),
    ("rust", "fn f() {\n    ", "/// What.\n    fn g() {\n", ""),
    ("java", "class A {\n  ", "@Override\n  public int a() {\n    return 1;\n", "@Override...\n"),
    ("ruby", "def f\n  ", "a.each do |b|\n    go b\n", ""),
    ("ruby", "def f\n  ", "a = 1\n  b.each do |c|\n    c\n  end\n  d", "a = 1...end\n"),
    ("lua", "", "for a in b do\n  c()\nend\n", "for a in b do\n  c()\nend\n"),
    ("lua", "", "if a then\n  b()\nelse\n  c()\n", ""),
    ("html", "", "<ul>\n  <li>a</li>\n", ""),
    ("html", "", "<p>a</p>\n<ul>\n  <li>a</li>\n", "<p>a</p>\n"),
    ("ruby", "def f\n  ", "a.each do |b|\n", ""),
    ("shellscript", "f() {\n  ", "if a; then\n    b\n", ""),
    ("shellscript", "f() {\n  ", "if a; then\n    b\n  fi\n", "if a; then\n    b\n  fi\n"),
    ("shellscript", "f() {\n  ", "cat a |\n", ""),
    ("c", "int f() {\n  ", "int a = 1;\n  int b =\n", "int a = 1;\n"),
    ("yaml", "a:\n  ", "b: 1\n  c:\n    d: 2\n  e", "b: 1\n  c:\n    d: 2\n"),
    ("python", "f(\n    a,\n    ", "b,\n    c", "b,\n"),
    ("python", "# Of ", "b,\n", "b,\n"),
    ("python", "a = 'b ", "c,\n", "c,\n"),
    ("python", "a = 'b ", "c' + d(\n", ""),
    ("python", "a = {\n    1: 2,\n    ", "3: [\n        4,\n", ""),
    ("python", "a = {\n    1: 2,\n    ", "3: [4],\n", "3: [4],\n"),
    ("javascript", "f({\n  a,\n  ", "b: c,\n  d", "b: c,\n"),
    ("javascript", "function f() {\n  ", "let a = 1,\n", ""),
    ("javascript", "function f() {\n  let ", "a = 1,\n", ""),
    ("markdown", "# A\n\n", "One sentence.\nAnother one", "One sentence.\n"),
]


@pytest.mark.parametrize(("language", "before", "arrived", "whole"), CASES)
def test_whole_statements(language: str, before: str, arrived: str, whole: str) -> None:
    """Dots in the expectation stand for what is between."""
    found = postprocess.whole_statements(arrived, scene(before, "\n", language))
    assert arrived.startswith(found)
    start, dots, end = whole.partition("...")
    assert found.startswith(start)
    assert found.endswith(end)
    assert dots or found == whole


@pytest.mark.parametrize(("language", "before", "arrived"), [case[:3] for case in CASES])
def test_a_beginning_never_has_more_than_the_whole(
    language: str, before: str, arrived: str
) -> None:
    place = scene(before, "\n", language)
    all_of_it = postprocess.whole_statements(arrived, place)
    former = ""
    for end in range(len(arrived) + 1):
        found = postprocess.whole_statements(arrived[:end], place)
        assert all_of_it.startswith(found)
        assert found.startswith(former)
        former = found


@pytest.mark.parametrize(("language", "before", "arrived"), [case[:3] for case in CASES])
def test_where_code_follows_no_bracket_stays_open(language: str, before: str, arrived: str) -> None:
    closer = "}\n" if "{" in before else ""
    place = scene(before, f"\n{closer}\nlast = 1\n", language)
    shaped = postprocess.run(
        postprocess.whole_statements(arrived, place),
        Scene(place.snapshot, cut=True),
    )
    text = "" if isinstance(shaped, Dropped) else shaped.text
    assert text.count("{") == text.count("}")
    assert text.count("(") == text.count(")")


# Language, what stands before the cursor, what has arrived, and whether no line may follow.
ENDS = [
    ("python", "total = ", "price\n", True),
    ("python", "total = ", "price\n    ", True),
    ("python", "total = ", "price", False),
    ("python", "total = ", "price\nprint", True),
    ("python", "total = ", "sum(\n", False),
    ("python", "total = ", "price \\\n", False),
    ("python", "if ", "price:\n", False),
    ("python", "def f():\n    ", "price = 1\n", False),
    ("python", "f(\n    a=", "1,\n", True),
    ("python", '"""What\nit ', "is about\n", True),
    ("python", "# What ", "it is\n", True),
    ("java", "int a = ", "b;\n", True),
    ("java", "int a = ", "b\n", False),
    ("javascript", "const a = ", "fetch(b)\n", False),
    ("javascript", "const a = ", "fetch(b);\n", True),
    ("javascript", "const a = ", "b,\n", False),
    ("rust", "let a = ", "b\n", False),
    ("ruby", "a = ", "b do |c|\n", False),
    ("html", "<p>", "a</p>\n", False),
    ("yaml", "a: ", "b\n", False),
    ("markdown", "A ", "sentence\n", False),
]


@pytest.mark.parametrize(("language", "before", "arrived", "ends"), ENDS)
def test_a_line_that_ends_where_nothing_may_follow(
    language: str, before: str, arrived: str, ends: bool
) -> None:
    place = scene(before, "\n", language)
    assert postprocess.ends_place(arrived, place) == ends
    assert not ends or postprocess.enough(arrived, place)
