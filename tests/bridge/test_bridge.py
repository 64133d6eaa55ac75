"""Editors that speak HTTP get what the engine suggests, and nothing that troubles their user."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from codestral_ls.bridge.bridge import Bridge, BridgeClient
from codestral_ls.bridge.texts import KnownTexts
from codestral_ls.commands import complete
from codestral_ls.config import Settings
from codestral_ls.engine.triggers import reason_not_to_ask
from codestral_ls.model import Snapshot, Suggestion
from codestral_ls.session.notices import Notice
from codestral_ls.session.session import Session
from codestral_ls.text import languages
from tests import cases
from tests.bridge.door import TOKEN, Door, Received, get, opened, post
from tests.fakes.behaviour import Behaviour
from tests.fakes.fim_server import KEY, FakeFim

LEDGER = "def total(entries):\n    return sum("
AFTER = "\n\n\nprint(total([]))\n"
REST = "entry.amount for entry in entries)"
# A stream in one piece: what is answered does not depend on the machine's speed.
AT_ONCE = Behaviour(events_per_write=1000)
NONE: Mapping[str, str] = {}


class Unindexed(BridgeClient):
    """Without the process that reads the workspace, which most tests do without."""

    wants_index = False

    def __init__(self) -> None:
        self.told: list[Notice] = []
        super().__init__(self.told.append)


@dataclasses.dataclass
class Setting:
    """A bridge, its door and the model behind it."""

    fake: FakeFim
    door: Door
    client: Unindexed
    root: Path

    async def infill(self, before: str, after: str = AFTER, **fields: object) -> Received:
        body = {"input_prefix": before, "input_suffix": after, **fields}
        return await self.door.ask(post("/infill", body))

    async def completions(self, **fields: object) -> Received:
        return await self.door.ask(post("/v1/completions", fields))


def environment(root: Path, fake: FakeFim) -> Mapping[str, str]:
    return {
        "CODESTRAL_LS_CONFIG": str(root / "config.toml"),
        "CODESTRAL_LS_PROVIDER": "mistral",
        "CODESTRAL_LS_ENDPOINT": fake.url,
        "MISTRAL_API_KEY": KEY,
    }


@contextlib.asynccontextmanager
async def bridged(
    root: Path, text: str = REST, default: Behaviour = AT_ONCE, variables: Mapping[str, str] = NONE
) -> AsyncIterator[Setting]:
    fake = FakeFim(answer=lambda prompt, suffix: text, default=default)
    async with fake:
        client = Unindexed()
        session = Session({**environment(root, fake), **variables}, {}, client)
        session.set_roots([root])
        try:
            async with opened(Bridge(session, root, client.tell).answer) as door:
                yield Setting(fake, door, client, root)
        finally:
            await session.aclose()


async def test_prefix_and_suffix_are_completed(tmp_path: Path) -> None:
    async with bridged(tmp_path) as setting:
        answer = (await setting.completions(prompt=LEDGER, suffix=AFTER)).json
        (exchange,) = setting.fake.requests
    assert (exchange.body["prompt"], exchange.body["suffix"]) == (LEDGER, AFTER)
    assert answer["choices"] == [
        {"text": REST, "index": 0, "logprobs": None, "finish_reason": "stop"}
    ]
    # Zed takes no answer without these.
    assert {"id", "object", "created", "model", "usage"} <= set(answer)
    assert set(answer["usage"]) == {"prompt_tokens", "completion_tokens", "total_tokens"}
    assert answer["usage"]["prompt_tokens"] > 0


async def test_infill_is_answered_as_llama_cpp_does(tmp_path: Path) -> None:
    async with bridged(tmp_path) as setting:
        answer = (await setting.infill(LEDGER[:-4], prompt="sum(")).json
        (exchange,) = setting.fake.requests
    assert exchange.body["prompt"] == LEDGER
    assert answer["content"] == REST
    assert answer["stop"] is True
    assert answer["model"] == "codestral-latest"
    assert answer["timings"]["predicted_n"] == answer["tokens_predicted"] > 0
    assert answer["timings"]["prompt_per_second"] >= 0


async def test_a_client_may_name_the_fields_that_it_wants(tmp_path: Path) -> None:
    async with bridged(tmp_path) as setting:
        fields = ["content", "timings/prompt_n", "nothing/such"]
        answer = (await setting.infill(LEDGER, response_fields=fields)).json
    assert set(answer) == {"content", "timings/prompt_n"}


def events(received: Received) -> list[Any]:
    assert received.headers["content-type"].startswith("text/event-stream")
    parts = received.body.decode().split("\n\n")
    assert parts.pop() == ""
    datas = [part.removeprefix("data: ") for part in parts]
    return [data if data == "[DONE]" else json.loads(data) for data in datas]


async def test_streams_end_as_each_protocol_has_it(tmp_path: Path) -> None:
    async with bridged(tmp_path) as setting:
        infill = events(await setting.infill(LEDGER, stream=True))
        chunks = events(await setting.completions(prompt=LEDGER, suffix=AFTER, stream=True))
        setting.fake.answer = lambda prompt, suffix: ""
        nothing = events(await setting.infill("nothing = ", stream=True))
    assert [event["content"] for event in infill] == [REST, ""]
    assert [event["stop"] for event in infill] == [False, True]
    assert chunks[-1] == "[DONE]"
    assert [chunk["choices"][0]["text"] for chunk in chunks[:-1]] == [REST, ""]
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks[:-1]] == [None, "stop"]
    assert [event["stop"] for event in nothing] == [True]


async def test_a_text_about_the_models_own_strings_is_not_guessed_at(tmp_path: Path) -> None:
    prompt = f"[SUFFIX]{AFTER}[PREFIX]parts = text.split('[PREFIX]')\n{LEDGER}"
    async with bridged(tmp_path) as setting:
        answer = (await setting.completions(prompt=prompt)).json
        streamed = events(await setting.completions(prompt=prompt, stream=True))
        assert setting.fake.requests == []
    assert answer["choices"][0]["text"] == ""
    assert "not certain" in answer["codestral_ls"]["reason"]
    assert [event["choices"][0]["text"] for event in streamed[:-1]] == [""]


async def test_a_defect_is_silence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with bridged(tmp_path) as setting:
        monkeypatch.setattr(KnownTexts, "snapshot", lambda self, wanted: 1 / 0)
        check_silent(await setting.infill(LEDGER), "defect")
        assert (await setting.door.ask(get("/health"))).status == 200


async def test_a_slow_answer_comes_statement_by_statement(tmp_path: Path) -> None:
    """As llama.vim has it: what follows a suggestion is asked for before that is taken."""
    slow = Behaviour(pace_s=0.05)
    async with bridged(tmp_path, text=f"\n{BODY}", default=slow) as setting:
        head = "def total(entries):"
        shown = ""
        while "return" not in shown:
            content = (await setting.infill(head + shown, "\n")).json["content"]
            assert content
            shown += content
        assert shown == f"\n{BODY}"
        assert len(setting.fake.requests) == 1


async def test_typing_along_and_coming_back_ask_no_model(tmp_path: Path) -> None:
    async with bridged(tmp_path) as setting:
        for length in (0, 3, 9, 4):
            answer = await setting.infill(LEDGER + REST[:length])
            assert answer.json["content"] == REST[length:]
        assert len(setting.fake.requests) == 1


async def test_the_end_that_a_client_wants_is_kept_to(tmp_path: Path) -> None:
    async with bridged(tmp_path) as setting:
        answer = (await setting.completions(prompt=LEDGER, suffix=AFTER, stop=["for", "in"])).json
        assert answer["choices"][0]["text"] == "entry.amount "
        await setting.infill("other = ", n_predict=7)
        await setting.infill("another = ", n_predict=100_000)
        asked = [exchange.body["max_tokens"] for exchange in setting.fake.requests]
    assert asked == [128, 7, 128]


@pytest.mark.parametrize("fields", [{"n_predict": 0}, {"n_predict": 0, "response_fields": [""]}])
async def test_a_request_for_readiness_sends_no_code(
    tmp_path: Path, fields: dict[str, object]
) -> None:
    async with bridged(tmp_path) as setting:
        answer = await setting.infill("", "", input_extra=[{"text": LEDGER}], **fields)
        completions = await setting.completions(prompt=LEDGER, max_tokens=0)
        assert (answer.status, completions.status) == (200, 200)
        assert setting.fake.requests == []


async def test_who_completes_and_that_it_lives_is_told(tmp_path: Path) -> None:
    async with bridged(tmp_path) as setting:
        assert (await setting.door.ask(get("/health"))).json == {"status": "ok"}
        models = (await setting.door.ask(get("/v1/models"))).json
    assert [model["id"] for model in models["data"]] == ["codestral-latest"]


@pytest.mark.parametrize(
    ("request_bytes", "status", "words"),
    [
        (get("/"), 404, "/infill"),
        (post("/v1/chat/completions", {"messages": []}), 404, "/v1/completions"),
        (post(f"/{TOKEN}", {}), 404, "/infill"),
        (get("/infill"), 405, "POST"),
        (post("/health", {}), 405, "GET"),
        (post("/infill", b"nonsense"), 400, "JSON"),
        (post("/infill", {"input_prefix": "a"}), 400, "input_suffix"),
        (post("/v1/completions", {"prompt": "a"}), 400, "suffix"),
    ],
)
async def test_what_cannot_be_answered_gets_a_sentence(
    tmp_path: Path, request_bytes: bytes, status: int, words: str
) -> None:
    async with bridged(tmp_path) as setting:
        received = await setting.door.ask(request_bytes)
        assert setting.fake.requests == []
    assert received.status == status
    assert words in received.error


def check_silent(received: Received, *words: str) -> None:
    """Nothing that an editor shows or remembers, and the reason for who looks."""
    assert received.status == 200
    assert "content" not in received.json
    for word in words:
        assert word in received.json["codestral_ls"]["reason"]


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"MISTRAL_API_KEY": "wrong"}, "key"),
        ({"CODESTRAL_LS_ENDPOINT": "http://127.0.0.1:9"}, "127.0.0.1"),
        ({"CODESTRAL_LS_TOKENS_PER_DAY": "1"}, "tokensPerDay"),
        ({"CODESTRAL_LS_ENABLED": "false"}, "turned off"),
        ({"CODESTRAL_LS_DISABLED_LANGUAGES": "python"}, "python"),
        ({"CODESTRAL_LS_EXCLUDE": "*.py"}, "exclude"),
    ],
)
async def test_trouble_and_the_users_limits_are_silence(
    tmp_path: Path, variables: dict[str, str], words: str
) -> None:
    async with bridged(tmp_path, variables=variables) as setting:
        await setting.infill("spent = ", "", filename="a.py")
        received = await setting.infill(LEDGER, filename="a.py")
        check_silent(received, words)
        plain = (await setting.completions(prompt=LEDGER, suffix="", filename="a.py")).json
    assert plain["choices"][0] == {
        "text": "", "index": 0, "logprobs": None, "finish_reason": "stop",
    }  # fmt: skip


async def test_what_may_be_excluded_is_not_sent_and_that_is_told_once(tmp_path: Path) -> None:
    """Many clients do not say which file they ask about."""
    (tmp_path / "known.py").write_text("", encoding="utf-8")
    async with bridged(tmp_path, variables={"CODESTRAL_LS_EXCLUDE": "private/*"}) as setting:
        for fields in ({}, {}, {"filename": "not-here.py"}):
            check_silent(await setting.infill(LEDGER, **fields), "which file", "exclude")
        assert setting.fake.requests == []
        similar = [{"filename": "known.py", "text": "a = 100\nb = 200\nc = 300\n"}]
        text = "a = 100\nb = 200\nc = 300\nd = "
        check_silent(await setting.infill(text, input_extra=similar), "which file")
        known = await setting.infill(LEDGER, filename="known.py")
        assert known.json["content"] == REST
        absent = str(tmp_path / "private" / "new.py")
        check_silent(await setting.infill(LEDGER, filename=absent), "excluded")
        assert len(setting.fake.requests) == 1
        assert len(setting.client.told) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429, 500, 503])
async def test_what_the_model_refuses_is_silence(tmp_path: Path, status: int) -> None:
    refusal = Behaviour(status=status, body=b"{}")
    async with bridged(tmp_path, default=refusal) as setting:
        check_silent(await setting.infill(LEDGER))


@pytest.mark.parametrize("name", [".env", "deploy/id_rsa", "a/../.env"])
async def test_files_that_hold_secrets_are_not_sent(tmp_path: Path, name: str) -> None:
    (tmp_path / ".env").write_text("KEY=1\nOTHER=2\n")
    text = "host: example\nuser: somebody\nlevel: debug\nport: "
    async with bridged(tmp_path) as setting:
        check_silent(await setting.infill(text, filename=name), "secrets")
        # Known by a passage of it too, that was sent once.
        extra = [{"filename": name, "text": text}]
        await setting.infill("", "", n_predict=0, input_extra=extra)
        check_silent(await setting.infill(text + "8"), "secrets")
        assert setting.fake.requests == []


@pytest.mark.parametrize(
    ("text", "is_sent"),
    [
        ("# keys\nAPI_KEY=abc\n\nexport DB_URL=x\nPORT=", False),
        ("A=", False),
        ("import os\n\nDEBUG = True\nAPI_KEY = os.environ[", True),
        ("#!/bin/sh\nDIR=/tmp\ncd $DIR\nfor file in *; do\n  echo $file\ndone\nls ", True),
    ],
)
async def test_what_looks_like_env_without_a_name_is_not_sent(
    tmp_path: Path, text: str, is_sent: bool
) -> None:
    async with bridged(tmp_path) as setting:
        received = await setting.infill(text, "\n")
        assert bool(setting.fake.requests) is is_sent
        if not is_sent:
            check_silent(received, "secrets")


async def test_nothing_of_a_folder_is_sent_whose_rules_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / ".codestral.toml").write_text("exclude = [")
    async with bridged(tmp_path) as setting:
        check_silent(await setting.infill(LEDGER), ".codestral.toml")
        assert setting.fake.requests == []


async def test_secrets_are_masked_and_no_passage_of_a_client_is_sent(tmp_path: Path) -> None:
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    async with bridged(tmp_path) as setting:
        extra = [{"filename": "b.py", "text": "canary = 1\n"}]
        text = f"token = '{secret}'\n{LEDGER}"
        assert (await setting.infill(text, input_extra=extra)).json["content"] == REST
        sent = json.dumps([exchange.body for exchange in setting.fake.requests])
    assert secret not in sent
    assert "canary" not in sent


async def test_a_newer_request_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    go_on = asyncio.Event()
    waiting = dataclasses.replace(AT_ONCE, waits_for=go_on)
    async with bridged(tmp_path, default=waiting) as setting:
        older = asyncio.ensure_future(setting.infill(LEDGER))
        await setting.fake.until(lambda: setting.fake.requests)
        newer = asyncio.ensure_future(setting.infill(LEDGER + "e"))
        check_silent(await older, "newer request")
        go_on.set()
        assert (await newer).json["content"] == REST[1:]
        assert len(setting.fake.requests) == 1


async def test_a_client_that_hangs_up_cancels_and_the_next_one_gets_the_answer(
    tmp_path: Path,
) -> None:
    go_on = asyncio.Event()
    waiting = dataclasses.replace(AT_ONCE, waits_for=go_on)
    async with bridged(tmp_path, default=waiting) as setting:
        caller = await setting.door.call()
        body = {"input_prefix": LEDGER, "input_suffix": AFTER}
        caller.writer.write(post("/infill", body))
        await setting.fake.until(lambda: setting.fake.requests)
        await caller.hang_up()
        go_on.set()
        assert (await setting.infill(LEDGER)).json["content"] == REST
        assert len(setting.fake.requests) == 1


async def test_halves_of_characters_reach_no_model_and_break_no_answer(tmp_path: Path) -> None:
    async with bridged(tmp_path, text="'\ud83d\ude00')") as setting:
        body = b'{"input_prefix": "a = \\ud800(", "input_suffix": "\\udc00", "filename": "\\udfff"}'
        received = await setting.door.ask(post("/infill", body))
    assert received.status == 200
    received.body.decode("utf-8")


def replayed(client: str) -> list[str]:
    fixture = cases.FIXTURES / "bridge" / f"{client}.json"
    return list(json.loads(fixture.read_text("utf-8"))["requests"])


def as_sent(request: str) -> bytes:
    return request.replace("TOKEN", TOKEN, 1).encode()


BODY = """\
    result = 0
    for entry in entries:
        result += entry.amount
    return result"""


async def test_llama_vims_session_asks_a_model_once_for_what_is_typed_along(
    tmp_path: Path,
) -> None:
    """The plugin shows what has content, and asks ahead for what follows when it is taken."""
    (tmp_path / "ledger.py").write_text("", encoding="utf-8")
    contents = {}
    async with bridged(tmp_path) as setting:
        setting.fake.answer = lambda prompt, suffix: "" if prompt.endswith(BODY) else BODY
        for request in replayed("llama-vim"):
            received = await setting.door.ask(as_sent(request))
            assert received.status == 200
            fields = json.loads(request.partition("\r\n\r\n")[2])
            text = fields["input_prefix"] + fields["prompt"]
            contents[text.partition('amounts."""\n\n')[2]] = received.json.get("content")
        typed = [exchange.body["prompt"] for exchange in setting.fake.requests]
    assert contents.pop(BODY) is None
    # The first key is the request for readiness, which has no text.
    assert contents == {"": BODY} | {BODY[:end]: BODY[end:] for end in (5, 6, 7)}
    assert [prompt.partition('amounts."""\n\n')[2] for prompt in typed] == ["", BODY]


async def test_llama_vims_passages_tell_the_language(tmp_path: Path) -> None:
    async with bridged(
        tmp_path, variables={"CODESTRAL_LS_DISABLED_LANGUAGES": "python"}
    ) as setting:
        for request in replayed("llama-vim"):
            received = await setting.door.ask(as_sent(request))
        check_silent(received, "turned off for python")
        assert setting.fake.requests == []


async def test_zeds_prompts_of_all_formats_are_the_same_document(tmp_path: Path) -> None:
    async with bridged(tmp_path) as setting:
        answers = [await setting.door.ask(as_sent(request)) for request in replayed("zed")]
        sent = [exchange.body for exchange in setting.fake.requests]
    texts = [answer.json["choices"][0]["text"] for answer in answers]
    assert texts == [REST, *[REST[1:]] * 6]
    assert len(sent) == 1
    assert sent[0]["prompt"].endswith("    return sum(")
    assert sent[0]["suffix"].startswith("\n\ndef largest(")


class _Shell(complete._FileAtTerminal):
    wants_index = False


def documents() -> list[tuple[str, str, str, str]]:
    """Name, text before and after the cursor, and what a model says, of all cases of one file."""
    found = []
    for path in cases.folder("postprocess"):
        case = cases.load(path)
        name, text = case.document
        if text.count(cases.CURSOR) != 1 or "completion" not in case.sections:
            continue
        if set(case.options) - {"language"}:
            continue
        before, _, after = text.replace("\r\n", "\n").partition(cases.CURSOR)
        found.append((name, before, after, case.sections["completion"].replace("\r\n", "\n")))
    return found


async def test_the_bridge_suggests_what_complete_prints(tmp_path: Path) -> None:
    compared = 0
    async with bridged(tmp_path) as setting:
        environ = environment(tmp_path, setting.fake)
        for number, (name, before, after, text) in enumerate(documents()[::45]):
            setting.fake.answer = lambda prompt, suffix, text=text: text  # type: ignore[misc]  # bound now
            snapshot = _snapshot(tmp_path / str(number) / name, before, after)
            received = await setting.infill(before, after, filename=f"{number}/{name}")
            outcome = await complete._complete(
                Session(environ, {}, _Shell(before + after)), snapshot
            )
            reason = reason_not_to_ask(snapshot, Settings())
            if reason is not None:  # where only a person asks
                check_silent(received, reason)
                continue
            expected = outcome.text if isinstance(outcome, Suggestion) else None
            assert received.json.get("content") == expected, (name, before)
            compared += expected is not None
    assert compared >= 8


def _snapshot(path: Path, before: str, after: str) -> Snapshot:
    return Snapshot(
        path.as_uri(),
        str(path),
        languages.language_of(path.name),
        None,
        before,
        after,
        before.count("\n"),
        at_document_start=True,
        at_document_end=True,
    )


async def test_no_token_and_no_text_is_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="codestral_ls")
    async with bridged(tmp_path, text="canary)") as setting:
        await setting.infill("canary = (")
        await setting.door.ask(post(f"/{TOKEN}/canary", {"canary": 1}, token="canary"))
        await setting.door.ask(post("/infill", b'{"canary"'))
        await setting.door.ask(b"canary\r\n\r\n")
        setting.fake.default = Behaviour(status=500, body=b"canary")
        await setting.infill("other canary = (", "")
    assert caplog.records
    assert "canary" not in caplog.text
    assert TOKEN not in caplog.text
