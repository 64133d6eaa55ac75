"""What an editor shows while a large workspace is being indexed."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from codestral_ls.server.progress import IndexingProgress
from codestral_ls.workspace.index.client import IndexProgress


class Shown:
    """The editor's progress bar."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, Any]] = []

    async def create_async(self, token: str) -> None:
        self.steps.append(("create", token))

    def begin(self, token: str, value: Any) -> None:
        self.steps.append(("begin", value.title))

    def report(self, token: str, value: Any) -> None:
        self.steps.append(("report", value.message))

    def end(self, token: str, value: Any) -> None:
        self.steps.append(("end", value.message))


async def shown(*told: IndexProgress, supported: bool = True) -> list[str]:
    bar = Shown()
    window = SimpleNamespace(work_done_progress=supported)
    capabilities = SimpleNamespace(window=window)
    server: Any = SimpleNamespace(client_capabilities=capabilities, work_done_progress=bar)
    progress = IndexingProgress(server)
    for step in told:
        progress.show(step)
        for _ in range(3):
            await asyncio.sleep(0)
    return [f"{name} {value}" for name, value in bar.steps if name != "create"]


STEPS = (
    IndexProgress(done=10, found=90, finished=False),
    IndexProgress(done=50, found=200, finished=False),
    IndexProgress(done=200, found=200, finished=True),
)


async def test_a_long_indexing_is_shown_from_begin_to_end() -> None:
    assert await shown(*STEPS) == [
        "begin Codestral: indexing the workspace",
        "report 50 of 200 files",
        "end 200 files",
    ]


@pytest.mark.parametrize("supported", [True, False])
async def test_nothing_is_shown_without_need_or_without_a_bar(supported: bool) -> None:
    told = STEPS[2:] if supported else STEPS
    assert await shown(*told, supported=supported) == []
