"""What a release consists of, made and installed as people do it, in an empty home."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.real.launch import REPOSITORY, needed

WITHIN_S = 300
# How this machine reaches the registries goes along; nothing else of its environment does.
NETWORK = ("PIP_", "UV_", "SSL_CERT_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def tools() -> Path:
    return Path(needed("get_release_tools.sh", "a release's tools"))


@pytest.fixture(scope="module")
def release(tools: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The files of a release by their ending, built as RELEASING says."""
    made = tmp_path_factory.mktemp("dist")
    checked([str(tools / "python"), "-m", "build", "--outdir", str(made), str(REPOSITORY)], made)
    files = {path.suffix: path for path in made.iterdir()}
    assert sorted(files) == [".gz", ".whl"]
    return files


def checked(command: Sequence[str], home: Path, path: str = os.defpath) -> str:
    """What a command prints, run by a user who has nothing but an empty home."""
    kept = {name: value for name, value in os.environ.items() if name.upper().startswith(NETWORK)}
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        cwd=home,
        env={**kept, "HOME": str(home), "PATH": path},
        check=False,
    )
    assert done.returncode == 0, (command, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout


def test_its_files_pass_the_checks_of_the_registry(tools: Path, release: dict[str, Path]) -> None:
    files = [str(path) for path in release.values()]
    checked([str(tools / "twine"), "check", "--strict", *files], release[".whl"].parent)


@pytest.mark.parametrize("ending", [".whl", ".gz"])
def test_it_installs_into_an_empty_environment_and_the_doctor_is_content(
    release: dict[str, Path], tmp_path: Path, ending: str
) -> None:
    programs = tmp_path / "venv" / "bin"
    checked([sys.executable, "-m", "venv", str(programs.parent)], tmp_path)
    checked([str(programs / "pip"), "install", "-q", str(release[ending])], tmp_path)
    printed = checked([str(programs / "codestral-ls"), "doctor"], tmp_path)
    assert printed.endswith("All checks passed.\n")


def test_uvx_and_pipx_run_it_from_the_file(
    tools: Path, release: dict[str, Path], tmp_path: Path
) -> None:
    wheel = str(release[".whl"])
    assert f"pipx install ./{release['.whl'].name}" in (REPOSITORY / "README.md").read_text("utf-8")
    for command in (
        [str(tools / "uvx"), "--from", wheel, "codestral-ls"],
        [str(tools / "pipx"), "run", "--spec", wheel, "codestral-ls"],
    ):
        path = f"{Path(sys.executable).parent}:{os.defpath}"
        printed = checked([*command, "doctor"], tmp_path, path)
        assert printed.endswith("All checks passed.\n")
