"""Parsing within a bounded time, whatever the text.

A short text can keep a parser busy for minutes, and nothing else runs meanwhile. So a parse is
asked every hundred steps whether it may go on. It is cut when its time is used up, and also when it
hardly advances: what a parser does at the end of a text that it half understands cannot be cut.
What nests too deeply for that is not parsed at all.

A parse that was cut can be continued where it was, so a long text is parsed in slices.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from codestral_ls.text.difference import difference
from codestral_ls.text.handing import Handing
from codestral_ls.text.nesting import is_too_deep

if TYPE_CHECKING:
    from tree_sitter import Parser, Tree

BUDGET_S = 0.05
"""Processor time of a parse, and of the first slice of a long one."""
# Code is parsed at 1 to 10 bytes a microsecond, broken code at a tenth of that.
_WINDOW_S = 0.005
_WINDOW_BYTES = 512
# A comment of 100 KB is one step.
_WINDOW_CHECKS = 3
# Of all slices: 500 KB take 150 ms, and twice that on a slow machine.
_MAX_S = 0.6
# A text that was cut is tried again when so much of it is different: twice as much at each failure,
# but no more than a share of it.
_CHANGED_BYTES = 500
_CHANGED_SHARE = 4
_MAX_FAILURES = 8


class Parse:
    """The parse of one text. It has a parser to itself while it is under way."""

    def __init__(self, parser: Parser, source: bytes, old: Tree | None = None) -> None:
        self.source = source
        self.is_cut = old is None and is_too_deep(source)
        """The text takes too long, and gets no tree."""
        self._parser = parser
        self._old = old
        # Nothing after the last character moves the parser on.
        self._end = len(source.rstrip())
        self._left_s = _MAX_S

    def step(self, slice_s: float = BUDGET_S) -> Tree | None:
        """Parse for a while. The tree, or None: ``is_cut``, or there is more to do."""
        if self.is_cut:
            return None
        watch, handing = _Watch(slice_s, self._end), Handing(self.source)
        try:
            if self._old is None:
                return self._parser.parse(handing.read, progress_callback=watch)
            return self._parser.parse(handing.read, self._old, progress_callback=watch)
        except ValueError:
            # Cut, which the binding has no error of its own for.
            self._left_s -= slice_s
            if watch.is_stuck or self._left_s < slice_s:
                self.give_up()
            return None
        finally:
            handing.take_back(self._parser)

    def give_up(self) -> None:
        """End the parse; the parser is free for another text."""
        self.is_cut = True
        # Without this it would go on with the old text.
        self._parser.reset()


class _Watch:
    """Says when a parse ends its slice, and that it hardly advances."""

    def __init__(self, slice_s: float, end: int) -> None:
        self.is_late = False
        self.is_stuck = False
        self._slice_s = slice_s
        self._end = end
        self._started = self._since = time.thread_time()
        self._offset = self._furthest = 0
        self._n_checks = 0

    def __call__(self, offset: int, _has_error: bool) -> bool:
        now = time.thread_time()
        self._furthest = max(self._furthest, offset)
        self._n_checks += 1
        if now - self._since > _WINDOW_S and self._n_checks >= _WINDOW_CHECKS:
            advanced = self._furthest - self._offset
            self.is_stuck = advanced < _WINDOW_BYTES and self._furthest < self._end
            self._since, self._offset, self._n_checks = now, self._furthest, 0
        self.is_late = now - self._started > self._slice_s
        return self.is_late or self.is_stuck


class Failures:
    """Which text of a document could not be parsed in time, and how often that was so.

    Trying at every key would spend the time of a parse at every key.
    """

    def __init__(self) -> None:
        self._source: bytes | None = None
        self._n_failures = 0

    def note(self, source: bytes) -> None:
        """The text could not be parsed."""
        self._source = source
        self._n_failures = min(_MAX_FAILURES, self._n_failures + 1)

    def forget(self) -> None:
        """A text could be parsed."""
        self._source = None
        self._n_failures = 0

    def forbid(self, source: bytes) -> bool:
        """The text is too much like the one that could not be parsed."""
        if self._source is None:
            return False
        start, old_end, new_end = difference(self._source, source)
        wanted = _CHANGED_BYTES << (self._n_failures - 1)
        return max(old_end, new_end) - start < min(wanted, len(self._source) // _CHANGED_SHARE + 1)


def parse_within(parser: Parser, source: bytes, old: Tree | None = None) -> Tree | None:
    """The tree of a text, from an older tree if there is one; None if it takes longer than a
    slice."""
    parse = Parse(parser, source, old)
    tree = parse.step()
    if tree is None and not parse.is_cut:
        parse.give_up()
    return tree


def parse_whole(parser: Parser, source: bytes) -> Tree | None:
    """The tree of a text, slice by slice without a pause; None if it takes too long."""
    parse = Parse(parser, source)
    tree = None
    while tree is None and not parse.is_cut:
        tree = parse.step()
    return tree
