"""The settings in effect and where each was set, safe to show to anyone.

Reports are pasted into bug trackers. So values that may contain a secret are shown in outline, and
whatever looks like a secret is masked in all others.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from codestral_ls.commands.doctor.proxy import without_password
from codestral_ls.config import Level, Origin, Resolved, Settings, Spec, specs
from codestral_ls.privacy import secrets
from codestral_ls.privacy.text import name, one_line

_SHOWN_CHARS = 200
# These may contain secrets, whatever they look like.
_SECRET = frozenset(entry.name for entry in dataclasses.fields(Settings) if not entry.repr)


@dataclass(frozen=True, slots=True)
class Effective:
    """One setting in effect."""

    name: str
    value: str
    origin: str
    is_set: bool


def effective(resolved: Resolved) -> list[Effective]:
    """All settings, in the order of their definition."""
    return [
        Effective(
            spec.name,
            _shown(spec, getattr(resolved.settings, spec.name)),
            _origin(spec, resolved.origins[spec.name]) + _lock(spec, resolved),
            resolved.origins[spec.name].level is not Level.DEFAULT,
        )
        for spec in specs().values()
    ]


def _origin(spec: Spec, origin: Origin) -> str:
    match origin.level:
        case Level.ENVIRONMENT:
            return spec.env
        case Level.COMMAND_LINE:
            return spec.flag
        case _:
            return name(origin.name)


def _lock(spec: Spec, resolved: Resolved) -> str:
    lock = resolved.locked.get(spec.name)
    return f" (locked by {name(lock.name)})" if lock else ""


def _shown(spec: Spec, value: object) -> str:
    if value is None:
        # For these the definition's words say more than "none".
        return spec.default_text.replace("`", "")
    match spec.name, value:
        case "headers", tuple():
            return _outline(value)
        case "proxy", str():
            return json.dumps(without_password(value))
        case "api_key_command", str():
            # Its arguments may name a vault, or hold the key itself.
            return json.dumps(" ".join([*value.split()[:1], "…"]), ensure_ascii=False)
        case "endpoint", str():
            return json.dumps(_without_query(value), ensure_ascii=False)
        case setting, _ if setting in _SECRET:
            return "(hidden)"
    return one_line(json.dumps(_masked(value), ensure_ascii=False), _SHOWN_CHARS)


def _without_query(endpoint: str) -> str:
    """An endpoint without what may be a key: a login, a query, a fragment."""
    address, *rest = re.split(r"[?#]", endpoint, maxsplit=1)
    shown = without_password(address) if "@" in address else one_line(secrets.mask(address))
    return f"{shown}?…" if rest else shown


def _masked(value: object) -> object:
    """A key in the wrong place is still a key."""
    if isinstance(value, tuple):
        return [_masked(item) for item in value]
    return secrets.mask(value) if isinstance(value, str) else value


def _outline(headers: Iterable[tuple[str, str]]) -> str:
    names: Mapping[str, str] = {name: "(hidden)" for name, _ in headers}
    return json.dumps(names, ensure_ascii=False)
