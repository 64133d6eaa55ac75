"""Stands between editor and server and writes down each message: ``tee.py LOG PIDFILE PROGRAM ...``.

One JSON object a line: ``{"from": "client" | "server", "at": seconds, "message": {...}}``.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO


def read(source: IO[bytes]) -> tuple[bytes, bytes] | None:
    """A message's header and body; None at the end."""
    header, length = b"", 0
    while True:
        line = source.readline()
        if not line:
            return None
        header += line
        if line == b"\r\n":
            return header, source.read(length)
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)


def pump(source: IO[bytes], target: IO[bytes], log: IO[str], who: str) -> None:
    """Pass on what one side says, until it ends."""
    while (said := read(source)) is not None:
        entry = {"from": who, "at": time.time(), "message": json.loads(said[1])}
        log.write(json.dumps(entry) + "\n")
        try:
            target.write(b"".join(said))
            target.flush()
        except OSError:
            return
    target.close()


def main() -> int:
    """Run the server with both pipes tapped; its exit status is ours."""
    log_file, pid_file, *command = sys.argv[1:]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert server.stdin is not None
    assert server.stdout is not None
    Path(pid_file).write_text(str(server.pid))
    with Path(log_file).open("a", encoding="utf-8", buffering=1) as log:
        threads = [
            threading.Thread(target=pump, args=(*ends, log, who), daemon=True)
            for *ends, who in (
                (sys.stdin.buffer, server.stdin, "client"),
                (server.stdout, sys.stdout.buffer, "server"),
            )
        ]
        for thread in threads:
            thread.start()
        status = server.wait()
        threads[1].join(2)
    return status


if __name__ == "__main__":
    sys.exit(main())
