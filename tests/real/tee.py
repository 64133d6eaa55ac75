"""Stands between an editor and a language server on stdio and writes down every message.

``python tests/real/tee.py LOG SERVER [ARGUMENT...]`` as the editor's server command. LOG gets one
JSON object a line: ``at`` (seconds, monotonic clock), ``from`` (``client`` or ``server``) and
``message``. Uses the standard library alone, so that any Python can run it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import IO, Any

_PORTION_BYTES = 65536


def main() -> int:
    """Run the server and write down what passes; returns the server's exit status."""
    log_path, *command = sys.argv[1:]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    assert process.stdin is not None
    assert process.stdout is not None
    with open(log_path, "a", encoding="utf-8") as log:  # noqa: PTH123  # no import beyond need
        lock = threading.Lock()
        forward = threading.Thread(
            target=_pump, args=(0, process.stdin.fileno(), "client", log, lock), daemon=True
        )
        forward.start()
        _pump(process.stdout.fileno(), 1, "server", log, lock)
        return process.wait()


def _pump(source: int, sink: int, sender: str, log: IO[str], lock: threading.Lock) -> None:
    received = b""
    while portion := os.read(source, _PORTION_BYTES):
        now = time.monotonic()
        left = portion
        while left:
            left = left[os.write(sink, left) :]
        received += portion
        messages, received = _split(received)
        with lock:
            for message in messages:
                log.write(json.dumps({"at": now, "from": sender, "message": message}) + "\n")
            log.flush()
    if sender == "client":
        os.close(sink)


def _split(received: bytes) -> tuple[list[Any], bytes]:
    """The whole messages, and the beginning of the next one."""
    messages: list[Any] = []
    while True:
        head, separator, rest = received.partition(b"\r\n\r\n")
        length = next(_lengths(head), 0)
        if not separator or len(rest) < length:
            return messages, received
        messages.append(json.loads(rest[:length]))
        received = rest[length:]


def _lengths(head: bytes) -> Iterator[int]:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            yield int(value)


if __name__ == "__main__":
    sys.exit(main())
