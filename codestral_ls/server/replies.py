"""Outcomes as LSP answers."""

from __future__ import annotations

from lsprotocol import types

from codestral_ls.model import Outcome, Suggestion, Superseded

NOTHING = types.InlineCompletionList(items=[])
ACCEPT_COMMAND = "codestral-ls.didAccept"


def inline(
    outcome: Outcome, params: types.InlineCompletionParams
) -> types.InlineCompletionList | None:
    """The answer to ``textDocument/inlineCompletion``: null when superseded."""
    if isinstance(outcome, Superseded):
        return None
    if not isinstance(outcome, Suggestion):
        return NOTHING
    texts = [outcome.text, *outcome.alternatives]
    return types.InlineCompletionList(items=[_item(text, outcome, params) for text in texts])


def _item(
    text: str, suggestion: Suggestion, params: types.InlineCompletionParams
) -> types.InlineCompletionItem:
    info = params.context.selected_completion_info
    if info is not None:
        text = info.text.replace("\r\n", "\n").replace("\r", "\n") + text
    command = types.Command("Accepted", ACCEPT_COMMAND, arguments=[suggestion.id])
    return types.InlineCompletionItem(text, range=_range(suggestion, params), command=command)


def _range(suggestion: Suggestion, params: types.InlineCompletionParams) -> types.Range:
    """The popup's range; else empty at the position, without conversion of units: Neovim overlays
    what is right of the cursor with any other range. For clients that draw it well the range
    covers closers that the text repeats, which are ASCII and one unit each in every encoding."""
    info = params.context.selected_completion_info
    if info is not None:
        return info.range
    position = params.position
    end = types.Position(position.line, position.character + suggestion.covers)
    return types.Range(position, end)
