"""Rows of languages whose blocks are braces. Facts are the languages' own."""

from __future__ import annotations

from dataclasses import replace

from codestral_ls.text.language import (
    CHARACTER,
    CONTINUATIONS,
    DOUBLE,
    GOES_ON,
    GOES_ON_BEFORE,
    RAW_BACKTICK,
    RAW_DOUBLE,
    REGEX,
    SHORT_CHARACTER,
    SINGLE,
    SPANNING_DOUBLE,
    TEMPLATE,
    TRIPLE,
    TRIPLE_SINGLE,
    Block,
    Language,
    Quote,
)

_RUST_RAW = Quote(r'r(?<!\w\w)(?P<mark>#*)"', '"{1}', escape="", spans=True)
_RUST_BYTE = Quote(r"b(?<!\w\w)'(?=\\[^'\n]+'|[^'\\\n]')", "'")
_DART_RAW_LONG = Quote(r"r(?<!\w\w)(?P<mark>\"\"\"|''')", "{1}", escape="", spans=True)
_DART_RAW = Quote(r"r(?<!\w\w)(?P<mark>[\"'])", "{1}", escape="")
_ZIG_LINE = Quote(r"\\\\", r"(?=\n)", escape="")
_CPP_RAW = Quote(r'R"(?P<mark>[^()\\\s]{0,16})\(', r'\){1}"', escape="", spans=True)
_VERBATIM = Quote(r'@"', '"', escape="", spans=True, doubled='"')
_VERBATIM_HOLDS = (
    Quote(r'@\$"', '"', escape="", spans=True, doubled='"{', holds=r"\{(?!\{)"),
    Quote(r'\$@"', '"', escape="", spans=True, doubled='"{', holds=r"\{(?!\{)"),
)
_CSHARP_RAW = Quote(r'"(?P<mark>""+)', '"{1}', escape="", spans=True)
_CSHARP_RAW_HOLDS = Quote(r'\$(?P<mark>"{3,})', "{1}", escape="", spans=True, holds=r"\{")
_CSHARP_HOLDS = Quote(r'\$"', '"', doubled="{", holds=r"\{(?!\{)")
_SWIFT_RAW = Quote(r'#(?P<mark>)(?:#*)"', '"#+', escape="", spans=True)
_KOTLIN_LONG = Quote('"""', '"""', escape="", spans=True, holds=r"\$\{")
_DOLLAR_HOLDS = Quote('"', '"', holds=r"\$\{")
_SWIFT_LONG = Quote('"""', '"""', spans=True, holds=r"\\\(")
_SWIFT_HOLDS = Quote('"', '"', holds=r"\\\(")
_PHP_CODE = r"\{(?=\$)|\$\{"
_PHP_NOWDOC = Quote(r"<<<[ \t]*'(?P<mark>\w+)'", r"\n[ \t]*{1}\b", escape="", spans=True)
_PHP_HEREDOC = Quote(r"<<<[ \t]*\"?(?P<mark>\w+)\"?", r"\n[ \t]*{1}\b", spans=True, holds=_PHP_CODE)
_PHP_HTML = Quote(r"\?>", r"<\?(?:php\b|=)", escape="", spans=True, comment=True)
_DOLLAR_SLASHY = Quote(r"\$/", "/\\$", escape="", spans=True)
_D_TOKENS = Quote(r"q(?<!\w\w)(?P<mark>\{)", "{c}", spans=True, nests=True)
_C_LABELS = ("case", "default")


def _c_like(files: str, grammar: str = "", *quotes: Quote, habit: str = "") -> Language:
    return Language(
        quotes=quotes or (DOUBLE, CHARACTER),
        grammar=(f"tree_sitter_{grammar}", "language") if grammar else None,
        files=tuple(files.split()),
        habit=habit,
    )


def _script(files: str, module: str, function: str = "language") -> Language:
    return Language(
        quotes=(DOUBLE, SINGLE, TEMPLATE, REGEX),
        grammar=(f"tree_sitter_{module}", function) if module else None,
        files=tuple(files.split()),
        habit="  ",
    )


_C = replace(
    _c_like(".c .h", "c"),
    opener=r"[{(\[]$|^#\s*(?:if|ifdef|ifndef)\b",
    ends=("#endif",),
    trailing_commas=False,
    sections=(r"^#\s*if", r"^#\s*endif"),
    macros=True,
    continuations=(*CONTINUATIONS, "#else", "#elif", "#elifdef"),
    goes_on=GOES_ON + r"|^[ \t]*(?:static|inline|extern|const|unsigned|struct)(?:[ \t]+[\w:*&]+)*$",
)
_CPP = replace(
    _C,
    quotes=(_CPP_RAW, DOUBLE, CHARACTER),
    grammar=("tree_sitter_cpp", "language"),
    labels=("case", "default", "public", "private", "protected", "signals", "slots"),
    files=(".cpp", ".cc", ".cxx", ".hpp", ".hh", ".hxx", ".ino"),
)
_HASH = Language(line_comments=("#",), block_comments=())

BRACES: dict[str, Language] = {
    "javascript": _script(".js .mjs .cjs", "javascript"),
    "javascriptreact": _script(".jsx", "javascript"),
    "typescript": _script(".ts .mts .cts", "typescript", "language_typescript"),
    "typescriptreact": _script(".tsx", "typescript", "language_tsx"),
    "go": replace(
        _c_like(".go", "go", DOUBLE, CHARACTER, RAW_BACKTICK),
        habit="\t",
        continuations=("else",),
        closes_behind=r"[\w)\]]$",
    ),
    "rust": replace(
        _c_like(".rs", "rust", _RUST_RAW, _RUST_BYTE, SPANNING_DOUBLE, SHORT_CHARACTER),
        habit="    ",
        goes_on_before=GOES_ON_BEFORE + r"|where\b",
        continuations=("else",),
        labels=(),
    ),
    "java": replace(
        _c_like(".java", "java", TRIPLE, DOUBLE, SINGLE),
        trailing_commas=False,
        goes_on_before=GOES_ON_BEFORE + r"|(?:throws|implements|extends)\b",
    ),
    "kotlin": replace(
        _c_like(".kt .kts", "kotlin", _KOTLIN_LONG, _DOLLAR_HOLDS, SINGLE, habit="    "),
        goes_on_before=GOES_ON_BEFORE + r"|where\b",
    ),
    "scala": replace(
        _c_like(".scala .sc", "", _KOTLIN_LONG, _DOLLAR_HOLDS, SHORT_CHARACTER),
        # The braces may be left out.
        opener=r"[{(\[]$|=>$|->$|[\w\])]:$"
        r"|\b(?:match|catch|then|do|else|try|finally|yield)$",
    ),
    "swift": replace(
        _c_like(".swift", "", _SWIFT_RAW, _SWIFT_LONG, _SWIFT_HOLDS),
        goes_on_before=GOES_ON_BEFORE + r"|where\b",
    ),
    "dart": replace(
        _c_like(
            ".dart",
            "",
            _DART_RAW_LONG,
            _DART_RAW,
            replace(TRIPLE, holds=r"\$\{"),
            replace(TRIPLE_SINGLE, holds=r"\$\{"),
            _DOLLAR_HOLDS,
            replace(SINGLE, holds=r"\$\{"),
            habit="  ",
        ),
        continuations=(*CONTINUATIONS, "on"),
    ),
    "c": _C,
    "cpp": _CPP,
    "cuda-cpp": replace(_CPP, files=(".cu", ".cuh")),
    "objective-c": replace(_C, grammar=None, quotes=(DOUBLE, CHARACTER), files=(".m",)),
    "objective-cpp": replace(_CPP, grammar=None, files=(".mm",)),
    "csharp": _c_like(
        ".cs",
        "c_sharp",
        _CSHARP_RAW_HOLDS,
        _CSHARP_RAW,
        *_VERBATIM_HOLDS,
        _VERBATIM,
        _CSHARP_HOLDS,
        DOUBLE,
        SINGLE,
        habit="    ",
    ),
    "php": Language(
        line_comments=("//", "#"),
        quotes=(
            _PHP_NOWDOC,
            _PHP_HEREDOC,
            _PHP_HTML,
            Quote('"', '"', spans=True, holds=_PHP_CODE),
            Quote("'", "'", spans=True),
        ),
        opener=r"[{(\[]$|=>$|->$|^(?:if|for|foreach|while|switch|else|elseif)\b.*:$",
        ends=("endif", "endfor", "endforeach", "endwhile", "endswitch"),
        continuations=CONTINUATIONS,
        grammar=("tree_sitter_php", "language_php"),
        files=(".php",),
        habit="    ",
    ),
    "groovy": _c_like(
        ".groovy .gradle",
        "",
        replace(TRIPLE, holds=r"\$\{"),
        TRIPLE_SINGLE,
        _DOLLAR_SLASHY,
        _DOLLAR_HOLDS,
        SINGLE,
        REGEX,
    ),
    "zig": replace(
        _c_like(".zig", "", _ZIG_LINE, DOUBLE, CHARACTER), block_comments=(), habit="    "
    ),
    "d": _c_like(".d", "", RAW_BACKTICK, RAW_DOUBLE, _D_TOKENS, DOUBLE, CHARACTER),
    "v": _c_like(".v", "", DOUBLE, SINGLE, RAW_BACKTICK),
    "odin": _c_like(".odin", "", DOUBLE, SINGLE, RAW_BACKTICK),
    "solidity": _c_like(".sol", "", DOUBLE, SINGLE, habit="    "),
    "glsl": _c_like(".glsl .vert .frag"),
    "hlsl": _c_like(".hlsl"),
    "wgsl": _c_like(".wgsl"),
    "proto": replace(_c_like(".proto", "", DOUBLE, SINGLE), habit="  "),
    "thrift": Language(line_comments=("//", "#"), quotes=(DOUBLE, SINGLE), files=(".thrift",)),
    "graphql": Language(
        line_comments=("#",),
        block_comments=(),
        quotes=(TRIPLE, DOUBLE),
        habit="  ",
        files=(".graphql", ".gql"),
    ),
    "terraform": Language(
        line_comments=("#", "//"),
        quotes=(
            Quote(
                r"<<-?(?P<mark>[A-Za-z_]\w*)",
                r"^[ \t]*{1}[ \t]*$",
                escape="",
                spans=True,
                holds=r"[$%]\{",
            ),
            Quote('"', '"', holds=r"[$%]\{"),
        ),
        habit="  ",
        files=(".tf", ".tfvars", ".hcl"),
    ),
    "bicep": Language(quotes=(TRIPLE_SINGLE, SINGLE), habit="  "),
    "prisma": Language(quotes=(DOUBLE,), block_comments=(), habit="  "),
    "r": replace(
        _HASH,
        quotes=(DOUBLE, SINGLE, RAW_BACKTICK),
        files=(".r", ".R"),
        habit="  ",
        goes_on=GOES_ON + r"|%[^%\s]*%$|<-$|~$",
    ),
    "perl": replace(
        _HASH,
        block_comments=(),
        quotes=(
            Quote(
                r"=(?<![^\n]=)(?:pod|head\d|over|item|begin|for|encoding)\b",
                r"\n=cut\b",
                escape="",
                spans=True,
                comment=True,
            ),
            Quote(
                r"<<~?[\"']?(?P<mark>[A-Z_]\w*)[\"']?(?=[^\n]*\n)",
                r"\n[ \t]*{1}(?=\n|\Z)",
                escape="",
                spans=True,
            ),
            Quote(
                r"q(?<![\w$@%&\->]q)[qwrx]?[ ]?(?P<mark>[({\[<|/!])",
                "{c}",
                spans=True,
                nests=True,
            ),
            # Both halves of a substitution.
            *(
                Quote(
                    rf"{word}(?<![\w$@%&\->]{word})(?P<mark>[|/!,#])"
                    r"(?:\\.|(?!(?P=mark))[^\\\n])*(?P=mark)",
                    "{1}",
                )
                for word in ("s", "tr", "y")
            ),
            Quote(r"[ms](?<![\w$@%&\->][ms])(?P<mark>[({\[|/!])(?=[^\n]*\S)", "{c}", nests=True),
            DOUBLE,
            SINGLE,
            RAW_BACKTICK,
            REGEX,
        ),
        continuations=("else", "elsif", "continue"),
        files=(".pl", ".pm"),
        habit="    ",
    ),
    "awk": replace(_HASH, quotes=(DOUBLE, REGEX), files=(".awk",)),
    "tcl": replace(
        _HASH, words=True, quotes=(DOUBLE,), continuations=("else", "elseif"), files=(".tcl",)
    ),
    "puppet": replace(_HASH, quotes=(DOUBLE, SINGLE), habit="  "),
    "nix": replace(
        _HASH,
        block_comments=(("/*", "*/"),),
        quotes=(
            Quote("''", "''(?![$'\\\\])", escape="", spans=True, holds=r"\$\{"),
            Quote('"', '"', spans=True, holds=r"\$\{"),
        ),
        habit="  ",
    ),
    "nginx": replace(_HASH, quotes=(DOUBLE, SINGLE), habit="    "),
    "powershell": Language(
        line_comments=("#",),
        block_comments=(("<#", "#>"),),
        quotes=(
            Quote(r'@"', r'^"@', escape="", spans=True),
            Quote(r"@'", r"^'@", escape="", spans=True),
            Quote('"', '"', escape="`", holds=r"\$\("),
            Quote("'", "'", escape=""),
        ),
        habit="    ",
        files=(".ps1", ".psm1"),
    ),
    "jsonnet": Language(line_comments=("//", "#"), quotes=(DOUBLE, SINGLE), habit="  "),
    "systemverilog": Language(
        block=Block.END_KEYWORD,
        quotes=(DOUBLE,),
        opener=r"\bbegin(?:\s*:\s*\w+)?$|^(?:module|interface|class|function|task|case|package)\b(?!.*\bend\w*$)|[({\[]$",
        ends=(
            "end",
            "endmodule",
            "endcase",
            "endfunction",
            "endtask",
            "endclass",
            "endinterface",
            "endpackage",
            "endgenerate",
        ),
        ends_go_on=True,
        continuations=("else",),
        labels=("default",),
        files=(".sv", ".svh"),
        habit="  ",
    ),
    "razor": Language(
        line_comments=(), block_comments=(("@*", "*@"), ("<!--", "-->")), quotes=(DOUBLE,)
    ),
}
BRACES["verilog"] = replace(BRACES["systemverilog"], files=())
