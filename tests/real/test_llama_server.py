"""A real llama.cpp server: prompts, streams, refusals and its cache are as our backend takes them.

Its models are made on the spot and say a known text (``make_tiny_model.py``).
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from codestral_ls.backends import table
from codestral_ls.backends.auto import AutoBackend
from codestral_ls.backends.base import AuthError, BackendTimeout, Finish, ModelError, PromptTooLong
from codestral_ls.backends.options import BackendOptions
from codestral_ls.backends.served.facts import Facts, PromptForm
from codestral_ls.backends.served.llamacpp import LlamaCppBackend
from codestral_ls.prompt.prompt import Prompt
from tests.backends.served.serving import cached_shares, chunks_of, text_of
from tests.real.launch import needed
from tests.real.servers import Server, free_port, running, tiny_model, until

pytestmark = pytest.mark.real

KEY = "made-up-key"
SCRIPT = "return left + (b * 7)\n"
# After "return" the model says the rest of its script, and ends. (With a space before it, the word
# is another token.)
QUESTION = Prompt(prefix="def f(a, b):\nreturn", suffix="\nx = 1\n", max_tokens=32, temperature=0.0)
# After anything else it goes on for ever.
ENDLESS = dataclasses.replace(QUESTION, prefix="value", max_tokens=6000)
TYPED = "def total(self, items):\n    count = len(items)\n"
# Processes of others may have both cores; a model of this size loads within a second.
START_WITHIN_S = 30.0
NOTICE_WITHIN_S = 30.0


@pytest.fixture(scope="module")
def prefix() -> Path:
    return Path(needed("get_llama_server.sh", "llama.cpp's server"))


@contextlib.contextmanager
def llama(prefix: Path, model: str, log: Path, *arguments: str) -> Iterator[Server]:
    models = tiny_model(str(prefix / "venv/bin/python"), "gguf", prefix)
    port = free_port()
    command = [
        str(prefix / "bin/llama-server"), "-m", str(models / model), "--port", str(port),
        # Two threads on two busy cores wait for each other, and are forty times slower.
        "-t", "1", "-c", "8192", "-np", "1", "--offline", "--no-ui", "--api-key", KEY,
        *arguments,
    ]  # fmt: skip
    with running(command, port, log, {}, START_WITHIN_S) as server:
        yield server


@pytest.fixture(scope="module")
def codestral(prefix: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serves a model with Codestral's markers, and without FIM ids."""
    with llama(prefix, "codestral.gguf", tmp_path_factory.mktemp("log") / "log") as server:
        yield server


@pytest.fixture(scope="module")
def infilling(prefix: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serves a model whose markers only the server knows."""
    with llama(prefix, "infill.gguf", tmp_path_factory.mktemp("log") / "log") as server:
        yield server


@contextlib.asynccontextmanager
async def asking(server: Server, **settings: Any) -> AsyncIterator[LlamaCppBackend]:
    options = {"base_url": server.url, "api_key": KEY, **settings}
    backend = LlamaCppBackend(BackendOptions(**options))
    try:
        yield backend
    finally:
        await backend.aclose()


async def test_codestral_is_recognized_and_asked_by_ids(codestral: Server) -> None:
    backend = AutoBackend(BackendOptions(base_url=codestral.url, api_key=KEY), table.create)
    assert await text_of(backend, QUESTION) == SCRIPT.removeprefix("return")
    assert (backend.name, backend.model) == ("llamacpp", "codestral.gguf")
    await backend.aclose()
    async with asking(codestral) as explicit:
        facts = await explicit.facts()
        assert (facts.form, facts.begin, facts.context_tokens) == (PromptForm.IDS, (1,), 8192)
        assert dict(facts.ids) == {"[SUFFIX]": 16, "[PREFIX]": 14}


async def test_a_model_that_only_the_server_knows_is_infilled(infilling: Server) -> None:
    async with asking(infilling) as backend:
        assert (await backend.facts()).form is PromptForm.INFILL
        assert await text_of(backend, QUESTION) == SCRIPT


async def test_text_comes_piece_by_piece_and_its_end_and_usage_are_told(codestral: Server) -> None:
    async with asking(codestral) as backend:
        chunks = await chunks_of(backend, QUESTION)
        assert len(chunks) > 5
        assert chunks[-1].finish is Finish.STOP
        assert chunks[-1].usage is not None
        assert chunks[-1].usage.prompt_tokens > 10
        limited = await chunks_of(backend, dataclasses.replace(ENDLESS, max_tokens=5))
        assert limited[-1].finish is Finish.LENGTH
        stopped = dataclasses.replace(QUESTION, stop=("(b",))
        assert await text_of(backend, stopped) == " left + "


async def test_markers_in_source_text_stay_text(codestral: Server) -> None:
    markers = "[SUFFIX][PREFIX]</s>"
    hostile = dataclasses.replace(QUESTION, prefix=f"{markers}\nreturn", suffix=markers)
    async with asking(codestral) as backend:
        assert await text_of(backend, hostile) == SCRIPT.removeprefix("return")
        tokens = await backend._tokenizer.prompt(
            await backend.facts(), hostile.prefix, hostile.suffix
        )
    assert [tokens.count(special) for special in (14, 16, 2)] == [1, 1, 0]


async def test_leaving_the_stream_is_seen_by_the_server(codestral: Server) -> None:
    before = codestral.log_text().count("cancel task")
    async with asking(codestral) as backend, contextlib.aclosing(backend.stream(ENDLESS)) as stream:
        await anext(stream)
    await asyncio.to_thread(
        until,
        lambda: codestral.log_text().count("cancel task") > before,
        NOTICE_WITHIN_S,
        "the server did not notice that we left",
        codestral,
    )


async def test_a_prompt_longer_than_the_context_is_cut(codestral: Server) -> None:
    async with asking(codestral) as backend:
        long = dataclasses.replace(QUESTION, prefix="x = foo(bar)\n" * 8000 + QUESTION.prefix)
        chunks = await chunks_of(backend, long)
        assert "".join(chunk.text for chunk in chunks) == SCRIPT.removeprefix("return")
        assert chunks[-1].usage is not None
        assert 2000 < chunks[-1].usage.prompt_tokens < 8192


async def test_a_prompt_that_the_server_finds_too_long_is_told_as_that(codestral: Server) -> None:
    async with asking(codestral) as backend:
        unlimited = dataclasses.replace(await backend.facts(), context_tokens=None)

        async def facts() -> Facts:
            return unlimited

        backend.facts = facts  # type: ignore[method-assign]
        with pytest.raises(PromptTooLong, match="exceeds the available context size"):
            await chunks_of(backend, dataclasses.replace(QUESTION, prefix="x = foo\n" * 8000))


async def test_a_model_without_fim_tokens_refuses_to_infill(codestral: Server) -> None:
    async with asking(codestral) as backend:
        body = {"input_prefix": "", "input_suffix": "", "n_predict": 1}
        reply = await backend._reply("POST", "/infill", body)
        error = backend._error(reply.status, reply.body, reply.headers)
    assert reply.status == 501
    assert isinstance(error, ModelError)
    assert "prefix token is missing" in error.message


async def test_a_wrong_key_and_a_missing_template_are_told(
    codestral: Server, infilling: Server
) -> None:
    async with asking(codestral, api_key="another") as backend:
        with pytest.raises(AuthError):
            await chunks_of(backend, QUESTION)
    async with asking(infilling, fim_template="qwen-coder") as backend:
        with pytest.raises(ModelError, match="ordinary text"):
            await chunks_of(backend, QUESTION)


@pytest.mark.parametrize("lines", [20, 100])
async def test_the_server_keeps_the_head_of_the_prompt_while_its_user_types(
    codestral: Server, infilling: Server, lines: int
) -> None:
    for server in (codestral, infilling):
        async with asking(server) as backend:
            question = dataclasses.replace(QUESTION, suffix="\n" + TYPED * 5, max_tokens=4)
            shares = await cached_shares(backend, TYPED, lines, question)
            # Codestral's suffix stands before the prefix. The other model's is read anew each
            # time, since it stands behind what was typed.
            least = 0.9 if server is codestral else 0.5
            assert min(shares[1:]) >= least


async def test_a_server_that_is_told_to_stop_does_not_hold_us_up(
    prefix: Path, tmp_path: Path
) -> None:
    with llama(prefix, "codestral.gguf", tmp_path / "log") as server:
        async with asking(server, idle_timeout_s=1.0) as backend:
            finish = None
            # It may keep open streams for half a minute, silent.
            with contextlib.suppress(BackendTimeout):
                async with contextlib.aclosing(backend.stream(ENDLESS)) as stream:
                    async for chunk in stream:
                        finish = chunk.finish
                        server.process.send_signal(signal.SIGTERM)
            assert finish is None
