"""Starts vLLM servers that share one import: half of the minute that a vLLM takes to start.

Run with the Python of vLLM's environment. Each line of stdin is a JSON array, the file of a log and
then the arguments of ``vllm serve``; for each a process is forked that is the real server, in a
group of its own, and its id is printed. With the end of stdin all of them are killed.

Inside a server the process that computes is forked too, where vLLM would begin a new interpreter.
That is safe as long as nothing has computed before: no thread exists yet.
"""

# mypy: ignore-errors
# Run by an environment that has vllm, which this project has no use for.

import contextlib
import json
import multiprocessing
import os
import signal
import sys
import traceback

_get_context = multiprocessing.get_context


def serve(log: str, arguments: list[str]) -> None:
    """The server; returns when it has ended."""
    from vllm.entrypoints.launchers.api_server.entry import main

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    written = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, opened in enumerate((nothing, written, written)):
        os.dup2(opened, number)
    sys.argv = ["vllm", *arguments]
    main()


def start() -> None:
    """Import, then fork a server for each line."""
    import vllm.entrypoints.openai.api_server
    import vllm.model_executor.models.mistral
    import vllm.v1.worker.cpu_worker  # noqa: F401  what a server imports later

    multiprocessing.get_context = lambda method=None: _get_context("fork")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody else asks how they ended
    print("ready", flush=True)
    started = []
    for line in sys.stdin:
        log, *arguments = json.loads(line)
        process = os.fork()
        if not process:
            os.setpgid(0, 0)
            try:
                serve(log, arguments)
            except BaseException:  # noqa: BLE001  the log is told, whatever it is
                traceback.print_exc()
            os._exit(1)
        with contextlib.suppress(PermissionError, ProcessLookupError):
            os.setpgid(process, process)  # whichever of the two comes first
        started.append(process)
        print(process, flush=True)
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process, signal.SIGKILL)


if __name__ == "__main__":
    start()
