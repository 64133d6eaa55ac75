"""What is said, and asked, before anything is sent: how much, how dear, where to."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from codestral_ls.backends.options import BackendOptions
from codestral_ls.backends.prices import BATCH_SHARE, PRICES_AS_OF, Price, is_this_machine
from codestral_ls.commands import exits
from codestral_ls.commands.eval.rounds import Material
from codestral_ls.config import Settings
from codestral_ls.engine.stream import CHARS_PER_TOKEN
from codestral_ls.privacy.text import name, one_line
from codestral_ls.session.choice import Choice

# Digits and punctuation; no code has fewer bytes to a token, all in all.
_LEAST_BYTES_PER_TOKEN = 2


@dataclass(frozen=True, slots=True)
class _Sending:
    """What one run sends, at most."""

    title: str
    choice: Choice
    price: Price | None
    n_tasks: int
    about_tokens: int
    """Of all prompts, by the usual length of a token."""
    most_in: int
    most_out: int
    price_source: str
    is_batch: bool = False

    @property
    def most_dollars(self) -> float | None:
        """What it costs at most; None where the price is not known."""
        if self.price is None:
            return None
        share = BATCH_SHARE if self.is_batch else 1.0
        whole = self.most_in * self.price.prompt + self.most_out * self.price.completion
        return share * whole / 1e6

    def line(self) -> str:
        """The sentence for the user."""
        dollars = self.most_dollars
        host = BackendOptions(base_url=self.choice.base_url).host
        if dollars is None and self.choice.provider == "auto" and is_this_machine(host):
            cost = "free of charge where it is a model server of your own"
        elif dollars is None:
            cost = "at a price that is not known (give it with --price IN,CACHED,OUT)"
        elif self.price is not None and not (self.price.prompt or self.price.completion):
            cost = "free of charge"
        else:
            cost = f"${dollars:.4f} at most, at {self.price_source}"
        model = f" ({name(self.choice.model)})" if self.choice.model else ""
        batch = "in a batch " if self.is_batch else ""
        return (
            f"{one_line(self.title)}: {self.n_tasks} tasks, about {self.about_tokens:,} tokens of "
            f"your code, {batch}to {name(host)}{model}, {cost}."
        )


def sending(
    title: str,
    choice: Choice,
    price: Price | None,
    settings: Settings,
    material: Material,
    *,
    price_is_given: bool = False,
    is_batch: bool = False,
) -> _Sending:
    """What a run over these tasks sends."""
    n_chars = n_bytes = 0
    for task in material.tasks:
        before, after = task.sides(material.text(task))
        shown = before[-settings.max_prefix_chars :] + after[: settings.max_suffix_chars]
        n_chars += len(shown) + settings.max_context_chars
        n_bytes += len(shown.encode(errors="replace")) + settings.max_context_chars
    n_tasks = len(material.tasks)
    return _Sending(
        title,
        choice,
        price,
        n_tasks,
        round(n_chars / CHARS_PER_TOKEN),
        n_bytes // _LEAST_BYTES_PER_TOKEN,
        n_tasks * settings.max_tokens,
        "the price you gave" if price_is_given else f"Mistral's prices of {PRICES_AS_OF}",
        is_batch,
    )


def ask(sent: Sequence[_Sending], *, yes: bool) -> None:
    """Say what will be sent; unless ``yes``, ask. Ends the process where the answer is no, and
    where there is nobody to answer."""
    for each in sent:
        sys.stderr.write(f"{each.line()}\n")
    if any(each.is_batch for each in sent):
        sys.stderr.write(
            "A batch is stored at Mistral's until it is done: zero data retention does not cover "
            "it.\n"
        )
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        exits.fail("nothing was sent: there is no terminal to ask at; add --yes to agree")
    sys.stderr.write("Send it? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        exits.fail("nothing was sent", exits.NOTHING)
