"""Outcomes as LSP answers."""

from __future__ import annotations

import re

from lsprotocol import types

from codestral_ls.model import Outcome, Request, Suggestion, Superseded

NOTHING = types.InlineCompletionList(items=[])
_WORD_END = re.compile(r"\w+$")
_ACCEPT_COMMAND = "codestral-ls.didAccept"


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


def popup(
    outcome: Outcome, request: Request | None, params: types.CompletionParams
) -> types.CompletionList:
    """The answer to ``textDocument/completion``: one item, never preselected.

    Always incomplete, so that the editor asks again as the user types on.
    """
    if request is None or not isinstance(outcome, Suggestion):
        return types.CompletionList(is_incomplete=True, items=[])
    word = _WORD_END.search(request.snapshot.line_before)
    prefix = word[0] if word else ""
    first_line = outcome.text.partition("\n")[0]
    place = types.Range(params.position, params.position)
    return types.CompletionList(
        is_incomplete=True,
        items=[
            types.CompletionItem(
                label=(prefix + first_line).strip() or first_line,
                detail="codestral-ls",
                kind=types.CompletionItemKind.Text,
                # The text before the cursor passes any editor's filter.
                filter_text=prefix,
                # Sorts after everything that other language servers offer.
                sort_text="\uffff",
                preselect=False,
                insert_text_format=types.InsertTextFormat.PlainText,
                text_edit=types.TextEdit(place, outcome.text),
                command=types.Command("Accepted", _ACCEPT_COMMAND, arguments=[outcome.id]),
            )
        ],
    )


def _item(
    text: str, suggestion: Suggestion, params: types.InlineCompletionParams
) -> types.InlineCompletionItem:
    info = params.context.selected_completion_info
    if info is not None:
        text = info.text.replace("\r\n", "\n").replace("\r", "\n") + text
    command = types.Command("Accepted", _ACCEPT_COMMAND, arguments=[suggestion.id])
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
