"""A real Neovim with our plugin: set-up, commands, statusline, health, documentation."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

pytest.importorskip("pynvim", reason="NOT PROVED: Neovim; pynvim is not installed")

from tests.fakes.endpoint import Endpoint
from tests.real.launch import REPOSITORY, SERVER, shim
from tests.real.neovim import PLUGIN, Neovim, init_lua
from tests.real.record_client import initialize_params

pytestmark = pytest.mark.real

CLIENTS = REPOSITORY / "fixtures" / "clients"
Open = Callable[..., Path]


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
    at_end = "return vim.fn.search('All checks passed', 'w') > 0 and vim.fn.line('w$')"
    follows = "return vim.fn.line('.') == vim.fn.line('$')"
    assert editor.lua(follows), "its last lines are not in sight"
    assert editor.wait(lambda: editor.lua(at_end))
    editor.leave()
    editor.command("Codestral login")
    command = editor.lua("return vim.api.nvim_get_chan_info(vim.bo.channel).argv")
    assert command == [*SERVER, "login"]
    editor.leave()
    editor.command("Codestral log")
    name = editor.lua("return vim.fn.bufname()")
    assert name.endswith("codestral-ls.log") or "no log yet" in editor.messages()


def test_a_wrong_subcommand_names_the_right_ones(editor: Neovim) -> None:
    editor.leave()
    told = editor.command("Codestral stauts")
    assert "one of doctor, explain, log, login, status, toggle" in told
    assert editor.nvim.call("getcompletion", "Codestral t", "cmdline") == ["toggle"]


def test_the_statusline_names_a_refused_key_until_an_explicit_request_succeeds(
    editor: Neovim, opened: Open, endpoint: Endpoint
) -> None:
    statusline = "return require('codestral').statusline()"
    opened("", intends="who = am.i()")
    endpoint.fake.key, right = "another-key", endpoint.fake.key
    try:
        editor.type("who = ")
        editor.wait(lambda: editor.lua(statusline) == "codestral: key refused")
    finally:
        endpoint.fake.key = right
    editor.keys("<M-\\>")
    editor.shown("am.i()")
    editor.wait(lambda: editor.lua(statusline) == "codestral")


def test_checkhealth_finds_everything_in_order(editor: Neovim, opened: Open) -> None:
    opened("")
    editor.leave()
    editor.command("checkhealth codestral")
    report = editor.text
    assert "OK Neovim 0.1" in report
    assert "OK setup() was called" in report
    assert "OK codestral-ls " in report
    assert ": ready; " in report
    assert "provider mistral at 127.0.0.1, model codestral-latest" in report
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


def test_the_next_attempt_is_told_in_seconds_whatever_the_time_zone(editor: Neovim) -> None:
    sentence = "return require('codestral.status').sentence({ message = 'Gone.', state = (...)"
    later = datetime.now(UTC) + timedelta(seconds=3000)
    said = editor.lua(f"{sentence}, ['until'] = select(2, ...) }})", "offline", later.isoformat())
    assert re.fullmatch(r"Gone\. Asks again in (299\d|3000) s\.", said)
    said = editor.lua(f"{sentence}, ['until'] = vim.NIL }})", "limited")
    assert said == "Gone. Asks again at the next key."
    assert editor.lua(f"{sentence} }})", "ready") == "Gone."


_CONTRAST = """
local group = vim.api.nvim_get_hl(0, { name = 'CodestralSuggestion', link = false })
local normal = vim.api.nvim_get_hl(0, { name = 'Normal', link = false })
local function luminance(colour)
  local function part(shift)
    local value = bit.band(bit.rshift(colour, shift), 255) / 255
    return value <= 0.03928 and value / 12.92 or ((value + 0.055) / 1.055) ^ 2.4
  end
  return 0.2126 * part(16) + 0.7152 * part(8) + 0.0722 * part(0)
end
local a, b = luminance(group.fg), luminance(normal.bg)
return (math.max(a, b) + 0.05) / (math.min(a, b) + 0.05)
"""


@pytest.mark.parametrize("background", ["dark", "light"])
def test_a_suggestion_is_readable_on_neovims_own_background(
    program: str, tmp_path: Path, background: str
) -> None:
    neovim = Neovim(program, tmp_path, init_lua())
    try:
        neovim.command(f"set background={background}")
        # WCAG 2.1, level AA, for text.
        assert neovim.lua(_CONTRAST) >= 4.5
        # Without 24-bit colours Neovim's comments look like code; of the 256 these are readable.
        shown = neovim.lua("return vim.api.nvim_get_hl(0, { name = 'ComplHint', link = false })")
        assert shown["ctermfg"] == {"dark": 247, "light": 240}[background]
        neovim.command("highlight CodestralSuggestion guifg=#123456")
        shown = neovim.lua("return vim.api.nvim_get_hl(0, { name = 'ComplHint', link = false })")
        assert shown["fg"] == 0x123456
    finally:
        neovim.close()


def test_a_colour_schemes_own_hint_stays(program: str, tmp_path: Path) -> None:
    colours = tmp_path / ".config" / "nvim" / "colors"
    colours.mkdir(parents=True)
    (colours / "mine.vim").write_text("hi clear\nhi ComplHint guifg=#abcdef\n")
    neovim = Neovim(program, tmp_path, init_lua())
    try:
        neovim.command("colorscheme mine")
        shown = neovim.lua("return vim.api.nvim_get_hl(0, { name = 'ComplHint', link = false })")
        assert shown["fg"] == 0xABCDEF
        (colours / "other.vim").write_text("hi clear\nhi Comment guifg=#fedcba ctermfg=3\n")
        neovim.command("colorscheme other")
        shown = neovim.lua("return vim.api.nvim_get_hl(0, { name = 'ComplHint', link = false })")
        assert (shown["fg"], shown["ctermfg"]) == (0xFEDCBA, 3)
    finally:
        neovim.close()


def test_the_windows_open_each_other_and_q_closes_them(editor: Neovim, opened: Open) -> None:
    opened("", intends="nothing like it")
    answers = editor.answers
    editor.type("seen = ")
    editor.keys("<M-\\>")
    editor.wait(lambda: editor.answers > answers)
    editor.leave()
    # In one call, since a page that is replaced is gone.
    text = "return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\\n')"
    windows = "return #vim.api.nvim_tabpage_list_wins(0)"
    editor.command("Codestral status")
    editor.wait(lambda: "codestral-ls 0." in editor.lua(text))
    editor.keys("e")
    editor.wait(lambda: "The last requests here" in editor.lua(text))
    # About where text was inserted, though leaving that moved the cursor to the left.
    assert editor.lua(text).startswith("Provider mistral had nothing certain enough")
    assert "seen = " not in editor.lua(text)
    assert editor.lua("return vim.fn.line('w$') == vim.fn.line('$')"), "its last line is hidden"
    editor.keys("s")
    editor.wait(lambda: "codestral-ls 0." in editor.lua(text))
    assert editor.lua(windows) == 2
    editor.keys("q")
    editor.wait(lambda: editor.lua(windows) == 1)


_LAST_LINE = """
local drawn = {}
for column = 1, vim.o.columns do drawn[column] = vim.fn.screenstring(vim.o.lines, column) end
return vim.trim(table.concat(drawn))
"""


def test_an_explicit_request_that_gives_nothing_says_why_until_the_next_key(
    editor: Neovim, opened: Open
) -> None:
    opened("", intends="nothing like it")
    editor.nvim.ui_attach(80, 24)
    try:
        editor.type("blank = ")
        editor.wait(lambda: editor.lua(_LAST_LINE) == "-- INSERT --")
        editor.keys("<M-\\>")
        editor.wait(lambda: "had nothing certain enough to add" in editor.lua(_LAST_LINE))
        assert editor.mode() == "i"
        editor.type("x")
        editor.wait(lambda: editor.lua(_LAST_LINE) == "-- INSERT --")
    finally:
        editor.nvim.ui_detach()


@pytest.mark.parametrize("text", ["wide " * 60, "日本" * 60, "two\nlines\n", "é" * 300, "short"])
def test_no_message_needs_enter(editor: Neovim, text: str) -> None:
    editor.leave()
    editor.nvim.ui_attach(80, 24)
    try:
        editor.lua("require('codestral.say').tell(...)", text)
        editor.lua("require('codestral.say').tell(..., vim.log.levels.WARN)", text)
        handler = "vim.lsp.config.codestral.handlers['window/showMessage']"
        editor.lua(f"{handler}(nil, {{ type = 2, message = ... }})", text)
        assert editor.mode() == "n"
    finally:
        editor.nvim.ui_detach()


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
        ("{ model = 'x' }", "unknown option model: write it as settings = { model = ... }"),
        ("{ settings = { maxTokens = 1 } }", "settings are written like max_tokens, not maxTokens"),
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
    chosen = f"provider = 'mistral', endpoint = '{endpoint.url}'"
    settings = f"settings = {{ {chosen}, exclude = {{ '*.log', '*.txt' }} }}"
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
        neovim.wait(lambda: "excluded by the setting exclude" in neovim.text)
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
