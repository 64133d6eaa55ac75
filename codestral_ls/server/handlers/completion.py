"""The requests for completions, inline and in the popup."""

from __future__ import annotations

import asyncio
import logging

from lsprotocol import types

from codestral_ls.installation import RESTART, is_replaced
from codestral_ls.model import Nothing, Outcome, Request, Trigger
from codestral_ls.server import documents, replies, snapshots
from codestral_ls.server.documents import opened
from codestral_ls.server.language_server import CodestralServer

_log = logging.getLogger(__name__)

# Nothing is asked until the client has sent its settings. Some never do.
SETTINGS_WITHIN_S = 2.0
# Editors show their popup when the slowest server has answered.
_POPUP_WITHIN_S = 0.3


def arrived(
    server: CodestralServer, params: types.InlineCompletionParams | types.CompletionParams
) -> None:
    """Note what a request asks for. It carries no document version, so the snapshot is taken when
    it arrives: when its handler starts, an edit that arrived with it may have moved the cursor."""
    server.arrivals[id(params)] = _request(server, params)


async def inline(
    server: CodestralServer, params: types.InlineCompletionParams
) -> types.InlineCompletionList | None:
    """``textDocument/inlineCompletion``."""
    request = server.arrivals.pop(id(params), None)
    return replies.inline(await _outcome(server, request), params)


async def popup(server: CodestralServer, params: types.CompletionParams) -> types.CompletionList:
    """``textDocument/completion``, for editors without inline completion."""
    request = server.arrivals.pop(id(params), None)
    asking = asyncio.ensure_future(_outcome(server, request))
    await asyncio.wait({asking}, timeout=_POPUP_WITHIN_S)
    if not asking.done():
        # The stream goes on; the editor asks again at the next key and gets it.
        asking.cancel()
        return types.CompletionList(is_incomplete=True, items=[])
    return replies.popup(asking.result(), request, params)


def _request(
    server: CodestralServer, params: types.InlineCompletionParams | types.CompletionParams
) -> Request | None:
    server.last_request = (params.text_document.uri, params.position)
    document = opened(server.workspace, params.text_document.uri)
    if document is None:
        return None
    document.indentation = getattr(params, "indentation", "") or document.indentation
    snapshot = snapshots.at_position(server.workspace, params.text_document.uri, params.position)
    if snapshot is None:
        return None
    if isinstance(params, types.CompletionParams):
        # LSP's "Invoked" covers typing an identifier as well, so none here counts as explicit.
        return Request(snapshot, Trigger.AUTOMATIC)
    info = params.context.selected_completion_info
    selected = documents.selected(document, params.position, info) if info else None
    if info is not None and selected is None:
        # The editor hides whatever does not continue the popup's entry.
        return None
    return Request(snapshot, Trigger(params.context.trigger_kind.value), selected)


async def _outcome(server: CodestralServer, request: Request | None) -> Outcome:
    """What the engine answers. A defect is logged and looks like nothing to suggest."""
    if request is None:
        return Nothing("The document is not open, or the popup's entry does not end at the cursor.")
    try:
        await _wait_configured(server)
        automatic = request.trigger is Trigger.AUTOMATIC
        engine = await server.session.ready_engine(automatic=automatic)
        outcome = await engine.complete(request, server.session.settings(request.snapshot.uri))
    except Exception:  # noqa: BLE001  # the outer edge: no defect may reach the user's screen
        _log.exception("a completion failed by a defect")
        if is_replaced():
            server.session.tell_replaced()
            return Nothing(RESTART)
        return Nothing("The server has a defect; its log has the details.")
    if isinstance(outcome, Nothing) and outcome.failure:
        server.session.tell_failure(outcome)
    server.send_status()
    return outcome


async def _wait_configured(server: CodestralServer) -> None:
    try:
        async with asyncio.timeout(SETTINGS_WITHIN_S):
            await server.configured.wait()
    except TimeoutError:
        server.configured.set()
