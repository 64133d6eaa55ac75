"""The VS Code extension's package against the server's own definition of the settings."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest

from codestral_ls import __version__
from codestral_ls.config import client_options, json_schema, resolve, specs

EXTENSION = Path(__file__).parents[2] / "editors" / "vscode"


@pytest.fixture(scope="module")
def package() -> dict[str, Any]:
    package: dict[str, Any] = json.loads((EXTENSION / "package.json").read_text(encoding="utf-8"))
    return package


@pytest.fixture(scope="module")
def settings(package: dict[str, Any]) -> dict[str, Any]:
    sections = package["contributes"]["configuration"]
    return {name: entry for section in sections for name, entry in section["properties"].items()}


def camel(name: str) -> str:
    return f"codestral.{specs()[name].camel}"


def test_the_settings_are_those_that_the_script_writes(package: dict[str, Any]) -> None:
    """After a change of the settings: ``python editors/vscode/scripts/settings.py``."""
    script = runpy.run_path(str(EXTENSION / "scripts" / "settings.py"))
    assert package == script["generated"](json.loads(json.dumps(package)))


def test_every_setting_of_the_server_is_offered_but_those_the_extension_decides(
    settings: dict[str, Any],
) -> None:
    offered = {name for name in settings if not name.startswith("codestral.server.")}
    decided = {camel("status_notifications"), camel("completion_fallback")}
    assert offered == {camel(name) for name in specs()} - decided


def test_defaults_are_the_servers_own(settings: dict[str, Any]) -> None:
    shapes: Any = json_schema()["properties"]
    for name, entry in settings.items():
        shape = shapes.get(name.removeprefix("codestral."), {})
        if "default" in shape:
            assert entry["default"] == shape["default"], name


def test_a_repository_can_set_only_what_its_codestral_toml_can(settings: dict[str, Any]) -> None:
    of_anybody = {name for name, entry in settings.items() if entry["scope"] == "window"}
    assert of_anybody == {camel(s.name) for s in specs().values() if s.repository != "ignored"}


@pytest.mark.parametrize(
    "name",
    [
        "provider", "endpoint", "model", "apiKeyCommand", "headers", "proxy", "caBundle",
        "trustedHosts", "allowInsecure", "server.command", "server.python",
    ],
)  # fmt: skip
def test_what_decides_where_code_and_keys_go_belongs_to_the_machine(
    settings: dict[str, Any], name: str
) -> None:
    assert settings[f"codestral.{name}"]["scope"] == "machine"


def test_in_an_untrusted_folder_no_setting_of_the_folder_counts(
    package: dict[str, Any], settings: dict[str, Any]
) -> None:
    untrusted = package["capabilities"]["untrustedWorkspaces"]
    assert untrusted["supported"] == "limited"
    assert set(untrusted["restrictedConfigurations"]) == set(settings)


def test_the_server_takes_what_the_extension_tells_it(settings: dict[str, Any]) -> None:
    told = {n: entry["default"] for n, entry in settings.items() if entry["scope"] == "window"}
    section = {name.removeprefix("codestral."): value for name, value in told.items()}
    assert not resolve([client_options(section, "client settings")]).problems


def test_every_command_of_menus_and_pages_exists(package: dict[str, Any]) -> None:
    contributed = {entry["command"] for entry in package["contributes"]["commands"]}
    source = (EXTENSION / "src" / "commands.ts").read_text(encoding="utf-8")
    missing = {name for name in contributed if f"{name.removeprefix('codestral.')}" not in source}
    assert not missing
    mentioned = {
        event.removeprefix("onCommand:")
        for walkthrough in package["contributes"]["walkthroughs"]
        for step in walkthrough["steps"]
        for event in step.get("completionEvents", [])
    }
    assert mentioned <= contributed


def test_every_picture_exists(package: dict[str, Any]) -> None:
    named = [package["icon"]]
    for walkthrough in package["contributes"]["walkthroughs"]:
        named += [step["media"]["image"] for step in walkthrough["steps"]]
    readme = (EXTENSION / "README.md").read_text(encoding="utf-8")
    named += [part.partition(")")[0] for part in readme.split("](media/")[1:]]
    files = [EXTENSION / "media" / Path(name).name for name in named]
    assert [file for file in files if not file.exists()] == []


def test_extension_and_server_have_one_version_and_one_licence(package: dict[str, Any]) -> None:
    root = EXTENSION.parents[1]
    assert package["version"] == __version__
    assert (EXTENSION / "LICENSE").read_bytes() == (root / "LICENSE").read_bytes()


def test_the_lock_file_names_no_registry(package: dict[str, Any]) -> None:
    lock = json.loads((EXTENSION / "package-lock.json").read_text(encoding="utf-8"))
    assert lock["version"] == package["version"]
    assert not [name for name, entry in lock["packages"].items() if "resolved" in entry]
