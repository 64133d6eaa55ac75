"""Pictures for the README, taken from a real Neovim's screen as SVG.

``python -m tests.real.picture editors/neovim/suggestion.svg``
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from pathlib import Path

from tests.fakes.endpoint import Endpoint
from tests.real.neovim import Neovim, executable, init_lua

COLUMNS, ROWS = 72, 12
# Width of a character of a monospaced font of 15 pixels, and the height of a line.
_WIDTH, _HEIGHT, _MARGIN = 9.0, 20, 12

_CELLS = """
local rows, columns = ...
local screen = {}
-- The first inspection numbers the highlights anew; what was drawn before has the old numbers.
vim.api.nvim__inspect_cell(1, 0, 0)
vim.cmd.mode()
for row = 0, rows - 1 do
  local line = {}
  for column = 0, columns - 1 do
    local cell = vim.api.nvim__inspect_cell(1, row, column)
    local look = cell[2] or {}
    line[#line + 1] = {
      cell[1] == '' and ' ' or cell[1], look.foreground or -1, look.background or -1,
      look.bold or false, look.reverse or false,
    }
  end
  screen[#screen + 1] = line
end
local normal = vim.api.nvim_get_hl(0, { name = 'Normal' })
local cursor = vim.api.nvim_win_get_cursor(0)
return { screen, normal.fg, normal.bg, cursor[1] - 1, cursor[2] }
"""

_FUNCTION = '''def running_mean(values, window):
    """The mean of each window of so many values."""
    total = sum(values[:window])
    means = [total / window]
    for old, new in zip(values, values[window:]):
        total += new - old
        means.append(total / window)'''


@dataclass(frozen=True, slots=True)
class _Look:
    foreground: str
    background: str
    bold: bool


def picture() -> str:
    """A suggestion of several lines, as Neovim draws it."""
    typed = _FUNCTION[: _FUNCTION.index("old, new in")]
    with tempfile.TemporaryDirectory() as name, Endpoint() as endpoint:
        home = Path(name)
        file = home / "statistics.py"
        file.write_text("\n".join(typed.splitlines()[:-1]) + "\n")
        look = (
            "vim.o.termguicolors = true; vim.o.laststatus = 2; vim.o.ruler = false\n"
            "vim.o.statusline = [[ %t %=%{v:lua.require'codestral'.statusline()} ]]\n"
        )
        editor = Neovim(executable(), home, look + init_lua(), endpoint.environment)
        try:
            editor.nvim.ui_attach(COLUMNS, ROWS, rgb=True, ext_linegrid=True)
            editor.edit(file)
            endpoint.intends(_FUNCTION)
            editor.keys("Go")
            editor.type(typed.splitlines()[-1].strip() + " ")
            editor.shown(_FUNCTION[len(typed) :])
            return _svg(*editor.lua(_CELLS, ROWS, COLUMNS))
        finally:
            editor.close()


def _svg(
    screen: Sequence[Sequence[Sequence[object]]],
    foreground: int,
    background: int,
    cursor_row: int,
    cursor_column: int,
) -> str:
    width = COLUMNS * _WIDTH + 2 * _MARGIN
    height = ROWS * _HEIGHT + 2 * _MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height}" '
        f'viewBox="0 0 {width:g} {height}" font-family="monospace" font-size="15">',
        f'<rect width="100%" height="100%" rx="6" fill="{_colour(background)}"/>',
        f'<rect x="{_MARGIN + cursor_column * _WIDTH:g}" y="{_MARGIN + cursor_row * _HEIGHT}" '
        f'width="2" height="{_HEIGHT}" fill="{_colour(foreground)}"/>',
    ]
    for row, cells in enumerate(screen):
        lines += _row(row, cells, foreground, background)
    return "\n".join([*lines, "</svg>", ""])


def _row(
    row: int, cells: Sequence[Sequence[object]], foreground: int, background: int
) -> Iterator[str]:
    top = _MARGIN + row * _HEIGHT
    column = 0
    for look, run in groupby(cells, lambda cell: _look(cell, foreground, background)):
        text = "".join(str(cell[0]) for cell in run)
        x, length = _MARGIN + column * _WIDTH, len(text) * _WIDTH
        column += len(text)
        if look.background != _colour(background):
            yield (
                f'<rect x="{x:g}" y="{top}" width="{length:g}" height="{_HEIGHT}" '
                f'fill="{look.background}"/>'
            )
        if text.strip():
            weight = ' font-weight="bold"' if look.bold else ""
            yield (
                f'<text x="{x:g}" y="{top + 15}" textLength="{length:g}" xml:space="preserve" '
                f'fill="{look.foreground}"{weight}>{escape(text)}</text>'
            )


def _look(cell: Sequence[object], foreground: int, background: int) -> _Look:
    _, front, back, bold, reverse = cell
    assert isinstance(front, int)
    assert isinstance(back, int)
    front = foreground if front < 0 else front
    back = background if back < 0 else back
    if reverse:
        front, back = back, front
    return _Look(_colour(front), _colour(back), bool(bold))


def _colour(number: int) -> str:
    return f"#{number:06x}"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(picture(), encoding="utf-8")
