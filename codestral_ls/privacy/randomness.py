"""Whether a text was made by a machine at random, as keys are, or by a person out of words."""

from __future__ import annotations

import math
import re
from collections import Counter

# Keys have 16 characters at the least; shorter random values are more often identifiers.
_MIN_RANDOM = 16
# Of all places between two characters, how many change from letter to digit or small to capital.
# Drawn from letters and digits it is 0.45 (0.22 for the straightest hundredth of 32), drawn from
# hexadecimal digits 0.47; names in camel case with a number have about 0.1.
_MIN_CHANGES = 0.15
# 16 hexadecimal digits have 3.2 bits on average, and 2.75 in the poorest fiftieth; what repeats
# itself (0101…, aaaa1111…) has less.
_MIN_ENTROPY = 2.75
# The shortest that rules for passwords accept.
_MIN_CHOSEN = 8
# Beyond it stand sentences and generated text, which ``looks_random`` judges better.
_MAX_CHOSEN = 40
# ``Aa1!Aa1!`` has 2 bits, eight different characters have 3.
_MIN_CHOSEN_ENTROPY = 2.5

_NOT_ALPHANUMERIC = re.compile(r"[^A-Za-z0-9]+")
# Where words do not break: a digit beside a letter, a capital after a small letter.
_CHANGE = re.compile(r"(?<=[a-z])(?=[A-Z0-9])|(?<=[A-Z])(?=[0-9])|(?<=[0-9])(?=[A-Za-z])")
_PLACEHOLDER = re.compile(
    r"""(?:my|your|the|some|a|db|user|test|fake|dummy|change|insert|add|put|set)?[-_ ]?
    (?:pass|password|passwd|passphrase|pwd|pw|pass_?word|secret|token|key|login|user|username|me|
    guest|admin|root|postgres|mysql|value|here|it|this|none|null|foo|bar|baz|test|example|sample|
    placeholder|redacted|hidden|masked|xxx+|abc|\.+|\*+|-+|x+)
    [-_ ]?(?:here|it|key|token|value)?[0-9]{0,4}\Z""",
    re.VERBOSE | re.IGNORECASE,
)
_TEMPLATE = re.compile(r"[{}<>]|\$[A-Za-z(]|%[sdr(]|%\w+%|\.\.\.|…|\*{3}|x{4}|X{4}|(.)\1{5}")
# An address, a host with its port, an entity, a path, a member: nobody's password.
_NO_PASSWORD = re.compile(r"://|:\d+\Z|&\w+;|\A[./~]|\A[A-Za-z_]\w*(?:\.\w+)+\Z")
_SEQUENCE = re.compile(r"0?12345678|abcdefgh|(?:example|dummy|placeholder|changeme)", re.IGNORECASE)


def entropy(text: str) -> float:
    """Shannon entropy, in bits for each character."""
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)


def looks_random(text: str) -> bool:
    """A key of at least 16 characters, from any alphabet that keys are written in."""
    core = _NOT_ALPHANUMERIC.sub("", text)
    if len(core) < _MIN_RANDOM or _TEMPLATE.search(text) or _SEQUENCE.search(text):
        return False
    changes = len(_CHANGE.findall(core))
    return changes >= _MIN_CHANGES * len(core) and entropy(core) >= _MIN_ENTROPY


def looks_chosen(text: str) -> bool:
    """A password such as rules for passwords make people choose."""
    classes = (
        any(character.islower() for character in text)
        + any(character.isupper() for character in text)
        + any(character.isdigit() for character in text)
        + any(not character.isalnum() for character in text)
    )
    return (
        classes >= 3
        and not _NO_PASSWORD.search(text)
        and _MIN_CHOSEN <= len(text) <= _MAX_CHOSEN
        and not is_placeholder(text)
        and entropy(text) >= _MIN_CHOSEN_ENTROPY
    )


def is_placeholder(text: str) -> bool:
    """Stands where a secret would: ``changeme``, ``${PASSWORD}``, ``<your key>``."""
    return bool(_PLACEHOLDER.match(text) or _TEMPLATE.search(text))
