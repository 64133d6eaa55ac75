"""Secrets without a form of their own: a value that something named like a secret gets.

One reader for all ways of writing it: a name (``names``), what joins a name and its value (an
operator, the bracket of a call, the end of a tag, a comma, white space), what wraps the value (a
conversion, a prefix of a string, a list), the value itself in whatever quotes or in none, and
the values that follow in the same list. Then the value is judged by its making (``randomness``):
the more the way of writing says that it is a value and not code, the less the value has to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from codestral_ls.privacy.names import Name, is_digest, is_public, lower, names
from codestral_ls.privacy.randomness import (
    looks_chosen,
    looks_drawn,
    looks_mixed,
    looks_random,
    looks_simple,
)

# A quote, escaped any number of times in a string within a string, or as HTML has it.
_QUOTE = r"""(?:\\{0,7}["'`]|&quot;|&\#3[49];|&apos;)"""
_BLANK = r"[ \t]"
# The end of the name: quotes and brackets that close around it, an index, Markdown's emphasis.
_CLOSE = rf"(?:{_QUOTE}|[\])}}]|\[\d{{0,4}}\]|\*\*?){{0,4}}"
# White space that may hold one end of line, escaped or not.
_SPACE = rf"{_BLANK}*(?:\\?\r?\n{_BLANK}*)?"
_OPERATOR = (
    r"(?:=>|:=|::|\?\?=?|\|\|=?|[!=]==?|\?=|\+=|<-|<<<|=|:|：|＝|\|"
    r"|\bor\b|\bis\b(?:\snow\b)?|\bes\b|\best\b|\bist\b|\bto\b(?=\s{0,3}[\"'])|是|は)"
)
# ``: &str =``, ``string =`` (Go), ``varchar(20) DEFAULT`` are skipped with what they stand before.
# A blank matches in one way only, here and below: what repeats blanks beside blanks without a bound
# takes the square of a long run of them.
_TYPE = (
    r"(?:\??:\s{0,8}[\w&'*<>\[\]|?.,; ]{1,40}?(?:[^\S ]\s{0,64})?=(?!=)"
    r"|[ \t]{1,4}(?:\[\]byte|[\w.:]{2,24})\s*=(?![=>])"
    r"|(?:\r?\n\s{0,64})?\{\s*get;[^}\n]{0,20}\}\s*="
    r"|<(?:const|close)>\s*=|(?::\s{0,4}\w{1,24}[ \t]{1,4}|(?<=[ \t]))by[ \t]{1,4}lazy(?=\s{0,4}\{)"
    r"|[ \t]{1,4}\w{2,16}[ \t]+`(?:[\w:\",]{0,40}[ ])?default:(?=\"))"
)
# Some words between: ``clé d'API :``, ``password for the server:``.
_OF = (
    r"(?:\s(?:for|of|to|du|de|d['’]|für|del?|da|api)\b\W{0,2}(?:\w{1,16})?){0,2}"
    r"(?:(?:[ \t]\w{1,16}){1,3}(?=[ \t]?:[ \t]))?"
)
_VALUE_WORD = r"(?:[a-z]{0,12}value|default|example|_?data|content)"
# The value in a line, an attribute or a tag of its own, after the name's.
_APART = (
    rf"(?:{_BLANK}{{0,4}}[,:{{(]?\s*(?:\{{\s*)?(?:[\"']?[a-z]\w{{0,15}}[\"']?\s*[=:][^\n=:]{{0,60}}\n\s*){{0,4}}"
    rf"{_QUOTE}?(?:\w{{0,20}}:)?{_VALUE_WORD}{_QUOTE}?\s*[=:]"
    r"|\s*/?>\s*<(?:value|string)>|</\w{1,12}>\s*<\w{1,12}>"
    rf"|:?\*?{_QUOTE}?\)?\s*(?:\{{\s*)?(?:\w{{1,24}}\.)?send(?:line)?(?:\s+(?:--\s+)?|\()"
    r"|(?:\s[\w:-]{1,24}=[\"'][^<>\"'\n]{0,80}[\"']){0,4}\svalue=(?=[\"'])"
    r"|(?<=[\"'])[^<>\n\"']{0,40}>|(?<![^<>\n])>|(?<=\w)(?:\s[\w:]{1,24}=[\"'][^<>\"'\n]{0,80}[\"']){0,3}>"
    r")"
)
# Calls around a value, prefixes and openings of strings, lists, schemes of authentication.
_WRAP = (
    rf"(?:[\w.!?]{{1,48}}(?:\([^()\n]{{0,48}}\)|\[[^\[\]\n]{{0,48}}\])[!?]?\s{{0,3}}(?:\?\?|\|\||\?:|\bor\b)\s{{0,3}}"
    r"|(?:\$\(|[\"'`])(?:echo|printf)\s+(?:-n\s+)?|\{\s*[\"'][\w.:/-]{1,64}[\"']\s*[:=]>?\s*|[\"'](?=\\?[\"'])|\[\]byte\("
    rf"|(?:new\s+)?[a-z_][\w.:!]{{0,47}}[({{]\s*|[\[({{]\s*|[@$*]|&(?!quot|apos|\#)|[a-z]{{1,2}}(?=[\"'])"
    rf"|\$\{{\w{{1,40}}:?[-=]|<!\[cdata\[|[>|][-+]?{_BLANK}*\r?\n{_BLANK}*"
    rf"|<<[-~]?[\"']?\w{{1,20}}[\"']?\r?\n{_BLANK}*|-{_BLANK}+(?=\S)|\\[nrt]"
    r"|[a-z_][\w.:]{0,24}\s*=(?=[\"'])|default\s*=|!!?[a-z]+\s+|<\w{1,12}>)"
)
# The ways to log in that are customary behind ``Authorization``, and ``credentials: me / …``.
_SCHEME = (
    r"(?:(?:bearer|basic|token|api-?key|bot|digest|splunk|geniekey|sso-key|ssws)[ \t]+"
    r"|base64:|pass:|django-insecure-|[\w.@-]{1,32}[ \t]+/[ \t]+)"
)

_JOINT = re.compile(
    rf"""{_CLOSE}
    (?:(?P<method>\)*\.\w{{1,24}}\()
      |(?P<apart>{_APART})
      |(?P<assign>{_OF}{_BLANK}*(?:{_TYPE}|(?P<operator>{_OPERATOR})))
      |(?P<call>[ \t]*[({{](?=\s*[^\s)}}]))
      |(?P<comma>{_BLANK}*,{_BLANK}*(?![\r\n]))
      |(?P<space>{_BLANK}+))
    {_SPACE}{_WRAP}{{0,3}}{_SPACE}
    (?P<quote>(?:r?\#)?{_QUOTE}|"{{3}}|'{{3}})?{_SCHEME}?""",
    re.VERBOSE,
)
_BARE = re.compile(r"""[^\s"'`<>;|\\，。]{1,4096}""")
_IN_LIST = re.compile(r"""[^\s"'`<>;|\\,\]]{1,4096}""")
_MAX_BARE = 4_096
_NEXT = re.compile(
    rf"{_BLANK}*(?:(?P<with>[,+.&|]|\.\.|\\)\s*|[^\S \t]\s*)?"
    rf"(?:some\(|[a-z@]{{0,2}})(?P<quote>{_QUOTE})"
)
# Cookies have names of their own: all that stands in the dictionary counts.
_NEXT_COOKIE = re.compile(rf"{_BLANK}*[,:]\s*(?P<quote>{_QUOTE})")
_NEXT_ITEM = re.compile(rf"\s*\r?\n{_BLANK}*-{_BLANK}+(?P<quote>{_QUOTE})?")
_NEXT_IN_LIST = re.compile(rf",\s*(?P<quote>{_QUOTE})?")
_ENDS = re.compile(r"""[\r\n]|\\[nr]""")
_PAIR = re.compile(r"[&,?]\w{1,40}=")
_HEADERS = ("cookie", "authorization")
_COOKIE = re.compile(r"[\w.%-]=[\"']?([\w%.+/=:~-]{16,4096})")
_MAX_COOKIES = 4_096
_MAX_ROW = 64
# Names within one value are followed too: ``ENV=TOKEN=…``. Each of them looks at the rest of it, so
# what may be looked at is a multiple of the run of characters without a blank, with a fee for each
# value. To find where a run ends costs a small part of judging it.
_TIMES_LOOKED_AT = 4
_SHORT_RUN = 256
_FEE = 32
_END_SHARE = 16
# Of a value; what is random in its head is random as a whole.
_MAX_JUDGED = 256
_MAX_VALUE = 65_536
_CLOSERS = {")": "(", "]": "[", "}": "{"}


class _Sure(IntEnum):
    """How sure the way of writing makes it that what stands there is a value."""

    ARGUMENT = 0
    """A bare word in a call or after a comma: most often a name."""
    WORD = 1
    """A bare word after white space: prose, or an argument."""
    CODE = 2
    """A bare word after an operator: a value, or an expression."""
    STRING = 3


@dataclass(frozen=True, slots=True)
class Value:
    """Where a value stands, and whether its quote is still open."""

    start: int
    end: int
    sure: _Sure
    is_open: bool = False
    run_end: int = 0
    """Of a bare value: where it ends with what was cut off it. Names up to there look at the same
    characters."""


def assigned_secrets(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of every value that looks like a secret by its name and its making."""
    low = lower(text)
    end_of_last = end_of_run = cookies_end = -1
    run_start = n_looked_at = 0
    for name in names(text, low):
        if name.end >= end_of_run:
            run_start, n_looked_at = name.start, 0
        limit = _TIMES_LOOKED_AT * max(_SHORT_RUN, end_of_run - run_start)
        if name.end <= end_of_last or n_looked_at > limit:
            continue
        if name.start >= cookies_end and low.startswith(_HEADERS, name.start):
            cookies_end = name.end + _MAX_COOKIES
            yield from _cookies(text, name)
        for index, value in enumerate(values_of(text, low, name)):
            n_looked_at += _FEE + min(value.end - value.start, _MAX_JUDGED)
            n_looked_at += max(0, value.run_end - value.start) // _END_SHARE
            end_of_run = max(end_of_run, value.end, value.run_end)
            is_password = name.is_password or (name.is_login and index > 0)
            if name.is_login and index == 0 and low[name.start] != "a":
                is_password = text[value.start - 2 : value.start - 1] == "/"
            if (
                _is_secret(text[value.start : value.end], is_password, value.sure)
                and not is_public(low, name.start)
                and not is_digest(low, name)
            ):
                yield value.start, value.end
                end_of_last = value.end


def _cookies(text: str, name: Name) -> Iterator[tuple[int, int]]:
    """What looks random in a header or a string of cookies or of a login, whatever it is called."""
    line = _ENDS.search(text, name.end, name.end + _MAX_COOKIES)
    for pair in _COOKIE.finditer(text, name.end, line.start() if line else name.end + _MAX_COOKIES):
        if looks_random(pair[1]):
            yield pair.span(1)


def joint_of(low: str, name: Name) -> re.Match[str] | None:
    """What joins a name to its value, up to the value's first character."""
    return _JOINT.match(low, name.end)


def values_of(text: str, low: str, name: Name) -> Iterator[Value]:
    """What something of this name gets: one value, or those of a list."""
    joint = joint_of(low, name)
    if joint is None:
        return
    quote, start = joint["quote"], joint.end()
    following_one = _NEXT_COOKIE if low.startswith("cookie", name.start) else _NEXT
    is_row = joint["comma"] is None and joint["method"] is None
    if not quote:
        yield from _bare_values(text, low, joint)
        return
    quote = quote.lstrip("r#")
    for _ in range(_MAX_ROW):
        end, closed = _end_of_string(low, start, quote)
        yield Value(start, end, _Sure.STRING, is_open=not closed)
        if not closed or not is_row:
            return
        after = end + len(quote)
        following = following_one.match(low, after) or _NEXT_ITEM.match(low, after)
        if following is None or not following["quote"]:
            return
        quote, start = following["quote"], following.end()


def _end_of_string(low: str, start: int, quote: str) -> tuple[int, bool]:
    """Where a string ends: at its quote, else at the end of its line."""
    end = low.find(quote, start, start + _MAX_VALUE)
    limit = end if end >= 0 else min(len(low), start + _MAX_VALUE)
    line = _ENDS.search(low, start, limit)
    return (line.start(), False) if line else (limit, end >= 0)


def _bare_values(text: str, low: str, joint: re.Match[str]) -> Iterator[Value]:
    sure = _Sure.CODE if joint["assign"] or joint["apart"] else _Sure.WORD
    if joint["comma"] or joint["method"] or joint["call"]:
        sure = _Sure.ARGUMENT
    next_item = _NEXT_IN_LIST if joint[0].rstrip().endswith("[") else _NEXT_ITEM
    start = joint.end()
    for _ in range(_MAX_ROW):
        found = (_IN_LIST if next_item is _NEXT_IN_LIST else _BARE).match(text, start)
        if found is None:
            return
        if len(found[0]) == _MAX_BARE:
            yield Value(start, start, sure, run_end=found.end())
            return
        value = Value(start, start + len(_trimmed(found[0])), sure, run_end=found.end())
        yield value
        item = next_item.match(low, value.end)
        if item is None or item["quote"]:
            return
        start = item.end()


def _trimmed(value: str) -> str:
    """A bare value without what closes around it or goes on after it."""
    pair = _PAIR.search(value)
    if pair is not None:
        value = value[: pair.start()]
    value = value.rstrip(",.:")
    while value and value[-1] in _CLOSERS and _CLOSERS[value[-1]] not in value:
        value = value[:-1].rstrip(",.:")
    return value


_DIGIT = re.compile("[0-9]")
# Names of classes and files have digits too. A random value of 32 letters and digits holds one of
# these by chance once in a thousand times.
_TELLING = re.compile(
    r"(?<![a-z])key|[a-z0-9]Key|(?<![A-Z])KEY|(?i:token|secret|passw|auth|type|class)|\.[a-z]{2,5}\Z"
)
_CODE = re.compile(
    r"\w[(\[]|\A[\w$@%]+(?:\.|->|::)[a-z_]|\A[$%@]\w|\A[a-z_]+\d*\Z|\A[A-Z][a-z]+[A-Z]"
)
# No name of anything has these.
_NO_NAME = re.compile(r"[!@#%^&*?~+$]")
_MIN_VALUE = 6
_MANY_SPECIAL = re.compile(r"(?:[A-Za-z0-9 ]*[^A-Za-z0-9 ]){8}")


def _is_secret(value: str, is_password: bool, sure: _Sure) -> bool:
    value = value[:_MAX_JUDGED]
    if len(value) < _MIN_VALUE:
        return False
    if " " in value:
        if is_password and _APP_PASSWORD.match(value):
            return True
        # WordPress draws its salts from all of ASCII.
        return len(value) >= 48 and bool(_MANY_SPECIAL.match(value)) and looks_random(value)
    if _DIGIT.search(value) is None:
        return sure is not _Sure.WORD and len(value) >= 20 and looks_drawn(value)
    in_string = is_password and sure is _Sure.STRING
    if len(value) < 64 and _TELLING.search(value) and not (in_string and _NO_NAME.search(value)):
        return False
    if looks_random(value):
        return True
    if not is_password or sure is _Sure.ARGUMENT:
        return False
    if in_string:
        return looks_chosen(value) or looks_simple(value)
    return looks_mixed(value) or (looks_chosen(value) and not _CODE.search(value))


_APP_PASSWORD = re.compile(r"(?:[a-z]{4} ){3}[a-z]{4}\Z")
"""Google's passwords for one program: four times four letters."""
