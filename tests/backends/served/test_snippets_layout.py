"""Passages of other files in a prompt: for models that know the layout, and for no others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from codestral_ls.backends.served.facts import Facts, PromptForm
from codestral_ls.backends.served.snippets_layout import rendered, with_snippets
from codestral_ls.prompt.prompt import Prompt
from codestral_ls.prompt.snippets import HEADER_STOP, Snippet
from codestral_ls.prompt.templates import by_name
from codestral_ls.text.fim_templates import TEMPLATES

ASKED = Prompt(
    prefix="total = ",
    suffix="\n",
    max_tokens=10,
    temperature=0.0,
    stop=("END",),
    snippets=(Snippet("prices.price_of", "prices.py", "def price_of(article): ...", "calls it"),),
    shown_path="shop.py",
)


@pytest.mark.parametrize("row", TEMPLATES, ids=lambda row: row.name)
def test_only_codestral_is_shown_files_under_headers(row: object) -> None:
    template = by_name(getattr(row, "name", ""))
    assert template is not None
    asked = with_snippets(template, ASKED)
    if template.name.startswith("codestral"):
        assert asked.prefix.startswith("+++++ prices.py\n")
        assert asked.prefix.endswith("+++++ shop.py\ntotal = ")
        assert asked.stop == ("END", HEADER_STOP)
    else:
        assert (asked.prefix, asked.stop) == (ASKED.prefix, ASKED.stop)


def test_qwen_is_shown_files_as_a_repository_where_there_is_room() -> None:
    template = by_name("qwen-coder")
    facts = Facts(model="m", form=PromptForm.STRING, template=template, context_tokens=32_768)
    prompt = rendered(facts, ASKED)
    assert prompt.startswith("<|repo_name|>workspace\n<|file_sep|>prices.py\ndef price_of")
    assert "<|file_sep|>shop.py\n<|fim_prefix|>total = <|fim_suffix|>" in prompt
    small = replace(facts, context_tokens=4096)
    assert rendered(small, ASKED).startswith("<|fim_prefix|>total = ")


def test_without_snippets_the_prompt_is_bare() -> None:
    template = by_name("codestral")
    asked = Prompt(prefix="a", suffix="b", max_tokens=1, temperature=0.0)
    assert with_snippets(template, asked) == asked
