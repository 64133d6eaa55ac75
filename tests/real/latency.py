"""How long after the last key a real Neovim shows a suggestion, with a backend of 150 ms."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.endpoint import Endpoint
from tests.real.neovim import Neovim

BACKEND_S = 0.15
# Eight keys a second: a practised typist.
INTERVAL_S = 0.125
# What the last key is makes the difference: after a space people pause, so the server asks at once;
# within a word they go on, so it waits there until the typist has stopped, unless what was asked
# after the space foresaw the word.
PLACES = {
    "after a space": ("{name} = ", True),
    "within a word that was foreseen": ("{name} = accou", True),
    "within a word that was not foreseen": ("{name} = accou", False),
}
_NAME = "line_{:04}"
_WHOLE = "{name} = account.balance(day)"


@dataclass(frozen=True, slots=True)
class Figures:
    """Milliseconds from the last key to the suggestion, at one kind of place."""

    place: str
    milliseconds: Sequence[float]

    def __str__(self) -> str:
        worst = max(self.milliseconds)
        median = statistics.median(self.milliseconds)
        return f"{self.place}: median {median:.0f} ms, worst {worst:.0f} ms"


def last_key_to_ghost(
    editor: Neovim, directory: Path, endpoint: Endpoint, *, times: int
) -> list[Figures]:
    """Type lines that were never typed before, and time each one's suggestion."""
    figures = []
    for place, (beginning, foreseen) in PLACES.items():
        measured = []
        editor.leave()
        file = directory / f"{place.replace(' ', '_')}.py"
        file.write_text("")
        editor.edit(file)
        editor.keys("i")
        for number in range(times + 1):
            name = _NAME.format(number)
            whole, typed = _WHOLE.format(name=name), beginning.format(name=name)
            known_from = 1 if foreseen else len(typed)
            endpoint.intends(whole, delay_s=BACKEND_S, known_from=known_from)
            last_key = editor.type(typed, INTERVAL_S)
            editor.shown(whole.removeprefix(typed))
            measured.append((time.monotonic() - last_key) * 1000)
            editor.keys("<Tab>")
            editor.wait(lambda: editor.text.endswith(whole))  # noqa: B023  # waited for at once
            editor.keys("<CR>")
        # The first one opens the connection, and the server learns there that it is asked.
        figures.append(Figures(place, measured[1:]))
    return figures
