"""Rows of older languages: Lisps, SQL, Pascal and its relatives, BASIC, Fortran, MATLAB."""

from __future__ import annotations

from dataclasses import replace

from codestral_ls.text.language import (
    DOUBLE,
    RAW_BACKTICK,
    SHORT_CHARACTER,
    SPANNING_DOUBLE,
    SQL_SINGLE,
    Block,
    Language,
    Quote,
)

_LISP = Language(
    hanging=True,
    line_comments=(";",),
    block_comments=(("#|", "|#"),),
    quotes=(
        Quote(r"#\\", r"(?<=\\)[\s\S]", escape=""),
        Quote(r"\?\\?(?<![\w)\]?]\?)(?=[()\[\]{}\";])", r"[()\[\]{}\";]", escape=""),
        SPANNING_DOUBLE,
    ),
    opener=r"[(\[{]$",
    continuations=(),
    labels=(),
    containers=(),
    goes_on=r"(?!)",
    goes_on_before=r"(?!)",
    closes_behind=r"$",
    habit="  ",
)
_CLOJURE_CHARACTER = Quote(r"\\(?<![\w\"]\\)(?=[^\s])", r"(?<=\\)[\s\S]", escape="")
_SQL = Language(
    block=Block.NONE,
    line_comments=("--",),
    quotes=(
        Quote(r"\$(?P<mark>[A-Za-z_]*)\$", r"\${1}\$", escape="", spans=True),
        Quote(r"[eE](?<!\w\w)'", "'", spans=True),
        Quote(r"[qQ](?<!\w\w)'(?P<mark>[\[({<])", "{c}'", escape="", spans=True),
        SQL_SINGLE,
        Quote('"', '"', escape=""),
        RAW_BACKTICK,
    ),
    continuations=(),
    containers=(),
    labels=(),
    goes_on=r",$|\b(?:and|or|not|select|from|where|set|values|by|on|as|in|join)$",
    goes_on_before=r"(?!)",
    # Only what is surely a block: one statement too many may delete something. ``while … do`` has
    # an end of its own in some dialects only; that end is none of another part's.
    sections=(
        r"(?i)\bbegin(?: (?:atomic|try|catch))?$|(?P<loop>(?:^(?:for|while)\b.*)?\bloop$)"
        r"|(?P<repeat>^(?:\w+\s*:\s*)?repeat$)|(?P<if>^(?:else\s+)?if\b.*\bthen$)"
        r"|(?P<choice>^case\b)|(?P<case>(?<![.@#:\w])case\b)",
        r"(?i)(?<![.@#:\w])end\b(?:\s+(?:(?P<if>if)|(?P<loop>loop)|(?P<repeat>repeat)"
        r"|(?P<while>while)|(?P<for>for)|case)\b)?",
    ),
    terminator=";",
    files=(".sql",),
)
_MATLAB = Language(
    block=Block.END_KEYWORD,
    line_comments=("%",),
    block_comments=(("%{", "%}"),),
    quotes=(DOUBLE, Quote(r"'(?<![\w)\]}'.]')", "'", escape="")),
    opener=r"^(?:function|if|for|parfor|while|switch|try|else|elseif|catch|case|otherwise|classdef|methods|"
    r"properties)\b(?!.*\bend;?$)|[{(\[]$",
    ends=("end", "endif", "endfor", "endwhile", "endfunction", "endswitch"),
    continuations=("else", "elseif", "catch"),
    labels=("case", "otherwise"),
    goes_on=r"\.\.\.$|,$",
    goes_on_before=r"(?!)",
    habit="    ",
)
_BASIC = Language(
    block=Block.END_KEYWORD,
    line_comments=("'",),
    block_comments=(),
    quotes=(
        Quote(r'\$"', '"', escape="", doubled='"{', holds=r"\{(?!\{)"),
        Quote('"', '"', escape=""),
    ),
    opener=r"(?i)^(?:(?:public|private|protected|friend|shared|overrides|async)\s+)*(?:sub|function|class|"
    r"module|structure|property|namespace|interface|enum)\b|\bthen$|^(?:for|while|do|select|try|with|using|else|"
    r"elseif|catch|finally|case)\b",
    ends=("end", "next", "loop", "wend", "End", "Next", "Loop", "Wend"),
    continuations=("else", "elseif", "catch", "finally", "Else", "ElseIf", "Catch", "Finally"),
    labels=("case", "Case"),
    goes_on=r" _$|,$|[&+=]$",
    goes_on_before=r"(?!)",
    habit="    ",
)
_PASCAL = Language(
    block=Block.END_KEYWORD,
    block_comments=(("{", "}"), ("(*", "*)")),
    quotes=(Quote("'", "'", escape=""),),
    brackets="()[]",
    opener=r"(?i)\b(?:begin|then|do|else|of|try|finally|except|repeat|record|var|const|type|class)$",
    ends=("end", "until", "End", "END"),
    ends_go_on=True,
    continuations=("else", "except", "finally", "Else"),
    labels=(),
    goes_on=r",$|:=$|[+=]$|\b(?:and|or|not)$",
    goes_on_before=r"(?!)",
    habit="  ",
    files=(".pas", ".pp"),
)
_ADA = Language(
    block=Block.END_KEYWORD,
    line_comments=("--",),
    block_comments=(),
    quotes=(Quote('"', '"', escape=""), SHORT_CHARACTER),
    brackets="()",
    opener=r"(?i)\b(?:is|begin|then|loop|else|declare|record|exception|private)$|=>$|[(]$",
    ends=("end", "End"),
    continuations=("else", "elsif", "exception", "begin"),
    labels=("when",),
    habit="   ",
    files=(".adb", ".ads"),
)
_FORTRAN = Language(
    block=Block.END_KEYWORD,
    line_comments=("!",),
    block_comments=(),
    quotes=(Quote('"', '"', escape=""), Quote("'", "'", escape="")),
    brackets="()[]",
    opener=r"(?i)\bthen$|^(?:program|module|subroutine|function|do|select|type|interface|contains|else|"
    r"(?:\w+\s+)+function)\b",
    ends=("end", "enddo", "endif", "END"),
    continuations=("else", "elseif", "contains"),
    labels=("case",),
    goes_on=r"&$",
    goes_on_before=r"(?!)",
    habit="  ",
    files=(".f90", ".f95"),
)
_VHDL = replace(_ADA, files=(".vhd", ".vhdl"), labels=("when",), habit="  ")

CLASSIC: dict[str, Language] = {
    "sql": _SQL,
    "plsql": replace(_SQL, files=()),
    "matlab": _MATLAB,
    "octave": replace(_MATLAB, line_comments=("%", "#")),
    "vb": _BASIC,
    "pascal": _PASCAL,
    "ada": _ADA,
    "vhdl": _VHDL,
    "fortran-modern": _FORTRAN,
    "lisp": _LISP,
    "emacs-lisp": _LISP,
    "scheme": replace(_LISP, files=(".scm", ".rkt")),
    "clojure": replace(
        _LISP,
        block_comments=(),
        quotes=(_CLOJURE_CHARACTER, SPANNING_DOUBLE),
        files=(".clj", ".cljs", ".cljc", ".edn"),
    ),
    "fennel": replace(_LISP, block_comments=()),
}
