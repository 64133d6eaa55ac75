"""``codestral-ls.status`` and ``codestral-ls.explain``: how things stand, and what happened.

Models and servers name themselves and their errors, and a repository its files: all of that goes
through ``privacy.text``.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from codestral_ls import __version__
from codestral_ls.engine.history import Counters, Record
from codestral_ls.privacy.text import name, shown

if TYPE_CHECKING:
    # Types alone: the answer to initialize need not wait for the engine.
    from codestral_ls.engine.engine import Engine
    from codestral_ls.engine.throttle import Pause
    from codestral_ls.session.choice import Choice


def status_of(
    engine: Engine | None, choice: Choice, *, enabled: bool, today: str = ""
) -> dict[str, object]:
    """The status object; field names as in LSP. ``engine`` is None until something was asked,
    ``today`` is what was counted today, in a line."""
    upstream = engine.status() if engine else None
    error = upstream.last_error if upstream else None
    counters = engine.counters if engine else Counters()
    host, until = choice.host, None
    state = "ready"
    if upstream is not None:
        if not upstream.host.startswith(host):
            host = upstream.host  # a key that the one host refused was accepted by the other
        if upstream.loading:
            state = "loading"
        elif upstream.pause is not None and upstream.pause.state != "loading":
            state, until = upstream.pause.state, _wall_time(upstream.pause)
        elif upstream.busy:
            state = "busy"
    if not enabled:
        state, until = "disabled", None
    return {
        "version": __version__,
        "state": state,
        "until": until,
        "provider": upstream.provider if upstream else choice.provider,
        "host": name(host),
        "model": name((upstream.model if upstream else "") or choice.model),
        "fallback": bool(upstream and upstream.has_fallback and state != "ready"),
        "lastError": error
        and {
            "kind": error[0].kind,
            "message": shown(str(error[0])),
            "at": error[1].isoformat(timespec="seconds"),
        },
        "counters": counters.as_json(),
        "today": today,
    }


def record_of(record: Record) -> dict[str, object]:
    """One of the outcomes that ``codestral-ls.explain`` answers."""
    snippets = [{"file": name(file), "why": shown(why)} for file, why in record.snippets]
    return {**record.as_json(), "reason": shown(record.reason), "snippets": snippets}


def _wall_time(pause: Pause) -> str:
    left_s = pause.until - asyncio.get_running_loop().time()
    return (datetime.now(UTC) + timedelta(seconds=left_s)).isoformat(timespec="seconds")
