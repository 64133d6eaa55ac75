"""From the context to what a backend is asked."""

from __future__ import annotations

from collections.abc import Callable

from codestral_ls.config.settings import Settings
from codestral_ls.model import Snapshot
from codestral_ls.prompt.prompt import Prompt
from codestral_ls.prompt.snippets import Snippet
from codestral_ls.prompt.window import PromptWindow

Mask = Callable[[str, str], tuple[str, str]]
"""Takes secrets out of the text before and after a cursor."""

# An explicit request at the same place wants another answer; peers use 0.8 for alternatives.
_ALTERNATIVE_TEMPERATURE = 0.8


def build(
    context: PromptWindow,
    snapshot: Snapshot,
    settings: Settings,
    *,
    cache_key: str,
    mask: Mask,
    snippets: tuple[Snippet, ...] = (),
    shown_path: str = "",
    alternative: bool = False,
) -> Prompt:
    """The prompt for a backend. ``mask`` takes secrets out of text that leaves the machine.

    ``cache_key`` is random and stable for a document and run; ``snippets`` are of other files and
    ``shown_path`` is the document's own among theirs. ``alternative`` asks for something else than
    the likeliest text.
    """
    prefix, suffix = mask(context.prefix, context.suffix)
    return Prompt(
        prefix=prefix,
        suffix=suffix,
        max_tokens=settings.max_tokens,
        temperature=_ALTERNATIVE_TEMPERATURE if alternative else settings.temperature,
        cache_key=cache_key,
        snippets=snippets,
        shown_path=shown_path,
        language_id=snapshot.language_id,
        path=snapshot.path,
    )


def unmasked(before: str, after: str) -> tuple[str, str]:
    """For text that stays on this machine."""
    return before, after
