"""The page is one file that loads nothing, and shows what files and servers say as text."""

from __future__ import annotations

from datetime import UTC, datetime
from html.parser import HTMLParser

from codestral_ls.backends.prices import Price
from codestral_ls.commands.eval.judging import judge
from codestral_ls.commands.eval.report import report
from codestral_ls.commands.eval.results import EvalRun, Result
from codestral_ls.commands.eval.summary import Summary, summarise
from codestral_ls.commands.eval.table import page
from codestral_ls.commands.eval.tasks import Task, TaskSet, digest_of
from codestral_ls.model import Usage

HOSTILE = (
    "</pre></script><script>alert(1)</script><img src=http://evil/x onerror=alert(1)>\"'&\u202e"
)


class Seen(HTMLParser):
    """The elements of a page, their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in {"meta", "br", "i", "input"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            assert self.open.pop() == tag or tag in {"i"}

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def result(number: int, shown: str, **changes: object) -> Result:
    truth = f"truth_{number}"
    task = Task(f"a/{HOSTILE}.py", "python", "line", 4, truth, digest_of(truth))
    fields: dict[str, object] = {
        "task": task,
        "shown": shown,
        "covers": 0,
        "raw": shown + HOSTILE,
        "why": HOSTILE,
        "failure": "",
        "judgement": judge("x = ", truth, "\n", shown, 0, "python") if shown else None,
        "first_text_ms": 10.0 + number,
        "total_ms": 20.0 + number,
        "usage": Usage(100, 10, 0),
        "is_estimated": False,
        "before": HOSTILE + "\nx = ",
        "after": "\n" + HOSTILE,
        "line": 7,
    }
    return Result(**{**fields, **changes})  # type: ignore[arg-type]  # the fields by name


def summary_of(n_runs: int) -> Summary:
    rows = [result(0, "truth_0"), result(1, HOSTILE), result(2, ""), result(3, "", failure="rate")]
    runs = [
        EvalRun(HOSTILE + str(n), {}, "mistral", HOSTILE, HOSTILE, list(rows))
        for n in range(n_runs)
    ]
    tasks = TaskSet(tuple(row.task for row in rows), 1)
    return summarise(tasks, runs, [Price(1, 1, 1)] * n_runs)


def test_nothing_of_a_file_or_a_server_becomes_markup() -> None:
    page = report(summary_of(2), HOSTILE, datetime(2026, 1, 2, tzinfo=UTC))
    seen = Seen(page)
    assert seen.open == []
    tags = [tag for tag, _ in seen.elements]
    assert tags.count("script") == 1
    assert not {"img", "link", "iframe", "a", "base", "object", "form"} & set(tags)
    for _, attributes in seen.elements:
        assert not any(name.startswith("on") for name in attributes)
        assert not {"src", "href", "action"} & set(attributes)
    assert "alert(1)" in seen.text
    assert "\u202e" not in page
    (policy,) = [a["content"] for tag, a in seen.elements if a.get("http-equiv")]
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert page.count("http://") == page.count("http://www.w3.org/2000/svg") + page.count(
        "http://evil"
    )


def test_the_worst_comes_first_and_every_task_has_its_way_to_be_found() -> None:
    seen = Seen(report(summary_of(1), "repo", datetime(2026, 1, 2, tzinfo=UTC)))
    items = [attributes for tag, attributes in seen.elements if tag == "details"]
    assert [item["data-verdicts"] for item in items] == ["wrong", "failed", "silent", "exact"]
    assert {item["data-language"] for item in items} == {"python"}
    assert [item["data-rank"] for item in items] == ["0", "1", "2", "3"]


def test_what_is_not_known_is_shown_as_unknown() -> None:
    summary = summary_of(1)
    unknown = summarise(
        TaskSet((), 1),
        [EvalRun("run", {}, "mistral", "m", "h", [result(0, "", usage=None)])],
        [None],
    )
    page = report(unknown, "repo", datetime(2026, 1, 2, tzinfo=UTC))
    assert "unknown" in Seen(page).text
    assert "Cost unknown: run." in Seen(page).text
    assert summary.runs[0].figures["cost"].value is not None


def test_the_terminal_says_why_nothing_was_answered_and_no_more() -> None:
    reason = "The server cannot complete. " * 8 + "Set another model."
    run = EvalRun("", {}, "llamacpp", "m", "h", [result(0, "", failure="model")], reason)
    told = page(summarise(TaskSet((), 1), [run], [None]))
    assert reason in told
    assert "unknown" not in told


def test_what_costs_nothing_is_said_and_not_drawn() -> None:
    runs = [EvalRun(name, {}, "llamacpp", "m", "h", [result(0, "x")]) for name in "ab"]
    summary = summarise(TaskSet((), 1), runs, [Price(0, 0, 0)] * 2)
    text = report(summary, "repo", datetime(2026, 1, 2, tzinfo=UTC))
    assert "Free of charge: a, b." in Seen(text).text
    assert "Cost against quality</title>" not in text
    assert 'aria-label="Cost against quality"' not in text
    assert "+$0.0000" not in page(summary)
    assert "+0.0 " not in page(summary)


def test_where_no_cost_is_known_none_is_drawn_or_explained() -> None:
    runs = [EvalRun(name, {}, "openai", "m", "h", [result(0, "x")]) for name in "ab"]
    summary = summarise(TaskSet((), 1), runs, [None, None])
    text = Seen(report(summary, "repo", datetime(2026, 1, 2, tzinfo=UTC))).text
    assert "Cost unknown: a, b." in text
    assert "against US dollars" not in text


def test_a_task_is_found_by_its_line() -> None:
    text = Seen(report(summary_of(1), "repo", datetime(2026, 1, 2, tzinfo=UTC))).text
    assert ".py:7" in text


def test_a_run_that_ended_before_its_first_task_is_shown_all_the_same() -> None:
    empty = summarise(
        TaskSet((), 1), [EvalRun("a", {}, stopped="interrupted"), EvalRun("b", {})], [None] * 2
    )
    text = Seen(report(empty, "repo", datetime(2026, 1, 2, tzinfo=UTC))).text
    assert "ended early at 0 of 0: interrupted" in text
    assert "stopped early: interrupted" in page(empty)
