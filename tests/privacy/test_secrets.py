"""What has the form of a secret does not leave the machine, and everything else does, unchanged."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestral_ls.privacy import command_lines, secrets
from codestral_ls.privacy.secrets import MASK, contains_mask, find, mask, mask_around
from codestral_ls.privacy.token_formats import BLOCKS
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
    Place,
    drawn,
)

TOKEN = FORMATS["GitHub token"](Random(0)).text


def check_masked(text: str, made_up: MadeUp) -> None:
    assert made_up.secret in text
    assert mask(text) == text.replace(made_up.secret, MASK)


def test_every_kind_of_the_table_has_a_made_up_secret() -> None:
    kinds = [row.kind for row in (*WORD_FORMATS, *PHRASE_FORMATS, *BLOCKS)]
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
@pytest.mark.parametrize("place", PLACES, ids=[f"{p.language}-{p.template[:12]}" for p in PLACES])
def test_a_random_value_is_masked_where_its_name_tells_what_it_is(
    kind: str, build: Builder, place: Place
) -> None:
    for name in SECRET_NAMES:
        made_up = build(Random(kind))
        check_masked(place.put(name, made_up.text), made_up)


@pytest.mark.parametrize("place", PLACES, ids=[f"{p.language}-{p.template[:12]}" for p in PLACES])
def test_a_password_that_a_person_chose_is_masked_where_its_name_says_password(
    place: Place,
) -> None:
    for name in PASSWORD_NAMES:
        made_up = CHOSEN["a password that a person chose"](Random(name))
        check_masked(place.put(name, made_up.text), made_up)


HASH = drawn(Random(1), HEX, 40)


@pytest.mark.parametrize(
    "text",
    [
        f"# since commit {HASH}",
        f'rev = "{HASH}"',
        f'"integrity": "sha512-{drawn(Random(2), ALNUM, 86)}=="',
        "id = 'c9bf9e57-1685-4c89-bafb-ff5af830be8a'",
        f'public_key = "{drawn(Random(3), ALNUM, 44)}"',
        'api_key = "your-api-key-here"',
        'API_KEY = "sk-xxxxxxxxxxxxxxxxxxxxxxxx"',
        'password = "changeme123"',
        "PASSWORD=${DB_PASSWORD_2}",
        'password: "{{ vault_db_password_1 }}"',
        "token = tokens3[index0] + other",
        "key=lambda row: (row.year2, row.month1)",
        'key = "oauth2_access_token_v2"',
        'sort_key = "created_at_2024_desc"',
        "token: OAuth2AuthMethodTypedDict = None",
        'PRIVATE = "-----BEGIN PRIVATE KEY-----"\nif line.startswith(PRIVATE):\n    raise',
        "url = 'https://localhost:8080/path@2x.png'",
        "url = f'postgres://{user}:{password}@{host}/db'",
        "git clone git@example.com:team/project2.git",
        'headers = {"Authorization": f"Bearer {token}"}',
        "Basic authentication and Bearer authentication_scheme2",
        '<div class="sk-toggleable__label-arrow sk-estimator-doc-link">',
        "pytest --keyword-only --token-type=bearer --passwd-file",
        "from sha256 import key512 as salt1",
    ],
)
def test_ordinary_code_is_left_alone(text: str) -> None:
    assert mask(text) == text


def test_every_secret_becomes_the_same_mask_so_that_masks_tell_nothing() -> None:
    random = Random(4)
    tokens = [FORMATS["GitHub token"](random).text, FORMATS["Stripe key"](random).text]
    assert {mask(token) for token in tokens} == {MASK}
    assert MASK.isidentifier()


def test_only_the_secret_is_replaced() -> None:
    secret = drawn(Random(5), ALNUM, 20)
    assert mask(f"db = 'mysql://me:{secret}@db.example/shop'  # é") == (
        f"db = 'mysql://me:{MASK}@db.example/shop'  # é"
    )


def test_half_a_token_at_the_cursor_is_masked_and_a_few_characters_are_not_yet() -> None:
    assert mask(f'token = "{TOKEN[:24]}') == f'token = "{MASK}'
    assert mask(f'token = "{TOKEN[:8]}') == f'token = "{TOKEN[:8]}'


@pytest.mark.parametrize("typed", range(1, len(TOKEN)))
def test_a_cursor_within_a_secret_hides_both_halves(typed: int) -> None:
    before, after = mask_around(f'key = "{TOKEN[:typed]}', f'{TOKEN[typed:]}"\nrest = 1\n')
    assert (before, after) == (f'key = "{MASK}', f'{MASK}"\nrest = 1\n')


def test_a_cursor_beside_a_secret_leaves_the_other_side_alone() -> None:
    assert mask_around(TOKEN, "") == (MASK, "")
    assert mask_around("", TOKEN) == ("", MASK)
    assert mask_around("a = 1\n", "b = 2\n") == ("a = 1\n", "b = 2\n")


@pytest.mark.parametrize("text", [MASK, f'key = "{MASK}"', MASK.lower(), MASK[:-3], f"{MASK}1"])
def test_a_completion_that_repeats_a_mask_is_recognised(text: str) -> None:
    assert contains_mask(text)


@pytest.mark.parametrize("text", ["", "masked = True", "def mask(text): ...", "MASKED_BY_LOSS"])
def test_ordinary_completions_contain_no_mask(text: str) -> None:
    assert not contains_mask(text)


_RANDOM = Random(6)
_PIECES = [
    *[build(_RANDOM).text for build in FORMATS.values()],
    *[build(_RANDOM).text for build in NAMED.values()],
    *["api_key", "password", "token", " = ", ": ", '"', "'", "\n", "=", ",", "(", "://", "@", "--"],
    *["-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "Bearer ", MASK, "x", " "],
]
TEXTS = st.text() | st.lists(st.sampled_from(_PIECES) | st.text(max_size=3), max_size=8).map(
    "".join
)


@given(TEXTS)
def test_a_second_masking_changes_nothing(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@given(TEXTS, TEXTS)
def test_what_leaves_is_what_was_there_with_masks_for_secrets(before: str, after: str) -> None:
    """Between the masks stands text of the document, in its order, and nothing else."""
    for part, masked in zip((before, after), mask_around(before, after), strict=True):
        at = 0
        for kept in masked.split(MASK):
            assert kept in part[at:]
            at = part.index(kept, at) + len(kept)


@given(TEXTS)
def test_nothing_found_means_nothing_changed(text: str) -> None:
    assert (mask(text) == text) is (not list(find(text)))


NUMBER = "hJm1eKc6aXo3iYwB4vNfSzMlUrPtEqOf4kL3bZ8yR2pQ0sVd7uWn5x"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"Private-Lines: 2\n{NUMBER}\n{NUMBER[:40]}==\nPrivate-MAC: 5f0c\n", NUMBER),
        (f'{{"kty": "EC", "x": "1", "d": "{NUMBER}"}}\n', NUMBER),
        (f"<RSAKeyValue><D>{NUMBER}==</D></RSAKeyValue>\n", NUMBER),
        ("sqlplus -s scott/Tiger77x@db\n", "Tiger77x"),
        ("url=jdbc:oracle:thin:scott/Tiger77x@db:1521:orcl\n", "Tiger77x"),
        (f'Client("AC{"0a1b" * 8}", "5d{"41402a" * 5}")\n', "5d41402a"),
    ],
)
def test_private_keys_and_logins_in_forms_of_their_own_are_masked(text: str, secret: str) -> None:
    masked = mask(text)
    assert secret not in masked
    assert masked.endswith("\n")
    assert MASK in masked


def test_ordinary_code_needs_few_of_the_patterns() -> None:
    """Each takes part of a millisecond to compile, before the first files of a start are known."""
    tables = (command_lines._compiled, secrets._compiled)
    for each in tables:
        each.cache_clear()
    code = "def load_parcel(path: str, *, strict: bool = False) -> str:\n    return path[8:]\n"
    assert mask(code) == code
    assert [each.cache_info().currsize for each in tables] == [0, 0]
