"""What is found out once is not found out twice, and no failure stays for ever."""

from __future__ import annotations

import asyncio

import pytest

from codestral_ls.backends.base import BackendError, ModelError, NetworkFailure, ProtocolViolation
from codestral_ls.backends.http.single_flight import SingleFlight
from tests.virtual_time import run


class Finding:
    """Finds out its number of the run, or fails; counts."""

    def __init__(self, *errors: BackendError) -> None:
        self.errors = list(errors)
        self.n_runs = 0

    async def __call__(self) -> int:
        self.n_runs += 1
        await asyncio.sleep(1)
        if self.errors:
            raise self.errors.pop(0)
        return self.n_runs


def test_all_who_ask_get_the_one_result() -> None:
    async def scene() -> None:
        once = SingleFlight(Finding())
        assert once.found is None
        assert await asyncio.gather(*(once.get() for _ in range(3))) == [1, 1, 1]
        assert await once.get() == once.found == 1

    run(scene())


def test_whoever_gives_up_asking_leaves_the_answer_to_the_next() -> None:
    async def scene() -> None:
        once = SingleFlight(Finding())
        first = asyncio.create_task(once.get())
        await asyncio.sleep(0.5)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert await once.get() == 1

    run(scene())


def test_a_failure_that_passes_is_forgotten_at_once() -> None:
    async def scene() -> None:
        once = SingleFlight(Finding(NetworkFailure("away")))
        with pytest.raises(NetworkFailure):
            await once.get()
        assert await once.get() == 2

    run(scene())


@pytest.mark.parametrize("kind", [ModelError, ProtocolViolation])
def test_a_failure_that_lasts_is_not_found_out_with_every_key(kind: type[BackendError]) -> None:
    async def scene() -> None:
        finding = Finding(kind("no"))
        once = SingleFlight(finding)
        for _ in range(25):
            with pytest.raises(kind):
                await once.get()
        assert (finding.n_runs, once.found) == (1, None)
        await asyncio.sleep(31)
        assert await once.get() == 2

    run(scene())


def test_a_doubt_is_looked_into_but_not_with_every_key() -> None:
    async def scene() -> None:
        finding = Finding()
        once = SingleFlight(finding)
        for _ in range(25):
            await once.get()
            once.doubt()
        assert finding.n_runs == 2
        await asyncio.sleep(31)
        once.doubt()
        assert await once.get() == 3

    run(scene())


def test_closing_stops_finding_out() -> None:
    async def scene() -> None:
        once = SingleFlight(Finding())
        asking = asyncio.create_task(once.get())
        await asyncio.sleep(0.5)
        await once.aclose()
        with pytest.raises(asyncio.CancelledError):
            await asking

    run(scene())
