"""A refusal is read for the field that it is about, in whatever words."""

from __future__ import annotations

from typing import Any

import pytest

from codestral_ls.backends.refused_fields import is_about_unknown_fields, refused

SENT = ("prompt_cache_key", "stream_options", "stop", "suffix", "temperature", "stream")


def pydantic(*places: Any) -> dict[str, Any]:
    return {
        "detail": [
            {
                "type": "extra_forbidden",
                "loc": ["body", place],
                "msg": "Extra inputs are not permitted",
                "input": {"stop": ["x"], "temperature": 0},
            }
            for place in places
        ]
    }


REFUSALS: list[tuple[int, Any, set[str]]] = [
    # Mistral's own, FastAPI's, and vLLM's.
    (422, {"object": "error", "message": pydantic("prompt_cache_key")}, {"prompt_cache_key"}),
    (422, pydantic("prompt_cache_key", "stream_options"), {"prompt_cache_key", "stream_options"}),
    (400, {"error": {"message": "1 validation error:\n  ...", "param": "body.stop"}}, {"stop"}),
    (
        422,
        {"detail": "body.prompt_cache_key: Extra inputs are not permitted"},
        {"prompt_cache_key"},
    ),
    # OpenAI and Azure.
    (
        400,
        {"error": {"message": "Unrecognized request argument supplied: stream_options"}},
        {"stream_options"},
    ),
    (400, {"error": {"message": "Unknown parameter", "param": "suffix"}}, {"suffix"}),
    # LiteLLM.
    (
        400,
        "litellm.UnsupportedParamsError: together_ai does not support parameters: ['suffix'], for "
        "model=x. To drop these, set `litellm.drop_params=True`.",
        {"suffix"},
    ),
    # Go, serde, Jackson, JSON schema, Django.
    (400, 'json: unknown field "prompt_cache_key"', {"prompt_cache_key"}),
    (
        422,
        "Failed to deserialize the JSON body: unknown field `prompt_cache_key`, expected one of "
        "`model`, `prompt`, `suffix`, `stop`, `stream`",
        {"prompt_cache_key"},
    ),
    (
        400,
        'Unrecognized field "stream_options" (class Request), not marked as ignorable',
        {"stream_options"},
    ),
    (
        400,
        {"errors": [{"keyword": "additionalProperties", "params": {"additionalProperty": "stop"}}]},
        {"stop"},
    ),
    (400, {"instancePath": "/stop/0", "message": "must be string"}, {"stop"}),
    (400, {"prompt_cache_key": ["Unknown field."]}, {"prompt_cache_key"}),
    (400, {"message": "Supported parameters are: model, prompt, stop. Got suffix."}, set()),
    # llama-server before Docker's gateway, and others with a wrong status.
    (500, {"error": {"code": 500, "message": "Unsupported param: suffix"}}, {"suffix"}),
    (501, {"error": {"message": "suffix is not implemented"}}, {"suffix"}),
    (400, "suffix is not currently supported", {"suffix"}),
    (404, {"error": {"message": "This model does not support the suffix parameter"}}, {"suffix"}),
    (400, {"error": {"message": "temperature must be less than 1"}}, {"temperature"}),
    # What is about no field of the request.
    (400, {"message": "Prompt contains 9000 tokens, too large for model"}, set()),
    (401, {"message": "stop: unknown key"}, set()),
    (429, {"message": "stop sending, no stream is free"}, set()),
    (503, {"error": {"message": "Loading model"}}, set()),
    (
        400,
        {"detail": [{"loc": ["body", "model"], "msg": "Field required", "input": {"stop": 1}}]},
        set(),
    ),
    (400, None, set()),
    (200, {"error": "unknown field stop"}, set()),
]


@pytest.mark.parametrize(("status", "body", "named"), REFUSALS)
def test_a_refusal_names_its_field(status: int, body: Any, named: set[str]) -> None:
    assert refused(status, body, SENT) == named


def test_only_fields_that_were_sent_are_found() -> None:
    assert refused(422, pydantic("prompt_cache_key"), ("stop",)) == set()


def test_a_refusal_without_end_is_read_in_bounds() -> None:
    nested: Any = "unknown field stop"
    for _ in range(50):
        nested = {"detail": nested}
    assert refused(400, nested, SENT) == set()
    assert refused(400, {"detail": [["unknown field stop"] * 10**5] * 10}, SENT) == {"stop"}


@pytest.mark.parametrize(
    ("body", "is_about"),
    [
        ({"detail": "Extra inputs are not permitted"}, True),
        ({"message": "Unknown field in request"}, True),
        ("additional properties are not allowed", True),
        ({"message": "Invalid model: x"}, False),
        (None, False),
    ],
)
def test_a_refusal_of_some_unknown_field_is_told_from_others(body: Any, is_about: bool) -> None:
    assert is_about_unknown_fields(body) is is_about
