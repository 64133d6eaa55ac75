"""When a suggestion is on the screens of a real VS Code and a real Neovim, and when it is whole.

    python -m tests.benchmarks.ghost [--times 20] [--only vscode|neovim]

The model takes 200 ms to the first byte and writes 100 tokens/s. Milliseconds from the key to the
frame (VS Code) or the screen's state (Neovim) that has it; medians, and the worst.

``block``: Enter in the body of a Go function, which the model fills with eight lines. The time to
its ghost, which has the first line, is told in stages: from the key to the request at the model,
to the end of that line (the model's own time), and from there to the screen. ``single
line``: the last key of a line whose rest was asked for after the blank before it, typed at eight
keys a second. ``first burst``: the same as the first that is typed in a document. Every place is
one that was never asked about.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.fakes.dialect import tokenize
from tests.fakes.endpoint import Endpoint
from tests.fakes.fim_server import Exchange
from tests.real.growing import (
    BLOCK,
    FIRST_BYTE_S,
    TOKEN_S,
    WHOLE,
    Growth,
    go_file,
    header,
    plays,
    watch,
)
from tests.real.launch import SERVER, Unavailable

INTERVAL_S = 0.125
LINE = "line_{:03} = account.balance(day)"
N_TYPED = len("line_000 = accou")
WITHIN_S = 15.0


class VsCode:
    """A VS Code in a folder of its own."""

    def __init__(self, folder: Path, endpoint: Endpoint) -> None:
        from tests.real.vscode import Code, build_extension, environment

        self.folder, self.endpoint = folder, endpoint
        self._code = Code(environment())
        (folder / "first.py").write_text("value = 1\n")
        self._code.start(
            vsix=str(build_extension()),
            folder=str(folder),
            machine={"codestral.server.command": SERVER},
            env={**endpoint.environment, "PYTHONPATH": str(Path.cwd())},
        )
        endpoint.intends("value = 1")
        self._code.load("first.py")
        self._code.ready("val")

    def block(self, number: int) -> Growth:
        self._open(f"report{number}.go", go_file(number), 3, len(header(number)) + 1)
        self._code.trace()
        self._code.press("Enter")
        return self._traced(WHOLE.replace("\t", " " * 4))

    def line(self, file: str, number: int, *, new: bool) -> float:
        if new:
            self._open(file, "", 1, 1)
        whole = LINE.format(number)
        self._code.type(whole[: N_TYPED - 1], delay_ms=round(INTERVAL_S * 1000))
        self._code.trace()
        self._code.type(whole[N_TYPED - 1 : N_TYPED])
        seen = self._traced(whole[N_TYPED:])
        self._code.press("Tab")
        self._code.wait_no_ghost()
        self._code.press("Enter")
        return seen.ms[-1]

    def close(self) -> None:
        self._code.close()

    def _open(self, file: str, text: str, line: int, column: int) -> None:
        (self.folder / file).write_text(text)
        self._code.open(file)
        self._code.go(line, column)

    def _traced(self, whole: str) -> Growth:
        end = time.monotonic() + WITHIN_S
        while time.monotonic() < end:
            texts, ms = self._code.traced()
            if texts and texts[-1] == whole:
                return Growth(texts, ms, self._code.traced_from())
            threading.Event().wait(0.05)
        raise TimeoutError(f"{whole!r} was not shown, but {self._code.traced()}")


class NeovimEditor:
    """A Neovim with our plugin."""

    def __init__(self, folder: Path, endpoint: Endpoint) -> None:
        from tests.real.neovim import Neovim, executable, init_lua

        self.folder = folder
        self._editor = Neovim(executable(), folder / "home", init_lua(), endpoint.environment)

    def block(self, number: int) -> Growth:
        self._open(f"report{number}.go", go_file(number))
        self._editor.nvim.current.window.cursor = (3, 0)
        return watch(self._editor, WHOLE, self._editor.keys("o"))

    def line(self, file: str, number: int, *, new: bool) -> float:
        if new:
            self._open(file, "")
            self._editor.keys("i")
        whole = LINE.format(number)
        last_key = self._editor.type(whole[:N_TYPED], INTERVAL_S)
        self._editor.shown(whole[N_TYPED:])
        ms = (time.monotonic() - last_key) * 1000
        self._editor.keys("<Tab>")
        self._editor.wait(lambda: self._editor.text.endswith(whole))
        self._editor.keys("<CR>")
        return ms

    def close(self) -> None:
        self._editor.close()

    def _open(self, file: str, text: str) -> None:
        path = self.folder / file
        path.write_text(text)
        self._editor.leave()
        self._editor.edit(path)


Editor = VsCode | NeovimEditor
EDITORS: dict[str, Callable[[Path, Endpoint], Editor]] = {
    "vscode": VsCode,
    "neovim": NeovimEditor,
}


@contextmanager
def running(name: str, endpoint: Endpoint) -> Iterator[Editor]:
    """The editor, with the endpoint for its model."""
    with tempfile.TemporaryDirectory() as folder:
        editor = EDITORS[name](Path(folder), endpoint)
        try:
            yield editor
        finally:
            editor.close()


STAGES = ("key to request", "request to line's end", "line's end to screen")


def stages_ms(seen: Growth, exchange: Exchange) -> tuple[float, float, float]:
    """Milliseconds of the stages up to the first ghost."""
    asked = (exchange.arrived_at - seen.key_at) * 1000
    assert exchange.first_byte_at is not None  # it was shown
    # The first token comes at once, the line's end after the others.
    line_s = exchange.first_byte_at - exchange.arrived_at + len(tokenize(BLOCK[0])) * TOKEN_S
    return asked, line_s * 1000, seen.ms[0] - asked - line_s * 1000


def row(name: str, what: str, ms: Sequence[float]) -> str:
    """One line of the table."""
    return f"{name:8} {what:24} {statistics.median(ms):8.0f} {max(ms):8.0f}"


def measure(name: str, times: int, endpoint: Endpoint) -> None:
    """Print an editor's rows."""
    with running(name, endpoint) as editor:
        grown, stages = [], []
        for number in range(times):
            plays(endpoint, number)
            n_before = len(endpoint.fake.requests)
            grown.append(editor.block(number))
            grown[-1].check()
            stages.append(stages_ms(grown[-1], endpoint.fake.requests[n_before]))
        print(row(name, "block: ghost", [seen.ms[0] for seen in grown]))
        for stage, ms in zip(STAGES, zip(*stages, strict=True), strict=True):
            print(row(name, f"  {stage}", ms))
        print(row(name, "block: whole", [seen.ms[-1] for seen in grown]), flush=True)
        singles = []
        for number in range(times + 1):
            plays_line(endpoint, number)
            singles.append(editor.line("lines.py", number, new=number == 0))
        # The first is one of those below.
        print(row(name, "single line, foreseen", singles[1:]), flush=True)
        bursts = []
        for number in range(times + 1, 2 * times + 1):
            plays_line(endpoint, number)
            bursts.append(editor.line(f"burst{number}.py", number, new=True))
        print(row(name, "single line, first burst", bursts), flush=True)


def plays_line(endpoint: Endpoint, number: int) -> None:
    """Let the endpoint write a line at the model's pace."""
    endpoint.intends(LINE.format(number) + "\n", delay_s=FIRST_BYTE_S, pace_s=TOKEN_S)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--only", choices=EDITORS)
    arguments = parser.parse_args()
    print(f"{'':33} {'median':>8} {'worst':>8}")
    with Endpoint() as endpoint:
        for name in [arguments.only] if arguments.only else EDITORS:
            try:
                measure(name, arguments.times, endpoint)
            except Unavailable as error:
                print(f"NOT PROVED: {name} ({error})")


if __name__ == "__main__":
    main()
