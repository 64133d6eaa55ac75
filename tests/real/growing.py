"""A block that a model writes slowly enough to be seen growing, and what an editor showed of it.

The model: 200 ms to the first byte, 100 tokens/s.
"""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field

from tests.fakes.endpoint import Endpoint
from tests.real.neovim import Neovim

FIRST_BYTE_S = 0.2
TOKEN_S = 0.01
# Eight lines of a function's body.
BLOCK = (
    "report := NewReport(customer.Name)",
    "\tfor _, order := range customer.Orders {",
    "\t\tif order.Cancelled || order.Total == 0 {",
    "\t\t\tcontinue",
    "\t\t}",
    '\t\treport.Add(order.Number, order.Date.Format("2006-01-02"), order.Total)',
    "\t}",
    "\treturn report.Close(customer.Currency)",
)
WHOLE = "\n".join(BLOCK)


def header(number: int) -> str:
    """The head of a function that was never typed before."""
    return f"func report{number:03}(customer Customer) *Report {{"


def go_file(number: int) -> str:
    """The function without its body."""
    return f"package main\n\n{header(number)}\n}}\n"


def plays(endpoint: Endpoint, number: int) -> None:
    """Let the endpoint write the function's body at the model's pace."""
    text = f"{header(number)}\n\t{WHOLE}\n"
    endpoint.intends(text, delay_s=FIRST_BYTE_S, pace_s=TOKEN_S)


def prompts_in(endpoint: Endpoint, number: int) -> list[str]:
    """What was asked for in the function's file so far: the ends of the prompts."""
    prompts = [str(exchange.body["prompt"]) for exchange in endpoint.fake.requests]
    return [
        prompt[-80:]
        for prompt in prompts
        if prompt[prompt.rfind("func report") :].startswith(header(number))
    ]


@dataclass
class Growth:
    """What was on the screen after a key, oldest first."""

    texts: list[str] = field(default_factory=list)
    ms: list[float] = field(default_factory=list)
    """Since the key."""
    key_at: float = 0.0
    """When that was pressed, by ``time.monotonic``."""

    def note(self, text: str, ms: float) -> None:
        if text != (self.texts[-1] if self.texts else ""):
            self.texts.append(text)
            self.ms.append(ms)

    def check(self) -> None:
        """It grew, without a gap, and nothing that was shown ever changed."""
        for shorter, longer in itertools.pairwise(self.texts):
            assert longer.startswith(shorter), f"{shorter!r} was followed by {longer!r}"
        assert all(self.texts)


def watch(editor: Neovim, whole: str, since: float) -> Growth:
    """Everything that Neovim shows until it is ``whole``."""
    seen = Growth(key_at=since)

    def is_whole() -> bool:
        ghost = editor.ghost
        seen.note(ghost.text if ghost else "", (time.monotonic() - since) * 1000)
        return ghost is not None and ghost.text == whole

    try:
        editor.wait(is_whole, within_s=10)
    except TimeoutError:
        assert seen.texts == [whole]
    return seen
