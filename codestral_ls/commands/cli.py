"""The command line: what is run, logging, exit status.

Exit statuses are in ``exits``. Errors are one or two lines on stderr with the remedy.
"""

from __future__ import annotations

import argparse
import errno
import logging
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from codestral_ls.commands import streams
from codestral_ls.commands.arguments import COMMANDS, SERVE, CommandParser, parser_of
from codestral_ls.commands.exits import DONE, fail
from codestral_ls.config import command_line_options, resolve, specs
from codestral_ls.config.values import nearest
from codestral_ls.paths import expanded
from codestral_ls.privacy.text import one_line

_VALUE_FOLLOWS = frozenset(
    {
        "--tcp",
        "--ws",
        "--pipe",
        "--token-file",
        "--allow-origin",
        "--log-level",
        "--log-file",
        "--host",
        "--port",
        "--requests",
        *("--count", "--seed", "--since", "--tasks", "--compare", "--price", "--report"),
    }
)
# Flags that editors' client libraries append by themselves.
_APPENDED = re.compile(r"--clientProcessId(=|$)")
# What people write who have a key at hand.
_KEY_FLAG = re.compile(r"--?(?:api[-_]?)?(?:key|token)(?:=|\Z)", re.IGNORECASE)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    streams.open_all()
    try:
        try:
            return _command_line(list(sys.argv[1:] if argv is None else argv))
        finally:
            sys.stdout.flush()
    except BrokenPipeError as error:
        streams.leave(error)
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise
        streams.leave(error)


# A full disk, or a device that fails.
_UNWRITABLE = (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG, errno.EBADF)


def _command_line(words: list[str]) -> int:
    for word in words:
        if word.startswith(("--node-ipc", "--socket")):
            fail(f"{word.partition('=')[0]} is not supported; use --stdio or --pipe PATH")
        if _KEY_FLAG.match(word):
            # Other users of the machine see the arguments of every process.
            fail(
                "a key is not taken from the command line, where others can read it; run "
                "codestral-ls login, or set MISTRAL_API_KEY or --api-key-command COMMAND"
            )
    words = [word for word in words if not _APPENDED.match(word)]
    command, words = _split(words)
    if command == "help":
        return _help(words)
    parser = parser_of(command)
    arguments, unknown = parser.parse_known_args(words)
    if unknown:
        _complain_unknown(parser, command, unknown)
    given = {name: getattr(arguments, name) for name in specs()}
    if command != "eval":  # which takes a setting several times, and looks at each
        for problem in resolve([command_line_options(given)]).problems:
            fail(problem.complaint)
    try:
        _start_logging(arguments.log_level, arguments.log_file)
        if command == "eval":
            from codestral_ls.commands import eval as evaluation

            return evaluation.run(arguments, {name: v for name, v in given.items() if v})
        if command == SERVE:
            _serve(arguments, given)
        return _run(command, arguments, given)
    except KeyboardInterrupt:
        return 130  # 128 + SIGINT, as shells report it


def _split(words: Sequence[str]) -> tuple[str, list[str]]:
    """The command, and the words without it. Settings may stand before the command too."""
    followed = _VALUE_FOLLOWS | {spec.flag for spec in specs().values()}
    for index, word in enumerate(words):
        is_value = index > 0 and words[index - 1] in followed
        if word in COMMANDS and not is_value:
            return word, [*words[:index], *words[index + 1 :]]
    return SERVE, list(words)


def _help(words: Sequence[str]) -> int:
    name = words[0] if words else SERVE
    if name != SERVE and name not in COMMANDS:
        _fail_unknown_command(name)
    parser_of(SERVE if name == "help" else name).print_help()
    return DONE


def _complain_unknown(parser: CommandParser, command: str, unknown: Sequence[str]) -> NoReturn:
    if command in ("login", "logout"):
        # It may be the key, so it is not repeated.
        fail(f"{command} takes no key as an argument; it asks for the key, or reads it from a pipe")
    if command == SERVE and not unknown[0].startswith("-"):
        _fail_unknown_command(unknown[0])
    # What follows a flag or stands behind its "=" may be a key.
    flags = [word.partition("=")[0] for word in unknown if word.startswith("-")]
    near = nearest(flags[0], parser.flags) if flags else None
    hint = f"; did you mean {near}?" if near else ""
    parser.error(f"unrecognized arguments: {one_line(' '.join(flags or unknown), 80)}{hint}")


def _fail_unknown_command(name: str) -> NoReturn:
    near = nearest(name, list(COMMANDS))
    hint = f"did you mean {near}?" if near else "see codestral-ls --help"
    fail(f"there is no command {one_line(name, 40)!r}; {hint}")


def _run(command: str, arguments: argparse.Namespace, flags: Mapping[str, str | None]) -> int:
    _check_directory()
    # Each command is imported when it runs: together they take longer than the shortest of them.
    if command == "complete":
        from codestral_ls.commands import complete

        return complete.run(arguments.place, flags, as_json=arguments.json)
    if command == "bridge":
        from codestral_ls.commands import bridge

        bridge.run(arguments.port, flags)
    if command == "stats":
        from codestral_ls.commands import stats

        return stats.run(arguments)
    if command == "doctor":
        from codestral_ls.commands import doctor

        return doctor.run(
            flags,
            show_settings=arguments.settings,
            as_json=arguments.json,
            n_requests=arguments.requests,
        )
    from codestral_ls.commands import login

    if command == "logout":
        return login.logout(arguments.host, flags)
    return login.login(arguments.host, flags, to_file=arguments.file)


def _check_directory() -> None:
    try:
        Path.cwd()
    except OSError:
        fail("the current directory does not exist any more; change to another one")


def _serve(arguments: argparse.Namespace, flags: Mapping[str, str | None]) -> NoReturn:
    # Imported here: LSP's types take half a second, and ``complete`` does without them.
    from codestral_ls.server import transport

    try:
        _connect(arguments, flags)
    except transport.CannotServe as error:
        fail(str(error))


def _connect(arguments: argparse.Namespace, flags: Mapping[str, str | None]) -> NoReturn:
    from codestral_ls.server import transport

    if arguments.token_file and not arguments.tcp:
        fail("--token-file goes with --tcp: --ws makes a token itself, the others need none")
    if arguments.allow_origin and not arguments.ws:
        fail("--allow-origin goes with --ws: only browsers have origins")
    if arguments.pipe:
        transport.serve_pipe(Path(arguments.pipe), os.environ, flags)
    where = arguments.tcp or arguments.ws
    if where is None:
        if sys.stdin.isatty():
            sys.stderr.write(
                "codestral-ls: waiting for an editor on stdin; press Ctrl-C to stop. To try it "
                "without one: codestral-ls complete FILE:LINE:COLUMN, or codestral-ls --help.\n"
            )
        transport.serve_stdio(os.environ, flags)
    remote = arguments.allow_remote_clients
    host, port = _address(where, remote=remote)
    if arguments.tcp:
        token_file = Path(arguments.token_file) if arguments.token_file else None
        transport.serve_tcp(host, port, os.environ, flags, token_file=token_file)
    origins = arguments.allow_origin
    transport.serve_ws(host, port, os.environ, flags, origins=origins, any_host=remote)


def _address(text: str, *, remote: bool) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or not 0 <= int(port) < 65536:
        fail(f"{text!r} is not HOST:PORT, such as 127.0.0.1:8090")
    host = host.strip("[]") or "127.0.0.1"
    if host not in ("127.0.0.1", "::1", "localhost") and not remote:
        fail(
            f"anyone who can reach {host} could use your key and read completions; "
            "use 127.0.0.1, or add --allow-remote-clients"
        )
    return host, int(port)


def _start_logging(level: str, named: str | None) -> None:
    file = expanded(named, os.environ) if named else None
    if file and Path(file).is_fifo():
        fail(f"--log-file {named} is a pipe, which waits for a reader; name a file")
    try:
        handler = logging.FileHandler(file, encoding="utf-8") if file else logging.StreamHandler()
    except OSError as error:
        fail(f"--log-file {named} cannot be written ({error.strerror})")
    # A log that cannot be written, on a full disk for instance, is not worth a traceback on stderr
    # at each line.
    logging.raiseExceptions = False
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level.upper(), handlers=[handler])
    # They log whole messages and URLs, so only their warnings are logged, whatever the level.
    for name in ("pygls", "httpx", "httpcore", "asyncio", "websockets"):
        logging.getLogger(name).setLevel(logging.WARNING)
