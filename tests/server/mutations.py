"""Messages as a client with a defect sends them: one place broken or dropped at a time."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

Path = tuple[str | int, ...]

DROPPED = object()
ODD_VALUES: tuple[Any, ...] = (
    DROPPED,
    None,
    True,
    0,
    -1,
    7,
    2.5,
    2**31,
    2**70,
    1e308,
    "",
    "odd",
    "file://[",
    "file:///a%00b",
    "\ud800",
    "../../..",
    [],
    [None],
    [[[]]],
    {},
    {"odd": 1},
    {"jsonrpc": "2.0", "id": 1, "method": "exit"},
)


def places(value: object, at: Path = ()) -> Iterator[Path]:
    """Every place within a JSON value, the outermost first."""
    pairs: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list):
        pairs = list(enumerate(value))
    for key, inner in pairs:
        yield (*at, key)
        yield from places(inner, (*at, key))


def broken(value: Any, at: Path, odd: object) -> Any:
    """A copy with something else at a place, or with nothing there; it shares all other places."""
    changed = target = copy.copy(value)
    *above, last = at
    for key in above:
        target[key] = copy.copy(target[key])
        target = target[key]
    if odd is DROPPED:
        del target[last]
    else:
        target[last] = copy.deepcopy(odd)
    return changed


def any_broken(value: Any, chance: random.Random) -> Any:
    """A copy with one to three places broken by chance."""
    for _ in range(chance.randint(1, 3)):
        found = list(places(value))
        if found:
            value = broken(value, chance.choice(found), chance.choice(ODD_VALUES))
    return value
