"""The command line: arguments, logging, exit status.

Exit statuses are in ``exits``. Errors are one or two lines on stderr with the remedy.
"""

from __future__ import annotations

import argparse
import logging
import os
import re
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

from codestral_ls import __version__
from codestral_ls.commands.exits import fail
from codestral_ls.config import specs

_COMMANDS = ("complete", "doctor", "login", "logout")
# Flags that editors' client libraries append by themselves.
_APPENDED = re.compile(r"--clientProcessId(=|$)")
_LEVELS = ("debug", "info", "warning", "error")


class _Parser(argparse.ArgumentParser):
    """argparse with our exit status and one line of remedy instead of the whole usage."""

    def error(self, message: str) -> NoReturn:
        fail(f"{message}. See {self.prog} --help.")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    for word in words:
        if word.startswith(("--node-ipc", "--socket", "--pipe")):
            fail(f"{word.partition('=')[0]} is not supported; use --stdio or --tcp HOST:PORT")
    words = [word for word in words if not _APPENDED.match(word)]
    command = next((word for word in words if word in _COMMANDS), "serve")
    if command != "serve":
        words.remove(command)
    parser = _parser(command)
    arguments, unknown = parser.parse_known_args(words)
    if unknown and command in ("login", "logout"):
        # It may be the key, so it is not repeated.
        fail(f"{command} takes no key as an argument; it asks for it, or reads it from a pipe")
    if unknown:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    flags: dict[str, str | None] = {name: getattr(arguments, name) for name in specs()}
    try:
        _start_logging(arguments.log_level, arguments.log_file)
        if command == "serve":
            _serve(arguments, flags)
        return _run(command, arguments, flags)
    except KeyboardInterrupt:
        return 130  # 128 + SIGINT, as shells report it


def _run(command: str, arguments: argparse.Namespace, flags: Mapping[str, str | None]) -> int:
    if command == "complete":
        from codestral_ls.commands import complete

        return complete.run(arguments.place, flags, as_json=arguments.json)
    if command == "doctor":
        from codestral_ls.commands import doctor

        return doctor.run(
            flags,
            show_settings=arguments.settings,
            as_json=arguments.json,
            n_requests=arguments.requests,
        )
    from codestral_ls.commands import login

    return (login.login if command == "login" else login.logout)(arguments.host, flags)


def _serve(arguments: argparse.Namespace, flags: Mapping[str, str | None]) -> NoReturn:
    # Imported here: LSP's types take half a second, which ``complete`` need not wait for.
    from codestral_ls.server import transport

    try:
        _connect(arguments, flags)
    except transport.CannotServe as error:
        fail(str(error))


def _connect(arguments: argparse.Namespace, flags: Mapping[str, str | None]) -> NoReturn:
    from codestral_ls.server import transport

    where = arguments.tcp or arguments.ws
    if where is None:
        if sys.stdin.isatty():
            sys.stderr.write(
                "codestral-ls: waiting for an editor on stdin; see codestral-ls --help, or try "
                "codestral-ls complete FILE:LINE:COLUMN. End with Ctrl-C.\n"
            )
        transport.serve_stdio(os.environ, flags)
    host, port = _address(where, remote=arguments.allow_remote_clients)
    if arguments.tcp:
        transport.serve_tcp(host, port, os.environ, flags)
    transport.serve_ws(host, port, os.environ, flags)


def _address(text: str, *, remote: bool) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or not 0 <= int(port) < 65536:
        fail(f"{text!r} is not HOST:PORT, such as 127.0.0.1:8090")
    host = host.strip("[]") or "127.0.0.1"
    if host not in ("127.0.0.1", "::1", "localhost") and not remote:
        fail(
            f"whoever reaches {host} could read your files' completions; "
            "use 127.0.0.1, or add --allow-remote-clients"
        )
    return host, int(port)


def _parser(command: str) -> _Parser:
    if command == "serve":
        parser = _server_parser()
    else:
        parser = _Parser(prog=f"codestral-ls {command}", description=_DESCRIPTIONS[command])
        _add_own_arguments(command, parser)
    # What goes wrong in a doctor's visit stands in its report, and not in a log as well.
    level = "error" if command == "doctor" else "warning"
    parser.add_argument("--log-level", choices=_LEVELS, default=level)
    parser.add_argument("--log-file", metavar="FILE", help="log there instead of to stderr")
    _add_settings(parser)
    return parser


_DESCRIPTIONS = {
    "complete": "Print one completion, the way the server would make it on request.",
    "doctor": "Check settings, key, endpoint and model, and say what to do where one fails.",
    "login": "Ask for a key without echo, check it, and store it in the system's keyring.",
    "logout": "Remove a key from the system's keyring.",
}


def _add_own_arguments(command: str, parser: argparse.ArgumentParser) -> None:
    match command:
        case "complete":
            parser.add_argument(
                "place",
                metavar="FILE:LINE:COLUMN",
                help="LINE and COLUMN count from 1; the cursor stands before that character",
            )
            parser.add_argument("--json", action="store_true", help="print text, timings and usage")
        case "doctor":
            parser.add_argument(
                "--settings", action="store_true", help="all settings, and where each came from"
            )
            parser.add_argument("--json", action="store_true", help="print it for scripts")
            parser.add_argument(
                "--requests",
                type=_count,
                default=0,
                metavar="N",
                help="time N completions: latency, error rates, tokens, cost",
            )
        case _:
            parser.add_argument(
                "--host", metavar="HOST", help="whose key it is. Default: the endpoint's host"
            )


def _count(text: str) -> int:
    # A thousand completions take minutes and a few cents; more is a slip of the finger.
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError("N is a number from 1 to 1000")
    return int(text)


def _server_parser() -> _Parser:
    parser = _Parser(
        prog="codestral-ls",
        description="Language server for inline code completion, over stdio.",
        epilog="Also, each with its --help: codestral-ls complete FILE:LINE:COLUMN prints one "
        "completion; doctor says what works and what to do; login and logout keep a key.",
    )
    parser.add_argument("--version", action="version", version=f"codestral-ls {__version__}")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--stdio", action="store_true", help="speak over stdio (the default)")
    way.add_argument("--tcp", metavar="HOST:PORT", help="listen for one client by TCP")
    way.add_argument("--ws", metavar="HOST:PORT", help="listen for one client by WebSocket")
    parser.add_argument(
        "--allow-remote-clients",
        action="store_true",
        help="let --tcp and --ws listen on other addresses than this machine's own",
    )
    return parser


def _add_settings(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "settings", "Each also as an environment variable: --max-tokens is CODESTRAL_LS_MAX_TOKENS."
    )
    for spec in specs().values():
        help_text = f"{spec.meaning} Default: {spec.default_text}."
        group.add_argument(
            spec.flag,
            dest=spec.name,
            metavar="VALUE",
            help=help_text.replace("`", "").replace("%", "%%"),
        )


def _start_logging(level: str, file: str | None) -> None:
    try:
        handler = logging.FileHandler(file, encoding="utf-8") if file else logging.StreamHandler()
    except OSError as error:
        fail(f"--log-file {file} cannot be written ({error.strerror})")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level.upper(), handlers=[handler])
    # They log whole messages and URLs; their own warnings are enough at any level of ours.
    for name in ("pygls", "httpx", "httpcore", "asyncio", "websockets"):
        logging.getLogger(name).setLevel(logging.WARNING)
