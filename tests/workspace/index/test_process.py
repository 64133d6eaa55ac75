"""What the child says, line by line."""

from __future__ import annotations

import io
import json
import queue
from pathlib import Path
from typing import Any

import pytest

from codestral_ls.workspace.index.process import PROGRESS_EVERY_S, QUIET_S, IndexConversation
from codestral_ls.workspace.process import child
from tests.workspace.index.shop import MAIN, PARCEL, Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = Shop(tmp_path)
    for number in range(20):
        shop.write(f"m{number}.py", PARCEL)
    return shop


def talk(shop: Shop) -> IndexConversation:
    return IndexConversation(shop.indexer, shop.index, clock=shop.clock)


def say(conversation: IndexConversation, **message: Any) -> Any:
    line = conversation.answer(json.dumps(message).encode() + b"\n")
    return None if line is None else json.loads(line)


def question(shop: Shop) -> dict[str, Any]:
    return {
        "op": "snippets",
        "id": 1,
        "path": shop.path("main.py"),
        "before": MAIN + "load_parcel(",
        "after": "",
        "language_id": "python",
        "max_chars": 4000,
    }


def test_questions_are_answered_before_anything_is_indexed(shop: Shop) -> None:
    answer = say(talk(shop), **question(shop))
    assert (answer["id"], answer["snippets"], answer["done"]) == (1, [], False)
    known, n_all = answer["near"]
    assert known < n_all


def test_a_question_that_may_wait_is_answered_when_the_files_near_it_are_known(shop: Shop) -> None:
    conversation = talk(shop)
    assert say(conversation, **question(shop), wait_ms=1000) is None
    told = None
    while told is None:
        assert conversation.work()
        told = conversation.news()
    answer = json.loads(told)
    assert answer["id"] == 1
    assert answer["near"][0] == answer["near"][1]
    assert answer["snippets"][0]["why"] == "defines load_parcel, called at the cursor"


def test_a_question_that_waited_long_enough_is_answered_with_what_is_known(shop: Shop) -> None:
    conversation = talk(shop)
    assert say(conversation, **question(shop), wait_ms=1000) is None
    conversation.work()
    assert conversation.news() is None
    shop.clock.now += 1
    told = conversation.news()
    assert told is not None
    # How far indexing is may follow.
    answer = json.loads(told.splitlines()[0])
    assert answer["near"][0] < answer["near"][1]


def test_status_tells_how_much_is_indexed(shop: Shop) -> None:
    conversation = talk(shop)
    assert say(conversation, op="status", id=5)["done"] is False
    shop.work()
    assert say(conversation, op="status", id=6) == {
        "id": 6, "files": 20, "names": 4, "found": 20, "done": True, "left_out": "",
    }  # fmt: skip


def test_what_was_left_out_is_said_in_one_sentence(shop: Shop) -> None:
    shop.indexer.n_left_out = 7
    assert (
        say(talk(shop), op="status", id=1)["left_out"]
        == "7 files are beyond the limits and were not read."
    )
    shop.indexer.n_left_out, shop.indexer.walk_was_cut = 0, True
    assert "too large" in say(talk(shop), op="status", id=1)["left_out"]


@pytest.mark.parametrize(
    "line",
    [
        b"not json\n", b"\xff\xfe\n", b"[]\n", b"null\n", b"{}\n", b"[" * 100_000 + b"\n",
        b'{"op": "unknown", "id": 1}\n', b'{"op": "document", "path": 5}\n',
        b'{"op": "changed", "paths": 5}\n', b'{"op": "changed", "paths": [5, null]}\n',
        b'{"op": "document", "path": "\\u0000", "text": ""}\n',
    ],
)  # fmt: skip
def test_a_line_that_makes_no_sense_is_passed_over(shop: Shop, line: bytes) -> None:
    conversation = talk(shop)
    assert conversation.answer(line) is None
    shop.work()
    assert say(conversation, op="status", id=1)["files"] == 20


def test_a_question_that_makes_no_sense_is_answered_all_the_same(shop: Shop) -> None:
    assert say(talk(shop), op="snippets", id=3, path=5) == {"id": 3}


def test_progress_is_told_only_when_work_takes_long(shop: Shop) -> None:
    conversation = talk(shop)
    told = []
    while conversation.work():
        shop.clock.now += QUIET_S / 100
        told.append(conversation.news())
    assert conversation.news() is None
    assert not any(told)


def test_progress_is_told_now_and_then_and_at_the_end(shop: Shop) -> None:
    conversation = talk(shop)
    told = []
    while conversation.work():
        shop.clock.now += PROGRESS_EVERY_S / 2 + 0.01
        told.append(conversation.news())
    told.append(conversation.news())
    lines = [json.loads(line)["progress"] for line in told if line is not None]
    assert 2 < len(lines) < len(told) - 2
    assert [line["finished"] for line in lines[-2:]] == [False, True]
    assert lines[-1] == {"done": 20, "found": 20, "finished": True}
    assert [line["done"] for line in lines] == sorted(line["done"] for line in lines)


def near_and_far(tmp_path: Path, imported: str = "far") -> Shop:
    """A document with ten files beside it imports ten others, and there are ten more."""
    shop = Shop(tmp_path)
    for number in range(10):
        for folder in ("here", "far", "other"):
            shop.write(f"{folder}/{folder}{number}.py", PARCEL)
    imports = "".join(f"from {imported}.{imported}{n} import x\n" for n in range(10))
    shop.indexer.opened(shop.path("here/main.py"), imports)
    return shop


@pytest.mark.parametrize("imported", ["far", "here", "none"])
def test_progress_counts_each_file_once_wherever_it_is_near(tmp_path: Path, imported: str) -> None:
    shop = near_and_far(tmp_path, imported)
    shop.indexer.focus_on(shop.path("here/main.py"))
    told = [shop.indexer.progress]
    while shop.indexer.step():
        told.append(shop.indexer.progress)
    assert told[-1] == (30, 30)
    assert all(done <= found <= 30 for done, found in told)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    # None waits that was not found.
    assert all(found >= shop.indexer.n_pending for _, found in told)


@pytest.mark.parametrize("n_steps", range(0, 60, 3))
def test_progress_counts_each_file_once_also_when_the_rules_change(
    tmp_path: Path, n_steps: int
) -> None:
    shop = near_and_far(tmp_path)
    shop.indexer.focus_on(shop.path("here/main.py"))
    for _ in range(n_steps):
        shop.indexer.step()
    shop.write(".gitignore", "*.log\n")
    shop.indexer.look_at_rules()
    told = [shop.indexer.progress]
    while shop.indexer.step():
        told.append(shop.indexer.progress)
    assert told[-1] == (30, 30)
    assert all(0 <= done <= found <= 30 for done, found in told)


def test_a_child_works_between_lines_until_its_parent_is_gone(shop: Shop) -> None:
    lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    out = io.BytesIO()
    conversation = talk(shop)
    shop.work()
    lines.put(json.dumps(question(shop)).encode() + b"\n")
    lines.put(None)
    child.serve(conversation, lines, out)
    [answer] = [json.loads(line) for line in out.getvalue().splitlines()]
    assert answer["snippets"][0]["why"] == "defines load_parcel, called at the cursor"
