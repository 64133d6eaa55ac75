"""A few of the faults before the real process, over stdio, as an editor meets them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.faults.answers import SUGGESTED
from tests.faults.authority import Authority
from tests.faults.content import CONTENT_FAULTS
from tests.faults.fault import Fault, WireFault
from tests.faults.server import GOOD, FaultServer
from tests.faults.way import TLS_FAULTS
from tests.faults.wire import WIRE_FAULTS
from tests.server.raw import Message, RawClient, clean_environment, running

# The first question waits for imports too, on a machine that does other things.
STALL_TIMEOUT_S = 1.0

ALL = (*WIRE_FAULTS, *CONTENT_FAULTS)
NAMES = ("refused", "stall-between-events", "cut-before-text", "html", "endless-bomb")
CHOSEN = [fault for fault in ALL if fault.name in NAMES]


def environment(home: Path, url: str, fault: Fault) -> dict[str, str]:
    timeout_s = STALL_TIMEOUT_S if fault.stalls else 5
    return clean_environment(
        home,
        CODESTRAL_LS_PROVIDER="mistral",
        CODESTRAL_LS_ENDPOINT=url,
        CODESTRAL_LS_API_KEY="key-of-no-value",
        CODESTRAL_LS_TIMEOUT_MS=str(round(timeout_s * 1000)),
        XDG_STATE_HOME=str(home),
    )


def ask(client: RawClient, name: str) -> list[Message]:
    uri = f"file:///project/{name}.py"
    client.open(uri, "def add(a, b):\n    return \n")
    result = client.reply(client.complete(uri, 1, 11, kind=1))["result"]
    items: list[Message] = result["items"]
    return items


def check_failure(client: RawClient, fault: Fault, host: str) -> None:
    said = fault.said_of(host, STALL_TIMEOUT_S)
    assert ask(client, "one") == []
    assert ask(client, "two") == []
    status = client.ask("workspace/executeCommand", {"command": "codestral-ls.status"})
    assert status["lastError"]["message"] == said
    messages = [message["params"]["message"] for message in client.sent("window/showMessage")]
    assert messages == ([said] if fault.message else [])


def check_recovery(client: RawClient) -> None:
    (item,) = ask(client, "three")
    assert item["insertText"] == SUGGESTED
    assert client.end() == 0
    # What was told is in the log as well; a defect would be there too.
    assert b"Traceback" not in client.stderr
    assert b"key-of-no-value" not in client.stderr


@pytest.mark.parametrize("fault", CHOSEN, ids=lambda fault: fault.name)
async def test_a_fault_is_told_once_at_most_and_the_process_goes_on(
    fault: WireFault, tmp_path: Path
) -> None:
    async with FaultServer(fault.does) as server:
        host = f"127.0.0.1:{server.port}"
        with running(environment(tmp_path, f"http://{host}", fault)) as client:
            await asyncio.to_thread(client.initialize)
            await asyncio.to_thread(check_failure, client, fault, host)
            await server.mend()
            await asyncio.to_thread(check_recovery, client)
        assert server.open_now == 0


async def test_an_untrusted_certificate_is_told_and_the_company_s_own_is_trusted_once_named(
    tmp_path: Path,
) -> None:
    (fault,) = (fault for fault in TLS_FAULTS if fault.name == "untrusted")
    authority = Authority(tmp_path)
    async with FaultServer(GOOD, authority.server_for("127.0.0.1")) as server:
        host = f"127.0.0.1:{server.port}"
        config = tmp_path / "config.toml"
        variables = environment(tmp_path, f"https://{host}", fault)
        variables["CODESTRAL_LS_CONFIG"] = str(config)
        with running(variables) as client:
            await asyncio.to_thread(client.initialize)
            await asyncio.to_thread(check_failure, client, fault, host)
            config.write_text(f'ca_bundle = "{authority.bundle}"\n', encoding="utf-8")
            await asyncio.to_thread(check_recovery, client)
