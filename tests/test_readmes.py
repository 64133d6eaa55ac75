"""What the READMEs say of the repository is true: paths, folders, commands, settings."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from codestral_ls.config.resolve import settings_table
from tests.readme import REPOSITORY, check_table

README = REPOSITORY / "README.md"
PACKAGE = REPOSITORY / "codestral_ls"
MAX_LINES = 150

_FENCED = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!\w+:)(?P<path>[^)#]*)(?:#(?P<heading>[^)]*))?\)")
_CODE = re.compile(r"`([^`\n]+)`")
_PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)*/?")
_MODULE = re.compile(r"python -m (tests[\w.]*\w)")
# Folders by whose names a path is known for one of the repository's.
_ROOTS = ("codestral_ls", "editors", "fixtures", "tests", ".ci", ".github")


def pages() -> Iterator[Path]:
    """All Markdown that people read here."""
    yield README
    yield from sorted((REPOSITORY / ".github").glob("*.md"))
    for root in ("codestral_ls", "editors", "fixtures", "tests"):
        for page in sorted((REPOSITORY / root).rglob("README.md")):
            if "node_modules" not in page.parts:
                yield page


PAGES = tuple(pages())


def page_id(page: Path) -> str:
    return page.relative_to(REPOSITORY).as_posix()


def anchors(page: Path) -> set[str]:
    """The headings of a page, as links name them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def paths(text: str) -> Iterator[str]:
    """The paths of this repository that stand in code spans."""
    for code in _CODE.findall(_FENCED.sub("", text)):
        path = code.partition("<")[0]  # fixtures/wire/<name>/
        if not _PATH.fullmatch(path):
            continue
        if path.partition("/")[0] in _ROOTS or path.endswith((".py", "/")):
            yield path


def marked(marker: str) -> str:
    """The command below a marker of the README."""
    blocks = re.findall(rf"<!-- {marker} -->\n```sh\n(.*?)\n```\n", README.read_text("utf-8"), re.S)
    assert len(blocks) == 1
    return str(blocks[0])


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in _LINK.finditer(_FENCED.sub("", page.read_text(encoding="utf-8"))):
        target = (page.parent / link["path"]) if link["path"] else page
        assert target.exists(), link.group()
        assert link["heading"] is None or link["heading"] in anchors(target), link.group()


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_path_is_there(page: Path) -> None:
    for path in paths(page.read_text(encoding="utf-8")):
        assert (REPOSITORY / path).exists() or (page.parent / path).exists(), path


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_module_to_be_run_is_there(page: Path) -> None:
    for module in _MODULE.findall(page.read_text(encoding="utf-8")):
        assert importlib.util.find_spec(module), module


def test_the_first_page_is_short() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


def test_the_first_page_has_one_command_to_try_and_one_for_the_tests() -> None:
    """Both are run as they stand there, by people and by ``.ci/run``."""
    assert " complete fixtures/" in marked("main-command")
    assert marked("test-command").endswith("-m pytest -q")


def test_the_map_has_exactly_the_folders_of_the_package() -> None:
    text = (PACKAGE / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)/` \|", text, re.MULTILINE)
    folders = {init.parent.name for init in PACKAGE.glob("*/__init__.py")}
    assert len(rows) == len(set(rows))
    assert set(rows) == folders


def test_the_settings_are_listed_as_they_are(pytestconfig: pytest.Config) -> None:
    update = pytestconfig.getoption("--update-fixtures")
    check_table(
        PACKAGE / "config" / "README.md", "<!-- settings -->", settings_table(), update=update
    )
