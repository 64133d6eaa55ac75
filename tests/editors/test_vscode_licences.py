"""The list of licences in the VS Code extension, made of what is bundled."""

from __future__ import annotations

import json
import runpy
import zipfile
from pathlib import Path

import pytest

EXTENSION = Path(__file__).parents[2] / "editors" / "vscode"
SCRIPT = runpy.run_path(str(EXTENSION / "scripts" / "licences.py"))


def wheel(server: Path, name: str, metadata: str, **texts: str) -> None:
    """A wheel with this metadata, and licence files."""
    server.mkdir(exist_ok=True)
    with zipfile.ZipFile(server / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        head = f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n{metadata}\n\nWords.\n"
        archive.writestr(f"{name}-1.0.dist-info/METADATA", head)
        for file, text in texts.items():
            archive.writestr(f"{name}-1.0.dist-info/licenses/{file}", text)


@pytest.mark.parametrize(
    ("metadata", "licence"),
    [
        ("License-Expression: MIT OR Apache-2.0", "MIT OR Apache-2.0"),
        ("License: BSD-3-Clause", "BSD-3-Clause"),
        ("Classifier: License :: OSI Approved :: MIT License", "MIT"),
        (
            "License: The whole text\n of it\nClassifier: License :: OSI Approved :: MIT License",
            "MIT",
        ),
    ],
)
def test_a_wheel_says_its_licence_in_one_of_three_ways(
    tmp_path: Path, metadata: str, licence: str
) -> None:
    wheel(tmp_path / "server", "part", metadata, LICENSE="Do as you like.")
    (part,) = SCRIPT["of_wheels"](tmp_path / "server")
    assert (part.licence, part.texts) == (licence, ("Do as you like.",))


def test_a_wheel_without_a_licence_is_not_bundled(tmp_path: Path) -> None:
    wheel(tmp_path / "server", "part", "Summary: none")
    with pytest.raises(Exception, match=r"part-1\.0.*does not say"):
        list(SCRIPT["of_wheels"](tmp_path / "server"))


def test_the_page_names_every_part_and_shows_its_text(tmp_path: Path) -> None:
    wheel(tmp_path / "server", "part", "License: ISC", COPYING="Words of part.", NOTICE="A notice.")
    wheel(tmp_path / "server", "codestral_ls", "License: MIT")
    module = tmp_path / "node_modules" / "glob-thing"
    module.mkdir(parents=True)
    (module / "LICENSE.md").write_text("Words of glob-thing.", encoding="utf-8")
    packages = {
        "": {"license": "MIT"},
        "node_modules/glob-thing": {"version": "2.0.0", "license": "BlueOak-1.0.0"},
        "node_modules/compiler": {"version": "3.0.0", "license": "MIT", "dev": True},
    }
    (tmp_path / "package-lock.json").write_text(json.dumps({"packages": packages}), "utf-8")
    parts = [*SCRIPT["of_wheels"](tmp_path / "server"), *SCRIPT["of_npm"](tmp_path)]
    page = SCRIPT["page"](parts)
    assert "part 1.0: ISC (https://pypi.org/project/part/1.0/)" in page
    assert "glob-thing 2.0.0: BlueOak-1.0.0 (" in page
    for text in ("Words of part.", "A notice.", "Words of glob-thing."):
        assert text in page
    assert "compiler" not in page
    assert "codestral" not in page


def test_the_package_is_built_with_the_list_and_ships_it() -> None:
    package = json.loads((EXTENSION / "package.json").read_text(encoding="utf-8"))
    assert (
        "npm run wheels && npm run licences && node scripts/package.mjs"
        in package["scripts"]["package"]
    )
    shipped = (EXTENSION / ".vscodeignore").read_text(encoding="utf-8").splitlines()
    assert f"!{SCRIPT['WRITTEN']}" in shipped
