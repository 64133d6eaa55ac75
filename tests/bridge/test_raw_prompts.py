"""A raw prompt of any family is taken apart into what stands before and after the cursor."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codestral_ls.bridge.raw_prompts import AmbiguousPrompt, NoRawPrompt, RawPrompt, take_apart
from codestral_ls.prompt.templates import by_name, neutralize, render, render_repository
from codestral_ls.text.control_strings import CONTROL_STRINGS
from codestral_ls.text.fim_templates import TEMPLATES, Template

BEFORE = "import os\n\ndef size(path):\n    return "
AFTER = "\n\n\ndef name(path):\n    return os.path.basename(path)\n"

rows = pytest.mark.parametrize("row", TEMPLATES, ids=lambda row: row.name)
# Lines as code has them: whatever is between the control strings is kept.
texts = st.text(st.sampled_from("ab({[<|>]})\n\t \\'\"#_=é😀"), max_size=60)


@rows
@settings(max_examples=10)  # for each of the rows
@given(before=texts, after=texts)
def test_each_familys_prompt_comes_apart(row: Template, before: str, after: str) -> None:
    # What remains of a marker at a text's end could join the next one to something else.
    before, after = neutralize(before, row), neutralize(after, row)
    found = take_apart(render(row, before, after))
    assert found.after == after
    # The two layouts of Codestral differ by a blank.
    candidates = [before]
    if "codestral" in row.name:
        candidates += [before.removeprefix(" "), f" {before}"]
    assert found.before in candidates


@rows
@pytest.mark.parametrize(
    ("before", "after"), [(BEFORE, AFTER), ("", AFTER), (BEFORE, ""), ("", "")]
)
def test_sides_may_be_empty(row: Template, before: str, after: str) -> None:
    assert take_apart(render(row, before, after)) == RawPrompt(before, after)


@rows
@pytest.mark.parametrize("begin", ["<s>", "<s> "])
def test_a_begin_of_text_is_none_of_the_document(row: Template, begin: str) -> None:
    assert take_apart(begin + render(row, BEFORE, AFTER)).after == AFTER
    assert take_apart(begin + render(row, BEFORE, AFTER)).before == BEFORE


@rows
def test_what_the_client_put_before_the_prompt_is_none_of_the_document(row: Template) -> None:
    prompt = "Context:\n\nsome file\n" + render(row, BEFORE, AFTER)
    assert take_apart(prompt) == RawPrompt(BEFORE, AFTER)


def test_a_line_indented_by_a_tab_or_by_blanks_keeps_all_of_them() -> None:
    for before in ("    x = ", "\tx = ", "  x = "):
        assert take_apart(f"[SUFFIX]{AFTER}[PREFIX]{before}").before == before


def test_the_beginning_of_the_answer_belongs_to_the_document() -> None:
    prompt = f"<|fim_prefix|>{BEFORE}<|fim_suffix|>{AFTER}<|fim_middle|>os."
    assert take_apart(prompt) == RawPrompt(BEFORE + "os.", AFTER)


def test_the_documents_name_is_read_from_the_layout_of_a_repository() -> None:
    row = by_name("qwen-coder")
    assert row is not None
    head = render_repository(row, "shop", [("price.py", "PRICE = 1\n")], "shop/size.py")
    found = take_apart(head + render(row, BEFORE, AFTER))
    assert found == RawPrompt(BEFORE, AFTER, "shop/size.py")


def test_the_documents_name_is_read_from_the_last_header_of_codestral() -> None:
    files = f"+++++ price.py\nPRICE = 1\n\n+++++ shop/size.py\n{BEFORE}"
    assert take_apart(f"[SUFFIX]{AFTER}[PREFIX]{files}") == RawPrompt(BEFORE, AFTER, "shop/size.py")
    alone = f"[SUFFIX]{AFTER}[PREFIX]+++++ a.py\n{BEFORE}"
    assert take_apart(alone) == RawPrompt(BEFORE, AFTER, "a.py")


@pytest.mark.parametrize(
    "text", [control for control in CONTROL_STRINGS if control not in ("[PREFIX]", "[SUFFIX]")]
)
def test_a_document_about_other_families_is_no_riddle(text: str) -> None:
    before, after = f"MARK = {text!r}\n", f"\n# not {text}\n"
    found = take_apart(f"[SUFFIX]{after}[PREFIX]{before}")
    assert found == RawPrompt(before, after)


@rows
@pytest.mark.parametrize("side", ["before", "after"])
def test_a_document_with_the_familys_own_strings_is_not_guessed_at(
    row: Template, side: str
) -> None:
    text = f"MARK = '{row.written_markers[-1]}'\n"
    sides = {
        "prefix": BEFORE,
        "suffix": AFTER,
        side.replace("before", "prefix").replace("after", "suffix"): text,
    }
    with pytest.raises(AmbiguousPrompt):
        take_apart(row.layout.format(**sides))


@pytest.mark.parametrize(
    "prompt",
    [
        "", BEFORE, "[SUFFIX]" + AFTER, "[PREFIX]" + BEFORE, f"[PREFIX]{BEFORE}[SUFFIX]{AFTER}",
        "<|fim_prefix|>x<|fim_middle|>", "<fim_middle>x<fim_prefix>y<fim_suffix>",
    ],
)  # fmt: skip
def test_other_text_is_no_prompt(prompt: str) -> None:
    with pytest.raises(NoRawPrompt):
        take_apart(prompt)
