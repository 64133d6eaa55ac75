"""One value of a setting: from JSON, TOML or text to its type, or a readable error."""

from __future__ import annotations

import json
import math
import re
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import cattrs

from codestral_ls.config.settings import Headers, Spec

# No number of ours is longer, and Python refuses to convert more than 4,300 digits.
_MAX_DIGITS = 18
# No name of a setting or of one of its values is longer; comparing costs the square of the length.
_MAX_COMPARED_CHARS = 40


class BadValue(ValueError):
    """The value does not fit; the message says what would. It never quotes the value itself,
    which may be a key that landed in the wrong place."""

    def __init__(self, message: str, usable: Any = None) -> None:
        super().__init__(message)
        self.usable = usable
        """The part of the value that can be used; None if nothing can."""


def structure(spec: Spec, value: object) -> Any:
    """The value as the setting's type. Raises BadValue."""
    result = _CONVERTER.structure(value, spec.type)
    if isinstance(result, int | float) and not isinstance(result, bool):
        if spec.minimum is not None and result < spec.minimum:
            raise BadValue(f"must be at least {spec.minimum:g}")
        if spec.maximum is not None and result > spec.maximum:
            raise BadValue(f"must be at most {spec.maximum:.10g}")
    return result


def from_text(spec: Spec, text: str) -> object:
    """What a flag or an environment variable means, in the shape TOML would have given it."""
    kinds = _members(spec.type)
    stripped = text.strip()
    if bool in kinds and stripped.lower() in _TRUTH:
        return _TRUTH[stripped.lower()]
    if (int in kinds or float in kinds) and (number := _number(stripped)) is not None:
        return number
    for kind in kinds:
        if _is_headers(kind):
            return _mapping(text)
        if typing.get_origin(kind) is tuple:
            return [part.strip() for part in text.split(",") if part.strip()]
    return text


def whole_number(digits: str) -> int:
    """An integer of any length; one too long for any setting is the largest of 18 digits."""
    sign = -1 if digits.startswith("-") else 1
    if len(digits) <= _MAX_DIGITS:
        return int(digits)
    significant = digits.lstrip("+-").replace("_", "").lstrip("0")
    if len(significant) <= _MAX_DIGITS:
        return sign * int(significant or "0")
    return sign * int("9" * _MAX_DIGITS)


def nearest(word: str, known: Sequence[str]) -> str | None:
    """The known word that is closest to a misspelt one."""
    if len(word) > _MAX_COMPARED_CHARS:
        return None
    import difflib  # only needed after a mistake, so it is not loaded at the start

    return next(iter(difflib.get_close_matches(word, known, n=1)), None)


def schema(spec: Spec) -> dict[str, object]:
    """JSON Schema of the value."""
    shapes = [_shape(kind, spec) for kind in _members(spec.type) if kind is not type(None)]
    return shapes[0] if len(shapes) == 1 else {"anyOf": shapes}


def _members(kind: Any) -> tuple[Any, ...]:
    if typing.get_origin(kind) in (types.UnionType, typing.Union):
        return typing.get_args(kind)
    return (kind,)


def _shape(kind: Any, spec: Spec) -> dict[str, object]:
    if typing.get_origin(kind) is Literal:
        return {"type": "string", "enum": list(typing.get_args(kind))}
    if _is_headers(kind):
        return {"type": "object", "additionalProperties": {"type": "string"}}
    if typing.get_origin(kind) is tuple:
        return {"type": "array", "items": {"type": "string"}, "uniqueItems": True}
    if kind in (int, float):
        bounds = {"minimum": spec.minimum, "maximum": spec.maximum}
        name = "integer" if kind is int else "number"
        return {"type": name, **{key: bound for key, bound in bounds.items() if bound is not None}}
    return {"type": {bool: "boolean", str: "string"}[kind]}


_TRUTH = {
    "1": True, "true": True, "yes": True, "on": True,
    "0": False, "false": False, "no": False, "off": False,
}  # fmt: skip


_DIGITS = re.compile(r"[+-]?[0-9]+(?:_[0-9]+)*")


def _number(text: str) -> int | float | None:
    if _DIGITS.fullmatch(text):
        return whole_number(text)
    try:
        return float(text)
    except ValueError:
        return None


def _mapping(text: str) -> object:
    """``{"Name": "value"}`` as JSON, or ``Name=value,Other=value``."""
    if text.lstrip().startswith("{"):
        try:
            return json.loads(text, parse_int=whole_number)
        except (ValueError, RecursionError):
            return text
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    return {key.strip(): value.strip() for key, _, value in pairs}


def _bool(value: object, _: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise BadValue("must be true or false")


def _int(value: object, _: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadValue("must be a whole number")
    return value


def _float(value: object, _: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadValue("must be a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise BadValue("must be a number")
    return number


def _str(value: object, _: Any) -> str:
    if not isinstance(value, str):
        raise BadValue("must be a string")
    if any(ord(character) < 32 for character in value):
        raise BadValue("must not contain control characters")
    if not _is_text(value):
        raise BadValue("must be Unicode text")
    return value.strip()


def _is_text(value: str) -> bool:
    """It has no half of a surrogate pair. Bytes of a path that are not UTF-8 are fine."""
    try:
        value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


def _literal(value: object, kind: Any) -> Any:
    allowed = typing.get_args(kind)
    if isinstance(value, str) and value in allowed:
        return value
    choices = ", ".join(allowed)
    near = nearest(value, allowed) if isinstance(value, str) else None
    hint = f"; did you mean {near}?" if near else ""
    raise BadValue(f"must be one of {choices}{hint}" if len(allowed) > 1 else f"must be {choices}")


def _union(value: object, kind: Any) -> Any:
    """The first member that fits; else one sentence that names them all."""
    if value is None:
        return None
    wants = []
    for member in _members(kind):
        if member is type(None):
            continue
        try:
            return _CONVERTER.structure(value, member)
        except BadValue as error:
            wants.append(str(error).removeprefix("must be "))
    raise BadValue("must be " + " or ".join(wants))


def _texts(value: object, _: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise BadValue("must be a list of strings")
    usable: dict[str, None] = {}
    complaint = ""
    for item in value:
        try:
            if not isinstance(item, str):
                raise BadValue("must be a list of strings")
            usable[_str(item, str)] = None
        except BadValue as error:
            complaint = complaint or str(error)
    if complaint:
        # One bad glob must not let out what the others keep in.
        raise BadValue(complaint, tuple(usable))
    return tuple(usable)


def _headers(value: object, _: Any) -> Headers:
    if not isinstance(value, Mapping) or not all(
        isinstance(key, str) and isinstance(item, str) for key, item in value.items()
    ):
        raise BadValue("must be a table of strings")
    return tuple((_str(name, str), _str(item, str)) for name, item in value.items())


def _is_union(kind: Any) -> bool:
    return typing.get_origin(kind) in (types.UnionType, typing.Union)


def _is_literal(kind: Any) -> bool:
    return bool(typing.get_origin(kind) is Literal)


def _is_tuple(kind: Any) -> bool:
    return bool(typing.get_origin(kind) is tuple)


def _is_headers(kind: Any) -> bool:
    return bool(kind == Headers)


_CONVERTER = cattrs.Converter(detailed_validation=False)
_CONVERTER.register_structure_hook(bool, _bool)
_CONVERTER.register_structure_hook(int, _int)
_CONVERTER.register_structure_hook(float, _float)
_CONVERTER.register_structure_hook(str, _str)
_CONVERTER.register_structure_hook_func(_is_tuple, _texts)
_CONVERTER.register_structure_hook_func(_is_headers, _headers)
_CONVERTER.register_structure_hook_func(_is_literal, _literal)
_CONVERTER.register_structure_hook_func(_is_union, _union)
