"""What a text must be to be a key, and the keys of the environment.

A key leaves this module only inside a ``Key``, which hides it. Where it may go is decided in
``privacy.hosts``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from codestral_ls.privacy.hosts import Key

# No key is longer; a command that prints more prints something else.
MAX_KEY_CHARS = 4096

_FROM_ENVIRONMENT: tuple[tuple[str, Literal["mistral", "endpoint"]], ...] = (
    ("CODESTRAL_LS_API_KEY", "endpoint"),
    ("MISTRAL_API_KEY", "mistral"),
    ("CODESTRAL_API_KEY", "mistral"),
)


class KeyProblem(Exception):
    """A key source failed; the message names it and the remedy, never what it printed."""


def from_environment(environ: Mapping[str, str]) -> tuple[list[Key], list[str]]:
    """The keys in the environment, the preferred one first; and what is wrong with the others."""
    found, problems = [], []
    for name, kind in _FROM_ENVIRONMENT:
        if secret := environ.get(name, "").strip():
            try:
                found.append(key_of(secret, kind, name))
            except KeyProblem as problem:
                problems.append(str(problem))
    return found, problems


def any_in_environment(environ: Mapping[str, str]) -> bool:
    """Whether the environment has a key, good or not."""
    return any(environ.get(name, "").strip() for name, _ in _FROM_ENVIRONMENT)


def is_ours(name: str) -> bool:
    """An environment variable is none of a key command's business: a key, or a setting of ours."""
    is_key = any(name == known for known, _ in _FROM_ENVIRONMENT)
    return is_key or name.startswith("CODESTRAL_LS_") or name == "OLDPWD"


_QUOTES = "\"'`\u00ab\u00bb\u2018\u2019\u201a\u201c\u201d\u201e"
# Variables that nobody expanded, and marked places of a template.
_VARIABLE = re.compile(
    r"\$\(?[A-Z][A-Z0-9_]{2,}\)?|\$?\{+[^{}]*\}+|%[A-Z][A-Z0-9_]{2,}%|<[^<>]*>", re.ASCII
)
# What examples have in place of Mistral's; a server of one's own may have any word for its key.
_EXAMPLE = re.compile(r"(?:your|insert|enter|replace|paste)[-_ ].*", re.IGNORECASE | re.ASCII)
_ASSIGNED = re.compile(r"(?:export\s+)?[A-Za-z_]*API_?KEY\s*=", re.IGNORECASE)


def is_quoted(secret: str) -> bool:
    """Quotation marks stand round it, which a shell would have taken off."""
    return len(secret) > 1 and secret[0] in _QUOTES and secret[-1] in _QUOTES


def key_of(secret: str, kind: Literal["mistral", "endpoint"], source: str) -> Key:
    """A key as it may be sent. Raises KeyProblem."""
    if is_quoted(secret):
        raise KeyProblem(f"The key from {source} stands in quotation marks. Write it without them.")
    if _VARIABLE.fullmatch(secret) or (kind == "mistral" and _EXAMPLE.fullmatch(secret)):
        raise KeyProblem(
            f"The key from {source} is a name that stands for a key. Put the key itself there."
        )
    if _ASSIGNED.match(secret):
        raise KeyProblem(f"The key from {source} begins with a name and =. Write the key alone.")
    if secret.lower().startswith(("bearer ", "authorization:", "x-api-key:")):
        raise KeyProblem(
            f'The key from {source} begins as a header does. Write it without "Bearer" or its name.'
        )
    if not (secret.isascii() and secret.isprintable()) or " " in secret:
        raise KeyProblem(
            f"The key from {source} contains spaces or characters that no key has. Copy it again."
        )
    return Key(secret, kind, source)
