"""What is kept of the text above from key to key."""

from __future__ import annotations

import pytest

from codestral_ls.postprocess.place import place_of
from codestral_ls.postprocess.reading import NEAR_CHARS
from tests.scenes import scene_between

ABOVE = (
    'def load(path: str) -> dict:\n    """Load it ("really")."""\n    return {"a": [path]}\n\n\n'
)


@pytest.mark.parametrize(
    "line", ["", "value = call(", "value = call({'x': [1, (", 'text = """a (', "# ("]
)
@pytest.mark.parametrize("n_above", [1, 200], ids=["short", "long"])
def test_brackets_are_found_where_they_stand(line: str, n_above: int) -> None:
    before = ABOVE * n_above + "use(\n    1,\n" + line
    place = place_of(scene_between(before, "\n", "python"))
    seen = place.snapshot.before
    assert len(seen) > NEAR_CHARS or n_above == 1
    assert all(seen[bracket.offset] == bracket.character for bracket in place.brackets)
    assert all(seen[bracket.offset] == bracket.character for bracket in place.open_brackets)
    in_code = line.split('"""')[0].split("#")[0]
    opened = [character for character in "(" + in_code if character in "([{"]
    assert [bracket.character for bracket in place.open_brackets] == opened
    assert (place.inside is not None) == (in_code != line)
    if place.inside is not None:
        assert seen[place.inside.offset :].startswith(('"""', "#"))
