"""Where a text repeats what stands right of the cursor, however often it does."""

from __future__ import annotations

import pytest

from codestral_ls.postprocess.overlap import rest_of_line_start
from tests.scenes import scene_between

MANY = 20


@pytest.mark.parametrize(
    ("before", "after", "text", "start"),
    [
        ("int x; /* foo ", "bar */\n", "one bar */ " * MANY, 4),
        ('x = "foo ', 'bar"\n', 'q"' + " + 'bar\"'" * MANY, 6),
    ],
    ids=["comment", "string"],
)
def test_of_many_repetitions_the_first_one_counts(
    before: str, after: str, text: str, start: int
) -> None:
    assert rest_of_line_start(text, scene_between(before, after, "javascript")) == start
