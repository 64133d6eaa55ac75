"""What ``doctor`` found, without a run: healthy but for what a test changes."""

from __future__ import annotations

from typing import Any

from codestral_ls.backends.base import (
    BackendError,
    Finish,
)
from codestral_ls.commands.doctor.checks import checks
from codestral_ls.commands.doctor.findings import Findings
from codestral_ls.commands.doctor.trial import Trial
from codestral_ls.commands.doctor.verdict import Check, Status
from codestral_ls.config import resolve
from codestral_ls.model import Usage
from codestral_ls.privacy.hosts import Key
from codestral_ls.session.choice import Choice

KEY = Key("canary-key", "mistral", "MISTRAL_API_KEY")


CODESTRAL = {
    "id": "codestral-2508",
    "aliases": ["codestral-latest"],
    "capabilities": {"completion_fim": True},
    "max_context_length": 256000,
}


CHAT = {"id": "mistral-small-latest", "capabilities": {"completion_fim": False}}


RETIRING = {
    "id": "codestral-2405",
    "capabilities": {"completion_fim": True},
    "deprecation": "2026-12-31T12:00:00Z",
    "deprecation_replacement_model": "codestral-2508",
}


def found(
    *,
    models: list[dict[str, Any]] | None = None,
    facts_error: BackendError | None = None,
    error: BackendError | None = None,
    text: str = "a + b",
    host: str = "api.mistral.ai",
    **fields: Any,
) -> Findings:
    """What a healthy visit finds, but for the differences given."""
    choice = Choice("mistral", f"https://{host}", host, "codestral-latest", KEY)
    trial = Trial(text, 180.0, 400.0, Usage(20, 8, 0), Finish.STOP, error)
    if models is None and facts_error is None:
        models = [CODESTRAL, CHAT]
    defaults: dict[str, Any] = {
        "resolved": resolve([]),
        "problems": [],
        "choice": choice,
        "host": host,
        "provider": "mistral",
        "model": choice.model,
        "models": models,
        "facts_error": facts_error,
        "facts_ms": 210.0,
        "trial": trial,
    }
    return Findings(**{**defaults, **fields})


def line_of(findings: Findings, name: str) -> Check:
    (line,) = (line for line in checks(findings) if line.name == name)
    return line


def check_failed(findings: Findings, name: str, *words: str) -> None:
    """One check fails, with these words and a remedy, and none passes that depends on it."""
    line = line_of(findings, name)
    assert line.status is Status.FAILED
    assert line.remedy
    for word in words:
        assert word in f"{line.text} {line.remedy}"
    assert [other.name for other in checks(findings) if other.status is Status.FAILED] == [name]
