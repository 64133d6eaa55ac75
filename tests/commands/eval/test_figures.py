"""Figures, their intervals, and what a suggestion is worth."""

from __future__ import annotations

import random

import pytest

from codestral_ls.backends.prices import Price, price_of
from codestral_ls.backends.table import BACKENDS
from codestral_ls.commands.eval.figures import differences, figures
from codestral_ls.commands.eval.judging import judge, similarity
from codestral_ls.commands.eval.results import Result
from codestral_ls.commands.eval.variants import UnusableVariant, variants
from codestral_ls.model import Usage
from tests.commands.eval.test_report import result


def named(number: int, *, right: bool) -> Result:
    return result(number, f"truth_{number}" if right else "zzz")


@pytest.mark.parametrize(
    ("shown", "covers", "expected"),
    [
        ("a, b", 0, (True, True, True)),
        ("a, b  ", 0, (True, True, True)),
        ("a, b)", 1, (True, True, True)),
        ("a,", 0, (False, True, False)),
        ("a, c", 0, (False, False, False)),
        ("a, b)", 0, (False, False, False)),
        ("a, b, c", 0, (False, False, False)),
        ("a, b\nprint(x)", 0, (False, False, True)),
    ],
)
def test_a_suggestion_is_exact_or_right_as_far_as_it_goes(
    shown: str, covers: int, expected: tuple[bool, bool, bool]
) -> None:
    found = judge("f(", "a, b", ")\n", shown, covers, "python")
    assert (found.exact, found.right, found.first_line) == expected


def test_saved_characters_are_less_the_key_that_accepts() -> None:
    assert judge("f(", "abcd", ")", "abcd", 0, "python").saved == 3
    assert judge("f(", "abcd", ")", "ab", 0, "python").saved == 1
    assert judge("f(", "abcd", ")", "xy", 0, "python").saved == 0


def test_more_syntax_errors_are_counted_where_a_grammar_tells() -> None:
    before, after = "def f():\n    return ", "\n"
    assert judge(before, "1", after, "(((", 0, "python").more_errors is True
    assert judge(before, "1", after, "1 + 1", 0, "python").more_errors is False
    assert judge(before, "1", after, "1", 0, "plaintext").more_errors is None


def distance(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, row = row, [i]
        for j, b in enumerate(other, 1):
            row.append(min(last[j] + 1, row[-1] + 1, last[j - 1] + (a != b)))
    return row[-1]


def test_edit_similarity_is_levenshteins() -> None:
    chooser = random.Random(1)
    for _ in range(300):
        one, other = ("".join(chooser.choices("abc", k=chooser.randrange(9))) for _ in range(2))
        longest = max(len(one), len(other), 1)
        assert similarity(one, other) == pytest.approx(1 - distance(one, other) / longest)


def test_an_interval_holds_its_value_and_is_the_same_every_time() -> None:
    rows = [named(number, right=number % 4 > 0) for number in range(80)]
    found = figures(rows, Price(1.0, 0.1, 2.0))
    right = found["right"]
    assert right.value == 0.75
    assert right.low is not None
    assert right.high is not None
    assert 0.6 < right.low < 0.75 < right.high < 0.9
    assert figures(rows, Price(1.0, 0.1, 2.0)) == found
    assert found["cost"].value == pytest.approx(1000 * (100 * 1.0 + 10 * 2.0) / 1e6)


def test_certainty_is_not_claimed_where_all_tasks_agree() -> None:
    found = figures([named(number, right=True) for number in range(30)], None)
    assert (found["right"].value, found["right"].low, found["right"].high) == (1.0, 0.9, 1.0)
    assert (found["wrong"].low, found["wrong"].high) == (0.0, 0.1)
    assert found["cost"].value is None


@pytest.mark.parametrize("seed", range(5))
def test_a_paired_difference_is_found_with_an_interval_that_holds_it(seed: int) -> None:
    chooser = random.Random(seed)
    order = chooser.sample(range(100), 100)
    first = [named(number, right=order[number] < 60) for number in range(100)]
    second = [named(number, right=order[number] < 70) for number in range(100)]
    found = differences(first, second, (None, None))["right"]
    assert found.value == pytest.approx(0.1)
    assert found.low is not None
    assert found.high is not None
    assert 0 < found.low <= 0.1 <= found.high < 0.25
    same = differences(first, first, (None, None))["right"]
    # A hundred tasks at which two settings agree do not show that they agree everywhere.
    assert (same.value, same.low, same.high) == (0.0, -0.03, 0.03)


@pytest.mark.parametrize(("n", "says_better"), [(5, False), (30, True)])
def test_a_difference_at_every_task_is_certain_only_where_there_are_many(
    n: int, says_better: bool
) -> None:
    first = [named(number, right=False) for number in range(n)]
    second = [named(number, right=True) for number in range(n)]
    found = differences(first, second, (None, None))["right"]
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low is not None
    assert (found.low > 0) is says_better


def test_no_more_tokens_are_cached_than_were_asked() -> None:
    short = [result(n, "x", usage=Usage(10, 1, 9), is_estimated=True) for n in range(5)]
    long = [result(n, "x", usage=Usage(100, 1, 80)) for n in range(5, 10)]
    found = figures([*short, *long], None)
    assert (found["tokens_in"].value, found["tokens_cached"].value) == (55.0, 44.0)
    nothing = figures([result(0, "x", usage=Usage())], None)
    assert nothing["tokens_cached"].value == 0.0
    unknown = figures(short, None)
    assert unknown["tokens_cached"].value is None


def test_failed_tasks_count_in_no_figure_of_quality() -> None:
    rows = [named(0, right=True), result(1, "", failure="rate", usage=None)]
    found = figures(rows, None)
    assert (found["right"].value, found["silent"].value, found["failed"].value) == (1.0, 0.0, 0.5)


def test_prices_are_known_for_mistral_and_nothing_is_made_up() -> None:
    codestral = price_of("mistral", "api.mistral.ai", "codestral-latest")
    assert codestral == Price(0.30, 0.03, 0.90)
    assert codestral.of(Usage(1_000_000, 1_000_000, 500_000)) == pytest.approx(0.165 + 0.9)
    assert price_of("mistral", "api.mistral.ai", "codestral-9999") is None
    assert price_of("openai", "llm.example", "codestral-latest") is None
    assert price_of("openai", "127.0.0.1:4000", "x") is None
    assert price_of("llamacpp", "127.0.0.1:8080", "x") == Price(0.0, 0.0, 0.0)
    assert price_of("workspace", "", "workspace") == Price(0.0, 0.0, 0.0)


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "[::1]:80", "127.8.0.1:1"])
@pytest.mark.parametrize(
    "provider", [name for name, row in BACKENDS.items() if row.is_local and name != "workspace"]
)
def test_a_model_server_on_this_machine_costs_nothing(provider: str, host: str) -> None:
    assert price_of(provider, host, "x") == Price(0.0, 0.0, 0.0)
    assert price_of(provider, "llm.example:8080", "x") is None


def test_what_is_compared() -> None:
    def names(repeated: dict[str, list[str]], *compared: str) -> list[str]:
        return [variant.name for variant in variants(repeated, compared)]

    assert names({}) == [""]
    assert names({"model": ["a"]}) == [""]
    assert names({}, "model=a") == ["", "model=a"]
    assert names({}, "model=a", "max_tokens=5") == ["model=a", "maxTokens=5"]
    assert names({}, "max-tokens=5 model='a b'", "model=b") == ["maxTokens=5 model=a b", "model=b"]
    assert names({"model": ["a", "b"]}) == ["model=a", "model=b"]
    with pytest.raises(UnusableVariant, match="12 at most"):
        names({}, *(f"maxTokens={n}" for n in range(1, 15)))
