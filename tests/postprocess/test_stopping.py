"""After how many lines a stream may stop, where nothing of what comes belongs to the place."""

from __future__ import annotations

import pytest

from codestral_ls.postprocess import enough, run
from tests.scenes import scene_between

_FUNCTION = "function f() {\n    if (a) {\n        "
_FUNCTION_END = "\n    }\n}\n"
_RUBY = "def f\n  if a\n    "
_FLAT = "baz();\n" * 20

# Language, what stands before and after the cursor, an answer, and how many of its lines suffice.
CASES = [
    # Behind a statement: the block that the cursor stands in ends.
    (
        "python",
        "class A:\n    def f(self):\n        x = 1",
        "\n",
        "\n        y = 2\n\ndef g():\n    pass\n\n\nz = 1\n",
        4,
    ),
    ("python", "def f():\n    x = 1", "\n", "\n    y = 2\n\nz = 1\nw = 2\nv = 3\n", 4),
    (
        "javascript",
        "function f() {\n    const x = 1;",
        "\n}\n",
        "\n    const y = 2;\n}\n\nfunction g() {\n}\nfoo();\n",
        3,
    ),
    (
        "go",
        "package a\n\nfunc f() {\n\tx := 1",
        "\n}\n",
        "\n\ty := 2\n}\n\nfunc g() {\n}\n\nvar z = 1\n",
        3,
    ),
    (
        "c",
        "void f(void)\n{\n    int x = 1;",
        "\n}\n",
        "\n    int y = 2;\n}\n\nvoid g(void)\n{\n}\n",
        3,
    ),
    (
        "rust",
        "fn f() {\n    let x = 1;",
        "\n}\n",
        "\n    let y = 2;\n}\n\nfn g() {}\n\nfn h() {}\n",
        3,
    ),
    (
        "ruby",
        "class A\n  def f\n    x = 1",
        "\n  end\nend\n",
        "\n    y = 2\n  end\n\n  def g\n  end\nend\n",
        3,
    ),
    ("lua", "function f()\n  local x = 1", "\nend\n", "\n  local y = 2\nend\n\ng()\nh()\n", 3),
    # On a blank line: what may not be moved in.
    ("javascript", _FUNCTION, _FUNCTION_END, "g(function () {\n});\n    }\n}\n\n" + _FLAT, 4),
    ("javascript", _FUNCTION, _FUNCTION_END, "if (x) {\nfoo();\nbar();\n" + _FLAT, 2),
    ("javascript", _FUNCTION, _FUNCTION_END, "if (x) {}\n    }\n}\n\n" + _FLAT, 3),
    ("c", "void " + _FUNCTION[9:], _FUNCTION_END, "for (;;) {\n#if X\n    g();\n}\n", 3),
    ("ruby", _RUBY, "\n  end\nend\n", "if x\ng\nh\ni\nj\n", 2),
]


@pytest.mark.parametrize("with_tree", [True, False], ids=["tree", "text"])
@pytest.mark.parametrize(("language", "before", "after", "answer", "n_lines"), CASES)
def test_a_stream_stops_where_what_belongs_has_ended(
    language: str, before: str, after: str, answer: str, n_lines: int, with_tree: bool
) -> None:
    scene = scene_between(before, after, language, with_tree=with_tree)
    lines = answer.splitlines(keepends=True)
    arrived = ("".join(lines[:n]) for n in range(1, len(lines) + 1))
    stopped = next((text for text in arrived if enough(text, scene)), None)
    assert stopped is not None
    assert stopped.count("\n") <= n_lines
    assert run(stopped, scene) == run(answer, scene)
