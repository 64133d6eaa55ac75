"""Notebooks in the real process: a cell is completed with its neighbours in sight."""

from __future__ import annotations

from pathlib import Path

from tests.fakes.endpoint import Endpoint
from tests.server.raw import clean_environment, running

NOTEBOOK = "file:///project/orders.ipynb"


def cell(name: str) -> str:
    return f"vscode-notebook-cell:/project/orders.ipynb#{name}"


def test_a_cell_is_completed_with_the_others_as_prefix_and_suffix(tmp_path: Path) -> None:
    texts = {
        "W0": "import shop\n",
        "W1": 'password = "hunter2-and-more"\ntotal = ',
        "W2": "shop.show(total)\n",
    }
    with (
        Endpoint() as endpoint,
        running(clean_environment(tmp_path, **endpoint.environment)) as client,
    ):
        client.initialize(capabilities={"notebookDocument": {"synchronization": {}}})
        client.notify(
            "notebookDocument/didOpen",
            {
                "notebookDocument": {
                    "uri": NOTEBOOK,
                    "notebookType": "jupyter-notebook",
                    "version": 1,
                    "cells": [{"kind": 2, "document": cell(name)} for name in texts],
                },
                "cellTextDocuments": [
                    {"uri": cell(name), "languageId": "python", "version": 1, "text": text}
                    for name, text in texts.items()
                ],
            },
        )
        endpoint.fake.answer = lambda prompt, suffix: "shop.total()"
        result = client.reply(client.complete(cell("W1"), 1, len("total = "), 1))["result"]
        assert [item["insertText"] for item in result["items"]] == ["shop.total()"]
        (exchange,) = endpoint.fake.requests
        body = exchange.request.body
        assert body["prompt"].startswith("import shop\n\npassword = ")
        assert "hunter2" not in body["prompt"]
        assert body["suffix"] == "\n\nshop.show(total)"
