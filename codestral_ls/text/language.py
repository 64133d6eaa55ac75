"""What a row of the language table says, and the pieces that rows are made of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Block(Enum):
    """What shows where a block ends."""

    INDENTATION = "indentation"
    BRACES = "braces"
    END_KEYWORD = "end-keyword"
    TAGS = "tags"
    NONE = "none"


# Rows are compared and hashed as the objects that they are: they are asked for at every token.
@dataclass(frozen=True, slots=True, eq=False)
class Quote:
    """A kind of string, comment or other literal."""

    opener: str
    """Pattern of what begins it. It begins with a literal character or a set of them: the search
    then skips all others at the speed of C. What must stand before is said behind it."""
    closer: str
    """Pattern of what ends it; ``{1}`` stands for the first group of the opener, escaped, ``{c}``
    for what closes the bracket that the group holds."""
    escape: str = "\\"
    """The character that takes the meaning from the next one; empty for none."""
    spans: bool = False
    """Goes on over line ends; others end at the line's end at the latest."""
    comment: bool = False
    holds: str = ""
    """Pattern of what begins code inside of it, up to the matching bracket."""
    nests: bool = False
    """The opener, or the bracket that its group holds, must be closed too inside of it."""
    doubled: str = ""
    """Characters of which two in a row are one, and nothing else."""


DOUBLE = Quote('"', '"')
SINGLE = Quote("'", "'")
# An apostrophe after a letter or a number belongs to a word: don't.
_SINGLE_AFTER_SPACE = Quote(r"'(?<![\w\\]')", "'")
# In C, 1'000 is a number.
CHARACTER = Quote(r"'(?<![0-9a-fA-F]')", "'")
# In Rust, 'a is a lifetime; in ML, Haskell and Scala a' is a name.
SHORT_CHARACTER = Quote(r"'(?<!\w')(?=\\[^'\n]+'|[^'\\\n]')", "'")
TEMPLATE = Quote("`", "`", spans=True, holds=r"\$\{")
RAW_BACKTICK = Quote("`", "`", escape="", spans=True)
TRIPLE = Quote('"""', '"""', spans=True)
TRIPLE_SINGLE = Quote("'''", "'''", spans=True)
# The next character is itself: a backslash in front of a quote ends no string.
RAW_DOUBLE = Quote(r'r(?<!\w\w)"', '"', escape="")
SPANNING_DOUBLE = Quote('"', '"', spans=True)
SPANNING_SINGLE = Quote("'", "'", escape="", spans=True)
SQL_SINGLE = Quote("'", "'", escape="", spans=True)
# A slash after one of these, or first of all, begins a regular expression, not a division.
REGEX = Quote(
    r"/(?:(?<![\s\S]/)|(?<=[(,=:\[!&|?{};>~\n]/)|(?<=[(,=:\[!&|?{};>~] /)"
    r"|(?<=(?:return|unless) /)|(?<=(?:when|case) /)|(?<=and /)|(?<=(?:if|or) /))"
    r"(?![/*\s])(?=(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/)"
    r"(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+",
    "/",
)
# $# and ${#a} in a shell, a#b and C# hold the mark without beginning a comment.
_HASH = r"#(?<![\w$&{#\\]#)"


def line_comment(mark: str) -> Quote:
    """A comment up to the end of the line."""
    # https:// is no comment.
    opener = {"#": _HASH, "//": r"//(?<!:\/\/)", "%": r"%(?<![\\\w]%)", "'": r"'(?<![\w\"]')"}
    escaped = "".join("\\" + c if not c.isalnum() and c != " " else c for c in mark)
    return Quote(opener.get(mark, escaped), r"(?=\n)", escape="", comment=True)


def block_comment(opener: str, closer: str, *, nests: bool = False) -> Quote:
    """A comment between two marks."""
    escape = str.maketrans({c: "\\" + c for c in "()[]{}*+?.|^$\\#-/"})
    return Quote(
        opener.translate(escape),
        closer.translate(escape),
        escape="",
        spans=True,
        comment=True,
        nests=nests,
    )


# An operator or a word that something must follow on the next line.
GOES_ON = (
    r"\\$|(?:&&|\|\||\|>|\|)$|(?<![+\w])\+$|(?<=[\w)\]\"'`]) \+$|(?<!-)-$|(?<![*/])[*/]$|[=.?%^&]$"
    r"|[<>]=?$|\b(?:and|or|not|in|is|as|instanceof|extends|implements|of|xor)$|::?=$|->$|=>$"
)
# What no statement begins with: the line goes on with the one before.
GOES_ON_BEFORE = (
    r"\.(?![./])|\?\.|&&|\|\||\|>|\?\?|\?(?=[ ])|:(?=[ ])|[+/%^&|](?=[ ])|=(?=[ ])|==|!=|<=|>=|=>|,"
    r"|(?:and|or|xor|instanceof)\b(?!:)"
)

_IMPORTS = (
    r"(?:import|from|use|using|include|require|require_once|require_relative|library|package|open|"
    r"extern crate|alias|source|load)\b|#\s*(?:include|import)\b|@(?:import|use)\b"
)
CONTINUATIONS = ("else", "catch", "finally", "while", "elif", "except", "elseif")
CONTAINERS = (
    "class", "interface", "enum", "struct", "union", "namespace", "module", "mod", "trait", "impl",
    "record", "object", "extension", "protocol", "extern", "contract", "package", "service",
    "message", "actor", "library",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Language:
    """What the stages need to know about a language."""

    block: Block = Block.BRACES
    line_comments: tuple[str, ...] = ("//",)
    block_comments: tuple[tuple[str, str], ...] = (("/*", "*/"),)
    quotes: tuple[Quote, ...] = (DOUBLE, _SINGLE_AFTER_SPACE)
    """Strings, characters, regular expressions."""
    brackets: str = "()[]{}"
    opener: str = r"[{(\[]$|=>$|->$"
    """Pattern found in a line, less comments and blanks at its end, that begins a block."""
    strict: bool = False
    """Lines are indented deeper only behind what begins a block, or within brackets."""
    ends: tuple[str, ...] = ()
    """Words that end a block on a line of their own."""
    ends_go_on: bool = False
    """The statement of such a block may go on behind its end, with another branch."""
    continuations: tuple[str, ...] = CONTINUATIONS
    """Words that go on with the statement whose block just ended."""
    labels: tuple[str, ...] = ("case", "default")
    """Words that begin one of several branches of a block."""
    containers: tuple[str, ...] = CONTAINERS
    """Words of lines whose block holds definitions rather than statements."""
    goes_on: str = GOES_ON
    """Pattern found in a line's code that makes the next line part of the same statement."""
    goes_on_before: str = GOES_ON_BEFORE
    """Pattern that a line begins with which is part of the statement before it."""
    flat_head: str = r"(?!)"
    """Pattern of a line that heads lines which are not indented, up to a blank one."""
    sections: tuple[str, str] | None = None
    """Patterns of what begins and what ends a part whose lines need not be indented. A group that
    both name is the kind of part; see ``postprocess.sections``."""
    data: bool = False
    """Holds data: sentences stand without quotes, and a list need not be indented."""
    prose: bool = False
    """Text for people, where fences and sentences are content."""
    fence: str = r"\s*(?:```|~~~|\$\$\s*$)"
    """Pattern of the lines between which code stands in text for people."""
    attribute: str = r"(?!)"
    """Pattern of a line in text for people that says something about what follows it."""
    indented_parts: bool = False
    """In text for people, what is indented belongs together."""
    trailing_commas: bool = True
    """A comma may stand behind the last argument or item."""
    hanging: bool = False
    """What a bracket holds stands right of it, on all lines."""
    case_patterns: bool = False
    """Patterns end in a closing bracket that nothing opens."""
    closes_behind: str = ""
    """Pattern of the code before a round or square bracket that is closed behind its last item, if
    no comma stands there; empty if people choose."""
    macros: bool = False
    """Macros look like nothing in the grammar, and a document that has some has more of them."""
    words: bool = False
    """Arguments are words without quotes, as in a shell."""
    imports: str = _IMPORTS
    """Pattern of lines that bring in names from elsewhere; a second time they bring nothing."""
    terminator: str = ""
    """What ends a statement of several lines that are not indented."""
    habit: str = ""
    """What the language's people indent by where a file shows nothing; empty if they differ."""
    grammar: tuple[str, str] | None = None
    """Module of the tree-sitter grammar and its function. None where a grammar would not help:
    those of HTML and shells take nearly any text, that of SQL knows none of the dialects well."""
    files: tuple[str, ...] = ()
    """Endings of file names, or whole names where they have no dot."""
