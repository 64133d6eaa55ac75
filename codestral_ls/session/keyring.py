"""All keys that can be found. Each source in ``keys`` is asked only if it is needed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from codestral_ls.backends.table import BACKENDS
from codestral_ls.config import Settings
from codestral_ls.privacy.addresses import Malformed, parse
from codestral_ls.privacy.hosts import MISTRAL_HOSTS, MISTRAL_URL, Key
from codestral_ls.session import keys

# A locked keyring may wait for the user to unlock it; the first completion waits meanwhile.
KEYRING_WITHIN_S = 5.0


async def gather(settings: Settings, environ: Mapping[str, str]) -> tuple[list[Key], str]:
    """The keys, the preferred one first; and what is wrong with a source, or an empty string.

    A source that fails is left out, and so are those after it.
    """
    found: list[Key] = []
    try:
        found += keys.from_environment(environ)
        if settings.api_key_command:
            found.append(await keys.from_command(settings.api_key_command, environ))
        async with asyncio.timeout(KEYRING_WITHIN_S):
            found += await _stored(settings, {key.kind for key in found})
    except keys.KeyProblem as problem:
        return found, str(problem)
    except TimeoutError:
        return found, (
            f"The system's keyring did not answer within {KEYRING_WITHIN_S:g} s. "
            "Unlock it, or set MISTRAL_API_KEY or api_key_command instead."
        )
    return found, ""


async def _stored(settings: Settings, kinds: set[str]) -> list[Key]:
    """The key that ``login`` stored for the endpoint's host, unless a better source has one."""
    row = BACKENDS.get(settings.provider)
    address = parse(settings.endpoint or (row and row.base_url) or MISTRAL_URL)
    if isinstance(address, Malformed) or settings.provider == "workspace":
        return []
    if "endpoint" in kinds or (kinds and address.host in MISTRAL_HOSTS):
        return []
    key = await keys.from_keyring(address.netloc)
    return [key] if key is not None else []
