"""``codestral-ls.status``: how things stand, for people and editors' status bars."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from codestral_ls import __version__
from codestral_ls.engine.history import Counters

if TYPE_CHECKING:
    from codestral_ls.engine.engine import Engine
    from codestral_ls.session.choice import Choice


def status_of(engine: Engine | None, choice: Choice, *, enabled: bool) -> dict[str, object]:
    """The status object; field names as in LSP. ``engine`` is None until something was asked."""
    dispatcher = engine.dispatcher if engine else None
    error = dispatcher.last_error if dispatcher else None
    counters = engine.journal.counters if engine else Counters()
    state, until = _state(engine, enabled=enabled)
    host = choice.host
    if dispatcher is not None and not dispatcher.backend.host.startswith(host):
        host = dispatcher.backend.host  # a key that the one host refused was taken by the other
    return {
        "version": __version__,
        "state": state,
        "until": until,
        "provider": dispatcher.backend.name if dispatcher else choice.provider,
        "host": host,
        "model": (dispatcher.backend.model if dispatcher else "") or choice.model,
        "fallback": bool(dispatcher and dispatcher.fallback and state != "ready"),
        "lastError": error
        and {
            "kind": error[0].kind,
            "message": str(error[0]),
            "at": error[1].isoformat(timespec="seconds"),
        },
        "counters": counters.as_json(),
    }


def _state(engine: Engine | None, *, enabled: bool) -> tuple[str, str | None]:
    """One word for how it goes, and until when that is known to last."""
    if not enabled:
        return "disabled", None
    if engine is None:
        return "ready", None
    now = asyncio.get_running_loop().time()
    quiet = engine.dispatcher.manners.current(now)
    if quiet is not None:
        until = datetime.now(UTC) + timedelta(seconds=quiet.until - now)
        return quiet.state, until.isoformat(timespec="seconds")
    return ("busy" if engine.dispatcher.busy else "ready"), None
