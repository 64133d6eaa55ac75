"""``codestral-ls complete FILE:LINE:COLUMN``: one completion, from a shell."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from codestral_ls.commands import exits
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
    if as_json:
        sys.stdout.write(json.dumps(_as_json(session, outcome), ensure_ascii=False) + "\n")
    elif isinstance(outcome, Suggestion):
        sys.stdout.write(outcome.text + "\n")
    if isinstance(outcome, Suggestion):
        return exits.DONE
    if not as_json:
        complain(_reason(session, outcome))
    return exits.BACKEND if isinstance(outcome, Nothing) and outcome.failure else exits.NOTHING


def _read_snapshot(place: str) -> tuple[Snapshot, str]:
    """The file as an editor would show it with the cursor at FILE:LINE:COLUMN, and its text."""
    name, line, column = _parse(place)
    path = Path(name)
    text = _read(path)
    lines = Lines(text)
    if line > lines.n_lines:
        exits.fail(f"{name} has {lines.n_lines} lines; line {line} is beyond its end")
    length = lines.width(line - 1)
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


def _parse(place: str) -> tuple[str, int, int]:
    name, line, column = (["", "", *place.rsplit(":", 2)])[-3:]
    if not name or not line.isdigit() or not column.isdigit() or not int(line) or not int(column):
        exits.fail(f"{place!r} is not FILE:LINE:COLUMN, both counted from 1")
    return name, int(line), int(column)


def _read(path: Path) -> str:
    try:
        if path.is_dir():
            exits.fail(f"{path} is a directory, not a file")
        if path.stat().st_size > MAX_FILE_BYTES:
            exits.fail(f"{path} is larger than {MAX_FILE_BYTES // 2**20} MB")
        data = path.read_bytes()
    except FileNotFoundError:
        exits.fail(f"{path} does not exist")
    except OSError as error:
        exits.fail(f"{path} cannot be read ({error.strerror})")
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
        return await engine.complete(Request(snapshot, Trigger.INVOKED), settings)
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
