"""Fits the numbers of ``workspace/completer/weights.py``, on packages the benchmark leaves out.

    PYTHONPATH=. python -m tests.benchmarks.workspace_weights [--places 350] [PACKAGE ...]

At hidden places (see ``workspace_provider``; two in five inside a word, as after a key) the
likeliest tokens are asked for one after another until one is wrong. Logistic regression then
finds how often a token with such evidence was right. Other versions of the packages give slightly
other numbers.
"""

from __future__ import annotations

import argparse
import math
import sysconfig
from collections.abc import Iterator, Sequence
from pathlib import Path

from codestral_ls.workspace.completer.learner import Learner
from codestral_ls.workspace.completer.predict import steps
from codestral_ls.workspace.completer.weights import Features
from tests.benchmarks.workspace_provider import Hidden, hide, read_package

PACKAGES = (
    *("httpx", "attr", "cattrs", "pygls", "packaging", "hypothesis/strategies", "pluggy", "anyio"),
    *("hypothesis/internal", "pip/_internal", "setuptools/command", "pytest_asyncio", "pydantic"),
    *("_pytest", "h11", "pathspec", "dateutil"),
)
_IN_WORDS = 0.4
_RIDGE = 1.0
_ROUNDS = 12  # Newton's method is done after six or seven

Example = tuple[tuple[float, ...], bool]


def examples(files: dict[str, str], n_places: int) -> Iterator[Example]:
    """Evidence for each token suggested at hidden places, and whether it was right."""
    learner = Learner()
    for path, text in files.items():
        learner.learn(path, text)
    for hidden in hide(files, n_places, 1, in_words=_IN_WORDS):
        learner.learn(hidden.path, hidden.before + hidden.after)
        yield from _judged(learner, hidden)
        learner.learn(hidden.path, files[hidden.path])


def _judged(learner: Learner, hidden: Hidden) -> Iterator[Example]:
    rest = hidden.text
    for step in steps(learner, hidden.question):
        right = not rest if step.is_line_end else not step.is_end and rest.startswith(step.text)
        yield (1.0, *step.features), right
        if not right or step.is_end:
            return
        rest = rest[len(step.text) :]


def fit(judged: Sequence[Example]) -> list[float]:
    """Bias and weights of logistic regression, by Newton's method."""
    size = len(judged[0][0])
    weights = [0.0] * size
    for _ in range(_ROUNDS):
        gradient = [-_RIDGE * weight for weight in weights]
        curvature = [[_RIDGE * (i == j) for j in range(size)] for i in range(size)]
        for features, right in judged:
            odds = sum(map(float.__mul__, weights, features))
            share = 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))
            for i, value in enumerate(features):
                gradient[i] += (right - share) * value
                slope = share * (1 - share) * value
                for j, other in enumerate(features):
                    curvature[i][j] += slope * other
        weights = [a + b for a, b in zip(weights, solve(curvature, gradient), strict=True)]
    return weights


def solve(matrix: list[list[float]], right_side: list[float]) -> list[float]:
    """The solution of a system of linear equations (Gauss and Jordan)."""
    rows = [[*row, value] for row, value in zip(matrix, right_side, strict=True)]
    for i, _ in enumerate(rows):
        pivot = max(range(i, len(rows)), key=lambda number: abs(rows[number][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for other in range(len(rows)):
            if other != i:
                factor = rows[other][i] / rows[i][i]
                rows[other] = [a - factor * b for a, b in zip(rows[other], rows[i], strict=True)]
    return [row[-1] / row[i] for i, row in enumerate(rows)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--places", type=int, default=350, help="for each package")
    parser.add_argument("packages", nargs="*", default=PACKAGES)
    options = parser.parse_args()
    library = Path(sysconfig.get_paths()["purelib"])
    judged: list[Example] = []
    for package in options.packages:
        if files := read_package(library / package):
            judged += examples(files, options.places)
    bias, *weights = fit(judged)
    print(f"{len(judged)} tokens, {sum(right for _, right in judged) / len(judged):.0%} right")
    print(f"BIAS = {bias:.2f}")
    for name, weight in zip(Features._fields, weights, strict=True):
        print(f"    {name}={weight:.2f},")


if __name__ == "__main__":
    main()
