"""The client's documents, fed by pygls' own protocol with messages as they come from the wire."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import Mock
from urllib.parse import unquote

import pygls.uris
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol
from pygls.workspace import Workspace

from codestral_ls.model import WINDOW_AFTER, WINDOW_BEFORE, Selected, Snapshot
from codestral_ls.server.decoding import params_of
from codestral_ls.server.decoding import position as decoded
from codestral_ls.server.documents import (
    Document,
    LspWorkspace,
    file_path,
    opened,
    selected,
)
from codestral_ls.server.handlers.documents import changed, notebook_changed
from codestral_ls.server.json_values import Unreadable
from codestral_ls.server.parts import parts
from codestral_ls.server.snapshots import at_position
from codestral_ls.text.lines import Encoding, Lines, PlacedEdit

URI = "file:///shop/order.py"
NOTEBOOK = "file:///shop/orders.ipynb"


class Protocol(LanguageServerProtocol):
    """pygls' protocol over our workspace."""

    _documents: LspWorkspace | None = None

    @property
    def workspace(self) -> Workspace:
        if self._documents is None:
            self._documents = LspWorkspace.replacing(super().workspace)
        return self._documents


class Server(LanguageServer):
    """A server without a transport, which fails the test when a message fails."""

    def report_server_error(self, error: Exception, source: Any) -> None:
        self.errors.append(error)

    def __init__(self, encoding: Encoding) -> None:
        self.errors: list[Exception] = []
        super().__init__("test", "0", protocol_cls=Protocol)
        self.protocol.set_writer(_Silent())
        capabilities = {"general": {"positionEncodings": [encoding]}}
        folders = [{"uri": "file:///shop", "name": "shop"}]
        params = {"capabilities": capabilities, "processId": None, "rootUri": "file:///shop"}
        self.send("initialize", {**params, "workspaceFolders": folders}, id=1)

    def send(self, method: str, params: dict[str, Any], **more: int) -> None:
        message = {"jsonrpc": "2.0", "method": method, "params": params, **more}
        self.protocol.handle_message(self.protocol.structure_message(message))
        assert self.errors == []

    def open(self, text: str, uri: str = URI, version: int = 1) -> None:
        item = {"uri": uri, "languageId": "python", "version": version, "text": text}
        self.send("textDocument/didOpen", {"textDocument": item})

    def change(self, *changes: dict[str, Any], uri: str = URI, version: int = 2) -> None:
        document = {"uri": uri, "version": version}
        self.send(
            "textDocument/didChange", {"textDocument": document, "contentChanges": list(changes)}
        )

    def document(self, uri: str = URI) -> Document:
        document = opened(self.workspace, uri)
        assert document is not None
        return document

    def snapshot(self, line: int, character: int, uri: str = URI) -> Snapshot | None:
        return at_position(self.workspace, uri, types.Position(line, character))


class _Silent:
    def write(self, data: bytes) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.fixture
def server() -> Server:
    return Server("utf-16")


def span(start_line: int, start: int, end_line: int, end: int) -> dict[str, Any]:
    return {
        "start": {"line": start_line, "character": start},
        "end": {"line": end_line, "character": end},
    }


def partial(start_line: int, start: int, end_line: int, end: int, text: str) -> dict[str, Any]:
    return {"range": span(start_line, start, end_line, end), "text": text}


def test_a_snapshot_shows_the_document_from_the_cursor(server: Server) -> None:
    server.open("def f(a):\r\n    return 😀g()\r\n", version=7)
    assert server.snapshot(1, 14) == Snapshot(
        uri=URI,
        path="/shop/order.py",
        language_id="python",
        version=7,
        before="def f(a):\n    return 😀g",
        after="()\n",
        line=1,
        at_document_start=True,
        at_document_end=True,
    )


def test_a_snapshot_is_a_window_of_bounded_size(server: Server) -> None:
    server.open("12345678\r\n" * 20_000)
    seen = server.snapshot(10_000, 4)
    assert seen is not None
    assert (len(seen.before), len(seen.after)) == (WINDOW_BEFORE, WINDOW_AFTER)
    assert not seen.at_document_start
    assert not seen.at_document_end
    assert seen.line_before + seen.line_after == "12345678"


def test_a_snapshot_stays_as_it_was_when_the_document_goes_on(server: Server) -> None:
    server.open("one")
    earlier = server.snapshot(0, 3)
    server.change(partial(0, 3, 0, 3, " two"))
    assert earlier is not None
    assert (earlier.before, earlier.version) == ("one", 1)


def test_a_position_outside_the_document_is_clamped_and_left_as_it_is(server: Server) -> None:
    server.open("one\ntwo")
    position = types.Position(9, 9)
    seen = at_position(server.workspace, URI, position)
    assert seen is not None
    assert (seen.before, seen.line) == ("one\ntwo", 1)
    assert position == types.Position(9, 9)


PIECES = ["a", "\n", "\r", "\r\n", "\f", "\x85", "\u2028", "é", "e\u0301", "中", "😀"]
texts = st.lists(st.sampled_from(PIECES), max_size=10).map("".join)
numbers = st.integers(0, 8)
changes = st.builds(partial, numbers, numbers, numbers, numbers, texts)
messages = st.lists(st.lists(changes | st.builds(dict, text=texts), min_size=1, max_size=3))


def check_messages(text: str, script: list[list[dict[str, Any]]], encoding: Encoding) -> None:
    """Send the changes through the protocol; the document has the text that Lines gets to."""
    server, expected = server_of(encoding), Lines(text)
    server.open(text)
    try:
        follow(server, expected, script, encoding)
    finally:
        server.send("textDocument/didClose", {"textDocument": {"uri": URI}})


server_of = functools.cache(Server)  # each makes its readers of messages anew, with its first ones


def follow(
    server: Server, expected: Lines, script: list[list[dict[str, Any]]], encoding: Encoding
) -> None:
    for version, message in enumerate(script, 2):
        server.change(*message, version=version)
        for change in message:
            if "range" not in change:
                expected = Lines(change["text"])
                continue
            start, end = change["range"]["start"], change["range"]["end"]
            places = (start["line"], start["character"], end["line"], end["character"])
            expected.edit(*places, change["text"], encoding)
        assert server.document().source == expected.text
        assert server.document().lines == expected.lines
        assert server.document().version == version


@given(texts, messages, st.sampled_from(("utf-8", "utf-16", "utf-32")))
@settings(max_examples=100, deadline=None)
def test_documents_follow_any_changes_in_any_encoding(
    text: str, script: list[list[dict[str, Any]]], encoding: Encoding
) -> None:
    check_messages(text, script, encoding)


@pytest.mark.long
@given(texts, messages, st.sampled_from(("utf-8", "utf-16", "utf-32")))
@settings(max_examples=1_000, deadline=None)
def test_documents_follow_thousands_of_changes(
    text: str, script: list[list[dict[str, Any]]], encoding: Encoding
) -> None:
    check_messages(text, script, encoding)


def test_the_last_edit_tells_what_was_typed_and_where_the_cursor_is(server: Server) -> None:
    server.open("a = 😀(\r\n")
    assert server.document().last_edit is None
    server.change(partial(0, 4, 0, 7, "g(\r\n  "))
    edit = server.document().last_edit
    assert edit == PlacedEdit("g(\n  ", 2, True, 0, 4, 1, 2)
    seen = server.document().snapshot_at(edit.end_line, edit.end_column)
    assert seen is not None
    assert (seen.before, seen.after) == ("a = g(\n  ", "\n")


def test_keys_reported_together_are_one_edit(server: Server) -> None:
    server.open("")
    server.change(partial(0, 0, 0, 0, "i"), partial(0, 1, 0, 1, "f"))
    assert server.document().last_edit == PlacedEdit("if", 0, True, end_column=2)


def test_keys_reported_apart_are_edits_of_their_own(server: Server) -> None:
    server.open("")
    server.change(partial(0, 0, 0, 0, "i"), version=2)
    server.change(partial(0, 1, 0, 1, "f"), version=3)
    assert server.document().last_edit == PlacedEdit("f", 0, True, 0, 1, 0, 2)


@pytest.mark.parametrize(
    "message",
    [
        [partial(1, 0, 1, 0, "#"), partial(0, 0, 0, 0, "#")],
        [{"text": "x"}],
        [{"text": "x"}, partial(0, 1, 0, 1, "y")],
    ],
    ids=["two-cursors", "whole", "whole-then-part"],
)
def test_a_change_in_several_places_is_not_a_single_edit(
    server: Server, message: list[dict[str, Any]]
) -> None:
    server.open("a\nb")
    server.change(*message)
    edit = server.document().last_edit
    assert edit is not None
    assert not edit.single


def test_a_client_may_spell_a_uri_in_several_ways(server: Server) -> None:
    server.open("one", uri="file:///shop/a%20b%23.py")
    server.change(partial(0, 3, 0, 3, "!"), uri="file:///shop/a b%23.py")
    seen = server.snapshot(0, 4, uri="file:///shop/a%20b#.py")
    assert seen is not None
    assert (seen.before, seen.uri) == ("one!", "file:///shop/a%20b%23.py")
    assert seen.path == "/shop/a b#.py"


def test_a_closed_document_is_not_completed(server: Server) -> None:
    server.open("one")
    server.send("textDocument/didClose", {"textDocument": {"uri": URI}})
    assert server.snapshot(0, 0) is None


def test_a_document_that_was_never_opened_is_not_read_from_disk(
    server: Server, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.py"
    secret.write_text("password", "utf-8")
    uri = secret.as_uri()
    assert server.snapshot(0, 0, uri=uri) is None
    assert server.workspace.get_text_document(uri).source == ""
    assert opened(server.workspace, uri) is None


def test_a_change_of_a_document_that_is_not_open_is_ignored(server: Server) -> None:
    server.change(partial(0, 0, 0, 0, "x"))
    server.send("textDocument/didClose", {"textDocument": {"uri": URI}})
    assert server.snapshot(0, 0) is None


def test_an_opened_document_opened_again_starts_anew(server: Server) -> None:
    server.open("one")
    server.change(partial(0, 0, 0, 0, "x"))
    server.open("two", version=9)
    assert (server.document().source, server.document().version) == ("two", 9)
    assert server.document().last_edit is None


def _open(server: Server) -> None:
    server.open("whole")


def _send_whole(server: Server) -> None:
    server.change({"text": "whole"})


@pytest.mark.parametrize("repair", [_open, _send_whole], ids=["opened-again", "sent-whole"])
@pytest.mark.parametrize("lost", [URI, None], ids=["this-document", "unknown-document"])
def test_after_a_lost_message_nothing_is_completed_until_the_text_is_sent_whole(
    server: Server, lost: str | None, repair: Callable[[Server], None]
) -> None:
    server.open("one\ntwo")
    server.change(partial(0, 0, 0, 0, "x"))
    assert isinstance(server.workspace, LspWorkspace)
    server.workspace.mark_out_of_sync(lost)
    server.change(partial(0, 0, 0, 0, "x"), version=4)
    assert server.snapshot(0, 0) is None
    assert server.document().last_edit is None
    repair(server)
    seen = server.snapshot(0, 5)
    assert seen is not None
    assert seen.before == "whole"


def test_a_lost_message_about_one_document_leaves_the_others(server: Server) -> None:
    server.open("one")
    server.open("two", uri="file:///shop/b.py")
    assert isinstance(server.workspace, LspWorkspace)
    server.workspace.mark_out_of_sync(URI)
    server.workspace.mark_out_of_sync("file:///shop/never-opened.py")
    assert server.snapshot(0, 0) is None
    assert server.snapshot(0, 0, uri="file:///shop/b.py") is not None


def test_the_workspace_keeps_root_folders_and_encoding(server: Server) -> None:
    assert isinstance(server.workspace, LspWorkspace)
    assert server.workspace.root_uri == "file:///shop"
    assert list(server.workspace.folders) == ["file:///shop"]
    assert Server("utf-32").workspace.position_encoding == "utf-32"


def cell(name: str) -> str:
    return f"vscode-notebook-cell:/shop/orders.ipynb#{name}"


def cell_item(name: str, text: str) -> dict[str, Any]:
    return {"uri": cell(name), "languageId": "python", "version": 1, "text": text}


def open_notebook(server: Server) -> None:
    notebook = {
        "uri": NOTEBOOK,
        "notebookType": "jupyter-notebook",
        "version": 1,
        "cells": [{"kind": 2, "document": cell("one")}],
    }
    cells = [cell_item("one", "import shop\n")]
    server.send(
        "notebookDocument/didOpen", {"notebookDocument": notebook, "cellTextDocuments": cells}
    )


def change_notebook(server: Server, cells: dict[str, Any]) -> None:
    notebook = {"uri": NOTEBOOK, "version": 2}
    server.send(
        "notebookDocument/didChange", {"notebookDocument": notebook, "change": {"cells": cells}}
    )


def test_a_cell_of_a_notebook_is_a_document(server: Server) -> None:
    open_notebook(server)
    edited = {
        "document": {"uri": cell("one"), "version": 2},
        "changes": [partial(0, 0, 0, 0, "😀"), partial(0, 2, 0, 2, "!")],
    }
    change_notebook(server, {"textContent": [edited]})
    seen = server.snapshot(0, 3, uri=cell("one"))
    assert seen is not None
    assert (seen.before, seen.after, seen.path, seen.version) == ("😀!", "import shop\n", None, 2)
    assert server.document(cell("one")).last_edit == PlacedEdit("😀!", 0, True, end_column=2)


def test_cells_come_and_go_with_their_notebook(server: Server) -> None:
    open_notebook(server)
    array = {"start": 0, "deleteCount": 1, "cells": [{"kind": 2, "document": cell("two")}]}
    structure = {
        "array": array,
        "didOpen": [cell_item("two", "x = 1")],
        "didClose": [{"uri": cell("one")}],
    }
    change_notebook(server, {"structure": structure})
    assert server.snapshot(0, 0, uri=cell("one")) is None
    assert server.document(cell("two")).source == "x = 1"
    notebook = server.workspace.get_notebook_document(cell_uri=cell("two"))
    assert notebook is not None
    assert [entry.document for entry in notebook.cells] == [cell("two")]
    closed = {"notebookDocument": {"uri": NOTEBOOK}, "cellTextDocuments": [{"uri": cell("two")}]}
    server.send("notebookDocument/didClose", closed)
    assert server.snapshot(0, 0, uri=cell("two")) is None


def test_a_change_of_a_notebook_that_is_not_open_is_ignored(server: Server) -> None:
    edited = {
        "document": {"uri": cell("one"), "version": 2},
        "changes": [partial(0, 0, 0, 0, "x")],
    }
    change_notebook(server, {"textContent": [edited]})
    assert server.snapshot(0, 0, uri=cell("one")) is None


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///home/me/a%20b.py", "/home/me/a b.py"),
        ("file:///home/me/caf%C3%A9%23.py", "/home/me/café#.py"),
        ("file:///c%3A/shop/a.py", "c:/shop/a.py"),
        ("file:///C:/shop/a.py", "c:/shop/a.py"),
        ("file://server/share/a.py", "//server/share/a.py"),
        ("file://", None),
        ("untitled:Untitled-1", None),
        ("vscode-notebook-cell:/shop/orders.ipynb#W0", None),
        ("vscode-remote://ssh-remote/home/me/a.py", None),
        ("", None),
    ],
)
@pytest.mark.parametrize("windows", [False, True], ids=["posix", "windows"])
def test_only_file_uris_have_a_path(
    uri: str, path: str | None, windows: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pygls.uris, "IS_WIN", windows)
    if windows and path is not None:
        path = path.replace("/", "\\")
    assert file_path(uri) == path


def test_a_path_leads_to_the_file_that_the_editor_means(tmp_path: Path) -> None:
    file = tmp_path / "ein weg #1.py"
    assert file_path(file.as_uri()) == os.fspath(file)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (span(1, 2, 1, 5), Selected("print\n", replaced=2)),
        (span(1, 2, 1, 6), Selected("print\n", replaced=2)),
        (span(1, 5, 1, 5), Selected("print\n", replaced=0)),
        (span(1, 2, 1, 4), None),
        (span(1, 6, 1, 6), None),
        (span(0, 0, 1, 5), None),
        (span(1, 2, 2, 0), None),
    ],
    ids=["to-cursor", "spanning", "empty", "before", "behind", "line-above", "line-below"],
)
def test_the_popup_entry_counts_when_it_replaces_text_up_to_the_cursor(
    server: Server, where: dict[str, Any], expected: Selected | None
) -> None:
    server.open("x\n  😀pr\nz")
    start, end = types.Position(**where["start"]), types.Position(**where["end"])
    info = types.SelectedCompletionInfo(range=types.Range(start, end), text="print\r\n")
    assert selected(server.document(), types.Position(1, 5), info) == expected


def open_cells(server: Server, *cells: tuple[str, str, str]) -> None:
    """A notebook with these cells: name, language, text."""
    notebook = {
        "uri": NOTEBOOK,
        "notebookType": "jupyter-notebook",
        "version": 1,
        "cells": [
            {"kind": 1 if language == "markdown" else 2, "document": cell(name)}
            for name, language, _ in cells
        ],
    }
    texts = [
        {"uri": cell(name), "languageId": language, "version": 1, "text": text}
        for name, language, text in cells
    ]
    server.send(
        "notebookDocument/didOpen", {"notebookDocument": notebook, "cellTextDocuments": texts}
    )


def test_a_cell_is_seen_with_the_cells_in_its_language_above_and_below(server: Server) -> None:
    open_cells(
        server,
        ("a", "python", "import shop\r\n"),
        ("b", "markdown", "# Orders"),
        ("c", "python", "orders = shop.load()"),
        ("d", "python", "total = "),
        ("e", "sql", "select 1"),
        ("f", "python", "\n"),
        ("g", "python", "print(total)\n"),
    )
    seen = server.snapshot(0, 8, uri=cell("d"))
    assert seen is not None
    assert (seen.before, seen.after) == ("total = ", "")
    assert seen.cells_before == "import shop\n\norders = shop.load()\n\n"
    assert seen.cells_after == "\n\nprint(total)"
    edited = {
        "document": {"uri": cell("c"), "version": 2},
        "changes": [partial(0, 0, 0, 6, "found")],
    }
    change_notebook(server, {"textContent": [edited]})
    moved = {"start": 0, "deleteCount": 1, "cells": []}
    change_notebook(
        server, {"structure": {"array": moved, "didClose": [{"uri": cell("a")}], "didOpen": []}}
    )
    seen = server.snapshot(0, 8, uri=cell("d"))
    assert seen is not None
    assert seen.cells_before == "found = shop.load()\n\n"


def test_of_very_many_cells_the_nearest_whole_ones_are_seen(server: Server) -> None:
    text = "value = 1\n" * 700
    above = [(f"above{number}", "python", text) for number in range(9)]
    below = [(f"below{number}", "python", text) for number in range(9)]
    open_cells(server, *above, ("here", "python", "x"), *below)
    seen = server.snapshot(0, 1, uri=cell("here"))
    assert seen is not None
    assert WINDOW_BEFORE - len(text) < len(seen.cells_before) <= WINDOW_BEFORE
    assert WINDOW_AFTER - len(text) < len(seen.cells_after) <= WINDOW_AFTER
    assert len(seen.cells_before) % (len(text) + 1) == 0


@pytest.mark.parametrize(
    ("options", "indentation"),
    [
        ({"tabSize": 2, "insertSpaces": True}, "  "),
        ({"tabSize": 4, "insertSpaces": False}, "\t"),
        ({"tabSize": 4}, ""),
        ({"tabSize": 10**9, "insertSpaces": True}, ""),
        ({"tabSize": "2", "insertSpaces": True}, ""),
        ("odd", ""),
        (None, ""),
    ],
)
def test_what_the_editor_indents_by_is_read_where_a_client_says_it(
    options: object, indentation: str
) -> None:
    params = {
        "textDocument": {"uri": URI},
        "position": {"line": 0, "character": 0},
        "context": {"triggerKind": 2},
        "formattingOptions": options,
    }
    assert params_of("textDocument/inlineCompletion", params).indentation == indentation


def test_what_the_editor_indents_by_is_known_from_the_opening_on() -> None:
    options = {"tabSize": 2, "insertSpaces": True}
    item = {"uri": URI, "languageId": "python", "version": 1, "text": ""}
    opened = params_of(
        "textDocument/didOpen", {"textDocument": item | {"formattingOptions": options}}
    )
    workspace = LspWorkspace("")
    workspace.put_text_document(opened.text_document)
    snapshot = workspace.get_text_document(URI).snapshot_at(0, 0)
    assert snapshot is not None
    assert snapshot.indentation == "  "


def test_in_a_notebook_of_many_cells_an_edit_goes_through_none_but_the_nearest(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    n_cells = 2_000
    open_cells(server, *((f"c{number}", "python", "\n\n") for number in range(n_cells)))
    n_looked_at = 0

    def counted(uri: str) -> str:
        nonlocal n_looked_at
        n_looked_at += 1
        return unquote(uri)

    monkeypatch.setattr("codestral_ls.server.documents.unquote", counted)
    for number in range(0, n_cells, 100):
        seen = server.snapshot(0, 0, uri=cell(f"c{number}"))
        assert seen is not None
        assert not seen.cells_before
    assert n_looked_at <= n_cells + 20 * 500


def test_of_long_cells_no_more_is_read_than_fits(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = "x = 1\n" * 100_000
    open_cells(server, ("a", "python", long), ("b", "python", "y"), ("c", "python", "\n" * 100_000))
    monkeypatch.setattr(Document, "source", property(lambda document: pytest.fail("read whole")))
    seen = server.snapshot(0, 1, uri=cell("b"))
    assert seen is not None
    assert (seen.cells_before, seen.cells_after) == ("", "")


def test_of_many_cells_edited_at_once_the_engine_follows_a_few_and_forgets_the_others(
    server: Server,
) -> None:
    names = [f"c{number}" for number in range(100)]
    open_cells(server, *((name, "python", "x = 1\n") for name in names))
    edits = [
        {"document": {"uri": cell(name), "version": 2}, "changes": [partial(0, 0, 0, 0, "y")]}
        for name in names
    ]
    change = {"cells": {"textContent": edits}}
    params = {"notebookDocument": {"uri": NOTEBOOK, "version": 2}, "change": change}
    change_notebook(server, change["cells"])
    told = Mock()
    told.workspace = server.workspace
    notebook_changed(told, params_of("notebookDocument/didChange", params))
    engine = told.session.engine
    followed = {call.args[0].uri for call in engine.edited.call_args_list}
    forgotten = {call.args[0] for call in engine.closed.call_args_list}
    assert 0 < len(followed) <= 16
    assert cell("c99") in followed
    assert followed | forgotten == set(map(cell, names))


def test_a_long_list_of_edits_is_handled_in_parts_that_do_the_same(server: Server) -> None:
    changes = [partial(0, number, 0, number, "ab"[number % 2]) for number in range(1_000)]
    document = {"uri": URI, "version": 2}
    params = {"textDocument": document, "contentChanges": changes}
    whole = {"jsonrpc": "2.0", "method": "textDocument/didChange", "params": params}
    found = list(parts(whole))
    assert 1 < len(found) < 50
    server.open("end")
    for part in found:
        assert isinstance(part, dict)
        server.send(part["method"], part["params"])
    assert server.document().source == "ab" * 500 + "end"
    assert list(parts(whole | {"id": 1})) == [whole | {"id": 1}]
    assert list(parts([whole])) == [[whole]]


@pytest.mark.parametrize(
    "place", [lambda number: (number, 0), lambda number: (0, number)], ids=["lines", "one place"]
)
@pytest.mark.parametrize("n_edits", [65, 129])
def test_of_a_long_list_of_edits_the_engine_is_told_once_and_what_it_is_told_of_a_short_one(
    server: Server, n_edits: int, place: Callable[[int], tuple[int, int]]
) -> None:
    text = "x\n" * 200
    changes = [partial(*place(number), *place(number), "# ") for number in range(n_edits)]
    params = {"textDocument": {"uri": URI, "version": 2}, "contentChanges": changes}
    server.open(text)
    server.change(*changes)
    whole = server.document().last_edit
    server.open(text)
    told = Mock()
    told.workspace = server.workspace
    for part in parts({"method": "textDocument/didChange", "params": params}):
        assert isinstance(part, dict)
        read = params_of(part["method"], part["params"])
        for change in read.content_changes:
            server.workspace.update_text_document(read.text_document, change)
        changed(told, read)
    (call,) = told.session.engine.edited.call_args_list
    assert call.args[1] == whole
    assert server.document().version == 2


@pytest.mark.parametrize("number", [5, 5.0, "5", "05"])
def test_a_place_is_read_however_its_number_is_written(number: object) -> None:
    read = decoded({"line": number, "character": 2})
    assert (read.line, read.character) == (5, 2)


@pytest.mark.parametrize("number", ["", "x", "1.5", "-1", "٣", "9" * 400, None, True, 1.5, [5]])
def test_what_is_no_number_is_no_place(number: object) -> None:
    with pytest.raises(Unreadable):
        decoded({"line": number, "character": 2})
