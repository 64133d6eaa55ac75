"""A real Neovim with our plugin and the real server: what its user types, sees and gets."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("pynvim", reason="NOT PROVED: Neovim; pynvim is not installed")

from tests.fakes.endpoint import Endpoint
from tests.real.latency import last_key_to_ghost
from tests.real.launch import REPOSITORY, SERVER, shim
from tests.real.neovim import Neovim, executable
from tests.server.raw import clean_environment

pytestmark = pytest.mark.real

Open = Callable[..., Path]


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
    opened("", intends="try:\n    connect()", name="main.conf")
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


def test_from_the_last_key_to_the_suggestion(
    editor: Neovim, endpoint: Endpoint, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Measured and printed; how busy the machine is decides, so there is no bound."""
    figures = last_key_to_ghost(editor, tmp_path, endpoint, times=2)
    with capsys.disabled():
        print("\nNeovim, last key to suggestion, backend of 150 ms:", *figures, sep="\n  ")


def test_the_entry_for_nvim_lspconfig_starts_the_server(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("total = 1\n")
    (tmp_path / ".git").mkdir()
    script = tmp_path / "look.lua"
    script.write_text(
        "vim.lsp.enable('codestral_ls')\n"
        f"vim.cmd.edit('{file}')\n"
        "local function client() return vim.lsp.get_clients({ name = 'codestral_ls' })[1] end\n"
        "vim.wait(20000, function() return client() and client().initialized end)\n"
        "local able = client():supports_method('textDocument/inlineCompletion')\n"
        "io.write(tostring(able), ' ', client().root_dir)\n"
        "vim.cmd('qall!')\n"
    )
    entries = REPOSITORY / "editors" / "neovim" / "registry"
    environ = clean_environment(tmp_path)
    environ |= shim(tmp_path / "bin", SERVER)
    done = subprocess.run(
        [executable(), "--clean", "--headless", "--cmd", f"set rtp+={entries}", "-S", str(script)],
        capture_output=True,
        text=True,
        timeout=60,
        env=environ,
        check=False,
    )
    assert done.stdout == f"true {tmp_path}", done.stderr
