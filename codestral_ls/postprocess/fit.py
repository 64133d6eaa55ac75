"""The safety net: what is shown leaves the document as whole as it was.

Where a grammar is there, the syntax tree counts errors with and without a text; everywhere brackets
and strings must be closed as far as they were.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection

from codestral_ls.postprocess.measure import opens_block
from codestral_ls.postprocess.overlap import CLOSING, covered
from codestral_ls.postprocess.place import Place, place_of
from codestral_ls.postprocess.scene import Dropped, Scene
from codestral_ls.text.scan import PAIRS, Bracket, Stack, brackets, scan
from codestral_ls.text.syntax import Syntax

# Each trial parses what changed, a millisecond or so, and nearly all texts fit at the first.
_MAX_TRIALS = 3


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
    """How many brackets and strings of its own a text leaves open."""
    found = scan(text, place.language, 0, place.stack)
    own = found.stack[min(found.lowest, len(place.stack)) :]
    # What it closes and opens again (``} else {``) is closed by what closed it before.
    if len(found.stack) <= len(place.stack):
        return 0
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
    fewest; drop it if even its first line brings some that it cannot be the beginning of.

    The head of a block that waits for its body brings none.
    """
    if scene.tree is None or not scene.tree.quick or not text.strip():
        return text
    snapshot, selected = scene.snapshot, scene.selected
    typed = snapshot.line_before
    removed = 0
    if selected is not None:
        # The tree knows what was typed, not the popup's entry: the entry goes in with the text.
        typed = typed[: len(typed) - len(selected.text)]
        removed = selected.replaced
    offset = scene.tree.locate(snapshot.line, typed)
    if offset is None:
        return text
    entry = selected.text if selected else ""
    tree, n_covered = scene.tree, covered(text, scene)

    def errors(beginning: str) -> int:
        return _errors(tree, offset, removed + n_covered, entry + beginning)

    n_errors = errors(text)
    if not n_errors or n_covered:
        return text
    n_before = _errors(tree, offset, 0, "")
    shorter = _beginnings(text, scene)
    if shorter and errors(shorter[-1]) < n_errors:
        fewest = errors(shorter[-1])
        text = next((kept for kept in shorter[:_MAX_TRIALS] if errors(kept) <= fewest), shorter[-1])
        n_errors = errors(text)
    kept, _, last = text.rpartition("\n")
    if n_errors and kept.strip() and last.strip() and CLOSING.issuperset(last.strip()):
        # What the text opened may be closed below already.
        n_kept = errors(kept.rstrip())
        text, n_errors = (kept.rstrip(), n_kept) if n_kept < n_errors else (text, n_errors)
    place = place_of(scene)
    # Half a line that the model was cut off in may go on well.
    is_line = not (scene.cut or scene.unfinished) or text.rstrip()[-1:] in "{};:"
    if n_before and is_line and _breaks_line(text, place, errors):
        return Dropped("The answer does not fit what its line begins with.")
    is_head = opens_block(place.line_before + text, place.language) and not place.tail
    # What was cut off goes on with the next request, unless other text stands in its way.
    may_go_on = (scene.cut or scene.unfinished) and not snapshot.after.strip()
    if n_errors > n_before and not is_head and not may_go_on and _can_be_told(n_before, place):
        return Dropped("The answer would leave the document with more syntax errors.")
    return text


def _breaks_line(text: str, place: Place, errors: Callable[[str], int]) -> bool:
    """The cursor's line is whole but for closing brackets, and with the text it is not."""
    if "\n" in text or place.tail or place.inside is not None or not place.unclosed:
        return False
    left_open = {place.open_brackets[index] for index in place.unclosed}
    if errors(_closers(left_open, place.stack)):
        return False
    found = scan(text, place.language, 0, place.stack)
    if found.inside is not None:
        return False
    own = found.stack[min(found.lowest, len(place.stack)) :]
    return errors(text + _closers({*left_open, *own}, found.stack)) > 0


def _closers(brackets_left: Collection[object], stack: Stack) -> str:
    """What closes those of the brackets that are on the stack."""
    return "".join(
        PAIRS[entry.character]
        for entry in reversed(stack)
        if isinstance(entry, Bracket) and entry in brackets_left
    )


def _can_be_told(n_before: int, place: Place) -> bool:
    """The document was whole, and its grammar is one to be trusted with what is missing."""
    return n_before == 0 and place.region.closer == "" and place.inside is None


# The pipeline runs until nothing changes, so it asks for its result again.
@functools.lru_cache(maxsize=8)
def _errors(tree: Syntax, offset: int, removed: int, text: str) -> int:
    return tree.errors_with(offset, removed, text)


def _beginnings(text: str, scene: Scene) -> list[str]:
    """Whole lines at the text's start that leave no bracket open, longest first."""
    language = place_of(scene).language
    closed: list[str] = []
    depth = 0
    positions = iter([*brackets(text, language)])
    bracket = next(positions, None)
    end = text.find("\n")
    while end >= 0:
        while bracket is not None and bracket.offset < end:
            depth += 1 if bracket.character in PAIRS else -1
            bracket = next(positions, None)
        if depth <= 0 and text[:end].strip():
            closed.append(text[:end])
        end = text.find("\n", end + 1)
    return closed[::-1]
