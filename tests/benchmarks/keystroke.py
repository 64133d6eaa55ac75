"""What a key costs in this process: our document and pygls' own, side by side in one run.

    PYTHONPATH=. python tests/benchmarks/keystroke.py

For each size: CPU microseconds (best of several rounds) of one edit and of reading the window
round the cursor in the middle of the document, and their ratio to the 10 KB document. An edit
goes through ``Workspace.update_text_document``, as a ``didChange`` does. A window is up to 48 K
characters, more than the smallest document has: from 100 KB on it is full, and its cost level.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import cycle

from lsprotocol import types
from pygls.workspace import Workspace

from codestral_ls.model import WINDOW_AFTER, WINDOW_BEFORE
from codestral_ls.server.documents import LspWorkspace
from codestral_ls.server.snapshots import at_position

URI = "file:///bench.py"
ASCII = "    def area(self, width: int) -> int:  # in cells\n"
ASTRAL = "    label = 'a 😀 b'  # café ✓\n"
KB, MB = 1024, 1024 * 1024


def documents() -> Iterator[tuple[str, str, types.Position]]:
    """Title, text, and a cursor in the middle."""
    for name, line in (("ASCII", ASCII), ("astral", ASTRAL)):
        for size, title in (
            (10 * KB, "10 KB"),
            (100 * KB, "100 KB"),
            (MB, "1 MB"),
            (10 * MB, "10 MB"),
        ):
            n_lines = size // len(line)
            yield f"{name}, {title}", line * n_lines, types.Position(n_lines // 2, 20)
        body = line.rstrip("\n")
        body *= MB // len(body)
        yield f"{name}, one line of 1 MB", body, types.Position(0, len(body) // 2)


def cpu_us(run: Callable[[], object], *, budget_s: float = 0.4) -> float:
    """The best mean of a few rounds, as many as fit the budget."""
    started = time.process_time()
    run()
    calls = max(1, min(200, int(budget_s / 8 / max(time.process_time() - started, 1e-6))))
    best = float("inf")
    for _ in range(8):
        begun = time.process_time()
        for _ in range(calls):
            run()
        best = min(best, (time.process_time() - begun) / calls)
        if time.process_time() - started > budget_s:
            break
    return best * 1e6


def edits(workspace: Workspace, at: types.Position, text: str) -> Callable[[], object]:
    """Insert and remove the text by turns, so that the document keeps its size."""
    identifier = types.VersionedTextDocumentIdentifier(uri=URI, version=1)
    after = types.Position(at.line, at.character + 1)
    if text == "\n":
        after = types.Position(at.line + 1, 0)
    insert = types.TextDocumentContentChangePartial(range=types.Range(at, at), text=text)
    remove = types.TextDocumentContentChangePartial(range=types.Range(at, after), text="")
    changes = cycle((insert, remove))

    def run() -> None:
        identifier.version += 1
        workspace.update_text_document(identifier, next(changes))

    return run


def pygls_window(workspace: Workspace, at: types.Position) -> tuple[str, str]:
    document = workspace.get_text_document(URI)
    offset = document.offset_at_position(types.Position(at.line, at.character))
    source = document.source
    return source[max(0, offset - WINDOW_BEFORE) : offset], source[offset : offset + WINDOW_AFTER]


def measure(workspace: Workspace, text: str, at: types.Position) -> tuple[float, float, float]:
    workspace.put_text_document(types.TextDocumentItem(URI, "python", 1, text))
    key = cpu_us(edits(workspace, at, "x"))
    enter = cpu_us(edits(workspace, at, "\n"))
    if isinstance(workspace, LspWorkspace):
        return key, enter, cpu_us(lambda: at_position(workspace, URI, at))
    return key, enter, cpu_us(lambda: pygls_window(workspace, at))


def main() -> None:
    header = f"{'CPU µs (ratio to 10 KB)':26}{'':10}{'one key':>20}{'line break':>20}{'window':>20}"
    print(header)
    bases: dict[str, tuple[float, float, float]] = {}
    for title, text, at in documents():
        for owner, workspace in (("ours", LspWorkspace(None)), ("pygls", Workspace(None))):
            figures = measure(workspace, text, at)
            base = bases.setdefault(f"{title.partition(',')[0]} {owner}", figures)
            cells = (f"{us:.1f} ({us / b:.1f}x)" for us, b in zip(figures, base, strict=True))
            print(f"{title:26}{owner:10}" + "".join(f"{cell:>20}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
