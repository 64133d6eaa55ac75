"""The embedded provider's suggestion, while a model is on its way; in virtual time."""

from __future__ import annotations

import asyncio
from typing import Literal

import pytest

from codestral_ls.config.settings import Settings
from codestral_ls.model import ClientHabits, Source, Suggestion
from tests.engine.harness import FakeEditor, ScriptedBackend, check_nothing, text_of
from tests.virtual_time import run

GROWS = ClientHabits(wants_growth=True)


def typist(
    model: str, memory: str, *, fallback: Literal["none", "workspace", "meanwhile"] = "meanwhile"
) -> FakeEditor:
    """Somebody behind ``total = ``, with a model of 200 ms and a memory of 2 ms."""
    document = "total = "
    return FakeEditor(
        lambda prompt: (document + model).removeprefix(prompt.prefix),
        before=document,
        settings=Settings(fallback=fallback),
        habits=GROWS,
        first_byte_s=0.2,
        fallback=ScriptedBackend(
            lambda prompt: (document + memory).removeprefix(prompt.prefix),
            first_byte_s=0.002,
            s_per_piece=0.0,
            name="workspace",
        ),
    )


def test_it_stands_in_at_once_and_gives_way_to_the_model() -> None:
    async def session() -> None:
        editor = typist("price * count\n", "price")
        first = await editor.ask()
        assert isinstance(first, Suggestion)
        assert (first.text, first.source) == ("price", Source.WORKSPACE)
        assert asyncio.get_running_loop().time() < 0.01
        await asyncio.sleep(1)
        assert editor.growths[-1].ready
        assert await editor.ghost() == "price * count"
        assert len(editor.backend.asked) == 1

    run(session())


def test_it_is_replaced_by_another_text_while_nothing_of_it_was_typed() -> None:
    async def session() -> None:
        editor = typist("amount\n", "price")
        assert await editor.ghost() == "price"
        await asyncio.sleep(1)
        assert await editor.ghost() == "amount"

    run(session())


@pytest.mark.parametrize(
    ("model", "expected"), [("price * count\n", "ice * count"), ("present\n", "ice")]
)
def test_once_typed_it_is_replaced_only_by_what_extends_it(model: str, expected: str) -> None:
    async def session() -> None:
        editor = typist(model, "price")
        assert await editor.ghost() == "price"
        editor.insert("p")
        assert await editor.ghost() == "rice"
        editor.insert("r")
        assert await editor.ghost() == "ice"
        await asyncio.sleep(2)
        assert await editor.ghost() == expected

    run(session())


def test_it_never_stands_in_where_the_model_answered_nothing() -> None:
    async def session() -> None:
        editor = typist("", "price")
        assert await editor.ghost() == "price"
        await asyncio.sleep(2)
        check_nothing(await editor.ask(), "nothing certain enough")
        assert await editor.ghost() is None

    run(session())


@pytest.mark.parametrize("fallback", ["none", "workspace"])
def test_it_does_not_unless_the_user_wants_it(
    fallback: Literal["none", "workspace", "meanwhile"],
) -> None:
    async def session() -> None:
        editor = typist("amount\n", "price", fallback=fallback)
        assert await editor.ghost() == "amount"

    run(session())


def test_a_memory_that_does_not_answer_is_not_waited_for() -> None:
    async def session() -> None:
        editor = typist("amount\n", "price")
        assert editor.fallback is not None
        editor.fallback.first_byte_s = 5.0
        assert text_of(await editor.ask()) == "amount"
        assert asyncio.get_running_loop().time() < 0.4

    run(session())


def test_the_embedded_provider_as_the_one_who_completes_is_asked_at_every_key() -> None:
    async def session() -> None:
        document = "total = price * count\n"
        editor = FakeEditor(
            lambda prompt: document.removeprefix(prompt.prefix),
            before="",
            first_byte_s=0.002,
            s_per_piece=0.0,
        )
        editor.backend.name = "workspace"
        for key in "total":
            await asyncio.sleep(0.14)
            editor.insert(key)
            started = asyncio.get_running_loop().time()
            assert await editor.ghost() is not None
            assert asyncio.get_running_loop().time() - started < 0.05

    run(session())
