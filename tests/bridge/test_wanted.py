"""What bodies ask for, and what is said of those that ask for nothing."""

from __future__ import annotations

import json

import pytest

from codestral_ls.bridge.wanted import (
    ClientPassage,
    UnusableBody,
    WantedCompletion,
    of_completions,
    of_infill,
)


def body(**fields: object) -> bytes:
    return json.dumps(fields).encode()


INFILL: dict[str, object] = {"input_prefix": "a\n", "input_suffix": "\nb", "prompt": "  x"}


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"prompt": "a", "suffix": "b"}, WantedCompletion("a", "b")),
        ({"prompt": ["a"], "suffix": ""}, WantedCompletion("a", "")),
        ({"prompt": "[SUFFIX]b[PREFIX]a"}, WantedCompletion("a", "b")),
        ({"prompt": "[SUFFIX]b[PREFIX]a", "suffix": None}, WantedCompletion("a", "b")),
        (
            {"prompt": "[SUFFIX]b[PREFIX]a", "suffix": "c"},
            WantedCompletion("[SUFFIX]b[PREFIX]a", "c"),
        ),
        ({"prompt": "warm", "max_tokens": 0}, WantedCompletion("", "", max_tokens=0)),
        (
            {"prompt": "a", "suffix": "", "max_tokens": 9, "stop": ["", "x"], "stream": True},
            WantedCompletion("a", "", max_tokens=9, stops=("x",), streams=True),
        ),
        (
            {"prompt": "a", "suffix": "", "stop": "x", "filename": "f.py", "n": 3, "top_p": [1]},
            WantedCompletion("a", "", stops=("x",), name="f.py"),
        ),
        ({"prompt": "a", "suffix": "", "max_tokens": None}, WantedCompletion("a", "")),
    ],
)
def test_completions_with_a_suffix_and_raw(
    fields: dict[str, object], wanted: WantedCompletion
) -> None:
    assert of_completions(body(**fields)) == wanted


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, WantedCompletion("a\n  x", "\nb")),
        ({"prompt": None}, None),
        ({"n_predict": -1, "stop": None}, WantedCompletion("a\n  x", "\nb")),
        ({"n_predict": 16.0}, WantedCompletion("a\n  x", "\nb", max_tokens=16)),
        (
            {"input_extra": [{"filename": "f.py", "text": "t", "time": [1, 2]}, {}]},
            WantedCompletion(
                "a\n  x", "\nb", passages=(ClientPassage("f.py", "t"), ClientPassage("", ""))
            ),
        ),
        (
            {"response_fields": ["content", "timings/prompt_n"]},
            WantedCompletion("a\n  x", "\nb", fields=("content", "timings/prompt_n")),
        ),
    ],
)
def test_infill(fields: dict[str, object], wanted: WantedCompletion | None) -> None:
    if wanted is None:
        with pytest.raises(UnusableBody):
            of_infill(body(**{**INFILL, **fields}))
    else:
        assert of_infill(body(**{**INFILL, **fields})) == wanted


def test_infill_does_without_the_start_of_the_line() -> None:
    assert of_infill(body(input_prefix="a", input_suffix="")) == WantedCompletion("a", "")


NOT_JSON = [
    b"", b"{", b"[]", b"null", b"1", b'"x"', b"\xff{}", b'{"a": 1}x', b"[" * 100_000,
    b'{"prompt": ' + b"9" * 5000 + b"}", '{"prompt": "é"}'.encode("latin-1"), b"\xef\xbb\xbf{}",
    '{"prompt": "a"}'.encode("utf-16"),
]  # fmt: skip


@pytest.mark.parametrize("data", NOT_JSON, ids=range(len(NOT_JSON)))
def test_no_json_object_gets_a_sentence(data: bytes) -> None:
    for read in (of_completions, of_infill):
        with pytest.raises(UnusableBody, match=r"body|prompt|input_prefix"):
            read(data)


@pytest.mark.parametrize(
    "fields",
    [
        {}, {"suffix": "b"}, {"prompt": "a"}, {"prompt": [1, 2], "suffix": ""},
        {"prompt": ["a", "b"], "suffix": ""}, {"prompt": {}, "suffix": ""},
        {"prompt": "a", "suffix": 1}, {"prompt": "a", "suffix": "", "max_tokens": "9"},
        {"prompt": "a", "suffix": "", "max_tokens": True},
        {"prompt": "a", "suffix": "", "max_tokens": 1.5},
        {"prompt": "a", "suffix": "", "stream": "yes"},
        {"prompt": "a", "suffix": "", "stop": 1}, {"prompt": "a", "suffix": "", "stop": [1]},
        {"prompt": "a", "suffix": "", "filename": 1},
    ],
)  # fmt: skip
def test_unusable_fields_of_completions_get_a_sentence(fields: dict[str, object]) -> None:
    with pytest.raises(UnusableBody):
        of_completions(body(**fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"input_prefix": None}, {"input_suffix": None}, {"input_prefix": 1}, {"prompt": [1]},
        {"input_extra": {}}, {"input_extra": ["x"]}, {"input_extra": [{"text": 1}]},
        {"n_predict": "9"}, {"response_fields": [1]},
    ],
)  # fmt: skip
def test_unusable_fields_of_infill_get_a_sentence(fields: dict[str, object]) -> None:
    with pytest.raises(UnusableBody):
        of_infill(body(**{**INFILL, **fields}))


# What fields may hold, right and wrong.
VALUES: tuple[object, ...] = (
    None, True, 0, -1, 7, 1.5, "", "x", "[SUFFIX]b[PREFIX]a", [], ["x"], [1], [["x"]], {},
    {"text": "x"},    [{"filename": "a.py", "text": "b"}], [{"filename": 1}], [None],
)  # fmt: skip
FIELDS = (
    "prompt", "suffix", "max_tokens", "stop", "stream", "filename", "input_prefix", "input_suffix",
    "input_extra", "n_predict", "response_fields",
)  # fmt: skip


@pytest.mark.parametrize("name", FIELDS)
def test_whatever_a_field_holds_it_is_read_or_refused_with_a_sentence(name: str) -> None:
    whole: dict[str, object] = {**INFILL, "suffix": "b"}
    for value in VALUES:
        for read in (of_completions, of_infill):
            try:
                assert isinstance(read(body(**{**whole, name: value})), WantedCompletion)
            except UnusableBody as error:
                sentence = str(error)
            else:
                continue
            assert sentence.endswith(".")
            assert name in sentence or name == "input_extra"
