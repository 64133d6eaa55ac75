"""Real inference servers: given a tiny model, started, asked, and ended."""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

HERE = Path(__file__).parent

# Between two looks at a server that starts.
_PAUSE_S = 0.1


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def log_text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")


class Logged(Protocol):
    """A server whose log tells what went wrong."""

    @property
    def url(self) -> str: ...

    def log_text(self) -> str: ...


def tiny_model(python: str, kind: str, cache: Path) -> Path:
    """The directory of a tiny model, made once for every version of the script that makes it."""
    script = HERE / "make_tiny_model.py"
    version = hashlib.sha256(script.read_bytes()).hexdigest()[:12]
    directory = cache / f"model-{kind}-{version}"
    if not (directory / "complete").exists():
        subprocess.run([python, str(script), kind, str(directory)], check=True)
        (directory / "complete").touch()
    return directory


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def running(
    command: Sequence[str],
    port: int,
    log: Path,
    environment: Mapping[str, str],
    within_s: float,
    health: str = "/health",
) -> Iterator[Server]:
    """A server that answers at ``health``, ended with the block."""
    with log.open("wb") as written:
        process = subprocess.Popen(
            ["nice", *command],
            stdout=written,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
            start_new_session=True,
        )
    server = Server(f"http://127.0.0.1:{port}", process, log)
    try:
        until(lambda: _has_started(server, health), within_s, f"{command[0]} did not start", server)
        yield server
    finally:
        end(process)


def until(holds: Callable[[], object], within_s: float, otherwise: str, server: Logged) -> None:
    """Wait for a condition; fails with the end of the server's log."""
    deadline = time.monotonic() + within_s
    while not holds():
        in_time = time.monotonic() < deadline
        assert in_time, f"{otherwise}:\n{server.log_text()[-2000:]}"
        time.sleep(_PAUSE_S)


def get(url: str, headers: Mapping[str, str] | None = None) -> str:
    request = urllib.request.Request(url, headers=dict(headers or {}))
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(answer.read().decode())


def metric(server: Logged, name: str, headers: Mapping[str, str] | None = None) -> float:
    """The sum of a counter or gauge in ``/metrics``, whatever its labels."""
    values = [
        float(line.rpartition(" ")[2])
        for line in get(f"{server.url}/metrics", headers).splitlines()
        if line.startswith(name)
    ]
    assert values, f"no metric {name}"
    return sum(values)


def is_healthy(url: str) -> bool:
    try:
        get(url)
    except OSError:  # refused, or 503 while the model is being loaded
        return False
    return True


def _has_started(server: Server, health: str) -> bool:
    assert server.process.poll() is None, f"it ended:\n{server.log_text()[-3000:]}"
    return is_healthy(server.url + health)


def end(process: subprocess.Popen[Any]) -> None:
    """End a process that was started in a session of its own, with all of its group."""
    # The whole group: vLLM has processes of its own.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, 15)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(10)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, 9)
    process.wait()
