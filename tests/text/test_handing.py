"""What a parser was handed is let go of, whether or not its binding keeps it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
import tree_sitter
import tree_sitter_python

from codestral_ls.text import handing
from codestral_ls.text.handing import Handing, keeps_pieces
from codestral_ls.text.parsing import Parse

LANGUAGE = tree_sitter.Language(tree_sitter_python.language())
SOURCE = b"def total(items):\n    return sum(items)\n\n\n" * 2_000


def test_the_pieces_are_the_text() -> None:
    whole, offset = b"", 0
    while piece := Handing(SOURCE).read(offset, None):
        whole += piece
        offset += len(piece)
    assert whole == SOURCE
    assert Handing(b"ab").read(1, None) == b"b"
    assert Handing(b"").read(0, None) == b""


_KEPT: list[bytes] = []


class Binding:
    """A parser whose binding keeps what it read, or does not."""

    kept: list[bytes] | None = None

    def __init__(self, language: object) -> None:
        self.language = language

    def parse(self, read: Callable[[int, object], bytes]) -> None:
        piece = read(0, None)
        if self.kept is not None:
            self.kept.append(piece)


class KeepingBinding(Binding):
    def __init__(self, language: object) -> None:
        super().__init__(language)
        self.kept = _KEPT


def test_what_the_binding_does_is_tried() -> None:
    assert not keeps_pieces(cast(Any, Binding), LANGUAGE)
    if sys.implementation.name == "cpython":
        assert keeps_pieces(cast(Any, KeepingBinding), LANGUAGE)


def test_nothing_is_released_that_the_binding_does_not_keep(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    released: list[object] = []
    monkeypatch.setattr(handing, "_releaser", lambda: released.append)
    mine = Handing(SOURCE)
    binding = Binding(LANGUAGE)
    binding.parse(mine.read)
    mine.take_back(cast(Any, binding))
    assert released == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")
@pytest.mark.parametrize("slice_s", [60.0, 0.0])
def test_texts_that_were_parsed_or_left_do_not_stay_in_memory(slice_s: float) -> None:
    def resident_mb() -> float:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4 / 1024

    # Long lines, since time goes by the number of tokens.
    long = (b"# " + b"x" * 2_000 + b"\n") * 100

    def parse_many(n_texts: int) -> None:
        for _ in range(n_texts):
            parse = Parse(tree_sitter.Parser(LANGUAGE), bytes(bytearray(long)))
            parse.step(slice_s)
            parse.give_up()

    parse_many(20)
    before = resident_mb()
    parse_many(100)  # 20 MB of text
    assert resident_mb() - before < 8
