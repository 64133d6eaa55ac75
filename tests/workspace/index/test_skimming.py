"""What a look over near files says of them, and which of them are outlined first."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestral_ls.workspace.index.outline import outline
from codestral_ls.workspace.index.skimming import Skimmed, seems_to_define
from codestral_ls.workspace.selection import FileSelection
from tests.workspace.index.shop import Shop
from tests.workspace.index.test_outline import SOURCES

# What outlines have and lines alone must show too, beyond the samples of the outlines.
LINES = [
    ("python", "    limit: int = 3", "limit"),
    ("python", "LIMIT = 3", "LIMIT"),
    ("javascript", "res.send = function send(body) {", "send"),
    ("javascript", "Router.prototype.use = (path) => {", "use"),
    ("javascript", "    *iterate(files) {", "iterate"),
    ("javascript", "    async #load(path) {", "#load"),
    ("javascript", "  walk: function (node) {", "walk"),
    ("typescript", "  parse<T>(text: string): T;", "parse"),
    ("typescript", "export declare const limit: number;", "limit"),
    ("go", "\tDefaultLimit", "DefaultLimit"),
    ("go", "\tDefaultLimit Limit = iota", "DefaultLimit"),
    ("go", "func (r *Router[T]) Use(path string) {", "Use"),
    ("go", "\tLoad(path string) error", "Load"),
    ("rust", "    pub(crate) async fn load(&self) {", "load"),
    ("rust", "macro_rules! parcel {", "parcel"),
    ("java", "    void weigh(Parcel parcel);", "weigh"),
    ("c", "weigh(struct parcel *parcel)", "weigh"),
    ("cpp", "double Parcel::weigh() const {", "weigh"),
    ("ruby", "  def weigh(parcel)", "weigh"),
    ("php", "    public static function weigh(): int", "weigh"),
    ("kotlin", "fun Parcel.weigh(): Int {", "weigh"),
]


@pytest.mark.parametrize("language_id", SOURCES)
def test_a_file_seems_to_define_all_that_it_defines(language_id: str) -> None:
    text = SOURCES[language_id]
    names = {each.name for each in outline(text, language_id)}
    assert names <= seems_to_define(text, language_id)


@pytest.mark.parametrize(("language_id", "line", "name"), LINES)
def test_lines_that_define_a_name_are_seen(language_id: str, line: str, name: str) -> None:
    assert name in seems_to_define(f"\n{line}\n", language_id)


@pytest.mark.parametrize("line", ["// load(path)", " * load(path)", "x = load(path)", "load(" * 99])
def test_comments_uses_and_data_define_nothing(line: str) -> None:
    assert "load" not in seems_to_define(line, "javascript")


@given(st.text(), st.sampled_from(["python", "go", "javascript", "rust", "plaintext"]))
def test_no_text_is_too_much(text: str, language_id: str) -> None:
    assert "" not in seems_to_define(text, language_id)


def test_files_that_define_what_is_wanted_come_first_in_the_order_of_the_names() -> None:
    skimmed = Skimmed()
    for number in range(5):
        skimmed.add(f"/{number}", {f"name_{number}", "shared"})
    skimmed.want(["name_3", "none", "name_1"])
    assert [skimmed.take_wanted() for _ in range(3)] == ["/3", "/1", None]
    assert [skimmed.take() for _ in range(len(skimmed))] == ["/0", "/2", "/4"]


def test_of_a_name_that_many_files_define_only_the_first_are_preferred() -> None:
    skimmed = Skimmed()
    for number in range(30):
        skimmed.add(f"/{number:02}", {"run"})
    skimmed.want(["run"])
    taken = []
    while (path := skimmed.take_wanted()) is not None:
        taken.append(path)
    assert taken == [f"/{number:02}" for number in range(8)]
    assert len(skimmed) == 22


def n_noted(skimmed: Skimmed) -> int:
    return len(skimmed._files_of)


@pytest.mark.parametrize(
    ("language_id", "line"),
    [("javascript", "k{}: 1,\n"), ("python", "k{} = 1\n"), ("go", "func k{}() {{}}\n")],
)
def test_names_that_data_seem_to_define_are_bounded(language_id: str, line: str) -> None:
    skimmed = Skimmed()
    text = "".join(line.format(number) for number in range(13_000))
    found = seems_to_define(text, language_id)
    assert len(found) < 3_000
    assert {f"k{number}" for number in range(1_000)} <= found
    for number in range(50):
        skimmed.add(f"/{number}", {f"{name}_{number}" for name in found})
    assert n_noted(skimmed) < 60_000
    assert len(skimmed) == 50


@pytest.mark.parametrize("how", ["take", "take_wanted", "forget"])
def test_names_are_forgotten_when_nothing_waits_any_more(how: str) -> None:
    skimmed = Skimmed()
    skimmed.add("/a", {"load"})
    skimmed.add("/b", {"load", "save"})
    skimmed.want(["load"])
    for path in ("/a", "/b"):
        assert n_noted(skimmed) == 2
        if how == "forget":
            skimmed.forget(path)
        else:
            assert getattr(skimmed, how)() == path
    assert (len(skimmed), n_noted(skimmed)) == (0, 0)


def crowded(tmp_path: Path) -> Shop:
    """A document imports a module that is one of many, and stands beside many others."""
    shop = Shop(tmp_path)
    for number in range(20):
        shop.write(f"far/m{number}.py", f"def far_{number}(parcel): ...\n")
        shop.write(f"here/n{number}.py", f"def near_{number}(parcel): ...\n")
    imports = "".join(f"from far.m{number} import far_{number}\n" for number in range(20))
    shop.indexer.opened(shop.path("here/main.py"), imports + "far_13(near_7(")
    return shop


def test_near_files_that_define_what_is_called_are_known_before_the_others(tmp_path: Path) -> None:
    shop = crowded(tmp_path)
    path, wanted = shop.path("here/main.py"), ("near_7", "far_13")
    shop.indexer.focus_on(path, None, wanted)
    while shop.indexer.near(path, wanted)[0] < shop.indexer.near(path, wanted)[1]:
        assert shop.indexer.step()
    assert shop.files() == ["far/m13.py", "here/main.py", "here/n7.py"]
    known, n_all = shop.indexer.near(path)
    assert known < n_all
    shop.work()
    assert len(shop.files()) == 41


def test_a_question_after_a_neighbour_was_saved_waits_for_no_file_that_is_not_wanted(
    tmp_path: Path,
) -> None:
    shop = crowded(tmp_path)
    path, wanted = shop.path("here/main.py"), ("near_7", "far_13")
    shop.indexer.focus_on(path, None, wanted)
    shop.work()
    imports = "".join(f"from late.m{number} import late_{number}\n" for number in range(20))
    for number in range(20):
        shop.write(f"late/m{number}.py", f"def late_{number}(parcel): ...\n")
    shop.indexer.opened(path, imports + "late_13(near_7(")
    neighbour = next(iter(shop.indexer.texts.files))
    Path(neighbour).write_text("def saved(parcel): ...\n")
    shop.indexer.changed(neighbour)
    wanted = ("near_7", "late_13")
    shop.indexer.focus_on(path, None, wanted)
    while shop.indexer.near(path, wanted)[0] < shop.indexer.near(path, wanted)[1]:
        assert shop.indexer.step()
    assert [each for each in shop.files() if each.startswith("late/")] == ["late/m13.py"]
    assert shop.index.files_defining("saved") == [neighbour]
    assert shop.indexer.texts.get(neighbour) == "def saved(parcel): ...\n"


def test_a_skimmed_file_that_git_ignores_by_now_is_not_read(tmp_path: Path) -> None:
    shop = crowded(tmp_path)
    path = shop.path("here/main.py")
    shop.indexer.focus_on(path, None, ("far_13",))
    while not shop.indexer.near(path, ("far_13",))[0]:
        shop.indexer.step()
    shop.write(".gitignore", "/far/\n")
    shop.indexer.look_at_rules()
    shop.work()
    assert not [each for each in shop.files() if each.startswith("far/")]


def test_a_document_is_not_read_from_disk_although_it_is_imported(tmp_path: Path) -> None:
    shop = crowded(tmp_path)
    shop.indexer.opened(shop.path("far/m3.py"), "def unsaved(): ...\n")
    shop.indexer.focus_on(shop.path("here/main.py"), None, ("far_3",))
    shop.work()
    names = {each.name for each in shop.index.definitions(shop.path("far/m3.py"))}
    assert names == {"unsaved"}


def test_a_directory_of_many_files_is_listed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = crowded(tmp_path)
    listed: list[str] = []
    files_in = FileSelection.files_in

    def counted(self: FileSelection, directory: str, bounds: object) -> object:
        listed.append(directory)
        return files_in(self, directory, bounds)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(FileSelection, "files_in", counted)
    shop.indexer.focus_on(shop.path("here/main.py"))
    assert listed == [shop.path("here")]
