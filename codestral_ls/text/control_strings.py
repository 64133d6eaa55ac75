"""Strings that are one token each to some model, and that no document gets from an answer.

Made of the table of templates, so that a new row is heeded wherever such strings matter.
"""

from __future__ import annotations

from codestral_ls.text.fim_templates import TEMPLATES

BOUNDS = ("<s>", "</s>")
"""Begin and end of a text in many vocabularies, of whatever family."""

# What chat-tuned relatives of the same models write at the ends of text and turn, and round their
# reasoning and their tools.
_OF_RELATIVES = (
    "<unk>", "<bos>", "<eos>", "<|end|>", "<|eot_id|>", "[INST]", "[/INST]",
    "<start_of_turn>", "<end_of_turn>", "<think>", "</think>", "<tool_call>",
    "<reponame>", "<gh_stars>", "<jupyter_code>",
)  # fmt: skip

CONTROL_STRINGS = tuple(
    dict.fromkeys(
        (*(text for row in TEMPLATES for text in row.control_strings), *BOUNDS, *_OF_RELATIVES)
    )
)
"""Those of every family in the table, and of the vocabularies that they share."""
