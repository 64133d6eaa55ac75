"""Shapes the answers of a file of cases in all ways of asking, and counts what comes out right.

Run it with::

    python -m tests.benchmarks.content_cases FILE [--show] [--kind KIND] [--id ID]

FILE holds JSON: ``cases``, each a document with one full block for the cursor, a model's answer and
what a person wants inserted: any of ``wanted``, null for nothing, ``{"document": …}`` for the whole
document after accepting. A case counts as right when it is right in every way of asking. ``flows``
are taken line by line, as a person does who accepts and presses Enter.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from codestral_ls.postprocess import Scene, Shaped, enough, run
from codestral_ls.text.lines import normalise
from tests.scenes import scene_between

CURSOR = "█"
WAYS = ("covers", "plain", "stream", "streamcovers")


def _place(case: dict[str, Any], before: str, after: str, *, covers: bool) -> Scene:
    return scene_between(before, after, case["language"], name=case["file"], covers_closers=covers)


def shaped(raw: str, scene: Scene, *, streamed: bool) -> Shaped | None:
    """What is shown; None for nothing."""
    if streamed:
        for length in range(3, len(raw), 3):
            if enough(raw[:length], scene):
                raw = raw[:length]
                break
    result = run(raw, scene)
    return result if isinstance(result, Shaped) else None


def acceptable(case: dict[str, Any]) -> list[str | None]:
    """Documents that are right after accepting; None for nothing shown."""
    before, after = normalise(case["document"]).split(CURSOR)
    found: list[str | None] = []
    for wanted in case["wanted"]:
        if wanted is None:
            found.append(None)
        elif isinstance(wanted, dict):
            found.append(wanted["document"])
        else:
            found.append(before + normalise(wanted) + after)
    return found


def outcomes(case: dict[str, Any]) -> dict[str, str | None]:
    """The document after accepting, by way of asking."""
    before, after = normalise(case["document"]).split(CURSOR)
    results = {}
    for way in WAYS:
        place = _place(case, before, after, covers=way.endswith("covers"))
        result = shaped(case["answer"], place, streamed=way.startswith("stream"))
        # The scene of a long document holds a part of it.
        results[way] = None if result is None else before + result.text + after[result.covers :]
    return results


def flow(case: dict[str, Any]) -> str:
    """What goes wrong while a flow is taken; empty for nothing."""
    before, after = normalise(case["document"]).split(CURSOR)
    answer = case["answer"]
    for _ in range(60):
        if not answer.strip():
            return ""
        place = _place(case, before, after, covers=True)
        raw = answer
        for length in range(3, len(answer), 3):
            if enough(answer[:length], place):
                raw = answer[:length]
                break
        result = run(raw, place)
        if not isinstance(result, Shaped):
            return f"silent ({result.reason}) before {answer[:40]!r}"
        ends = answer.startswith(result.text + "\n") or answer == result.text
        if not ends:
            return f"ends within a line: {result.text!r} of {answer[:80]!r}"
        before += result.text + "\n"
        answer = answer[len(result.text) + 1 :]
    return "goes on without end"


def main() -> None:
    """Print right and total by kind, and the failing cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--show", action="store_true", help="print failing cases whole")
    parser.add_argument("--kind")
    parser.add_argument("--id")
    arguments = parser.parse_args()
    content = json.loads(arguments.file.read_text())
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    failing = defaultdict(list)
    for case in content["cases"]:
        if arguments.kind not in (None, case["kind"]) or arguments.id not in (None, case["id"]):
            continue
        wanted = acceptable(case)
        results = outcomes(case)
        wrong = {way: result for way, result in results.items() if result not in wanted}
        total[case["kind"]] += 1
        right[case["kind"]] += not wrong
        if wrong:
            failing[case["kind"]].append(case["id"])
            if arguments.show:
                _print_case(case, wrong)
    for case in content.get("flows", ()):
        if arguments.kind not in (None, "flow") or arguments.id not in (None, case["id"]):
            continue
        trouble = flow(case)
        total["flow"] += 1
        right["flow"] += not trouble
        if trouble:
            failing["flow"].append(case["id"])
            if arguments.show:
                print(f"=== flow {case['id']}: {trouble}")
    for kind, count in sorted(total.items()):
        print(f"{kind:<20}{right[kind]:>4} of {count:>3}  {' '.join(failing[kind])}")
    print(f"{'all':<20}{sum(right.values()):>4} of {sum(total.values()):>3}")


def _print_case(case: dict[str, Any], wrong: dict[str, str | None]) -> None:
    print(f"=== {case['kind']} {case['id']} ({case['language']})\n{case['document'][-700:]}")
    print(f"--- answer: {case['answer'][:500]!r}\n--- wanted: {str(case['wanted'])[:600]}")
    before, _ = normalise(case["document"]).split(CURSOR)
    for way, result in wrong.items():
        told = "nothing"
        if result is not None:
            told = repr(result[len(before) :][:500])
        print(f"--- {way}: {told}")


if __name__ == "__main__":
    main()
