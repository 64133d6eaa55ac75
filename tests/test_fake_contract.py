"""The fake server is held to someone else's client: Mistral's own SDK understands all it says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from mistralai.client import Mistral
from mistralai.client.errors import HTTPValidationError, SDKError
from mistralai.client.models import BaseModelCard, CompletionChunk, CompletionEvent

from codestral_ls.backends.mistral.batch import MistralBatches
from codestral_ls.backends.options import BackendOptions
from tests.fakes.behaviour import FIXTURES, Behaviour, recorded
from tests.fakes.fim_server import KEY, FakeFim
from tests.fakes.mistral import Mistral as MistralDialect

PROMPT = "def add(a, b):\n    return "


@pytest.fixture
async def fake() -> AsyncIterator[FakeFim]:
    async with FakeFim() as server:
        yield server


@pytest.fixture
async def client(fake: FakeFim) -> AsyncIterator[Mistral]:
    # Its own clients would read the certificates of the system, for each test anew.
    with httpx.Client(verify=False) as one:
        async with (
            httpx.AsyncClient(verify=False) as other,
            Mistral(
                api_key=KEY,
                server_url=fake.url,
                timeout_ms=10_000,
                client=one,  # type: ignore[arg-type]  # names the classes of its own defaults
                async_client=other,  # type: ignore[arg-type]  # as above
            ) as sdk,
        ):
            yield sdk


def check_stream(chunks: list[CompletionChunk]) -> None:
    text = "".join(str(chunk.choices[0].delta.content) for chunk in chunks)
    assert text == "a + b"
    assert [chunk.choices[0].finish_reason for chunk in chunks[-2:]] == [None, "stop"]
    usage = chunks[-1].usage
    assert usage is not None
    assert usage.completion_tokens == 4
    assert usage.total_tokens == 4 + (usage.prompt_tokens or 0)


async def test_the_sdk_completes(client: Mistral) -> None:
    answer = await client.fim.complete_async(
        model="codestral-latest", prompt=PROMPT, suffix="\n", max_tokens=64, temperature=0.0
    )
    assert answer.choices[0].message is not None
    assert answer.choices[0].message.content == "a + b"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.model == "codestral-2508"
    assert answer.usage.completion_tokens == 4


async def test_the_sdk_streams(client: Mistral) -> None:
    stream = await client.fim.stream_async(model="codestral-latest", prompt=PROMPT)
    async with stream:
        check_stream([event.data async for event in stream])


async def test_the_sdk_completes_and_streams_from_a_thread(client: Mistral) -> None:
    def stream() -> list[CompletionEvent]:
        with client.fim.stream(model="codestral-2508", prompt=PROMPT) as events:
            return list(events)

    answer = await asyncio.to_thread(
        client.fim.complete, model="codestral-2508", prompt=PROMPT, stop=["+"]
    )
    assert answer.choices[0].message is not None
    assert answer.choices[0].message.content == "a "
    check_stream([event.data for event in await asyncio.to_thread(stream)])


async def test_every_field_that_the_sdk_can_send_is_accepted(
    fake: FakeFim, client: Mistral
) -> None:
    await client.fim.complete_async(
        model="codestral-latest",
        prompt=PROMPT,
        suffix="\n",
        temperature=1.5,
        top_p=1.0,
        max_tokens=2,
        min_tokens=0,
        random_seed=7,
        stop="\n\n",
        metadata={"a": 1},
        prompt_cache_key="f00",
    )
    assert fake.requests[0].body["prompt_cache_key"] == "f00"


async def test_the_token_limit_is_kept_and_told(client: Mistral) -> None:
    answer = await client.fim.complete_async(model="codestral-latest", prompt=PROMPT, max_tokens=1)
    assert answer.choices[0].finish_reason == "length"


@pytest.mark.parametrize(("model", "code"), [("mistral-small-latest", "3051"), ("gpt-2", "1500")])
async def test_models_without_fim_and_unknown_ones_are_refused(
    client: Mistral, model: str, code: str
) -> None:
    with pytest.raises(SDKError) as caught:
        await client.fim.complete_async(model=model, prompt=PROMPT)
    assert caught.value.status_code == 400
    assert f'"code": "{code}"' in caught.value.body


async def test_a_wrong_key_is_refused(fake: FakeFim) -> None:
    async with Mistral(api_key="wrong", server_url=fake.url) as client:
        with pytest.raises(SDKError) as caught:
            await client.fim.complete_async(model="codestral-latest", prompt=PROMPT)
        assert caught.value.status_code == 401
        with pytest.raises(SDKError) as caught:
            await client.models.list_async()
        assert caught.value.status_code == 401


async def test_values_out_of_range_are_refused(client: Mistral) -> None:
    with pytest.raises(HTTPValidationError) as caught:
        await client.fim.complete_async(model="codestral-latest", prompt=PROMPT, temperature=2.0)
    assert caught.value.status_code == 422


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in (FIXTURES / "mistral").glob("error-*.json"))
)
async def test_every_recorded_refusal_is_an_error_of_the_sdk(
    fake: FakeFim, client: Mistral, name: str
) -> None:
    fake.default = recorded(f"mistral/{name}")
    with pytest.raises((SDKError, HTTPValidationError)) as caught:
        await client.fim.complete_async(model="codestral-latest", prompt=PROMPT)
    assert caught.value.status_code == fake.default.status


@pytest.mark.parametrize(
    "behaviour",
    [
        Behaviour(bytes_per_write=1),
        Behaviour(events_per_write=10),
        Behaviour(line_end="\r\n"),
        Behaviour(comments=True),
        Behaviour(unknown_fields=True),
    ],
)
async def test_the_sdk_understands_streams_that_travel_in_other_portions(
    fake: FakeFim, client: Mistral, behaviour: Behaviour
) -> None:
    fake.default = behaviour
    stream = await client.fim.stream_async(model="codestral-latest", prompt=PROMPT)
    async with stream:
        check_stream([event.data async for event in stream])


async def test_recorded_answers_are_understood_by_the_sdk(fake: FakeFim, client: Mistral) -> None:
    fake.script = [recorded("mistral/completion"), recorded("mistral/stream")]
    answer = await client.fim.complete_async(model="codestral-latest", prompt=PROMPT)
    assert answer.choices[0].message is not None
    assert answer.choices[0].message.content == "a + b"
    stream = await client.fim.stream_async(model="codestral-latest", prompt=PROMPT)
    async with stream:
        text = [str(event.data.choices[0].delta.content) async for event in stream]
    assert "".join(text) == "a + b"


async def test_the_sdk_lists_the_models(client: Mistral) -> None:
    models = (await client.models.list_async()).data or []
    assert [model.id for model in models if isinstance(model, BaseModelCard)] == ["codestral-2508"]


async def test_the_sdk_runs_a_batch_of_what_we_would_upload(fake: FakeFim, client: Mistral) -> None:
    options = BackendOptions(base_url=fake.url, api_key=KEY, model="codestral-latest")
    ours = MistralBatches(options)
    body = {"model": "x", "prompt": PROMPT, "suffix": "\n", "max_tokens": 9, "stream": True}
    try:
        job = await ours.submit({"first": body})
        assert (job.status, job.n_requests) == ("QUEUED", 1)
        await ours.job(job.id)
        ended = await ours.job(job.id)
        answers = await ours.answers(ended)
    finally:
        await ours.aclose()
    assert answers["first"].text == "a + b"
    assert answers["first"].usage is not None
    # The official client reads the same job, and starts one of the same file.
    theirs = await client.batch.jobs.get_async(job_id=job.id)
    assert (theirs.status, theirs.endpoint) == ("SUCCESS", "/v1/fim/completions")
    assert isinstance(theirs.output_file, str)
    answer = await client.files.download_async(file_id=theirs.output_file)
    line = json.loads(await answer.aread())
    assert line["custom_id"] == "first"
    file = await client.files.upload_async(
        file={"file_name": "x.jsonl", "content": fake_lines(fake)}, purpose="batch"
    )
    again = await client.batch.jobs.create_async(
        input_files=[file.id], endpoint="/v1/fim/completions", model="codestral-latest"
    )
    assert again.status == "QUEUED"
    cancelled = await client.batch.jobs.cancel_async(job_id=again.id)
    assert cancelled.status == "CANCELLATION_REQUESTED"


def fake_lines(fake: FakeFim) -> bytes:
    """The file that was uploaded first."""
    dialect = fake._dialect
    assert isinstance(dialect, MistralDialect)
    return next(iter(dialect.batches.files.values()))
