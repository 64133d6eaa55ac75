"""``codestral-ls login`` and ``logout``: keys in the system's keyring, one for each host.

Where there is no keyring, on a server or in a container, the key goes into a file that only its
owner can read, if the user wants that.

The key is read without echo, or from the first line of a pipe. It is never an argument, which
every process on the machine could read. It is stored only after its host was asked, so that a
mistyped key is noticed now and not in the editor.
"""

from __future__ import annotations

import asyncio
import getpass
import os
import sys
from collections.abc import Mapping

from codestral_ls.backends.base import AuthError, BackendError, BackendTimeout, BadRequest
from codestral_ls.backends.mistral.fim import MistralBackend
from codestral_ls.backends.options import BackendOptions
from codestral_ls.commands import exits
from codestral_ls.commands.terminal import Terminal, shown
from codestral_ls.config import Resolved
from codestral_ls.paths import expanded
from codestral_ls.privacy.addresses import Address, Malformed, parse
from codestral_ls.privacy.hosts import (
    MISTRAL_HOSTS,
    MISTRAL_URL,
    Decision,
    Key,
    decide,
    other_key_host,
)
from codestral_ls.session import key_file, keys
from codestral_ls.session.session import Session

# Enough for a handshake and a small answer on any network that works.
_CHECK_WITHIN_S = 15.0


def login(host: str | None, flags: Mapping[str, str | None], *, to_file: bool) -> int:
    """Ask for a key, check it against its host, and store it; returns the exit status.

    ``to_file``: in the key file, whether there is a keyring or not.
    """
    resolved = Session(os.environ, flags, Terminal()).resolved()
    address = _address(host, resolved)
    if not to_file and (missing := keys.why_no_keyring(address.netloc)):
        _ask_for_file(missing)
        to_file = True
    key = Key(_read_key(address.netloc), "endpoint", "the key")
    decision = _decide(address, resolved, key)
    checked = asyncio.run(_check(decision, resolved, key))
    place = _store(address.netloc, key.secret, to_file=to_file)
    sys.stdout.write(f"{checked} It was stored in {place}.\n{_when_used(address, resolved)}")
    return exits.DONE


def _store(host: str, secret: str, *, to_file: bool) -> str:
    """Keep the key; returns where. Exits where that is not possible."""
    try:
        if to_file:
            return f"{key_file.store(host, secret)}, which only you can read"
        keys.store(host, secret)
    except (keys.KeyringMissing, keys.KeyProblem) as problem:
        exits.fail(f"{problem} Nothing was stored.")
    return f"the system's keyring, as {keys.KEYRING_SERVICE} for {host}"


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
        if keys.remove(address.netloc):
            places.append("the keyring")
    except keys.KeyringMissing as missing:
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


def _decide(address: Address, resolved: Resolved, key: Key) -> Decision:
    decision = decide(
        address.base_url,
        origin_is_user=True,  # named on this command line, or at user level: no client is here
        provider=resolved.settings.provider,
        provider_hosts=MISTRAL_HOSTS,
        trusted_hosts=resolved.settings.trusted_hosts,
        key=key,
        allow_insecure=resolved.settings.allow_insecure,
    )
    if not decision.send_key:
        exits.fail(f"{decision.reason} {decision.remedy} Nothing was stored.")
    return decision


async def _check(decision: Decision, resolved: Resolved, key: Key) -> str:
    """Send the key to its host; returns what is known then. Exits if it is refused."""
    host = decision.host
    try:
        await _list_models(decision, resolved, key.secret)
    except AuthError as error:
        exits.fail(f"{shown(str(error))} Nothing was stored.{_hint(host)}", exits.NOTHING)
    except BadRequest:
        return f"{host} has no list of models, so the key could not be checked."
    except BackendError as error:
        exits.fail(
            f"{shown(str(error))} The key could not be checked; nothing was stored.", exits.BACKEND
        )
    if host not in MISTRAL_HOSTS and await _answers_without_key(decision, resolved):
        return f"{host} lists its models without a key, so the key could not be checked."
    return f"{host} accepts the key."


async def _answers_without_key(decision: Decision, resolved: Resolved) -> bool:
    """Some servers ask for a key only for completions."""
    try:
        await _list_models(decision, resolved, "")
    except BackendError:
        return False
    return True


async def _list_models(decision: Decision, resolved: Resolved, secret: str) -> None:
    """Ask for the list of models, at the route that nearly all servers share."""
    settings = resolved.settings
    options = BackendOptions(
        base_url=decision.base_url,
        api_key=secret,
        headers=dict(settings.headers),
        proxy=settings.proxy,
        ca_bundle=expanded(settings.ca_bundle, os.environ) if settings.ca_bundle else None,
    )
    backend = MistralBackend(options)
    try:
        async with asyncio.timeout(_CHECK_WITHIN_S):
            await backend.list_models()
    except TimeoutError:
        raise BackendTimeout(f"{decision.host} did not answer.") from None
    finally:
        await backend.aclose()


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
