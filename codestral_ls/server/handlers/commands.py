"""``workspace/executeCommand``: what a user or an editor plugin may ask of the server.

Clients send any arguments they like; none makes a command fail.
"""

from __future__ import annotations

from typing import Any

from codestral_ls.server.language_server import CodestralServer


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
    return server.session.status()


async def explain(server: CodestralServer, *arguments: Any) -> list[dict[str, object]]:
    """What became of the last requests; the argument is a document, else the one asked in last."""
    uri = arguments[0] if arguments and isinstance(arguments[0], str) else None
    return server.session.explain(uri)
