"""What the events of an answer say beside its text: why it ended, and how many tokens it took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from codestral_ls.backends.base import Finish
from codestral_ls.backends.http.refusals import count
from codestral_ls.model import Usage

_FINISH: Mapping[str, Finish] = MappingProxyType(
    {
        "stop": Finish.STOP,
        "length": Finish.LENGTH,
        "model_length": Finish.LENGTH,
        "abort": Finish.ABORT,
        "error": Finish.ERROR,
        "repetition": Finish.STOP,
    }
)
"""``finish_reason`` of OpenAI and of those who took over its form."""


@dataclass(slots=True)
class Report:
    """What the events of one answer have said so far beside the text."""

    finish: Finish | None = None
    usage: Usage | None = None


def first_choice(payload: Mapping[str, Any], report: Report) -> Mapping[str, Any] | None:
    """The first of ``choices`` in a completion of OpenAI's form, or in one event of it.

    Its finish and usage are put into ``report``. Empty without a choice; None if the payload is
    no completion.
    """
    match payload.get("usage"):
        case dict() as usage:
            report.usage = _usage_in(usage)
    match payload.get("choices"):
        case [dict() as choice, *_]:
            if isinstance(reason := choice.get("finish_reason"), str):
                report.finish = _FINISH.get(reason, Finish.UNKNOWN)
            return choice
        case list():
            return {}
    return None


# No model reads as much at once; what is beyond it would only spoil sums and budgets.
_MAX_TOKENS = 10_000_000


def usage_of(prompt: object, completion: object, cached: object = None) -> Usage:
    """Token counts as a server sends them, whatever is missing or absurd."""
    counts = (min(count(told) or 0, _MAX_TOKENS) for told in (prompt, completion, cached))
    return Usage(*counts)


def _usage_in(usage: Mapping[str, Any]) -> Usage:
    # Four spellings; the nested ones came last and are preferred.
    details = (usage.get("prompt_tokens_details"), usage.get("prompt_token_details"))
    cached = [part.get("cached_tokens") for part in details if isinstance(part, dict)]
    cached += [usage.get("prompt_cache_hit_tokens"), usage.get("num_cached_tokens")]
    known = (n_tokens for n_tokens in cached if count(n_tokens) is not None)
    return usage_of(usage.get("prompt_tokens"), usage.get("completion_tokens"), next(known, None))
