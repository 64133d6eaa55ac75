"""Holes as editors leave them, found in a file's syntax tree.

``pair``: between brackets that the editor has closed, several lines. ``head``: the body of a
statement with its ``else`` or ``except``, asked for at the end of its first line; ``closed`` if the
last bracket stands there already; ``body`` if the cursor is on the first, empty line of the body.
``block``: a body by itself, asked for there. ``first line``: of a body whose other lines stand.
``before closers``: the rest between the brackets of one line. Each also beyond the window of text
that the stages see.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from codestral_ls.model import WINDOW_BEFORE
from tests.benchmarks.files import File, Hole, width
from tests.benchmarks.plain_holes import MAX_HOLE_CHARS
from tests.benchmarks.trees import Tree, parsed

if TYPE_CHECKING:
    from tree_sitter import Node

KINDS = (
    "pair ()", "pair []", "pair {}", "pair, text behind",
    "head", "head, closed", "body", "block", "first line", "before closers",
)  # fmt: skip
_CLOSERS = {"(": ")", "[": "]", "{": "}"}
_GOES_ON = frozenset(("else", "elif", "except", "catch", "finally"))
# What stands behind a closer and belongs to it rather than to the text.
_ONLY_CLOSERS = re.compile(r"[\])};,]*")
_ENDS_STATEMENT = re.compile(r"[\w;)}\]\"']\s*$")
_COMMENT = re.compile(r"\s*(?:#(?!include|define)|//|/?\*|--)")
_LEFT_BLANKS = re.compile(r"[ \t]\n|\n\s*\n[ \t]*\Z")


def holes(file: File, per_kind: int, seed: random.Random) -> Iterator[Hole]:
    """Some holes of each kind within the window of the file's beginning, and some beyond it."""
    tree = parsed(file.text, file.language_id)
    if tree is None:
        return
    candidates = [
        hole for node in tree.nodes() for hole in _holes_of(node, tree) if _is_fair(file, hole)
    ]
    seed.shuffle(candidates)
    found: Counter[tuple[str, bool]] = Counter()
    for hole in candidates:
        if found[hole.kind, is_far(hole)] < per_kind:
            found[hole.kind, is_far(hole)] += 1
            yield hole


def is_far(hole: Hole) -> bool:
    """The window before the cursor does not reach the file's start."""
    return hole.start > WINDOW_BEFORE


def _is_fair(file: File, hole: Hole) -> bool:
    """A model may write so much, and no filter is asked to keep blanks at the ends of lines, or
    blank lines at the end."""
    truth = file.text[hole.start : hole.end]
    return bool(truth.strip()) and len(truth) <= MAX_HOLE_CHARS and not _LEFT_BLANKS.search(truth)


def _holes_of(node: Node, tree: Tree) -> Iterator[Hole]:
    if node.has_error:
        return
    yield from _pair(node, tree)
    yield from _head(node, tree)


def _pair(node: Node, tree: Tree) -> Iterator[Hole]:
    """What stands between two brackets."""
    opener = next((child for child in node.children if child.type in _CLOSERS), None)
    if opener is None:
        return
    closer = node.children[-1]
    if closer.type != _CLOSERS[opener.type] or closer.start_byte <= opener.end_byte:
        return
    start, end = tree.offset(opener.end_byte), tree.offset(closer.start_byte)
    behind = tree.line_from(end + 1)
    if opener.start_point.row == closer.start_point.row:
        yield from _before_closers(tree.text, start, end)
        return
    has_text_behind = bool(_ONLY_CLOSERS.sub("", behind, count=1).strip())
    pair = f"pair {opener.type}{closer.type}"
    yield Hole("pair, text behind" if has_text_behind else pair, start, end)
    if opener.type == "{":
        yield from _first_line(tree, start)
        yield from _block(tree, start, end)


def _before_closers(text: str, start: int, end: int) -> Iterator[Hole]:
    """The end of what stands between brackets of one line."""
    end = start + len(text[start:end].rstrip())
    words = [
        found.start()
        for found in re.finditer(r"(?<![\w.])\w", text[start:end])
        if _strings_are_closed(text[start : start + found.start()])
    ]
    if words:
        # Always the same word of the same pair.
        yield Hole("before closers", start + words[len(words) // 2], end)


def _strings_are_closed(text: str) -> bool:
    return all(text.count(quote) % 2 == 0 for quote in "\"'`")


def _block(tree: Tree, head_end: int, end: int) -> Iterator[Hole]:
    """All of a body, from the indentation of its first line."""
    first = tree.text.find("\n", head_end) + 1
    line = tree.line_from(first)
    if not tree.line_from(head_end).strip() and line.strip():
        yield Hole("block", first + width(line), len(tree.text[:end].rstrip()))


def _first_line(tree: Tree, head_end: int) -> Iterator[Hole]:
    """The first line of a body whose other lines are there."""
    if tree.line_from(head_end).strip():
        return
    first = tree.text.find("\n", head_end) + 1
    line = tree.line_from(first)
    below = tree.line_from(first + len(line) + 1)
    whole = all(line.count(opener) == line.count(closer) for opener, closer in _CLOSERS.items())
    aligned = width(below) == width(line) and below.strip()[:1] not in (*"})].+-*/|&?:=<>,", "")
    if whole and aligned and _ENDS_STATEMENT.search(line) and not _COMMENT.match(line):
        yield Hole("first line", first + width(line), first + len(line.rstrip()))


def _head(node: Node, tree: Tree) -> Iterator[Hole]:
    """The body of a statement with all that goes on after it, from the end of its first head."""
    body = next((child for child in node.children if _is_body(child)), None)
    if body is None:
        return
    colon = next((child for child in node.children if child.type == ":"), None)
    if colon is not None and colon.start_byte < body.start_byte:
        yield from _first_line(tree, tree.offset(colon.end_byte))
        yield from _block(tree, tree.offset(colon.end_byte), tree.offset(body.end_byte))
    goes_on = any(
        child.start_byte >= body.end_byte
        and (child.type in _GOES_ON or (child.children and child.children[0].type in _GOES_ON))
        for child in node.children
    )
    if not goes_on:
        return
    opener = colon if colon is not None else body.children[0]
    start, end = tree.offset(opener.end_byte), tree.offset(node.end_byte)
    first = tree.text.find("\n", start) + 1
    if tree.line_from(start).strip() or not tree.line_from(first).strip():
        return
    yield Hole("head", start, end)
    indented = first + width(tree.line_from(first))
    if opener.type != "{":
        yield Hole("body", indented, end)
    elif tree.text[end - 1] == "}":
        yield Hole("head, closed", start, end - 1)
        # The closer stands on a line of its own, below the cursor's.
        yield Hole("body", indented, len(tree.text[: end - 1].rstrip()))


def _is_body(node: Node) -> bool:
    if node.type == "block" and node.children and node.children[0].type != "{":
        return True
    is_block = node.type in ("block", "statement_block", "compound_statement")
    return is_block and node.start_point.row < node.end_point.row
