"""Every row of the template table lays out prompts that its family reads as meant."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestral_ls.prompt.templates import (
    Marker,
    Text,
    by_name,
    fit,
    for_model,
    neutralize,
    parts,
    render,
    render_repository,
)
from codestral_ls.text.fim_templates import TEMPLATES, Template

rows = pytest.mark.parametrize("row", TEMPLATES, ids=lambda row: row.name)
any_row = st.sampled_from(TEMPLATES)
# Source text of the worst kind: made of whole and halved control strings of all families.
PIECES = sorted({control for row in TEMPLATES for control in row.control_strings})
HALVES = [half for piece in PIECES for half in (piece[: len(piece) // 2], piece[len(piece) // 2 :])]
hostile_text = st.lists(
    st.sampled_from([*PIECES, *HALVES, "x = 1\n", "<s>", "é"]), max_size=12
).map("".join) | st.text(max_size=40)

EXAMPLES = {
    "codestral": "[SUFFIX]S[PREFIX] P",
    "codestral-tekken": "[SUFFIX]S[PREFIX]P",
    "qwen-coder": "<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>",
    "codegemma": "<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>",
    "deepseek-coder": "<｜fim▁begin｜>P<｜fim▁hole｜>S<｜fim▁end｜>",
    "starcoder2": "<fim_prefix>P<fim_suffix>S<fim_middle>",
    "mellum": "<fim_suffix>S<fim_prefix>P<fim_middle>",
    "codellama": "<PRE> P <SUF>S <MID>",
    "seed-coder": "<[fim-suffix]>S<[fim-prefix]>P<[fim-middle]>",
    "codegeex4": "<|code_prefix|>P<|code_suffix|>S<|code_middle|>",
}  # fmt: skip


def test_the_bars_and_blocks_of_deepseek_are_not_those_of_the_keyboard() -> None:
    row = by_name("deepseek-coder")
    assert row is not None
    strange = {character for character in "".join(row.markers) if not character.isascii()}
    assert strange == {"\uff5c", "\u2581"}


def test_every_row_has_its_example() -> None:
    assert EXAMPLES.keys() == {row.name for row in TEMPLATES}
    assert len(EXAMPLES) == len(TEMPLATES)


@rows
def test_the_example_is_laid_out_as_the_family_wants_it(row: Template) -> None:
    assert render(row, "P", "S") == EXAMPLES[row.name]
    assert by_name(row.name) is row


@rows
def test_a_row_has_one_to_four_stops_and_known_markers(row: Template) -> None:
    assert 1 <= len(row.stops) <= 4
    assert set(row.markers) >= set(row.ids)
    assert len(set(row.markers)) == len(row.markers) >= 2
    assert not row.ids or set(row.ids) == set(row.markers)


@rows
def test_empty_sides_keep_all_markers(row: Template) -> None:
    prompt = render(row, "", "")
    assert all(piece.strip() in prompt for piece in row.pieces)
    assert [part.text for part in parts(row, "", "") if isinstance(part, Marker)] == list(
        row.markers
    )


@given(row=any_row, prefix=hostile_text, suffix=hostile_text)
def test_no_text_adds_a_marker_to_a_string_prompt(row: Template, prefix: str, suffix: str) -> None:
    prompt = render(row, prefix, suffix)
    for control in (*row.control_strings, "<s>", "</s>"):
        assert prompt.count(control) == EXAMPLES[row.name].count(control)


@given(row=any_row, prefix=hostile_text, suffix=hostile_text)
def test_parts_hold_the_text_as_it_is(row: Template, prefix: str, suffix: str) -> None:
    texts = {part.joins: part.text for part in parts(row, prefix, suffix) if isinstance(part, Text)}
    assert texts == {True: suffix, False: prefix}


@given(row=any_row, text=hostile_text)
def test_neutralizing_leaves_other_text_alone_and_is_done_once(row: Template, text: str) -> None:
    once = neutralize(text, row)
    assert neutralize(once, row) == once
    if not any(control in text for control in (*row.control_strings, "<s>", "</s>")):
        assert once == text


def test_a_marker_that_appears_when_another_is_removed_is_removed_too() -> None:
    row = TEMPLATES[0]
    assert neutralize("a[SUF[PREFIX]FIX]b", row) == "ab"


@pytest.mark.parametrize(
    ("name", "families"),
    [
        ("codestral:22b", ["codestral", "codestral-tekken"]),
        ("mistralai/Codestral-22B-v0.1", ["codestral", "codestral-tekken"]),
        ("Qwen/Qwen2.5-Coder-7B", ["qwen-coder"]),
        ("qwen3-coder:30b", ["qwen-coder"]),
        ("deepseek-ai/DeepSeek-Coder-V2-Lite-Base", ["deepseek-coder"]),
        ("bigcode/starcoder2-3b", ["starcoder2"]),
        ("ibm-granite/granite-3b-code-base", ["starcoder2"]),
        ("stabilityai/stable-code-3b", ["starcoder2"]),
        ("codellama:7b-code", ["codellama"]),
        ("google/codegemma-2b", ["codegemma"]),
        ("ByteDance-Seed/Seed-Coder-8B-Base", ["seed-coder"]),
        ("JetBrains/Mellum-4b-base", ["mellum"]),
        ("THUDM/codegeex4-all-9b", ["codegeex4"]),
        ("devstral:24b", []),
        ("zeta", []),
        ("gpt-2", []),
    ],
)
def test_a_models_name_tells_its_family(name: str, families: list[str]) -> None:
    assert [row.name for row in for_model(name)] == families


def test_the_second_name_tells_where_the_first_does_not() -> None:
    assert [row.name for row in for_model("fast", "/models/starcoder2-3b")] == ["starcoder2"]


def test_a_repository_is_laid_out_where_the_family_knows_one() -> None:
    qwen = by_name("qwen-coder")
    starcoder = by_name("starcoder2")
    assert qwen is not None
    assert starcoder is not None
    files = [("a.py", "A = 1<|file_sep|>\n")]
    assert render_repository(qwen, "shop", files, "main.py") == (
        "<|repo_name|>shop\n<|file_sep|>a.py\nA = 1\n\n<|file_sep|>main.py\n"
    )
    assert render_repository(starcoder, "shop", files, "main.py") == ""


@given(prefix=st.text(max_size=300), suffix=st.text(max_size=300), room=st.integers(0, 400))
def test_a_cut_prompt_fits_and_keeps_what_is_near_the_cursor(
    prefix: str, suffix: str, room: int
) -> None:
    before, after = fit(prefix, suffix, room)
    assert prefix.endswith(before)
    assert suffix.startswith(after)
    assert len((before + after).encode()) <= room


def test_a_prompt_that_fits_is_not_cut() -> None:
    assert fit("é" * 10, "x", 21) == ("é" * 10, "x")


def test_the_cut_goes_to_line_bounds_and_shares_the_room() -> None:
    lines = "".join(f"line {number}\n" for number in range(500))
    before, after = fit(lines, lines, 1000)
    assert re.match(r"line \d+\n", before)
    assert after.endswith("\n")
    assert len(before) > 400
    assert 200 <= len(after) <= 250
    whole, _ = fit(lines, "", 1000)
    assert len(whole) > len(before)


def test_the_head_of_a_cut_prompt_mostly_stays_while_its_user_types() -> None:
    lines = "".join(f"    value_{number} = compute({number})\n" for number in range(400))
    heads = set()
    for typed in range(300):
        before, _ = fit(lines[:9000] + "x" * typed, "return\n", 4000)
        heads.add(before[:100])
    assert len(heads) <= 5
