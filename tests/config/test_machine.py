"""The machine's settings: an administrator's file, below the user's, with locks."""

from __future__ import annotations

from typing import Any

import pytest

from codestral_ls.config import (
    Level,
    Options,
    Origin,
    client_options,
    command_line_options,
    environment_options,
    resolve,
)

PLACE = "/etc/xdg/codestral-ls/config.toml"


def machine(**values: object) -> Options:
    return Options(Origin(Level.MACHINE, PLACE), values)


def repository(**values: object) -> Options:
    return Options(Origin(Level.REPOSITORY, ".codestral.toml"), values)


def user_file(**values: object) -> Options:
    return Options(Origin(Level.USER_FILE, "config.toml"), values)


OTHERS = [
    repository(max_tokens=7),
    user_file(max_tokens=7),
    client_options({"maxTokens": 7}, "client settings"),
    environment_options({"CODESTRAL_LS_MAX_TOKENS": "7"}),
    command_line_options({"max_tokens": "7"}),
]


@pytest.mark.parametrize("other", OTHERS, ids=lambda other: other.origin.level.name.lower())
def test_no_other_source_changes_what_is_locked(other: Options) -> None:
    resolved = resolve([other, machine(max_tokens=64, locked=["max_tokens"])])
    assert resolved.settings.max_tokens == 64
    assert resolved.origins["max_tokens"].name == PLACE
    assert [PLACE in str(problem) for problem in resolved.problems] == [True]
    assert "locked" in str(resolved.problems[0])


@pytest.mark.parametrize("other", OTHERS[1:], ids=lambda other: other.origin.level.name.lower())
def test_what_is_not_locked_is_the_users(other: Options) -> None:
    resolved = resolve([machine(max_tokens=64), other])
    assert resolved.settings.max_tokens == 7
    assert resolved.problems == ()


def test_a_lock_without_a_value_keeps_the_default() -> None:
    resolved = resolve([machine(locked=["proxy"]), user_file(proxy="http://proxy.example:3128")])
    assert resolved.settings.proxy is None
    assert resolved.locked["proxy"].name == PLACE


@pytest.mark.parametrize("key", ["endpoint", "api_key_command", "headers", "trusted_hosts"])
def test_it_is_user_level_for_trust(key: str) -> None:
    value: Any = {"headers": {"X-Team": "a"}, "trusted_hosts": ["a.example"]}.get(
        key, "https://a.b"
    )
    resolved = resolve([machine(**{key: value})])
    assert resolved.problems == ()
    assert resolved.origins[key].level.is_user


def test_a_bad_value_for_a_locked_setting_is_no_reason_to_send_nothing() -> None:
    locked = machine(endpoint="https://fim.example.org", locked=["endpoint"])
    assert resolve([locked, user_file(endpoint=5)]).unusable == frozenset()


def test_a_locked_list_of_hosts_is_not_extended() -> None:
    locked = machine(trusted_hosts=["a.example"], locked=["trusted_hosts"])
    resolved = resolve([locked, user_file(trusted_hosts=["b.example"])])
    assert resolved.settings.trusted_hosts == ("a.example",)


@pytest.mark.parametrize("other", [repository, user_file])
def test_more_may_always_be_kept_in(other: Any) -> None:
    """A lock that let out what a repository keeps in would serve nobody."""
    locked = machine(exclude=["*.sql"], locked=["exclude"])
    resolved = resolve([locked, other(exclude=["keys/"])])
    assert set(resolved.settings.exclude) == {"*.sql", "keys/"}
    assert resolved.problems == ()


@pytest.mark.parametrize("locked", ["max_tokens", 5, [["a"]], ["no_such"], {"a": 1}])
def test_a_list_of_locks_that_cannot_be_read_is_told(locked: object) -> None:
    resolved = resolve([machine(locked=locked)])
    assert [problem.key for problem in resolved.problems] == ["locked"]


@pytest.mark.parametrize("other", [repository, user_file])
def test_only_the_machines_file_locks(other: Any) -> None:
    resolved = resolve([other(locked=["max_tokens"]), environment_options({})])
    assert resolved.locked == {}
    assert [problem.key for problem in resolved.problems] == ["locked"]


def test_the_editors_settings_loosen_nothing_that_the_machine_restricts() -> None:
    resolved = resolve([machine(enabled=False), client_options({"enabled": True}, "client")])
    assert resolved.settings.enabled is False
    assert "the machine's config.toml" in str(resolved.problems[0])
