"""The check of the model: known, able to fill in the middle, not about to be retired."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from codestral_ls.backends.base import Loading, ModelError
from codestral_ls.commands.doctor.findings import Findings, Model
from codestral_ls.commands.doctor.verdict import Check, failed, ok, skipped
from codestral_ls.privacy.hosts import MISTRAL_HOSTS
from codestral_ls.privacy.text import one_line

_NAME = "model"
_SHOWN_CHARS = 80
_SHOWN_MODELS = 4


def model_check(found: Findings) -> Check:
    """The line on the model."""
    error = found.trial.error if found.trial else None
    if isinstance(error, ModelError):
        entry = _entry(found)
        if entry is not None and _has_fim(entry) is not False:
            return failed(_NAME, _text(error), _instead(found))
    if found.models is None:
        return _unlisted(found)
    entry = _entry(found)
    if entry is None:
        return _missing(found)
    return _listed(found, entry)


def _unlisted(found: Findings) -> Check:
    error = found.trial.error if found.trial else found.facts_error
    model = found.model or "the server's model"
    if isinstance(error, ModelError):
        return failed(_NAME, _text(error), _instead(found))
    if isinstance(error, Loading):
        return skipped(_NAME, f"{model} is being loaded")
    if error is not None:
        return skipped(_NAME, f"not known whether {found.host} serves {model}")
    if found.facts is not None and found.facts.context_tokens:
        return ok(_NAME, f"{model} answers, context of {found.facts.context_tokens} tokens")
    return _retiring(found, found.deprecation, "") or ok(_NAME, f"{model} answers")


def _missing(found: Findings) -> Check:
    if found.trial is not None and found.trial.error is None:
        # Gateways and older servers list less than they know.
        return ok(_NAME, f"{found.model or 'the server'} answers, although it is not listed")
    return failed(_NAME, f"{found.host} has no model {found.model}", _instead(found))


def _listed(found: Findings, entry: Model) -> Check:
    if _has_fim(entry) is False:
        return failed(
            _NAME,
            f"{found.model} cannot fill in the middle, which completion needs",
            _instead(found),
        )
    ends = entry.get("deprecation") or found.deprecation
    successor = entry.get("deprecation_replacement_model")
    if retiring := _retiring(found, str(ends or ""), str(successor or "")):
        return retiring
    name, known_as = found.model, _shown(entry.get("id"))
    facts = [f"{name} ({known_as})" if name and name != known_as else known_as]
    if _has_fim(entry):
        facts.append("fills in the middle")
    context = entry.get("max_context_length") or entry.get("max_model_len")
    if isinstance(context, int):
        facts.append(f"context of {context} tokens")
    return ok(_NAME, ", ".join(facts))


def _retiring(found: Findings, ends: str, successor: str) -> Check | None:
    if not ends:
        return None
    name = _shown(successor) or next(iter(_able(found)), "")
    return failed(
        _NAME,
        f"{found.model} will be retired: {_shown(ends)}",
        _setting(name) if name else "Set another model in config.toml.",
    )


def _entry(found: Findings) -> Model | None:
    """What the list says of the model; if none is named, of the only one there is."""
    models = found.models or []
    for model in models:
        aliases = model.get("aliases")
        names = [model.get("id"), *(aliases if isinstance(aliases, list) else [])]
        if found.model in names:
            return model
    return models[0] if len(models) == 1 and not found.model else None


def _has_fim(entry: Model) -> bool | None:
    capabilities = entry.get("capabilities")
    able = capabilities.get("completion_fim") if isinstance(capabilities, dict) else None
    return able if isinstance(able, bool) else None


def _able(found: Findings) -> Iterator[str]:
    """Models that can fill in the middle, as far as the list tells, the nearest name first."""
    names = [
        _shown(model.get("id"))
        for model in found.models or []
        if _has_fim(model) is not False and not model.get("deprecation")
    ]
    near = difflib.get_close_matches(found.model, names, n=_SHOWN_MODELS, cutoff=0.3)
    yield from near
    yield from (name for name in names if name not in near)


def _instead(found: Findings) -> str:
    error = found.facts_error or (found.trial.error if found.trial else None)
    offered = error.offered if isinstance(error, ModelError) else ()
    names = [*map(_shown, offered), *_able(found)][:_SHOWN_MODELS]
    if not names and found.choice.host in MISTRAL_HOSTS:
        names = ["codestral-latest"]
    if not names:
        return "Set model in config.toml, or CODESTRAL_LS_MODEL, to one that fills in the middle."
    return _setting(names[0]) + _others(names[1:])


def _setting(name: str) -> str:
    return f'Set model = "{name}" in config.toml, or CODESTRAL_LS_MODEL.'


def _others(names: Sequence[str]) -> str:
    return f" Also available: {', '.join(names)}." if names else ""


def _text(error: BaseException) -> str:
    return str(error).rstrip(".")


def _shown(value: object) -> str:
    """What a server says, made fit to be printed."""
    return one_line(str(value), _SHOWN_CHARS) if value else ""
