"""Takes prompts apart that a client laid out for a model, by the model's own control strings."""

from __future__ import annotations

import string
from collections.abc import Iterator
from dataclasses import dataclass

from codestral_ls.prompt.snippets import HEADER
from codestral_ls.text.control_strings import BOUNDS
from codestral_ls.text.fim_templates import TEMPLATES, Template


@dataclass(frozen=True, slots=True)
class RawPrompt:
    """What stands before and after the cursor in a prompt."""

    before: str
    after: str
    name: str = ""
    """Of the document's file, as the prompt has it; empty where it names none."""


class NoRawPrompt(Exception):
    """The text is no prompt of a known layout."""


class AmbiguousPrompt(Exception):
    """The document holds the control strings too, so the cursor's place is not certain."""


def take_apart(prompt: str) -> RawPrompt:
    """The document's text in a prompt for filling in the middle, of any family in the table.

    Raises NoRawPrompt or AmbiguousPrompt.
    """
    # Text of the document may hold other families' control strings; the prompt's own stand first.
    found = [(prompt.index(row.written_markers[0]), row) for row in TEMPLATES if _has(row, prompt)]
    if not found:
        raise NoRawPrompt
    first = min(place for place, _ in found)
    rows = [row for place, row in found if place == first]
    if any(prompt.count(marker) > 1 for row in rows for marker in row.written_markers):
        raise AmbiguousPrompt
    rows = [row for row in rows if _is_in_order(row, prompt)]
    if not rows:
        raise NoRawPrompt
    # Codestral's two layouts differ in a blank before the prefix, and clients write either.
    return _by(rows[0], prompt, is_certain=len({row.layout for row in rows}) == 1)


def _has(row: Template, prompt: str) -> bool:
    return all(marker in prompt for marker in row.written_markers)


def _is_in_order(row: Template, prompt: str) -> bool:
    places = [prompt.index(marker) for marker in row.written_markers]
    return places == sorted(places)


def _by(row: Template, prompt: str, *, is_certain: bool) -> RawPrompt:
    texts = dict(_fields(row, prompt))
    head, before, after = texts["head"], texts["prefix"], texts["suffix"]
    # What a client has written behind the last marker is the beginning of the answer.
    before = _without_blank(before, row, is_certain=is_certain) + texts.get("tail", "")
    name = _name_in(head, row)
    if not name and not row.repository[1]:
        name, before = _headed(before)
    return RawPrompt(before, after, name)


def _fields(row: Template, prompt: str) -> Iterator[tuple[str, str]]:
    """The texts between the markers, by their names in the layout; ``head`` stands before the
    first marker, ``tail`` behind the last where the layout has no text there."""
    name = "head"
    for literal, field, *_ in string.Formatter().parse(row.layout):
        text, _, prompt = prompt.partition(literal.strip())
        if name == "head":
            text = _without_bounds(text)
        elif literal.startswith(" "):
            text = text.removesuffix(" ")
        yield name, text
        name = field or "tail"
    yield name, prompt


def _without_blank(before: str, row: Template, *, is_certain: bool) -> str:
    """The text before the cursor without the blank that a layout may put before it.

    Where that is not certain it goes only if the text would not begin with one: hardly any line is
    indented by one blank.
    """
    if " {prefix}" in row.layout and (is_certain or not before[1:2].isspace()):
        return before.removeprefix(" ")
    return before


def _without_bounds(text: str) -> str:
    for bound in BOUNDS:
        text = text.replace(bound, "")
    return text


def _name_in(head: str, row: Template) -> str:
    """The last file that stands before the prompt in the family's layout of repositories."""
    entry = row.repository[1].partition("{path}")[0]
    if not entry or entry not in head:
        return ""
    return head.rpartition(entry)[2].strip()


def _headed(before: str) -> tuple[str, str]:
    """The name of the document's file and its text, where files stand before it, each below a
    line with its path, as people write it for Codestral."""
    if not before.startswith(HEADER):
        return "", before
    headers = [0, *_starts(before, "\n" + HEADER)]
    name, _, text = before[headers[-1] + len(HEADER) :].partition("\n")
    return name.strip(), text


def _starts(text: str, pattern: str) -> Iterator[int]:
    at = text.find(pattern)
    while at >= 0:
        yield at + 1
        at = text.find(pattern, at + 1)
