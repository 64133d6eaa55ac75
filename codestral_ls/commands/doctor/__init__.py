"""``codestral-ls doctor``: what works, what does not, and what to do about it.

``findings`` gathers the facts, ``checks`` judges them, ``report`` prints the result. None of the
user's code is sent anywhere: the prompts are the samples in this package.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from codestral_ls.commands import exits, streams
from codestral_ls.commands.doctor import report
from codestral_ls.commands.doctor.checks import all_well, checks
from codestral_ls.commands.doctor.effective import effective
from codestral_ls.commands.doctor.findings import Findings, NoticeCollector, examine
from codestral_ls.commands.doctor.requests import Series, ask_repeatedly
from codestral_ls.commands.doctor.workspace import examine_index
from codestral_ls.commands.progress import ProgressLine
from codestral_ls.session import settings_files
from codestral_ls.session.session import Session


def run(
    flags: Mapping[str, str | None], *, show_settings: bool, as_json: bool, n_requests: int
) -> int:
    """Print the report; returns the exit status."""
    notices = NoticeCollector()
    session = Session(os.environ, flags, notices)
    found, series = asyncio.run(_examine(session, notices, n_requests))
    lines = checks(found)
    settings = effective(found.resolved)
    if as_json:
        text = report.as_json(lines, settings, series, all_settings=show_settings)
    else:
        columns = shutil.get_terminal_size().columns
        text = report.page(lines, settings, series, all_settings=show_settings, columns=columns)
    sys.stdout.write(text if as_json else streams.fitted(text, sys.stdout))
    if n_requests and series is None and not as_json:
        sys.stdout.write("The requests were not made.\n")
    well = all_well(lines) and (series is None or not series.n_failed)
    return exits.DONE if well else exits.NOTHING


async def _examine(
    session: Session, notices: NoticeCollector, n_requests: int
) -> tuple[Findings, Series | None]:
    progress = ProgressLine(sys.stderr)
    found: Findings | None = None
    try:
        root = settings_files.workspace_root(Path.cwd())
        found = await examine(session, notices, root, progress)
        if not found.choice.is_local:
            progress("reading the workspace")
            is_used = found.resolved.settings.max_context_chars > 0
            found.index = await examine_index(session.sendable, is_used=is_used)
        if not n_requests or found.trial is None or found.trial.error is not None:
            return found, None
        assert found.backend is not None  # it answered a completion
        return found, await ask_repeatedly(
            found.backend, found.resolved.settings, n_requests, progress
        )
    finally:
        progress.clear()
        if found is not None and found.backend is not None:
            await found.backend.aclose()
        await session.aclose()
