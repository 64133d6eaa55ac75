"""What answers say beside the text, and what refusals name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from codestral_ls.backends.base import Finish
from codestral_ls.backends.http.refusals import count, error_text
from codestral_ls.model import Usage


class Reading:
    """What the events of one answer have said beside the text."""

    def __init__(self) -> None:
        self.finish: Finish | None = None
        self.usage: Usage | None = None
        self.model: str | None = None


def status_within(body: Mapping[str, Any]) -> int:
    """The status that an error within a stream names; 200 if it names none."""
    match body:
        case {"error": {"code": int() as status}} if 400 <= status < 600:
            return status
        case _:
            return 200


def usage_of(prompt: object, completion: object, cached: object = None) -> Usage:
    """Token counts as a server sends them, whatever is missing."""
    return Usage(count(prompt) or 0, count(completion) or 0, count(cached) or 0)


def mentions(body: object, name: str) -> bool:
    """Whether a refusal is about a field of the request."""
    match body:
        case {"error": {"param": str() as param}} | {"param": str() as param} if param:
            return name in param.split(".")
    return name in error_text(body).lower()
