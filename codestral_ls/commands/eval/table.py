"""The result in a terminal: figures down, runs across; and below them what the runs differ by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from codestral_ls.commands.eval.definitions import DEFINITIONS, FigureDefinition
from codestral_ls.commands.eval.figures import Figure
from codestral_ls.commands.eval.summary import Comparison, RunSummary, Summary
from codestral_ls.privacy.text import name, one_line
from codestral_ls.privacy.text import shown as shown_text

_UNKNOWN = "unknown"
_NAME_CHARS = 28
_SHOWN: Mapping[str, Callable[[float], str]] = {
    "share": lambda value: f"{100 * value:.1f} %",
    "ratio": lambda value: f"{value:.3f}",
    "chars": lambda value: f"{value:.1f}",
    "ms": lambda value: f"{value:.0f} ms",
    "tokens": lambda value: f"{value:.0f}",
    "dollars": lambda value: f"${value:.4f}",
}


def shown(definition: FigureDefinition, figure: Figure) -> str:
    """A figure with its interval, as ``41.0 % (32.0 to 50.5)``."""
    if figure.value is None or figure.low is None or figure.high is None:
        return _UNKNOWN
    form = _SHOWN[definition.unit]
    low, high = (_bare(form(bound)) for bound in (figure.low, figure.high))
    return f"{form(figure.value)} ({low} to {high})"


def shown_difference(definition: FigureDefinition, figure: Figure) -> str:
    """A difference with its sign and its interval."""
    if figure.value is None or figure.low is None or figure.high is None:
        return _UNKNOWN
    form = _SHOWN[definition.unit]
    low, high = (_bare(_signed(form, bound)) for bound in (figure.low, figure.high))
    unit = "points" if definition.unit == "share" else ""
    value = _bare(_signed(form, figure.value)) if unit else _signed(form, figure.value)
    return " ".join(filter(None, (value, unit, f"({low} to {high})")))


def verdict(definition: FigureDefinition, figure: Figure) -> str:
    """``better``, ``worse``, ``differs``, or nothing where the interval holds no difference."""
    if figure.low is None or figure.high is None or figure.low <= 0 <= figure.high:
        return ""
    if not definition.better:
        return "differs"
    return "better" if (figure.low > 0) == (definition.better > 0) else "worse"


def estimated(run: RunSummary) -> str:
    """That tokens are estimated, in a sentence; empty where the server counted all."""
    if not run.estimated:
        return ""
    which = "1 answer are estimated, since it was" if run.estimated == 1 else (
        f"{run.estimated} answers are estimated, since they were"
    )  # fmt: skip
    return f"tokens of {which} ended before the server counted them."


def page(summary: Summary) -> str:
    """All that the terminal shows."""
    lines = [_tasks_line(summary), ""]
    titles = [one_line(run.title, _NAME_CHARS) for run in summary.runs]
    rows = [["", *titles], ["answered", *(_answered(run) for run in summary.runs)]]
    has_answers = any(run.n_results > run.n_failed for run in summary.runs)
    rows += [
        [definition.title, *(shown(definition, run.figures[each]) for run in summary.runs)]
        for each, definition in DEFINITIONS.items()
        if has_answers
    ]
    lines += _columns(rows)
    for run in summary.runs:
        if told := estimated(run):
            lines.append(f"{one_line(run.title)}: {told}")
        if run.stopped:
            lines.append(f"{one_line(run.title)} stopped early: {shown_text(run.stopped)}")
    for comparison in summary.comparisons:
        if comparison.n_pairs:
            lines += ["", *_compared(comparison)]
    if has_answers:
        lines += ["", "In brackets: 95 % intervals. eval --help says what each figure means."]
    return "\n".join(lines) + "\n"


def _tasks_line(summary: Summary) -> str:
    kinds = ", ".join(f"{count} {kind}" for kind, count in summary.kinds.items())
    languages = ", ".join(f"{count} {name(each)}" for each, count in summary.languages.items())
    return f"{summary.n_tasks} tasks: {languages}; {kinds}."


def _answered(run: RunSummary) -> str:
    return f"{run.n_results - run.n_failed} of {run.n_tasks}"


def _compared(comparison: Comparison) -> list[str]:
    rows = []
    for each, figure in comparison.figures.items():
        definition = DEFINITIONS[each]
        rows.append(
            [definition.title, shown_difference(definition, figure), verdict(definition, figure)]
        )
    head = (
        f"{one_line(comparison.second)} less {one_line(comparison.first)}, "
        f"at the same {comparison.n_pairs} tasks:"
    )
    return [head, *_columns(rows)]


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _signed(form: Callable[[float], str], value: float) -> str:
    text = form(abs(value))
    # No sign, and no sign of a rounded rest, where there is nothing to see.
    return text if not any(digit in text for digit in "123456789") else _sign(value) + text


def _sign(value: float) -> str:
    return "-" if value < 0 else "+"


def _bare(text: str) -> str:
    return text.removesuffix(" %").removesuffix(" ms")
