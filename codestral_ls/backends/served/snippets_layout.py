"""How snippets of other files stand in a prompt, for the families that know one."""

from __future__ import annotations

from dataclasses import replace

from codestral_ls.backends.served.facts import Facts
from codestral_ls.prompt import templates
from codestral_ls.prompt.prompt import Prompt
from codestral_ls.prompt.snippets import HEADER_STOP, files, with_headers
from codestral_ls.text.fim_templates import Template

# Snippets take up to 1500 tokens; a smaller context is better spent on the document itself.
_ROOM_FOR_SNIPPETS_TOKENS = 8192


def with_snippets(template: Template | None, prompt: Prompt) -> Prompt:
    """The prompt with its snippets before the prefix, where the model was shown files under
    headers. Elsewhere a backend shows them in its own way or not at all, since a model that was
    not shown files goes on with the other file."""
    if template is None or not prompt.snippets or not template.name.startswith("codestral"):
        return prompt
    headers = with_headers(prompt.snippets, prompt.shown_path)
    return replace(
        prompt, prefix=headers + prompt.prefix, stop=(*prompt.stop, HEADER_STOP), snippets=()
    )


def rendered(facts: Facts, prompt: Prompt) -> str:
    """The prompt as a string, with snippets as a repository for families that know those."""
    template = facts.template
    assert template is not None
    own = templates.render(template, prompt.prefix, prompt.suffix)
    roomy = facts.context_tokens is None or facts.context_tokens >= _ROOM_FOR_SNIPPETS_TOKENS
    if not prompt.snippets or not roomy:
        return own
    others = files(prompt.snippets)
    # A name tells a model nothing here, but the layout wants one, and the same every time.
    return templates.render_repository(template, "workspace", others, prompt.shown_path) + own
