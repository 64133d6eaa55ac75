"""What the server makes of a small real model's answers at random places of real packages.

    python -m tests.benchmarks.real_model --record [--places N] [--threads N]
    python -m tests.benchmarks.real_model [--editor vscode|neovim] [--explicit] [--show broken]

``--record`` fetches the model and its server, asks at each place that has no answer yet, and keeps
answers and places outside the checkout; it may be interrupted. Without it the answers are replayed:
each place is opened in the real server over stdio, the fake endpoint gives the answer that was
recorded, and what is shown is inserted. ``raw`` inserts all the model said, ``first line`` that
alone.

``broken``: of the suggestions, those after which the file has more syntax errors than without, by
its tree; a head at the end that opens a block is no error. ``repeats``: those that say again what
stands below or right of the cursor. ``begins``: those whose first 8 characters, or whole first
line, are what stood there. ``kept``: of the answers that begin so, those of which
anything is shown.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks import small_model
from tests.benchmarks.packages import PACKAGES, Unavailable
from tests.benchmarks.remote import CLIENTS
from tests.benchmarks.small_model import Answer, Place
from tests.benchmarks.trees import breaks
from tests.fakes.behaviour import Behaviour
from tests.fakes.endpoint import Endpoint
from tests.real import launch
from tests.server.raw import RawClient, clean_environment

_MIN_BEGINNING = 8
# Shorter lines, a closing bracket for one, stand in every file many times.
_MIN_REPEATED = 4
# `TriggerKind` of the inline completion request.
_INVOKED, _AUTOMATIC = 1, 2


@dataclass(frozen=True, slots=True)
class Inserted:
    """A text at a place, and what then stands on both sides of it."""

    before: str
    text: str
    after: str


class Replay:
    """The real server with a document for each place, backed by what is recorded."""

    def __init__(self, client: RawClient, endpoint: Endpoint, *, explicit: bool) -> None:
        self._client = client
        self._endpoint = endpoint
        self._kind = _INVOKED if explicit else _AUTOMATIC
        self._n_opened = 0

    def shown(self, place: Place, answer: Answer) -> Inserted | None:
        """What the editor would show, inserted; None if nothing."""
        self._endpoint.fake.default = Behaviour(text=answer.text, finish=answer.finish)
        self._n_opened += 1
        ending = PACKAGES[place.file.language_id][0]
        uri = f"file:///replay/place{self._n_opened}{ending}"
        text = place.before + place.after
        self._client.open(uri, text, place.file.language_id)
        line, character = _position(place.before)
        reply = self._client.reply(self._client.complete(uri, line, character, self._kind))
        self._client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        assert "error" not in reply, reply
        items = (reply["result"] or {}).get("items", [])
        return _applied(items[0], text, place) if items else None


@contextmanager
def replaying(endpoint: Endpoint, *, editor: str, explicit: bool) -> Iterator[Replay]:
    """A started server that asks the endpoint and nobody else."""
    with tempfile.TemporaryDirectory() as home:
        environment = clean_environment(
            Path(home),
            **endpoint.environment,
            CODESTRAL_LS_DEBOUNCE_MS="0",
        )
        client = RawClient(environment)
        try:
            client.initialize(
                clientInfo={"name": CLIENTS[editor]},
                capabilities={"general": {"positionEncodings": ["utf-32"]}},
            )
            client.ask("workspace/executeCommand", {"command": "codestral-ls.status"})
            yield Replay(client, endpoint, explicit=explicit)
        finally:
            client.kill()


def _position(before: str) -> tuple[int, int]:
    line = before.count("\n")
    return line, len(before) - (before.rfind("\n") + 1)


def _offset(text: str, position: dict[str, int]) -> int:
    lines = text.split("\n", position["line"])
    return len(text) - len(lines[-1]) + position["character"]


def _applied(item: dict[str, Any], text: str, place: Place) -> Inserted:
    start = end = len(place.before)
    if "range" in item:
        start = _offset(text, item["range"]["start"])
        end = _offset(text, item["range"]["end"])
    return Inserted(text[:start], item["insertText"], text[end:])


def raw(place: Place, answer: Answer) -> Inserted | None:
    """All that the model said."""
    said = answer.text.strip()
    return Inserted(place.before, answer.text, place.after) if said else None


def first_line(place: Place, answer: Answer) -> Inserted | None:
    """The first line of it that is not blank."""
    blanks = answer.text[: len(answer.text) - len(answer.text.lstrip())]
    line = answer.text.lstrip().partition("\n")[0].rstrip()
    return Inserted(place.before, blanks + line, place.after) if line else None


def is_broken(place: Place, inserted: Inserted) -> bool:
    """The file has more errors with it than without."""
    without = place.before + place.after
    return breaks(without, inserted.before, inserted.text, inserted.after, place.file.language_id)


def repeats(place: Place, inserted: Inserted) -> bool:
    """It says again what stands below, or right of the cursor, and the truth does not."""
    right, _, below = inserted.after.partition("\n")
    next_line = next((line.strip() for line in below.split("\n") if line.strip()), "")
    tail = right.strip()
    lines = [line.strip() for line in inserted.text.split("\n")]
    doubles_next = len(next_line) >= _MIN_REPEATED and next_line in lines
    doubles_tail = len(tail) >= _MIN_REPEATED and inserted.text.rstrip().endswith(tail)
    if doubles_next and next_line in (line.strip() for line in place.truth.split("\n")):
        doubles_next = False
    return doubles_next or doubles_tail


def begins_right(place: Place, text: str) -> bool:
    """Its first characters, or its whole first line, are what stood there."""
    said, stood = text.lstrip(), (place.truth + place.after).lstrip()
    if len(said) >= _MIN_BEGINNING and stood.startswith(said[:_MIN_BEGINNING]):
        return True
    line = place.truth.strip().partition("\n")[0].rstrip()
    return bool(line) and said.partition("\n")[0].rstrip() == line


WAYS = ("raw", "first line", "shown")

Result = tuple[Place, Answer, Inserted | None]


def outcomes(
    found: Sequence[tuple[Place, Answer]], show: Callable[[Place, Answer], Inserted | None]
) -> list[Result]:
    """What a way of showing makes of every answer."""
    return [(place, answer, show(place, answer)) for place, answer in found]


def print_table(results: dict[str, list[Result]]) -> None:
    """A row for each way of showing, then what the server shows by language and kind of hole."""
    head = ("answers", "shown", "broken", "repeats", "begins", "kept")
    print(f"{'':<18}" + "".join(f"{cell:>10}" for cell in head))
    for way, found in results.items():
        print(_row(way, found))
    shown = results.get("shown", [])
    for title, names in (
        ("by language", [place.file.language_id for place, _, _ in shown]),
        ("by kind of hole", [place.hole.kind for place, _, _ in shown]),
    ):
        print(f"\nshown, {title}")
        for name in dict.fromkeys(names):
            print(_row(name, [r for r, named in zip(shown, names, strict=True) if named == name]))


def _row(name: str, results: Sequence[Result]) -> str:
    shown = [(place, inserted) for place, _, inserted in results if inserted is not None]
    right = [inserted for place, answer, inserted in results if begins_right(place, answer.text)]
    cells = (
        (sum(is_broken(*pair) for pair in shown), len(shown)),
        (sum(repeats(*pair) for pair in shown), len(shown)),
        (sum(begins_right(place, inserted.text) for place, inserted in shown), len(shown)),
        (sum(inserted is not None for inserted in right), len(right)),
    )
    shares = "".join(f"{part / max(1, whole):>10.1%}" for part, whole in cells)
    return f"{name:<18}{len(results):>10}{len(shown):>10}{shares}"


def wanted_places(languages: Iterable[str], per_language: int) -> list[Place]:
    """Places of all languages in turn; a language whose packages cannot be had is named."""
    of_each = []
    for language_id in languages:
        try:
            of_each.append(small_model.places(language_id, per_language))
        except Unavailable as error:
            print(f"{language_id} is not measured: {error}")
    in_turn = itertools.zip_longest(*of_each)
    return [place for group in in_turn for place in group if place is not None]


def main() -> None:
    """Record, or replay and print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--record", action="store_true", help="ask the model where it was not yet")
    parser.add_argument("--places", type=int, default=52, help="places a language")
    parser.add_argument("--threads", type=int, default=1, help="of the model's server")
    parser.add_argument("--language", choices=PACKAGES)
    parser.add_argument("--editor", choices=CLIENTS, default="neovim")
    parser.add_argument("--explicit", action="store_true", help="asked for by a command")
    parser.add_argument("--show", choices=("broken", "repeats", "lost"), help="print such cases")
    arguments = parser.parse_args()
    languages = [arguments.language] if arguments.language else list(PACKAGES)
    if arguments.record:
        _record(wanted_places(languages, arguments.places), arguments.threads)
        return
    answered = [pair for pair in small_model.recorded() if pair[0].file.language_id in languages]
    if not answered:
        parser.exit(1, "No answers are recorded yet; do so with --record.\n")
    with (
        Endpoint() as endpoint,
        replaying(endpoint, editor=arguments.editor, explicit=arguments.explicit) as replay,
    ):
        results = {
            way: outcomes(answered, show)
            for way, show in zip(WAYS, (raw, first_line, replay.shown), strict=True)
        }
    print_table(results)
    for result in results["shown"]:
        _print_case(arguments.show, *result)


def _record(found: Sequence[Place], threads: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            with small_model.served(Path(folder) / "log", threads) as url:
                for number, place in enumerate(small_model.record(url, found), 1):
                    print(f"{number}: {place.file.name}", flush=True)
        except launch.Unavailable as error:
            print(f"The model cannot be had here: {error}")


def _print_case(what: str | None, place: Place, answer: Answer, inserted: Inserted | None) -> None:
    if inserted is None:
        is_wanted = what == "lost" and begins_right(place, answer.text)
    else:
        is_wanted = (what == "broken" and is_broken(place, inserted)) or (
            what == "repeats" and repeats(place, inserted)
        )
    if is_wanted:
        print(f"=== {what}: {place.file.language_id}, {place.hole.kind}, {place.file.name}")
        print("\n".join(place.before.split("\n")[-6:]) + "█", end="")
        print("\n".join(place.after.split("\n")[:5]))
        print(f"--- true:  {place.truth!r}\n--- said:  {answer.text!r}")
        print(f"--- shown: {inserted.text if inserted else None!r}")


if __name__ == "__main__":
    main()
