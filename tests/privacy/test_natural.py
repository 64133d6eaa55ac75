"""Secrets where they stand in real files, being typed, and in texts made to be slow."""

from __future__ import annotations

from random import Random

import pytest

from codestral_ls.privacy.secrets import MASK, find, inside_secret_value, mask, mask_around, masker
from tests.privacy.made_up import ALNUM, drawn
from tests.privacy.natural import NATURAL, put
from tests.privacy.unforeseen import UNFORESEEN

PLACES = [(kind, place) for kind, places in NATURAL.items() for place in places]
# Values that a drawn text may be by chance one time in a hundred: the benchmark counts them.
DRAWS = 12
UNKNOWN = {
    "admin_password = ;%Q\n",
}
"""Places that are not read yet."""


@pytest.mark.parametrize(("kind", "place"), PLACES, ids=[place[:40] for _, place in PLACES])
def test_a_secret_is_masked_in_every_natural_place(kind: str, place: str) -> None:
    random = Random(kind + place)
    found = 0
    for _ in range(DRAWS):
        text, secrets = put(place, random)
        masked = mask(text)
        found += not any(
            secret[at : at + 8] in masked
            for secret in secrets
            for at in range(max(1, len(secret) - 7))
        )
    assert (found >= DRAWS - 2) is (place not in UNKNOWN)


@pytest.mark.parametrize("kind", UNFORESEEN)
def test_places_that_nobody_had_thought_of_are_read_as_well(kind: str) -> None:
    random = Random(kind)
    missed = []
    for place in UNFORESEEN[kind]:
        text, secrets = put(place, random)
        masked = mask(text)
        if any(
            secret[at : at + 8] in masked
            for secret in secrets
            for at in range(max(1, len(secret) - 7))
        ):
            missed.append(place)
    assert len(missed) <= 0.05 * len(UNFORESEEN[kind])


def test_there_are_places_enough_to_tell_a_share() -> None:
    assert len(PLACES) >= 150


@pytest.mark.parametrize(
    "before",
    [
        'password = "',
        'password = "Win',
        "DB_PASSWORD = 'Winter!20",
        '"api_key": "aB3',
        "const apiToken = `aB3",
        'os.environ["SECRET_KEY"] = "x',
        'x = 1\nclient_secret = "x',
        'cfg.SetPassword("Win',
        'db.password("Win',
        '["--password", "Win',
        "deploy --password 'Win",
        'deploy --password "Win',
        'variable "db_password" {\n  default = "Win',
        '- name: API_TOKEN\n  value: "aB',
        "API_TOKEN=aB",
        "export DB_PASSWORD=Wint",
        "    environment:\n      - POSTGRES_PASSWORD=Win",
        "ENV API_TOKEN=aB",
        'env = ["POSTGRES_PASSWORD=Win',
        "password: Winter!2",
        "passwort = 'Win",
        "пароль = 'Win",
        '密码 = "Win',
        'payload = "{\\"password\\": \\"Win',
        "key = 'ghp_" + "aB3dE5fG7hI9jK1lM3nO5pQ7",
    ],
)
def test_a_value_of_a_secret_that_is_being_typed_is_recognised(before: str) -> None:
    assert inside_secret_value(before, "")
    assert inside_secret_value("x = 1\n" * 5_000 + before, "\ny = 2\n")


@pytest.mark.parametrize(
    "before",
    [
        "",
        "password",
        "password = ",
        "password = get_pass",
        "password = user.password2",
        'password = "Winter!2024"',
        'password = "Winter!2024"\n',
        'token = os.getenv("',
        'token = os.environ.get("API_',
        'value = get_token("',
        'rows.sort(key="',
        'data["key"] = "na',
        'session = "',
        "password: st",
        "def login(user, password: str, pa",
        "token = next(tok",
        'print("password: {}".format(',
        'public_key = "',
        'author = "',
        'title = "',
        "for token in tok",
        'columns = ["id", "password", "em',
        "if password == self.pass",
    ],
)
def test_code_that_names_secrets_is_completed_as_before(before: str) -> None:
    assert not inside_secret_value(before, "")


def test_a_cursor_within_a_known_form_is_within_a_secret() -> None:
    token = "ghp" + "_" + drawn(Random(1), ALNUM, 36)
    assert inside_secret_value(f"x = {token[:20]}", f"{token[20:]}\n")
    assert not inside_secret_value(f"x = '{token}'\ny = ", "")
    assert not inside_secret_value("y = ", f"\nx = '{token}'")


KEY = drawn(Random(2), ALNUM, 14) + "/+\"'"


@pytest.mark.parametrize(
    "text",
    [
        f"see {KEY}, or not",
        f"x{KEY}y",
        "https://x.example/?q="
        + KEY.replace("/", "%2F").replace("+", "%2B").replace('"', "%22").replace("'", "%27"),
        '{"x": "' + KEY.replace('"', '\\"') + '"}',
    ],
)
def test_a_key_at_hand_is_masked_wherever_it_stands(text: str) -> None:
    before, _ = masker([KEY])(text, "")
    assert KEY[:10] not in before
    assert MASK in before
    assert mask_around(text, "") == (text, "")


@pytest.mark.parametrize("typed", range(8, len(KEY)))
def test_a_key_at_hand_is_masked_when_the_cursor_or_a_window_cuts_it(typed: int) -> None:
    masked = masker([KEY])
    assert masked(f"x {KEY[:typed]}", "") == (f"x {MASK}", "")
    assert masked(f"{KEY[-typed:]} x", "") == (f"{MASK} x", "")
    assert masked(f"x {KEY[:typed]}", f"{KEY[typed:]} y") == (f"x {MASK}", f"{MASK} y")


def test_short_keys_and_none_change_nothing() -> None:
    assert masker([])("a = 'local'", "b") == ("a = 'local'", "b")
    assert masker(["local", ""])("a = 'local'", "b") == ("a = 'local'", "b")


SLOW = {
    "names and digits": "key=1",
    "names in another alphabet": "пароль=a1",
    "names without values": "password\n",
    "open blocks": "password{ a1b2c3d4=\n",
    "quotes in quotes": 'key=\\"a1b2c3d4\\\\\\"',
    "programs": "curl -u a1:mysql -pa1b2 echo a1b2c3 ",
    "cookies": "cookie=a1b2c3d4e5f6 ",
    "lists": 'keys=["a1b2c3d4",',
    "calls in calls": "key=a1(b2(c3(",
    "types": "key: a, b1, ",
    "white space": "key" + " " * 100 + "1",
    "words between": "password for to of du de a1b2c3d4 ",
    "values apart": 'key" a1=b\n a=b\n value',
    "hashes": "$2y$10$",
    "addresses": "://aaaaaaaaaaaaaaaaaaaa1@",
    "emphasis": "key***a1b2c3d4",
    "colons": "a1:5432:a:a:",
}


@pytest.mark.parametrize("unit", SLOW.values(), ids=list(SLOW))
def test_no_text_takes_more_than_its_length(unit: str) -> None:
    text = (unit * (32_768 // len(unit) + 1))[:32_768]
    list(find(text))
    inside_secret_value(text, text)


def test_a_line_is_read_the_same_way_whatever_was_read_before() -> None:
    random = Random(3)
    texts = [put(place, random)[0] for _, place in PLACES]
    together = "\n".join(texts)
    once = mask(together)
    for text in reversed(texts):
        mask(text)
    assert mask(together) == once
