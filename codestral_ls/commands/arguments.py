"""What the command line takes: commands, flags, and what ``--help`` says of them."""

from __future__ import annotations

import argparse
import re
from typing import Any, NoReturn

from codestral_ls import __version__
from codestral_ls.commands.exits import fail
from codestral_ls.config import specs

SERVE = ""
COMMANDS = {
    "complete": "Print one completion, as the server would give it on request.",
    "doctor": "Check settings, key, endpoint and model, and say how to fix what fails.",
    "eval": "Measure how good, fast and dear a model and its settings are on your own code.",
    "stats": "Show what was suggested, taken, kept and paid, from the counts on this machine.",
    "bridge": "Serve completions over HTTP on this machine, for llama.vim, llama.vscode and Zed.",
    "login": "Check an API key and store it in the system's keyring, or in a file of yours.",
    "logout": "Remove an API key that login stored.",
    "help": "Show the help of a command.",
}
# A page's address without its path. Browsers call the origin of a file or a sandbox "null".
_ORIGIN = re.compile(r"null|[a-z][a-z0-9+.-]*://[^\s/*?#@]+/?", re.IGNORECASE)
# Where llama.vim looks for a server.
_DEFAULT_PORT = 8012
_LEVELS = ("debug", "info", "warning", "error")


class CommandParser(argparse.ArgumentParser):
    """argparse with our exit status, and one line instead of the whole usage.

    Flags are written out: ``--api-key KEY`` must not mean ``--api-key-command KEY``.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        ended = message if message.endswith("?") else f"{message}."
        fail(f"{ended} See {self.prog} --help.")

    @property
    def flags(self) -> list[str]:
        """All flags, as they are written."""
        return [flag for action in self._actions for flag in action.option_strings]


def parser_of(command: str) -> CommandParser:
    """What a command takes; ``SERVE`` is no command at all."""
    if command == SERVE:
        parser = CommandParser(
            prog="codestral-ls",
            usage="codestral-ls [OPTION...]\n       codestral-ls COMMAND [ARGUMENT...]",
            description=_overview(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        _add_serving(parser)
    else:
        places = {"complete": " FILE[:LINE[:COLUMN]]", "eval": " [PATH]"}
        place = places.get(command, "")
        parser = CommandParser(
            prog=f"codestral-ls {command}",
            usage=f"codestral-ls {command} [OPTION...]{place}",
            description=COMMANDS[command],
            epilog=_epilog(command),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        _add_own_arguments(command, parser)
    # What goes wrong during doctor's checks is in its report, and not in a log as well.
    level = "error" if command == "doctor" else "warning"
    parser.add_argument(
        "--log-level", choices=_LEVELS, default=level, help=f"how much to log. Default: {level}"
    )
    parser.add_argument("--log-file", metavar="FILE", help="log to a file instead of stderr")
    _add_settings(parser, several=command == "eval")
    return parser


def _epilog(command: str) -> str:
    if command != "eval":
        return ""
    from codestral_ls.commands.eval.arguments import explained

    return explained()


def _overview() -> str:
    width = max(map(len, COMMANDS)) + 2
    commands = [f"  {name:{width}}{meaning}" for name, meaning in COMMANDS.items()]
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
                metavar="FILE[:LINE[:COLUMN]]",
                help="where to complete: LINE and COLUMN count from 1, and the cursor is before "
                "that character; without COLUMN at the line's end, without LINE at the file's end",
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
        case "eval":
            from codestral_ls.commands.eval import arguments as of_eval

            of_eval.add_arguments(parser)
        case "bridge":
            parser.add_argument(
                "--port",
                type=_port,
                default=_DEFAULT_PORT,
                metavar="N",
                help=f"where to listen, on 127.0.0.1 and ::1; 0 chooses. Default: {_DEFAULT_PORT}",
            )
        case "stats":
            from codestral_ls.commands import stats

            stats.add_arguments(parser)
        case _:
            parser.add_argument(
                "--host", metavar="HOST", help="the key's host. Default: the endpoint's"
            )
            if command == "login":
                parser.add_argument(
                    "--file",
                    action="store_true",
                    help="keep the key in a file that only you can read, instead of the keyring",
                )


def _count(text: str) -> int:
    # A thousand completions take minutes and cost a few cents; more is a typing error.
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError("N must be a number from 1 to 1000")
    return int(text)


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 <= int(text[:9]) < 65536:
        raise argparse.ArgumentTypeError("N must be a port, a number from 0 to 65535")
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


def _add_settings(parser: argparse.ArgumentParser, *, several: bool) -> None:
    """``several``: all values of a flag are kept, as a list."""
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
            action="append" if several else "store",
            help=help_text.replace("`", "").replace("%", "%%"),
        )
