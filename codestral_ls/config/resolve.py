"""From the sources (Options) to the settings in effect (Settings), and what was wrong.

Sources, the weakest first: defaults, the repository's ``.codestral.toml``, the machine's
``config.toml``, the user's, the client's settings, the environment, the command line. Only values
that were explicitly set count. Lists are united. A repository only restricts, and the client, whose
settings may be a repository's too, loosens nothing that a ``config.toml`` restricts.

What the machine's file lists under ``locked`` is as that file has it, or else the default: no other
source counts. One thing is always allowed: to add to a list of what is kept in.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from codestral_ls.config.settings import ENVIRONMENT_PREFIX, Settings, Spec, camel_case, specs
from codestral_ls.config.values import BadValue, from_text, nearest, schema, structure


class Level(enum.IntEnum):
    """Strength of a source; a higher one wins."""

    DEFAULT = 0
    REPOSITORY = 1
    MACHINE = 2
    USER_FILE = 3
    CLIENT = 4
    ENVIRONMENT = 5
    COMMAND_LINE = 6

    @property
    def is_user(self) -> bool:
        """The user or an administrator set it; no repository can have planted it."""
        return self not in (Level.DEFAULT, Level.REPOSITORY, Level.CLIENT)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from, for people."""

    level: Level
    name: str


@dataclass(frozen=True, slots=True)
class Options:
    """What one source sets, by snake_case name. ``as_text``: the values are still to be parsed."""

    origin: Origin
    values: Mapping[str, object] = field(repr=False)
    as_text: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing in the settings that could not be used."""

    origin: Origin
    key: str
    """As the source spells it; empty for a key whose words must not be repeated."""
    message: str
    is_of_source: bool = False
    """It is about the source as a whole, and the message goes on with its name."""

    @property
    def complaint(self) -> str:
        """What is wrong, without the place."""
        return f"{self.key} {self.message}".lstrip()

    def __str__(self) -> str:
        return self.told_of(self.origin.name)

    def told_of(self, place: str) -> str:
        """What is wrong, with the place as it is to be called."""
        return f"{place}{' ' if self.is_of_source else ': '}{self.complaint}"


@dataclass(frozen=True, slots=True)
class Resolved:
    """The settings in effect, where each was set, and what was wrong."""

    settings: Settings
    origins: Mapping[str, Origin]
    problems: tuple[Problem, ...] = ()
    unusable: frozenset[str] = frozenset()
    """Settings whose value, at the strongest source that has one, is none."""
    locked: Mapping[str, Origin] = field(default_factory=dict)
    """Settings that an administrator keeps as they are, and where that stands."""


_LOCKED = "locked"
"""The key of the machine's ``config.toml`` that lists what no other source may set."""


class _NotAllowed(BadValue):
    """The value is fine, but not for its source to set."""


_DEFAULT = Origin(Level.DEFAULT, "default")


def resolve(sources: Iterable[Options]) -> Resolved:
    """Merge the sources, whatever order they come in. Never raises."""
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = dict.fromkeys(specs(), _DEFAULT)
    problems: list[Problem] = []
    unusable: set[str] = set()
    own: dict[str, tuple[object, str]] = {}
    sources = sorted(sources, key=lambda options: options.origin.level)
    locks, problems[:] = _locks(sources)
    for options in sources:
        n_before = len(problems)
        for key, raw in options.values.items():
            if raw is None or (key == _LOCKED and options.origin.level is Level.MACHINE):
                continue
            try:
                _check_not_locked(options, key, locks)
                value = _read(options, key, raw, own)
            except BadValue as error:
                hint = _nearest(options, key) if len(problems) - n_before < _HINTS else ""
                problems.append(_problem(options, key, str(error) + hint))
                value = error.usable
                if not isinstance(error, _NotAllowed):
                    unusable.add(key)
            else:
                unusable.discard(key)
            if value is None:
                continue
            if options.origin.level in _WHOSE:
                own[key] = value, _WHOSE[options.origin.level]
            if key in values and specs()[key].is_limit and options.origin.level is Level.REPOSITORY:
                value = min(value, values[key])  # a folder within another obeys both
            values[key] = _united(values.get(key), value)
            origins[key] = options.origin
    settings = replace(Settings(), **values)
    return Resolved(
        settings, MappingProxyType(origins), tuple(problems), frozenset(unusable), locks
    )


def _locks(sources: Iterable[Options]) -> tuple[Mapping[str, Origin], list[Problem]]:
    """Who locked which settings, and what is wrong with the lists."""
    locks: dict[str, Origin] = {}
    problems: list[Problem] = []
    for options in sources:
        names = options.values.get(_LOCKED) if options.origin.level is Level.MACHINE else None
        if names is None:
            continue
        if not isinstance(names, list | tuple):
            problems.append(Problem(options.origin, _LOCKED, "must be a list of settings' names"))
            continue
        known = [str(name) for name in names if str(name) in specs()]
        locks |= dict.fromkeys(known, options.origin)
        if len(known) < len(names):
            problems.append(Problem(options.origin, _LOCKED, "names something that is no setting"))
    return locks, problems


def _check_not_locked(options: Options, key: str, locks: Mapping[str, Origin]) -> None:
    """Refuse what an administrator keeps others from setting."""
    if key not in locks or options.origin.level is Level.MACHINE:
        return
    if specs()[key].repository == "unite":
        return  # it keeps more in, whoever says it
    raise _NotAllowed(f"is locked by {locks[key].name}; ignored")


def _united(weaker: object, value: object) -> object:
    """Lists are united; of other values the stronger source's is used."""
    if isinstance(weaker, tuple) and isinstance(value, tuple):
        return tuple(dict.fromkeys((*weaker, *value)))
    return value


# A repository's words are repeated only where they can be nothing but a name. Of editors' settings
# some come from repositories too, and a key in the wrong place may stand anywhere.
_PLAIN = re.compile(r"[A-Za-z0-9_.-]{1,40}")


def _problem(options: Options, key: str, message: str) -> Problem:
    if key not in specs() and not _PLAIN.fullmatch(key):
        return Problem(options.origin, "", "has an unknown setting")
    return Problem(options.origin, _spelled(options, key), message)


def _read(options: Options, key: str, raw: object, own: Mapping[str, tuple[object, str]]) -> Any:
    """The value. ``own``: what a ``config.toml`` sets, and whose it is. Raises BadValue."""
    spec = specs().get(key)
    if spec is None:
        raise BadValue("is not a setting")
    level = options.origin.level
    if spec.user_level and level is Level.CLIENT:
        raise _NotAllowed(
            f"can only be set at user level: in your config.toml, as {spec.env} or as {spec.flag}"
        )
    if level is Level.REPOSITORY and spec.repository == "ignored":
        raise _NotAllowed("cannot be set by a repository; ignored")
    value = structure(spec, from_text(spec, str(raw)) if options.as_text else raw)
    if level is Level.REPOSITORY:
        _check_restricts(spec, value)
    if level is Level.CLIENT and spec.name in own:
        _check_loosens_nothing(spec, value, *own[spec.name])
    return value


def _check_restricts(spec: Spec, value: object) -> None:
    match spec.repository:
        case "disable" if value is not False:
            raise _NotAllowed("can only be turned off by a repository; ignored")
        case "lower" if isinstance(value, int) and value > spec.default:
            raise _NotAllowed(
                f"can only be lowered by a repository, to less than {spec.default}; ignored"
            )


# The sources whose restrictions the client's settings cannot loosen.
_WHOSE: Mapping[Level, str] = {
    Level.MACHINE: "the machine's config.toml",
    Level.USER_FILE: "your config.toml",
}

# Of these the first value is the strictest.
_STRICTEST_FIRST: Mapping[str, tuple[str, ...]] = {
    "multiline": ("never", "auto", "always"),
    "speculate": ("never", "auto", "always"),
}


def _check_loosens_nothing(spec: Spec, value: object, own: object, whose: str) -> None:
    """Refuse what is less strict than the ``own`` value in a ``config.toml``."""
    if spec.name == "enabled" and own is False and value is True:
        raise _NotAllowed(f"cannot turn on what {whose} turns off; ignored")
    if spec.name == "provider" and own == "workspace" != value:
        raise _NotAllowed(f'cannot be changed where {whose} says "workspace"; ignored')
    order = _STRICTEST_FIRST.get(spec.name, ())
    if value in order and own in order and order.index(str(value)) > order.index(str(own)):
        raise _NotAllowed(f'cannot go beyond the "{own}" in {whose}; ignored')
    if spec.is_limit and isinstance(value, int) and isinstance(own, int) and value > own:
        raise _NotAllowed(f"can only be lower than the {own} in {whose}; ignored")


# Each takes a millisecond, a source may have thousands of mistakes, and three are shown.
_HINTS = 3


# What our variables name that is no setting.
_OTHER_VARIABLES = ("api_key", "config")


def _nearest(options: Options, key: str) -> str:
    """What an unknown key may have been meant for."""
    if key in specs():
        return ""
    others = _OTHER_VARIABLES if options.origin.level is Level.ENVIRONMENT else ()
    near = nearest(key, [*specs(), *others])
    return f"; did you mean {_spelled(options, near)}?" if near else ""


def _spelled(options: Options, key: str) -> str:
    """The key as this source spells it."""
    spec = specs().get(key)
    match options.origin.level:
        case Level.CLIENT:
            return "codestral." + camel_case(key)
        case Level.ENVIRONMENT:
            return ENVIRONMENT_PREFIX + key.upper()
        case Level.COMMAND_LINE:
            return spec.flag if spec else key
        case _:
            return key


def _to_snake(key: str) -> str:
    """``maxTokens`` as ``max_tokens``; other spellings stay."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key)


def client_options(payload: object, name: str) -> Options:
    """Options from what a client sent: camelCase, possibly inside a ``codestral`` section.

    Anything but an object counts as nothing set.
    """
    values = payload if isinstance(payload, Mapping) else {}
    section = values.get("codestral")
    if isinstance(section, Mapping):
        values = section
    return Options(
        Origin(Level.CLIENT, name), {_to_snake(str(key)): value for key, value in values.items()}
    )


def environment_options(environ: Mapping[str, str]) -> Options:
    """Options from ``CODESTRAL_LS_*`` variables. An empty variable counts as not set."""
    values = {}
    for variable, text in environ.items():
        key = variable.removeprefix(ENVIRONMENT_PREFIX).lower()
        if variable == key or not text.strip() or key in _OTHER_VARIABLES:
            continue
        # Others may use the prefix too; only what is nearly a name of ours is told.
        if variable == ENVIRONMENT_PREFIX + key.upper() and (
            key in specs() or nearest(key, [*specs(), *_OTHER_VARIABLES])
        ):
            values[key] = text
    return Options(Origin(Level.ENVIRONMENT, "environment"), values, as_text=True)


def command_line_options(flags: Mapping[str, str | None]) -> Options:
    """Options from parsed flags, by snake_case name; None means not given."""
    return Options(Origin(Level.COMMAND_LINE, "command line"), flags, as_text=True)


def json_schema() -> dict[str, object]:
    """JSON Schema of the client's settings: one property a setting, spelled camelCase."""
    properties = {}
    for spec in specs().values():
        entry = schema(spec) | {"description": spec.meaning}
        if spec.default not in (None, ()):
            entry["default"] = spec.default
        properties[spec.camel] = entry
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "codestral-ls settings",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
    }


def settings_table() -> str:
    """The README's table of settings, as Markdown."""
    rows = ["| setting | default | meaning |", "| --- | --- | --- |"]
    for spec in specs().values():
        level = " *User level only.*" if spec.user_level else ""
        rows.append(f"| `{spec.camel}` | {spec.default_text} | {spec.meaning}{level} |")
    return "\n".join(rows)
