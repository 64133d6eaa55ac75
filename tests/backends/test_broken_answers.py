"""Answers of every provider, broken: cut at each byte, odd values at each place, noise, floods.

Whatever a server sends, the backend ends the answer or raises one of its errors, in a sentence;
what it counts stays within reason; and the next request, answered well, is fine.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from codestral_ls.backends.base import Backend, BackendError, Finish
from tests.backends.served.serving import REMOTE, chunks_of, served
from tests.fakes.behaviour import FIXTURES, Behaviour
from tests.fakes.fim_server import KEY, FakeFim
from tests.server.mutations import any_broken

_NDJSON = {"ollama": "application/x-ndjson"}
# No honest answer to the question of these tests has more.
MAX_CHARS = 4_000_000
MAX_TOKENS = 10_000_000
# Places of a stream, and kinds of noise, that are tried every day and at length.
EVERY_DAY, AT_LENGTH = 25, 1500

_ODD_JSON = (
    "1e999", "-1e999", "NaN", "Infinity", "9" * 5000, "-" + "9" * 400, "1.5", "true", "null", '""',
    '"\\ud800"', '"\\u0000"', "[]", "{}", "[null]", "[" * 5000, '{"a":' * 2000,
    '"' + "x" * 70_000 + '"',
)  # fmt: skip


def recorded_stream(name: str) -> bytes:
    return (FIXTURES / name / "stream.txt").read_bytes()


def events(name: str) -> list[str]:
    """The recorded events' JSON."""
    lines = recorded_stream(name).decode().splitlines()
    return [line.removeprefix("data:").strip() for line in lines if line.strip()]


def framed(name: str, parts: list[str]) -> bytes:
    """Events as the provider frames them."""
    form = "{}\n" if name in _NDJSON else "data: {}\n\n"
    return "".join(map(form.format, parts)).encode("utf-8", "surrogatepass")


def with_odd_json(event: str, chance: random.Random) -> str:
    """The event with one of its values written as something that a parser may not survive."""
    mark = "\uffff"
    marked = _with_mark(json.loads(event), mark, chance)
    return json.dumps(marked).replace(json.dumps(mark), chance.choice(_ODD_JSON))


def _with_mark(value: Any, mark: str, chance: random.Random) -> Any:
    if isinstance(value, dict) and value:
        key = chance.choice(list(value))
        return {**value, key: _with_mark(value[key], mark, chance)}
    if isinstance(value, list) and value and chance.random() < 0.8:
        at = chance.randrange(len(value))
        return [*value[:at], _with_mark(value[at], mark, chance), *value[at + 1 :]]
    return mark


def broken_streams(name: str, chance: random.Random) -> Iterator[bytes]:
    """Streams that are broken in another way each, without an end."""
    whole, parts = recorded_stream(name), events(name)
    objects = [at for at, part in enumerate(parts) if part.startswith("{")]
    while True:
        cut = whole[: chance.randrange(len(whole))]
        yield cut
        yield cut + b"\xff\xfe\xc3"[: chance.randint(1, 3)] + whole[len(cut) :]
        yield cut + chance.randbytes(chance.randint(1, 300)) + whole[len(cut) :]
        yield cut + whole[len(cut) + chance.randint(1, 40) :]
        at = chance.choice(objects)
        odd = [*parts]
        odd[at] = with_odd_json(parts[at], chance)
        yield framed(name, odd)
        odd[at] = json.dumps(any_broken(json.loads(parts[at]), chance))
        yield framed(name, odd)
        yield framed(name, [parts[at]] * chance.choice((1, 40, 400)) + parts)
        yield framed(name, chance.sample(parts, len(parts)))


async def check_answer(fake: FakeFim, backend: Backend, behaviour: Behaviour) -> None:
    fake.default = behaviour
    text = told = ""
    try:
        for chunk in await chunks_of(backend):
            text += chunk.text
            if chunk.usage is not None:
                usage = chunk.usage
                for count in (usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens):
                    assert 0 <= count <= MAX_TOKENS, behaviour.body
    except BackendError as error:
        told = error.message
    assert "\n" not in told, behaviour.body
    assert len(told) < 600, behaviour.body
    assert KEY not in told, behaviour.body
    assert len(text) < MAX_CHARS


async def check_answers(name: str, seed: int, n_answers: int) -> None:
    """One backend is given many broken answers, and then a good one."""
    chance = random.Random(seed)
    content_type = _NDJSON.get(name, "text/event-stream")
    async with served(name, idle_timeout_s=2.0) as (fake, backend):
        for _, body in zip(range(n_answers), broken_streams(name, chance), strict=False):
            kind = chance.choice((content_type,) * 6 + ("application/json", "text/plain", ""))
            # Those of a wrong model or address are remembered for a while.
            status = chance.choice((200,) * 8 + (429, 500, 503))
            await check_answer(
                fake, backend, Behaviour(body=body, content_type=kind, status=status)
            )
        fake.default = Behaviour()
        assert (await chunks_of(backend))[-1].finish is Finish.STOP


@pytest.mark.parametrize("name", REMOTE)
async def test_broken_answers_are_errors_and_the_next_one_is_fine(name: str) -> None:
    await check_answers(name, seed=1, n_answers=EVERY_DAY)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 6))
@pytest.mark.parametrize("name", REMOTE)
async def test_broken_answers_at_length(name: str, seed: int) -> None:
    await check_answers(name, seed, AT_LENGTH)


@pytest.mark.long
@pytest.mark.parametrize("name", REMOTE)
async def test_a_stream_may_end_at_any_byte(name: str) -> None:
    whole = recorded_stream(name)
    content_type = _NDJSON.get(name, "text/event-stream")
    async with served(name, idle_timeout_s=2.0) as (fake, backend):
        for at in range(len(whole)):
            cut = Behaviour(body=whole[:at], content_type=content_type)
            await check_answer(fake, backend, cut)
            # The same with the connection broken, of which the length was told.
            await check_answer(fake, backend, Behaviour(body=whole, cut_at=at))


@pytest.mark.long
@pytest.mark.parametrize("name", REMOTE)
@pytest.mark.parametrize(
    "flood", [b"x", b"data: ", b": \n", b"\r", b"\n", b"data: x\n", b"\xff", b"{"]
)
async def test_a_line_without_an_end_is_cut(name: str, flood: bytes) -> None:
    body = flood * (2_500_000 // len(flood))
    content_type = _NDJSON.get(name, "text/event-stream")
    async with served(name, idle_timeout_s=2.0) as (fake, backend):
        await check_answer(fake, backend, Behaviour(body=body, content_type=content_type))
        fake.default = Behaviour()
        assert (await chunks_of(backend))[-1].finish is Finish.STOP
