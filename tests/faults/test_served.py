"""What is seen of servers that people run themselves, and that the code waits for its model."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from codestral_ls.installation import RESTART
from tests.fakes.behaviour import Behaviour
from tests.fakes.fim_server import KEY, Exchange, FakeFim
from tests.faults.checks import TIMEOUT_MS, check_seen, check_told
from tests.faults.editor import editing
from tests.faults.served import SERVED_FAULTS, UPGRADED, ServedFault

# Of the engine's own limits; what is not about time is over long before.
LONG_MS = 5000


@pytest.mark.parametrize("fault", SERVED_FAULTS, ids=lambda fault: fault.name)
async def test_a_server_as_it_really_is_completes_or_is_told(
    fault: ServedFault, tmp_path: Path
) -> None:
    never = asyncio.Event()

    def script(exchange: Exchange) -> Behaviour:
        is_load = fault.loads_for_ever and exchange.body.get("prompt") == ""
        return Behaviour(waits_for=never) if is_load else Behaviour()

    loads = "loading" in fault.sees
    async with FakeFim(dialect=fault.dialect(), script=script) as fake:
        host = fake.url.removeprefix("http://")
        chosen = {"CODESTRAL_LS_PROVIDER": "auto", "CODESTRAL_LS_API_KEY": KEY}
        async with editing(tmp_path, fake.url + fault.path, **chosen) as editor:
            for _ in range(2):
                check_seen(await editor.ask(TIMEOUT_MS if loads else LONG_MS), fault, host)
                if fault.restarts_as is not None:
                    fake.serve(fault.restarts_as())
            check_told(editor, fault, host)
            state = editor.session.status()["state"]
            assert (state == "loading") is loads
            if fault.sees:
                asked = [exchange.body for exchange in (*fake.requests, *fake.others)]
                assert "def add" not in str(asked)


def test_an_upgrade_is_told_in_these_words() -> None:
    assert UPGRADED.sees == RESTART
