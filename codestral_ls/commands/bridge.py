"""``codestral-ls bridge``: completions over HTTP, for editors without LSP inline completion."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from codestral_ls import client_tokens, paths
from codestral_ls.bridge.bridge import Bridge, BridgeClient
from codestral_ls.bridge.entrance import HttpEntrance
from codestral_ls.bridge.listener import CannotBind, HttpListener, Limits
from codestral_ls.commands import exits
from codestral_ls.commands.terminal import complain
from codestral_ls.server.signals import ending_signal
from codestral_ls.session import settings_files
from codestral_ls.session.notices import Notice
from codestral_ls.session.session import Session

_TOKEN_VARIABLE = "CODESTRAL_LS_BRIDGE_TOKEN"  # noqa: S105  # its name, not a token
_TOKEN_FILE = "bridge-token"  # noqa: S105  # as above
_TOKEN = re.compile(r"[\w-]{16,256}", re.ASCII)
_CLEANUP_S = 1.0


def run(port: int, flags: Mapping[str, str | None]) -> NoReturn:
    """Serve until a signal comes; ends the process."""
    token = _token(os.environ)
    try:
        status = asyncio.run(_serve(port, token, flags))
    except CannotBind as error:
        exits.fail(str(error))
    # What may still hang is a thread, in name resolution for instance; nothing of it is wanted.
    sys.stdout.flush()
    logging.shutdown()
    os._exit(status)


def _token(environ: Mapping[str, str]) -> str:
    """The user's token; or one that is made once, so that editors can be set up with it."""
    if given := environ.get(_TOKEN_VARIABLE):
        return _checked(given, _TOKEN_VARIABLE)
    directory = paths.state_directory()
    if directory is None:
        return client_tokens.new_token()
    try:
        directory.mkdir(parents=True, exist_ok=True)
        file = directory / _TOKEN_FILE
        return _checked(client_tokens.token_of_file(file), str(file))
    except client_tokens.BadTokenFile as error:
        exits.fail(f"the bridge's token: {error}")
    except OSError as error:
        exits.fail(f"the bridge's token: {directory} cannot be made ({error.strerror})")


def _keeps_token(environ: Mapping[str, str]) -> bool:
    """The next start has the same one."""
    return bool(environ.get(_TOKEN_VARIABLE)) or paths.state_directory() is not None


def _checked(token: str, source: str) -> str:
    if not _TOKEN.fullmatch(token):
        exits.fail(
            f"{source} has no token that can stand in a URL: "
            "use 16 characters or more, only letters, digits, - and _"
        )
    return token


async def _serve(port: int, token: str, flags: Mapping[str, str | None]) -> int:
    here = Path.cwd()
    root = settings_files.workspace_root(here)
    session = Session(os.environ, flags, BridgeClient(_tell))
    if settings_files.is_workspace(root):
        session.set_roots([root])
    bridge = Bridge(session, root, _tell)
    listener = HttpListener(HttpEntrance(token), bridge.answer, Limits())
    signalled = ending_signal()
    if session.is_misconfigured:
        return exits.USAGE  # it was told; who completes instead was not asked for
    is_lasting = port != 0 and _keeps_token(os.environ)
    port = await listener.start(port)
    preparing: asyncio.Future[None] | None = None
    try:
        url = f"http://127.0.0.1:{port}/{token}"
        _show(_how_to_use(url, is_lasting=is_lasting))
        preparing = asyncio.ensure_future(_prepare(session))
        return 128 + await signalled
    finally:
        if preparing is not None:
            preparing.cancel()
        await listener.aclose()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLEANUP_S):
                await session.aclose()


async def _prepare(session: Session) -> None:
    """Do what the first request would wait for."""
    await session.start_index()
    await session.ready_engine(automatic=True)
    with contextlib.suppress(OSError):  # nobody reads stdout any more
        _show(_who_completes(session))


def _who_completes(session: Session) -> str:
    choice = session.choice
    by = ", ".join(filter(None, [choice.host, choice.model]))
    advice = context = ""
    if choice.is_local:
        by = "the embedded provider, without a model"
        if session.settings().provider == "auto" and choice.warning is None:
            advice = " For Codestral, set MISTRAL_API_KEY, or run codestral-ls login."
    if not session.roots:
        context = "No files are read as context: this directory is in no repository.\n"
    return f"Completions come from {by}.{advice}\n{context}"


def _show(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _tell(notice: Notice) -> None:
    complain(notice.text)


def _how_to_use(url: str, *, is_lasting: bool) -> str:
    next_time = "stays the same" if is_lasting else "is another one"
    return f"""\
codestral-ls: listening on {url}
Whoever has this URL can use your key. It {next_time} at the next start. Ctrl-C ends the bridge.

llama.vim, before it is loaded:
  let g:llama_config = {{ 'endpoint_fim': '{url}/infill' }}
llama.vscode, in settings.json:
  "llama-vscode.endpoint": "{url}"
Zed, in settings.json:
  "edit_predictions": {{
    "provider": "open_ai_compatible_api",
    "open_ai_compatible_api": {{
      "api_url": "{url}/v1/completions",
      "model": "codestral", "prompt_format": "codestral", "max_output_tokens": 128
    }}
  }}
"""
