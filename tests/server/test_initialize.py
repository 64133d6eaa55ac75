"""``initialize`` as editors send it, with one place broken or dropped at a time, everywhere."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from codestral_ls.server.decoding import READERS, params_of
from codestral_ls.server.frames import take_in_turns
from codestral_ls.server.handlers import make_server
from codestral_ls.server.language_server import CodestralServer
from tests.server import mutations
from tests.server.raw import REPOSITORY, Message, clean_environment

CLIENTS = sorted((REPOSITORY / "fixtures" / "clients").glob("*.json"))
# What the answer depends on; what is above them in the message is, too.
DECIDING = [
    ("capabilities", "general", "positionEncodings"),
    ("capabilities", "notebookDocument"),
    ("capabilities", "textDocument", "inlineCompletion"),
]


class Sent(list[Message]):
    """A client's end that keeps what it is sent."""

    def write(self, data: bytes) -> None:
        self.append(json.loads(data))

    def close(self) -> None:
        return None


def serving(environ: dict[str, str]) -> tuple[CodestralServer, Sent]:
    server, sent = make_server(environ, {}), Sent()
    server.protocol.set_writer(sent, include_headers=False)
    return server, sent


async def answer(environ: dict[str, str], params: object) -> Message:
    server, sent = serving(environ)
    message = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}
    await take_in_turns(server, json.dumps(message).encode())
    (found,) = [message for message in sent if message.get("id") == 1]
    return found


def decides(place: mutations.Path) -> bool:
    return any(place == path[: len(place)] or place[: len(path)] == path for path in DECIDING)


@pytest.fixture(params=CLIENTS, ids=lambda path: path.stem)
def captured(request: pytest.FixtureRequest) -> Any:
    return json.loads(request.param.read_text(encoding="utf-8"))


async def test_no_broken_or_missing_field_makes_initialize_fail(
    captured: Any, tmp_path: Path
) -> None:
    environ = clean_environment(tmp_path)
    whole = await answer(environ, captured)
    assert whole["result"]["capabilities"]["textDocumentSync"]
    # The server sees nothing but what was decoded, so that each of these is tried once.
    tried = {repr(params_of("initialize", captured))}
    odd_values = itertools.cycle(mutations.ODD_VALUES[1:])
    for place in mutations.places(captured):
        for value in (mutations.DROPPED, *itertools.islice(odd_values, 4)):
            params = mutations.broken(captured, place, value)
            decoded = repr(params_of("initialize", params))
            if decoded not in tried:
                tried.add(decoded)
                found = await answer(environ, params)
                assert "result" in found, (place, value)
                assert decides(place) or found == whole, (place, value)
    assert len(tried) > 5


@pytest.mark.parametrize("params", [None, [], {}, 7, "x", {"capabilities": None}])
async def test_params_that_are_none_do(params: object, tmp_path: Path) -> None:
    found = await answer(clean_environment(tmp_path), params)
    assert found["result"]["capabilities"]["textDocumentSync"]


async def test_of_the_encodings_the_first_that_exists_is_taken(tmp_path: Path) -> None:
    params = {"capabilities": {"general": {"positionEncodings": ["utf-9", None, "utf-32"]}}}
    found = await answer(clean_environment(tmp_path), params)
    assert found["result"]["capabilities"]["positionEncoding"] == "utf-32"


async def test_every_message_that_is_handled_is_decoded(tmp_path: Path) -> None:
    server, _ = serving(clean_environment(tmp_path))
    features = server.protocol.fm
    assert {*features.features, *features.builtin_features} <= READERS.keys()
