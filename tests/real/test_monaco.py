"""Monaco in a real browser, over ``--ws``, with each of the recipe's two clients."""

from __future__ import annotations

import functools
import http.server
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.fakes.endpoint import Endpoint
from tests.real import vscode
from tests.real.launch import REPOSITORY, SERVER, needed, or_skipped
from tests.server.raw import clean_environment

pytestmark = pytest.mark.real

_PAGE = """<!doctype html><link rel="stylesheet" href="entry.css">
<div id="editor" style="height: 180px"></div><script type="module" src="entry.js"></script>
"""
_ENTRY = """
import * as monaco from 'monaco-editor';
import { connect } from 'CLIENT';
// The languages' own services are not needed.
self.MonacoEnvironment = { getWorker: () => new Worker(URL.createObjectURL(new Blob(['']))) };
window.editor = monaco.editor.create(document.getElementById('editor'), {
  value: '', language: 'python', inlineSuggest: { enabled: true }, tabSize: 2, insertSpaces: true,
});
window.connected = connect(monaco, new URLSearchParams(location.search).get('server'))
  .then(() => 'connected', (error) => error.message);
"""


# Its modules are bundled once for all tests; the recipe is imported as it is.
_PAGE_OF_CLIENT = """<!doctype html><link rel="stylesheet" href="client/style.css">
<script type="importmap">{"imports": {
  "monaco-languageclient": "./client/client.js",
  "vscode-languageclient/browser.js": "./client/client.js",
  "vscode-ws-jsonrpc": "./client/client.js"
}}</script>
<div id="editor" style="height: 180px"></div><script type="module" src="entry.js"></script>
"""
_ENTRY_OF_CLIENT = """
import {
  configureDefaultWorkerFactory, EditorApp, MonacoVscodeApiWrapper,
} from 'monaco-languageclient';
import { connect } from './languageclient.js';
const app = new EditorApp({
  codeResources: {
    modified: { text: '', uri: '/workspace/main.py', enforceLanguageId: 'python' },
  },
  languageDef: { languageExtensionConfig: { id: 'python', extensions: ['.py'] } },
});
async function start() {
  await new MonacoVscodeApiWrapper({
    $type: 'classic',
    viewsConfig: { $type: 'EditorService' },
    monacoWorkerFactory: configureDefaultWorkerFactory,
  }).start();
  await app.start(document.getElementById('editor'));
  window.editor = app.getEditor();
  await connect(new URLSearchParams(location.search).get('server'));
  return 'connected';
}
window.connected = start().catch((error) => error.message ?? String(error));
"""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


@pytest.fixture(scope="module")
def installed() -> dict[str, str]:
    with or_skipped("Monaco; no browser could be fetched"):
        return vscode.environment()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page with the recipe's client in it."""
    monaco = Path(needed("get_monaco.sh", "Monaco"))
    folder = tmp_path_factory.mktemp("page")
    client = REPOSITORY / "editors" / "monaco" / "codestral.js"
    (folder / "entry.mjs").write_text(_ENTRY.replace("CLIENT", str(client)))
    (folder / "index.html").write_text(_PAGE)
    bundle = ["--bundle", "--format=esm", "--loader:.ttf=file", "--log-level=error"]
    subprocess.run(
        [monaco / "node_modules/.bin/esbuild", "entry.mjs", *bundle, "--outfile=entry.js"],
        cwd=folder,
        env={**os.environ, "NODE_PATH": str(monaco / "node_modules")},
        check=True,
    )
    with hosted(folder) as address:
        yield address


@pytest.fixture(scope="module")
def page_of_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page with monaco-languageclient in it."""
    client = Path(needed("get_monaco_languageclient.sh", "monaco-languageclient"))
    folder = tmp_path_factory.mktemp("page")
    (folder / "client").symlink_to(client)
    shutil.copy(REPOSITORY / "editors" / "monaco" / "languageclient.js", folder)
    (folder / "entry.js").write_text(_ENTRY_OF_CLIENT)
    (folder / "index.html").write_text(_PAGE_OF_CLIENT)
    with hosted(folder) as address:
        yield address


@contextmanager
def hosted(folder: Path) -> Iterator[str]:
    """A web server of the folder; gives its address."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def serving(home: Path, endpoint: Endpoint, origin: str) -> Iterator[str]:
    """A server for pages of one origin; gives its URL."""
    process = subprocess.Popen(
        [*SERVER, "--ws", "127.0.0.1:0", "--allow-origin", origin],
        env={**clean_environment(home, **endpoint.environment), "PYTHONPATH": str(REPOSITORY)},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        yield process.stderr.readline().split()[-1]
    finally:
        process.kill()
        process.communicate()


def seen(
    installed: dict[str, str], page: str, server: str, picture: Path, typed: str = "total = "
) -> dict[str, Any]:
    """What a user sees who opens the page and types."""
    driver = Path(vscode.__file__).parent / "monaco.mjs"
    done = subprocess.run(
        [installed["NODE24"], driver, f"{page}/?server={quote(server, safe='')}", picture, typed],
        env={**os.environ, **installed},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_suggestion_is_shown_in_a_page_and_tab_inserts_it(
    installed: dict[str, str], page: str, endpoint: Endpoint, tmp_path: Path
) -> None:
    endpoint.intends("total = price * count")
    vscode.PICTURES.mkdir(parents=True, exist_ok=True)
    with serving(tmp_path, endpoint, page) as server:
        found = seen(installed, page, server, vscode.PICTURES / "monaco.png")
    assert found == {
        "connected": "connected",
        "ghost": "price * count",
        "text": "total = price * count",
    }


def test_a_new_text_is_indented_as_the_editor_is_set(
    installed: dict[str, str], page: str, endpoint: Endpoint, tmp_path: Path
) -> None:
    endpoint.intends("if price:\n    show(price)\n")
    with serving(tmp_path, endpoint, page) as server:
        found = seen(installed, page, server, tmp_path / "block.png", "if price:")
    assert found["text"] == "if price:\n  show(price)"


def test_a_page_of_another_origin_is_refused(
    installed: dict[str, str], page: str, endpoint: Endpoint, tmp_path: Path
) -> None:
    with serving(tmp_path, endpoint, "https://editor.example") as server:
        found = seen(installed, page, server, tmp_path / "none.png")
    assert found == {"connected": "codestral-ls does not take the connection"}


def test_through_monaco_languageclient_a_suggestion_is_shown_and_tab_inserts_it(
    installed: dict[str, str], page_of_client: str, endpoint: Endpoint, tmp_path: Path
) -> None:
    endpoint.intends("whole = part * count")
    with serving(tmp_path, endpoint, page_of_client) as server:
        found = seen(installed, page_of_client, server, tmp_path / "client.png", "whole = ")
    assert found == {
        "connected": "connected",
        "ghost": "part * count",
        "text": "whole = part * count",
    }
