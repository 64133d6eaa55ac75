"""Secrets without a form of their own: a random value that something named like a secret gets.

``api_key = "…"``, ``"token": "…"``, ``PASSWORD=…``, ``<secret>…</secret>``, ``setPassword("…")``,
``define('DB_PASS', '…')``: the value is looked for first, because few values of a program have a
digit and eight characters without white space, and the name only before those.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from codestral_ls.privacy.randomness import looks_chosen, looks_random

# In quotes, or in quotes that the cursor or the window's edge has not closed.
_QUOTED = re.compile(r"""(?P<quote>["'`])(?P<value>[^\s"'`\\]{8,512})(?:(?P=quote)|\Z)""")
# After ``=`` or ``:`` as in .env, YAML, INI and URLs, and between tags. What a program would put
# there, a call or a member or an index, goes on with other characters.
_BARE = re.compile(
    r"[=:>][ \t]*+(?P<value>[A-Za-z0-9+/_!@#^*~?%-]{8,512}={0,2})(?=[\s,;<&]|\\n|\Z)"
)
_DIGIT = re.compile("[0-9]")
# Names of classes and files have digits too. A random value of 32 letters and digits holds one of
# these by chance once in a thousand times.
_TELLING = re.compile(r"[Kk]ey|KEY|(?i:token|secret|passw|auth|type|class)|\.[a-z]{2,5}\Z")

# From the word that gives a name away to the value. What stands before that word in the name is
# left out, for a pattern that may begin anywhere in a name is tried everywhere in it.
_NAME = re.compile(
    r"""
    (?:(?:key|token|secret|passw(?:or)?d|passphrase|pwd|credential|salt)s?
        (?:[\d_.$-]\w{0,16})?
      |(?:(?<![A-Za-z])|(?-i:(?<=[a-z])(?=P)))pass
      |auth(?:orization)?(?:[_-]?header)?)
    ["'\]\)]{0,3}
    (?:\s*:\s*[&\w'*<>\[\]|\s?]{1,30})?           # a type: ``token: &str = "…"``
    (?:\[\d*\])?                                  # an array: ``char token[] = "…"``
    \s*(?:=>|:=|===?|!==?|\|\|=|\?\?=|[=:(>]
      |(?P<weak>,)(?![ \t]*\n)
      |,?[ \t]*\n\s*["']?value["']?\s*[:=])\s*      # Kubernetes: ``name``, then ``value``
    (?:[A-Za-z.:]{0,20}\()?                       # a conversion: ``String::from("…")``
    [@$&bBrRuU]{0,2}["'`]?\Z
    """,
    re.VERBOSE | re.IGNORECASE,
)
_WORDS = ("key", "token", "secret", "pass", "pwd", "credential", "salt", "auth")
# Enough for the rest of the name, a type and what stands between.
_NAME_WINDOW = 100

# A person's password may stand there; a random value is needed where the name says less.
_PASSWORD = re.compile(r"pass|pwd|secret", re.IGNORECASE)
_PUBLIC = re.compile(r"(?:public|pub)[\w.-]{0,24}\Z", re.IGNORECASE)


def assigned_secrets(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of every value that looks like a secret by its name and its making."""
    for pattern in (_QUOTED, _BARE):
        for found in pattern.finditer(text):
            start, end = found.span("value")
            # The cheap questions first: tables in generated code have hundreds of values.
            window = text[max(0, start - _NAME_WINDOW) : start].lower()
            if not any(word in window for word in _WORDS):
                continue
            if _is_secret(text, found["value"], start):
                yield start, end


def _is_secret(text: str, value: str, start: int) -> bool:
    if _DIGIT.search(value) is None or _TELLING.search(value):
        return False
    random = looks_random(value)
    if not random and not looks_chosen(value):
        return False
    name = _NAME.search(text, max(0, start - _NAME_WINDOW), start)
    if name is None or _PUBLIC.search(text, max(0, name.start() - 32), name.start()):
        return False
    # ``f('password', 'x')`` may be a call of anything; PHP's ``define`` is an assignment.
    weak = name["weak"] and "define(" not in text[max(0, name.start() - 24) : name.start()].lower()
    return random or (_PASSWORD.search(name[0]) is not None and not weak)
