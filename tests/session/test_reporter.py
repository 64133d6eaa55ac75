"""Metrics on their way: written whole, sent without a key, and never the user's trouble."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from google.protobuf.json_format import Parse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from prometheus_client.parser import text_string_to_metric_families

from codestral_ls.config import Settings
from codestral_ls.engine.history import History
from codestral_ls.metrics.measures import Measures
from codestral_ls.session.notices import Notice
from codestral_ls.session.reporter import Reporter
from codestral_ls.session.session import Session
from codestral_ls.whole_files import write_whole
from tests.session.test_session import Told
from tests.virtual_time import run


class Staying(Told):
    """A client as an editor is: it stays."""

    wants_index = True


def settings(metrics: str) -> Settings:
    return Settings(metrics=metrics, headers=(("X-Team", "secret"),))


def value(path: Path, name: str) -> float:
    families = text_string_to_metric_families(path.read_text())
    return next(s.value for family in families for s in family.samples if s.name == name)


@contextlib.asynccontextmanager
async def reporting(metrics: str, history: History) -> AsyncIterator[tuple[Reporter, list[Notice]]]:
    told: list[Notice] = []
    reporter = Reporter(settings(metrics), history, {}, told.append)
    try:
        yield reporter, told
    finally:
        await reporter.aclose()


def names_in(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


async def test_a_file_is_written_again_and_a_last_time(tmp_path: Path) -> None:
    path, history = tmp_path / "codestral.prom", History()
    async with reporting(f"file:{path}", history) as (reporter, _):
        for n in (1, 2):
            history.note_asked("python")
            await reporter.report()
            assert value(path, "codestral_ls_requests_total") == n
        history.note_asked("python")
    assert value(path, "codestral_ls_requests_total") == 3
    # Nothing half written is ever seen under the name, and nothing is left beside it.
    assert names_in(tmp_path) == ["codestral.prom"]
    assert mode(path) == 0o644


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


async def test_a_file_of_a_process_goes_with_it(tmp_path: Path) -> None:
    async with reporting(f"file:{tmp_path}/c-{{pid}}.prom", History()) as (reporter, _):
        await reporter.report()
        assert names_in(tmp_path) == [f"c-{os.getpid()}.prom"]
    assert names_in(tmp_path) == []


async def test_a_write_under_way_comes_before_the_last_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, goes_on, n_writes = threading.Event(), threading.Event(), 0

    def slow(path: Path, data: bytes, *, mode: int) -> None:
        nonlocal n_writes
        n_writes += 1
        if n_writes == 1:
            begun.set()
            goes_on.wait(10)
        write_whole(path, data, mode=mode)

    monkeypatch.setattr("codestral_ls.session.reporter.write_whole", slow)
    path, history = tmp_path / "codestral.prom", History()
    reporter = Reporter(settings(f"file:{path}"), history, {}, lambda _: None)
    await asyncio.to_thread(begun.wait, 10)
    history.note_asked("python")
    closing = asyncio.create_task(reporter.aclose())
    for _ in range(20):
        await asyncio.sleep(0)
    assert n_writes == 1
    goes_on.set()
    await closing
    assert value(path, "codestral_ls_requests_total") == 1


async def test_a_file_system_that_hangs_does_not_keep_a_session_from_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, goes_on, ended = threading.Event(), threading.Event(), threading.Event()

    def hanging(path: Path, data: bytes, *, mode: int) -> None:
        begun.set()
        goes_on.wait(10)
        ended.set()

    monkeypatch.setattr("codestral_ls.session.reporter.write_whole", hanging)
    monkeypatch.setattr("codestral_ls.session.reporter._LAST_WITHIN_S", 0.01)
    reporter = Reporter(settings(f"file:{tmp_path}/c-{{pid}}.prom"), History(), {}, lambda _: None)
    await asyncio.to_thread(begun.wait, 10)
    await reporter.aclose()
    assert not ended.is_set()
    goes_on.set()


async def test_a_place_that_cannot_be_written_is_logged_once_and_told_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        async with reporting(f"file:{tmp_path}/none/c.prom", History()) as (reporter, told):
            for _ in range(3):
                await reporter.report()
    assert told == []
    assert len([r for r in caplog.records if "cannot be written" in r.getMessage()]) == 1


def test_it_reports_at_once_every_thirty_seconds_and_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at: list[float] = []

    class Destination:
        async def send(self, measures: Measures) -> str:
            at.append(asyncio.get_running_loop().time())
            return ""

        async def aclose(self) -> None:
            at.append(-1)

    monkeypatch.setattr("codestral_ls.session.reporter._opened", lambda *_: Destination())

    async def session() -> None:
        async with reporting("file:x", History()):
            await asyncio.sleep(70)

    run(session())
    assert [round(moment) for moment in at] == [0, 30, 60, 70, -1]


@pytest.mark.parametrize("path", ["", "/", "/v1/metrics"])
async def test_a_receiver_of_otlp_gets_counts_and_no_key(path: str) -> None:
    bodies: asyncio.Queue[tuple[str, dict[str, str], bytes]] = asyncio.Queue()

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers["content-length"]))
        bodies.put_nowait((first, headers, body))
        said = b'{"partialSuccess":{}}'
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
            + f"Content-Length: {len(said)}\r\n\r\n".encode()
            + said
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(receive, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    history = History()
    history.note_accepted("python", 1, "twelve chars", "twelve chars")
    async with server, reporting(f"http://127.0.0.1:{port}{path}", history):
        first, headers, body = await bodies.get()
    assert first == "POST /v1/metrics HTTP/1.1"
    assert headers["content-type"] == "application/json"
    assert "authorization" not in headers
    assert "x-team" not in headers
    request = Parse(body, ExportMetricsServiceRequest())
    metrics = {m.name: m for m in request.resource_metrics[0].scope_metrics[0].metrics}
    assert metrics["codestral_ls.accepted_chars"].sum.data_points[0].as_int == 12
    assert json.loads(body).keys() == {"resourceMetrics"}


@pytest.mark.parametrize(
    "metrics",
    [
        *("file:", "file:.", "file:/", "file:..", "file:/x/.."),
        *("nowhere", "ftp://a.example", "/var/x.prom", "http://"),
    ],
)
async def test_what_names_no_destination_is_told(metrics: str) -> None:
    async with reporting(metrics, History()) as (_, told):
        assert len(told) == 1
    assert "file:PATH" in told[0].text


async def test_a_session_reports_where_its_client_stays(tmp_path: Path) -> None:
    path = tmp_path / "c.prom"
    for client, expected in ((Told(), False), (Staying(), True)):
        session = Session(
            {"CODESTRAL_LS_CONFIG": str(tmp_path / "none")}, {"metrics": f"file:{path}"}, client
        )
        await session.ready_engine()
        await session.aclose()
        assert await asyncio.to_thread(path.exists) is expected


async def test_without_the_setting_nothing_is_made(tmp_path: Path) -> None:
    session = Session({"CODESTRAL_LS_CONFIG": str(tmp_path / "none")}, {}, Staying())
    await session.ready_engine()
    assert session._counting._reporter is None
    await session.aclose()
