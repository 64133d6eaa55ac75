"""Whatever a server does: an answer in time, bounded memory, nothing left open, one message at
most, and the next request fine."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from codestral_ls.model import Nothing, Suggestion
from tests.fakes.behaviour import FIXTURES
from tests.faults.answers import sized
from tests.faults.checks import check_seen, check_told, check_well, timeout_for
from tests.faults.content import CONTENT_FAULTS
from tests.faults.editor import editing
from tests.faults.fault import WireFault
from tests.faults.keepers import KEEPER_FAULTS
from tests.faults.server import GOOD, FaultServer, Misdeed, Then
from tests.faults.wire import WIRE_FAULTS

ALL = (*WIRE_FAULTS, *CONTENT_FAULTS, *KEEPER_FAULTS)

# The most that is parsed of an answer (2 MB) can grow to 25 times its length; two are asked for.
MAX_MEMORY = 100 << 20
# What is read, and what the buffers of two sockets hold.
MAX_SENT = 32 << 20


@pytest.fixture
def memory_is_bounded() -> Iterator[None]:
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        yield
        assert tracemalloc.get_traced_memory()[1] - before < MAX_MEMORY
    finally:
        tracemalloc.stop()


@pytest.mark.usefixtures("memory_is_bounded")
@pytest.mark.parametrize("fault", ALL, ids=lambda fault: fault.name)
async def test_a_fault_costs_its_own_suggestion_and_nothing_else(
    fault: WireFault, tmp_path: Path
) -> None:
    async with FaultServer(fault.does) as server:
        host = f"127.0.0.1:{server.port}"
        async with editing(tmp_path, f"http://{host}") as editor:
            for _ in range(2):
                check_seen(await editor.ask(timeout_for(fault)), fault, host)
                await server.until(lambda: server.under_way == 0)
                assert not editor.busy
            assert server.requests <= 2 * 2  # a kept connection that fails is replaced once
            assert server.sent_bytes < MAX_SENT
            check_told(editor, fault, host)
            await server.mend()
            await check_well(editor)
        await server.until(lambda: server.open_now == 0)


@pytest.mark.parametrize("every", [pytest.param(1, marks=pytest.mark.long), 5])
async def test_a_stream_that_breaks_anywhere_gives_what_is_whole_of_it(
    every: int, tmp_path: Path
) -> None:
    """Cut at each byte, of the head and of the body, some of them within a character.

    The everyday tests cut at every fifth and at each within a character: a request for every byte
    takes five seconds.
    """
    answer = sized((FIXTURES / "mistral" / "stream-unicode.txt").read_bytes())
    async with (
        FaultServer(Misdeed(says=answer, then=Then.KEEP)) as server,
        editing(tmp_path, f"http://127.0.0.1:{server.port}") as editor,
    ):
        whole = await editor.ask()
        assert isinstance(whole, Suggestion)
        seen = {""}
        for end, byte in enumerate(answer):
            if end % every and byte < 0x80:
                continue
            server.misdeed = Misdeed(says=answer[:end])
            outcome = await editor.ask()
            text = outcome.text if isinstance(outcome, Suggestion) else ""
            assert whole.text.startswith(text)
            assert bool(text) or isinstance(outcome, Nothing)
            seen.add(text)
        assert len(seen) > 1
        assert editor.told == []
        assert not editor.busy
        await server.until(lambda: server.open_now == 0)
        server.misdeed = GOOD
        await check_well(editor)


ONE_OF_EACH_KIND = {fault.sees: fault for fault in ALL if fault.sees}.values()


@pytest.mark.parametrize("fault", ONE_OF_EACH_KIND, ids=lambda fault: fault.name)
async def test_twenty_five_keys_against_a_failing_server_cost_at_most_eight_requests(
    fault: WireFault, tmp_path: Path
) -> None:
    async with (
        FaultServer(fault.does) as server,
        editing(tmp_path, f"http://127.0.0.1:{server.port}") as editor,
    ):
        for _ in range(25):
            assert isinstance(await editor.type("(", timeout_for(fault)), Nothing)
        assert 1 <= editor.generations <= 8
        assert server.requests <= 8
