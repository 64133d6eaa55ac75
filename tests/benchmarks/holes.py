"""Cuts holes into real files, fills them as models do, and looks at what would be inserted.

Each hole is fed its true text followed by what models overrun with. After acceptance the file must
be restored exactly, or the text must stop early at a true beginning. Run it with::

    python -m tests.benchmarks.holes [--files N] [--stream] [--show wrong|silent|early]
"""

from __future__ import annotations

import argparse
import random
import re
import sysconfig
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from codestral_ls.model import WINDOW_AFTER, WINDOW_BEFORE, Snapshot
from codestral_ls.postprocess import Dropped, Scene, Shaped, enough, run
from codestral_ls.text import syntax
from codestral_ls.text.languages import Block, facts, opener_pattern
from codestral_ls.text.lines import normalise

_NODE = ("/usr/lib/node_modules", "/usr/local/lib/node_modules", str(Path.home() / ".cache"))
# Where files of a language may be found; roots that do not exist are passed over.
SOURCES: dict[str, tuple[str, tuple[str, ...]]] = {
    "python": ("*.py", (sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"))),
    "javascript": ("*.js", _NODE),
    "typescript": ("*.ts", _NODE),
    "go": ("*.go", ("/usr/share", "/usr/lib/go", "/usr/local/go")),
    "c": ("*.c", (*_NODE, "/usr/share", "/usr/src", "/usr/lib")),
    "cpp": ("*.h", ("/usr/include/c++",)),
    "php": ("*.php", ("/usr/lib", "/usr/share")),
    "lua": ("*.lua", ("/usr/share", str(Path.home() / ".cache"))),
    "shellscript": ("*.sh", ("/usr/share", "/usr/lib", *_NODE)),
    "sql": ("*.sql", ("/usr/share",)),
    "html": ("*.html", ("/usr/share", *_NODE)),
    "css": ("*.css", ("/usr/share", *_NODE)),
    "json": ("*.json", ("/usr/share", *_NODE)),
    "yaml": ("*.y*ml", ("/usr/share", "/usr/lib", *_NODE)),
}
KINDS = ("rest of line", "call arguments", "statement", "block")
OVERRUNS = ("none", "following lines", "other function", "closers", "talk", "remark")
_SENTENCES_ARE_CONTENT = ("html", "yaml")
VERDICTS = ("exact", "early", "silent", "wrong")
_TALK = "\n```\n\nThis code does what was asked. Let me know if anything else is needed.\n"
_CALL = re.compile(r"\b\w+\((?P<arguments>[^()\"'`\n]+|[^()\"'`\n]*\([^()\"'`\n]*\)[^()\"'`\n]*)\)")
# Longer blocks than a model may write (`maxTokens`) say nothing about the filters.
_MAX_HOLE_CHARS = 500


@dataclass(frozen=True)
class Hole:
    """A piece cut out of a text."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class File:
    """A file that holes are cut into."""

    language_id: str
    text: str

    @property
    def lines(self) -> list[str]:
        """Its lines, without ends."""
        return self.text.split("\n")


def files(language_id: str, wanted: int, seed: random.Random, max_lines: int = 5000) -> list[File]:
    """Files as people write them: not tiny, not huge, not minified."""
    pattern, roots = SOURCES[language_id]
    paths = sorted(
        path for root in roots if Path(root).is_dir() for path in Path(root).rglob(pattern)
    )
    if language_id == "cpp":
        paths += sorted(path for root in _NODE for path in Path(root).rglob("*.cpp"))
    seed.shuffle(paths)
    found: list[File] = []
    for path in paths:
        if len(found) == wanted:
            break
        try:
            text = normalise(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError):
            continue
        n_lines = text.count("\n") + 1
        if 1500 < len(text) < 200_000 and 40 < n_lines <= max_lines and len(text) / n_lines < 80:
            found.append(File(language_id, text))
    return found


def width(line: str) -> int:
    """Characters a line is indented by."""
    return len(line) - len(line.lstrip(" \t"))


def holes(file: File, per_kind: int, seed: random.Random) -> Iterator[Hole]:
    """Some holes of each kind."""
    lines = file.lines
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    docstrings = _in_docstrings(lines)
    code = [
        i
        for i in range(1, len(lines) - 1)
        if i not in docstrings and _is_code(lines, i, file.language_id)
    ]
    seed.shuffle(code)
    found: Counter[str] = Counter()
    for index in code:
        for hole in _holes_at(lines, starts, index, file.language_id, seed):
            cut = file.text[hole.start : hole.end]
            if found[hole.kind] < per_kind and len(cut) <= _MAX_HOLE_CHARS:
                found[hole.kind] += 1
                yield hole


def _in_docstrings(lines: list[str]) -> set[int]:
    inside, found = False, set()
    for index, line in enumerate(lines):
        if inside:
            found.add(index)
        inside ^= (line.count('"""') + line.count("'''")) % 2 == 1
    return found


def _is_code(lines: list[str], index: int, language_id: str) -> bool:
    language = facts(language_id)
    line = lines[index].strip()
    marks = (*language.line_comments, *(opener for opener, _ in language.block_comments), "*", "#")
    near = "\n".join(lines[max(0, index - 3) : index + 14])
    quoted = any(mark in near for mark in ('"""', "'''", "`", "<<"))
    return len(line) > 4 and line[0].isalpha() and not line.startswith(marks) and not quoted


def _holes_at(
    lines: list[str], starts: list[int], index: int, language_id: str, seed: random.Random
) -> Iterator[Hole]:
    line, start = lines[index], starts[index]
    end = start + len(line.rstrip())
    boundaries = [
        m.start() for m in re.finditer(r"(?<=[\s(,=.\[])\b\w", line) if m.start() > width(line)
    ]
    if boundaries:
        column = seed.choice(boundaries)
        if any(character.isalnum() for character in line[column:]):
            yield Hole("rest of line", start + column, end)
    calls = [m for m in _CALL.finditer(line) if m["arguments"].strip()]
    if calls:
        call = seed.choice(calls)
        yield Hole("call arguments", start + call.start("arguments"), start + call.end("arguments"))
    below = next((i for i in range(index + 1, len(lines)) if lines[i].strip()), None)
    if below is None:
        return
    complete = _depth(line) == 0 and width(lines[below]) <= width(line)
    header = opener_pattern(facts(language_id)).search(line.rstrip()) is not None
    above = lines[index - 1].rstrip()
    goes_on = above.endswith((",", "\\", "&&", "||", "+", "(", "=")) or line.rstrip().endswith(
        (",", "\\")
    )
    if complete and not header and not goes_on:
        yield Hole("statement", start + width(line), end)
    if header and below == index + 1 and width(lines[below]) > width(line):
        last = below
        for i in range(below, len(lines)):
            if lines[i].strip():
                if width(lines[i]) <= width(line):
                    break
                last = i
        yield Hole(
            "block", starts[below] + width(lines[below]), starts[last] + len(lines[last].rstrip())
        )


def _depth(line: str) -> int:
    return sum(line.count(c) for c in "([{") - sum(line.count(c) for c in ")]}")


def filled(file: File, other: File, hole: Hole, overrun: str, seed: random.Random) -> str:
    """The true text with what a model runs on with."""
    truth, after = file.text[hole.start : hole.end], file.text[hole.end :]
    rest, _, later = after.partition("\n")
    before = file.text[: hole.start].split("\n")
    outer = next(
        (ln for ln in reversed(before[:-1]) if ln.strip() and width(ln) < width(before[-1])), ""
    )
    margin = outer[: width(outer)]
    match overrun:
        case "following lines":
            return truth + rest + "\n" + "\n".join(later.split("\n")[:6])
        case "other function":
            return truth + rest + "\n\n" + _other_function(other, margin, seed)
        case "closers":
            return truth + rest + _closers(file.language_id, truth + rest, margin)
        case "talk":
            return truth + rest + _TALK
        case "remark":
            inside = before[-1][: width(before[-1])]
            return truth + rest + f"\n{inside}All remaining cases are handled further below.\n"
        case _:
            return truth


def _closers(language_id: str, line: str, margin: str) -> str:
    language = facts(language_id)
    if language.block is Block.BRACES:
        return f"\n{margin}}}\n{margin}}}\n"
    if language.block is Block.TAGS:
        return f"\n{margin}</div>\n{margin}</div>\n"
    commented = any(mark in line for mark in language.line_comments)
    return "\n)\n)\n" if commented else ")\n)\n"


def _other_function(other: File, margin: str, seed: random.Random) -> str:
    lines = other.lines
    pattern = opener_pattern(facts(other.language_id))
    headers = [
        i
        for i, line in enumerate(lines[:-2])
        if line[:1].isalpha() and pattern.search(line.rstrip()) and width(lines[i + 1]) > 0
    ]
    if not headers:
        return margin + "\n".join(lines[5:8])
    start = seed.choice(headers)
    return "\n".join(margin + line for line in lines[start : start + 8])


def scene_at(file: File, hole: Hole, covers_closers: bool) -> Scene:
    """The file with the hole, seen from its edge."""
    before, after = file.text[: hole.start], file.text[hole.end :]
    tree = syntax.parse(before + after, file.language_id)
    snapshot = Snapshot(
        uri="file:///hole",
        path="/hole",
        language_id=file.language_id,
        version=1,
        before=before[-WINDOW_BEFORE:],
        after=after[:WINDOW_AFTER],
        line=before.count("\n"),
        at_document_start=len(before) <= WINDOW_BEFORE,
        at_document_end=len(after) <= WINDOW_AFTER,
    )
    return Scene(snapshot, tree=tree, covers_closers=covers_closers)


def answer(raw: str, scene: Scene, *, streamed: bool) -> Shaped | Dropped:
    """What the engine would show."""
    if streamed:
        # A token of code has three characters or so.
        for length in range(3, len(raw), 3):
            if enough(raw[:length], scene):
                return run(raw[:length], scene)
    return run(raw, scene)


def verdict(file: File, hole: Hole, shaped: Shaped | Dropped) -> str:
    """How the file fares after acceptance."""
    if isinstance(shaped, Dropped):
        return "silent"
    truth, after = file.text[hole.start : hole.end], file.text[hole.end :]
    if shaped.text + after[shaped.covers :] == truth + after:
        return "exact"
    early = not shaped.covers and truth.startswith(shaped.text)
    return "early" if early else "wrong"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=25, help="files a language")
    parser.add_argument("--per-kind", type=int, default=4, help="holes of each kind in a file")
    parser.add_argument("--language", choices=SOURCES)
    parser.add_argument("--stream", action="store_true", help="stop the stream as the engine does")
    parser.add_argument("--covers", action="store_true", help="as for the VS Code family")
    parser.add_argument("--no-trees", action="store_true", help="as without grammars")
    parser.add_argument("--show", choices=VERDICTS, help="print holes that ended so")
    parser.add_argument("--overrun", choices=OVERRUNS)
    arguments = parser.parse_args()
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for language_id in [arguments.language] if arguments.language else SOURCES:
        # The same holes in every run.
        seed = random.Random(language_id)
        found = files(language_id, arguments.files, seed)
        for position, file in enumerate(found):
            other = found[position - 1]
            for hole in holes(file, arguments.per_kind, seed):
                scene = scene_at(file, hole, arguments.covers)
                if arguments.no_trees:
                    scene = replace(scene, tree=None)
                for overrun in [arguments.overrun] if arguments.overrun else OVERRUNS:
                    if overrun == "remark" and language_id in _SENTENCES_ARE_CONTENT:
                        continue
                    raw = filled(file, other, hole, overrun, seed)
                    shaped = answer(raw, scene, streamed=arguments.stream)
                    result = verdict(file, hole, shaped)
                    counts[language_id, hole.kind, overrun, result] += 1
                    if result == arguments.show:
                        _print_hole(file, hole, overrun, raw, shaped)
    _print_tables(counts)


def _print_hole(file: File, hole: Hole, overrun: str, raw: str, shaped: Shaped | Dropped) -> None:
    before, after = file.text[: hole.start], file.text[hole.end :]
    print(f"=== {file.language_id}, {hole.kind}, {overrun}")
    print("\n".join(before.split("\n")[-4:]) + "█" + "\n".join(after.split("\n")[:4]))
    print(
        f"--- true:  {file.text[hole.start : hole.end]!r}\n--- raw:   {raw!r}\n--- shown: {shaped}"
    )


def _print_tables(counts: Counter[tuple[str, str, str, str]]) -> None:
    for title, column in (("language", 0), ("kind of hole", 1), ("overrun", 2)):
        print(f"\n{title:<18}{'holes':>8}" + "".join(f"{name:>9}" for name in VERDICTS))
        for row in dict.fromkeys(key[column] for key in counts):
            _print_row(
                row,
                [
                    sum(n for k, n in counts.items() if k[column] == row and k[3] == v)
                    for v in VERDICTS
                ],
            )
    print()
    totals = [sum(n for k, n in counts.items() if k[3] == v) for v in VERDICTS]
    _print_row("all", totals)
    right = [k for k in counts if k[2] == "none"]
    n_right = sum(counts[k] for k in right)
    if n_right:
        silenced = sum(counts[k] for k in right if k[3] == "silent")
        print(f"right suggestions suppressed: {silenced / n_right:.2%} of {n_right}")


def _print_row(name: str, numbers: list[int]) -> None:
    total = sum(numbers) or 1
    print(f"{name:<18}{total:>8}" + "".join(f"{n / total:>8.2%} " for n in numbers))


if __name__ == "__main__":
    main()
