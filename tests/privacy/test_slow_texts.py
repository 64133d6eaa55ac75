"""Texts made to be slow to mask: what is looked at is a multiple of the text, whatever it is."""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from codestral_ls.privacy import assignments, being_typed, logins
from codestral_ls.privacy.names import Name
from codestral_ls.privacy.secrets import mask, mask_around, takes_long

N_CHARS = 20_000
SLOW = (
    *("password=", "key=", "密码=", "?key=a", "AccountKey=", "api_key=abc", "token, "),
    '"password" ',
    *("while(1)\ufeffx=x?密码=密码=密码=", "_password=a=b=$0{::key=key=key=密码="),
    *('key:"a""b"', "password=password=)$0{::key="),
)
LINES = (0, 120, 250, 1_000, 4_000)


def made(piece: str, line: int) -> str:
    text = (piece * (N_CHARS // len(piece) + 1))[:N_CHARS]
    starts = range(0, N_CHARS, line or N_CHARS)
    return "\n".join(text[at : at + (line or N_CHARS)] for at in starts)


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("piece", SLOW)
def test_names_within_one_value_are_not_all_held_against_the_rest_of_it(
    piece: str, line: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    n_judged = n_searched = 0
    judge, bare = assignments._is_secret, assignments._BARE

    def counted(value: str, is_password: bool, sure: assignments._Sure) -> bool:
        nonlocal n_judged
        n_judged += min(len(value), assignments._MAX_JUDGED)
        return judge(value, is_password, sure)

    class Bare:
        def match(self, text: str, at: int) -> re.Match[str] | None:
            nonlocal n_searched
            found = bare.match(text, at)
            n_searched += len(found[0]) if found else 0
            return found

    monkeypatch.setattr(assignments, "_is_secret", counted)
    monkeypatch.setattr(assignments, "_BARE", Bare())
    text = made(piece, line)
    list(assignments.assigned_secrets(text))
    assert n_judged <= 3 * assignments._TIMES_LOOKED_AT * len(text)
    assert n_searched <= 2 * assignments._TIMES_LOOKED_AT * assignments._END_SHARE * len(text)


def test_the_value_being_typed_is_looked_for_behind_a_bounded_number_of_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Name] = []

    def counted(text: str, low: str, name: Name) -> Iterator[assignments.Value]:
        asked.append(name)
        return assignments.values_of(text, low, name)

    monkeypatch.setattr(being_typed, "values_of", counted)
    being_typed.ends_in_secret("密码=" * 10_000)
    assert 0 < len(asked) <= 64
    assert being_typed.ends_in_secret("x = 1\n" * 50 + 'password = "hunt')


def test_a_long_value_is_judged_by_its_head_and_masked_whole() -> None:
    value = "Zx8Kq2Lm9Rt4Vw7Yb1Nc6Pd3" * 60
    assert value[-24:] not in mask(f'token = "{value}"\n')
    assert value[-24:] not in mask(f"TOKEN={value}\n")


def test_many_values_in_one_address_are_found() -> None:
    names = ("key", "token", "secret", "password", "api_key", "auth_token", "client_secret", "sid")
    values = [f"q{n}Zx8Kq2Lm9Rt4Vw7Yb1Nc6Pd{n}" for n in range(len(names))]
    query = "&".join(f"{name}={value}" for name, value in zip(names, values, strict=True))
    masked = mask(f'get("https://example.org/a?{query}")\n')
    assert not [value for value in values if value in masked]


@pytest.mark.parametrize("piece", ['"ab12cd34",', "bearer ", "key(", "password ", "密码="])
def test_a_text_that_is_slow_to_mask_is_known_as_one_until_it_was_masked(piece: str) -> None:
    text = made(piece, 0)
    before, after = text[: N_CHARS // 2], text[N_CHARS // 2 :]
    assert takes_long(before, after)
    mask_around(before, after)
    assert not takes_long(before, after)


def test_ordinary_code_is_masked_at_once() -> None:
    text = Path(argparse.__file__).read_text(encoding="utf-8")[:24_000]
    assert not takes_long(text[:16_000], text[16_000:])


def test_calls_are_looked_for_once_however_many_strings_follow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    n_read = 0
    call = logins._CALL

    class Call:
        def finditer(self, text: str, start: int = 0, end: int = sys.maxsize) -> object:
            nonlocal n_read
            n_read += min(end, len(text)) - start
            return call.finditer(text, start, end)

    monkeypatch.setattr(logins, "_CALL", Call())
    text = made('"ab12cd34",', 0)
    list(logins.logins(text))
    assert n_read <= 2 * len(text)


LONG = 30_000
BLANKS = tuple(
    before + (blank * LONG)[:LONG] + after
    for blank in (" ", "\t", "\n", "\r\n", " \n")
    for before, after in (
        ("password", "x"),
        ("| password", "| value"),
        ("password:", "x"),
        ("password: x", "x"),
        ('"password": "abc"', "x"),
    )
)
OTHERS = (
    "INSERT (user, password) values (" + " " * 990 + "')",
    "htpasswd -" + "b" * LONG,
    "sqlplus " + "a" * LONG,
    "sqlplus " + "a." * LONG + " connect(",
)
# Seconds of processor time, all texts together; then the kernel ends the process. The square of
# one text's length takes longer.
LIMIT_S = 20
MASKING = f"""
import json, resource, sys
resource.setrlimit(resource.RLIMIT_CPU, ({LIMIT_S}, {LIMIT_S}))
from codestral_ls.privacy.secrets import mask
for number, text in enumerate(json.load(sys.stdin)):
    mask(text)
    print(number, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the limit is a matter of POSIX")
def test_long_runs_of_one_character_are_read_in_a_multiple_of_their_length() -> None:
    texts = (*BLANKS, *OTHERS)
    done = subprocess.run(
        [sys.executable, "-c", MASKING],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=False,
    )
    n_masked = len(done.stdout.split())
    assert n_masked == len(texts), (texts[n_masked][:40], texts[n_masked][-10:], done.stderr)
