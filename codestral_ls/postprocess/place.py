"""What the text round the cursor says about the place: computed once, used by every filter."""

from __future__ import annotations

import functools
import re
from collections import Counter
from dataclasses import dataclass, replace

from codestral_ls.model import Snapshot
from codestral_ls.postprocess.measure import opens_block, width_of
from codestral_ls.postprocess.reading import NEAR_CHARS, read_after, read_before
from codestral_ls.postprocess.scene import Scene
from codestral_ls.postprocess.statement import anchors_of, opener_indentation, statement_start
from codestral_ls.postprocess.style import USUAL_UNIT, Style, code_lines, steps_of, style_of
from codestral_ls.postprocess.unclosed import (
    closers_right,
    innermost_first,
    unclosed_brackets,
)
from codestral_ls.text.embedded import region_of
from codestral_ls.text.languages import Block, Language, facts
from codestral_ls.text.region import Region
from codestral_ls.text.scan import (
    CLOSERS,
    PAIRS,
    Bracket,
    Open,
    Stack,
    scan,
)
from codestral_ls.text.syntax import Syntax

# Enough to recognise where a text repeats what follows, some lines of which may be left out.
_LINES_AFTER = 30
# Enough to see how a file indents.
_STYLE_LINES = 100
_STYLE_CHARS = 1_500


# Without slots: what every filter asks for is computed once.
@dataclass(frozen=True)
class Place:
    """Facts about the cursor's surroundings."""

    snapshot: Snapshot
    """The document, or what of it is in the cursor's language, seen from the cursor."""
    region: Region
    language: Language
    line_before: str
    line_after: str
    indentation: str
    """What the cursor's line begins with."""
    opener_indentation: str
    """What the statement begins with whose bracket is the innermost open one; without one, what the
    cursor's line begins with."""
    above: tuple[str, ...]
    """The last lines before the cursor's line, nearest last, without blank ones."""
    below: tuple[str, ...]
    """The next lines after the cursor's line, without blank ones."""
    stack: Stack
    """Brackets, strings and comments open at the cursor, outermost first."""
    open_brackets: tuple[Bracket, ...]
    """Open at the cursor, outermost first."""
    brackets: tuple[Bracket, ...]
    """Those read before the cursor."""
    strings: tuple[tuple[int, int], ...]
    """Where strings of several lines before the cursor begin and end."""
    unclosed: frozenset[int]
    """Indices of those that the text after the cursor does not close."""
    inside: Open | None
    """The string or comment that the cursor stands in."""
    in_text: bool
    """The cursor stands in text between tags."""
    style: Style | None
    """How the lines round the cursor are indented; None if they show nothing, or this and that."""
    steps: Counter[int]
    """By how much lines near the cursor are indented deeper than the line before, how often."""

    @functools.cached_property
    def width(self) -> int:
        """Width of the cursor's line's indentation."""
        return width_of(self.indentation)

    @functools.cached_property
    def head_width(self) -> int:
        """Indentation of the statement that the cursor's line is the head of, or the end of one."""
        top = self.stack[-1] if self.stack else None
        ends_head = isinstance(top, Bracket) and self.line_before.rstrip()[-1:] == top.character
        return width_of(self.opener_indentation) if ends_head else self.begun_width

    @functools.cached_property
    def begun_width(self) -> int:
        """Indentation of the statement that the cursor's line is part of: of its first line."""
        return min(self.width, self._statement_width(self.snapshot.before))

    @functools.cached_property
    def above_width(self) -> int:
        """Indentation of the statement that the nearest line above is part of."""
        before = self.snapshot.before
        return self._statement_width(before[: len(before) - len(self.line_before)].rstrip())

    def _statement_width(self, before: str) -> int:
        """Indentation of the first line of the statement that a text before the cursor ends in."""
        start = before.rfind("\n") + 1
        anchors = anchors_of(before, self.brackets)
        first = statement_start(before, start, anchors, self.strings, self.language)
        return width_of(before[first:].partition("\n")[0])

    @functools.cached_property
    def on_blank_line(self) -> bool:
        """The line has nothing left of the cursor yet."""
        return not self.line_before.strip()

    @functools.cached_property
    def tail(self) -> str:
        """What stands right of the cursor, less blanks at its end."""
        return self.line_after.rstrip()

    @functools.cached_property
    def pair(self) -> str:
        """What stands right of the cursor and closes what the cursor stands directly in: a
        bracket, a string or comment, an element; empty if nothing does."""
        tail = self.tail.lstrip()
        top = self.stack[-1] if self.stack else None
        if isinstance(top, Open) and top.delimiter and tail.startswith(top.delimiter):
            return top.delimiter
        if isinstance(top, Bracket) and tail.startswith(PAIRS[top.character]):
            return PAIRS[top.character]
        # Text may hold single brackets, but an editor closes them all the same.
        closer = PAIRS.get(self.line_before.rstrip()[-1:], "")
        in_text = isinstance(top, Open) and top.spans and not top.comment
        if closer in CLOSERS and tail.startswith(closer):
            return closer if in_text or not self.language.brackets else ""
        return "" if isinstance(top, Open) else self._closing_tag(tail)

    @functools.cached_property
    def ends_literal(self) -> bool:
        """What ``pair`` closes is the string or comment that the cursor stands in."""
        return self.inside is not None and self.pair == self.inside.delimiter

    def _closing_tag(self, tail: str) -> str:
        if not tail.startswith("</"):
            return ""
        opened = re.search(r"<([A-Za-z][\w.:-]*)?(?:\s[^<>]*)?(?<!/)>$", self.line_before.rstrip())
        name = f"</{opened[1] or ''}" if opened is not None else ""
        return name if name and re.match(re.escape(name) + r"\s*>", tail) else ""

    @functools.cached_property
    def opener_ends_line(self) -> bool:
        """The cursor stands right behind what ``pair`` closes."""
        top = self.stack[-1] if self.stack else None
        if isinstance(top, Open) and self.ends_literal:
            return not self.snapshot.before[top.end :].strip(" *!")
        if isinstance(top, Bracket):
            return top.offset == len(self.snapshot.before.rstrip(" \t")) - 1
        return True

    @functools.cached_property
    def opener_column(self) -> int:
        """Where in its line the innermost open bracket stands; 0 without one."""
        if not self.open_brackets:
            return 0
        before, offset = self.snapshot.before, self.open_brackets[-1].offset
        return width_of(" " * (offset - before.rfind("\n", 0, offset) - 1) + "x")

    @functools.cached_property
    def next_width(self) -> int:
        """Indentation of the next line that is not blank; -1 at the end of the text."""
        return width_of(self.below[0]) if self.below else -1

    @functools.cached_property
    def header(self) -> str:
        """The nearest line above that is indented less than the cursor's: what it stands in."""
        for line in reversed(self.above):
            if width_of(line) < self.width:
                return line
        return ""


def statement_width(line: str, place: Place) -> int:
    """Indentation of the statement that ``line`` begins or goes on with at the cursor: where it
    closes a bracket of a line above, that line's."""
    found = scan(line, place.language, 0, place.stack)
    if not found.left_below(len(place.stack)):
        return width_of(place.line_before + line) if place.on_blank_line else place.width
    closed = place.stack[found.lowest]
    before = place.snapshot.before
    return min(place.width, width_of(before[before.rfind("\n", 0, closed.offset) + 1 :][:200]))


def expected_width(place: Place) -> int | None:
    """The deepest indentation that code on the cursor's line can have; None if unknown."""
    if not place.above:
        return None
    above = place.above[-1]
    if opens_block(above, place.language):
        style = place.style
        return max(place.width, width_of(above) + (style.unit if style else USUAL_UNIT))
    return max(place.width, width_of(above))


def place_of(scene: Scene) -> Place:
    """The facts about the place that a text is shaped for."""
    return _place(scene.snapshot, scene.tree)


# The engine asks for each chunk of a stream; snapshots are few and compare by identity first.
@functools.lru_cache(maxsize=8)
def _place(document: Snapshot, tree: Syntax | None) -> Place:
    region = region_of(
        document.before,
        document.after,
        document.language_id,
        at_start=document.at_document_start,
        at_end=document.at_document_end,
    )
    snapshot = _within(region, document)
    language = facts(region.language_id)
    line_before = snapshot.line_before
    line_after, _, rest = snapshot.after.partition("\n")
    head = snapshot.before[: len(snapshot.before) - len(line_before)]
    head_lines = head[-NEAR_CHARS:].split("\n")[:-1]
    whole_document = snapshot.before == document.before
    found = read_before(snapshot, language, tree if whole_document else None)
    stack = found.stack
    opened = tuple(entry for entry in stack if isinstance(entry, Bracket))
    inside = stack[-1] if stack and isinstance(stack[-1], Open) else None
    above = tuple(line for line in head_lines if line.strip())
    below = tuple(line for line in rest.split("\n", _LINES_AFTER * 2) if line.strip())
    indentation = _blanks(line_before)
    anchors = anchors_of(snapshot.before, found.brackets) if opened else {}
    outer = stack if inside is None else stack[:-1]
    # Only what holds code in a string changes what is a string.
    outer = outer if any(isinstance(entry, Open) for entry in outer) else ()
    following = read_after(rest[:_STYLE_CHARS], language, 0, outer)
    near = (
        *code_lines(head, len(head) - NEAR_CHARS, found)[-_STYLE_LINES:],
        *code_lines(rest[:_STYLE_CHARS], 0, following)[:_LINES_AFTER],
    )
    steps = steps_of(near, indentation, above, language)
    editors = document.indentation
    if not steps and editors.strip("\t") and not any(line[0] in " \t" for line in near):
        # No block shows a unit yet.
        steps[len(editors)] = 1
    return Place(
        snapshot=snapshot,
        region=region,
        language=language,
        line_before=line_before,
        line_after=line_after,
        indentation=indentation,
        opener_indentation=opener_indentation(snapshot.before, stack[-1], anchors, language)
        if stack and isinstance(stack[-1], Bracket)
        else indentation,
        above=above,
        below=below[:_LINES_AFTER],
        stack=stack,
        open_brackets=opened,
        brackets=found.brackets,
        strings=found.strings,
        unclosed=innermost_first(
            unclosed_brackets(opened, anchors, snapshot, language, inside, outer),
            opened,
            len(head),
            closers_right(snapshot, language, inside, outer) if opened else "",
        ),
        inside=inside,
        in_text=_in_text(document, language, tree, inside),
        style=style_of(near, indentation, steps, language, editors),
        steps=steps,
    )


def _blanks(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def _within(region: Region, document: Snapshot) -> Snapshot:
    """The part of a document that the cursor's language has to itself."""
    end = len(document.after) if region.end is None else region.end
    if not region.start and region.end is None:
        return document
    return replace(
        document,
        before=document.before[region.start :],
        after=document.after[:end],
        at_document_start=document.at_document_start or region.start > 0,
        at_document_end=document.at_document_end or region.end is not None,
    )


def _in_text(
    document: Snapshot, language: Language, tree: Syntax | None, inside: Open | None
) -> bool:
    """Between the tags of a page or of an element in code."""
    if language.block is Block.TAGS:
        return inside is None and document.before.rfind("<") <= document.before.rfind(">")
    if tree is None or not document.language_id.endswith("react") or inside is not None:
        return False
    offset = tree.locate(document.line, document.line_before)
    return offset is not None and tree.in_markup_text(offset)


def is_prose(language: Language) -> bool:
    """The language is text for people, where fences and sentences are content."""
    return language.prose
