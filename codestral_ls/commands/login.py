"""``codestral-ls login`` and ``logout``: keys in the system's keyring, one for each host.

Where there is no keyring, on a server or in a container, the key goes into a file that only its
owner can read, if the user wants that.

The key is read without echo, or from the first line of a pipe. It is never an argument, which
every process on the machine could read. It is stored only after its host was asked, so that a
mistyped key is noticed now and not in the editor. Where the host cannot be reached, the user of a
terminal may have it stored all the same.
"""

from __future__ import annotations

import asyncio
import getpass
import os
import sys
from collections.abc import Mapping

from codestral_ls.commands import exits
from codestral_ls.commands.terminal import Terminal, shown
from codestral_ls.config import Resolved
from codestral_ls.privacy.addresses import Address, Malformed, parse
from codestral_ls.privacy.hosts import MISTRAL_URL, other_key_host
from codestral_ls.session import key_file, keys, system_keyring
from codestral_ls.session.key_check import check_key
from codestral_ls.session.session import Session


def login(host: str | None, flags: Mapping[str, str | None], *, to_file: bool) -> int:
    """Ask for a key, check it against its host, and store it; returns the exit status.

    ``to_file``: in the key file, whether there is a keyring or not.
    """
    resolved = Session(os.environ, flags, Terminal()).resolved()
    address = _address(host, resolved)
    if not to_file and (missing := system_keyring.why_unusable(address.netloc)):
        _ask_for_file(missing)
        to_file = True
    secret = _read_key(address.netloc)
    checked = _checked(address, resolved, secret)
    place = _store(address.netloc, secret, to_file=to_file)
    sys.stdout.write(f"{checked} It was stored in {place}.\n{_when_used(address, resolved)}")
    return exits.DONE


def _store(host: str, secret: str, *, to_file: bool) -> str:
    """Keep the key; returns where. Exits where that is not possible."""
    try:
        if to_file:
            return f"{key_file.store(host, secret)}, which only you can read"
        system_keyring.store(host, secret)
    except (system_keyring.KeyringMissing, keys.KeyProblem) as problem:
        exits.fail(f"{problem} Nothing was stored.")
    return f"the system's keyring, as {system_keyring.KEYRING_SERVICE} for {host}"


def _ask_for_file(missing: str) -> None:
    """Exit unless the user wants the key in a file instead of the keyring."""
    if not sys.stdin.isatty():
        exits.fail(
            f"{missing} To keep the key in a file that only you can read (mode 0600), run "
            "codestral-ls login --file."
        )
    sys.stderr.write(
        f"{shown(missing)}\nKeep the key in {key_file.key_file()}, which only you can read? [y/N] "
    )
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        exits.fail("nothing was stored")


def logout(host: str | None, flags: Mapping[str, str | None]) -> int:
    """Remove a host's key from the keyring; returns the exit status."""
    address = _address(host, Session(os.environ, flags, Terminal()).resolved())
    places, problem = [], ""
    try:
        if system_keyring.remove(address.netloc):
            places.append("the keyring")
    except system_keyring.KeyringMissing as missing:
        problem = str(missing)
    try:
        if key_file.remove(address.netloc):
            places.append("the key file")
    except keys.KeyProblem as damaged:
        problem = str(damaged)
    if not places and problem:
        exits.fail(problem)
    if not places:
        exits.fail(f"no key is stored for {address.netloc}", exits.NOTHING)
    sys.stdout.write(f"The key for {address.netloc} was removed from {' and '.join(places)}.\n")
    return exits.DONE


def _address(host: str | None, resolved: Resolved) -> Address:
    """The key's host: the one named, else the endpoint in the settings, else Mistral."""
    named = host or resolved.settings.endpoint or MISTRAL_URL
    address = parse(named if "://" in named else f"https://{named}")
    if isinstance(address, Address) and address.loopback and "://" not in named:
        address = parse(f"http://{named}")
    if isinstance(address, Malformed):
        exits.fail(f"{address.reason} {address.remedy}")
    return address


def _read_key(host: str) -> str:
    if sys.stdin.isatty():
        try:
            secret = getpass.getpass(f"Key for {host} (it is not shown as you type): ")
        except EOFError:
            secret = ""
    else:
        line = sys.stdin.buffer.readline(keys.MAX_KEY_CHARS + 2)
        secret = line.decode(errors="replace")
    secret = secret.removeprefix("\ufeff").strip()
    if not secret:
        exits.fail("no key was given; nothing was stored")
    if len(secret) > keys.MAX_KEY_CHARS or not (secret.isascii() and secret.isprintable()):
        exits.fail("the input contains characters that no key has; nothing was stored")
    if " " in secret:
        exits.fail("the input contains spaces, which no key has; nothing was stored")
    if keys.is_quoted(secret):
        exits.fail("the input stands in quotation marks; give it without them. Nothing was stored")
    return secret


def _checked(address: Address, resolved: Resolved, secret: str) -> str:
    """Send the key to its host; returns what is known then. Exits unless it is to be stored."""
    check = asyncio.run(check_key(secret, address, resolved, named=True))
    outcome, message = check.outcome, check.message
    if outcome == "unreachable":
        if sys.stdin.isatty() and _is_wanted_anyway(message):
            return "The key was not checked."
        exits.fail(f"{message} Nothing was stored.", exits.BACKEND)
    if outcome == "refused":
        exits.fail(f"{message} Nothing was stored.{_hint(address.host)}", exits.NOTHING)
    if outcome == "forbidden":
        exits.fail(f"{message} Nothing was stored.")
    return message


def _is_wanted_anyway(message: str) -> bool:
    sys.stderr.write(f"{message}\nStore anyway? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _hint(host: str) -> str:
    other = other_key_host(host)
    if other is None:
        return ""
    return f"\nIf the key was made for {other}, run codestral-ls login --host {other}."


def _when_used(address: Address, resolved: Resolved) -> str:
    """What must be set for the key to be used, if anything."""
    endpoint = parse(resolved.settings.endpoint or MISTRAL_URL)
    if isinstance(endpoint, Address) and endpoint.netloc == address.netloc:
        return ""
    return f'It is used when endpoint = "{address.shown}" is set.\n'
