"""Facts about languages, by LSP language id: a table, to which a language is added as a row.

What a row does not say falls back to what most languages share, so an unknown language is completed
too, by brackets and indentation. Grammars are named here and loaded in ``syntax``.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType


class Block(Enum):
    """What shows where a block ends."""

    INDENTATION = "indentation"
    BRACES = "braces"
    END_KEYWORD = "end-keyword"
    TAGS = "tags"
    NONE = "none"


# Patterns begin with a literal character: the search then skips all others at the speed of C. What
# must stand before is said behind it.
# Ends at its quote or, unclosed, at the end of the line.
_DOUBLE = r'"(?:[^"\\\n]|\\.)*"?'
_SINGLE = r"'(?:[^'\\\n]|\\.)*'?"
# An apostrophe after a letter belongs to a word: don't.
_SINGLE_AFTER_SPACE = r"'(?<!\w')(?:[^'\\\n]|\\.)*'?"
_BACKTICK = r"`(?:[^`\\]|\\.)*`?"
_RAW_BACKTICK = r"`[^`]*`?"
_TRIPLE = r'"""(?:[^"\\]|\\.|"(?!""))*(?:"""|"{0,2}\Z)'
_TRIPLE_SINGLE = r"'''(?:[^'\\]|\\.|'(?!''))*(?:'''|'{0,2}\Z)"
# In C, 1'000 is a number.
_CHARACTER = r"'(?<![0-9a-fA-F]')(?:[^'\\\n]|\\.)*'?"
# In Rust, 'a is a lifetime.
_RUST_CHARACTER = r"'(?:\\[^'\n]+|[^'\\\n])'"
_RUST_RAW = r'r#"(?:[^"]|"(?!#))*(?:"#|\Z)'
_CSHARP_VERBATIM = r'@"(?:[^"]|"")*"?'
# A slash after one of these, or first of all, begins a regular expression, not a division.
_REGEX = (
    r"/(?:(?<![\s\S]/)|(?<=[(,=:\[!&|?{};]/)|(?<=[(,=:\[!&|?{};] /))(?![/*])"
    r"(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/"
)
_SHELL_SINGLE = r"'[^']*'?"
_SHELL_DOUBLE = r'"(?:[^"\\]|\\.)*"?'
_SQL_SINGLE = r"'(?:[^']|'')*'?"
_LUA_LONG = r"\[\[.*?(?:\]\]|\Z)"

_COMMON_CONTINUATIONS = ("else", "catch", "finally", "while", "elif", "except")
_COMMON_CONTAINERS = (
    "class", "interface", "enum", "struct", "union", "namespace", "module", "mod", "trait", "impl",
    "record", "object", "extension", "protocol", "extern", "contract", "package",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """What the stages need to know about a language."""

    block: Block = Block.BRACES
    line_comments: tuple[str, ...] = ("//",)
    block_comments: tuple[tuple[str, str], ...] = (("/*", "*/"),)
    strings: tuple[str, ...] = (_DOUBLE, _SINGLE_AFTER_SPACE)
    """Patterns of a whole string; one that is never closed runs to the end of text or line."""
    brackets: str = "()[]{}"
    opener: str = r"[{(\[]$|=>$|->$"
    """Pattern found in a line, less comments and blanks at its end, that begins a block."""
    ends: tuple[str, ...] = ()
    """Words that end a block on a line of their own."""
    continuations: tuple[str, ...] = _COMMON_CONTINUATIONS
    """Words that go on with the statement whose block just ended."""
    containers: tuple[str, ...] = _COMMON_CONTAINERS
    """Words of lines whose block holds definitions rather than statements."""
    data: bool = False
    """Holds data: sentences stand without quotes, and a list need not be indented."""
    case_patterns: bool = False
    """Patterns end in a closing bracket that nothing opens."""
    terminator: str = ""
    """What ends a statement of several lines that are not indented."""
    grammar: tuple[str, str] | None = None
    """Module of the tree-sitter grammar and its function. None where a grammar would not help:
    those of HTML and shells take nearly any text, that of SQL knows none of the dialects well."""
    files: tuple[str, ...] = ()
    """Endings of file names, or whole names where they have no dot."""


def _c_like(files: str, grammar: str = "", *strings: str) -> Language:
    return Language(
        strings=strings or (_DOUBLE, _CHARACTER),
        grammar=(f"tree_sitter_{grammar}", "language") if grammar else None,
        files=tuple(files.split()),
    )


def _script(files: str, module: str, function: str = "language") -> Language:
    return Language(
        strings=(_DOUBLE, _SINGLE, _BACKTICK, _REGEX),
        grammar=(f"tree_sitter_{module}", function),
        files=tuple(files.split()),
    )


_MARKUP = Language(
    block=Block.TAGS,
    line_comments=(),
    block_comments=(("<!--", "-->"),),
    strings=(),
    opener=r"<(?!(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)\b)[A-Za-z]"
    r"[^<>]*(?<!/)>$|[{(\[]$",
    continuations=(),
)
_SHELL = Language(
    block=Block.END_KEYWORD,
    line_comments=("#",),
    block_comments=(),
    strings=(_SHELL_SINGLE, _SHELL_DOUBLE),
    opener=r"\b(?:then|do|else)$|\bin$|[{(]$",
    ends=("fi", "done", "esac", "}"),
    continuations=("else", "elif"),
    case_patterns=True,
    files=(".sh", ".bash", ".zsh", ".bashrc", ".zshrc", ".profile"),
)
_CODE_COMMENTS_HASH = Language(line_comments=("#",), block_comments=())

LANGUAGES: Mapping[str, Language] = MappingProxyType(
    {
        "python": Language(
            block=Block.INDENTATION,
            line_comments=("#",),
            block_comments=(),
            strings=(_TRIPLE, _TRIPLE_SINGLE, _DOUBLE, _SINGLE),
            opener=r"[:{(\[]$",
            continuations=("else", "elif", "except", "finally"),
            containers=("class",),
            grammar=("tree_sitter_python", "language"),
            files=(".py", ".pyi", ".pyw"),
        ),
        "javascript": _script(".js .mjs .cjs", "javascript"),
        "javascriptreact": _script(".jsx", "javascript"),
        "typescript": _script(".ts .mts .cts", "typescript", "language_typescript"),
        "typescriptreact": _script(".tsx", "typescript", "language_tsx"),
        "go": _c_like(".go", "go", _DOUBLE, _CHARACTER, _RAW_BACKTICK),
        "rust": _c_like(".rs", "rust", _RUST_RAW, _SHELL_DOUBLE, _RUST_CHARACTER),
        "java": _c_like(".java", "java", _TRIPLE, _DOUBLE, _SINGLE),
        "kotlin": _c_like(".kt .kts", "kotlin", _TRIPLE, _DOUBLE, _SINGLE),
        "scala": _c_like(".scala .sc", "", _TRIPLE, _DOUBLE),
        "swift": _c_like(".swift", "", _TRIPLE, _DOUBLE),
        "dart": _c_like(".dart", "", _TRIPLE, _TRIPLE_SINGLE, _DOUBLE, _SINGLE),
        "c": _c_like(".c .h", "c"),
        "cpp": _c_like(".cpp .cc .cxx .hpp .hh .hxx .ino", "cpp"),
        "cuda-cpp": _c_like(".cu .cuh", "cpp"),
        "objective-c": _c_like(".m", ""),
        "csharp": _c_like(".cs", "c_sharp", _CSHARP_VERBATIM, _DOUBLE, _SINGLE),
        "php": Language(
            line_comments=("//", "#"),
            strings=(_SHELL_DOUBLE, _SHELL_SINGLE),
            continuations=(*_COMMON_CONTINUATIONS, "elseif"),
            grammar=("tree_sitter_php", "language_php"),
            files=(".php",),
        ),
        "ruby": Language(
            block=Block.END_KEYWORD,
            line_comments=("#",),
            block_comments=(("=begin", "=end"),),
            strings=(_DOUBLE, _SINGLE, _BACKTICK),
            opener=r"^(?:(?:private|public|protected|module_function)\s+)?"
            r"(?:def|class|module|if|unless|while|until|for|case|begin|else|elsif|when|rescue|ensure)"
            r"\b(?!.*\bend$)|\bdo(?:\s*\|[^|]*\|)?$|=\s*(?:if|unless|case|begin)\b(?!.*\bend$)|[{(\[]$",
            ends=("end", "}"),
            continuations=("else", "elsif", "when", "in", "rescue", "ensure"),
            containers=("class", "module"),
            grammar=("tree_sitter_ruby", "language"),
            files=(".rb", ".rake", ".gemspec", "Rakefile", "Gemfile"),
        ),
        "lua": Language(
            block=Block.END_KEYWORD,
            line_comments=("--",),
            block_comments=(("--[[", "]]"),),
            strings=(_LUA_LONG, _DOUBLE, _SINGLE),
            opener=r"\b(?:then|do|else|repeat)$|\bfunction\b[^()]*\([^()]*\)$|[{(]$",
            ends=("end", "until"),
            continuations=("else", "elseif"),
            grammar=("tree_sitter_lua", "language"),
            files=(".lua",),
        ),
        "elixir": Language(
            block=Block.END_KEYWORD,
            line_comments=("#",),
            block_comments=(),
            strings=(_TRIPLE, _DOUBLE),
            opener=r"\bdo$|->$|[{(\[]$",
            ends=("end",),
            continuations=("else", "rescue", "catch", "after"),
            containers=("defmodule",),
            files=(".ex", ".exs"),
        ),
        "julia": Language(
            block=Block.END_KEYWORD,
            line_comments=("#",),
            block_comments=(("#=", "=#"),),
            strings=(_TRIPLE, _DOUBLE),
            opener=r"^(?:function|if|for|while|begin|let|try|struct|mutable|module|else)\b(?!.*\bend$)"
            r"|\bdo\b[^()]*$|[{(\[]$",
            ends=("end",),
            continuations=("else", "elseif", "catch", "finally"),
            files=(".jl",),
        ),
        "shellscript": _SHELL,
        "sql": Language(
            block=Block.NONE,
            line_comments=("--",),
            strings=(_SQL_SINGLE, _DOUBLE),
            continuations=(),
            containers=(),
            terminator=";",
            files=(".sql",),
        ),
        "html": replace(_MARKUP, files=(".html", ".htm")),
        "xml": replace(_MARKUP, opener=r"<[A-Za-z][^<>]*(?<!/)>$", files=(".xml", ".svg")),
        "vue": replace(_MARKUP, files=(".vue",)),
        "svelte": replace(_MARKUP, files=(".svelte",)),
        "css": Language(
            line_comments=(), continuations=(), containers=(),
            grammar=("tree_sitter_css", "language"), files=(".css",),
        ),
        "scss": Language(continuations=(), containers=(), files=(".scss",)),
        "less": Language(continuations=(), containers=(), files=(".less",)),
        "json": Language(
            line_comments=(), block_comments=(), strings=(_DOUBLE,), continuations=(),
            containers=(), grammar=("tree_sitter_json", "language"), files=(".json",),
        ),
        "jsonc": Language(
            strings=(_DOUBLE,), continuations=(), containers=(),
            grammar=("tree_sitter_json", "language"), files=(".jsonc",),
        ),
        "yaml": Language(
            block=Block.INDENTATION,
            line_comments=("#",),
            block_comments=(),
            opener=r":(?:\s*[|>][+-]?)?$|^-$|[{\[]$",
            data=True,
            continuations=(),
            containers=(),
            grammar=("tree_sitter_yaml", "language"),
            files=(".yaml", ".yml"),
        ),
        "toml": Language(
            line_comments=("#",), block_comments=(), strings=(_TRIPLE, _DOUBLE, _SINGLE),
            continuations=(), containers=(), grammar=("tree_sitter_toml", "language"),
            files=(".toml",),
        ),
        "markdown": Language(
            block=Block.NONE, line_comments=(), block_comments=(), strings=(), brackets="",
            opener=r"^(?:```|~~~)[^`]*$", continuations=(), containers=(), files=(".md",),
        ),
        "plaintext": Language(
            block=Block.NONE, line_comments=(), block_comments=(), strings=(), brackets="",
            opener=r"(?!)", continuations=(), containers=(), files=(".txt",),
        ),
        "r": _CODE_COMMENTS_HASH,
        "perl": _CODE_COMMENTS_HASH,
        "dockerfile": Language(
            block=Block.NONE, line_comments=("#",), block_comments=(), files=("Dockerfile",)
        ),
        "makefile": Language(
            block=Block.INDENTATION, line_comments=("#",), block_comments=(), opener=r":$",
            files=(".mk", "Makefile", "makefile"),
        ),
    }
)  # fmt: skip

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "bash": "shellscript",
        "sh": "shellscript",
        "zsh": "shellscript",
        "cs": "csharp",
        "c++": "cpp",
        "jsx": "javascriptreact",
        "tsx": "typescriptreact",
        "js": "javascript",
        "ts": "typescript",
        "golang": "go",
        "htm": "html",
    }
)
"""What editors say instead of the names in the LSP specification."""

UNKNOWN = Language()


def facts(language_id: str) -> Language:
    """The row of a language; for one without a row, what most languages share."""
    name = language_id.lower()
    return LANGUAGES.get(ALIASES.get(name, name), UNKNOWN)


def language_of(name: str) -> str:
    """The language id that an editor would give a file of this name."""
    by_name = _by_file_name()
    dot = name.rfind(".")
    return by_name.get(name) or by_name.get(name[dot:].lower() if dot >= 0 else "") or "plaintext"


@functools.cache
def _by_file_name() -> Mapping[str, str]:
    return {file: language_id for language_id, row in LANGUAGES.items() for file in row.files}


@functools.cache
def opener_pattern(language: Language) -> re.Pattern[str]:
    """``language.opener``, compiled."""
    return re.compile(language.opener)
