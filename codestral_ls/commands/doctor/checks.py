"""What the findings mean: a line for each thing that must be right, with a remedy where it is not.

Pure. The lines stand in the order in which a completion depends on them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from codestral_ls.backends.base import (
    AuthError,
    BackendError,
    BadRequest,
    ModelError,
    NetworkFailure,
)
from codestral_ls.backends.served.facts import PromptForm
from codestral_ls.commands.doctor.findings import Findings
from codestral_ls.commands.doctor.index import index_check
from codestral_ls.commands.doctor.models import model_check
from codestral_ls.commands.doctor.proxy import can_be_used, proxy_check
from codestral_ls.commands.doctor.remedies import (
    EMBEDDED_ADVICE,
    KEY_WANTED,
    remedy_for,
    remedy_for_address,
    remedy_for_key,
)
from codestral_ls.commands.doctor.verdict import Check, Status, failed, ok, skipped
from codestral_ls.commands.terminal import shown
from codestral_ls.config import Level, Resolved
from codestral_ls.privacy.text import name
from codestral_ls.text.fim_templates import TEMPLATES

# A model that is sent its markers as plain text repeats them sooner or later.
_MARKERS = re.compile(
    "|".join(re.escape(marker) for row in TEMPLATES for marker in row.written_markers)
)

# A page; the rest is mended more easily once these are.
_PROBLEMS_SHOWN = 20

_FORMS: Mapping[PromptForm, str] = {
    PromptForm.SUFFIX: "prefix and suffix are sent separately",
    PromptForm.INFILL: "sent to llama.cpp's /infill",
    PromptForm.STRING: "sent as text, in which the server parses the markers",
    PromptForm.IDS: "sent as token ids",
}


def checks(found: Findings) -> list[Check]:
    """All lines of the report."""
    if found.choice.is_local:
        return [_configuration(found), *_keys(found), _provider(found), _embedded(found)]
    return [
        _configuration(found),
        *_keys(found),
        _provider(found),
        *proxy_check(found.proxy, found.host, found.resolved.origins["proxy"].name),
        _endpoint(found),
        _key(found),
        model_check(found),
        *_template(found),
        _completion(found),
        *index_check(found.index),
    ]


def all_well(lines: list[Check]) -> bool:
    """Every check passed."""
    return all(line.status is Status.OK for line in lines)


def _configuration(found: Findings) -> Check:
    missing = ""
    if found.no_config:
        missing = f"CODESTRAL_LS_CONFIG names {found.no_config}, which does not exist."
    if found.problems:
        n_more = len(found.problems) - _PROBLEMS_SHOWN
        more = [f"There are {n_more:,} more."] if n_more > 0 else []
        lines = [*found.problems[:_PROBLEMS_SHOWN], *more, missing]
        return failed("settings", _counted(len(found.problems), "problem"), "\n".join(lines))
    n_set = sum(origin.level > 0 for origin in found.resolved.origins.values())
    text = f"{n_set} set" if n_set else "none set; the defaults are used"
    return ok("settings", text + _by_machine(found.resolved), missing)


def _by_machine(resolved: Resolved) -> str:
    """What an administrator's file sets and locks."""
    origins = [*resolved.origins.values(), *resolved.locked.values()]
    place = next((origin.name for origin in origins if origin.level is Level.MACHINE), "")
    if not place:
        return ""
    n_its = sum(origin.level is Level.MACHINE for origin in resolved.origins.values())
    locked = f", which locks {', '.join(sorted(resolved.locked))}" if resolved.locked else ""
    return f", {n_its} of them by {name(place)}{locked}"


def _keys(found: Findings) -> Iterator[Check]:
    if found.key_problems:
        yield failed("keys", "a key could not be read", "\n".join(found.key_problems))


def _provider(found: Findings) -> Check:
    choice = found.choice
    if choice.warning is not None:
        return failed(
            "provider", "the embedded provider completes instead", shown(choice.warning.text)
        )
    if choice.is_local:
        return ok(
            "provider",
            "workspace, the embedded provider: it completes from the files of this workspace, "
            "without a model, and nothing leaves this machine",
            EMBEDDED_ADVICE,
        )
    if found.provider == "auto":
        return ok("provider", f"not known yet, at {choice.base_url}")
    return ok("provider", f"{found.provider} at {choice.base_url}")


def _embedded(found: Findings) -> Check:
    trial, learnt = found.trial, found.learnt
    if trial is None or trial.error is not None or not learnt:
        reason = str(trial.error) if trial and trial.error else "It does not answer."
        return failed(
            "learning",
            reason,
            "Run codestral-ls doctor again. If it still fails, please report it.",
        )
    progress = "" if learnt.get("done") else " so far"
    text = (
        f"{_counted(_number(learnt, 'files'), 'file')} and "
        f"{_counted(_number(learnt, 'tokens'), 'token')} learnt{progress}; "
        f"an answer takes {trial.total_ms:.0f} ms"
    )
    if not learnt.get("files"):
        return ok("learning", text, "There are no source files here. Run it inside a project.")
    return ok("learning", text, str(learnt.get("left_out") or ""))


def _endpoint(found: Findings) -> Check:
    if found.is_known:
        return ok("endpoint", f"{found.host} answers in {found.facts_ms:.0f} ms")
    error = _decisive_error(found)
    if isinstance(error, NetworkFailure) and not can_be_used(found.proxy):
        return skipped("endpoint", f"{found.host} was not asked; see above")
    if error is None or error.server_answered:
        return ok("endpoint", f"{found.host} answers")
    remedy = (
        remedy_for_address(found) if isinstance(error, BadRequest) else remedy_for(error, found)
    )
    return failed("endpoint", _text(error), remedy)


def _key(found: Findings) -> Check:
    key = found.choice.key
    error = _decisive_error(found)
    if isinstance(error, AuthError):
        if key is None:
            return failed("key", f"{found.host} needs a key, and none was sent", KEY_WANTED)
        return failed("key", f"{key.source}: {_text(error)}", remedy_for_key(found))
    if not found.is_known and (found.trial is None or found.trial.error is not None):
        sent = f"whether {found.host} accepts {key.source}" if key else "whether one is needed"
        return skipped("key", f"not known {sent}")
    return ok("key", f"{key.source}, accepted by {found.host}" if key else "none needed")


def _template(found: Findings) -> Iterator[Check]:
    trial = found.trial
    if trial is None or trial.error is not None:
        return
    if marker := _MARKERS.search(trial.text):
        yield failed(
            "template",
            f"the answer contains {marker[0]}: the server takes the template's markers for text",
            "Set fim_template in config.toml to the model's own template, or serve the model "
            "with its own tokenizer.",
        )
    elif found.facts is not None and found.facts.template is not None:
        yield ok("template", f"{found.facts.template.name}, {_FORMS[found.facts.form]}")
    else:
        yield ok("template", f"the server's own, {_FORMS[PromptForm.SUFFIX]}")


def _completion(found: Findings) -> Check:
    trial = found.trial
    if trial is None:
        return skipped("completion", "not tried; see above")
    if trial.error is None:
        first = f"first text after {trial.first_text_ms:.0f} ms, " if trial.first_text_ms else ""
        tokens = f", {trial.usage.completion_tokens} tokens" if trial.usage else ""
        nothing = "" if trial.text.strip() else ", empty"
        return ok("completion", f"{first}complete after {trial.total_ms:.0f} ms{tokens}{nothing}")
    # If the list of models failed as well, the address is to blame.
    nothing_there = not trial.error.server_answered and not found.is_known
    if nothing_there or isinstance(trial.error, AuthError | ModelError):
        return skipped("completion", "not possible; see above")
    return failed("completion", _text(trial.error), remedy_for(trial.error, found))


def _decisive_error(found: Findings) -> BackendError | None:
    """What prevents completions. A list of models that fails does not."""
    return found.trial.error if found.trial is not None else found.facts_error


def _number(learnt: dict[str, object], name: str) -> int:
    value = learnt.get(name)
    return value if isinstance(value, int) else 0


def _counted(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _text(error: BackendError) -> str:
    return str(error).rstrip(".")
