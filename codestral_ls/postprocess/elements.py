"""Elements of markup that a text leaves open."""

from __future__ import annotations

import re

from codestral_ls.model import Snapshot
from codestral_ls.text.language import Language
from codestral_ls.text.scan import scan

_TAG = re.compile(
    r"<(?P<end>/?)(?P<name>[A-Za-z][\w.:-]*)(?=[\s/>])(?:[^<>\"'/]|\"[^\"]*\"|'[^']*'|/(?!>))*"
    r"(?P<alone>/?)>"
)
# HTML's elements without content, and those whose end may be left out.
_MAY_STAY_OPEN = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
     "wbr", "html", "head", "body", "li", "dt", "dd", "p", "rt", "rp", "optgroup", "option",
     "colgroup", "caption", "thead", "tbody", "tfoot", "tr", "td", "th")
)  # fmt: skip


# Ends that nothing begins are looked for so far below.
_MAX_CHARS = 6_000


def n_open_elements(text: str, snapshot: Snapshot, language: Language) -> int:
    """How many elements a text begins that need an end, which neither the text nor what follows
    has for them."""
    names = _left_open("", text, language)[0]
    if not names:
        return 0
    before, after = snapshot.before[-_MAX_CHARS:], snapshot.after[:_MAX_CHARS]
    _, surplus = _left_open(before, after, language)
    for name in surplus:
        if name in names:
            names.remove(name)
    return len(names)


def _left_open(before: str, text: str, language: Language) -> tuple[list[str], list[str]]:
    """Names of elements that are open at a text's end, and of ends that nothing begins in it or
    ``before`` it."""
    surplus: list[str] = []
    names: list[str] = _left_open("", before, language)[0] if before else []
    comments = scan(text, language).comments
    for tag in _TAG.finditer(text):
        name = tag["name"]
        in_comment = any(start <= tag.start() < end for start, end in comments)
        if in_comment or tag["alone"] or name.lower() in _MAY_STAY_OPEN:
            continue
        if not tag["end"]:
            names.append(name)
        elif name in names:
            # What was left open inside of it has ended with it.
            del names[len(names) - 1 - names[::-1].index(name) :]
        else:
            surplus.append(name)
    return names, surplus
