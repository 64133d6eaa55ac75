"""How things are done in the client at hand: advice must exist where it is read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Advice:
    """What a user of one client does, each a clause that a sentence can begin or go on with."""

    set_key: str
    """Gives us a key."""
    ask: str
    """Asks for a suggestion."""


SHELL = Advice("set MISTRAL_API_KEY or run codestral-ls login", "ask for one by your editor's key")
VSCODE = Advice("run Codestral: Set API Key", "press Alt+\\ to ask for one")
NEOVIM = Advice(
    "set MISTRAL_API_KEY or run :Codestral login", "ask for one by <M-\\> in insert mode"
)


def sentence(clause: str) -> str:
    """A clause as a sentence of its own."""
    return f"{clause[:1].upper()}{clause[1:]}."
