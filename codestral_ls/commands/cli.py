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
from pathlib import Path
from typing import Any, NoReturn

from codestral_ls import __version__
from codestral_ls.commands.exits import DONE, fail
from codestral_ls.config import specs
from codestral_ls.config.values import nearest
from codestral_ls.privacy.text import one_line

_SERVE = ""
_COMMANDS = {
    "complete": "Print one completion, as the server would give it on request.",
    "doctor": "Check settings, key, endpoint and model, and say how to fix what fails.",
    "login": "Check an API key and store it in the system's keyring.",
    "logout": "Remove an API key from the system's keyring.",
    "help": "Show the help of a command.",
}
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
        "--requests",
    }
)
# A page's address without its path. Browsers call the origin of a file or a sandbox "null".
_ORIGIN = re.compile(r"null|[a-z][a-z0-9+.-]*://[^\s/*?#@]+/?", re.IGNORECASE)
# Flags that editors' client libraries append by themselves.
_APPENDED = re.compile(r"--clientProcessId(=|$)")
# What people write who have a key at hand.
_KEY_FLAG = re.compile(r"--?(?:api[-_]?)?(?:key|token)(?:=|\Z)", re.IGNORECASE)
_LEVELS = ("debug", "info", "warning", "error")


class _Parser(argparse.ArgumentParser):
    """argparse with our exit status, and one line instead of the whole usage.

    Flags are written out: ``--api-key KEY`` must not mean ``--api-key-command KEY``.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        fail(f"{message}. See {self.prog} --help.")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
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
    parser = _parser(command)
    arguments, unknown = parser.parse_known_args(words)
    if unknown:
        _complain_unknown(parser, command, unknown)
    flags: dict[str, str | None] = {name: getattr(arguments, name) for name in specs()}
    try:
        _start_logging(arguments.log_level, arguments.log_file)
        if command == _SERVE:
            _serve(arguments, flags)
        return _run(command, arguments, flags)
    except KeyboardInterrupt:
        return 130  # 128 + SIGINT, as shells report it


def _split(words: Sequence[str]) -> tuple[str, list[str]]:
    """The command, and the words without it. Settings may stand before the command too."""
    followed = _VALUE_FOLLOWS | {spec.flag for spec in specs().values()}
    for index, word in enumerate(words):
        is_value = index > 0 and words[index - 1] in followed
        if word in _COMMANDS and not is_value:
            return word, [*words[:index], *words[index + 1 :]]
    return _SERVE, list(words)


def _help(words: Sequence[str]) -> int:
    name = words[0] if words else _SERVE
    if name != _SERVE and name not in _COMMANDS:
        _fail_unknown_command(name)
    _parser(_SERVE if name == "help" else name).print_help()
    return DONE


def _complain_unknown(parser: _Parser, command: str, unknown: Sequence[str]) -> NoReturn:
    if command in ("login", "logout"):
        # It may be the key, so it is not repeated.
        fail(f"{command} takes no key as an argument; it asks for the key, or reads it from a pipe")
    if command == _SERVE and not unknown[0].startswith("-"):
        _fail_unknown_command(unknown[0])
    # What follows a flag or stands behind its "=" may be a key.
    flags = [word.partition("=")[0] for word in unknown if word.startswith("-")]
    parser.error(f"unrecognized arguments: {one_line(' '.join(flags or unknown), 80)}")


def _fail_unknown_command(name: str) -> NoReturn:
    near = nearest(name, list(_COMMANDS))
    hint = f"did you mean {near}?" if near else "see codestral-ls --help"
    fail(f"there is no command {one_line(name, 40)!r}; {hint}")


def _run(command: str, arguments: argparse.Namespace, flags: Mapping[str, str | None]) -> int:
    # Each command is imported when it runs: together they take longer than the shortest of them.
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


def _parser(command: str) -> _Parser:
    if command == _SERVE:
        parser = _Parser(
            prog="codestral-ls",
            usage="codestral-ls [OPTION...]\n       codestral-ls COMMAND [ARGUMENT...]",
            description=_overview(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        _add_serving(parser)
    else:
        place = " FILE:LINE:COLUMN" if command == "complete" else ""
        parser = _Parser(
            prog=f"codestral-ls {command}",
            usage=f"codestral-ls {command} [OPTION...]{place}",
            description=_COMMANDS[command],
        )
        _add_own_arguments(command, parser)
    # What goes wrong during doctor's checks is in its report, and not in a log as well.
    level = "error" if command == "doctor" else "warning"
    parser.add_argument(
        "--log-level", choices=_LEVELS, default=level, help=f"how much to log. Default: {level}"
    )
    parser.add_argument("--log-file", metavar="FILE", help="log to a file instead of stderr")
    _add_settings(parser)
    return parser


def _overview() -> str:
    width = max(map(len, _COMMANDS)) + 2
    commands = [f"  {name:{width}}{meaning}" for name, meaning in _COMMANDS.items()]
    return "\n".join(
        [
            "Language server for inline code completion. Editors start it without a command;",
            "it then speaks LSP over stdio.",
            "",
            "commands:",
            *commands,
            "",
            "codestral-ls COMMAND --help shows the options of a command.",
        ]
    )


def _add_own_arguments(command: str, parser: argparse.ArgumentParser) -> None:
    match command:
        case "complete":
            parser.add_argument(
                "place",
                metavar="FILE:LINE:COLUMN",
                help="where to complete; LINE and COLUMN count from 1, and the cursor is before "
                "that character",
            )
            parser.add_argument(
                "--json", action="store_true", help="print text, timings and usage as JSON"
            )
        case "doctor":
            parser.add_argument(
                "--settings", action="store_true", help="show all settings and where each is set"
            )
            parser.add_argument("--json", action="store_true", help="print the report as JSON")
            parser.add_argument(
                "--requests",
                type=_count,
                default=0,
                metavar="N",
                help="also time N completions: latency, error rate, tokens and cost",
            )
        case _:
            parser.add_argument(
                "--host", metavar="HOST", help="the key's host. Default: the endpoint's"
            )


def _count(text: str) -> int:
    # A thousand completions take minutes and cost a few cents; more is a typing error.
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError("N must be a number from 1 to 1000")
    return int(text)


def _origin(text: str) -> str:
    if not _ORIGIN.fullmatch(text):
        raise argparse.ArgumentTypeError(
            "ORIGIN is one page's scheme, host and port, such as https://editor.example"
        )
    return text


def _add_serving(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--version",
        action="version",
        version=f"codestral-ls {__version__}",
        help="show the version",
    )
    channel = parser.add_mutually_exclusive_group()
    channel.add_argument("--stdio", action="store_true", help="serve over stdio (the default)")
    channel.add_argument(
        "--pipe",
        metavar="PATH",
        help="serve one client at a Unix socket: connect if the editor listens there, else listen, "
        "for this user only",
    )
    channel.add_argument(
        "--tcp",
        metavar="HOST:PORT",
        help="serve one client over TCP: the first to connect, of any user of this machine, "
        "unless --token-file is given",
    )
    channel.add_argument(
        "--ws",
        metavar="HOST:PORT",
        help="serve one client over WebSocket; the first line on stderr is the URL with its token",
    )
    parser.add_argument(
        "--token-file",
        metavar="FILE",
        help="with --tcp: the client's first line must be 'codestral-ls-token: TOKEN', with the "
        "token in FILE, which is made where it is missing",
    )
    parser.add_argument(
        "--allow-origin",
        metavar="ORIGIN",
        action="append",
        default=[],
        type=_origin,
        help="with --ws: let pages of this origin connect, such as https://editor.example; may be "
        "given several times",
    )
    parser.add_argument(
        "--allow-remote-clients",
        action="store_true",
        help="let --tcp and --ws listen on addresses that other machines can reach",
    )


def _add_settings(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "settings",
        "They can also be set in config.toml (max_tokens), in the editor (codestral.maxTokens)\n"
        "and in the environment (CODESTRAL_LS_MAX_TOKENS).",
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
    # They log whole messages and URLs, so only their warnings are logged, whatever the level.
    for name in ("pygls", "httpx", "httpcore", "asyncio", "websockets"):
        logging.getLogger(name).setLevel(logging.WARNING)
