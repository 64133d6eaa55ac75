"""What has the form of a secret does not leave the machine, and everything else does, unchanged."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestral_ls.privacy.secrets import MASK, contains_mask, find, mask, mask_around
from codestral_ls.privacy.token_formats import PHRASES as PHRASE_FORMATS
from codestral_ls.privacy.token_formats import WORDS as WORD_FORMATS
from tests.privacy.made_up import (
    ALNUM,
    CHOSEN,
    FORMATS,
    HEX,
    NAMED,
    PASSWORD_NAMES,
    PHRASES,
    PLACES,
    SECRET_NAMES,
    Builder,
    MadeUp,
    drawn,
)

TOKEN = FORMATS["GitHub token"](Random(0)).text


def check_masked(text: str, made_up: MadeUp) -> None:
    assert made_up.secret in text
    assert mask(text) == text.replace(made_up.secret, MASK)


def test_every_kind_of_the_table_has_a_made_up_secret() -> None:
    kinds = [row.kind for row in (*WORD_FORMATS, *PHRASE_FORMATS)]
    assert len(kinds) == len(set(kinds)) >= 30
    assert set(kinds) == set(FORMATS)


@pytest.mark.parametrize(("kind", "build"), FORMATS.items(), ids=list(FORMATS))
def test_a_secret_with_a_form_is_masked_wherever_it_stands(kind: str, build: Builder) -> None:
    made_up = build(Random(kind))
    if kind == "end of a private key":
        check_masked(made_up.text + "\nrest = 1\n", made_up)
        return
    for place in PHRASES:
        check_masked(place.put("value", made_up.text), made_up)
    assert kind in {found.kind for found in find(made_up.text)}


@pytest.mark.parametrize(("kind", "build"), NAMED.items(), ids=list(NAMED))
@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place.language}: {place.template!r}")
def test_a_random_value_is_masked_where_its_name_tells_what_it_is(
    kind: str, build: Builder, place: object
) -> None:
    assert place in PLACES
    for name in SECRET_NAMES:
        made_up = build(Random(kind))
        check_masked(PLACES[PLACES.index(place)].put(name, made_up.text), made_up)  # type: ignore[arg-type]
