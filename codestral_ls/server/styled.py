"""What an editor indents a level by, where its client says it: LSP has no word for it.

Copilot's clients add ``formattingOptions`` to requests for suggestions. Ours also add it to the
document that they open, so that a request ahead of the editor's first one goes by it too.
"""

from __future__ import annotations

from lsprotocol import types

# No editor's menu offers more.
_MAX_TAB_SIZE = 8


class StyledParams(types.InlineCompletionParams):
    """The params of an inline completion, with what the editor indents by."""

    indentation: str = ""
    """A level's blanks; empty if the client does not say."""


class StyledItem(types.TextDocumentItem):
    """A document that is opened, with what the editor indents by."""

    indentation: str = ""
    """A level's blanks; empty if the client does not say."""


def indentation(options: object) -> str:
    """A level's blanks as LSP's ``FormattingOptions`` describe them; empty if they do not."""
    given = options if isinstance(options, dict) else {}
    if given.get("insertSpaces") is False:
        return "\t"
    size = given.get("tabSize")
    if given.get("insertSpaces") is not True or not isinstance(size, int):
        return ""
    return " " * size if 1 < size <= _MAX_TAB_SIZE else ""
