"""The real program in a process of its own, without the half second that its imports take.

One process for each test run has loaded what the server needs; every start is a fork of it, with
the environment, working directory and pipes that a new process would be given. What is about the
start itself (imports, flags and variables of the interpreter) starts a new interpreter instead.
"""

from __future__ import annotations

import array
import atexit
import contextlib
import functools
import gc
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Protocol

_MODULES = (
    "codestral_ls.commands.cli",
    "codestral_ls.commands.complete",
    "codestral_ls.commands.doctor",
    "codestral_ls.commands.login",
    "codestral_ls.server.handlers.completion",
    "codestral_ls.server.transport",
    "codestral_ls.server.websocket",
    "codestral_ls.session.session",
    "codestral_ls.session.assembly",
    "codestral_ls.statistics.recorder",
    "codestral_ls.engine.engine",
    "codestral_ls.backends.http.client",
    "codestral_ls.backends.mistral.fim",
    "tree_sitter_python",
)
# What keyring loads, where it is there. keyring itself reads the environment when it is imported.
_LIBRARIES_OF_KEYRING = ("importlib_metadata", "jaraco.classes.properties", "secretstorage")
_STATUS_SIZE = array.array("i").itemsize


class Process(Protocol):
    """What the tests use of :class:`subprocess.Popen`."""

    pid: int
    stdin: IO[bytes] | None
    stdout: IO[bytes] | None
    stderr: IO[bytes] | None

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def kill(self) -> None: ...
    def send_signal(self, sig: int) -> None: ...


def start(arguments: Sequence[str], environ: Mapping[str, str], cwd: Path) -> Process:
    """``codestral-ls ARGUMENTS`` with three pipes; a new interpreter where there is no fork."""
    if not hasattr(os, "fork"):
        return start_anew(arguments, environ, cwd)
    return _Forked(arguments, environ, cwd)


def start_anew(arguments: Sequence[str], environ: Mapping[str, str], cwd: Path) -> Process:
    """``codestral-ls ARGUMENTS`` with three pipes in a new interpreter."""
    return subprocess.Popen(
        [sys.executable, "-m", "codestral_ls", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(environ),
        cwd=cwd,
    )


def run(
    arguments: Sequence[str],
    environ: Mapping[str, str],
    cwd: Path,
    timeout: float,
    typed: str = "",
) -> subprocess.CompletedProcess[str]:
    """``codestral-ls ARGUMENTS`` to its end; ``typed`` comes through a pipe."""
    process = start(arguments, environ, cwd)
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    with contextlib.suppress(BrokenPipeError), process.stdin as stdin:
        stdin.write(typed.encode())
    with process.stdout as stdout, process.stderr as stderr, ThreadPoolExecutor(2) as readers:
        out, err = readers.submit(stdout.read), readers.submit(stderr.read)
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return subprocess.CompletedProcess(
        list(arguments), status, out.result().decode(), err.result().decode()
    )


class _Forked:
    def __init__(self, arguments: Sequence[str], environ: Mapping[str, str], cwd: Path) -> None:
        stdin, written = os.pipe()
        read_out, stdout = os.pipe()
        read_err, stderr = os.pipe()
        self._status, status = os.pipe()
        self._returncode: int | None = None
        theirs = [stdin, stdout, stderr, status]
        try:
            wish = [[str(word) for word in arguments], dict(environ), str(cwd)]
            self.pid = _loaded().fork(wish, theirs)
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        self.stdin: IO[bytes] | None = os.fdopen(written, "wb")
        self.stdout: IO[bytes] | None = os.fdopen(read_out, "rb")
        self.stderr: IO[bytes] | None = os.fdopen(read_err, "rb")

    def poll(self) -> int | None:
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        status = self._ended(timeout)
        if status is None:
            raise subprocess.TimeoutExpired("codestral-ls", timeout or 0)
        return status

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def _ended(self, timeout: float | None) -> int | None:
        if self._returncode is None:
            with selectors.DefaultSelector() as selector:
                selector.register(self._status, selectors.EVENT_READ)
                if not selector.select(timeout):
                    return None
            self._returncode = array.array("i", os.read(self._status, _STATUS_SIZE))[0]
            os.close(self._status)
        return self._returncode


class _Loaded:
    """The process that forks. It ends with this one."""

    def __init__(self) -> None:
        self._connection, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.forked", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                cwd=Path(__file__).parent.parent,
            )

    def fork(self, wish: Sequence[object], descriptors: Sequence[int]) -> int:
        """Have the program started; returns its process id."""
        text = json.dumps(wish).encode()
        socket.send_fds(self._connection, [len(text).to_bytes(4, "little")], descriptors)
        self._connection.sendall(text)
        return int.from_bytes(_exactly(self._connection, 4), "little")

    def close(self) -> None:
        self._connection.close()
        self._process.wait()


@functools.cache
def _loaded() -> _Loaded:
    loaded = _Loaded()
    atexit.register(loaded.close)
    return loaded


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        received = connection.recv(size - len(data))
        if not received:
            raise EOFError("the process that forks is gone")
        data += received
    return data


def _serve(connection: socket.socket) -> None:
    """Fork for each wish, and report each end, until nobody is left to wish."""
    waking, woken = socket.socketpair()
    for end in (waking, woken):
        end.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken.fileno(), warn_on_full_buffer=False)
    statuses: dict[int, int] = {}
    with selectors.DefaultSelector() as selector:
        selector.register(waking, selectors.EVENT_READ)
        selector.register(connection, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is waking:
                    waking.recv(4096)
                    _report_ends(statuses)
                    continue
                size, descriptors, _, _ = socket.recv_fds(connection, 4, 4)
                if not size:
                    return
                wish = _exactly(connection, int.from_bytes(size, "little"))
                pid = os.fork()
                if not pid:
                    arguments, environ, cwd = json.loads(wish)
                    _become(arguments, environ, cwd, descriptors[:3])
                statuses[pid] = descriptors[3]
                for descriptor in descriptors[:3]:
                    os.close(descriptor)
                connection.sendall(pid.to_bytes(4, "little"))


def _report_ends(statuses: dict[int, int]) -> None:
    while statuses:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        end = statuses.pop(pid)
        with contextlib.suppress(BrokenPipeError):  # where nobody asks any more
            os.write(end, array.array("i", [os.waitstatus_to_exitcode(status)]).tobytes())
        os.close(end)


def _become(
    arguments: Sequence[str], environ: Mapping[str, str], cwd: str, pipes: Sequence[int]
) -> None:
    """Make this fork what a new process would be, and run the program in it."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, descriptor in enumerate(pipes):
        os.dup2(descriptor, number)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environ)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)
    sys.argv = ["codestral-ls", *arguments]
    from codestral_ls.commands.cli import main

    status = 1
    try:
        status = main()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _main() -> None:
    for module in _MODULES:
        __import__(module)
    for module in _LIBRARIES_OF_KEYRING:
        with contextlib.suppress(ImportError):
            __import__(module)
    gc.collect()
    gc.freeze()  # so that no fork looks at, and thereby copies, what they share
    connection = socket.socket(fileno=int(sys.argv[1]))
    _serve(connection)


if __name__ == "__main__":
    _main()
