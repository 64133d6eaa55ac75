"""What the checks install and the VS Code extension bundles, and where pages send people to.

After a change of the dependencies in ``pyproject.toml``: ``.ci/renew``.
"""

from __future__ import annotations

import importlib.metadata
import re
import runpy
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.readme import REPOSITORY

CI = REPOSITORY / ".ci"
PINNED = runpy.run_path(str(CI / "pinned.py"))
TEXT = (CI / "constraints.txt").read_text(encoding="utf-8")
PROJECT: dict[str, Any] = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))


def pins() -> Iterator[Requirement]:
    for _, pin in PINNED["entries"](TEXT):
        yield Requirement(pin.partition("\\")[0])


def required() -> Iterator[Requirement]:
    """All that ``pyproject.toml`` asks for, by the package itself, its extras and its build."""
    project = PROJECT["project"]
    for lines in (
        project["dependencies"],
        *project["optional-dependencies"].values(),
        PROJECT["build-system"]["requires"],
    ):
        yield from map(Requirement, lines)


def test_every_dependency_is_pinned_to_a_release_that_it_allows() -> None:
    for wanted in required():
        if wanted.name == PROJECT["project"]["name"]:
            continue
        found = [pin for pin in pins() if canonicalize_name(wanted.name) == pin.name]
        assert found, wanted
        for pin in found:
            (only,) = pin.specifier
            assert wanted.specifier.contains(only.version), (wanted, pin)


def test_every_pin_is_one_release_with_hashes() -> None:
    entries = PINNED["entries"](TEXT)
    assert len(entries) > 50
    for _, pin in entries:
        first, *hashes = [line.strip() for line in pin.split("\\\n")]
        (only,) = Requirement(first).specifier
        assert only.operator == "==", pin
        assert hashes, pin
        for line in hashes:
            assert re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", line), pin


@pytest.mark.parametrize("part", ["server", "build"])
def test_a_part_names_all_that_its_packages_need(part: str) -> None:
    names = PINNED["parts"](TEXT)[part]
    own = PROJECT["project"]["dependencies"] if part == "server" else ["hatchling", "editables"]
    assert {canonicalize_name(Requirement(line).name) for line in own} <= names
    for name in names:
        try:
            needs = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue  # what builds a package is not there when it is installed
        for line in needs:
            need = Requirement(line)
            if need.marker is None or need.marker.evaluate({"extra": ""}):
                assert canonicalize_name(need.name) in names, (name, line)


def test_what_the_extension_bundles_is_the_same_on_every_platform() -> None:
    """pip reads markers for the machine that it runs on, not for the one it downloads for."""
    server = PINNED["parts"](TEXT)["server"]
    assert [pin for pin in pins() if pin.name in server and pin.marker is not None] == []


def installs(text: str) -> Iterator[str]:
    """The commands by which pip and its like are told to install or fetch something."""
    joined = re.sub(r"\\\n\s*", " ", text)
    for line in joined.splitlines():
        if re.search(r"pip\"? (install|download)", line) and not line.lstrip().startswith("#"):
            yield line


@pytest.mark.parametrize(
    "script", [CI / "run", *sorted((REPOSITORY / ".github" / "workflows").glob("*.yml"))],
    ids=lambda script: script.name,
)  # fmt: skip
def test_the_checks_install_nothing_whose_hash_is_not_known(script: Path) -> None:
    for line in installs(script.read_text(encoding="utf-8")):
        assert "--require-hashes" in line or '"${checked[@]}"' in line, line


def test_the_readmes_command_runs_on_checked_files_too() -> None:
    script = (CI / "run").read_text(encoding="utf-8")
    (runs,) = [
        line for line in re.sub(r"\\\n\s*", " ", script).splitlines() if '-c "$command"' in line
    ]
    assert '"${checked[@]}"' in runs
    assert "PIP_NO_INDEX=1" in script


_INSTALLERS = re.compile(
    r"\b(?:pip3?|pipx|uv(?: tool| pip)?|npm|pnpm|yarn|brew|conda|cargo|apt(?:-get)?|code|codium)"
    r"[ \"',]+(?:install|add|i|run|--install-extension)\b(?P<what>[^`\n;&|]*)"
)
# Our name as a package of a registry. A clone is a path; the built extension is a file.
_OURS = re.compile(r"(?<![\w./~-])codestral[-_]ls(?!\.vsix|[\w/-])")


def sources() -> Iterator[Path]:
    """Everything that a user may be told by: pages, the editors' files, and the code's messages."""
    suffixes = {".md", ".txt", ".py", ".ts", ".lua", ".json", ".yml"}
    yield REPOSITORY / "README.md"
    for folder in (".github", "codestral_ls", "editors", "tests"):
        for path in sorted((REPOSITORY / folder).rglob("*")):
            if path.suffix in suffixes and "node_modules" not in path.parts:
                yield path


def from_a_registry(text: str) -> list[str]:
    """The commands in a text that would fetch this project from a registry."""
    return [m.group() for m in _INSTALLERS.finditer(text) if _OURS.search(m["what"])]


@pytest.mark.parametrize(
    "text",
    [
        "pip install codestral-ls", "pipx install 'codestral-ls[keyring]'",
        "uv tool install codestral_ls",
        "code --install-extension codestral-ls", 'run "pip install -U codestral-ls==0.1"',
    ],
)  # fmt: skip
def test_a_command_that_asks_a_registry_for_us_is_seen(text: str) -> None:
    assert from_a_registry(text)


@pytest.mark.parametrize(
    "text",
    [
        "pipx install ./codestral-ls", "code --install-extension codestral-ls.vsix",
        "pip install keyring", "pip install -e '.[test]'", "cd codestral-ls && pip install .",
        "pip install dist/codestral_ls-0.1.0-py3-none-any.whl",
    ],
)  # fmt: skip
def test_a_clone_and_a_file_are_no_registry(text: str) -> None:
    assert not from_a_registry(text)


def test_no_page_and_no_message_sends_anybody_to_a_registry_that_has_not_got_us() -> None:
    found = {
        path.relative_to(REPOSITORY).as_posix(): told
        for path in sources()
        if path != Path(__file__) and (told := from_a_registry(path.read_text(encoding="utf-8")))
    }
    assert found == {}


def test_every_set_up_of_an_editor_says_where_the_server_comes_from() -> None:
    for page in sorted((REPOSITORY / "editors").glob("*/README.md")):
        if page.parent.name != "zed":  # uses a provider of its own
            text = page.read_text(encoding="utf-8")
            assert "./codestral-ls" in text or "codestral-ls.vsix" in text, page
