"""Code in documents of reStructuredText, Org and AsciiDoc."""

from __future__ import annotations

import re

from codestral_ls.text.region import Halves, Region, named

_RST_CODE = re.compile(
    r"^(?P<indent>[ \t]*)\.\. (?:code-block|code|sourcecode|highlight)::[ \t]*(?P<info>\S*)[ \t]*\n"
    r"(?:[ \t]+:[\w-]+:.*\n)*",
    re.MULTILINE,
)
_INDENTED = re.compile(r"^(?P<indent>[ \t]*)\S", re.MULTILINE)


def in_directive(document: Halves) -> Region | None:
    """Code below a directive of reStructuredText: all that is indented deeper."""
    opened = list(_RST_CODE.finditer(document.before))
    if not opened:
        return None
    base = len(opened[-1]["indent"])
    # The cursor's own line counts by what it is indented.
    between = document.before[opened[-1].end() :] + "x"
    if any(len(line["indent"]) <= base for line in _INDENTED.finditer(between)):
        return None
    first = document.after.find("\n") + 1
    ends = (
        line.start()
        for line in _INDENTED.finditer(document.after, first)
        if len(line["indent"]) <= base
    )
    end = next(ends, None) if first else None
    closer = rf"(?<=\n)[ \t]{{0,{base}}}(?=[^\s])"
    return Region(named(opened[-1]["info"]), opened[-1].end(), end, closer, True)


_ORG_BLOCK = re.compile(
    r"^[ \t]*#\+(?P<mark>begin|end)_(?:src|example)\b[ \t]*(?P<info>\S*).*$",
    re.MULTILINE | re.IGNORECASE,
)
_LISTING = re.compile(
    r"^(?:\[source,[ ]*(?P<info>[\w+-]+)[^\]\n]*\]\n)?(?P<mark>-{4,})[ \t]*$", re.MULTILINE
)


def in_org_block(document: Halves) -> Region | None:
    """Code in a block of Org."""
    marks = list(_ORG_BLOCK.finditer(document.before))
    if not marks or marks[-1]["mark"].lower() == "end":
        return None
    end = _ORG_BLOCK.search(document.after)
    if marks[-1].end() == len(document.before):
        return None
    closer = r"(?i)^[ \t]*#\+end_"
    stop = end.start() if end is not None else None
    return Region(named(marks[-1]["info"]), marks[-1].end() + 1, stop, closer, True)


def in_listing(document: Halves) -> Region | None:
    """Code in a listing of AsciiDoc."""
    marks = list(_LISTING.finditer(document.before))
    if marks and marks[-1].end() == len(document.before):
        marks.pop()
    if not document.at_start or len(marks) % 2 == 0:
        return None
    end = _LISTING.search(document.after)
    stop = end.start() if end is not None else None
    return Region(named(marks[-1]["info"] or ""), marks[-1].end() + 1, stop, r"^-{4,}", True)
