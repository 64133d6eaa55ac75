"""What is equally fit is shown in the order of paths and lines, whatever was read first."""

from __future__ import annotations

from random import Random

import pytest

from codestral_ls.prompt.snippets import Snippet
from codestral_ls.workspace.index.outline import outline
from codestral_ls.workspace.index.query import IndexQuery, snippets
from codestral_ls.workspace.index.ranking import surroundings
from codestral_ls.workspace.index.store import Index, Outline, pack
from codestral_ls.workspace.index.texts import Texts

DEFINES = "def load_parcel(path):\n    return path\n\n\ndef weigh_parcel(one):\n    return one\n"
PASSAGE = """def send(parcel, depot, weight):
    ledger = depot.ledger(parcel)
    ledger.weigh(weight)
"""
BEFORE = f"""import shop

{PASSAGE}    print(load_parcel, weigh_parcel, depot, ledger, weight)
    x = load_parcel("""


def shown(order: list[int], n_files: int) -> list[Snippet]:
    index, texts = Index(), Texts()
    for number in order:
        path = f"/w/{number % 7}/{number:03}.py"
        index.put(path, Outline(pack(outline(DEFINES, "python")), 1.0, 9))
        if number < 8:
            texts.keep(path, f"import other\n{PASSAGE.replace('ledger', 'depot')}y = {n_files}\n")
    return snippets(index, texts, IndexQuery("/w/a.py", BEFORE, "\n", "python", 6_000))


@pytest.mark.parametrize("n_files", [3, 20, 120])
def test_the_order_of_reading_decides_nothing(n_files: int) -> None:
    numbers = list(range(n_files))
    first = shown(numbers, n_files)
    assert first
    for seed in range(8):
        Random(seed).shuffle(numbers)
        assert shown(numbers, n_files) == first


def test_imported_names_are_wanted_in_one_order_in_every_process() -> None:
    names = [f"name_{number}" for number in range(60)]
    wanted = surroundings(f"from shop import {', '.join(reversed(names))}\n\n\n" + "\n" * 60, "")
    assert [name for name in wanted.wanted if name in set(names)] == sorted(names)
