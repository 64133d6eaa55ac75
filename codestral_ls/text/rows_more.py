"""Rows of languages that fewer people write. Facts are the languages' own."""

from __future__ import annotations

from dataclasses import replace

from codestral_ls.text.language import (
    DOUBLE,
    RAW_BACKTICK,
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

_SLASHES = Language(quotes=(DOUBLE, SINGLE))
_HASH = Language(line_comments=("#",), block_comments=(), quotes=(DOUBLE, SINGLE))
_LINES = Language(
    block=Block.NONE,
    block_comments=(),
    quotes=(DOUBLE,),
    continuations=(),
    containers=(),
    labels=(),
)
_WASM = Language(
    line_comments=(";;",),
    block_comments=(("(;", ";)"),),
    quotes=(DOUBLE,),
    brackets="()",
    opener=r"[(]$",
    continuations=(),
    labels=(),
    goes_on=r"(?!)",
    goes_on_before=r"(?!)",
    habit="  ",
)

MORE: dict[str, Language] = {
    "meson": Language(
        block=Block.END_KEYWORD,
        line_comments=("#",),
        block_comments=(),
        quotes=(TRIPLE_SINGLE, SINGLE),
        opener=r"^(?:if|elif|else|foreach)\b|[({\[]$",
        ends=("endif", "endforeach"),
        continuations=("else", "elif"),
        labels=(),
        habit="  ",
        files=("meson.build", "meson_options.txt"),
    ),
    "gn": replace(_HASH, habit="  ", files=(".gn", ".gni")),
    "haxe": replace(_SLASHES, files=(".hx",)),
    "vala": replace(_SLASHES, quotes=(TRIPLE, DOUBLE, SINGLE), files=(".vala",)),
    "apex": replace(_SLASHES, quotes=(SINGLE,), files=(".cls", ".apex")),
    "actionscript": _SLASHES,
    "ballerina": replace(_SLASHES, quotes=(DOUBLE, TEMPLATE), files=(".bal",)),
    "gleam": replace(_SLASHES, quotes=(SPANNING_DOUBLE,), habit="  ", files=(".gleam",)),
    "rescript": replace(
        _SLASHES, quotes=(DOUBLE, SHORT_CHARACTER, TEMPLATE), habit="  ", files=(".res",)
    ),
    "qml": replace(
        _SLASHES, quotes=(DOUBLE, SINGLE, TEMPLATE, REGEX), habit="    ", files=(".qml",)
    ),
    "openscad": replace(_SLASHES, quotes=(DOUBLE,), files=(".scad",)),
    "stan": replace(_SLASHES, quotes=(DOUBLE,), habit="  ", files=(".stan",)),
    "dts": replace(_SLASHES, quotes=(DOUBLE,), habit="\t", files=(".dts", ".dtsi")),
    "hack": replace(_SLASHES, line_comments=("//", "#"), habit="  ", files=(".hack",)),
    "flatbuffers": replace(_SLASHES, quotes=(DOUBLE,), habit="  ", files=(".fbs",)),
    "capnp": replace(_HASH, quotes=(DOUBLE,), habit="  ", files=(".capnp",)),
    "smithy": replace(_SLASHES, quotes=(TRIPLE, DOUBLE), habit="    ", files=(".smithy",)),
    "cue": replace(
        _SLASHES,
        block_comments=(),
        quotes=(TRIPLE, TRIPLE_SINGLE, DOUBLE, SINGLE),
        habit="\t",
        files=(".cue",),
    ),
    "rego": replace(_HASH, quotes=(DOUBLE, RAW_BACKTICK), habit="\t", files=(".rego",)),
    "nushell": replace(_HASH, quotes=(DOUBLE, SINGLE, RAW_BACKTICK), files=(".nu",)),
    "raku": replace(_HASH, files=(".raku", ".rakumod")),
    "caddyfile": replace(
        _HASH, words=True, quotes=(DOUBLE, RAW_BACKTICK), habit="\t", files=("Caddyfile",)
    ),
    "ron": replace(_SLASHES, quotes=(DOUBLE, SHORT_CHARACTER), habit="    ", files=(".ron",)),
    "kdl": replace(
        _SLASHES, quotes=(Quote(r'r(?<!\w\w)(?P<mark>#+)"', '"{1}', escape="", spans=True), DOUBLE)
    ),
    "llvm": replace(
        _SLASHES, line_comments=(";",), block_comments=(), quotes=(DOUBLE,), files=(".ll",)
    ),
    "wat": replace(_WASM, files=(".wat",)),
    "asm": replace(
        _LINES,
        line_comments=("#", ";", "//"),
        brackets="()[]",
        goes_on=r"\\$",
        files=(".s", ".asm"),
    ),
    "bitbake": replace(_HASH, goes_on=r"\\$", goes_on_before=r"(?!)", files=(".bb", ".bbappend")),
    "gnuplot": replace(_HASH, words=True, block=Block.NONE, goes_on=r"\\$", files=(".gp",)),
    "cypher": replace(
        _LINES, line_comments=("//",), quotes=(DOUBLE, SINGLE), terminator=";", files=(".cypher",)
    ),
    "sparql": replace(_HASH, block=Block.NONE, files=(".rq", ".sparql")),
    "kusto": replace(
        _LINES,
        line_comments=("//",),
        quotes=(DOUBLE, SINGLE),
        goes_on_before=r"\|",
        files=(".kql", ".csl"),
    ),
    "cobol": replace(
        _LINES,
        line_comments=("*>",),
        words=True,
        quotes=(DOUBLE, SINGLE),
        goes_on=r"(?!)",
        goes_on_before=r"(?!)",
        files=(".cbl", ".cob"),
    ),
    "applescript": Language(
        words=True,
        block=Block.END_KEYWORD,
        line_comments=("--",),
        block_comments=(("(*", "*)"),),
        quotes=(DOUBLE,),
        opener=r"^(?:tell|if|repeat|on|try|else|with|using|considering|ignoring)\b(?!.*\bto\b)"
        r"(?!.*\bthen\b.+)",
        ends=("end",),
        continuations=("else",),
        labels=(),
        goes_on="\u00ac$",
        goes_on_before=r"(?!)",
        habit="\t",
        files=(".applescript",),
    ),
    "kconfig": replace(
        _HASH,
        block=Block.INDENTATION,
        words=True,
        opener=r"^(?:config|menuconfig|choice|menu|if|comment)\b|^\s*help$",
        habit="\t",
        goes_on=r"\\$",
        goes_on_before=r"(?!)",
        files=("Kconfig",),
    ),
    "apacheconf": replace(
        _HASH,
        words=True,
        block=Block.TAGS,
        brackets="",
        opener=r"^<[A-Za-z][^<>]*>$",
        goes_on=r"\\$",
        goes_on_before=r"(?!)",
        files=(".htaccess",),
    ),
}
