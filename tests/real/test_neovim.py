"""A real Neovim with our plugin and the real server: what its user types, sees and gets.

One editor process for all; each test has a file and a text of its own, so that no answer of one
is remembered in another.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("pynvim", reason="NOT PROVED: Neovim; pynvim is not installed")

from tests.real.endpoint import Endpoint
from tests.real.latency import last_key_to_ghost
from tests.real.launch import REPOSITORY, SERVER, Unavailable, shim
from tests.real.neovim import PLUGIN, Neovim, executable, init_lua
from tests.real.record_client import initialize_params

pytestmark = pytest.mark.real

CLIENTS = REPOSITORY / "fixtures" / "clients"
# The user's own mapping of Tab, which our key must leave alone where nothing is suggested.
USERS_TAB = "vim.keymap.set('i', '<Tab>', function() return '(tab)' end, { expr = true })\n"

Open = Callable[..., Path]


@pytest.fixture(scope="module")
def program() -> str:
    try:
        return executable()
    except Unavailable as error:
        pytest.skip(f"NOT PROVED: Neovim 0.12 could not be fetched ({error})")


@pytest.fixture(scope="module")
def editor(
    program: str, endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Neovim]:
    home = tmp_path_factory.mktemp("home")
    neovim = Neovim(program, home, USERS_TAB + init_lua(), endpoint.environment)
    yield neovim
    neovim.close()


@pytest.fixture
def opened(editor: Neovim, endpoint: Endpoint, tmp_path: Path) -> Open:
    """Open a file with a text, the cursor at its end, and say what the endpoint completes to."""

    def open_file(
        text: str, *, intends: str = "", name: str = "main.py", delay_s: float = 0.0
    ) -> Path:
        endpoint.intends(intends, delay_s=delay_s)
        path = tmp_path / name
        path.write_bytes(text.encode())
        editor.leave()
        editor.edit(path)
        editor.nvim.command("normal! G$")
        editor.keys("a")
        editor.wait(lambda: editor.mode() == "i")
        return path

    return open_file


@contextlib.contextmanager
def public_functions_alone(editor: Neovim) -> Iterator[None]:
    """As in a later Neovim whose inside differs."""
    editor.lua("c = require('vim.lsp._capability'); c.kept, c.all = c.all, nil")
    try:
        yield
    finally:
        editor.lua("c.all = c.kept")


def test_a_suggestion_is_shown_at_the_cursor_and_tab_inserts_it(
    editor: Neovim, opened: Open
) -> None:
    opened("", intends="total = price * amount")
    editor.type("total = ")
    ghost = editor.shown("price * amount")
    assert (ghost.row, ghost.col) == (0, len("total = "))
    editor.keys("<Tab>")
    editor.has_text("total = price * amount")
    assert editor.cursor == (0, len("total = price * amount"))
    editor.gone()


def test_a_suggestion_of_several_lines_is_inserted_whole_and_saved_byte_for_byte(
    editor: Neovim, opened: Open
) -> None:
    path = opened("import math\n\n", intends="def area(r):\n    return math.pi * r**2")
    editor.type("def area(")
    editor.shown("r):\n    return math.pi * r**2")
    editor.keys("<Tab>")
    editor.has_text("import math\ndef area(r):\n    return math.pi * r**2")
    assert editor.cursor == (2, len("    return math.pi * r**2"))
    editor.command("silent write")
    assert path.read_bytes() == b"import math\ndef area(r):\n    return math.pi * r**2\n"


def test_in_the_middle_of_a_line_what_follows_moves_to_the_right(
    editor: Neovim, opened: Open
) -> None:
    opened("value = (, 7)  # the sum", intends="value = (first + second")
    editor.leave()
    editor.nvim.current.window.cursor = (1, len("value = ("))
    editor.keys("i")
    editor.type("f")
    ghost = editor.shown("irst + second")
    assert ghost.col == len("value = (f")
    editor.keys("<Tab>")
    editor.has_text("value = (first + second, 7)  # the sum")


def test_a_word_is_accepted_and_the_rest_stays_on_the_screen(editor: Neovim, opened: Open) -> None:
    opened("", intends="names = sorted(found, key=len)")
    editor.type("names = ")
    editor.shown("sorted(found, key=len)")
    for accepted in ("sorted", "(", "found", ",", " key"):
        before = editor.text
        editor.keys("<M-Right>")
        editor.has_text(before + accepted)
        editor.shown("names = sorted(found, key=len)".removeprefix(editor.text))
    editor.keys("<Tab>")
    editor.has_text("names = sorted(found, key=len)")


def test_a_line_is_accepted_and_the_next_lines_stay_below_it(editor: Neovim, opened: Open) -> None:
    opened("", intends="if ready:\n    start()\n    wait()")
    editor.type("if ")
    editor.shown("ready:\n    start()\n    wait()")
    editor.keys("<M-C-Right>")
    editor.has_text("if ready:")
    ghost = editor.shown("\n    start()\n    wait()")
    assert (ghost.row, ghost.col) == (0, len("if ready:"))
    editor.keys("<M-C-Right>")
    editor.has_text("if ready:\n    start()")
    ghost = editor.shown("\n    wait()")
    assert (ghost.row, ghost.col) == (1, len("    start()"))
    editor.keys("<M-C-Right>")
    editor.has_text("if ready:\n    start()\n    wait()")


def test_accepting_right_after_typing_along_doubles_nothing(editor: Neovim, opened: Open) -> None:
    opened("", intends="result = compute(left, right)")
    editor.type("result = ")
    editor.shown("compute(left, right)")
    # All in one go: no answer can come between the typed letters and Tab.
    editor.keys("com<Tab>")
    editor.has_text("result = compute(left, right)")


def test_typing_along_keeps_the_rest_in_its_place(editor: Neovim, opened: Open) -> None:
    opened("", intends="answer = question.answered()")
    editor.type("answer = ")
    editor.shown("question.answered()")
    editor.keys("que")
    ghost = editor.wait(lambda: g if (g := editor.ghost) and g.text.startswith("stion") else None)
    assert ghost is not None
    assert (ghost.col, ghost.text) == (len("answer = que"), "stion.answered()")


def test_typing_along_across_a_line_end_keeps_the_rest(editor: Neovim, opened: Open) -> None:
    opened("", intends="try:\n    connect()", name="main.txt")
    editor.type("try")
    editor.shown(":\n    connect()")
    editor.keys(":<CR>    con<Tab>")
    editor.has_text("try:\n    connect()")


def test_typing_against_a_suggestion_takes_it_away_at_once(editor: Neovim, opened: Open) -> None:
    opened("", intends="colour = palette.primary")
    editor.type("colour = ")
    editor.shown("palette.primary")
    editor.keys("x")
    editor.has_text("colour = x")
    assert editor.ghost is None


def test_a_key_without_a_suggestion_does_what_the_user_mapped_it_to(
    editor: Neovim, opened: Open
) -> None:
    opened("", intends="size = window.height")
    editor.type("size = ")
    editor.shown("window.height")
    # Typed against: Tab comes before any new answer, and there is nothing to accept.
    editor.keys("9<Tab>")
    editor.has_text("size = 9(tab)")
    editor.keys("<C-]>.")
    editor.has_text("size = 9(tab).")


def test_moving_the_cursor_away_takes_the_suggestion_away(editor: Neovim, opened: Open) -> None:
    opened("", intends="depth = levels.count()")
    editor.type("depth = ")
    editor.shown("levels.count()")
    editor.keys("<Left><Left><Tab>")
    editor.has_text("depth (tab)= ")


def test_escape_takes_the_suggestion_away(editor: Neovim, opened: Open) -> None:
    opened("", intends="width = columns.total()")
    editor.type("width = ")
    editor.shown("columns.total()")
    editor.keys("<Esc>")
    editor.gone()
    assert editor.text == "width = "


def test_leaving_insert_mode_before_the_answer_shows_nothing(
    editor: Neovim, opened: Open, endpoint: Endpoint
) -> None:
    opened("", intends="speed = distance / time", delay_s=0.3)
    asked = len(endpoint.fake.requests)
    editor.type("speed = ")
    editor.wait(lambda: len(endpoint.fake.requests) > asked)
    editor.keys("<Esc>")
    editor.wait(lambda: endpoint.fake.requests[-1].over)
    editor.keys("A")
    # The answer that came meanwhile is remembered for when the user is back.
    editor.shown("distance / time")
    assert len(endpoint.fake.requests) == asked + 1


def test_an_empty_answer_clears_the_suggestion(
    editor: Neovim, opened: Open, endpoint: Endpoint
) -> None:
    """Neovim alone leaves a contradicted suggestion on the screen until the server answers."""
    opened("", intends="height = rows.total()")
    with public_functions_alone(editor):
        editor.type("height = ")
        editor.shown("rows.total()")
        endpoint.intends("")
        editor.keys("q")
        editor.has_text("height = q")
        assert editor.ghost is not None
        editor.gone()


def test_dismiss_takes_the_suggestion_away_until_the_next_key(editor: Neovim, opened: Open) -> None:
    opened("", intends="limit = budget.rest()")
    editor.type("limit = ")
    editor.shown("budget.rest()")
    editor.keys("<C-]>")
    editor.gone()
    editor.type("b")
    editor.shown("udget.rest()")


def test_the_next_key_asks_for_another_suggestion(
    editor: Neovim, opened: Open, endpoint: Endpoint
) -> None:
    opened("", intends="order = sorted(items)")
    editor.type("order = ")
    editor.shown("sorted(items)")
    endpoint.intends("order = list(reversed(items))")
    editor.keys("<M-]>")
    editor.wait(lambda: (g := editor.ghost) and g.text.startswith("list(reversed(items))"))
    editor.keys("<Tab>")
    editor.has_text("order = list(reversed(items))")


def test_a_dos_file_stays_one(editor: Neovim, opened: Open) -> None:
    path = opened("import os\r\n\r\n", intends="def home():\n    return os.environ")
    assert editor.lua("return vim.bo.fileformat") == "dos"
    editor.type("def home(")
    editor.shown("):\n    return os.environ")
    editor.keys("<Tab>")
    editor.has_text("import os\ndef home():\n    return os.environ")
    editor.command("silent write")
    assert path.read_bytes() == b"import os\r\ndef home():\r\n    return os.environ\r\n"


def test_text_beyond_ascii_before_and_in_a_suggestion_keeps_its_place(
    editor: Neovim, opened: Open
) -> None:
    opened("", intends="s = '😀é' + 'größer 🙂'")
    editor.type("s = '😀é' + ")
    editor.shown("'größer 🙂'")
    editor.keys("<M-Right><M-Right>")
    editor.has_text("s = '😀é' + 'größer")
    editor.keys("<Tab>")
    editor.has_text("s = '😀é' + 'größer 🙂'")


def test_each_of_two_buffers_has_its_own_suggestions(editor: Neovim, opened: Open) -> None:
    opened("", intends="first = alpha.one()", name="one.py")
    editor.type("first = ")
    editor.shown("alpha.one()")
    opened("", intends="second = beta.two()", name="two.py")
    assert editor.ghost is None
    editor.type("second = ")
    editor.shown("beta.two()")
    editor.keys("<Tab>")
    editor.has_text("second = beta.two()")
    assert editor.lua("return #vim.lsp.get_clients({ name = 'codestral' })") == 1


def test_accepting_tells_the_server(editor: Neovim, opened: Open) -> None:
    opened("", intends="left = right.mirror()")

    def accepted() -> int:
        return int(
            editor.lua("""
              local client = vim.lsp.get_clients({ name = 'codestral' })[1]
              local params = { command = 'codestral-ls.status' }
              local answer = client:request_sync('workspace/executeCommand', params, 10000)
              return answer.result.counters.accepted
            """)
        )

    before = accepted()
    editor.type("left = ")
    editor.shown("right.mirror()")
    editor.keys("<Tab>")
    editor.wait(lambda: accepted() == before + 1)


def test_without_neovims_record_suggestions_are_still_accepted_rightly(
    editor: Neovim, opened: Open
) -> None:
    opened("", intends="plain = public.functions()")
    with public_functions_alone(editor):
        editor.type("plain = ")
        editor.shown("public.functions()")
        editor.keys("pub<Tab>")
        editor.has_text("plain = public.functions()")


def test_status_explain_and_toggle_say_what_the_server_does(
    editor: Neovim, opened: Open, endpoint: Endpoint
) -> None:
    path = opened("", intends="known = told.why()")
    editor.type("known = ")
    editor.shown("told.why()")
    editor.leave()
    editor.command("Codestral status")
    editor.wait(lambda: "provider mistral at 127.0.0.1, model codestral-latest" in editor.text)
    editor.leave()
    editor.edit(path)
    editor.command("Codestral explain")
    editor.wait(lambda: "line 1: suggestion." in editor.text)
    editor.leave()
    editor.edit(path)

    asked = len(endpoint.fake.requests)
    editor.command("Codestral toggle")
    editor.wait(lambda: editor.lua("return require('codestral').statusline()") == "codestral: off")
    editor.keys("o")
    editor.type("known = ")
    editor.keys("<M-\\>")
    # Asked for explicitly, it comes all the same, and nothing came before.
    editor.shown("told.why()")
    assert len(endpoint.fake.requests) == asked + 1
    editor.leave()
    editor.command("Codestral toggle")
    editor.wait(lambda: editor.lua("return require('codestral').statusline()") == "codestral")


def test_doctor_runs_in_a_terminal_and_log_opens_the_log(editor: Neovim, opened: Open) -> None:
    opened("")
    editor.leave()
    editor.command("Codestral doctor")
    assert editor.lua("return vim.bo.buftype") == "terminal"
    command = editor.lua("return vim.api.nvim_get_chan_info(vim.bo.channel).argv")
    assert command == [*SERVER, "doctor"]
    editor.leave()
    editor.command("Codestral log")
    name = editor.lua("return vim.fn.bufname()")
    assert name.endswith("codestral-ls.log") or "no log yet" in editor.messages()


def test_a_wrong_subcommand_names_the_right_ones(editor: Neovim) -> None:
    editor.leave()
    told = editor.command("Codestral stauts")
    assert "one of doctor, explain, log, status, toggle" in told
    assert editor.nvim.call("getcompletion", "Codestral t", "cmdline") == ["toggle"]


def test_the_statusline_names_a_refused_key(
    editor: Neovim, opened: Open, endpoint: Endpoint
) -> None:
    opened("", intends="who = am.i()")
    endpoint.fake.key, right = "another-key", endpoint.fake.key
    try:
        editor.type("who = ")
        editor.wait(
            lambda: (
                editor.lua("return require('codestral').statusline()") == "codestral: key refused"
            )
        )
    finally:
        endpoint.fake.key = right
    editor.keys("<BS><BS>= ")
    editor.type("a")
    editor.shown("m.i()")
    editor.wait(lambda: editor.lua("return require('codestral').statusline()") == "codestral")


def test_checkhealth_finds_everything_in_order(editor: Neovim, opened: Open) -> None:
    opened("")
    editor.leave()
    editor.command("checkhealth codestral")
    report = editor.text
    assert "OK Neovim 0.1" in report
    assert "OK setup() was called" in report
    assert "OK codestral-ls " in report
    assert "ready; provider mistral at 127.0.0.1, model codestral-latest" in report
    assert "WARNING" not in report
    assert "ERROR" not in report


def test_suggestions_have_a_highlight_group_that_the_user_can_set(
    editor: Neovim, opened: Open
) -> None:
    opened("")
    ghost_group = "return vim.api.nvim_get_hl(0, { name = 'ComplHint', link = true }).link"
    assert editor.lua(ghost_group) == "CodestralSuggestion"
    editor.command("highlight CodestralSuggestion guifg=#123456")
    editor.command("colorscheme habamax")
    assert editor.lua(ghost_group) == "CodestralSuggestion"


def test_an_older_neovim_is_told_what_is_needed(editor: Neovim) -> None:
    editor.lua("kept = vim.lsp.inline_completion; vim.lsp.inline_completion = false")
    try:
        editor.lua("require('codestral').setup()")
    finally:
        editor.lua("vim.lsp.inline_completion = kept")
    assert "codestral: needs Neovim 0.12 or newer" in editor.messages()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("{ model = 'x' }", "unknown option model: it belongs into settings = { model = ... }"),
        ("{ settings = { maxTokens = 1 } }", "settings are spelled like max_tokens, not maxTokens"),
        ("{ settings = { api_key = 'x' } }", "set MISTRAL_API_KEY, or settings.api_key_command"),
    ],
)
def test_a_wrong_option_is_named_with_the_remedy(
    editor: Neovim, options: str, message: str
) -> None:
    editor.lua(f"require('codestral').setup({options})")
    assert message in editor.messages()


def test_a_missing_server_is_one_clear_message(program: str, tmp_path: Path) -> None:
    init = f"vim.opt.runtimepath:append('{PLUGIN}')\nrequire('codestral').setup()"
    neovim = Neovim(program, tmp_path, init, {"PATH": "/nonexistent"})
    try:
        assert neovim.messages().count("codestral") >= 1
        assert "codestral-ls is not on the PATH" in neovim.messages()
        path = tmp_path / "main.py"
        path.write_text("")
        neovim.nvim.command(f"edit {path}")
        assert neovim.messages().count("is not on the PATH") == 1
        neovim.command("checkhealth codestral")
        assert "ERROR codestral-ls is not on the PATH" in neovim.text
    finally:
        neovim.close()


def test_settings_in_init_lua_count_as_the_users_own(
    program: str, endpoint: Endpoint, tmp_path: Path
) -> None:
    """An endpoint there is trusted with code and key; from a client's settings it is not."""
    endpoint.intends("mine = chosen.by_me()")
    settings = f"settings = {{ endpoint = '{endpoint.url}', exclude = {{ '*.log', '*.txt' }} }}"
    environment = {"MISTRAL_API_KEY": endpoint.fake.key}
    neovim = Neovim(program, tmp_path, init_lua(settings), environment)
    try:
        (tmp_path / "main.py").write_text("")
        neovim.edit(tmp_path / "main.py")
        neovim.keys("i")
        neovim.type("mine = ")
        neovim.shown("chosen.by_me()")
        neovim.leave()
        asked = len(endpoint.fake.requests)
        (tmp_path / "notes.txt").write_text("")
        neovim.edit(tmp_path / "notes.txt")
        answers = neovim.answers
        neovim.keys("i")
        neovim.type("mine = ")
        neovim.wait(lambda: neovim.answers > answers)
        neovim.leave()
        neovim.command("Codestral explain")
        neovim.wait(lambda: "excluded by the settings" in neovim.text)
        assert len(endpoint.fake.requests) == asked
    finally:
        neovim.close()


@pytest.mark.parametrize("way", [0, 1], ids=["plain", "vim.pack"])
def test_the_readme_leads_to_a_first_suggestion(
    program: str, endpoint: Endpoint, tmp_path: Path, way: int
) -> None:
    """Its lines as a newcomer would copy them, with the project cloned to the home directory."""
    clone = tmp_path / "codestral-ls"
    shutil.copytree(PLUGIN, clone / "editors" / "neovim")
    for command in ("init -q", "add .", "-c user.name=a -c user.email=a@b commit -qm all"):
        subprocess.run(["git", *command.split()], cwd=clone, check=True)
    blocks = re.findall(r"^ *```lua\n(.*?)^ *```", (PLUGIN / "README.md").read_text(), re.M | re.S)
    # Neovim would ask a person whether the clone is wanted; there is nobody to say yes.
    init = "vim.fn.confirm = function() return 1 end\n" + blocks[way]
    environment = endpoint.environment | shim(tmp_path / "bin", SERVER)
    neovim = Neovim(program, tmp_path, init, environment)
    try:
        file = tmp_path / "main.py"
        file.write_text("")
        endpoint.intends("first = suggestion.shown()")
        neovim.edit(file)
        neovim.keys("i")
        neovim.type("first = ")
        neovim.shown("suggestion.shown()")
        neovim.keys("<Tab>")
        neovim.has_text("first = suggestion.shown()")
        neovim.command("helptags ALL")
        assert "codestral-key" in neovim.nvim.call("getcompletion", "codestral-", "help")
    finally:
        neovim.close()


def test_the_recorded_client_is_still_what_neovim_sends() -> None:
    recorded = json.loads((CLIENTS / "neovim-0.12.json").read_text())
    sent = initialize_params("neovim")
    for params in (recorded, sent):
        params["clientInfo"].pop("version")
        params.pop("processId")
    assert sent["initializationOptions"] == recorded["initializationOptions"]
    inline = "inlineCompletion"
    assert (
        sent["capabilities"]["textDocument"][inline]
        == recorded["capabilities"]["textDocument"][inline]
    )
    assert sent["capabilities"]["general"] == recorded["capabilities"]["general"]


def test_from_the_last_key_to_the_suggestion(
    editor: Neovim, endpoint: Endpoint, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Measured and printed; how busy the machine is decides, so there is no bound."""
    figures = last_key_to_ghost(editor, tmp_path, endpoint, times=2)
    with capsys.disabled():
        print("\nNeovim, last key to suggestion, backend of 150 ms:", *figures, sep="\n  ")
