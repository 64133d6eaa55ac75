"""The VS Code extension's file, as it is built for users."""

from __future__ import annotations

import zipfile
from pathlib import PurePath

import pytest

from tests.real.launch import or_skipped
from tests.real.vscode import build_extension

pytestmark = pytest.mark.real


def test_the_built_extension_names_the_licence_of_everything_that_it_bundles() -> None:
    with or_skipped("the extension's parts could not be fetched"):
        built = build_extension()
    with zipfile.ZipFile(built) as archive:
        names = archive.namelist()
        page = archive.read("extension/THIRD-PARTY-LICENCES.txt").decode()
    wheels = [PurePath(name).name for name in names if name.endswith(".whl")]
    assert len(wheels) > 20
    for wheel in wheels:
        name, version, *_ = wheel.split("-")
        if name != "codestral_ls":
            listed = f"{name.replace('_', '-')} {version}: "
            assert listed in page.replace("_", "-"), wheel
    assert "vscode-languageclient " in page
