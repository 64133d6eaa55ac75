"""What a server says on refusing reaches people clean, short and without secrets."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestral_ls.backends.base import (
    AuthError,
    BackendError,
    BackendTimeout,
    BadRequest,
    NoAllowance,
    Overloaded,
    PromptTooLong,
    ProtocolViolation,
    RateLimited,
    ServerFailure,
)
from codestral_ls.backends.http.refusals import (
    count,
    error_text,
    retry_after_s,
    sentence,
    source_lines,
    status_error,
)
from codestral_ls.privacy.text import one_line

# 22 November 2026, 12:00:00 UTC.
NOON = 1795348800.0


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (204, ProtocolViolation), (307, BadRequest), (400, BadRequest), (401, AuthError),
        (402, NoAllowance), (403, AuthError), (404, BadRequest), (408, BackendTimeout),
        (413, PromptTooLong), (418, BadRequest), (429, RateLimited), (500, ServerFailure),
        (503, Overloaded), (504, ServerFailure), (529, Overloaded), (599, ServerFailure),
    ],
)  # fmt: skip
def test_every_status_has_its_kind_of_error(status: int, kind: type[BackendError]) -> None:
    assert status_error(status) is kind


def test_source_text_that_a_server_quotes_is_hidden() -> None:
    hidden = source_lines("import os\n  password = input()\n", "return\n")
    assert one_line("cannot read: password = input() at return", hidden=hidden) == (
        "cannot read: [hidden] at return"
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("text", "text"),
        ({"message": "a"}, "a"),
        ({"error": "a"}, "a"),
        ({"error": {"message": "a", "code": 400}}, "a"),
        ({"error": None, "message": "a"}, "a"),
        ({"detail": "a"}, "a"),
        ({"detail": [{"loc": ["body", "n"], "msg": "a", "input": "source"}]}, "body.n: a"),
        ({"message": {"detail": [{"msg": "a"}, {"msg": "b"}, 1, {"msg": "d"}]}}, "a; b"),
        ({"message": ["a", "b"]}, "a; b"),
        ({"error": {"error": {"error": {"error": {"error": "deep"}}}}}, ""),
        ({"message": 5}, ""),
        ({}, ""),
        (None, ""),
    ],
)
def test_the_message_is_found_in_every_known_shape(body: Any, message: str) -> None:
    assert error_text(body) == message


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "Sun, 22 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Sun, 22 Nov 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after": "999999999"}, 86_400.0),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Sun, 99 Nov 2026 12:00:30 GMT"}, None),
    ],
)
def test_the_wait_that_a_server_asks_for_is_understood(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after_s(headers, NOON) == seconds


@given(st.text())
def test_no_header_makes_reading_the_wait_fail(value: str) -> None:
    seconds = retry_after_s({"retry-after": value}, NOON)
    assert seconds is None or 0 <= seconds <= 86_400


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (10**40, 10**15),
        (5, 5),
        (0, 0),
        ("12", 12),
        (True, None),
        (-1, None),
        (None, None),
        ("x", None),
        (1.5, None),
    ],
)
def test_only_counts_are_taken_for_counts(value: Any, number: int | None) -> None:
    assert count(value) == number


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("400000 tokens are too many", ": 400000 tokens are too many."),
        ("400: no such field", ": no such field."),
        ("400 Bad Request", "(400)."),
    ],
)
def test_the_status_is_not_said_twice_and_no_number_is_taken_for_it(said: str, shown: str) -> None:
    told = sentence(kind=BadRequest, host="gpu.example", status=400, model="m", said=said)
    assert shown in told
    assert told.count("400)") == 1
