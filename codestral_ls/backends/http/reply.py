"""An answer that is read as a whole: anything but a completion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from codestral_ls.backends.base import ProtocolViolation
from codestral_ls.backends.http.response import JSON_TYPE

if TYPE_CHECKING:
    from codestral_ls.backends.http.client import HttpClient


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer read as a whole."""

    status: int
    body: Any
    """JSON, or a WebPage, or text, or None."""
    headers: Mapping[str, str]


async def ask(
    client: HttpClient, method: str, path: str, body: Mapping[str, Any] | None = None
) -> Reply:
    """Ask for anything but a completion. Raises BackendError where nothing answers."""
    async with client.request(method, path, body=body, accept=JSON_TYPE) as answer:
        if answer.status != 200 or answer.is_page:
            return Reply(answer.status, await answer.error_body(), answer.headers)
        try:
            return Reply(200, await answer.json(), answer.headers)
        except ProtocolViolation:
            return Reply(200, None, answer.headers)


def listed(body: object) -> list[dict[str, Any]]:
    """The entries of a list of models."""
    match body:
        case {"data": list() as models} | {"models": list() as models}:
            return [model for model in models if isinstance(model, dict)]
        case _:
            return []
