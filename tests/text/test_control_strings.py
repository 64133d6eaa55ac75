"""A control string of any family in the table of templates reaches no document."""

from __future__ import annotations

import pytest

from codestral_ls.postprocess import Shaped, run
from codestral_ls.text.control_strings import BOUNDS, CONTROL_STRINGS
from codestral_ls.text.fim_templates import TEMPLATES
from tests.postprocess.test_filters import scene

OF_ROWS = sorted({control for row in TEMPLATES for control in row.control_strings})


@pytest.mark.parametrize("control", [*OF_ROWS, *BOUNDS])
def test_an_answer_ends_before_the_control_strings_of_every_template(control: str) -> None:
    shaped = run(f"price{control}rest", scene("total = ", "\n", "python"))
    assert isinstance(shaped, Shaped)
    assert shaped.text == "price"


def test_the_list_says_each_once() -> None:
    assert len(set(CONTROL_STRINGS)) == len(CONTROL_STRINGS)
    assert "" not in CONTROL_STRINGS
