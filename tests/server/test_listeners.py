"""When readers of the workspace hear of documents."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from codestral_ls.server.documents import Document
from codestral_ls.server.listeners import DocumentListeners
from tests import virtual_time

PATH = "/shop/order.py"


class Heard(list[tuple[object, ...]]):
    """A listener that keeps what it hears."""

    def opened(self, path: str, text: str) -> None:
        self.append(("opened", path, text))

    def edited(self, path: str, text: str) -> None:
        self.append(("edited", path, text))

    def closed(self, path: str) -> None:
        self.append(("closed", path))

    def changed_on_disk(self, paths: Sequence[str]) -> None:
        self.append(("changed_on_disk", *paths))


def document(text: str, uri: str = "file:///shop/order.py") -> Document:
    return Document(uri, text, version=1, language_id="python")


def test_every_listener_hears_of_each_thing_under_its_own_name() -> None:
    one, other = Heard(), Heard()
    listeners = DocumentListeners(lambda: [one, other])
    listeners.opened(document("a"))
    listeners.changed_on_disk([PATH, "/shop/other.py"])
    listeners.closed(PATH)
    assert one == [
        ("opened", PATH, "a"),
        ("changed_on_disk", PATH, "/shop/other.py"),
        ("closed", PATH),
    ]
    assert other == one


def test_edits_are_heard_once_when_they_pause_with_the_text_of_then() -> None:
    heard = Heard()
    listeners = DocumentListeners(lambda: [heard])
    order = document("")

    async def typing() -> None:
        for key in "total":
            order.contents = document(order.source + key).contents
            listeners.edited(order)
            await asyncio.sleep(0.2)
        assert heard == []
        await asyncio.sleep(5)

    virtual_time.run(typing())
    assert heard == [("edited", PATH, "total")]


def test_an_edit_is_not_heard_of_after_the_document_was_closed() -> None:
    heard = Heard()
    listeners = DocumentListeners(lambda: [heard])

    async def closing() -> None:
        listeners.edited(document("a"))
        listeners.closed(PATH)
        await asyncio.sleep(5)

    virtual_time.run(closing())
    assert heard == [("closed", PATH)]


def test_documents_that_are_no_files_or_whose_text_is_not_known_are_not_heard_of() -> None:
    heard = Heard()
    listeners = DocumentListeners(lambda: [heard])
    lost = document("a")
    lost.out_of_sync = True

    async def editing() -> None:
        for each in (lost, document("a", "untitled:Untitled-1")):
            listeners.opened(each)
            listeners.edited(each)
        await asyncio.sleep(5)

    virtual_time.run(editing())
    assert heard == []
