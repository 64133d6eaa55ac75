"""What is counted beyond an engine's life: shown once, taken whole or in parts, still there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from codestral_ls.model import Suggestion, Usage
from tests.engine.harness import FakeEditor, knowing
from tests.virtual_time import run

LINE = "total = price * count\nprint(total)\n"


class Told:
    """A tally that keeps what it is told."""

    def __init__(self) -> None:
        self.events: list[tuple[object, ...]] = []

    def asked(self, language_id: str) -> None:
        self.events.append(("asked", language_id))

    def ended(self, language_id: str, usage: Usage, *, failed: bool) -> None:
        self.events.append(("ended", language_id, failed))

    def answered(self, language_id: str, total_ms: float) -> None:
        self.events.append(("answered", language_id))

    def shown(self, language_id: str) -> None:
        self.events.append(("shown", language_id))

    def taken(self, language_id: str, n_suggestions: int, text: str, *, whole: bool) -> None:
        self.events.append(("taken", n_suggestions, text, whole))

    def kept(self, language_id: str, after_s: float, *, is_there: bool) -> None:
        self.events.append(("kept", after_s, is_there))

    def of(self, kind: str) -> list[tuple[object, ...]]:
        return [event for event in self.events if event[0] == kind]


def at_the_line(session: Callable[[FakeEditor, Told], Awaitable[None]]) -> None:
    """Run a session of an editor at the beginning of the line."""

    async def start() -> None:
        told = Told()
        await session(FakeEditor(knowing(LINE), before="total = ", tally=told), told)

    run(start())


async def take_all(editor: FakeEditor) -> Suggestion:
    """Ask, and insert what is suggested."""
    shown = await editor.ask()
    assert isinstance(shown, Suggestion)
    editor.insert(shown.text)
    return shown


def test_a_suggestion_counts_once_however_often_it_is_shown() -> None:
    async def session(editor: FakeEditor, told: Told) -> None:
        await editor.ghost()
        await editor.type("pri", s_per_key=0.0)
        assert told.of("shown") == [("shown", "python")]
        assert told.of("asked") == [("asked", "python")]
        assert told.of("answered") == [("answered", "python")]
        await asyncio.sleep(1)
        assert told.of("ended") == [("ended", "python", False)]
        assert told.of("taken") == []

    at_the_line(session)


def test_a_suggestion_is_taken_whole_once_though_edit_and_command_tell() -> None:
    async def session(editor: FakeEditor, told: Told) -> None:
        taken = await take_all(editor)
        editor.engine.accepted(taken.id)
        assert told.of("taken") == [("taken", 1, "price * count", True)]

    at_the_line(session)


def test_words_are_parts_of_one_suggestion() -> None:
    async def session(editor: FakeEditor, told: Told) -> None:
        await editor.ghost()
        editor.insert("price ")
        await editor.ghost()
        editor.insert("* count")
        assert told.of("taken") == [("taken", 1, "price ", False), ("taken", 0, "* count", False)]

    at_the_line(session)


def test_text_that_stays_is_kept_and_text_that_goes_is_not() -> None:
    async def session(editor: FakeEditor, told: Told) -> None:
        await take_all(editor)
        await asyncio.sleep(31)
        assert told.of("kept") == [("kept", 30.0, True)]
        editor.backspace(6)
        await asyncio.sleep(300)
        assert told.of("kept") == [("kept", 30.0, True), ("kept", 300.0, False)]

    at_the_line(session)


def test_a_document_that_is_closed_tells_nothing() -> None:
    async def session(editor: FakeEditor, told: Told) -> None:
        await take_all(editor)
        editor.engine.closed(editor.uri)
        await asyncio.sleep(400)
        assert told.of("kept") == []
        await editor.engine.aclose()

    at_the_line(session)
