"""Writes the extension's settings into its ``package.json``, from the server's own definition.

    python editors/vscode/scripts/settings.py [--check]

What a repository may set in ``.codestral.toml``, it may also set in ``.vscode/settings.json``
(scope ``window``). Everything else has a scope that no repository can set. The extension hands it
to the server through the environment, which counts as the user's own choice. Its scope is
``machine`` where it depends on the machine and its network, so that remote windows have their own
value; otherwise ``application``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[3]))

from codestral_ls.config import Spec, json_schema, specs

PACKAGE = Path(__file__).parents[1] / "package.json"

# The extension decides these itself, by what it can do.
NOT_OFFERED = {"status_notifications", "completion_fallback"}
# What a machine connects to, beside the settings that only the user level may hold.
OF_A_MACHINE = {"provider", "endpoint", "model", "fim_template"}
# The definition's text is about other editors, whose settings a repository may bring along.
DESCRIPTIONS = {"endpoint": "Base URL of the server, with or without `/v1`."}

SERVER = {
    "codestral.server.command": {
        "type": "array",
        "items": {"type": "string"},
        "default": [],
        "scope": "machine",
        "markdownDescription": "Program and arguments that start the language server. When empty: "
        "`codestral-ls` on the PATH, or else the server that comes with the extension.",
    },
    "codestral.server.python": {
        "type": "string",
        "default": "",
        "scope": "machine",
        "markdownDescription": "Absolute path to Python 3.11 or newer, for the server that "
        "comes with the extension. When empty: the first on the PATH that is new enough, or else "
        "the one selected in the Python extension.",
    },
}


def setting(spec: Spec, shape: dict[str, Any]) -> dict[str, Any]:
    """One property of ``contributes.configuration``."""
    entry = {key: value for key, value in shape.items() if key != "description"}
    if isinstance(spec.default, tuple):
        entry["default"] = {} if entry["type"] == "object" else []
    elif spec.default is None:
        entry |= {"type": [entry["type"], "null"], "default": None}
    meaning = DESCRIPTIONS.get(spec.name, spec.meaning)
    if spec.default is None:
        meaning += f" Default: {spec.default_text}."
    return entry | {"scope": scope(spec), "markdownDescription": meaning}


def scope(spec: Spec) -> str:
    """Who may set it, in VS Code's terms."""
    if spec.repository != "ignored":
        return "window"
    return "machine" if spec.user_level or spec.name in OF_A_MACHINE else "application"


def configuration() -> list[dict[str, Any]]:
    """``contributes.configuration``, in the order of the definition."""
    shapes: Any = json_schema()["properties"]
    suggestions: dict[str, Any] = {}
    connection: dict[str, Any] = {}
    for spec in specs().values():
        if spec.name not in NOT_OFFERED:
            section = connection if scope(spec) == "machine" else suggestions
            section[f"codestral.{spec.camel}"] = setting(spec, shapes[spec.camel])
    for section in (connection, suggestions, server := json.loads(json.dumps(SERVER))):
        # Without it VS Code sorts by the alphabet.
        for order, entry in enumerate(section.values()):
            entry["order"] = order
    return [
        {"id": "codestral.model", "title": "Model and connection", "properties": connection},
        {"id": "codestral.suggestions", "title": "Suggestions", "properties": suggestions},
        {"id": "codestral.server", "title": "Server", "properties": server},
    ]


def generated(package: dict[str, Any]) -> dict[str, Any]:
    """The package with its settings as the definition says."""
    sections = configuration()
    names = [name for section in sections for name in section["properties"]]
    package["contributes"]["configuration"] = sections
    package["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"] = names
    return package


def main() -> int:
    """Write the package. With ``--check``, exit with 1 if it needs writing."""
    before = PACKAGE.read_text(encoding="utf-8")
    after = json.dumps(generated(json.loads(before)), indent=2, ensure_ascii=False) + "\n"
    if "--check" in sys.argv:
        return int(before != after)
    PACKAGE.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
