"""Several real vLLMs at a time, on one import; and vLLM's router before them, as the recipe has it.

Measured on two cores with a load of 6 to 9: 20 s for the import, then 6 to 9 s for each server,
4 s of them on the processor. Started one by one as ``test_vllm`` does, each takes 40 to 90 s there.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.real.launch import needed
from tests.real.servers import (
    HERE,
    Server,
    end,
    free_port,
    is_healthy,
    metric,
    running,
    tiny_model,
    until,
)

RECIPES = Path(__file__).parents[2] / "codestral_ls" / "backends" / "README.md"
KEY = "made-up-key"
# The first request of a kind may have something compiled.
IDLE_S = 120.0
AUTHORIZATION = {"Authorization": f"Bearer {KEY}"}
# It imports a gigabyte of libraries, on cores that others may use.
START_WITHIN_S = 300.0
ENVIRONMENT = {
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "OMP_NUM_THREADS": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
}
"""Of a vLLM that shares two cores with others."""


@dataclass(frozen=True, slots=True)
class Replica:
    """A running vLLM."""

    url: str
    port: int
    log: Path
    process_id: int

    def log_text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    @property
    def answers(self) -> int:
        """Completions that it has begun or refused, since the first start at this port. Told in
        its log before the head of the answer is sent."""
        return self.log_text().count('"POST /v1/completions')

    def cached_share(self) -> float:
        """Of the tokens of all prompts, those that it had read before. Clients that stop a stream
        early are not told: the count comes with the end."""
        hits, queries = (
            metric(self, f"vllm:prefix_cache_{name}_total") for name in ("hits", "queries")
        )
        return hits / queries

    def kill(self) -> None:
        """End it at once, in the middle of whatever it does."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process_id, signal.SIGKILL)


def vllm_options(model: Path, port: int) -> list[str]:
    """The options of a vLLM that serves a made-up model on this machine."""
    return [
        "--model", str(model), "--served-model-name", "fast", "--host", "127.0.0.1",
        "--port", str(port), "--dtype", "float32", "--enforce-eager", "--max-model-len", "8192",
    ]  # fmt: skip


class Vllms:
    """Starts vLLMs with the made-up model; all are ended with the block of ``vllms``."""

    def __init__(self, python: str, launcher: subprocess.Popen[str], folder: Path) -> None:
        self._launcher = launcher
        self._folder = folder
        self._model = tiny_model(python, "hf", Path(python).parents[2])

    def start(self, *arguments: str, port: int | None = None, key: str = KEY) -> Replica:
        """One that is ready to answer; at the port of one that was killed, where that is given.

        ``key``: what it wants to be shown; empty for nothing.
        """
        port = port or free_port()
        log = self._folder / f"vllm-{port}.log"
        command = [
            str(log), *vllm_options(self._model, port), *(["--api-key", key] if key else []),
            "--distributed-executor-backend", "uni", *arguments,
        ]  # fmt: skip
        assert self._launcher.stdin is not None
        print(json.dumps(command), file=self._launcher.stdin, flush=True)
        url = f"http://127.0.0.1:{port}"
        replica = Replica(url, port, log, int(self._told()))
        until(lambda: self._is_ready(replica), START_WITHIN_S, "vLLM did not start", replica)
        return replica

    def _told(self) -> str:
        """The launcher's next line; what vLLM's import prints is passed over."""
        assert self._launcher.stdout is not None
        for line in self._launcher.stdout:
            if line.strip() == "ready" or line.strip().isdigit():
                return line.strip()
        raise AssertionError(f"vLLM could not be imported: {self._launcher.wait()}")

    def _is_ready(self, replica: Replica) -> bool:
        with contextlib.suppress(ProcessLookupError):
            os.kill(replica.process_id, 0)
            return is_healthy(f"{replica.url}/health")
        raise AssertionError(f"it ended:\n{replica.log_text()[-3000:]}")


@contextlib.contextmanager
def vllms(folder: Path) -> Iterator[Vllms]:
    """The means to start vLLMs, with logs in the folder; skips where there is no vLLM."""
    python = needed("get_vllm.sh", "vLLM")
    with (folder / "import.log").open("wb") as log:
        launcher = subprocess.Popen(
            ["nice", python, str(HERE / "fork_vllm.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            # With "uni": what computes has no process of its own beside the scheduler's.
            env={**os.environ, **ENVIRONMENT, "VLLM_ENABLE_V1_MULTIPROCESSING": "0"},
            start_new_session=True,
        )
    try:
        starts = Vllms(python, launcher, folder)
        starts._told()
        yield starts
    finally:
        assert launcher.stdin is not None
        assert launcher.stdout is not None
        launcher.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            launcher.wait(30)
        end(launcher)
        launcher.stdout.close()


@contextlib.contextmanager
def router(
    workers: Sequence[str], options: Sequence[str], log: Path, port: int | None = None
) -> Iterator[Server]:
    """vLLM's router before these servers."""
    python = needed("get_vllm_router.sh", "vLLM's router")
    port = port or free_port()
    command = [
        str(Path(python).with_name("vllm-router")), "--port", str(port), "--worker-urls", *workers,
        "--prometheus-port", str(free_port()), *options,
    ]  # fmt: skip
    with running(command, port, log, {"DO_NOT_TRACK": "1"}, START_WITHIN_S) as server:
        yield server


def recipe(program: str) -> list[str]:
    """The options that the recipe for a team gives a program, without addresses and model."""
    section = RECIPES.read_text(encoding="utf-8").partition("## A team")[2].partition("\n## ")[0]
    lines = section.replace("\\\n", " ").splitlines()
    line = next(line for line in lines if line.startswith(f"$ {program}"))
    words = shlex.split(line.removeprefix(f"$ {program}"), comments=True)
    options = []
    for name, value in zip(words, [*words[1:], "--"], strict=True):
        if name.startswith("--") and name not in {"--worker-urls", "--port"}:
            options += [name] if value.startswith("--") else [name, value]
    return options


def recipe_row(router_name: str) -> list[str]:
    """The options that the recipe's table of routers gives one of them."""
    rows = (line.split("|") for line in RECIPES.read_text(encoding="utf-8").splitlines())
    cell = next(row[2] for row in rows if len(row) > 2 and row[1].strip() == router_name)
    return shlex.split(cell.split("`")[1])
