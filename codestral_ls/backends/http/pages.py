"""Web pages in place of answers: what can be told of one without showing its markup."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

# A page says what it is in its head.
_MAX_READ_CHARS = 16_384
_MAX_TITLE_CHARS = 100

# What no sentence quotes; `<pre>`, say, is also a marker of Code Llama.
_PAGE = re.compile(r"<(?:!doctype|\?xml|html|head|body|title)\b", re.IGNORECASE)
_TITLES = [
    re.compile(rf"<{tag}\b[^<>]*>(?P<text>[^<]{{1,2000}})", re.IGNORECASE)
    for tag in ("title", "h1", "h2", "message")
]
_TAG = re.compile(r"<[^<>]{0,2000}>")


@dataclass(frozen=True, slots=True)
class WebPage:
    """An answer in HTML or XML."""

    title: str
    """Its title, or its first heading; empty where it has none."""
    source: str = field(repr=False)
    """Its beginning, never to be shown."""


def page_in(text: str, content_type: str = "") -> WebPage | None:
    """The page that a text is; None where it has no markup."""
    text = text[:_MAX_READ_CHARS].lstrip("\ufeff \t\r\n")
    is_page = text.startswith("<") or _PAGE.search(text) is not None
    if not is_page and "html" in content_type and text and not text.startswith(("{", "[")):
        # A page by name, which may be no more than a line.
        return WebPage(_plain(" ".join(text.split()))[:_MAX_TITLE_CHARS], text)
    if not is_page:
        return None
    for pattern in _TITLES:
        for found in pattern.finditer(text):
            title = " ".join(html.unescape(found["text"]).split())
            if title:
                return WebPage(_plain(title)[:_MAX_TITLE_CHARS], text)
    return WebPage("", text)


def without_markup(text: str) -> str:
    """A sentence as it is; of one that holds a page, the page's title."""
    page = page_in(text)
    return text if page is None else page.title


def _plain(title: str) -> str:
    """A title whose markup was escaped."""
    return _TAG.sub("", title).strip()
