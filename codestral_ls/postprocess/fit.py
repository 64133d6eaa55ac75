"""The safety net: what is shown leaves the document as whole as it was.

Where a grammar is there, the syntax tree counts errors with and without a text; everywhere brackets
and strings must be closed as far as they were.
"""

from __future__ import annotations

import functools
from collections.abc import Collection
from dataclasses import dataclass, replace

from codestral_ls.model import Selected
from codestral_ls.postprocess.elements import n_open_elements
from codestral_ls.postprocess.measure import goes_on_after, opens_block, width_of
from codestral_ls.postprocess.overlap import (
    CLOSING,
    closed_bracket_start,
    covered,
    ends_region,
    is_closed_by_what_follows,
)
from codestral_ls.postprocess.place import Place, place_of
from codestral_ls.postprocess.scene import Dropped, Scene
from codestral_ls.postprocess.whole import ends_in_head
from codestral_ls.text.language import Block
from codestral_ls.text.scan import PAIRS, Bracket, Open, Stack, code_part, scan
from codestral_ls.text.syntax import Syntax, parse

# Each trial parses what changed, a millisecond or so, and nearly all texts fit at the first.
_MAX_TRIALS = 3
_ANY_NAME = "x"
# Longer lists are hardly written in one line.
_MAX_ITEMS = 12
# Of a page only what the cursor's language has to itself is parsed, anew at each time: 5 ms.
_MAX_REGION_CHARS = 16_000


def close_what_is_opened(text: str, scene: Scene) -> str | Dropped:
    """Keep the whole lines that leave no bracket or string of their own open, where other text
    stands behind them; drop the text if there are none.

    One head of a block may wait for its body, as a line of its own. Of nested heads and of what
    stands before the last one, the lines before that are whole.
    """
    place = place_of(scene)
    n_open = _n_left_open(text, place)
    if not text.strip() or not n_open or not _something_follows(text, place, scene, n_open):
        return text
    closed = [kept for kept in _beginnings(text, scene) if not _n_left_open(kept, place)]
    if closed:
        return closed[0]
    return Dropped("The answer opens a bracket before other text and does not close it.")


def _n_left_open(text: str, place: Place) -> int:
    """How many brackets, strings and elements of its own a text leaves open."""
    if place.language.block is Block.TAGS and place.inside is None:
        n_elements = n_open_elements(text, place.snapshot, place.language)
        if n_elements:
            return n_elements
    # A comment ends with the line, as what follows stands on another one.
    found = scan(text + "\n" if "\n" in text else text, place.language, 0, place.stack)
    own = found.stack[min(found.lowest, len(place.stack)) :]
    # What it closes and opens again (``} else {``) is closed by what closed it before.
    if len(found.stack) <= len(place.stack):
        return 0
    if own and isinstance(own[-1], Open) and own[-1].spans:
        # What follows may end the string that the text begins.
        own = own[: -1 if is_closed_by_what_follows(own[-1], place) else None]
    return sum(isinstance(entry, Bracket) or entry.spans for entry in own)


def _something_follows(text: str, place: Place, scene: Scene, n_open: int) -> bool:
    """Other text stands right of the cursor, or code below that is not the end of the block."""
    if place.tail and not CLOSING.issuperset(place.tail):
        return True
    if place.tail and place.pair and "\n" not in text.strip():
        return False
    is_head = opens_block(text.rpartition("\n")[2], place.language)
    if is_head and "\n" not in text.strip() and not place.tail and place.next_width > place.width:
        # The body stands below, with what closes it.
        return False
    if n_open > 1 or place.tail or (is_head and "\n" in text.strip()):
        return bool(scene.snapshot.after.strip())
    return "\n" in text and not is_head and bool(place.below)


def cut_back_to_what_fits(text: str, scene: Scene) -> str | Dropped:
    """Where a text brings errors into the syntax tree, keep the lines that bring none, or the
    fewest; drop it if even they bring some that it cannot be the beginning of.

    The head of a block that waits for its body brings none.
    """
    place = place_of(scene)
    tree = _tree_at(scene, place)
    if tree is None or not text.strip() or ends_region(text, place):
        return text
    if _errors_when_closed(text, place, tree) == 0:
        # Brackets that were open before may stay open.
        return text
    n_errors = tree.errors(text, covered(text, scene))
    if not n_errors:
        return text
    shorter = _shorter(text, scene)
    fewest = tree.errors(shorter[-1], 0) if shorter else n_errors
    if fewest < n_errors:
        trials = (kept for kept in shorter[:_MAX_TRIALS] if tree.errors(kept, 0) <= fewest)
        text, n_errors = next(trials, shorter[-1]), fewest
    if n_errors:
        text, n_errors = _without_closer(text, n_errors, tree, scene)
    if n_errors and place.pair in (")", "]"):
        text, n_errors = _whole_items(text, n_errors, tree, place)
    if not n_errors:
        return text
    n_before = tree.errors_without()
    is_head = ends_in_head(text, scene) and not place.tail
    # What was cut off goes on with the next request, unless other text stands in its way.
    may_go_on = (scene.cut or scene.unfinished) and not scene.snapshot.after.strip()
    can_be_told = tree.line_is_whole and not (n_before and place.language.macros)
    if n_errors > n_before and not is_head and not may_go_on and can_be_told:
        return Dropped("The answer would leave the document with more syntax errors.")
    # Half a line that the model was cut off in may go on well.
    is_line = not (scene.cut or scene.unfinished) or text.rstrip()[-1:] in "{};:"
    if n_before and is_line and _breaks_line(text, place, tree):
        return Dropped("The answer does not fit what its line begins with.")
    return text


def _without_closer(text: str, n_errors: int, tree: _Tree, scene: Scene) -> tuple[str, int]:
    """The text without the closer that is its last line, if that brings fewer errors: what the text
    opened may be closed below already."""
    kept, _, last = text.rpartition("\n")
    kept = kept.rstrip()
    if not kept or not last.strip() or not CLOSING.issuperset(last.strip()):
        return text, n_errors
    if covered(text, scene) or not _is_closed_below(width_of(last), place_of(scene)):
        return text, n_errors
    n_kept = tree.errors(kept, 0)
    return (kept, n_kept) if n_kept < n_errors else (text, n_errors)


def _whole_items(text: str, n_errors: int, tree: _Tree, place: Place) -> tuple[str, int]:
    """Of a list that begins between brackets, the whole items of its first line that bring no
    error; the text if there are none."""
    line, _, _ = text.partition("\n")
    shorter = _items(line, place)[-_MAX_TRIALS:]
    fitting = next((kept for kept in shorter if not tree.errors(kept, 0)), "")
    return (fitting, 0) if fitting else (text, n_errors)


def _items(text: str, place: Place) -> list[str]:
    """Of a list that goes between brackets, beginnings of whole items, longest first."""
    level = len(place.stack)
    found: list[str] = []
    end = text.find(",")
    while end >= 0 and len(found) < _MAX_ITEMS:
        so_far = scan(text[:end], place.language, 0, place.stack)
        if so_far.inside is None and len(so_far.stack) == so_far.lowest == level:
            found.append(text[:end].rstrip())
        end = text.find(",", end + 1)
    return found[::-1]


def _is_closed_below(width: int, place: Place) -> bool:
    """The next line that is not indented deeper than a closer only closes something as well."""
    found = next((line for line in place.below if width_of(line) <= width), "")
    return bool(found) and CLOSING.issuperset(found.strip())


def _shorter(text: str, scene: Scene) -> list[str]:
    """Beginnings of a text to try, longest first."""
    if covered(text, scene):
        # Up to the closers that it takes the place of.
        return [text[: closed_bracket_start(text, replace(scene, covers_closers=False))]]
    return _beginnings(text, scene)


def _breaks_line(text: str, place: Place, tree: _Tree) -> bool:
    """Closing brackets or a value would make the cursor's line whole, and the text does not."""
    if not _errors_when_closed(text, place, tree):
        return False
    left_open = {place.open_brackets[index] for index in place.unclosed}
    if left_open:
        return not tree.errors(_closers(left_open, place.stack), 0)
    waits = goes_on_after(code_part(text, place.language), place.language)
    # Where a value is missing, any name makes the line whole.
    return not waits and not tree.errors(_ANY_NAME, 0)


def _errors_when_closed(text: str, place: Place, tree: _Tree) -> int | None:
    """How many errors there are with a text that ends the cursor's line, once its open brackets are
    closed, which keeps them from spoiling what stands below; None if it is another text."""
    if "\n" in text or place.tail or place.inside is not None:
        return None
    found = scan(text, place.language, 0, place.stack)
    if found.inside is not None:
        return None
    left_open = {place.open_brackets[index] for index in place.unclosed}
    own = found.stack[min(found.lowest, len(place.stack)) :]
    return tree.errors(text + _closers({*left_open, *own}, found.stack), 0)


def _closers(brackets_left: Collection[object], stack: Stack) -> str:
    """What closes those of the brackets that are on the stack."""
    return "".join(
        PAIRS[entry.character]
        for entry in reversed(stack)
        if isinstance(entry, Bracket) and entry in brackets_left
    )


@dataclass(frozen=True, slots=True)
class _Tree:
    """The syntax tree of what the cursor's language has to itself, seen from the cursor."""

    syntax: Syntax
    offset: int
    """Of the cursor, in bytes."""
    entry: Selected | None
    """The popup's entry: the tree knows what was typed, not the entry, which goes in with the
    text."""
    line: tuple[int, int]
    """Where the cursor's line begins and ends, in bytes."""

    def errors(self, text: str, n_covered: int) -> int:
        """How many errors there are with a text, which takes the place of so many characters."""
        removed = n_covered + (self.entry.replaced if self.entry else 0)
        text = self.entry.text + text if self.entry else text
        return _errors(self.syntax, self.offset, removed, text)

    def errors_without(self) -> int:
        """How many errors there are as it is."""
        return self.syntax.errors_near(self.offset)

    @property
    def line_is_whole(self) -> bool:
        """The cursor's line has no error of its own: a line that is half written says nothing
        about what would make it whole."""
        return not self.syntax.errors_between(*self.line)


def _tree_at(scene: Scene, place: Place) -> _Tree | None:
    snapshot, entry = scene.snapshot, scene.selected
    if place.region.language_id == snapshot.language_id:
        syntax, n_line = scene.tree, snapshot.line
    else:
        snapshot = place.snapshot
        syntax, n_line = _inner_tree(place), snapshot.before.count("\n")
    typed = snapshot.line_before
    if entry is not None:
        typed = typed[: len(typed) - len(entry.text)]
    if syntax is None or not syntax.quick or place.inside is not None:
        return None
    offset = syntax.locate(n_line, typed)
    if offset is None:
        return None
    start, end = (len(part.encode(errors="replace")) for part in (typed, snapshot.line_after))
    return _Tree(syntax, offset, entry, (offset - start, offset + end))


def _inner_tree(place: Place) -> Syntax | None:
    """The tree of a script in a page, or of the code in a fence."""
    text = place.snapshot.before + place.snapshot.after
    if not place.region.is_code or len(text) > _MAX_REGION_CHARS:
        return None
    return _parsed(text, place.region.language_id)


@functools.lru_cache(maxsize=4)
def _parsed(text: str, language_id: str) -> Syntax | None:
    return parse(text, language_id)


# The pipeline runs until nothing changes, so it asks for its result again.
@functools.lru_cache(maxsize=8)
def _errors(tree: Syntax, offset: int, removed: int, text: str) -> int:
    return tree.errors_with(offset, removed, text)


def _beginnings(text: str, scene: Scene) -> list[str]:
    """Whole lines at the text's start that leave nothing open, longest first."""
    place = place_of(scene)
    closed: list[str] = []
    stack, level, start = place.stack, len(place.stack), 0
    for line in text.split("\n")[:-1]:
        end = start + len(line)
        stack = scan(line + "\n", place.language, 0, stack).stack
        if len(stack) <= level and text[:end].strip():
            closed.append(text[:end])
        start = end + 1
    return closed[::-1]
