"""The child process, spoken to through its pipes."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from codestral_ls.workspace.completer.indexing import CompleterIndexer
from codestral_ls.workspace.completer.learner import Learner
from codestral_ls.workspace.completer.process import CompleterConversation
from codestral_ls.workspace.process import interpreter

LINE = "    with open_ledger(path, mode='strict') as ledger:\n"
QUESTION = {"op": "complete", "before": "def f(path):\n    with open_le", "after": ""}


@pytest.fixture
def ledgers(tmp_path: Path) -> Path:
    for name in ("one", "two", "three", "four"):
        (tmp_path / f"{name}.py").write_text(f"def {name}(path):\n{LINE}        {name}(ledger)\n")
    return tmp_path


@pytest.fixture
def child(ledgers: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [*interpreter.command("codestral_ls.workspace.completer.process"), str(ledgers)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        yield process
        process.kill()


def say(child: subprocess.Popen[bytes], line: bytes) -> None:
    assert child.stdin is not None
    child.stdin.write(line)
    child.stdin.flush()


def ask(child: subprocess.Popen[bytes], **question: Any) -> Any:
    say(child, json.dumps(question).encode() + b"\n")
    assert child.stdout is not None
    return json.loads(child.stdout.readline())


def test_the_first_question_is_answered_from_the_files_beside_it(
    child: subprocess.Popen[bytes], ledgers: Path
) -> None:
    answer = ask(child, id=7, path=str(ledgers / "five.py"), **QUESTION)
    assert answer == {"id": 7, "text": "dger(path, mode='strict') as ledger:"}


@pytest.mark.parametrize(
    "garbage",
    [
        b"not json\n", b"\xff\xfe\n", b"[]\n", b"null\n", b"{}\n", b'{"op": "complete"}\n',
        b'{"op": "unknown", "id": 1}\n', b'{"op": "document", "path": 5}\n', b"[" * 100_000 + b"\n",
    ],
)  # fmt: skip
def test_a_line_that_makes_no_sense_is_passed_over(
    child: subprocess.Popen[bytes], garbage: bytes
) -> None:
    say(child, garbage)
    assert ask(child, id=2, op="status")["id"] == 2


def test_it_ends_quietly_when_stdin_is_closed(child: subprocess.Popen[bytes]) -> None:
    ask(child, id=1, op="status")
    _, errors = child.communicate(timeout=20)
    assert (child.returncode, errors) == (0, b"")


def test_it_ends_quietly_when_nobody_reads_any_more(child: subprocess.Popen[bytes]) -> None:
    assert child.stdout is not None
    child.stdout.close()
    say(child, b'{"id": 1, "op": "status"}\n')
    assert child.wait(timeout=20) == 0
    assert child.stderr is not None
    assert child.stderr.read() == b""


@pytest.mark.skipif(not hasattr(os, "nice"), reason="priorities are a matter of POSIX")
def test_it_gives_way_to_the_editor(child: subprocess.Popen[bytes]) -> None:
    ask(child, id=1, op="status")
    assert os.getpriority(os.PRIO_PROCESS, child.pid) > os.getpriority(os.PRIO_PROCESS, 0)


def conversation(*roots: str) -> CompleterConversation:
    learner = Learner()
    clock = count().__next__
    return CompleterConversation(
        CompleterIndexer(learner, roots, clock=clock), learner, clock=clock
    )


def answered(talk: CompleterConversation, **message: Any) -> Any:
    answer = talk.answer(json.dumps(message).encode())
    return None if answer is None else json.loads(answer)


def test_an_open_document_is_learnt_before_it_is_saved_and_forgotten_when_closed() -> None:
    talk = conversation()
    for number in range(4):
        text = f"def f{number}(path):\n{LINE}        f{number}()\n"
        answered(talk, op="document", path=f"/nowhere/{number}.py", text=text)
    question = {**QUESTION, "id": 1, "path": "/nowhere/5.py"}
    assert answered(talk, **question)["text"] == "dger(path, mode='strict') as ledger:"
    for number in range(4):
        answered(talk, op="closed", path=f"/nowhere/{number}.py")
    assert answered(talk, **question)["text"] == ""


def test_a_question_with_wrong_fields_is_answered_with_nothing() -> None:
    assert answered(conversation(), id=3, op="complete", before=5, after=None) == {"id": 3}


def test_a_document_without_a_path_is_completed_from_itself() -> None:
    text = LINE * 3 + "    with open_le"
    answer = answered(conversation(), id=1, op="complete", path=None, before=text, after="")
    assert answer["text"] == "dger(path, mode='strict') as ledger:"


def test_half_a_character_in_a_text_does_not_break_the_pipe() -> None:
    text = "call('\ud800', name)\n" * 3 + "call("
    answer = answered(conversation(), id=1, op="complete", path=None, before=text, after="")
    assert answer["text"] == "'\ud800', name)"
