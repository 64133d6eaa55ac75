"""Whether the text before the cursor ends within the value of something named like a secret.

A password has no form of its own before it is whole, so that masking comes too late for one that
is being typed. In quotes, the name decides from the first character on. Without quotes most values
are expressions that one wants completed: there the line has to look like a settings file's, or the
value like a password.
"""

from __future__ import annotations

import re
from collections import deque

from codestral_ls.privacy.assignments import Value, joint_of, values_of
from codestral_ls.privacy.names import Name, is_public, is_vague, lower, names

# The lines in which the name may stand.
_MAX_LINES = 7
_MAX_CHARS = 4_000
# The value that is being typed has its name near: of a long run of names the last ones are asked.
_MAX_NAMES = 64
# What is given to these is the name of a secret, or a question for one.
_ASKS = re.compile(
    r"(?:env|get|config|load|read|input|prompt|open|find|fetch|format|log|print)\w*\("
)
_SETTER = re.compile(r"(?:set_?|with_?|[.@])[\w-]{0,24}\Z")
_OPTION = re.compile(r"(?:\A|[\s\"'`(\[,#/])[-#/][\w-]{0,40}\Z")
# ``NAME=`` at the start of a line, as in .env, shell, Docker, compose and systemd.
_SETTING = re.compile(
    r"(?:\A|[\n\"'`])[ \t]*(?:-[ \t]+)?(?:(?:export|set|setx|env|arg|environment=)[ \t]*)?[\"']?\Z",
    re.IGNORECASE,
)
_NAME_BEFORE = re.compile(r"[\w.-]{0,64}\Z")
_NO_NAME = re.compile(r"[!@#%^&*?~+]|[0-9][A-Za-z]")


def ends_in_secret(before: str) -> bool:
    """The last character of ``before`` stands in a secret's value, or opens its quote."""
    tail = "\n".join(before[-_MAX_CHARS:].replace("\r", "\n").split("\n")[-_MAX_LINES:])
    low = lower(tail)
    for name in deque(names(tail, low), maxlen=_MAX_NAMES):
        if is_public(low, name.start) or _vague(low, name):
            continue
        for value in values_of(tail, low, name):
            if value.end == len(tail) and (
                _counts_in_quotes(low, name) if value.is_open else _counts_bare(tail, name, value)
            ):
                return True
    return False


def _vague(low: str, name: Name) -> bool:
    return name.is_login or (not name.is_password and is_vague(low, name))


def _counts_in_quotes(low: str, name: Name) -> bool:
    joint = joint_of(low, name)
    if joint is None or _ASKS.search(joint[0]):
        return False
    if joint["call"]:
        return _SETTER.search(low, max(0, name.start - 32), name.start) is not None
    if joint["comma"] or joint["space"]:
        return _OPTION.search(low, max(0, name.start - 48), name.start) is not None
    return True


def _counts_bare(text: str, name: Name, value: Value) -> bool:
    written = text[value.start : value.end]
    if written.startswith("$"):
        return False
    if text[value.start - 1] == "=" and text[name.start : name.end].isupper():
        head = _NAME_BEFORE.search(text, max(0, name.start - 64), name.start)
        start = head.start() if head else name.start
        if _SETTING.search(text, max(0, start - 64), start):
            return True
    return name.is_password and _NO_NAME.search(written) is not None and "(" not in written
