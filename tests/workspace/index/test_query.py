"""What a prompt is shown of other places, and why."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestral_ls.text.calls import calls
from codestral_ls.workspace.index.ranking import receiver_types, surroundings
from tests.workspace.index.shop import MAIN, PARCEL, Shop

SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = Shop(tmp_path)
    shop.write("shop/parcel.py", PARCEL)
    shop.work()
    return shop


def test_the_definition_of_what_is_called_comes_first(shop: Shop) -> None:
    first = shop.ask(MAIN + "parcel = load_parcel(")[0]
    assert first.path == shop.path("shop/parcel.py")
    assert first.text == (
        "def load_parcel(path: str, *, strict: bool = False) -> Parcel:\n"
        '    """Read a parcel from its file."""'
    )
    assert first.why == "defines load_parcel, called at the cursor"


def test_names_used_nearby_and_imported_ones_follow(shop: Shop) -> None:
    assert "defines Parcel, used near the cursor" in shop.reasons(MAIN + "p: Parcel = ")
    reasons = shop.reasons(MAIN + "x = 1\n    " * 60)
    assert "defines Parcel, imported by this file" in reasons
    assert "defines load_parcel, imported by this file" in reasons


def test_a_class_is_shown_with_its_members(shop: Shop) -> None:
    [text] = [each.text for each in shop.ask(MAIN + "p = Parcel(") if "class" in each.text][:1]
    assert "weight: int" in text
    assert "def weigh(self, scale: Scale) -> float:" in text


def test_a_method_is_shown_under_its_class(shop: Shop) -> None:
    first = shop.ask(MAIN + "parcel.weigh(")[0]
    assert first.text.split("\n")[:2] == [
        "class Parcel:",
        "    def weigh(self, scale: Scale) -> float:",
    ]


def test_of_many_definitions_the_one_in_the_imported_module_is_meant(shop: Shop) -> None:
    for number in range(9):
        shop.write(f"shop/m{number}.py", "def load_parcel(data: bytes) -> None: ...\n")
        shop.indexer.changed(shop.path(f"shop/m{number}.py"))
    shop.work()
    found = [each for each in shop.ask(MAIN + "load_parcel(") if "def load_parcel" in each.text]
    assert [each.path for each in found] == [shop.path("shop/parcel.py")]


def test_a_name_that_many_define_and_nothing_connects_is_not_guessed(shop: Shop) -> None:
    for number in range(9):
        shop.write(f"other/m{number}.py", "def run(data: bytes) -> None: ...\n")
        shop.indexer.changed(shop.path(f"other/m{number}.py"))
    shop.work()
    assert shop.ask("def f(x):\n    run\n    y = ") == []


def test_a_method_is_found_by_the_name_of_its_receiver(shop: Shop) -> None:
    for number in range(9):
        text = f"class Other{number}:\n    def weigh(self, a, b): ...\n"
        shop.write(f"other/m{number}.py", text)
        shop.indexer.changed(shop.path(f"other/m{number}.py"))
    shop.work()
    assert "Parcel" in shop.ask("def f(parcel):\n    parcel.weigh(")[0].text


RECEIVERS = [
    "def f(box: Parcel) -> None:\n    box.run(",
    "def f(box: 'Optional[Parcel]') -> None:\n    box.run(",
    "box = Parcel(1)\nbox.run(",
    "box = await shop.Parcel.open(1)\nbox.run(",
    "self.box = Parcel(1)\nself.box.run(",
    "boxes: list[Parcel] = []\nboxes[0].run(",
    "class Big(Parcel):\n    def f(self):\n        self.run(",
    "Parcel.run(",
]


@pytest.mark.parametrize("before", RECEIVERS)
def test_of_many_methods_the_one_of_the_receivers_type_is_meant(shop: Shop, before: str) -> None:
    for number in range(9):
        shop.write(f"other/m{number}.py", f"class Other{number}:\n    def run(self, a, b): ...\n")
        shop.indexer.changed(shop.path(f"other/m{number}.py"))
    shop.write("shop/box.py", "class Parcel:\n    def run(self, here): ...\n")
    shop.indexer.changed(shop.path("shop/box.py"))
    shop.work()
    assert "def run(self, here)" in shop.ask(before)[0].text


@pytest.mark.parametrize(
    ("before", "language_id"),
    [
        ("Parcel box = find();\nbox.run(", "java"),
        ("List<Parcel> boxes = find();\nboxes.run(", "java"),
        ("const box = new Parcel();\nbox.run(", "typescript"),
        ("function f(box: Parcel) {\n  box.run(", "typescript"),
        ("box := shop.NewParcel(1)\nbox.run(", "go"),
        ("func f(box *Parcel) {\n\tbox.run(", "go"),
        ("fn f(box: &mut Parcel) {\n    box.run(", "rust"),
        ("let box = Parcel::new();\n    box.run(", "rust"),
        ("const Parcel& box = find();\nbox->run(", "cpp"),
    ],
)
def test_a_receivers_type_is_read_in_each_language(before: str, language_id: str) -> None:
    del language_id
    receiver = next(iter(calls(before))).receiver
    assert "Parcel" in receiver_types(before, receiver)


def test_a_module_is_meant_by_whatever_spelling_of_its_name(shop: Shop) -> None:
    for number in range(9):
        shop.write(f"lib/m{number}.js", "exports.run = function (a) {};\n")
        shop.indexer.changed(shop.path(f"lib/m{number}.js"))
    shop.write("lib/ast-utils.js", "exports.run = function (here) {};\n")
    shop.indexer.changed(shop.path("lib/ast-utils.js"))
    shop.work()
    before = "const astUtils = require('./lib/ast-utils');\nastUtils.run("
    assert "here" in shop.ask(before, path="main.js", language_id="javascript")[0].text


def test_what_is_imported_under_another_name_is_found_by_its_own(shop: Shop) -> None:
    before = "from shop.parcel import load_parcel as fetch\n\nfetch("
    assert "def load_parcel" in shop.ask(before)[0].text


def test_definitions_of_another_language_are_not_meant(shop: Shop) -> None:
    assert shop.ask("load_parcel(", language_id="go", path="main.go") == []


def test_what_the_prompt_shows_anyway_is_not_repeated(shop: Shop) -> None:
    path = "shop/parcel.py"
    shop.indexer.opened(shop.path(path), PARCEL)
    shop.work()
    assert shop.ask(PARCEL + "\nload_parcel(", path=path) == []


def test_a_definition_further_up_in_the_same_file_is_shown(shop: Shop) -> None:
    text = PARCEL + "x = 1\n" * 2000 + "load_parcel("
    shop.indexer.opened(shop.path("shop/parcel.py"), text)
    shop.work()
    first = shop.ask(text[-3000:], path="shop/parcel.py")[0]
    assert first.text.startswith("def load_parcel")


def test_unsaved_definitions_are_shown_as_they_are_typed(shop: Shop) -> None:
    shop.indexer.opened(shop.path("shop/parcel.py"), PARCEL.replace("strict", "checked"))
    shop.work()
    assert "checked: bool" in shop.ask(MAIN + "load_parcel(")[0].text


LOOP = """
def total_weight(parcels, limit):
    heavy = []
    for parcel in parcels:
        if parcel.weight > limit:
            heavy.append(parcel)
    report_heavy(heavy, limit)
    return sum(parcel.weight for parcel in heavy)
"""


def test_a_passage_that_resembles_the_text_at_the_cursor_is_shown(shop: Shop) -> None:
    shop.indexer.opened(shop.path("shop/weights.py"), "x = 1\n" * 40 + LOOP)
    shop.work()
    before = (
        "def total_price(parcels, limit):\n    heavy = []\n    for parcel in parcels:\n        "
    )
    found = {each.why: each for each in shop.ask(before)}
    assert "report_heavy" in found["resembles the text at the cursor"].text


def test_passages_come_from_files_beside_the_document_too(shop: Shop) -> None:
    shop.write("shop/weights.py", "x = 1\n" * 40 + LOOP)
    shop.indexer.changed(shop.path("shop/weights.py"))
    shop.indexer.focus_on(shop.path("shop/new.py"))
    shop.work()
    before = (
        "def total_price(parcels, limit):\n    heavy = []\n    for parcel in parcels:\n        "
    )
    found = shop.ask(before, path="shop/new.py")
    assert "resembles the text at the cursor" in [each.why for each in found]


def test_a_place_edited_lately_is_shown(shop: Shop) -> None:
    other = "".join(f"setting_{number} = {number}\n" for number in range(60))
    shop.indexer.opened(shop.path("settings.py"), other)
    shop.indexer.opened(shop.path("settings.py"), other.replace("= 30", "= 31000"))
    shop.work()
    [snippet] = [each for each in shop.ask("import os\n") if each.why == "was edited lately"]
    assert "setting_30 = 31000" in snippet.text
    assert "setting_50" not in snippet.text


def test_secrets_in_files_beside_the_document_are_masked(shop: Shop) -> None:
    shop.write("shop/weights.py", LOOP.replace("heavy = []", f'token = "{SECRET}"'))
    shop.indexer.focus_on(shop.path("shop/new.py"))
    shop.work()
    before = "def total_price(parcels, limit):\n    for parcel in parcels:\n        report_heavy("
    found = shop.ask(before, path="shop/new.py")
    assert [each for each in found if "for parcel in parcels" in each.text]
    assert not any(SECRET[:10] in each.text for each in found)


def test_secrets_in_passages_and_definitions_are_masked(shop: Shop) -> None:
    text = LOOP.replace("heavy = []", f'token = "{SECRET}"')
    shop.indexer.opened(shop.path("weights.py"), text + f'\ndef sign(key="{SECRET}"): ...\n')
    shop.work()
    before = "def total(parcels, limit):\n    for parcel in parcels:\n        report_heavy(sign("
    found = shop.ask(before)
    assert {each.why for each in found} >= {"defines sign, called at the cursor"}
    assert not any(SECRET[:10] in each.text for each in found)


@given(st.integers(0, 3000))
def test_the_budget_holds(max_chars: int) -> None:
    found = _crowded().ask(MAIN + "load_parcel(name_1, name_2, name_3(", max_chars=max_chars)
    assert sum(each.cost for each in found) <= max_chars


def _crowded(shops: list[Shop] = []) -> Shop:  # noqa: B006  # made once
    if not shops:
        shop = Shop(Path("/nowhere"))
        for number in range(30):
            text = f"def name_{number}(a: int, b: str) -> None: ...\n" + LOOP * number
            shop.indexer.opened(f"/nowhere/m{number}.py", text)
        shop.work()
        shops.append(shop)
    return shops[0]


@given(st.text(max_size=300), st.text(max_size=100))
def test_no_text_at_the_cursor_is_too_much(before: str, after: str) -> None:
    _crowded().ask(before + "name_1(", after)
    surroundings(before, after)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("f(", [("f", "")]),
        ("a.b.g(x, y, ", [("g", "b")]),
        ("outer(inner(1), middle(2, ", [("middle", ""), ("outer", "")]),
        ("f([x for x in (1, 2)], ", [("f", "")]),
        ('f("(", ', [("f", "")]),
        ("f(1)", []),
        ("List<int> x = make<Map<K, V>>(", [("make", "")]),
        ("p->weigh(", [("weigh", "p")]),
        ("self.scale().weigh(", [("weigh", "scale")]),
        ("(", []),
        ("r.middlewares[i].apply(", [("apply", "middlewares")]),
        ("a.find(x)[0].go(", [("go", "find")]),
    ],
)
def test_the_calls_that_the_cursor_stands_in_are_known(
    before: str, expected: list[tuple[str, str]]
) -> None:
    assert [(call.callee, call.receiver) for call in calls(before)] == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("from shop.parcel import (\n    Parcel,\n    load,\n)\n", "shop parcel Parcel load"),
        ("import { Parcel, load } from './parcel'\n", "Parcel load parcel"),
        ("const parcel = require('./parcel')\n", "parcel"),
        ('#include "shop/parcel.h"\n', "shop parcel"),
        ("use crate::parcel::Parcel;\n", "parcel Parcel"),
        ("import shop.Parcel;\n", "shop Parcel"),
        ('import (\n\t"example.org/parcel"\n)\n', "parcel"),
    ],
)
def test_imports_of_every_language_are_read(text: str, words: str) -> None:
    assert set(words.split()) <= surroundings(text, "").imported


def test_a_decorated_definition_out_of_sight_is_shown_although_its_decorator_is_in_sight(
    shop: Shop,
) -> None:
    text = "@cache\ndef far(a, b): ...\n" + "x = 1\n" * 2000 + "@cache\ndef near(): ...\n\nfar("
    shop.indexer.opened(shop.path("a.py"), text)
    shop.work()
    assert shop.ask(text[-3000:], path="a.py")[0].text == "@cache\ndef far(a, b):"
