"""A real coc.nvim in a real Neovim, set up as its recipe says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

pytest.importorskip("pynvim", reason="NOT PROVED: coc.nvim; pynvim is not installed")

from tests.fakes.endpoint import Endpoint
from tests.real import vscode
from tests.real.launch import REPOSITORY, SERVER, needed, or_skipped, shim
from tests.real.neovim import Neovim

pytestmark = pytest.mark.real

README = REPOSITORY / "editors" / "coc" / "README.md"
_VISIBLE = "return vim.fn['coc#inline#visible']()"
_SHOWN = """
for _, id in pairs(vim.api.nvim_get_namespaces()) do
  for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(0, id, 0, -1, { details = true })) do
    for _, chunk in ipairs(mark[4].virt_text or {}) do
      if tostring(chunk[2]):match('CocInline') then return chunk[1] end
    end
  end
end
return ''
"""


@pytest.fixture(scope="module")
def coc() -> str:
    return needed("get_coc.sh", "coc.nvim")


@pytest.fixture(scope="module")
def node() -> str:
    with or_skipped("coc.nvim; no Node could be fetched"):
        return vscode.environment()["NODE24"]


def block(language: str) -> str:
    """What the recipe has a newcomer copy."""
    found = re.search(rf"^ *```{language}\n(.*?)^ *```", README.read_text(), re.M | re.S)
    assert found is not None
    return found[1]


def test_the_recipe_leads_to_a_suggestion_that_tab_inserts(
    program: str, coc: str, node: str, endpoint: Endpoint, tmp_path: Path
) -> None:
    config = tmp_path / ".config" / "nvim"
    config.mkdir(parents=True)
    settings = json.loads(block("json"))
    (config / "coc-settings.json").write_text(json.dumps(settings))
    (config / "keys.vim").write_text(block("vim"))
    init = (
        f"vim.g.coc_node_path = [==[{node}]==]\nvim.opt.runtimepath:prepend([==[{coc}]==])\n"
        f"vim.cmd.source([==[{config}/keys.vim]==])\n"
    )
    environment = endpoint.environment | shim(tmp_path / "bin", SERVER)
    neovim = Neovim(program, tmp_path, init, environment)
    try:
        endpoint.intends("first = suggestion.shown()")
        (tmp_path / "main.py").write_text("")
        neovim.nvim.command(f"edit {tmp_path / 'main.py'}")
        ready = "return vim.g.coc_service_initialized == 1"
        neovim.wait(lambda: neovim.lua(ready))
        services = "return vim.fn.CocAction('services')"
        neovim.wait(lambda: any(each["state"] == "running" for each in neovim.lua(services)))
        neovim.keys("i")
        neovim.type("first = ", 0.05)
        neovim.wait(lambda: neovim.lua(_VISIBLE))
        assert "suggestion.shown()" in neovim.lua(_SHOWN)
        # coc.nvim knows what it shows a moment after it has drawn it; until then it drops the key.
        neovim.lua(services)
        neovim.keys("<Tab>")
        neovim.has_text("first = suggestion.shown()")
    finally:
        neovim.close()
