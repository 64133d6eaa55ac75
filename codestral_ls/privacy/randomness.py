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

_SIMPLE = re.compile(r"[A-Za-z]{3,20}[0-9]{1,6}[!@#$%^&*?+-]{0,3}(?:[A-Za-z]{1,20}[0-9]{0,6})?")
# ``hunter2`` has 2.8 bits, ``abc123`` has 2.6, ``aaa111`` has 1.
_MIN_SIMPLE_ENTROPY = 2.5

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
# What a program puts a value into, and what a writer puts instead of one.
_TEMPLATE = re.compile(
    r"\{[^{}\n]{0,80}\}|\$\([^()]*\)|\$[A-Za-z_]\w*|<[^<>\n]{0,80}>|%\(\w*\)?[a-z]?|%[sdr](?![A-Za-z0-9])|%\w+%"
    r"|\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|.)"
)
_OMITTED = re.compile(r"\.\.\.|…|\*{3}|x{4}|X{4}|(.)\1{5}")
# Pairs of letters that make up two thirds of English and of identifiers, and a sixth of letters
# drawn at random.
_PAIRS = (
    "thheineranrendonenatouedhatooritishiesngstartesemeveofasalntletiraneioroliridecoiccelael"
    "maurtaeccachdisitrpenoomusnapautloacetbeposootmpshwiilungeemctadssidaiprkeamolirupfoexdo"
    "hoimnssueettllayigrsagowrtabivuloppliemoeviaviblspdaaptuncclcktyucvardmigrrysceflyavlsfi"
    "fequubumtlhtcrosboeydsltptft"
)
_COMMON_PAIRS = frozenset(_PAIRS[at : at + 2] for at in range(0, len(_PAIRS), 2))
_MAX_COMMON = 0.4
_HEXADECIMAL = re.compile("[0-9a-f]+|[0-9A-F]+")
_LETTERS = re.compile("[A-Za-z]+")
# An address, a host with its port, an entity, a path, a member: nobody's password.
_NO_PASSWORD = re.compile(
    r"://|:\d+\Z|&\w+;|\A[./~]|\w[(\[][^)\]]*['\"]|\A[A-Za-z_]\w*(?:\.\w+)+\Z"
)
# Names that have digits within for a reason.
_TECHNICAL = re.compile(
    r"md[245]|sha\d|base\d|utf_?\d|x509|oauth|http|ipv?\d|u?int\d|float\d|rsa\d|aes|des3|k8s|i18n"
    r"|l10n|win\d|python\d|ed25519|[se]c2|iso\d|latin|sqlite|pkcs|p256|crc|vp\d|h26|mp[34]|_",
    re.IGNORECASE,
)
_SEQUENCE = re.compile(r"0?12345678|abcdefgh|(?:example|dummy|placeholder|changeme)", re.IGNORECASE)


def _entropy(text: str) -> float:
    """Shannon entropy, in bits for each character."""
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)


def looks_random(text: str) -> bool:
    """A key of at least 16 characters, from any alphabet that keys are written in."""
    text = _TEMPLATE.sub("", text)
    core = _NOT_ALPHANUMERIC.sub("", text)
    if len(core) < _MIN_RANDOM or _OMITTED.search(text) or _SEQUENCE.search(text):
        return False
    changes = len(_CHANGE.findall(core))
    if _entropy(core[:512]) < _MIN_ENTROPY:
        return False
    if changes >= 2 * _MIN_CHANGES * len(core):
        return True
    if _HEXADECIMAL.fullmatch(core):  # few letters, and many of their pairs are common in words
        return changes >= _MIN_CHANGES * len(core)
    return changes >= _MIN_CHANGES * len(core) / 2 and not _reads_like_words(core)


def looks_drawn(text: str) -> bool:
    """Random also without a digit: small letters and capitals that make no words."""
    return (
        any(character.islower() for character in text)
        and any(character.isupper() for character in text)
        and looks_random(text)
    )


def _reads_like_words(text: str) -> bool:
    n_pairs = n_common = 0
    for run in _LETTERS.findall(text.lower()):
        n_pairs += len(run) - 1
        n_common += sum(map(_COMMON_PAIRS.__contains__, map(str.__add__, run, run[1:])))
    return n_common > _MAX_COMMON * max(n_pairs, 1)


def looks_chosen(text: str) -> bool:
    """A password such as rules for passwords make people choose."""
    if not _may_be_password(text):
        return False
    classes = (
        any(character.islower() for character in text)
        + any(character.isupper() for character in text)
        + any(character.isdigit() for character in text)
        + any(not character.isalnum() for character in text)
    )
    return classes >= 3 or _is_mixed(text)


def _is_mixed(text: str) -> bool:
    """Letters and digits by turns, as in ``blue42horse7``, and none of the usual names."""
    return len(_CHANGE.findall(text)) >= 3 and not _TECHNICAL.search(text)


def looks_mixed(text: str) -> bool:
    """A password also by the eye of one who reads code: no name has digits in such places."""
    return _may_be_password(text) and _is_mixed(text)


def looks_simple(text: str) -> bool:
    """A word and a number, as ``summer2031``: a password only where nothing else can stand."""
    return (
        _SIMPLE.fullmatch(text) is not None
        and not is_placeholder(text)
        and not _TECHNICAL.search(text)
        and _entropy(text) >= _MIN_SIMPLE_ENTROPY
    )


def _may_be_password(text: str) -> bool:
    return (
        _MIN_CHOSEN <= len(text) <= _MAX_CHOSEN
        and not _NO_PASSWORD.search(text)
        and not is_placeholder(text)
        and _entropy(text) >= _MIN_CHOSEN_ENTROPY
    )


def is_placeholder(text: str) -> bool:
    """Stands where a secret would: ``changeme``, ``${PASSWORD}``, ``<your key>``."""
    return bool(
        _PLACEHOLDER.match(text)
        or _OMITTED.search(text)
        or len(_TEMPLATE.sub("", text)) < min(len(text), _MIN_CHOSEN - 2)
    )
