"""What the user is told of a completion that failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codestral_ls.model import Nothing
from codestral_ls.privacy.hosts import other_key_host
from codestral_ls.privacy.text import SHOWN_CHARS, shown
from codestral_ls.session.advice import SHELL, Advice, sentence
from codestral_ls.session.notices import Notice, Remedy, Urgency

if TYPE_CHECKING:
    # It imports the backends, which the answer to initialize need not wait for.
    from codestral_ls.session.choice import Choice

# Waiting does not help with these. Any other failure is shown by ``status`` alone.
_REMEDIES_OF_FAILURES: dict[str, tuple[Remedy, ...]] = {
    "auth": ("set-key", "run-doctor"),
    "blocked": ("run-doctor", "open-settings"),
    "model": ("open-settings", "run-doctor"),
    "no_allowance": ("set-key", "run-doctor"),
    "bad_request": ("open-settings", "run-doctor"),
    "protocol": ("open-settings", "run-doctor"),
    "budget": ("open-settings",),
    "replaced": (),
}


def remedies_of(kind: str) -> tuple[Remedy, ...]:
    """What helps against a kind of failure; nothing where waiting does."""
    return _REMEDIES_OF_FAILURES.get(kind, ())


def notice_of(failure: Nothing, choice: Choice, advice: Advice = SHELL) -> Notice | None:
    """A failed completion; None when there is nothing for the user to do about it."""
    remedies = _REMEDIES_OF_FAILURES.get(failure.failure)
    if remedies is None:
        return None
    urgency = Urgency.ERROR if failure.failure == "auth" else Urgency.WARNING
    # Servers put request ids into their messages; it is one condition all the same.
    condition = f"{failure.failure} at {choice.host}"
    return Notice(urgency, text_of(failure, choice, advice), remedies, condition)


def text_of(failure: Nothing, choice: Choice, advice: Advice = SHELL) -> str:
    """What went wrong. For a refused key, also which key it was and what to do."""
    if failure.failure != "auth":
        return failure.reason
    key = choice.key
    if key is None:
        what_helps = " Set CODESTRAL_LS_API_KEY, or run codestral-ls login."
        if advice is not SHELL:
            what_helps = f" {sentence(advice.set_key)}"
        return shown(failure.reason, SHOWN_CHARS - len(what_helps)) + what_helps
    source = f" It came from {key.source}."
    # The usual reason for a 401: each of Mistral's two hosts has keys of its own. A key from
    # CODESTRAL_API_KEY was tried at both.
    tried_both = key.source == "CODESTRAL_API_KEY"
    other = None if tried_both else other_key_host(choice.host)
    hint = (
        f" If the key was made for the other host, set endpoint to https://{other}."
        if other
        else ""
    )
    what_helps = f"{source} For another key, {advice.set_key}.{hint}"
    # What the server said is cut, and not what helps.
    return shown(failure.reason, SHOWN_CHARS - len(what_helps)) + what_helps
