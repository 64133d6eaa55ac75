"""What is compared: the user's own settings, and changes to them."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from codestral_ls.config import specs
from codestral_ls.config.values import nearest

# More is a mistake, and costs its multiple.
_MOST = 12
HIDDEN = ("headers", "proxy", "api_key_command")
"""Settings that may hold a secret."""


class UnusableVariant(Exception):
    """A ``--compare`` says nothing; the text says why."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One setting to try."""

    name: str
    """For people; empty for the settings as they are."""
    changes: Mapping[str, str]
    """Settings by snake_case name."""


def variants(repeated: Mapping[str, Sequence[str]], compared: Sequence[str]) -> tuple[Variant, ...]:
    """What to try: each ``--compare``, and every value of a setting that was given several times.

    A single ``--compare`` is compared with the settings as they are. Raises UnusableVariant.
    """
    several = {name: values for name, values in repeated.items() if len(values) > 1}
    choices = [[(name, value) for value in values] for name, values in several.items()]
    grounds = [dict(pairs) for pairs in itertools.product(*choices)]
    changes = [_parsed(text) for text in compared]
    if len(changes) == 1 and not several:
        changes = [{}, *changes]
    found = [
        Variant(_name({**ground, **change}), {**ground, **change})
        for ground in grounds
        for change in changes or [{}]
    ]
    if len(found) > _MOST:
        raise UnusableVariant(f"these are {len(found)} variants; compare {_MOST} at most")
    return tuple({variant.name: variant for variant in found}.values())


def _parsed(text: str) -> dict[str, str]:
    try:
        words = shlex.split(text)
    except ValueError:
        raise UnusableVariant(f"--compare {text!r} has a quote that is not closed") from None
    known = specs()
    changes = {}
    for word in words:
        key, equals, value = word.partition("=")
        name = re.sub(r"([A-Z])", r"_\1", key).replace("-", "_").lower().strip("_")
        if not equals or name not in known:
            near = nearest(name, list(known))
            hint = f"; did you mean {known[near].camel}?" if near else ""
            raise UnusableVariant(
                f"--compare {text!r} is not SETTING=VALUE, such as 'model=codestral-latest'{hint}"
            )
        if name in HIDDEN:
            raise UnusableVariant(f"{known[name].camel} may hold a secret, which a report shows")
        heads = tuple(f"{spec.camel}=" for spec in known.values())
        if any(after.lstrip().startswith(heads) for after in value.split(",")[1:]):
            raise UnusableVariant(f"--compare {text!r}: put a blank between settings, not a comma")
        changes[name] = value
    if not changes:
        raise UnusableVariant("--compare is empty; give it as SETTING=VALUE")
    return changes


def _name(changes: Mapping[str, str]) -> str:
    known = specs()
    return " ".join(f"{known[name].camel}={value}" for name, value in changes.items())
