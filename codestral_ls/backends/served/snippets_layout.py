"""How snippets of other files stand in a prompt, for the families that know a way."""

from __future__ import annotations

from dataclasses import replace

from codestral_ls.backends.served.facts import Facts
from codestral_ls.prompt import templates
from codestral_ls.prompt.prompt import Prompt
from codestral_ls.prompt.snippets import HEADER_STOP, files, with_headers
from codestral_ls.prompt.templates import Template

# Snippets take up to 1500 tokens; a smaller context is better spent on the document itself.
_ROOM_FOR_SNIPPETS_TOKENS = 8192


def with_snippets(template: Template | None, asked: Prompt) -> Prompt:
    """The question with its snippets before the prefix, where the model was shown files under
    headers. Elsewhere a backend shows them in its own way or not at all, since a model that was
    not shown files goes on with the other file."""
    if template is None or not asked.snippets or not template.name.startswith("codestral"):
        return asked
    headers = with_headers(asked.snippets, asked.shown_path)
    return replace(
        asked, prefix=headers + asked.prefix, stop=(*asked.stop, HEADER_STOP), snippets=()
    )


def rendered(facts: Facts, asked: Prompt) -> str:
    """The prompt as a string, with snippets as a repository for families that know those."""
    template = facts.template
    assert template is not None
    prompt = templates.render(template, asked.prefix, asked.suffix)
    roomy = facts.context_tokens is None or facts.context_tokens >= _ROOM_FOR_SNIPPETS_TOKENS
    if not asked.snippets or not roomy:
        return prompt
    others = files(asked.snippets)
    # A name tells a model nothing here, but the layout wants one, and the same every time.
    return templates.render_repository(template, "workspace", others, asked.shown_path) + prompt
