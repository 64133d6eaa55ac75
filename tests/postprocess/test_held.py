"""What strings and here-documents hold stays where it is when code round it is moved."""

from __future__ import annotations

import pytest

from codestral_ls.postprocess import Shaped, run
from tests.scenes import scene_between

_JS = "function f() {\n  if (a) {\n    while (b) {\n      "
_JS_END = "\n    }\n  }\n}\n"
_RUBY = "class A\n  def f\n    g do\n      "
_RUBY_END = "\n    end\n  end\nend\n"
_PHP = "<?php\n" + _JS.replace("a", "$a").replace("b", "$b")
_LUA = "function f()\n  if a then\n    for b in c do\n      "
_LUA_END = "\n    end\n  end\nend\n"

# Language, what stands before and after the cursor, an answer, and what is inserted.
CASES = [
    (
        "javascript",
        _JS,
        _JS_END,
        "if (x) {\n    y = `\nfoo\n    bar\n`;\n}",
        "if (x) {\n        y = `\nfoo\n    bar\n`;\n      }",
    ),
    (
        "javascript",
        _JS,
        _JS_END,
        "if (x) {\n    y = `\n ${foo} a\n    bar\n`;\n    z();\n}",
        "if (x) {\n        y = `\n ${foo} a\n    bar\n`;\n        z();\n      }",
    ),
    (
        "javascript",
        _JS,
        _JS_END,
        "const s = {\n    a: `\nq\n  w`,\n};\nz();",
        "const s = {\n        a: `\nq\n  w`,\n      };\n      z();",
    ),
    (
        "lua",
        _LUA,
        _LUA_END,
        "if x then\n    y = [[\nfoo\n    bar\n]]\nend",
        "if x then\n        y = [[\nfoo\n    bar\n]]\n      end",
    ),
    (
        "ruby",
        _RUBY,
        _RUBY_END,
        "if x\n    puts <<EOS\nhi\n    ho\nEOS\nend",
        "if x\n        puts <<EOS\nhi\n    ho\nEOS\n      end",
    ),
    (
        "ruby",
        _RUBY,
        _RUBY_END,
        "if x\n    puts <<eos\nhi\n    ho\neos\nend",
        "if x",
    ),
    (
        "php",
        _PHP,
        _JS_END,
        "if ($x) {\n    echo <<<EOS\nhi\n    ho\nEOS;\n}",
        "if ($x) {\n        echo <<<EOS\nhi\n    ho\nEOS;\n      }",
    ),
    # Of a here-document whose end is not known, nothing is moved.
    (
        "ruby",
        _RUBY,
        _RUBY_END,
        "if x\n    y = 1\n=begin\n    a\n=end\nend",
        "if x",
    ),
    # Counted from the margin, in the file's unit.
    (
        "ruby",
        _RUBY,
        _RUBY_END,
        "if x\n  puts <<EOS\nhi\nEOS\nend",
        "if x\n        puts <<EOS\nhi\nEOS\n      end",
    ),
    (
        "go",
        "package a\n\nfunc f() {\n\tif x {\n\t\t",
        "\n\t}\n}\n",
        "if y {\n\ts := `\nraw\n`\n}",
        "if y {\n\t\t\ts := `\nraw\n`\n\t\t}",
    ),
    # Deeper than the file's steps.
    (
        "javascript",
        _JS,
        _JS_END,
        "if (x) {\n          y = `\n          foo\n`;\n      }",
        "if (x) {\n        y = `\n          foo\n`;\n      }",
    ),
]


@pytest.mark.parametrize("with_tree", [True, False], ids=["tree", "text"])
@pytest.mark.parametrize(("language", "before", "after", "answer", "inserted"), CASES)
def test_content_stays(
    language: str, before: str, after: str, answer: str, inserted: str, with_tree: bool
) -> None:
    scene = scene_between(before, after, language, with_tree=with_tree)
    shaped = run(answer, scene)
    assert isinstance(shaped, Shaped)
    assert shaped.text == inserted
