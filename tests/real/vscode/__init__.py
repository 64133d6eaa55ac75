"""A real VS Code for tests: fetching it, building our extension for it, and typing into it.

The editor itself is driven by ``driver.mjs`` in a process of its own; here are its methods.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.fakes.endpoint import Endpoint
from tests.real.launch import Unavailable, fetched, teed_command

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "codestral-ls-tests"
PICTURES = CACHE / "pictures" / "vscode"
# Pictures in the extension's README and walkthrough; CODESTRAL_LS_RECORD=1 takes them anew.
_PUBLISHED = ("ghost", "multiline", "status", "explain")
# Only a part of the window: in the walkthrough a whole one could not be read.
_CODE = {"x": 52, "y": 36, "width": 560, "height": 210}
_PARTS = {
    "ghost": _CODE,
    "multiline": _CODE,
    "status": {"x": 400, "y": 210, "width": 560, "height": 210},
}
# What building the extension reads; it is built from a copy, so that the checkout stays clean.
_SOURCES = ("codestral_ls", "editors/vscode", ".ci", "pyproject.toml", "README.md", "LICENSE")
_BUILT = shutil.ignore_patterns("node_modules", "dist", ".wheels", "*.whl", "*.vsix", "__pycache__")


class Failed(AssertionError):
    """The editor did not do, or not show, what was expected."""


def environment() -> dict[str, str]:
    """What ``driver.mjs`` needs to know of the installed editor. Raises Unavailable."""
    found: dict[str, str] = json.loads((Path(fetched("get_vscode.sh")) / "env.json").read_text())
    return found


def build_extension() -> Path:
    """The extension as users install it. Raises Unavailable where its parts cannot be fetched."""
    copy = CACHE / "vscode" / "build"
    extension = copy / "editors" / "vscode"
    shutil.rmtree(copy / "codestral_ls", ignore_errors=True)
    # What is gone from the checkout must not be left here; what was fetched stays.
    for old in extension.glob("*"):
        if old.is_dir() and old.name not in {"node_modules", ".wheels"}:
            shutil.rmtree(old)
    for name in _SOURCES:
        source, target = ROOT / name, copy / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=_BUILT, dirs_exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    lock = (extension / "package-lock.json").read_bytes()
    installed = extension / "node_modules" / "installed-lock"
    if not installed.exists() or installed.read_bytes() != lock:
        _fetch(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], extension)
        installed.write_bytes(lock)
    _fetch([sys.executable, "scripts/wheels.py", "--fetch-only"], extension)
    # Everything is there, so from here on no network may be needed.
    offline = {"npm_config_offline": "true", "PIP_NO_INDEX": "1"}
    built = subprocess.run(
        ["npm", "run", "package"], cwd=extension, env=_with_python(offline), **_CAPTURED
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return extension / "codestral-ls.vsix"


def _fetch(command: Sequence[str], where: Path) -> None:
    try:
        got = subprocess.run(command, cwd=where, env=_with_python({}), **_CAPTURED)
    except FileNotFoundError:
        raise Unavailable(f"no {command[0]} on this machine") from None
    # npm names what went wrong with a registry; wheels.py ends with 3.
    if got.returncode == 3 or re.search(r"code E(NOTFOUND|CONN|TIMEDOUT|AI_|[45]\d\d)", got.stderr):
        raise Unavailable(f"{command[0]}: {got.stderr.strip().splitlines()[-1]}")
    assert got.returncode == 0, got.stdout + got.stderr


def _with_python(more: Mapping[str, str]) -> dict[str, str]:
    """The environment with this Python, which has pip, first on the PATH."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, **more}


_CAPTURED: Any = {"capture_output": True, "text": True}


class Code:
    """An editor with one window. Its methods are those of ``editor.mjs``."""

    def __init__(self, installed: Mapping[str, str]) -> None:
        self._driver = subprocess.Popen(
            [installed["NODE24"], HERE / "driver.mjs"],
            env={**os.environ, **installed},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, **options: object) -> None:
        """Install the extension and open the browser; options as in ``editor.mjs``."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self._call("start", {"pictures": str(PICTURES), **options})

    def load(self, file: str) -> None:
        """Open the window with a file of the folder."""
        self._call("load", file)

    def open(self, file: str) -> None:
        """Open another file in the same window."""
        self._call("open", file)

    def open_notebook(self, file: str, cell: int) -> None:
        """Open a notebook of the folder, with the cursor at the end of a cell, from 0."""
        self._call("openNotebook", file, cell)

    def ready(self, text: str) -> None:
        """Type a line, again and again, until it is answered with a suggestion."""
        self._call("ready", text)

    def go(self, line: int, column: int) -> None:
        """Put the cursor there; both from 1."""
        self._call("go", line, column)

    def type(self, text: str, *, delay_ms: int = 0) -> None:
        """Type a text, key by key."""
        self._call("type", text, delay_ms)

    def press(self, *keys: str) -> None:
        """Press keys, named as in ``Control+Space``."""
        self._call("press", *keys)

    def ghost(self) -> str:
        """The grey text on screen; empty when there is none."""
        return str(self._call("ghost"))

    def trace(self) -> None:
        """Note every text of the suggestion from the next key on."""
        self._call("trace")

    def traced(self) -> tuple[list[str], list[float]]:
        """The texts so far, lines joined, and the milliseconds since the key of each."""
        found = self._call("traced")
        return list(found["texts"]), list(found["ms"])

    def traced_from(self) -> float:
        """When the key was pressed, by ``time.monotonic``."""
        pressed_at = self._call("traced")["at"] / 1000
        return float(pressed_at - time.time() + time.monotonic())

    def wait_ghost(self, wanted: str | None = None) -> str:
        """Wait until the grey text is this one, or any."""
        return str(self._call("waitGhost", *([] if wanted is None else [wanted])))

    def wait_no_ghost(self) -> None:
        """Wait until there is no grey text."""
        self._call("waitNoGhost")

    def wait_popup(self) -> None:
        """Wait until VS Code's own popup has a selected entry."""
        self._call("waitPopup")

    def saved(self, file: str) -> bytes:
        """Save the file, and read it from the disk."""
        return str(self._call("saved", file)).encode()

    def command(self, title: str) -> None:
        """Run a command of the palette."""
        self._call("command", title)

    def palette(self, text: str) -> list[str]:
        """The commands that the palette lists for a text, in its order."""
        return list(self._call("palette", text))

    def choose_in(self, title: str, row: str) -> None:
        """Run a command of the palette that asks for one of several rows, and choose one."""
        self._call("chooseIn", title, row)

    def text_of(self, selector: str) -> str:
        """The text of the first such element."""
        return str(self._call("textOf", selector))

    def text_within(self, selector: str) -> str:
        """The text of such elements in the pages within the page, such as an extension's."""
        return str(self._call("textWithin", selector))

    def resize(self, width: int, height: int) -> None:
        """Make the window as large."""
        self._call("resize", width, height)

    def picture_widths(self, description: str) -> list[int]:
        """The widths of the pictures with such a description; 0 for one that cannot be shown."""
        return list(self._call("pictureWidths", description))

    def wait_gone(self, selector: str) -> None:
        """Wait until there is no such element."""
        self._call("waitGone", selector)

    def answer(self, title: str, text: str) -> None:
        """Type into the input box with this title and press Enter."""
        self._call("answer", title, text)

    def rows(self, title: str) -> list[str]:
        """What the quick pick with this title offers."""
        return list(self._call("rows", title))

    def wait_status(self, part: str) -> str:
        """Wait until the status bar item's text, icon or label has this in it."""
        return str(self._call("waitStatus", part))

    def hover_status(self) -> str:
        """What the status bar item tells when the mouse rests on it."""
        return str(self._call("hoverStatus"))

    def messages(self) -> list[str]:
        """The messages on screen."""
        return list(self._call("messages"))

    def wait_message(self, part: str) -> list[str]:
        """Wait until a message on screen has this in it; returns all."""
        return list(self._call("waitMessage", part))

    def wait_for(self, selector: str) -> None:
        """Wait for an element of the page."""
        self._call("waitFor", selector)

    def click(self, selector: str) -> None:
        """Click on an element of the page."""
        self._call("click", selector)

    def screenshot(self, name: str) -> None:
        """Keep a picture of the window, or of the part of it that is published."""
        self._call("screenshot", name, *([_PARTS[name]] if name in _PARTS else []))
        if os.environ.get("CODESTRAL_LS_RECORD") and name in _PUBLISHED:
            shutil.copyfile(PICTURES / f"{name}.png", ROOT / f"editors/vscode/media/{name}.png")

    def close(self) -> None:
        """End the editor and everything that it started."""
        assert self._driver.stdin is not None
        assert self._driver.stdout is not None
        self._driver.stdin.close()
        self._driver.wait()
        self._driver.stdout.close()

    def _call(self, method: str, *args: object) -> Any:
        assert self._driver.stdin is not None
        assert self._driver.stdout is not None
        self._driver.stdin.write(json.dumps({"method": method, "args": args}) + "\n")
        self._driver.stdin.flush()
        line = self._driver.stdout.readline()
        if not line:
            raise Failed(f"the driver of the editor ended during {method}")
        answer = json.loads(line)
        if "error" in answer:
            if method != "start":
                name = re.sub(r".*::test_| .*", "", os.environ.get("PYTEST_CURRENT_TEST", ""))
                self._call("screenshot", f"failure-{name}")
            raise Failed(answer["error"])
        return answer["result"]


@contextlib.contextmanager
def teed_window(
    installed: Mapping[str, str],
    vsix: str,
    folder: Path,
    endpoint: Endpoint,
    wire: Path,
    settings: Mapping[str, object],
) -> Iterator[Code]:
    """A window on the folder, ready to suggest, whose server is the checkout's with every message
    written to ``wire``. The folder has a ``first.py``."""
    editor = Code(installed)
    try:
        editor.start(
            vsix=vsix,
            folder=str(folder),
            machine={
                "codestral.server.command": ["env", f"PYTHONPATH={ROOT}", *teed_command(wire)]
            },
            settings=settings,
            env=endpoint.environment,
        )
        endpoint.intends("value = 1")
        editor.load("first.py")
        editor.press("Control+B")  # more room for the pictures
        editor.ready("val")
        yield editor
    finally:
        editor.close()
