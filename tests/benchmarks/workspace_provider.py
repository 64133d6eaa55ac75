"""How often the embedded provider is right, on packages of the standard library.

    PYTHONPATH=. python -m tests.benchmarks.workspace_provider [--places 200] [--seed 0]

At random places the rest of a line is hidden: a random line that is not blank, cut before a random
word or sign of it. The provider has learnt the package's other files and this file without
what is hidden; it is asked as the server asks, with 6000 characters before and 2000 after the
cursor. Comments and docstrings count like code.

A suggestion is right as far as it goes when the hidden text begins with it. "Supplied" is the
share of all hidden characters that such suggestions brought.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import sysconfig
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from codestral_ls.workspace.completer.learner import Learner
from codestral_ls.workspace.completer.predict import CompletionPlace, predict, steps
from codestral_ls.workspace.completer.weights import chance

PACKAGES = (
    *("json", "email", "asyncio", "unittest", "http", "logging", "importlib", "concurrent"),
    *("multiprocessing", "xml", "urllib", "tkinter", "ctypes", "sqlite3"),
)
BEFORE, AFTER = 6000, 2000
_WORD_OR_SIGN = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True)
class Hidden:
    """A place with the rest of its line taken away."""

    path: str
    before: str
    text: str
    after: str

    @property
    def question(self) -> CompletionPlace:
        return CompletionPlace(self.path, self.before[-BEFORE:], self.after[:AFTER])


@dataclass(frozen=True)
class Answer:
    hidden: str
    text: str
    tokens: Sequence[tuple[str, float]]
    """Each token and the chance of everything up to it, silence and thresholds aside."""
    seconds: float

    @property
    def is_right(self) -> bool:
        return self.hidden.startswith(self.text)

    def above(self, threshold: float) -> Answer:
        """The answer if suggestions ended at another chance."""
        text = ""
        for token, confidence in self.tokens:
            if confidence < threshold:
                break
            text += token
        text = text.rstrip()
        text = text if len(text.strip()) > 1 else ""
        return Answer(self.hidden, text, self.tokens, self.seconds)


def read_package(directory: Path) -> dict[str, str]:
    """Texts of the Python files under a directory, by path."""
    files = {}
    for path in sorted(directory.rglob("*.py")):
        text = path.read_text(encoding="utf-8", errors="replace")
        if "test" not in path.parts and 0 < len(text) < 200_000:
            files[str(path)] = text
    return files


def hide(
    files: dict[str, str], n_places: int, seed: int, *, in_words: float = 0
) -> Iterator[Hidden]:
    """Random places; with a share of them inside words, as after a key."""
    chooser = random.Random(seed)
    lines = [
        (path, number)
        for path, text in files.items()
        for number, line in enumerate(text.split("\n"))
        if line.strip()
    ]
    for path, number in chooser.sample(lines, min(n_places, len(lines))):
        document = files[path].split("\n")
        line = document[number]
        word = chooser.choice(list(_WORD_OR_SIGN.finditer(line)))
        cut = word.start()
        if len(word.group()) > 2 and chooser.random() < in_words:
            cut += chooser.randrange(1, len(word.group()))
        yield Hidden(
            path=path,
            before="\n".join([*document[:number], line[:cut]]),
            text=line[cut:].rstrip(),
            after="".join("\n" + later for later in document[number + 1 :]),
        )


def measure(files: dict[str, str], n_places: int, seed: int) -> Iterator[Answer]:
    """Ask at hidden places of one package."""
    learner = Learner()
    for path, text in files.items():
        learner.learn(path, text)
    for hidden in hide(files, n_places, seed):
        learner.learn(hidden.path, hidden.before + hidden.after)
        started = time.perf_counter()
        text = predict(learner, hidden.question)
        seconds = time.perf_counter() - started
        yield Answer(hidden.text, text, list(_tokens(learner, hidden.question)), seconds)
        learner.learn(hidden.path, files[hidden.path])


def _tokens(learner: Learner, question: CompletionPlace) -> Iterator[tuple[str, float]]:
    confidence = 1.0
    for step in steps(learner, question):
        confidence *= chance(step.features)
        if step.is_end:
            return
        yield step.text, confidence


def row(name: str, answers: Sequence[Answer]) -> str:
    """One line of the table."""
    spoken = [answer for answer in answers if answer.text]
    right = [answer for answer in spoken if answer.is_right]
    whole = sum(answer.text == answer.hidden for answer in spoken)
    supplied = sum(len(answer.text) for answer in right)
    hidden = sum(len(answer.hidden) for answer in answers)
    times = sorted(answer.seconds * 1000 for answer in answers)
    n_spoken = max(len(spoken), 1)
    return (
        f"{name:16}{len(answers):7}{len(spoken) / len(answers):8.1%}{len(right) / n_spoken:8.1%}"
        f"{whole / n_spoken:8.1%}{supplied / hidden:10.1%}"
        f"{statistics.median(times):8.1f}{times[int(len(times) * 0.99)]:8.1f}"
    )


def print_curve(answers: Iterable[Answer]) -> None:
    """Precision against coverage, by the chance at which a suggestion ends."""
    answers = list(answers)
    print(f"\n{'ends at':16}{'':7}{'spoke':>8}{'right':>8}{'whole':>8}{'supplied':>10}")
    for threshold in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
        line = row(f"{threshold:.1f}", [answer.above(threshold) for answer in answers])
        print(line[:57])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--places", type=int, default=200, help="for each package")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    library = Path(sysconfig.get_paths()["stdlib"])
    print(
        f"{'package':16}{'places':>7}{'spoke':>8}{'right':>8}{'whole':>8}{'supplied':>10}", end=""
    )
    print(f"{'p50 ms':>8}{'p99 ms':>8}")
    everything: list[Answer] = []
    for package in PACKAGES:
        files = read_package(library / package)
        if not files:
            continue
        answers = list(measure(files, options.places, options.seed))
        print(row(package, answers), flush=True)
        everything += answers
    print(row("all", everything))
    print_curve(everything)


if __name__ == "__main__":
    main()
