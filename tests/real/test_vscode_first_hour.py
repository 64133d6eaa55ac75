"""A real VS Code in its first hour: with another assistant, and an endpoint that is not reached."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.fim_server import KEY
from tests.real.vscode import Code

pytestmark = pytest.mark.real

_RIVAL = """
const vscode = require('vscode');
exports.activate = () => vscode.languages.registerInlineCompletionItemProvider(
  { pattern: '**' }, { provideInlineCompletionItems: () => [{ insertText: 'rival' }] });
"""
# Nothing listens at this port.
_NOBODY = "127.0.0.1:1"


def rival(folder: Path) -> Path:
    """The file of an extension that suggests too."""
    described = {
        "name": "tabnine-vscode",
        "publisher": "TabNine",
        "displayName": "Rival",
        "version": "1.0.0",
        "engines": {"vscode": "^1.91.0"},
        "main": "./main.js",
        "activationEvents": ["onStartupFinished"],
    }
    file = folder / "rival.vsix"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("extension/package.json", json.dumps(described))
        archive.writestr("extension/main.js", _RIVAL)
    return file


@pytest.fixture(scope="module")
def code(
    installed: dict[str, str], vsix: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Code]:
    folder = tmp_path_factory.mktemp("first")
    (folder / "first.py").write_text("value = 1\n")
    editor = Code(installed)
    try:
        editor.start(
            vsix=vsix,
            others=[str(rival(tmp_path_factory.mktemp("rival")))],
            folder=str(folder),
            machine={
                "codestral.endpoint": f"http://{_NOBODY}",
                "codestral.provider": "mistral",
            },
        )
        editor.load("first.py")
        yield editor
    finally:
        editor.close()


def commands(code: Code) -> list[str]:
    """The extension's commands as the palette lists them."""
    rows = [row.split(",")[0] for row in code.palette("Codestral: ")]
    return [row.removeprefix("Codestral: ") for row in rows if row.startswith("Codestral: ")]


def test_another_assistant_is_named_once_and_shown_on_request(code: Code) -> None:
    code.wait_message("Rival also suggests code as you type")
    code.screenshot("conflict")
    code.click('.notification-list-item .monaco-button:has-text("Show Rival")')
    code.wait_for('.extension-list-item:has-text("Rival")')
    code.screenshot("conflict-shown")
    code.load("first.py")  # the window anew
    code.wait_status("Codestral")
    assert not [said for said in code.messages() if "Rival" in said]


def test_a_key_for_a_host_that_is_not_reached_is_stored_if_one_insists(code: Code) -> None:
    assert "Wipe Stored API Keys" not in commands(code)
    code.wait_status("Ready to ask")
    code.command("Codestral: Set API Key")
    assert _NOBODY in code.rows("Which host is the key for?")[0]
    code.press("Enter")
    code.wait_for('.quick-input-title:has-text("API key for")')
    code.type(KEY)
    code.press("Enter")
    code.wait_for('.quick-input-message:has-text("Press Enter again to store it anyway")')
    code.wait_for(
        '.quick-input-action .codicon-save, .quick-input-widget [aria-label="Store anyway"]'
    )
    code.screenshot("key-unreachable")
    code.press("Enter")
    code.wait_gone(".quick-input-title:visible")


def test_the_command_that_deletes_the_keys_is_the_last_and_asks_first(code: Code) -> None:
    listed = commands(code)
    others = [name for name in listed if name not in {"Set API Key"}]  # recently used: first
    assert listed[-1] == "Wipe Stored API Keys"
    assert others[:-1] == sorted(others[:-1], key=str.lower)
    code.command("Codestral: Wipe Stored API Keys")
    dialog = ".monaco-dialog-box"
    code.wait_for(f'{dialog}:has-text("Delete the API keys")')
    code.screenshot("wipe")
    code.press("Escape")
    code.wait_gone(dialog)
    assert "Wipe Stored API Keys" in commands(code)
    code.command("Codestral: Wipe Stored API Keys")
    code.click(f'{dialog} .monaco-button:has-text("Delete")')
    code.wait_message("The stored API keys were deleted.")
    assert "Wipe Stored API Keys" not in commands(code)
