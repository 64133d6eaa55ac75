"""The server as pytest-lsp's client meets it, with the capabilities of a real editor."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

from tests.server.raw import clean_environment

TEXT = "def total(prices):\n    result = 0\n    for price in prices:\n        result += price\n"
HOME = Path(__file__).parent  # holds no settings of a user's


@pytest_lsp.fixture(  # type: ignore[untyped-decorator]  # pytest-lsp has no types
    config=ClientServerConfig(
        server_command=[sys.executable, "-m", "codestral_ls"],
        # The home is a folder of the checkout.
        server_env=clean_environment(HOME, CODESTRAL_LS_STATISTICS="false"),
    )
)
async def client(lsp_client: LanguageClient) -> AsyncGenerator[None, None]:
    # The capabilities announce it; the client itself has no answer for it.
    lsp_client.feature(types.CLIENT_REGISTER_CAPABILITY)(lambda params: None)
    await lsp_client.initialize_session(
        types.InitializeParams(
            capabilities=client_capabilities("visual_studio_code"), root_uri=HOME.as_uri()
        )
    )
    yield
    await lsp_client.shutdown_session()


async def test_the_embedded_provider_answers_a_client_that_checks_every_message(
    client: LanguageClient,
) -> None:
    uri = (HOME / "sums.py").as_uri()
    before = TEXT + "\n\n" + TEXT.replace("total", "sum_of")[:-10]
    client.text_document_did_open(
        types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "python", 1, before))
    )
    line, character = before.count("\n"), len(before.rpartition("\n")[2])
    result = await client.text_document_inline_completion_async(
        types.InlineCompletionParams(
            context=types.InlineCompletionContext(types.InlineCompletionTriggerKind.Invoked),
            text_document=types.TextDocumentIdentifier(uri),
            position=types.Position(line, character),
        )
    )
    assert isinstance(result, types.InlineCompletionList)
    assert [item.insert_text for item in result.items] == [" += price"]
