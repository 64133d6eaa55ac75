"""The page's list of tasks: each with what stood there and what was shown, the worst first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from codestral_ls.commands.eval.results import Result
from codestral_ls.commands.eval.summary import RunSummary, Summary
from codestral_ls.commands.eval.tasks import Task
from codestral_ls.commands.page.html import escaped, section

# A browser shows so many at once without a pause; the worst are among them.
_MOST = 1_000
_WORST_FIRST = ("wrong", "failed", "silent", "right", "exact")

SCRIPT = """
(function () {
  var list = document.getElementById('tasks');
  if (!list) return;
  var items = Array.prototype.slice.call(list.children);
  var run = document.getElementById('run'), verdict = document.getElementById('verdict');
  var language = document.getElementById('language'), kind = document.getElementById('kind');
  var search = document.getElementById('search'), count = document.getElementById('count');
  var order = ['wrong', 'failed', 'silent', 'right', 'exact', ''];
  function verdictOf(item) { return item.dataset.verdicts.split(' ')[run ? run.value : 0] || ''; }
  function filter() {
    var words = search.value.toLowerCase(), shown = 0;
    items.forEach(function (item) {
      var fits = (!verdict.value || verdictOf(item) === verdict.value) &&
        (!language.value || item.dataset.language === language.value) &&
        (!kind.value || item.dataset.kind === kind.value) &&
        (!words || item.textContent.toLowerCase().indexOf(words) >= 0);
      item.hidden = !fits;
      shown += fits ? 1 : 0;
    });
    count.textContent = shown + ' of ' + items.length + ' tasks';
  }
  function sort() {
    items.sort(function (a, b) {
      return order.indexOf(verdictOf(a)) - order.indexOf(verdictOf(b)) ||
        a.dataset.rank - b.dataset.rank;
    });
    items.forEach(function (item) { list.appendChild(item); });
    filter();
  }
  if (run) run.addEventListener('change', sort);
  [verdict, language, kind].forEach(function (each) { each.addEventListener('change', filter); });
  search.addEventListener('input', filter);
  document.getElementById('filters').hidden = false;
  filter();
})();
"""
"""Filters the list, and sorts it by another run; without it the whole list is there."""


def tasks(summary: Summary) -> str:
    """The list with its filters."""
    by_task: dict[Task, list[Result | None]] = {}
    for number, run in enumerate(summary.runs):
        for result in run.run.results:
            row = by_task.setdefault(result.task, [None] * len(summary.runs))
            row[number] = result
    ordered = sorted(by_task.items(), key=lambda item: _badness(item[1]))[:_MOST]
    left = len(by_task) - len(ordered)
    note = (
        f'<p class="soft">{left} more tasks, none of them worse, are left out.</p>' if left else ""
    )
    items = [
        _item(rank, task, results, summary.runs) for rank, (task, results) in enumerate(ordered)
    ]
    return section(
        "Every task, the worst first",
        _filters(summary),
        '<div id="tasks">' + "\n".join(items) + "</div>",
        note,
    )


def _badness(results: Sequence[Result | None]) -> tuple[int, float]:
    first = next((result for result in results if result is not None), None)
    if first is None:
        return len(_WORST_FIRST), 0.0
    similar = first.judgement.similarity if first.judgement else 0.0
    return _WORST_FIRST.index(first.verdict), similar


def _filters(summary: Summary) -> str:
    parts = []
    if len(summary.runs) > 1:
        runs = [(str(number), run.title) for number, run in enumerate(summary.runs)]
        parts.append(_select("run", "Verdicts of run", runs))
    parts.append(_select("verdict", "Verdict", [("", "all verdicts"), *_same(_WORST_FIRST)]))
    parts.append(
        _select("language", "Language", [("", "all languages"), *_same(summary.languages)])
    )
    parts.append(_select("kind", "Kind of place", [("", "all places"), *_same(summary.kinds)]))
    parts.append('<input id="search" type="search" placeholder="text" aria-label="Text">')
    return (
        f'<div id="filters" hidden><div class="filters">{"".join(parts)}</div>'
        '<p class="soft" id="count"></p></div>'
    )


def _same(values: Iterable[str]) -> list[tuple[str, str]]:
    return [(value, value) for value in values]


def _select(name: str, label: str, options: Sequence[tuple[str, str]]) -> str:
    rows = "".join(
        f'<option value="{escaped(value)}">{escaped(text)}</option>' for value, text in options
    )
    return f'<select id="{name}" aria-label="{escaped(label)}">{rows}</select>'


def _item(
    rank: int, task: Task, results: Sequence[Result | None], runs: Sequence[RunSummary]
) -> str:
    verdicts = " ".join(result.verdict if result else "-" for result in results)
    tags = "".join(
        f'<span class="tag {result.verdict}">{escaped(_tag(result, run, len(runs)))}</span>'
        for result, run in zip(results, runs, strict=True)
        if result is not None
    )
    some = next(result for result in results if result is not None)
    body = [
        "<h3>In the file</h3>",
        _code(some.before, f"<mark>{escaped(task.truth)}</mark>", some.after),
    ]
    for result, run in zip(results, runs, strict=True):
        if result is not None:
            body.append(_answer(result, run.title if len(runs) > 1 else ""))
    commit = f" at {task.commit[:10]}" if task.commit else ""
    return (
        f'<details data-rank="{rank}" data-verdicts="{escaped(verdicts)}" '
        f'data-language="{escaped(task.language_id)}" data-kind="{escaped(task.kind)}">'
        f"<summary><b>{escaped(task.path)}:{some.line}{escaped(commit)}</b>"
        f'<span class="soft">{escaped(task.kind)}</span>{tags}</summary>'
        f"<div>{''.join(body)}</div></details>"
    )


def _tag(result: Result, run: RunSummary, n_runs: int) -> str:
    return f"{run.title}: {result.verdict}" if n_runs > 1 else result.verdict


def _answer(result: Result, title: str) -> str:
    of_run = f"{title}: " if title else ""
    parts = []
    if result.shown:
        after = result.after[result.covers :]
        parts.append(f"<h3>{escaped(of_run)}shown</h3>")
        parts.append(
            _code(_last_lines(result.before), f"<mark>{escaped(result.shown)}</mark>", after)
        )
    else:
        parts.append(f"<h3>{escaped(of_run)}nothing shown</h3>")
    if result.raw.strip() and result.raw != result.shown:
        parts.append(f"<h3>{escaped(of_run)}raw answer</h3><pre>{escaped(result.raw)}</pre>")
    times = [
        f"{name} {value:.0f} ms"
        for name, value in (("first text", result.first_text_ms), ("answer", result.total_ms))
        if value is not None
    ]
    why = " ".join(filter(None, (result.why, f"({', '.join(times)})" if times else "")))
    if why:
        parts.append(f'<p class="soft">{escaped(why)}</p>')
    return "".join(parts)


def _code(before: str, middle: str, after: str) -> str:
    return f"<pre>{escaped(before)}{middle}{escaped(after)}</pre>"


def _last_lines(before: str) -> str:
    return "\n".join(before.split("\n")[-3:])
