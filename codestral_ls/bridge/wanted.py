"""What a request's body asks for: the document, and how the answer is wanted.

Fields that say how to sample are read by nobody: the user's settings say that, as for every editor.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from codestral_ls.bridge.raw_prompts import AmbiguousPrompt, NoRawPrompt, RawPrompt, take_apart


@dataclass(frozen=True, slots=True)
class ClientPassage:
    """Text of a file that the client thinks is of use."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class WantedCompletion:
    """A completion that a client wants."""

    before: str
    after: str
    name: str = ""
    """Of the document's file, where the client says it."""
    passages: tuple[ClientPassage, ...] = ()
    max_tokens: int | None = None
    """At most so many; 0 asks for nothing, but for the server to be ready."""
    stops: tuple[str, ...] = ()
    """The answer ends before the first of these."""
    is_ambiguous: bool = False
    """The cursor's place in a raw prompt is not certain."""
    streams: bool = False
    """The answer is wanted as events."""
    fields: tuple[str, ...] = ()
    """Of the answer, which is wanted whole where none is named; ``a/b`` is b within a."""


class UnusableBody(Exception):
    """Why a body cannot be answered, in a sentence that says what to send."""


# More than any client has: llama.vim sends 16.
_MAX_PASSAGES = 256
_HOW_TO_ASK = (
    "send the text before the cursor as prompt and the text after it as suffix, or a prompt in the "
    "layout of a model, such as [SUFFIX]…[PREFIX]…"
)


def of_completions(body: bytes) -> WantedCompletion:
    """What ``POST /v1/completions`` asks for. Raises UnusableBody."""
    fields = _fields(body)
    prompt = _prompt(fields.get("prompt"))
    suffix = _text(fields, "suffix", None)
    max_tokens = _count(fields, "max_tokens")
    is_ambiguous = False
    parts = RawPrompt("", "")
    if suffix is not None:
        parts = RawPrompt(prompt, suffix)
    elif max_tokens != 0:
        try:
            parts = take_apart(prompt)
        except NoRawPrompt:
            message = f"The prompt has no place for the cursor: {_HOW_TO_ASK}."
            raise UnusableBody(message) from None
        except AmbiguousPrompt:
            is_ambiguous = True
    return WantedCompletion(
        parts.before,
        parts.after,
        name=_text(fields, "filename", "") or parts.name,
        max_tokens=max_tokens,
        is_ambiguous=is_ambiguous,
        stops=_texts(fields, "stop"),
        streams=_is_on(fields, "stream"),
    )


def of_infill(body: bytes) -> WantedCompletion:
    """What llama.cpp's ``POST /infill`` asks for. Raises UnusableBody."""
    fields = _fields(body)
    prefix, suffix = _text(fields, "input_prefix", None), _text(fields, "input_suffix", None)
    if prefix is None or suffix is None:
        raise UnusableBody("input_prefix and input_suffix are needed, the text round the cursor.")
    # It follows the model's last control string: the start of the cursor's line.
    prompt = _prompt(fields.get("prompt", ""))
    return WantedCompletion(
        prefix + prompt,
        suffix,
        name=_text(fields, "filename", "") or "",
        passages=_passages(fields),
        max_tokens=_count(fields, "n_predict"),
        stops=_texts(fields, "stop"),
        streams=_is_on(fields, "stream"),
        fields=_texts(fields, "response_fields"),
    )


def _fields(body: bytes) -> Mapping[str, object]:
    try:
        # A depth or a number that Python does not take is no JSON of an editor.
        value = json.loads(body.decode("utf-8"))
    except UnicodeDecodeError:
        raise UnusableBody("The body is not UTF-8: send JSON in UTF-8.") from None
    except (ValueError, RecursionError):
        raise UnusableBody("The body is not JSON: send a JSON object.") from None
    if not isinstance(value, dict):
        raise UnusableBody("The body is not a JSON object.")
    return value


def _prompt(value: object) -> str:
    """A prompt, which may be alone in an array."""
    if isinstance(value, list) and len(value) == 1:
        (value,) = value
    if not isinstance(value, str):
        raise UnusableBody("prompt must be one string; token ids are another model's.")
    return value


def _text(fields: Mapping[str, object], name: str, default: str | None) -> str | None:
    value = fields.get(name)
    if value is None:
        return default
    if not isinstance(value, str):
        raise UnusableBody(f"{name} must be a string.")
    return value


def _count(fields: Mapping[str, object], name: str) -> int | None:
    """A number of tokens; None where there is none, or -1, which means no limit."""
    value = fields.get(name)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value < 0):
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise UnusableBody(f"{name} must be a whole number.")
    return value


def _is_on(fields: Mapping[str, object], name: str) -> bool:
    value = fields.get(name)
    if value is None or isinstance(value, bool):
        return bool(value)
    raise UnusableBody(f"{name} must be true or false.")


def _texts(fields: Mapping[str, object], name: str) -> tuple[str, ...]:
    """Strings in an array, or one alone; empty ones say nothing."""
    value = fields.get(name)
    texts = [value] if isinstance(value, str) else value
    if texts is None:
        return ()
    if not isinstance(texts, list):
        raise UnusableBody(f"{name} must be an array of strings.")
    found = [text for text in texts if isinstance(text, str) and text]
    if len(found) < sum(text != "" for text in texts):
        raise UnusableBody(f"{name} must be an array of strings.")
    return tuple(found)


def _passages(fields: Mapping[str, object]) -> tuple[ClientPassage, ...]:
    value = fields.get("input_extra")
    if value is None:
        return ()
    if not isinstance(value, list):
        raise UnusableBody("input_extra must be an array of objects.")
    found = []
    for each in value[:_MAX_PASSAGES]:
        if not isinstance(each, dict):
            raise UnusableBody("input_extra must be an array of objects.")
        found.append(
            ClientPassage(_text(each, "filename", "") or "", _text(each, "text", "") or "")
        )
    return tuple(found)
