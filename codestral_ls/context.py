"""What a model sees of the document: the window round the cursor, within the budgets.

A side that is shorter than its budget gives the rest to the other. The prefix starts at a line's
start where there is one in reach; half a line teaches a model nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from codestral_ls.model import Snapshot


@dataclass(frozen=True, slots=True)
class Context:
    """The text a prompt is made of. ``prefix`` ends and ``suffix`` begins at the cursor."""

    prefix: str
    suffix: str


def gather(snapshot: Snapshot, *, max_prefix_chars: int, max_suffix_chars: int) -> Context:
    """Cut the window; total on any snapshot."""
    before, after = snapshot.before, snapshot.after
    spare_before = max(0, max_prefix_chars - len(before))
    spare_after = max(0, max_suffix_chars - len(after))
    return Context(
        _from_line_start(before, max_prefix_chars + spare_after),
        _to_line_end(after, max_suffix_chars + spare_before),
    )


def _from_line_start(before: str, budget: int) -> str:
    if len(before) <= budget:
        return before
    window = before[len(before) - budget :]
    head, line_end, rest = window.partition("\n")
    # A window inside one huge line has no better place to start.
    return rest if line_end and len(head) < budget // 2 else window


def _to_line_end(after: str, budget: int) -> str:
    if len(after) <= budget:
        return after
    window = after[:budget]
    cut = window.rfind("\n")
    return window[: cut + 1] if cut >= budget // 2 else window
