"""Predictions, case by case. ``█`` is the cursor."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codestral_ls.workspace.completer.learner import Learner
from codestral_ls.workspace.completer.predict import CompletionPlace, predict, steps

IDIOM = "    with open_ledger(path, mode='strict') as ledger:\n        ledger.add({})\n"


def ask(
    files: dict[str, str], document: str, *, path: str = "/w/here/main.py", multiline: bool = False
) -> str:
    learner = Learner()
    for name, text in files.items():
        learner.learn(name, text)
    before, _, after = document.partition("█")
    return predict(learner, CompletionPlace(path, before, after, multiline=multiline))


def check(files: dict[str, str], document: str, expected: str, *, multiline: bool = False) -> None:
    assert ask(files, document, multiline=multiline) == expected


def likeliest(files: dict[str, str], document: str) -> str:
    """The likeliest tokens to the end of the line, sure or not."""
    learner = Learner()
    for name, text in files.items():
        learner.learn(name, text)
    before, _, after = document.partition("█")
    question = CompletionPlace("/w/here/main.py", before, after)
    return "".join(step.text for step in steps(learner, question) if not step.is_end)


def ledgers(directory: str = "/w/here") -> dict[str, str]:
    return {
        f"{directory}/{number}.py": f"def job{number}(path):\n" + IDIOM.format(number)
        for number in range(4)
    }


def test_an_idiom_of_the_directory_is_continued_from_a_partial_word() -> None:
    check(ledgers(), "def other(path):\n    with open_le█", "dger(path, mode='strict') as ledger:")


@pytest.mark.parametrize(
    "document", ["def f(path):\n    with █", "def f(path):\n    with open_ledger█"]
)
def test_the_same_idiom_is_continued_at_the_ends_of_words(document: str) -> None:
    line = "    with open_ledger(path, mode='strict') as ledger:"
    typed = document.rpartition("\n")[2].removesuffix("█")
    check(ledgers(), document, line.removeprefix(typed))


def test_an_idiom_from_another_directory_is_known_too() -> None:
    document = "def other(path):\n    with open_le█"
    check(ledgers("/w/far/away"), document, "dger(path, mode='strict') as ledger:")


def test_nothing_learnt_means_silence() -> None:
    assert ask({}, "x = comp█") == ""


def test_a_line_is_suggested_up_to_where_earlier_lines_disagree() -> None:
    files = {
        f"/w/here/{name}.py": f"    report.write_total(sheet, {name})\n"
        for name in ("apples", "pears", "plums", "cherries")
    }
    check(files, "def f():\n    report.wri█", "te_total(sheet,")


def test_candidates_that_disagree_at_once_mean_silence() -> None:
    names = ("alpha", "beta", "gamma", "delta", "omega")
    files = {f"/w/here/{name}.py": f"result = {name}_step(1)\n" for name in names}
    check(files, "result = █", "")


def test_this_directory_is_believed_more_than_another() -> None:
    near = {f"/w/here/{i}.py": "connect(host, retries=3)\n" for i in range(3)}
    far = {f"/w/there/{i}.py": "connect(host, timeout=9)\n" for i in range(4)}
    assert likeliest(far | near, "connect(ho█") == "st, retries=3)"


def test_this_file_is_believed_more_than_its_directory() -> None:
    near = {f"/w/here/{i}.py": "connect(host, timeout=9)\n" for i in range(4)}
    assert likeliest(near, "connect(host, retries=3)\n" * 3 + "connect(ho█") == "st, retries=3)"


def test_a_document_edited_recently_is_believed_more_than_one_that_is_not() -> None:
    learner = Learner()
    for i in range(3):
        learner.learn(f"/w/old/{i}.py", "connect(host, timeout=9)\n")
        learner.update(f"/w/open/{i}.py", "connect(host, retries=3)\n")
    found = steps(learner, CompletionPlace("/w/here/main.py", "connect(ho", ""))
    assert "".join(step.text for step in found if not step.is_end) == "st, retries=3)"


def test_what_follows_the_cursor_decides_between_candidates() -> None:
    files = {}
    for i in range(3):
        files[f"/w/here/r{i}.py"] = (
            "    stream = open_it(name, reading)\n    text = stream.read()\n"
        )
        files[f"/w/here/w{i}.py"] = "    stream = open_it(name, writing)\n    stream.write(text)\n"
    check(files, "    stream = open_it(name, █\n    text = stream.read()\n", "reading)")
    check(files, "    stream = open_it(name, █\n    stream.write(text)\n", "writing)")


def test_the_suggestion_ends_where_the_rest_of_the_line_begins() -> None:
    check(ledgers(), "def other(path):\n    with open_ledger(█) as ledger:", "path, mode='strict'")


def test_names_are_replaced_as_they_are_elsewhere() -> None:
    learnt = (
        "def read_parcel(path):\n    parcel = load_parcel(path)\n    check_parcel(parcel)\n"
        "    return parcel\n"
    )
    files = {"/w/here/parcels.py": learnt, "/w/here/more_parcels.py": learnt}
    document = "def read_order(path):\n    order = load_order(path)\n    check_█"
    check(files, document, "order(order)")


def test_a_name_is_replaced_in_the_word_that_was_begun() -> None:
    learnt = "def read_parcel(path):\n    parcel = load_parcel(path)\n    return parcel\n"
    files = {f"/w/here/{i}.py": learnt for i in range(3)}
    check(files, "def read_order(path):\n    order = load_or█", "der(path)")


def test_a_name_under_the_cursor_may_be_the_renamed_one() -> None:
    learnt = (
        "def read_parcel(parcel):\n    parcel.open_seal(1)\n    return parcel.weight_in_grams\n"
    )
    files = {f"/w/here/{i}.py": learnt for i in range(3)}
    document = "def read_order(order):\n    order.open_seal(1)\n    return order█"
    check(files, document, ".weight_in_grams")


def test_a_name_that_stands_for_itself_is_not_renamed() -> None:
    learnt = "    pack(parcel)\n    log_it(parcel)\n    send_off(parcel)\n"
    files = {f"/w/here/{i}.py": "if 1:\n" + learnt for i in range(3)}
    document = "if 1:\n    pack(order)\n    log_it(parcel)\n    send_off(█"
    assert likeliest(files, document) == "parcel)"


def test_a_blank_or_tiny_text_is_never_suggested() -> None:
    files = {f"/w/here/{i}.py": "f(x)\n\n\n\n    \n\ng(y)\n" for i in range(5)}
    for document in ("f(x)█", "f(x)\n█", "f(x█", "f(x)\n\n    █\n\ng(y)\n"):
        text = ask(files, document, multiline=True)
        assert text == "" or len(text.strip()) > 1


def test_the_next_line_is_not_suggested_once_more() -> None:
    document = (
        "def other(path):\n    with open_le█\n    with open_ledger(path, mode='strict') as ledger:"
    )
    check(ledgers(), document, "")


def test_a_document_is_not_evidence_for_its_own_cursor() -> None:
    document = "import os\n\n\ndef one():\n    first_call(1)\n█\n    second_call(2)\n"
    files = {"/w/here/main.py": document.replace("█", "")}
    assert "second_call" not in ask(files, document.replace("\n█", "\n    █"))


def test_a_block_that_agrees_is_suggested_with_this_documents_indentation() -> None:
    block = (
        "class Job:\n    def close(self):\n"
        "        self.ledger.flush()\n        self.ledger.close()\n"
    )
    files = {f"/w/here/{i}.py": block + f"\n\nx = {i}\n" for i in range(4)}
    document = "if old:\n  class Job:\n    def clo█"
    check(
        files,
        document,
        "se(self):\n      self.ledger.flush()\n      self.ledger.close()",
        multiline=True,
    )
    check(files, document, "se(self):", multiline=False)


def test_a_block_in_a_document_with_tabs_is_indented_with_tabs() -> None:
    block = "class Job:\n    def close(self):\n        self.ledger.flush()\n\n"
    files = {f"/w/here/{i}.py": block for i in range(4)}
    check(files, "class Job:\n\tdef clo█", "se(self):\n\t\tself.ledger.flush()", multiline=True)


def test_one_line_is_suggested_where_the_block_goes_on_below_the_cursor() -> None:
    document = "class Job:\n    def work(path):\n        with open_le█\n        return 1\n"
    assert "\n" not in ask(ledgers(), document, multiline=True)


@pytest.mark.parametrize("line_end", ["\r\n", "\r"])
def test_other_line_ends_make_no_difference(line_end: str) -> None:
    files = {path: text.replace("\n", line_end) for path, text in ledgers().items()}
    document = "def other(path):\n    with open_le█"
    check(files, document, "dger(path, mode='strict') as ledger:")


def test_tabs_and_spaces_before_a_line_make_no_difference() -> None:
    files = {path: text.replace("    ", "\t") for path, text in ledgers().items()}
    check(files, "def other(path):\n    with open_le█", "dger(path, mode='strict') as ledger:")


@settings(max_examples=200)
@given(st.text(), st.text(), st.text(), st.booleans())
def test_no_text_makes_it_fail(learnt: str, before: str, after: str, multiline: bool) -> None:
    learner = Learner()
    learner.learn("/w/a", learnt)
    learner.update("/w/b", before + after)
    text = predict(learner, CompletionPlace("/w/b", before, after, multiline=multiline))
    assert text == text.rstrip()


@given(st.text(alphabet="ab(=. \n", max_size=80), st.data())
def test_every_cursor_in_repetitive_text_is_answered_with_a_line_or_nothing(
    line: str, data: st.DataObject
) -> None:
    text = line * 5
    at = data.draw(st.integers(0, len(text)))
    learner = Learner()
    learner.learn("/w/a", text)
    assert "\n" not in predict(learner, CompletionPlace("/w/b", text[:at], text[at:]))
