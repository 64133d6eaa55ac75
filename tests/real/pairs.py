"""Answers of several lines between a bracket and the closer that the editor has put behind it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pair:
    """A text is typed up to its bracket, and the model knows what belongs into it."""

    file: str
    before: str
    """What stands in the file up to the cursor."""
    head: str
    """What is typed; the editor adds the closer of its last character."""
    body: str
    """What the model says: lines between the bracket and its closer, which goes to a line of its
    own."""
    closer: str
    after: str = "\n"

    @property
    def typed(self) -> str:
        """The file before the suggestion was taken."""
        return self.before + self.head + self.closer + self.after

    @property
    def taken(self) -> str:
        """The file with it."""
        return self.before + self.head + self.body + self.closer + self.after


PAIRS = (
    Pair(
        "pairs.js",
        "function log(row) {\n  show(row);\n}\nconst totals = new Map();\n",
        "for (const row of rows) {",
        "\n  totals.set(row.id, row.price);\n  log(row);\n",
        "}",
    ),
    Pair(
        "pairs.ts",
        "interface Options {\n  depth: number;\n  strict: boolean;\n}\n",
        "const options: Options = {",
        "\n  depth: 3,\n  strict: true,\n",
        "}",
    ),
    Pair(
        "pairs.go",
        "package main\n\nfunc first(rows []int) int {\n\t",
        "if len(rows) > 0 {",
        "\n\t\tlog(rows)\n\t\treturn rows[0]\n\t",
        "}",
        "\n\treturn 0\n}\n",
    ),
    Pair(
        "pairs.py",
        "import math\n\n",
        "constants = [",
        "\n    math.pi,\n    math.e,\n",
        "]",
    ),
    Pair(
        "pairs.c",
        '#include "row.h"\n\nvoid run(int n) ',
        "{",
        "\n    prepare(n);\n    finish(n);\n",
        "}",
    ),
)
