"""Logins that stand in a form of their own: calls that log in, columns, a name before a password.

Where the name of a value says that it is secret, ``assignments`` reads it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from codestral_ls.privacy.randomness import is_placeholder, looks_chosen, looks_mixed

_TAKE_ONE = (".auth(", ":auth(", ">auth(", " auth(")
# Who is called takes a user and a password, or a password and a text.
_CALL = re.compile(
    r"(?:log_?in|auth|connect|connection|bind|bind_s|createuser|create_user|setpassword"
    r"|smtp\.start|smtp|ftp|imap4?(?:_ssl)?|imap_open|sequelize|auth_password|credentials?"
    r"|real_connect|passwordauthentication|aes\.(?:en|de)crypt|sym_(?:en|de)crypt(?:_bytea)?"
    r"|(?:aes|des)_(?:en|de)crypt)(?:\.\w{1,20})?(?:\(|,\s?\{)",
    re.IGNORECASE,
)
_MAX_BEFORE = 240
_LITERAL = re.compile(
    r"(?<=[(\s\[,{bu@])(?:\"([^\"\\\s:;\[\]]{6,64})\"|'([^'\\\s:;\[\]]{6,64})')"
    r"(?=\s{0,3}(?:[,)}.\]]|\n|\Z))"
)
_NO_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+|[\w.+-]+@[\w-]+\.[\w.]+|[A-Za-z]+[_-]?\d+")

# ``"me:…"``, as it goes into Base64 and as a login is written in one word.
_PAIR = re.compile(
    r"[\"'=\s][A-Za-z][\w.+-]{0,31}(?:@[\w-]+\.[\w.-]{2,40})?:([^\s:/\"'`<>\\]{8,64})(?=[\"'\r\n]|\Z)"
)
# A URL without its scheme.
_ADDRESS = re.compile(
    r"(?<![\w/.:@-])[A-Za-z][\w.-]{0,31}:([^\s:@/\"'`<>]{6,64})@[\w-]+(?:\.[\w-]+)*(?::\d{2,5})?(?=[\"'\s/,]|\Z)"
)
_ENCODED = re.compile(
    r"(?i:base64\w{0,8}|b64\w{0,8}|btoa|buffer\.from|ident|creds|userpwd|bundle_\w+|login)"
    r"\W{1,3}[bu]?[\"'= ]?\Z"
)
_DIGIT = re.compile("[0-9]")

_COLUMNS = re.compile(
    r"\(([^()\n]{3,400})\)\s{0,9}values\s{0,9}\(([^()\n]{3,1000})\)", re.IGNORECASE
)
_COLUMN = re.compile(r"pass(?:word|wd)?|pwd|secret|token|api_?key", re.IGNORECASE)
_ITEM = re.compile(r"\s*(?:'([^'\n]*)'\s*|\"([^\"\n]*)\"\s*|((?:[^,'\"\s][^,'\"\n]*)?))(?:,|\Z)")
_MAX_COLUMNS = 40


def logins(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of every password in such a form."""
    yield from _in_calls(text)
    yield from _in_pairs(text)
    yield from _in_columns(text)


def _in_calls(text: str) -> Iterator[tuple[int, int]]:
    # The same call may stand before many strings.
    calls: list[re.Match[str]] | None = None
    for literal in _LITERAL.finditer(text):
        start, end = literal.span(literal.lastindex or 0)
        if _is_password(text[start:end]):
            calls = list(_CALL.finditer(text)) if calls is None else calls
            at = bisect_right(calls, start, key=re.Match.end) - 1
            line = max(text.rfind("\n", 0, start) + 1, start - _MAX_BEFORE)
            if at < 0 or calls[at].start() < line:
                continue
            call = calls[at]
            between = text[call.end() : start - 1]
            is_only = not between.rstrip("bu@ ")
            takes_one = text[call.start() - 1 : call.end()].lower().endswith(_TAKE_ONE)
            if (takes_one or not is_only) and between.count(")") <= between.count("("):
                yield start, end


def _in_pairs(text: str) -> Iterator[tuple[int, int]]:
    for address in _ADDRESS.finditer(text):
        if _is_password(address[1]):
            yield address.span(1)
    for pair in _PAIR.finditer(text):
        password = pair[1]
        is_mail = "@" in text[pair.start() : pair.start(1)]
        if (
            is_mail or _ENCODED.search(text, max(0, pair.start() - 32), pair.start() + 1)
        ) and _is_password(password):
            yield pair.span(1)


def _in_columns(text: str) -> Iterator[tuple[int, int]]:
    for table in _COLUMNS.finditer(text):
        names = table[1].split(",")[:_MAX_COLUMNS]
        at = table.start(2)
        for name in names:
            item = _ITEM.match(text, at, table.end(2))
            if item is None:
                break
            at = item.end()
            if _COLUMN.search(name) and item.lastindex:
                start, end = item.span(item.lastindex)
                if _is_password(text[start:end]):
                    yield start, end


def _is_password(text: str) -> bool:
    return (
        _DIGIT.search(text) is not None
        and not is_placeholder(text)
        and _NO_HOST.fullmatch(text) is None
        and (looks_chosen(text) or looks_mixed(text))
    )
