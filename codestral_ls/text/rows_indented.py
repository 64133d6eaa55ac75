"""Rows of languages whose blocks are indentation. Facts are the languages' own."""

from __future__ import annotations

from dataclasses import replace

from codestral_ls.text.language import (
    DOUBLE,
    GOES_ON,
    GOES_ON_BEFORE,
    RAW_DOUBLE,
    REGEX,
    SHORT_CHARACTER,
    SINGLE,
    SPANNING_DOUBLE,
    TRIPLE,
    TRIPLE_SINGLE,
    Block,
    Language,
    Quote,
)

_F_LONG = Quote(
    r'[fFtT](?<!\w[fFtT])[rR]?(?P<mark>"""|\'\'\')',
    "{1}",
    spans=True,
    doubled="{",
    holds=r"\{(?!\{)",
)
_F_SHORT = Quote(r"[fFtT](?<!\w[fFtT])[rR]?(?P<mark>[\"'])", "{1}", doubled="{", holds=r"\{(?!\{)")
_PYTHON_QUOTES = (_F_LONG, _F_SHORT, TRIPLE, TRIPLE_SINGLE, DOUBLE, SINGLE)

_PYTHON = Language(
    block=Block.INDENTATION,
    line_comments=("#",),
    block_comments=(),
    quotes=_PYTHON_QUOTES,
    opener=r"[:{(\[]$",
    strict=True,
    continuations=("else", "elif", "except", "finally"),
    labels=("case",),
    containers=("class",),
    goes_on=r"\\$",
    goes_on_before=r"(?!)",
    grammar=("tree_sitter_python", "language"),
    files=(".py", ".pyi", ".pyw"),
    habit="    ",
)
_FUNCTIONAL = Language(
    block=Block.INDENTATION,
    line_comments=("--",),
    block_comments=(("{-", "-}"),),
    quotes=(DOUBLE, SHORT_CHARACTER),
    opener=r"[=(\[{]$|->$|\b(?:where|of|do|let|in|then|else)$",
    continuations=("else", "in", "of", "then", "where"),
    labels=(),
    containers=("class", "instance", "module"),
    goes_on=GOES_ON + r"|^[ \t]*\w+\s*::.*$",
    goes_on_before=GOES_ON_BEFORE + r"|\|",
    habit="  ",
)

INDENTED: dict[str, Language] = {
    "python": _PYTHON,
    "gdscript": replace(_PYTHON, grammar=None, habit="\t", files=(".gd",), labels=()),
    "starlark": replace(_PYTHON, grammar=None, files=(".bzl", ".star", "BUILD", "WORKSPACE")),
    "nim": replace(
        _PYTHON,
        grammar=None,
        block_comments=(("#[", "]#"),),
        quotes=(TRIPLE, RAW_DOUBLE, DOUBLE, SHORT_CHARACTER),
        opener=r"[:={(\[]$",
        strict=False,
        continuations=("else", "elif", "except", "finally", "of"),
        habit="  ",
        files=(".nim",),
    ),
    "mojo": replace(_PYTHON, grammar=None, files=(".mojo",)),
    "coffeescript": Language(
        block=Block.INDENTATION,
        line_comments=("#",),
        block_comments=(("###", "###"),),
        quotes=(TRIPLE, TRIPLE_SINGLE, Quote('"', '"', holds=r"#\{"), SINGLE, REGEX),
        opener=r"[-=]>$|[=:({\[]$|^(?:if|for|while|class|switch|try|else|unless|when)\b",
        continuations=("else", "catch", "finally", "when"),
        habit="  ",
        files=(".coffee",),
    ),
    "haskell": replace(_FUNCTIONAL, files=(".hs",)),
    "purescript": replace(_FUNCTIONAL, files=(".purs",)),
    "elm": replace(
        _FUNCTIONAL,
        quotes=(TRIPLE, DOUBLE, SHORT_CHARACTER),
        # A signature, whose definition follows.
        goes_on=GOES_ON + r"|^[ \t]*[a-z]\w*\s:\s.*$",
        files=(".elm",),
    ),
    "fsharp": replace(
        _FUNCTIONAL,
        line_comments=("//",),
        block_comments=(("(*", "*)"),),
        quotes=(
            Quote(r'\$"""', '"""', escape="", spans=True, doubled="{", holds=r"\{(?!\{)"),
            Quote(r'\$"', '"', doubled="{", holds=r"\{(?!\{)"),
            TRIPLE,
            DOUBLE,
            SHORT_CHARACTER,
        ),
        habit="    ",
        continuations=("else", "elif", "with", "finally", "and"),
        opener=r"[=(\[{]$|->$|\b(?:with|do|then|else|try|finally)$",
        goes_on=GOES_ON,
        files=(".fs", ".fsx"),
    ),
    "ocaml": replace(
        _FUNCTIONAL,
        line_comments=(),
        block_comments=(("(*", "*)"),),
        quotes=(
            Quote(r"\{(?P<mark>[a-z_]*)\|", r"\|{1}\}", escape="", spans=True),
            SPANNING_DOUBLE,
            SHORT_CHARACTER,
        ),
        opener=r"[=(\[{]$|->$|\b(?:with|do|then|else|try|begin|struct|sig|of|function)$",
        continuations=("else", "with", "and", "in", "then"),
        ends=("end", "done"),
        goes_on=GOES_ON + r"|\b(?:with|in|of|then|else|function)$",
        files=(".ml", ".mli"),
    ),
    "sml": replace(_FUNCTIONAL, line_comments=(), block_comments=(("(*", "*)"),), files=(".sml",)),
}
