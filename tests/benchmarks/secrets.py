"""How many made-up secrets are found, how often ordinary code is taken for one, and how fast.

Run: ``python -m tests.benchmarks.secrets [--show] [--packages DIRECTORY]``. Everything is seeded:
the same figures each time, except for the clock's.

- *Found*: each kind in each place of ``tests/privacy/made_up.py``. A secret counts as found when
  no eight characters of it in a row are left.
- *In natural places*: the places of ``tests/privacy/natural.py`` and ``unforeseen.py``, each
  secret drawn anew. Found by the same measure.
- *False alarms*: the standard library with its tests, and all packages installed here or in
  ``--packages DIRECTORY``, in pieces as large as a prompt. Every masked place counts, also the
  made-up secrets in other projects' tests.
- *Time*: windows of the standard library, 48 KB each, with a character typed since the last time,
  and new as a whole; and texts made to be slow, 32 KB each.
"""

from __future__ import annotations

import argparse
import collections
import sysconfig
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from codestral_ls.privacy import promising, secrets
from codestral_ls.privacy.secrets import find, mask, mask_around
from tests.privacy.made_up import (
    CHOSEN,
    FORMATS,
    NAMED,
    PASSWORD_NAMES,
    PHRASES,
    PLACES,
    SECRET_NAMES,
    Builder,
    MadeUp,
    Place,
)
from tests.privacy.natural import NATURAL, put
from tests.privacy.unforeseen import UNFORESEEN

PROMPT_CHARS = 48 * 1024
"""A window of 32 KB before the cursor and 16 KB after it."""
HOSTILE_CHARS = 32 * 1024
PLACES_OF_KINDS = {**NATURAL, **UNFORESEEN}
DRAWS = 40
"""Of each kind for each place: misses of one in a hundred show."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--show", action="store_true", help="print every false alarm and miss")
    parser.add_argument("--packages", type=Path, default=Path(sysconfig.get_path("purelib")))
    arguments = parser.parse_args()
    show: bool = arguments.show
    print_found(show)
    print_natural(show)
    print_false_alarms("the standard library", Path(sysconfig.get_path("stdlib")), show)
    print_false_alarms("packages", arguments.packages, show)
    print_times()


def print_found(show: bool) -> None:
    total = hits = 0
    for group, kinds, places, names in (
        ("with a form", FORMATS, (*PLACES, *PHRASES), SECRET_NAMES),
        ("by name", NAMED, PLACES, SECRET_NAMES),
        ("chosen passwords", CHOSEN, PLACES, PASSWORD_NAMES),
    ):
        rates = {
            kind: found_share(kind, build, places, names, show) for kind, build in kinds.items()
        }
        print(f"{group}: {len(rates)} kinds")
        for kind, (found, of) in sorted(rates.items(), key=lambda item: item[1][0] / item[1][1]):
            total, hits = total + of, hits + found
            if found < of:
                print(f"  {found / of:7.2%}  {kind}")
    print(f"found: {hits / total:.2%} of {total} made-up secrets\n")


def found_share(
    kind: str, build: Builder, places: tuple[Place, ...], names: tuple[str, ...], show: bool
) -> tuple[int, int]:
    random = Random(kind)
    found = of = 0
    for place in places:
        for _ in range(DRAWS):
            made_up = build(random)
            at_start = kind == "end of a private key"
            text = made_up.text if at_start else place.put(random.choice(names), made_up.text)
            hit = not left_over(mask(text), made_up)
            found, of = found + hit, of + 1
            if show and not hit:
                print(f"    missed: {text!r}")
    return found, of


def left_over(masked: str, made_up: MadeUp) -> bool:
    secret = made_up.secret
    return any(secret[i : i + 8] in masked for i in range(max(1, len(secret) - 7)))


def print_natural(show: bool) -> None:
    total = hits = 0
    for kind, templates in PLACES_OF_KINDS.items():
        random = Random(kind)
        found = of = 0
        for template in templates:
            for _ in range(DRAWS):
                text, values = put(template, random)
                masked = mask(text)
                hit = not any(left_over(masked, MadeUp(text, secret)) for secret in values)
                found, of = found + hit, of + 1
                if show and not hit:
                    print(f"    missed: {text!r}")
        total, hits = total + of, hits + found
        print(f"  {found / of:7.2%}  {kind} ({len(templates)} places)")
    n_places = sum(map(len, PLACES_OF_KINDS.values()))
    print(f"in natural places: {hits / total:.2%} of {total} secrets in {n_places} places\n")


def print_false_alarms(label: str, root: Path, show: bool) -> None:
    chars = 0
    kinds: collections.Counter[str] = collections.Counter()
    for path, piece in pieces(root):
        chars += len(piece)
        # A place of two kinds is masked once.
        for found in {(each.start, each.end): each for each in find(piece)}.values():
            kinds[found.kind] += 1
            if show:
                line = piece[max(0, found.start - 40) : found.end].replace("\n", "\\n")
                print(f"    {path}: {line}")
    share = kinds.total() / chars * 1e6
    print(f"false alarms in {label}: {share:.2f} per MB ({chars / 1e6:.0f} MB)")
    for kind, count in kinds.most_common():
        print(f"  {count:7}  {kind}")


def pieces(root: Path) -> Iterator[tuple[Path, str]]:
    own = root.name == "site-packages"
    for path in sorted(root.rglob("*.py")):
        if not own and "site-packages" in path.parts:
            continue
        text = path.read_text("utf-8", "replace")
        for start in range(0, len(text), PROMPT_CHARS):
            yield path, text[start : start + PROMPT_CHARS]


def print_times() -> None:
    windows = [
        piece
        for path, piece in pieces(Path(sysconfig.get_path("stdlib")))
        if "test" not in path.parts and len(piece) == PROMPT_CHARS
    ]
    for name, forget in (("typing in it", False), ("when all of it is new", True)):
        times = sorted(window_ms(window, forget) for window in windows)
        print(
            f"\n{PROMPT_CHARS} characters of code, {name}: p50 {times[len(times) // 2]:.2f} ms, "
            f"p99 {times[int(len(times) * 0.99)]:.2f} ms ({len(times)} windows)"
        )
    for name, unit in HOSTILE.items():
        text = (unit * HOSTILE_CHARS)[:HOSTILE_CHARS]
        print(f"  {milliseconds(lambda text=text: mask(text)):7.2f} ms  {name}")  # type: ignore[misc]


def window_ms(window: str, forget: bool) -> float:
    """The best of three for a window with the cursor after two thirds of it."""
    best = float("inf")
    mask(window)
    for typed in ("x", "xy", "xyz"):
        before, after = window[: 32 * 1024] + typed, window[32 * 1024 :]
        if forget:
            forget_all()
        started = time.perf_counter()
        mask_around(before, after)
        best = min(best, time.perf_counter() - started)
    return best * 1e3


def forget_all() -> None:
    """As after a start."""
    promising._known.clear()
    promising._kept_part.cache_clear()
    secrets._in_line.clear()
    secrets._find_in_piece.cache_clear()


HOSTILE = {
    "one long word": "aB3",
    "a ruler": "-",
    "quotes": "'\"",
    "names of secrets": 'api_key = "aB3dE5fG7hI9jK1l" ',
    "nearly names of secrets": "x_key_x_key_x=aB3dE5fG7hI9jK1lM ",
    "nearly tokens": "eyJeyJ.sk-.ghp_",
    "nearly URLs": "://a:b",
    "nearly private keys": "-" * 5 + "BEGIN PRIVATE KEY" + "-" * 5 + "\\n+\\n+ ",
    "Base64 up to the end of a private key": "abcd+\\n",
    "colons and equals": ":=",
    "options": "--key-key-",
}


def milliseconds(run: Callable[[], object]) -> float:
    """The best of three: what else the machine does is not ours."""
    best = float("inf")
    for _ in range(3):
        forget_all()
        started = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - started)
    return best * 1e3


if __name__ == "__main__":
    main()
