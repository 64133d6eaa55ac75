"""The table of templates: how each family of models wants prefix and suffix laid out.

To add a family: a row here, and its example in ``tests/prompt/test_templates.py``; tests for the
whole table do the rest. ``prompt.templates`` lays prompts out by these rows. They stand here, below
it, since ``control_strings``, and with it what is taken out of answers, is made of them.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One family: a row of the table."""

    name: str
    layout: str
    """The string prompt with ``{prefix}`` and ``{suffix}`` in their places."""
    stops: tuple[str, ...]
    """One to four strings that end a completion; the model's own end comes beside them."""
    models: tuple[str, ...]
    """Regular expressions, searched for in a model's name in lower case."""
    control: tuple[str, ...] = ()
    """Further strings that a tokenizer would parse, beside markers and stops."""
    spelled: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """The vocabulary's spelling of a marker, where it is not the layout's."""
    ids: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Ids of the markers, where they are the same for the whole family."""
    repository: tuple[str, str] = ("", "")
    """Layout of the repository's name and of a file before the prompt; empty: there is none."""

    @property
    def pieces(self) -> tuple[str, ...]:
        """The layout's literal strings in order, as written there."""
        return tuple(literal for literal, *_ in string.Formatter().parse(self.layout) if literal)

    @property
    def written_markers(self) -> tuple[str, ...]:
        """The control strings of the layout, in order, as written there."""
        return tuple(filter(None, map(str.strip, self.pieces)))

    @property
    def markers(self) -> tuple[str, ...]:
        """The control strings of the layout, in order, as the vocabulary spells them."""
        return tuple(self.spelled.get(marker, marker) for marker in self.written_markers)

    @property
    def control_strings(self) -> tuple[str, ...]:
        """All that must not stand in source text where a tokenizer parses it."""
        known = (*self.written_markers, *self.spelled.values(), *self.stops, *self.control)
        return tuple(dict.fromkeys(known))


# The first row that a model's name fits is taken; without a telling name, the first whose markers
# the model's vocabulary has.
TEMPLATES: tuple[Template, ...] = (
    Template(
        # Codestral 22B, whose tokenizer is SentencePiece: it puts a space before a text, and the
        # reference keeps that of the prefix and takes away that of the suffix.
        name="codestral",
        layout="[SUFFIX]{suffix}[PREFIX] {prefix}",
        stops=("[PREFIX]", "[SUFFIX]"),
        models=(r"codestral",),
        control=("[MIDDLE]", "[INST]", "[/INST]"),
        ids=MappingProxyType({"[SUFFIX]": 13, "[PREFIX]": 11}),
    ),
    Template(
        name="codestral-tekken",
        layout="[SUFFIX]{suffix}[PREFIX]{prefix}",
        stops=("[PREFIX]", "[SUFFIX]"),
        models=(r"codestral",),
        control=("[MIDDLE]", "[INST]", "[/INST]"),
        ids=MappingProxyType({"[SUFFIX]": 16, "[PREFIX]": 14}),
    ),
    Template(
        name="qwen-coder",
        layout="<|fim_prefix|>{prefix}<|fim_suffix|>{suffix}<|fim_middle|>",
        stops=("<|endoftext|>", "<|file_sep|>", "<|repo_name|>", "<|im_end|>"),
        models=(r"qwen.*coder", r"qwen-?2\.5", r"qwen-?3"),
        control=("<|fim_pad|>", "<|im_start|>"),
        repository=("<|repo_name|>{name}\n", "<|file_sep|>{path}\n{text}\n"),
    ),
    Template(
        name="codegemma",
        layout="<|fim_prefix|>{prefix}<|fim_suffix|>{suffix}<|fim_middle|>",
        stops=("<|file_separator|>", "<end_of_turn>", "<|fim_prefix|>"),
        models=(r"codegemma",),
        control=("<start_of_turn>", "<bos>", "<eos>"),
    ),
    Template(
        name="deepseek-coder",
        layout="<｜fim▁begin｜>{prefix}<｜fim▁hole｜>{suffix}<｜fim▁end｜>",
        stops=("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"),
        models=(r"deepseek",),
        control=("<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<|EOT|>"),
    ),
    Template(
        name="starcoder2",
        layout="<fim_prefix>{prefix}<fim_suffix>{suffix}<fim_middle>",
        stops=("<|endoftext|>", "<file_sep>", "<fim_prefix>"),
        models=(r"starcoder", r"granite", r"stable-?code", r"santacoder"),
        control=(
            "<fim_pad>",
            "<filename>",
            "<repo_name>",
            "<reponame>",
            "<gh_stars>",
            "<jupyter_code>",
        ),
    ),
    Template(
        # After starcoder2, whose markers it shares: where only they are known, those are likelier.
        name="mellum",
        layout="<fim_suffix>{suffix}<fim_prefix>{prefix}<fim_middle>",
        stops=("<|endoftext|>", "<fim_suffix>"),
        models=(r"mellum",),
        control=("<filename>", "<file_sep>", "<fim_pad>", "<reponame>"),
    ),
    Template(
        name="codellama",
        layout="<PRE> {prefix} <SUF>{suffix} <MID>",
        stops=("<EOT>", "<PRE>", "<SUF>", "<MID>"),
        models=(r"code-?llama",),
        spelled=MappingProxyType({"<PRE>": "▁<PRE>", "<SUF>": "▁<SUF>", "<MID>": "▁<MID>"}),
    ),
    Template(
        name="seed-coder",
        layout="<[fim-suffix]>{suffix}<[fim-prefix]>{prefix}<[fim-middle]>",
        stops=("<[fim-suffix]>", "<[fim-prefix]>", "<[fim-middle]>"),
        models=(r"seed-?coder",),
        control=("<[begin▁of▁sentence]>", "<[end▁of▁sentence]>"),
    ),
    Template(
        name="codegeex4",
        layout="<|code_prefix|>{prefix}<|code_suffix|>{suffix}<|code_middle|>",
        stops=("<|endoftext|>", "<|code_prefix|>"),
        models=(r"codegeex", r"glm-?4"),
        control=("<|user|>", "<|assistant|>", "<|observation|>"),
    ),
)
