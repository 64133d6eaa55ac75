"""Elements of markup that a text leaves open."""

from __future__ import annotations

import re

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


def n_open_elements(text: str, language: Language) -> int:
    """How many elements a text begins, outside of comments, that need an end and have none."""
    comments = scan(text, language).comments
    names: list[str] = []
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
    return len(names)
