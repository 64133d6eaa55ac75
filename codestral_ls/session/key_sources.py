"""Where keys come from. A source is asked only if no better one has a key for the host.

In order of preference: ``CODESTRAL_LS_API_KEY``, ``MISTRAL_API_KEY``, ``CODESTRAL_API_KEY``,
``api_key_command``, the operating system's keyring, the key file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from codestral_ls.backends.table import BACKENDS
from codestral_ls.config import Settings
from codestral_ls.privacy.addresses import Malformed, parse
from codestral_ls.privacy.hosts import MISTRAL_HOSTS, MISTRAL_URL, Key
from codestral_ls.session import key_command, key_file, keys, system_keyring

# A locked keyring may wait for the user to unlock it; the first completion waits meanwhile.
KEYRING_WITHIN_S = 5.0

KEY_FILE = "the key file"
"""What ``Key.source`` says of a key in ``key_file``."""


async def gather(settings: Settings, environ: Mapping[str, str]) -> tuple[list[Key], list[str]]:
    """The keys, the preferred one first; and what is wrong with a source, a sentence each.

    A source that fails is left out.
    """
    found, problems = keys.from_environment(environ)
    if settings.api_key_command:
        try:
            found.append(await key_command.from_command(settings.api_key_command, environ))
        except keys.KeyProblem as problem:
            problems.append(str(problem))
    host = _stored_for(settings, {key.kind for key in found})
    if host is None:
        return found, problems
    try:
        async with asyncio.timeout(KEYRING_WITHIN_S):
            key = await system_keyring.read(host)
        if key is None and (secret := await asyncio.to_thread(key_file.read, host)):
            key = keys.key_of(secret.strip(), "endpoint", KEY_FILE)
        if key is not None:
            found.append(key)
    except keys.KeyProblem as problem:
        problems.append(str(problem))
    except TimeoutError:
        problems.append(
            f"The system's keyring did not answer within {KEYRING_WITHIN_S:g} s. "
            "Unlock it, or set MISTRAL_API_KEY or api_key_command instead."
        )
    return found, problems


def _stored_for(settings: Settings, kinds: set[str]) -> str | None:
    """The host for which ``login`` may have stored a key; None if a better source has one."""
    row = BACKENDS.get(settings.provider)
    address = parse(settings.endpoint or (row and row.base_url) or MISTRAL_URL)
    if isinstance(address, Malformed) or settings.provider == "workspace":
        return None
    if "endpoint" in kinds or (kinds and address.host in MISTRAL_HOSTS):
        return None
    return address.netloc
