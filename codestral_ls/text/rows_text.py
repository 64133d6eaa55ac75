"""Rows of markup, data and prose."""

from __future__ import annotations

from dataclasses import replace

from codestral_ls.text.language import (
    DOUBLE,
    SINGLE,
    TRIPLE,
    TRIPLE_SINGLE,
    Block,
    Language,
    Quote,
)

_NOWHERE = r"(?!)"
_TABLE = r"^\[.*\]$"
# Between tags stands text for people; what a tag holds is in its own quotes.
_ATTRIBUTE = Quote(r"\"(?<==\")", '"', escape="", spans=True)
_ATTRIBUTE_SINGLE = Quote(r"'(?<==')", "'", escape="", spans=True)
_MARKUP = Language(
    block=Block.TAGS,
    line_comments=(),
    block_comments=(("<!--", "-->"),),
    quotes=(_ATTRIBUTE, _ATTRIBUTE_SINGLE),
    brackets="",
    opener=r"<(?!(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)\b)[A-Za-z]"
    r"[^<>]*(?<!/)>$|^>$|[{(\[]$",
    continuations=(),
    labels=(),
    goes_on=r"<[A-Za-z][^<>]*$",
    goes_on_before=r"/?>",
    habit="  ",
)
_TEMPLATE = replace(
    _MARKUP,
    # An expression of the template has quotes of its own.
    quotes=(
        replace(_ATTRIBUTE, holds=r"\{(?=[{%])"),
        replace(_ATTRIBUTE_SINGLE, holds=r"\{(?=[{%])"),
    ),
    brackets="{}",
    continuations=("else", "elif", "elsif", "elseif", "empty"),
    ends=tuple(
        f"end{word}"
        for word in ("if", "for", "block", "with", "macro", "call", "filter", "set", "unless")
    ),
    opener=_MARKUP.opener
    + r"|\{%-?\s*(?:if|for|block|else|elif)\b[^%]*%\}$"
    + r"|^\{[#:](?:if|each|await|key|snippet|else|then|catch)\b.*\}$",
    files=(),
)
_BLADE = replace(
    _MARKUP,
    brackets="{}",
    # What begins like this also has an end of its own, or may have (``@section``, ``@php``).
    opener=_MARKUP.opener
    + r"|^@(?:if|unless|isset|empty|auth|guest|can|cannot|canany|for|foreach|forelse|while|switch"
    r"|case|default|else\w*|production|env|error|once|push|prepend|verbatim|component|slot|fragment"
    r"|session|hasSection|sectionMissing)\b(?:\s*\(.*\))?$|^@(?:section|php)(?:\s*\([^,]*\))?$",
    continuations=(
        *("@else", "@elseif", "@elseauth", "@elseguest", "@empty"),
        *("@elsecan", "@elsecannot", "@elsecanany", "@case", "@default"),
    ),
    ends=(
        *("@endif", "@endunless", "@endisset", "@endempty", "@endauth", "@endguest", "@endcan"),
        *("@endcannot", "@endcanany", "@endfor", "@endforeach", "@endforelse", "@endwhile"),
        *("@endswitch", "@endproduction", "@endenv", "@enderror", "@endonce", "@endpush"),
        *("@endprepend", "@endverbatim", "@endcomponent", "@endslot", "@endfragment"),
        *("@endsession", "@endsection", "@endphp", "@show", "@stop"),
    ),
)
_PROSE = Language(
    block=Block.NONE,
    line_comments=(),
    block_comments=(),
    quotes=(),
    brackets="",
    opener=_NOWHERE,
    continuations=(),
    containers=(),
    labels=(),
    goes_on=_NOWHERE,
    goes_on_before=_NOWHERE,
    prose=True,
)
_MARKDOWN = replace(_PROSE, opener=r"^(?:```|~~~)[^`]*$", block_comments=(("<!--", "-->"),))
_ELEMENTS = (
    r"^\s*<(?!(?:area|br|col|embed|hr|img|input|link|meta|source)\b)[A-Za-z][\w.-]*"
    r"(?:\s[^<>]*)?(?<!/)>",
    r"</[A-Za-z]",
)
_LATEX = replace(
    _PROSE,
    line_comments=("%",),
    brackets="{}",
    quotes=(Quote(r"\\(?=[{}%\\])", r"(?<=\\).", escape=""),),
    opener=r"\\begin\{[^{}]*\}(?:\[[^\[\]]*\]|\{[^{}]*\})*$",
    ends=("\\end",),
    sections=(r"\\begin\{", r"\\end\{"),
)
_DATA = Language(
    line_comments=(),
    block_comments=(),
    quotes=(DOUBLE,),
    trailing_commas=False,
    continuations=(),
    containers=(),
    labels=(),
    goes_on=_NOWHERE,
    goes_on_before=_NOWHERE,
)
_KEYS = replace(
    _DATA,
    block=Block.NONE,
    line_comments=("#", ";"),
    quotes=(),
    brackets="",
    data=True,
    opener=_NOWHERE,
    goes_on=r"\\$",
)
_YAML = Language(
    block=Block.INDENTATION,
    line_comments=("#",),
    block_comments=(),
    quotes=(
        Quote(r'"(?<=[\s\[{,:]")', '"', spans=True),
        Quote(r"'(?<=[\s\[{,:]')", "'", escape=""),
    ),
    # In plain scalars brackets are text; flow collections begin a value.
    brackets="",
    opener=r":(?:\s*[|>][+-]?\d*)?$|^-$|[{\[]$",
    data=True,
    continuations=(),
    containers=(),
    labels=(),
    goes_on=_NOWHERE,
    goes_on_before=_NOWHERE,
    grammar=("tree_sitter_yaml", "language"),
    files=(".yaml", ".yml"),
    habit="  ",
)
_CSS = Language(
    line_comments=(),
    quotes=(DOUBLE, SINGLE),
    continuations=(),
    containers=(),
    labels=(),
    opener=r"[{(\[]$",
    goes_on=r"[,:]$",
    goes_on_before=_NOWHERE,
    habit="  ",
    grammar=("tree_sitter_css", "language"),
    files=(".css",),
)
_SASS = replace(
    _CSS,
    line_comments=("//",),
    quotes=(replace(DOUBLE, holds=r"#\{"), replace(SINGLE, holds=r"#\{")),
    continuations=("@else",),
    grammar=None,
    files=(".scss",),
)

TEXTS: dict[str, Language] = {
    "html": replace(
        _MARKUP,
        # Of Angular's blocks.
        continuations=("@else", "@empty", "@placeholder", "@loading", "@error"),
        files=(".html", ".htm"),
    ),
    "xml": replace(
        _MARKUP,
        opener=r"<[A-Za-z][^<>]*(?<!/)>$",
        files=(".xml", ".svg"),
        block_comments=(("<!--", "-->"), ("<![CDATA[", "]]>")),
    ),
    "vue": replace(_TEMPLATE, files=(".vue",)),
    "svelte": replace(
        _TEMPLATE,
        quotes=(replace(_ATTRIBUTE, holds=r"\{"), replace(_ATTRIBUTE_SINGLE, holds=r"\{")),
        files=(".svelte",),
    ),
    "astro": _TEMPLATE,
    "django-html": _TEMPLATE,
    "jinja-html": _TEMPLATE,
    "handlebars": _TEMPLATE,
    "liquid": _TEMPLATE,
    "erb": replace(_MARKUP, continuations=("else", "elsif", "when"), ends=("end",)),
    "ejs": replace(_MARKUP, opener=_MARKUP.opener + r"|\{\s*[-_]?%>$", continuations=("else",)),
    "gotmpl": replace(
        _TEMPLATE,
        opener=_MARKUP.opener + r"|\{\{-?\s*(?:if|range|with|block|define|else)\b[^{}]*\}\}$",
        continuations=("else",),
        ends=("end",),
    ),
    "blade": _BLADE,
    "jade": replace(
        _MARKUP,
        block=Block.INDENTATION,
        line_comments=("//",),
        block_comments=(),
        brackets="()",
        opener=r"^[\w.#-]+(?:\([^()]*\))?$|[.]$",
        quotes=(),
        data=True,
    ),
    "css": _CSS,
    "scss": _SASS,
    "less": replace(_SASS, files=(".less",)),
    "sass": replace(_SASS, block=Block.INDENTATION, opener=r"[,)\w&*\]]$", files=(".sass",)),
    "stylus": replace(_SASS, block=Block.INDENTATION, opener=r"[,)\w&*\]]$", files=(".styl",)),
    "json": replace(_DATA, grammar=("tree_sitter_json", "language"), files=(".json",)),
    "jsonc": replace(
        _DATA,
        line_comments=("//",),
        block_comments=(("/*", "*/"),),
        grammar=("tree_sitter_json", "language"),
        files=(".jsonc",),
    ),
    "json5": replace(
        _DATA,
        line_comments=("//",),
        block_comments=(("/*", "*/"),),
        quotes=(DOUBLE, SINGLE),
    ),
    "jsonl": _DATA,
    "yaml": _YAML,
    "toml": Language(
        line_comments=("#",),
        block_comments=(),
        quotes=(TRIPLE, TRIPLE_SINGLE, DOUBLE, SINGLE),
        continuations=(),
        containers=(),
        labels=(),
        flat_head=_TABLE,
        grammar=("tree_sitter_toml", "language"),
        goes_on=_NOWHERE,
        goes_on_before=_NOWHERE,
        files=(".toml",),
    ),
    "ini": replace(_KEYS, flat_head=_TABLE, files=(".ini", ".cfg", ".service", ".desktop")),
    "po": replace(
        _DATA,
        block=Block.NONE,
        line_comments=("#",),
        brackets="",
        flat_head=r"^(?:#[:.,|]|msg(?:ctxt|id)\b)",
        files=(".po", ".pot"),
    ),
    "properties": replace(_KEYS, line_comments=("#", "!")),
    "csv": replace(_KEYS, line_comments=(), goes_on=_NOWHERE),
    "diff": replace(_KEYS, line_comments=()),
    "markdown": replace(_MARKDOWN, sections=_ELEMENTS, files=(".md",)),
    "mdx": replace(_MARKDOWN, sections=_ELEMENTS),
    "quarto": _MARKDOWN,
    "rmd": _MARKDOWN,
    "latex": _LATEX,
    "bibtex": replace(_DATA, brackets="{}", quotes=(), line_comments=("%",), data=True, habit="  "),
    "typst": replace(_MARKDOWN, line_comments=("//",), block_comments=(("/*", "*/"),)),
    "restructuredtext": replace(
        _PROSE, opener=r"::$|^\.\. [\w:-]+::", indented_parts=True, files=(".rst",)
    ),
    "asciidoc": replace(
        _PROSE,
        fence=r"(?:-{4,}|\.{4,}|={4,}|\+{4,}|\|===|```)\s*$",
        attribute=r"\[[^\]]*\]$|\.[A-Z]",
        files=(".adoc",),
    ),
    "org": replace(_PROSE, sections=(r"(?i)^#\+begin_", r"(?i)^#\+end_")),
    "textile": _PROSE,
    "mediawiki": _PROSE,
    "git-commit": replace(_PROSE, line_comments=("#",)),
    "feature": replace(
        _KEYS, block=Block.INDENTATION, line_comments=("#",), opener=r":$", habit="  "
    ),
    "robotframework": replace(_KEYS, line_comments=("#",)),
    "mermaid": replace(_KEYS, line_comments=("%%",)),
    "plantuml": replace(_KEYS, line_comments=("'",)),
    "plaintext": replace(_PROSE, files=(".txt",)),
}
