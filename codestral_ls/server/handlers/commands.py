"""``workspace/executeCommand``: what a user or an editor plugin may ask of the server.

Clients send any arguments they like; none makes a command fail.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from lsprotocol import types

from codestral_ls.engine.history import Record
from codestral_ls.model import Timings
from codestral_ls.server import snapshots
from codestral_ls.server.documents import opened
from codestral_ls.server.language_server import CodestralServer

# Editors show what they know by then.
_STARTED_WITHIN_S = 1.0
_OUT_OF_SYNC = (
    "An edit of this document could not be read, so its text is not known. "
    "Close the document and open it again."
)


async def did_accept(server: CodestralServer, *arguments: Any) -> None:
    """A suggestion was accepted; the argument is its id."""
    engine = server.session.engine
    if engine is not None and arguments and isinstance(arguments[0], str):
        engine.accepted(arguments[0])


async def toggle(server: CodestralServer, *_: Any) -> dict[str, bool]:
    """Switch automatic suggestions off or on."""
    enabled = server.session.toggle()
    server.send_status()
    return {"enabled": enabled}


async def clear_cache(server: CodestralServer, *_: Any) -> None:
    """Forget all answers."""
    if server.session.engine is not None:
        server.session.engine.clear()


async def status(server: CodestralServer, *_: Any) -> dict[str, object]:
    """How things stand."""
    await server.session.refresh()
    await _started(server)
    return server.session.status()


async def _started(server: CodestralServer) -> None:
    """Wait, though not for long, until it is known who completes."""
    if server.session.has_chosen or not server.configured.is_set():
        return
    choosing = asyncio.ensure_future(server.session.ready_target())
    # Not cancelled: a command that asks the user for the key would be run twice.
    await asyncio.wait({choosing}, timeout=_STARTED_WITHIN_S)


async def explain(server: CodestralServer, *arguments: Any) -> list[dict[str, object]]:
    """What became of the last requests; the argument is a document, else the one asked in last."""
    uri = arguments[0] if arguments and isinstance(arguments[0], str) else None
    past = server.session.explain(uri)
    unknown = _out_of_sync(server, uri)
    return past if unknown is None else [unknown.as_json(), *past]


async def why(server: CodestralServer, *arguments: Any) -> dict[str, object]:
    """Why there is no suggestion; the arguments are a document and a position in it, else those
    asked about last."""
    uri, position = _place(server, arguments)
    if (unknown := _out_of_sync(server, uri)) is not None:
        return server.session.why(None, uri) | {"answer": unknown.reason, "remedies": []}
    here = snapshots.at_position(server.workspace, uri, position) if uri and position else None
    await server.session.refresh()
    return server.session.why(here, uri)


def _place(
    server: CodestralServer, arguments: Sequence[Any]
) -> tuple[str | None, types.Position | None]:
    match arguments:
        case [str() as uri, {"line": int() as line, "character": int() as character}, *_]:
            # Nobody has longer lines, and negative numbers are no places.
            clamped = (min(max(number, 0), 2**31 - 1) for number in (line, character))
            return uri, types.Position(*clamped)
        case [str() as uri, *_]:
            asked = server.last_request
            return uri, asked[1] if asked and asked[0] == uri else None
    return server.last_request or (None, None)


async def check_key(server: CodestralServer, *arguments: Any) -> dict[str, str]:
    """Whether a host accepts a key that was typed; the argument is ``{key, host?}``."""
    match arguments:
        case [{"key": str() as secret, **more}, *_]:
            host = more.get("host")
            checked = await server.session.check_key(
                secret.strip(), host if isinstance(host, str) else ""
            )
            return {"outcome": checked.outcome, "message": checked.message}
    return {"outcome": "refused", "message": "No key was given."}


def _out_of_sync(server: CodestralServer, uri: str | None) -> Record | None:
    """Why nothing is asked in a document whose text is not known; None if it is known."""
    asked, position = server.last_request or (None, types.Position(0, 0))
    uri = uri or asked
    document = opened(server.workspace, uri) if uri else None
    if document is None or not document.out_of_sync:
        return None
    line, column = document.locate(position) if uri == asked else (0, 0)
    now = datetime.now(UTC)
    return Record(now, document.uri, line, column, "nothing", _OUT_OF_SYNC, None, Timings())
