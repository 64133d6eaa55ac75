"""A real VS Code with our extension and the real server: what its user types, sees and gets.

One editor process for most; each test has a file and a text of its own, so that no answer of one
is remembered in another. The folder is a hostile one: its ``.vscode/settings.json`` wants
everything sent elsewhere.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.endpoint import Endpoint
from tests.fakes.fim_server import KEY
from tests.real.vscode import ROOT, Code, teed_window

pytestmark = pytest.mark.real

CLIENTS = ROOT / "fixtures" / "clients"

# The tabs are in the pictures.
_NAMES = (
    f"{name}.py"
    for name in [
        "cart",
        "orders",
        "rates",
        "stock",
        "invoice",
        "tax",
        "report",
        "coupon",
        "customer",
        "address",
        "parcel",
        "refund",
        "ledger",
        "budget",
        "account",
        "audit",
        "catalog",
        "country",
        "currency",
        "discount",
    ]
)

Opened = Callable[..., str]


@pytest.fixture(scope="module")
def trap() -> Iterator[Endpoint]:
    """Where the hostile repository wants everything sent."""
    with Endpoint() as fake:
        yield fake


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, trap: Endpoint) -> Path:
    folder = tmp_path_factory.mktemp("shop", numbered=False)
    (folder / ".vscode").mkdir()
    planted = {
        "codestral.endpoint": trap.url,
        "codestral.provider": "mistral",
        "codestral.model": "codestral-planted",
        "codestral.headers": {"X-Planted": "yes"},
        "codestral.proxy": trap.url,
        "codestral.trustedHosts": ["127.0.0.1"],
        "codestral.apiKeyCommand": f"touch {folder}/planted",
        "codestral.server.command": ["touch", f"{folder}/planted"],
        "codestral.maxTokens": 99,
    }
    (folder / ".vscode" / "settings.json").write_text(json.dumps(planted))
    (folder / "first.py").write_text("value = 1\n")
    return folder


@pytest.fixture(scope="module")
def code(
    installed: dict[str, str], vsix: str, endpoint: Endpoint, folder: Path, wire: Path
) -> Iterator[Code]:
    settings = {"codestral.debounceMs": 0, "[javascript]": {"editor.tabSize": 2}}
    with teed_window(installed, vsix, folder, endpoint, wire, settings) as editor:
        yield editor


@pytest.fixture
def opened(code: Code, endpoint: Endpoint, folder: Path) -> Opened:
    """Open a file with a text, and say what the endpoint completes to; returns the file's name.

    The cursor is at the text's mark, a full block, or at its end.
    """

    def open_file(
        text: str, *, intends: str, name: str = "", delay_s: float = 0.0, status: int = 200
    ) -> str:
        endpoint.intends(intends, delay_s=delay_s, status=status)
        name = name or next(_NAMES)
        before, _, after = text.partition("█")
        (folder / name).write_bytes((before + after).encode())
        code.open(name)
        lines = before.split("\n")
        code.go(len(lines), len(lines[-1]) + 1)
        return name

    return open_file


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that the editor does by itself."""
    end = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < end
        threading.Event().wait(0.02)


def messages(wire: Path, method: str) -> list[dict[str, Any]]:
    """The parameters of all messages with this method, oldest first."""
    entries = [json.loads(line)["message"] for line in wire.read_text().splitlines()]
    return [entry for entry in entries if entry.get("method") == method]


def test_a_suggestion_is_shown_at_the_cursor_and_tab_inserts_it(code: Code, opened: Opened) -> None:
    name = opened(
        "def add(first, second):\n    █\n", intends="    return first + second", name="add.py"
    )
    code.type("ret")
    code.wait_ghost("urn first + second")
    code.screenshot("ghost")
    code.press("Tab")
    code.wait_no_ghost()
    assert code.saved(name) == b"def add(first, second):\n    return first + second\n"


def test_a_suggestion_of_several_lines_is_inserted_whole(code: Code, opened: Opened) -> None:
    loop = "    for row in rows:\n        result += row\n"
    whole = f"def total(rows):\n    result = 0\n{loop}    return result"
    name = opened("rows = [1, 2]\n\n█\n", intends=whole, name="total.py")
    code.type("def total(rows):")
    code.press("Enter")
    code.wait_ghost()
    code.screenshot("multiline")
    code.press("Tab")
    code.wait_no_ghost()
    assert code.saved(name) == f"rows = [1, 2]\n\n{whole}\n".encode()


def test_in_the_middle_of_a_line_what_stands_behind_stays(code: Code, opened: Opened) -> None:
    name = opened("first, second = 1, 2\nprint(█)  # both\n", intends="print(first, second")
    code.type("f")
    code.wait_ghost("irst, second")
    code.press("Tab")
    code.wait_no_ghost()
    assert code.saved(name) == b"first, second = 1, 2\nprint(first, second)  # both\n"


def test_a_new_file_is_indented_as_the_editor_is_set(code: Code, opened: Opened) -> None:
    body = "\n    return box.width;\n"
    name = opened("", intends=f"function area(box) {{{body}}}", name="new.js")
    code.type("function area(box) {")
    code.wait_ghost()
    code.press("Tab")
    code.wait_no_ghost()
    assert code.saved(name) == b"function area(box) {\n  return box.width;\n}"


def test_typing_along_a_suggestion_keeps_the_rest_and_asks_nobody(
    code: Code, opened: Opened, endpoint: Endpoint
) -> None:
    name = opened("def area(width, height):\n    █\n", intends="    return width * height")
    code.type("ret")
    code.wait_ghost("urn width * height")
    asked = len(endpoint.fake.requests)
    code.type("urn wi", delay_ms=20)
    code.wait_ghost("dth * height")
    assert len(endpoint.fake.requests) == asked
    code.press("Tab")
    code.wait_no_ghost()
    assert code.saved(name) == b"def area(width, height):\n    return width * height\n"


def test_typing_against_a_suggestion_takes_it_away(code: Code, opened: Opened) -> None:
    opened("def half(number):\n    █\n", intends="    return number / 2")
    code.type("ret")
    code.wait_ghost("urn number / 2")
    code.type("x")
    code.wait_no_ghost()


def test_an_open_popup_keeps_its_entry_and_the_suggestion_continues_it(
    code: Code, opened: Opened
) -> None:
    name = opened("calculated_total = 1\n█\n", intends="calculated_total + 1")
    code.type("calc")
    code.press("Control+Space")
    code.wait_popup()
    code.wait_ghost()
    code.screenshot("popup")
    code.press("Tab")
    code.wait_ghost(" + 1")
    code.press("Tab")
    code.wait_no_ghost()
    assert code.saved(name) == b"calculated_total = 1\ncalculated_total + 1\n"


def test_after_an_acceptance_the_next_line_gets_its_suggestion(
    code: Code, opened: Opened, endpoint: Endpoint
) -> None:
    name = opened("import sys\n█\n", intends="name = sys.argv[1]")
    code.type("na")
    code.wait_ghost("me = sys.argv[1]")
    code.press("Tab")
    code.wait_no_ghost()
    endpoint.intends("\nage = sys.argv[2]")
    code.press("Enter")
    code.type("a")
    code.wait_ghost("ge = sys.argv[2]")
    code.press("Tab")
    code.wait_no_ghost()
    assert code.saved(name) == b"import sys\nname = sys.argv[1]\nage = sys.argv[2]\n"


def test_an_answer_after_vs_codes_750_ms_is_shown_all_the_same(code: Code, opened: Opened) -> None:
    # Words that no other open file has, so that VS Code's popup has nothing to offer.
    name = opened("def late(jobs):\n    █\n", intends="    qjobs = list(jobs)", delay_s=1.2)
    code.type("qj")
    code.wait_status("loading")
    code.wait_ghost("obs = list(jobs)")
    code.press("Tab")
    code.wait_no_ghost()
    assert code.saved(name) == b"def late(jobs):\n    qjobs = list(jobs)\n"


def test_a_refused_key_is_told_once_and_shown_in_the_status_bar(
    code: Code, opened: Opened, endpoint: Endpoint
) -> None:
    opened("def refused(value):\n    █\n", intends="    zq = value", status=401)
    code.type("z")
    code.wait_message("refused the key")
    code.wait_status("refused")
    code.type("q")
    code.press("Alt+\\")
    code.screenshot("refused-key")
    endpoint.intends("    zq = value")
    code.type(" = ")
    code.press("Alt+\\")
    code.wait_ghost("value")
    code.wait_status("Ready")
    assert len([said for said in code.messages() if "refused the key" in said]) == 1
    code.press("Escape")
    code.command("Notifications: Clear All Notifications")


def test_a_server_that_was_killed_comes_back_and_suggests_again(
    code: Code, opened: Opened, wire: Path
) -> None:
    name = opened("def survive(value):\n    █\n", intends="    triple = value * 3")
    starts = len(messages(wire, "initialize"))
    for process in Path("/proc").glob("[0-9]*"):
        if str(wire).encode() in _command_line(process):
            os.kill(int(process.name), signal.SIGKILL)
    until(lambda: len(messages(wire, "initialized")) > starts)
    code.wait_status("Ready to ask")
    code.type("tri")
    code.wait_ghost("ple = value * 3")
    code.press("Tab")
    code.wait_no_ghost()
    assert code.saved(name) == b"def survive(value):\n    triple = value * 3\n"


def _command_line(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


def test_switched_off_suggestions_are_explained_and_come_when_asked_for(
    code: Code, opened: Opened, wire: Path
) -> None:
    opened("def quiet(value):\n    █\n", intends="    return value ** 2", name="quiet.py")
    code.command("Codestral: Switch Automatic Suggestions On or Off")
    code.wait_status("off")
    asked = len(messages(wire, "textDocument/inlineCompletion"))
    code.type("return v")
    until(lambda: len(messages(wire, "textDocument/inlineCompletion")) > asked)
    code.command("Codestral: Why Is There No Suggestion?")
    rows = code.rows("Why is there no suggestion?")
    assert "turned off" in rows[0]
    assert any("Open Settings" in row for row in rows)
    code.screenshot("explain")
    code.press("Escape", "Alt+\\")
    code.wait_ghost("alue ** 2")
    code.command("Codestral: Why Is There No Suggestion?")
    rows = code.rows("Why is there no suggestion?")
    assert "There was a suggestion for this place" in rows[0]
    assert any("What the model saw" in row for row in rows)
    code.press("Escape")
    code.command("Codestral: Switch Automatic Suggestions On or Off")
    code.wait_status("Ready")


def test_an_explicit_request_that_gives_nothing_says_why_at_the_lower_edge(
    code: Code, opened: Opened
) -> None:
    opened("def blank(value):\n    █\n", intends="nothing like it")
    code.press("Alt+\\")
    said = '.statusbar-item:has-text("mistral had nothing certain enough to add here")'
    code.wait_for(said)
    code.screenshot("nothing")
    code.press("ArrowLeft")
    code.wait_gone(said)


def test_the_first_failure_shows_the_plug_and_the_next_answer_takes_it_away(
    code: Code, opened: Opened, endpoint: Endpoint
) -> None:
    opened("def broken(value):\n    █\n", intends="    wq = value", status=500)
    code.type("w")
    code.wait_status("debug-disconnect")
    # With hard blanks its lines would end within words. The pause may be over by now.
    assert re.search("Asks again (in|at the next key)", code.hover_status())
    code.screenshot("plug")
    endpoint.intends("    wq = value")
    code.type("q")
    code.press("Alt+\\")
    code.wait_ghost(" = value")
    code.wait_status("Ready")
    code.press("Escape")


def test_with_several_cursors_nothing_is_suggested(code: Code, opened: Opened, wire: Path) -> None:
    name = opened("first = 1\nsecond = 1\n█", intends="one = uno()", name="several.py")
    code.go(1, 1)
    code.command("Add Cursor Below")
    code.wait_for('.statusbar-item:has-text("2 selections")')
    asked = len(messages(wire, "textDocument/inlineCompletion"))
    code.type("on")
    code.press("Alt+\\")
    assert code.saved(name) == b"onfirst = 1\nonsecond = 1\n"
    since = messages(wire, "textDocument/inlineCompletion")[asked:]
    assert [each["params"]["position"] for each in since] == []
    assert code.ghost() == ""
    code.press("Escape")


def test_doctor_says_its_end_and_stays(code: Code) -> None:
    code.command("Codestral: Run Doctor")
    code.wait_for('.xterm-rows:has-text("Press any key to close this terminal")')
    code.screenshot("doctor")
    code.press("Enter")
    code.wait_gone(".xterm-rows")


def test_the_walkthrough_has_its_pictures_and_no_stray_markup(code: Code) -> None:
    code.resize(1100, 700)
    code.choose_in("Welcome: Open Walkthrough", "Codestral in a minute")
    code.wait_for('.step-title:has-text("Type, and press Tab")')
    code.wait_for(".getting-started-media img")
    until(lambda: any(code.picture_widths("Grey text after the cursor")))
    code.screenshot("walkthrough")
    text = code.text_of(".getting-started-step.expanded")
    assert "**" not in text
    assert "\\" not in text
    code.resize(960, 420)


def test_the_extensions_page_has_no_broken_picture(code: Code) -> None:
    code.resize(1100, 700)
    code.command("Extensions: Show Installed Extensions")
    code.click('.extension-list-item:has-text("Codestral")')
    code.wait_for(".extension-editor")
    until(lambda: "The first minute" in code.text_within("h2"))
    code.screenshot("page")
    widths = code.picture_widths("")
    code.open("first.py")
    code.press("Control+B")
    code.resize(960, 420)
    assert all(widths)


def test_snoozed_suggestions_stay_away(code: Code, opened: Opened) -> None:
    opened("def nap(value):\n    █\n", intends="    return value // 2")
    code.command("Codestral: Snooze")
    code.rows("No automatic")
    code.press("Enter")
    code.wait_status("Snoozed")
    code.type("ret")
    code.press("Alt+\\")
    code.wait_ghost("urn value // 2")
    code.press("Escape")
    code.command("Codestral: Snooze")
    code.rows("No automatic")
    code.press("Enter")
    code.wait_status("Ready")


def test_the_status_names_who_answers_and_counts(code: Code) -> None:
    code.open("total.py")
    code.wait_status("Ready")
    said = code.hover_status()
    assert "127.0.0.1" in said
    assert "codestral-latest" in said
    assert "accepted" in said
    code.screenshot("status")
    code.press("Escape")
    code.command("Codestral: Show Status")
    code.wait_for('.tab.active[aria-label^="Codestral status"]')
    code.screenshot("status-page")


def test_a_repositorys_settings_send_nothing_elsewhere(
    code: Code, trap: Endpoint, folder: Path, endpoint: Endpoint
) -> None:
    assert not trap.fake.requests
    assert not trap.fake.others
    assert not (folder / "planted").exists()
    asked = endpoint.fake.requests[0]
    assert asked.body["model"] == "codestral-latest"
    assert "x-planted" not in asked.request.headers


def test_the_server_is_told_only_what_was_set(code: Code, wire: Path) -> None:
    asked = messages(wire, "workspace/configuration")[0]
    entries = [json.loads(line)["message"] for line in wire.read_text().splitlines()]
    answers = [e["result"] for e in entries if e.get("id") == asked["id"] and "result" in e]
    assert [{"maxTokens": 99}] in answers


def test_the_captured_initialize_is_what_this_vs_code_sends(code: Code, wire: Path) -> None:
    """Written anew by ``CODESTRAL_LS_RECORD=1``; process and paths are neutralised."""
    params = messages(wire, "initialize")[0]["params"]
    params["processId"] = None
    params["rootPath"], params["rootUri"] = "/work", "file:///work"
    params["workspaceFolders"] = [{"uri": "file:///work", "name": "work"}]
    captured = CLIENTS / "vscode-1.139.json"
    if os.environ.get("CODESTRAL_LS_RECORD"):
        captured.write_text(json.dumps(params, indent=2) + "\n")
    assert json.loads(captured.read_text()) == params


@pytest.fixture(scope="module")
def newcomer(
    installed: dict[str, str],
    vsix: str,
    endpoint: Endpoint,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Code]:
    """An editor of somebody who has nothing but a Python, in a folder not yet trusted."""
    folder = tmp_path_factory.mktemp("downloads") / "ledger"
    shutil.copytree(ROOT / "fixtures" / "workspace" / "ledger", folder)
    programs = tmp_path_factory.mktemp("programs")
    (programs / "python3").symlink_to(Path(sys.executable).resolve())
    path = [
        entry
        for entry in os.environ["PATH"].split(os.pathsep)
        if not (Path(entry) / "codestral-ls").exists()
    ]
    editor = Code(installed)
    try:
        editor.start(
            vsix=vsix,
            folder=str(folder),
            trusts=False,
            machine={"codestral.endpoint": endpoint.url, "codestral.provider": "mistral"},
            env={
                "PATH": os.pathsep.join([str(programs), *path]),
                "MISTRAL_API_KEY": "a-key-from-outside",
            },
        )
        editor.load("today.py")
        yield editor
    finally:
        editor.close()


def test_without_server_account_or_trust_the_embedded_provider_suggests(
    newcomer: Code, endpoint: Endpoint
) -> None:
    asked = len(endpoint.fake.requests)
    newcomer.wait_status("embedded")
    newcomer.go(7, 17)
    newcomer.press("Alt+\\")
    newcomer.wait_ghost("dger(path, mode='strict') as ledger:")
    newcomer.screenshot("embedded")
    assert len(endpoint.fake.requests) == asked


def test_a_trusted_folder_and_a_key_bring_codestral(newcomer: Code, endpoint: Endpoint) -> None:
    newcomer.command("Workspaces: Manage Workspace Trust")
    newcomer.wait_for(".workspace-trust-editor")
    newcomer.press("Control+Enter")
    newcomer.wait_status("Ready to ask")
    newcomer.press("Escape")
    newcomer.command("Codestral: Set API Key")
    assert "127.0.0.1" in newcomer.rows("Which host is the key for?")[0]
    newcomer.press("Enter")
    box = '.quick-input-title:has-text("API key for")'
    newcomer.wait_for(box)
    newcomer.type("not-the-key")
    newcomer.press("Enter")
    newcomer.wait_for('.quick-input-message:has-text("refused the key")')
    newcomer.screenshot("key-refused")
    newcomer.press("Control+A")
    newcomer.answer("API key for", KEY)
    endpoint.intends("def added():\n    pass")
    newcomer.open("today.py")
    newcomer.ready("def ")
    assert endpoint.fake.requests[-1].request.headers["authorization"] == f"Bearer {KEY}"


def test_a_notebook_s_cell_is_completed_with_the_other_cells_in_sight(
    code: Code, endpoint: Endpoint, folder: Path
) -> None:
    texts = ["import shop", "", "shop.show(total)"]
    cells: list[dict[str, object]] = [
        {
            "cell_type": "code",
            "source": [text],
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "id": f"cell{number}",
        }
        for number, text in enumerate(texts)
    ]
    language = {"language_info": {"name": "python"}}
    notebook = {"cells": cells, "metadata": language, "nbformat": 4, "nbformat_minor": 5}
    (folder / "orders.ipynb").write_text(json.dumps(notebook))
    endpoint.intends("")  # and answers at once again, whatever it did before
    endpoint.fake.answer = lambda prompt, suffix: "shop.total_of(orders)"
    asked = len(endpoint.fake.requests)
    code.open_notebook("orders.ipynb", 1)
    # VS Code asks nothing for what is typed while it attaches to a cell.
    code.ready("total = ")
    code.press("Backspace")
    code.type(" ")
    assert code.wait_ghost() == "shop.total_of(orders)"
    code.screenshot("notebook")
    bodies = [each.request.body for each in endpoint.fake.requests[asked:]]
    asked_there = [body for body in bodies if body["prompt"] == "import shop\n\ntotal = "]
    assert {body["suffix"] for body in asked_there} == {"\n\nshop.show(total)"}
    code.press("Tab")
    code.wait_no_ghost()
