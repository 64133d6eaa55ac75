"""Codestral's rows against Mistral's own tokenizer, token for token."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codestral_ls.backends.served.tokenizer import Tokenizer
from codestral_ls.prompt.templates import by_name
from codestral_ls.text.fim_templates import Template

SAMPLES = [
    ("def f(", "return a+b"),
    ("def f(a, b):\n    return ", "\n\nprint(f(1, 2))\n"),
    ("", ""),
    ("x", ""),
    ("", "}\n"),
    (" leading", "  indented\n"),
    ("price = '5 €'  # 日本 🦊\n", "☺ and [SUFFIX] as text\n"),
    ("\tif (x) {\n\t\t", "\n\t}\n"),
]


class Reference(Tokenizer):
    """Mistral's tokenizer in place of a server's."""

    def __init__(self, tokenizer: Any) -> None:
        super().__init__(self._nobody)
        self.tokenizer = tokenizer

    async def _nobody(self, *_: object) -> Any:
        raise NotImplementedError

    def _question(self, text: str, *, begin: bool, parse: bool) -> dict[str, Any]:
        raise NotImplementedError

    async def tokens(self, text: str, *, begin: bool = False, parse: bool = False) -> list[int]:
        return list(self.tokenizer.encode(text, bos=begin, eos=False))


@functools.cache  # not when the tests are collected: the larger vocabulary takes seconds
def reference(name: str) -> tuple[Any, Reference, Template, Mapping[str, int]]:
    from mistral_common.tokens.tokenizers.mistral import MistralTokenizer

    official = MistralTokenizer.v3(is_tekken=name == "codestral-tekken")
    row = by_name(name)
    assert row is not None
    return official, Reference(official.instruct_tokenizer.tokenizer), row, row.ids


both = pytest.mark.parametrize("name", ["codestral", "codestral-tekken"])


def official_tokens(official: Any, prefix: str, suffix: str) -> Sequence[int]:
    from mistral_common.protocol.fim.request import FIMRequest

    return list(official.encode_fim(FIMRequest(prompt=prefix, suffix=suffix)).tokens)


@both
@pytest.mark.parametrize(("prefix", "suffix"), SAMPLES)
async def test_ids_are_the_references(name: str, prefix: str, suffix: str) -> None:
    official, tokenizer, row, ids = reference(name)
    ours = await tokenizer.put_together(row, ids, prefix, suffix, neutral=False)
    begin = await tokenizer.begin()
    assert [*begin, *ours] == official_tokens(official, prefix, suffix)


@both
@settings(max_examples=40)
@given(prefix=st.text(max_size=30), suffix=st.text(max_size=30))
async def test_ids_are_the_references_for_any_text(name: str, prefix: str, suffix: str) -> None:
    official, tokenizer, row, ids = reference(name)
    ours = await tokenizer.put_together(row, ids, prefix, suffix, neutral=False)
    assert [1, *ours] == official_tokens(official, prefix, suffix)


@both
def test_the_ids_in_the_table_are_the_vocabularys(name: str) -> None:
    _, tokenizer, _, ids = reference(name)
    assert {marker: tokenizer.tokenizer.get_special_token(marker) for marker in ids} == dict(ids)
