"""Settings: what holds, where it came from, and what the user hears about the rest."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping

import pytest

from codestral_ls.config import (
    Level,
    Options,
    Origin,
    Resolved,
    Settings,
    client_options,
    command_line_options,
    environment_options,
    json_schema,
    resolve,
    specs,
)
from codestral_ls.config.values import whole_number


def repository(**values: object) -> Options:
    return Options(Origin(Level.REPOSITORY, ".codestral.toml"), values)


def user_file(**values: object) -> Options:
    return Options(Origin(Level.USER_FILE, "config.toml"), values)


def client(**values: object) -> Options:
    return client_options(values, "client settings")


def check_problem(resolved: Resolved, *expected: str) -> None:
    assert len(resolved.problems) == 1
    for part in expected:
        assert part in str(resolved.problems[0])


def test_without_any_source_the_defaults_hold() -> None:
    assert resolve([]).settings == Settings()


@pytest.mark.parametrize(
    ("sources", "expected", "level"),
    [
        ([], 128, Level.DEFAULT),
        ([repository(max_tokens=20)], 20, Level.REPOSITORY),
        ([repository(max_tokens=20), user_file(max_tokens=300)], 300, Level.USER_FILE),
        ([user_file(max_tokens=300), client(maxTokens=40)], 40, Level.CLIENT),
        (
            [client(maxTokens=40), environment_options({"CODESTRAL_LS_MAX_TOKENS": "50"})],
            50,
            Level.ENVIRONMENT,
        ),
        (
            [
                environment_options({"CODESTRAL_LS_MAX_TOKENS": "50"}),
                command_line_options({"max_tokens": "60"}),
            ],
            60,
            Level.COMMAND_LINE,
        ),
    ],
)
def test_the_stronger_source_wins_in_whatever_order_they_come(
    sources: list[Options], expected: int, level: Level
) -> None:
    for order in (sources, sources[::-1]):
        resolved = resolve(order)
        assert resolved.settings.max_tokens == expected
        assert resolved.origins["max_tokens"].level is level
        assert not resolved.problems


def test_lists_of_all_sources_count_together() -> None:
    resolved = resolve(
        [repository(exclude=["a/**"]), user_file(exclude=["*.sql"]), client(exclude=["a/**", "b"])]
    )
    assert resolved.settings.exclude == ("a/**", "*.sql", "b")


def test_null_and_empty_values_count_as_not_set() -> None:
    resolved = resolve(
        [client(model=None), environment_options({"CODESTRAL_LS_MODEL": " "}), user_file(model="m")]
    )
    assert resolved.settings.model == "m"
    assert not resolved.problems


def test_a_bad_value_leaves_the_weaker_sources_value_in_force() -> None:
    resolved = resolve([user_file(timeout_ms=900), client(timeoutMs="soon")])
    assert resolved.settings.timeout_ms == 900
    check_problem(resolved, "client settings", "codestral.timeoutMs", "whole number")


def test_a_complaint_never_quotes_the_value() -> None:
    resolved = resolve([client(maxTokens="sk-canary-in-the-wrong-place")])
    assert "canary" not in str(resolved.problems)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"maxTokns": 3}, ("did you mean codestral.maxTokens?",)),
        ({"maxTokens": True}, ("whole number",)),
        ({"maxTokens": 0}, ("at least 1",)),
        ({"maxTokens": 10**9}, ("at most 4096",)),
        ({"temperature": float("nan")}, ("must be a number",)),
        ({"provider": "mistrall"}, ("did you mean mistral?",)),
        ({"exclude": "*.py"}, ("list of strings",)),
        ({"exclude": ["a", 1]}, ("list of strings",)),
        ({"model": "a\nb"}, ("control characters",)),
        ({"debounceMs": "often"}, ("whole number or auto",)),
        (
            {"apiKeyCommand": "pass x"},
            ("only be set at user level", "CODESTRAL_LS_API_KEY_COMMAND"),
        ),
        ({"trustedHosts": ["evil.example"]}, ("only be set at user level",)),
    ],
)
def test_every_mistake_gets_one_sentence_that_helps(
    values: Mapping[str, object], words: tuple[str, ...]
) -> None:
    check_problem(resolve([client_options(values, "client settings")]), *words)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("enabled", "off", False),
        ("debounce_ms", "75", 75),
        ("debounce_ms", "auto", "auto"),
        ("temperature", "0.3", 0.3),
        ("exclude", "a/**, b", ("a/**", "b")),
        ("headers", "X-Team=a,X-Two=b=c", (("X-Team", "a"), ("X-Two", "b=c"))),
        ("headers", '{"X-Team": "a, b"}', (("X-Team", "a, b"),)),
        ("completion_fallback", "true", True),
    ],
)
def test_environment_and_flags_are_read_as_text(name: str, text: str, expected: object) -> None:
    variable = environment_options({specs()[name].env: text})
    for options in (variable, command_line_options({name: text})):
        resolved = resolve([options])
        assert not resolved.problems
        assert getattr(resolved.settings, name) == expected


@pytest.mark.parametrize(
    ("values", "allowed"),
    [
        ({"enabled": False}, True),
        ({"enabled": True}, False),
        ({"disabled_languages": ["sql"]}, True),
        ({"exclude": ["*.sql"]}, True),
        ({"multiline": "never"}, True),
        ({"max_tokens": 10}, True),
        ({"max_tokens": 1000}, False),
        ({"max_prefix_chars": 300}, True),
        ({"max_suffix_chars": 14_000}, False),
        ({"endpoint": "https://evil.example"}, False),
        ({"provider": "mistral"}, False),
        ({"headers": {"X": "y"}}, False),
        ({"trusted_hosts": ["evil.example"]}, False),
        ({"proxy": "http://evil.example"}, False),
        ({"api_key_command": "sh -c evil"}, False),
        ({"timeout_ms": 100}, False),
    ],
)
def test_a_repository_only_restricts(values: dict[str, object], allowed: bool) -> None:
    resolved = resolve([repository(**values)])
    assert (resolved.settings != Settings()) is allowed
    assert bool(resolved.problems) is not allowed


def test_client_settings_may_come_inside_their_section_or_not_at_all() -> None:
    assert resolve([client_options({"codestral": {"maxTokens": 9}}, "c")]).settings.max_tokens == 9
    payloads: list[object] = [None, [], "x", 3, {}]
    for nothing in payloads:
        assert resolve([client_options(nothing, "c")]) == resolve([])


def test_secrets_do_not_show_in_the_settings_repr() -> None:
    shown = repr(
        resolve(
            [user_file(headers={"Authorization": "canary"}, proxy="http://u:canary@proxy")]
        ).settings
    )
    assert "canary" not in shown


def test_the_json_schema_describes_every_setting() -> None:
    properties = json_schema()["properties"]
    assert isinstance(properties, dict)
    assert set(properties) == {spec.camel for spec in specs().values()}
    assert properties["debounceMs"]["anyOf"] == [
        {"type": "integer", "minimum": 0, "maximum": 10_000},
        {"type": "string", "enum": ["auto"]},
    ]
    assert all(entry["description"] for entry in properties.values())


def test_every_setting_is_spelled_one_way_in_each_place() -> None:
    for spec in specs().values():
        assert re.fullmatch(r"[a-z][a-zA-Z]*", spec.camel)
        assert re.fullmatch(r"CODESTRAL_LS_[A-Z_]+", spec.env)
        assert re.fullmatch(r"--[a-z-]+", spec.flag)
        assert spec.meaning.endswith(".")


@pytest.mark.parametrize(
    ("own", "sent", "holds"),
    [
        ({"enabled": False}, {"enabled": True}, ("enabled", False)),
        ({"enabled": True}, {"enabled": False}, ("enabled", False)),
        ({"max_tokens": 32}, {"maxTokens": 500}, ("max_tokens", 32)),
        ({"max_tokens": 32}, {"maxTokens": 16}, ("max_tokens", 16)),
        ({}, {"maxTokens": 500}, ("max_tokens", 500)),
        ({"max_context_chars": 0}, {"maxContextChars": 4000}, ("max_context_chars", 0)),
        ({"max_prefix_chars": 300}, {"maxPrefixChars": 6000}, ("max_prefix_chars", 300)),
        ({"max_suffix_chars": 0}, {"maxSuffixChars": 2000}, ("max_suffix_chars", 0)),
        ({"exclude": ["a"]}, {"exclude": []}, ("exclude", ("a",))),
        ({"disabled_languages": ["c"]}, {"disabledLanguages": []}, ("disabled_languages", ("c",))),
        ({"multiline": "never"}, {"multiline": "always"}, ("multiline", "never")),
        ({"multiline": "auto"}, {"multiline": "never"}, ("multiline", "never")),
        ({"speculate": "never"}, {"speculate": "always"}, ("speculate", "never")),
        ({"tokens_per_day": 10}, {"tokensPerDay": 10**9}, ("tokens_per_day", 10)),
        ({"requests_per_minute": 1}, {"requestsPerMinute": 99}, ("requests_per_minute", 1)),
        ({"provider": "workspace"}, {"provider": "mistral"}, ("provider", "workspace")),
    ],
)
def test_an_editors_settings_loosen_nothing_that_the_user_restricts(
    own: dict[str, object], sent: dict[str, object], holds: tuple[str, object]
) -> None:
    resolved = resolve([user_file(**own), client(**sent)])
    name, value = holds
    assert getattr(resolved.settings, name) == value
    loosens = list(sent.values()) != [value] and not isinstance(value, tuple)
    assert len(resolved.problems) == loosens


@pytest.mark.parametrize("digits", [400, 5000, 100_000])
@pytest.mark.parametrize("name", ["max_tokens", "temperature", "debounce_ms", "tokens_per_day"])
def test_a_number_of_thousands_of_digits_is_a_bad_value_from_every_text(
    name: str, digits: int
) -> None:
    text = "9" * digits
    for options in (
        environment_options({specs()[name].env: text}),
        command_line_options({name: "-" + text}),
        command_line_options({name: "0" * digits + text}),
        user_file(**{name: 10**digits}),
    ):
        resolved = resolve([options])
        assert getattr(resolved.settings, name) == specs()[name].default
        check_problem(resolved, "must be")


@pytest.mark.parametrize(
    ("digits", "number"),
    [
        ("7", 7),
        ("-12", -12),
        ("0" * 99 + "5", 5),
        ("9" * 99, 10**18 - 1),
        ("-" + "9" * 99, 1 - 10**18),
    ],
)
def test_an_integer_of_any_length_is_read(digits: str, number: int) -> None:
    assert whole_number(digits) == number


HOSTILE_KEYS = [
    '[Repair](command:workbench.action.terminal.sendSequence "Open settings")',
    "\x1b]52;c;cm0gLXJm\x07",
    "a\nb",
    "\u202egnp",
    "<b>x</b>",
    "",
    "k" * 41,
    "\ud800",
    "x" * 2_000_000,
]


@pytest.mark.parametrize("key", HOSTILE_KEYS, ids=range(len(HOSTILE_KEYS)))
def test_an_unknown_key_is_repeated_only_where_it_is_a_plain_name(key: str) -> None:
    for options in (repository(**{key: 1}), client_options({key: 1}, "client settings")):
        (problem,) = resolve([options]).problems
        assert str(problem) == f"{options.origin.name}: has an unknown setting"


def test_a_bad_item_does_not_let_out_what_the_others_of_a_list_keep_in() -> None:
    resolved = resolve([client(exclude=["*.sql", "\ud800", "a\nb", 3, "private/"])])
    assert resolved.settings.exclude == ("*.sql", "private/")
    check_problem(resolved, "codestral.exclude", "must be")


def test_a_long_word_is_compared_with_nothing() -> None:
    check_problem(resolve([client(provider="m" * 1_000_000)]), "must be one of")


def test_lists_of_tens_of_thousands_are_united() -> None:
    many = [f"{number}.py" for number in range(50_000)]
    resolved = resolve([user_file(exclude=many), client(exclude=many[::-1])])
    assert len(resolved.settings.exclude) == 50_000


def test_of_many_unknown_keys_the_first_three_are_compared_with_the_known_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[str] = []
    module = importlib.import_module("codestral_ls.config.resolve")
    monkeypatch.setattr(module, "nearest", lambda word, _: compared.append(word))
    keys = {f"unknown{number}": 1 for number in range(1000)}
    assert len(resolve([client_options(keys, "client settings")]).problems) == 1000
    assert len(compared) == 3
