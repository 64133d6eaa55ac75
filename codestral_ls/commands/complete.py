"""``codestral-ls complete FILE[:LINE[:COLUMN]]``: one completion, from a shell."""

from __future__ import annotations

import asyncio
import codecs
import dataclasses
import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from codestral_ls.commands import exits, streams
from codestral_ls.commands.loading import loaded
from codestral_ls.commands.terminal import Terminal, complain
from codestral_ls.model import (
    WINDOW_AFTER,
    WINDOW_BEFORE,
    Nothing,
    Outcome,
    Request,
    Snapshot,
    Suggestion,
    Superseded,
    Trigger,
    Usage,
)
from codestral_ls.session import settings_files
from codestral_ls.session.session import Session
from codestral_ls.text import languages, syntax
from codestral_ls.text.lines import Lines, normalise
from codestral_ls.text.syntax import Syntax

# Editors ask before they open anything larger.
MAX_FILE_BYTES = 64 * 1024 * 1024
_CONTEXT_WITHIN_S = 2.0
"""Nobody types here, so the files near this one are waited for, the start of the index included."""


class _FileAtTerminal(Terminal):
    """A terminal with one file, whose text is known."""

    wants_index = True

    def __init__(self, text: str) -> None:
        self._text = text

    def syntax(self, snapshot: Snapshot) -> Syntax | None:
        """The file's syntax tree."""
        return syntax.parse(normalise(self._text), snapshot.language_id)


def run(place: str, flags: Mapping[str, str | None], *, as_json: bool) -> int:
    """Print the completion; returns the exit status."""
    snapshot, text = _read_snapshot(place)
    session = Session(os.environ, flags, _FileAtTerminal(text))
    outcome = asyncio.run(_complete(session, snapshot))
    if session.is_misconfigured:
        return exits.USAGE  # it was told; who completed instead was not asked for
    if as_json:
        found = _as_json(session, outcome)
        text = json.dumps(found, ensure_ascii=False)
        plain = not streams.fits(text, sys.stdout)
        sys.stdout.write((json.dumps(found) if plain else text) + "\n")
    elif isinstance(outcome, Suggestion):
        if not streams.fits(outcome.text, sys.stdout):
            complain(
                f"stdout has the encoding {sys.stdout.encoding}, which lacks characters of this "
                'completion; they are shown as "?". Set PYTHONIOENCODING=utf-8.'
            )
        sys.stdout.write(outcome.text + "\n")
    if isinstance(outcome, Suggestion):
        return exits.DONE
    if not as_json:
        complain(_reason(session, outcome))
    return exits.BACKEND if isinstance(outcome, Nothing) and outcome.failure else exits.NOTHING


def _read_snapshot(place: str) -> tuple[Snapshot, str]:
    """The file as an editor would show it with the cursor at the place, and its text."""
    name, line, column = _parse(place)
    path = Path(name)
    text = _read(path)
    lines = Lines(text)
    if line is None:
        line = lines.n_lines
    if line > lines.n_lines:
        exits.fail(f"{name} has {lines.n_lines} lines; line {line} is beyond its end")
    length = lines.width(line - 1)
    if column is None:
        column = length + 1
    if column > length + 1:
        exits.fail(
            f"line {line} of {name} has {length} characters; "
            f"column {column} is beyond {length + 1}, its end"
        )
    window = lines.window(line - 1, column - 1, WINDOW_BEFORE, WINDOW_AFTER)
    absolute = path.absolute()
    snapshot = Snapshot(
        uri=absolute.as_uri(),
        path=str(absolute),
        language_id=languages.language_of(path.name),
        version=None,
        before=window.before,
        after=window.after,
        line=line - 1,
        at_document_start=window.at_start,
        at_document_end=window.at_end,
    )
    return snapshot, text


_PLACE = re.compile(
    r"(?P<name>.+?)(?::(?P<line>[1-9][0-9]{0,8}))?(?::(?P<column>[1-9][0-9]{0,8}))?", re.S
)


def _parse(place: str) -> tuple[str, int | None, int | None]:
    """File, line and column; None for the last line, and for a line's end."""
    if place and os.path.lexists(place):
        return place, None, None
    found = _PLACE.fullmatch(place)
    # A number with something wrong about it is no part of a name, unless there is such a file.
    if found is None or re.search(r":[^:/\\]*\Z", found["name"][2:]):
        exits.fail(f"{place!r} is not FILE, FILE:LINE or FILE:LINE:COLUMN, both counted from 1")
    line, column = found["line"], found["column"]
    return found["name"], int(line) if line else None, int(column) if column else None


def _read(path: Path) -> str:
    try:
        if path.is_dir():
            exits.fail(f"{path} is a directory, not a file")
        # Not by its size: a device has none, and a shell's <(…) is a pipe.
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        exits.fail(f"{path} does not exist")
    except OSError as error:
        exits.fail(f"{path} cannot be read ({error.strerror})")
    if len(data) > MAX_FILE_BYTES:
        exits.fail(f"{path} is larger than {MAX_FILE_BYTES // 2**20} MB")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        exits.fail(f"{path} is UTF-16; convert it to UTF-8 first")
    if b"\0" in data:
        exits.fail(f"{path} is a binary file; only text can be completed")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        exits.fail(f"{path} is not UTF-8 (byte {error.start}); convert it first")


async def _complete(session: Session, snapshot: Snapshot) -> Outcome:
    assert snapshot.path is not None
    session.set_roots([settings_files.workspace_root(Path(snapshot.path).parent)])
    try:
        await session.start_index()
        engine = await session.ready_engine()
        settings = session.settings(snapshot.path)
        await engine.find_context(snapshot, settings, _CONTEXT_WITHIN_S)
        request = Request(snapshot, Trigger.INVOKED)
        return await loaded(
            lambda: engine.complete(request, settings),
            is_loading=lambda: session.status()["state"] == "loading",
        )
    finally:
        await session.aclose()


def _reason(session: Session, outcome: Outcome) -> str:
    match outcome:
        case Suggestion():
            return outcome.note
        case Nothing():
            return session.failure_text(outcome)
        case Superseded():
            return outcome.reason


def _as_json(session: Session, outcome: Outcome) -> dict[str, object]:
    found = outcome if isinstance(outcome, Suggestion) else None
    usage = (found.usage if found else None) or Usage()
    return {
        "text": found.text if found else "",
        "provider": session.choice.provider,
        "model": session.choice.model,
        "reason": _reason(session, outcome),
        "snippets": session.explain()[0]["snippets"] if session.explain() else [],
        "cached": usage.cached_tokens > 0,
        "timings_ms": {
            name: None if value is None else round(value, 1)
            for name, value in dataclasses.asdict(outcome.timings).items()
        },
        "usage": dataclasses.asdict(usage),
    }
