"""When prompts show what the index knows: asked ahead, waited for within limits, kept whole."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from codestral_ls.config.settings import Settings
from codestral_ls.engine import prompts
from codestral_ls.engine.engine import Engine
from codestral_ls.model import Trigger
from codestral_ls.prompt.snippets import FoundSnippets, Snippet
from codestral_ls.prompt.window import PromptWindow
from tests import virtual_time
from tests.engine.harness import FakeEditor

LOAD = Snippet("/parcel.py:.load", "parcel.py", "def load(path): ...", "defines load")
SAVE = Snippet("/parcel.py:.save", "parcel.py", "def save(path): ...", "defines save")


@dataclass
class ScriptedIndex:
    """An index that takes its time, and knows more as time passes."""

    takes_s: float = 0.005
    knows: Sequence[tuple[float, FoundSnippets]] = ()
    """From when on it knows what."""
    asked_at: list[float] = field(default_factory=list)

    async def snippets(
        self, path: str, before: str, after: str, language_id: str, *, max_chars: int,
        wait_s: float = 0.0,
    ) -> FoundSnippets | None:  # fmt: skip
        self.asked_at.append(asyncio.get_running_loop().time())
        await asyncio.sleep(self.takes_s)
        if not self._now().knows_near:
            await asyncio.sleep(wait_s)
        return self._now()

    def _now(self) -> FoundSnippets:
        now = asyncio.get_running_loop().time()
        return [found for since, found in self.knows if since <= now][-1]

    def start(self) -> None:
        return None

    def relative(self, path: str) -> str:
        return path

    async def aclose(self) -> None:
        return None


def known(*snippets: Snippet, near: bool = True, everything: bool = True) -> FoundSnippets:
    return FoundSnippets(snippets, knows_near=near, knows_all=everything)


NOTHING_YET = known(near=False, everything=False)


def editor_with(index: ScriptedIndex, before: str = "") -> FakeEditor:
    editor = FakeEditor("", before=before, settings=Settings(debounce_ms=0))
    editor.engine = Engine(replace(editor.target, open_snippets=lambda: index))
    return editor


async def prompts_after_typing(editor: FakeEditor, *texts: str, pause_s: float = 0.3) -> list[str]:
    """For each text typed and asked about, what its prompt shows."""
    shown = []
    for text in texts:
        await asyncio.sleep(pause_s)
        editor.insert(text)
        await editor.ask()
        snippets = editor.backend.asked[-1].prompt.snippets
        shown.append(" ".join(snippet.key.rpartition(".")[2] for snippet in snippets))
    return shown


def test_what_an_index_that_has_just_started_did_not_know_joins_at_the_next_request() -> None:
    index = ScriptedIndex(knows=[(0, NOTHING_YET), (1.0, known(LOAD))])
    editor = editor_with(index)
    texts = [f"x_{number} = 1\n" for number in range(6)]
    shown = virtual_time.run(prompts_after_typing(editor, *texts))
    assert shown[0] == ""
    assert shown[-1] == "load"
    assert shown == sorted(shown)


def test_what_far_files_bring_joins_too() -> None:
    index = ScriptedIndex(knows=[(0, known(LOAD, everything=False)), (4.0, known(LOAD, SAVE))])
    editor = editor_with(index)
    texts = [f"x_{number} = 1\n" for number in range(20)]
    shown = virtual_time.run(prompts_after_typing(editor, *texts, pause_s=0.4))
    assert shown[0] == "load"
    assert shown[-1] == "load save"


@pytest.mark.parametrize(
    ("trigger", "takes_s", "is_shown"),
    [
        (Trigger.AUTOMATIC, 0.09, True),
        (Trigger.AUTOMATIC, 0.11, False),
        (Trigger.INVOKED, 0.24, True),
        (Trigger.INVOKED, 0.26, False),
    ],
)
def test_the_first_request_waits_a_little_for_the_index(
    trigger: Trigger, takes_s: float, is_shown: bool
) -> None:
    editor = editor_with(ScriptedIndex(takes_s, knows=[(0, known(LOAD))]), "x = 1\n")

    async def first() -> bool:
        await editor.ask(trigger)
        return bool(editor.backend.asked[0].prompt.snippets)

    assert virtual_time.run(first()) is is_shown


@pytest.mark.parametrize(("takes_s", "is_shown"), [(0.01, True), (0.03, False)])
def test_later_requests_wait_twenty_milliseconds(takes_s: float, is_shown: bool) -> None:
    index = ScriptedIndex(knows=[(0, known(LOAD)), (1.0, known(LOAD, SAVE))])
    editor = editor_with(index)

    async def later() -> str:
        await prompts_after_typing(editor, "x = 1\n", pause_s=0.1)
        index.takes_s = takes_s
        await asyncio.sleep(1)
        editor.before += "save("
        await editor.ask()
        return " ".join(each.key for each in editor.backend.asked[-1].prompt.snippets)

    assert ("save" in virtual_time.run(later())) is is_shown


def test_what_a_document_wants_is_asked_for_when_it_is_opened() -> None:
    index = ScriptedIndex(0.5, knows=[(0, known(LOAD))])
    editor = editor_with(index, "x = 1\n")

    async def opening() -> float:
        loop = asyncio.get_running_loop()
        editor.engine.opened(editor.snapshot(), editor.settings)
        await asyncio.sleep(1)
        asked = loop.time()
        await editor.ask()
        assert editor.backend.asked[0].prompt.snippets == (LOAD,)
        return editor.backend.asked[0].at - asked

    assert virtual_time.run(opening()) == 0
    assert index.asked_at == [0]


def test_the_definition_of_what_is_called_is_asked_for_as_its_bracket_is_typed() -> None:
    index = ScriptedIndex(0.05, knows=[(0, known(LOAD)), (2.0, known(LOAD, SAVE))])
    editor = editor_with(index)

    async def typing() -> None:
        await prompts_after_typing(editor, "x = 1\n")
        await asyncio.sleep(2)
        editor.insert("save(")
        # The editor asks a moment later.
        await asyncio.sleep(0.1)
        asked = asyncio.get_running_loop().time()
        await editor.ask()
        assert editor.backend.asked[-1].prompt.snippets == (LOAD, SAVE)
        assert editor.backend.asked[-1].at <= asked

    virtual_time.run(typing())


def test_an_index_that_never_answers_is_asked_few_questions_and_stops_nothing() -> None:
    index = ScriptedIndex(1000.0, knows=[(0, known(LOAD))])
    editor = editor_with(index)
    texts = [f"x_{number} = 1\n" for number in range(30)]
    shown = virtual_time.run(prompts_after_typing(editor, *texts, pause_s=0.1))
    assert shown == [""] * 30
    assert len(index.asked_at) <= 6


def test_a_closed_document_asks_no_more() -> None:
    index = ScriptedIndex(0.01, knows=[(0, NOTHING_YET)])
    editor = editor_with(index)

    async def closing() -> None:
        editor.engine.opened(editor.snapshot(), editor.settings)
        await asyncio.sleep(0.05)
        editor.engine.closed(editor.uri)
        await asyncio.sleep(10)

    virtual_time.run(closing())
    assert len(index.asked_at) == 1


@pytest.mark.parametrize(("text", "elsewhere"), [("x = 1\n" * 9, False), ("key(" * 9_000, True)])
def test_a_text_that_is_slow_to_mask_is_masked_in_a_thread(text: str, elsewhere: bool) -> None:
    threads: list[int] = []

    def mask(before: str, after: str) -> tuple[str, str]:
        threads.append(threading.get_ident())
        return before, f"{after} masked"

    found = asyncio.run(prompts._masked(PromptWindow(text, "y"), mask))
    assert found == (text, "y masked")
    assert (threads != [threading.get_ident()]) is elsewhere
