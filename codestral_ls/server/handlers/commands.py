"""``workspace/executeCommand``: what a user or an editor plugin may ask of the server."""

from __future__ import annotations

from typing import Any

from codestral_ls.server.language_server import CodestralServer


def register_commands(server: CodestralServer) -> None:
    """Register them all; whatever arguments come, none fails."""

    @server.command("codestral-ls.didAccept")
    async def did_accept(*arguments: Any) -> None:
        engine = server.session.engine
        if engine is not None and arguments and isinstance(arguments[0], str):
            engine.accepted(arguments[0])

    @server.command("codestral-ls.toggle")
    async def toggle(*_: Any) -> dict[str, bool]:
        enabled = server.session.toggle()
        server.send_status()
        return {"enabled": enabled}

    @server.command("codestral-ls.clearCache")
    async def clear_cache(*_: Any) -> None:
        if server.session.engine is not None:
            server.session.engine.clear()

    @server.command("codestral-ls.status")
    async def status(*_: Any) -> dict[str, object]:
        return server.session.status()

    @server.command("codestral-ls.explain")
    async def explain(*arguments: Any) -> list[dict[str, object]]:
        uri = arguments[0] if arguments and isinstance(arguments[0], str) else None
        engine = server.session.engine
        return [record.as_json() for record in engine.explain(uri)] if engine else []
