"""Languages inside of others: scripts in pages, code in fences, expressions in templates.

A region is what one language has to itself round a cursor. Where the text begins in the middle of a
document, the marks that follow the cursor help to tell what it stands in.
"""

from __future__ import annotations

import re

from codestral_ls.text.languages import ALIASES, language_of
from codestral_ls.text.listings import in_directive, in_listing, in_org_block
from codestral_ls.text.region import SOME_CODE, Finder, Halves, Region, named

_FENCE = re.compile(r"^[ \t>]*(?P<mark>`{3,}|~{3,})[ \t]*(?P<info>[^\n`]*)$", re.MULTILINE)
_BLOCK_TAG = re.compile(
    r"<(?P<open>script|style)\b(?P<attributes>[^>]*)(?<!/)>|</(?P<close>script|style)\s*>",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(
    r"[\s\"'](?P<name>on[a-z]+|style|[@:#*(\[][\w.:()\[\]-]*|v-[\w.:-]+|x-[\w.:-]+)=\"[^\"<>]*$"
)


def region_of(before: str, after: str, language_id: str, *, at_start: bool, at_end: bool) -> Region:
    """The innermost region that the cursor between ``before`` and ``after`` stands in."""
    name = ALIASES.get(language_id.lower(), language_id.lower())
    document = Halves(before, after, at_start, at_end)
    for find in _HOSTS.get(name, ()):
        found = find(document)
        if found is not None:
            return found
    return Region(language_id)


def _in_fence(document: Halves) -> Region | None:
    before = list(_FENCE.finditer(document.before))
    # The cursor's own line is still being written.
    if before and before[-1].end() == len(document.before):
        before.pop()
    after = list(_FENCE.finditer(document.after, document.after.find("\n") + 1))
    if not before and (document.at_start or not after):
        return None
    starts = [None, "```"] if not document.at_start else [None]
    trials = [_follow_fences(before, after, start, document.at_end) for start in starts]
    _, opened, is_open = min(trials, key=lambda trial: trial[0])
    if not is_open:
        return None
    language = named(opened["info"]) if opened is not None else SOME_CODE
    start = opened.end() + 1 if opened is not None else 0
    mark = opened["mark"] if opened is not None else "```"
    closer = rf"^[ \t>]*{re.escape(mark)}"
    end = re.search(closer, document.after, re.MULTILINE)
    return Region(language, start, end.start() if end is not None else None, closer, True, True)


def _follow_fences(
    before: list[re.Match[str]], after: list[re.Match[str]], start: str | None, at_end: bool
) -> tuple[int, re.Match[str] | None, bool]:
    """Contradictions, the fence that is open at the cursor, and whether one is."""
    mark, contradictions = start, 0
    opened: re.Match[str] | None = None
    here: tuple[re.Match[str] | None, bool] = (None, start is not None)
    for index, fence in enumerate([*before, *after]):
        if index == len(before):
            here = (opened, mark is not None)
        if mark is None:
            mark, opened = fence["mark"], fence
            continue
        if fence["mark"][0] == mark[0] and len(fence["mark"]) >= len(mark):
            if fence["info"].strip():
                contradictions += 1
                opened = fence
            else:
                mark, opened = None, None
    if not after:
        here = (opened, mark is not None)
    # One who writes a fence has not closed it yet; in the rest of a document none is open.
    return contradictions + (at_end and mark is not None and start is None), *here


def _in_front_matter(language: str) -> Finder:
    def find(document: Halves) -> Region | None:
        if not document.at_start or not document.before.startswith("---\n"):
            return None
        if re.search(r"^---[ \t]*$", document.before[4:], re.MULTILINE):
            return None
        end = re.search(r"^---[ \t]*$", document.after, re.MULTILINE)
        return Region(language, 4, end.start(), r"^---[ \t]*$") if end is not None else None

    return find


def _in_block_tag(document: Halves) -> Region | None:
    tags = list(_BLOCK_TAG.finditer(document.before))
    last = tags[-1] if tags else None
    following = _BLOCK_TAG.search(document.after)
    if last is None:
        inside = not document.at_start and following is not None and following["close"]
        if not inside or following is None:
            return None
        tag, attributes, start = following["close"].lower(), "", 0
    elif last["close"]:
        return None
    else:
        tag, attributes, start = last["open"].lower(), last["attributes"], last.end()
    language = _language_of_tag(tag, attributes)
    if not language:
        return None
    # No style holds a tag of any kind.
    closer = r"(?i)</[a-z]+\s*>" if tag == "style" else rf"(?i)</{tag}\s*>"
    end = re.search(closer, document.after)
    stop = end.start() if end is not None else None
    return Region(language, start, stop, closer, is_code=True)


def _language_of_tag(tag: str, attributes: str) -> str:
    """The language of a ``script`` or ``style``; empty where it holds markup."""
    named = re.search(r"\b(?:lang|type)\s*=\s*[\"']?([\w/+.-]+)", attributes)
    name = named[1].lower().removeprefix("text/").removeprefix("application/") if named else ""
    if "template" in name or name == "html":
        return ""
    if name in ("ts", "typescript", "tsx"):
        return "typescript"
    if "json" in name or name == "importmap":
        return "json"
    if name in ("python", "py", "x-python"):
        return "python"
    if tag == "style":
        return name if name in ("scss", "sass", "less", "stylus") else "css"
    return "javascript"


def _in_attribute(document: Halves) -> Region | None:
    """In an attribute that holds code: handlers, styles, directives."""
    line = document.before[-500:]
    found = _ATTRIBUTE.search(line)
    if found is None or '"' not in document.after:
        return None
    start = len(document.before) - len(line) + found.end("name") + 2
    language = "css" if found["name"] == "style" else "javascript"
    return Region(language, start, document.after.index('"'), '"')


def _between(opener: str, closer: str, language: str) -> Finder:
    """Between two marks of a template language."""
    ends = re.escape(closer)

    def find(document: Halves) -> Region | None:
        start = document.before.rfind(opener)
        if start < 0 or document.before.find(closer, start) >= 0:
            return None
        end = document.after.find(closer)
        other = document.after.find(opener)
        if end < 0 or 0 <= other < end:
            return None
        mark = re.compile(re.escape(opener) + r"[=\-%#@!]?")
        opened = mark.match(document.before, start)
        begin = opened.end() if opened is not None else start + len(opener)
        return Region(language, begin, end, ends)

    return find


def _in_php(document: Halves) -> Region | None:
    """Code between ``<?php`` and ``?>``; what is outside of them is a page."""
    opened = list(re.finditer(r"<\?(?:php\b|=)", document.before))
    closed = document.before.rfind("?>")
    if opened and opened[-1].start() > closed:
        if opened[-1][0] == "<?=":
            end = document.after.find("?>")
            return Region("php", opened[-1].end(), end if end >= 0 else None, r"\?>")
        return Region("php", opened[0].end() if document.at_start else 0)
    if closed >= 0:
        return Region("html")
    first_close, first_open = document.after.find("?>"), document.after.find("<?")
    is_page = document.at_start and first_open >= 0
    is_page = is_page and (first_close < 0 or first_open < first_close)
    return Region("html") if is_page else None


_SQL_BODY = re.compile(r"(?i)\b(?:as|do)\s+(\$\w*\$)[^\S\n]*\n")


def _in_sql_body(document: Halves) -> Region | None:
    """In the body of a function, which stands in a string."""
    opened = list(_SQL_BODY.finditer(document.before))
    if not opened or opened[-1][1] in document.before[opened[-1].end() :]:
        return None
    end = document.after.find(opened[-1][1])
    closer = re.escape(opened[-1][1])
    return Region("sql", opened[-1].end(), end, closer) if end >= 0 else None


_CELL_MAGIC = re.compile(r"\s*%%(?P<name>[a-z]\w*)[ \t]*(?P<arguments>[^\n]*)\n")
_PYTHON_MAGICS = frozenset(("capture", "debug", "prun", "pypy", "python3", "time", "timeit"))


def _in_cell(document: Halves) -> Region | None:
    """In a notebook's cell whose first line names another language, or a file."""
    magic = _CELL_MAGIC.match(document.before) if document.at_start else None
    if magic is None:
        return None
    name = magic["name"]
    if name in _PYTHON_MAGICS:
        return Region("python", magic.end())
    if name in ("writefile", "file"):
        words = magic["arguments"].split()
        return Region(language_of(words[-1]) if words else SOME_CODE, magic.end())
    return Region("shellscript" if name == "script" else named(name), magic.end())


def _chain(*finders: Finder) -> tuple[Finder, ...]:
    return finders


def _php_page(document: Halves) -> Region | None:
    """Scripts and styles in the page round the code."""
    code = _in_php(document)
    if code is not None and code.language_id == "html":
        return _in_block_tag(document) or _in_attribute(document) or code
    return code


_PAGE = _chain(_in_block_tag, _in_attribute)
_MUSTACHE = _between("{{", "}}", "javascript")
_HOSTS: dict[str, tuple[Finder, ...]] = {
    "html": _PAGE,
    "xml": (),
    "vue": _chain(*_PAGE, _MUSTACHE),
    "svelte": _PAGE,
    "astro": _chain(_in_front_matter("typescript"), *_PAGE),
    "erb": _chain(_between("<%", "%>", "ruby"), *_PAGE),
    "ejs": _chain(_between("<%", "%>", "javascript"), *_PAGE),
    "jinja-html": _chain(_between("{{", "}}", "python"), _between("{%", "%}", "python"), *_PAGE),
    "liquid": _chain(_between("{{", "}}", "python"), _between("{%", "%}", "python"), *_PAGE),
    "handlebars": _chain(_MUSTACHE, *_PAGE),
    "blade": _chain(_between("{{", "}}", "php"), *_PAGE),
    "razor": _PAGE,
    "php": _chain(_php_page),
    "sql": _chain(_in_sql_body),
    **{
        name: _chain(_in_front_matter("yaml"), _in_fence)
        for name in ("markdown", "mdx", "quarto", "rmd")
    },
    "typst": _chain(_in_fence),
    "python": _chain(_in_cell),
    "restructuredtext": _chain(in_directive),
    "org": _chain(in_org_block),
    "asciidoc": _chain(in_listing),
}
