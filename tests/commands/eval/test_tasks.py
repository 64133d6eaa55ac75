"""Tasks: where they are cut, that they are the same every time, and what they are not made of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codestral_ls.commands.eval.choosing import choose
from codestral_ls.commands.eval.holes import holes
from codestral_ls.commands.eval.sources import candidates, readable_files, scope_of, text_of
from codestral_ls.commands.eval.tasks import KINDS, Task, TaskSet, UnusableTasks, digest_of
from tests.commands.doctor.running import Run
from tests.commands.eval.repositories import commit, git, module, repository, write

GO = """package stock

import "errors"

type Shelf struct {
	items map[string]int
}

// Take removes n pieces of an item from the shelf.
func (s *Shelf) Take(item string, n int) error {
	if s.items[item] < n {
		return errors.New("there is not enough")
	}
	s.items[item] -= n
	return nil
}
"""


def test_every_kind_of_place_is_found_and_holds_what_it_says() -> None:
    text = module(1)
    found: dict[str, set[str]] = {}
    for hole in holes(text, "python"):
        found.setdefault(hole.kind, set()).add(text[hole.start : hole.end])
    assert set(found) == set(KINDS) - {"brackets"}
    assert "path, limit=10" in found["arguments"]
    assert "found_1_0.append(entry_1_0)" in found["statement"] | found["block"]
    assert any("\n" in body for body in found["body"])
    brackets = {GO[h.start : h.end] for h in holes(GO, "go") if h.kind == "brackets"}
    assert {"string", "item"} & brackets
    for hole in holes(GO, "go"):
        assert not GO[hole.start : hole.end].startswith("//")
        assert GO[hole.start : hole.end].strip() == GO[hole.start : hole.end]


@pytest.mark.parametrize(
    "text", ["", "\n" * 50, "x" * 100_000, '"""\n' + "a b c d\n" * 40 + '"""\n']
)
def test_a_text_without_code_has_no_holes(text: str) -> None:
    assert holes(text, "python") == []


def test_the_same_seed_gives_the_same_tasks_in_every_language() -> None:
    texts = {f"m{number}.py": module(number) for number in range(30)}
    texts |= {"a.go": GO, "b.go": GO.replace("Take", "Put").replace("Shelf", "Box")}
    first = choose(list(texts), texts.get, 20, 1)
    assert first == choose(sorted(texts, reverse=True), texts.get, 20, 1)
    assert first != choose(list(texts), texts.get, 20, 2)
    assert len(first) == 20
    assert {task.language_id for task in first} == {"python", "go"}
    assert len({task.path for task in first}) == 20
    for task in first:
        assert task.fits(texts[task.path])
    many = choose(list(texts), texts.get, 150, 1)
    for task in many:
        others = [o for o in many if o.path == task.path and o is not task]
        assert all(o.end < task.start or task.end < o.start for o in others)


def test_tasks_come_from_tracked_files_that_may_be_sent(tmp_path: Path) -> None:
    top = repository(
        tmp_path / "repo",
        {
            "a.py": module(1), "sub/b.py": module(2), "secrets/.env.py": module(3),
            "credentials.json": "{}", "notes.md": "# x\n" * 20, "left/out.py": module(4),
            "ignored.py": module(5), ".gitignore": "later.py\nignored.py\n", "gone.py": module(6),
        },
    ).resolve()  # fmt: skip
    git(top, "add", "--force", "ignored.py")
    git(top, "commit", "--quiet", "--message=x")
    write(top, {"untracked.py": module(7), "later.py": module(8)})
    (top / "link.py").symlink_to(top / "a.py")
    git(top, "add", "link.py")
    (top / "gone.py").unlink()
    scope = scope_of(top, top, ("left/",), ())
    files = readable_files(scope)
    assert set(candidates(scope, files)) == {"a.py", "sub/b.py"}
    assert "untracked.py" in files
    assert {"link.py", "ignored.py", "later.py", "left/out.py"} & set(files) == set()
    inner = scope_of(top, top / "sub", (), ())
    assert candidates(inner, readable_files(inner)) == ["sub/b.py"]
    other = scope_of(top, top, (), ("python",))
    assert candidates(other, readable_files(other)) == []


def test_saved_tasks_are_used_again_and_changed_files_are_left_out(
    run: Run, tmp_path: Path
) -> None:
    top = repository(tmp_path / "repo", {f"m{n}.py": module(n) for n in range(4)})
    saved = tmp_path / "tasks.json"
    wanted = (str(top), "--tasks", str(saved), "--provider", "workspace", "--json")
    first = json.loads(run(*wanted, "--count", "4").stdout)
    before = saved.read_bytes()
    assert first["tasks"]["count"] == 4
    again = json.loads(run(*wanted, "--count", "9", "--seed", "5").stdout)
    assert again["tasks"] == first["tasks"]
    assert saved.read_bytes() == before
    commit(top, {"m1.py": module(9)})
    done = run(*wanted)
    assert json.loads(done.stdout)["tasks"]["count"] == 3
    assert "1 of 4 saved tasks are left out" in done.stderr


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "[]", "{}", '{"format": 1}', '{"format": 1, "seed": 1, "since": "", "tasks": 1}',
        '{"format": 2, "seed": 1, "since": "", "tasks": []}',
        '{"format": 1, "seed": 1, "since": "", "tasks": [{"path": "../x"}]}', "[" * 100_000,
    ],
)  # fmt: skip
def test_a_file_that_holds_no_tasks_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "tasks.json"
    file.write_text(text)
    with pytest.raises(UnusableTasks):
        TaskSet.load(file)


@pytest.mark.parametrize("path", ["../a.py", "/etc/passwd", ".git/config", "a/../../b.py", ""])
def test_a_file_of_tasks_leads_nowhere_else(tmp_path: Path, path: str) -> None:
    file = tmp_path / "tasks.json"
    TaskSet((Task(path, "python", "line", 0, "x", digest_of("x")),), 1).save(file)
    with pytest.raises(UnusableTasks):
        TaskSet.load(file)


def test_a_repository_without_code_and_a_path_that_is_not_there_say_so(
    run: Run, tmp_path: Path
) -> None:
    top = repository(tmp_path / "repo", {"notes.md": "# x\n"})
    done = run(str(top))
    assert (done.returncode, done.stdout) == (1, "")
    assert "no place to complete" in done.stderr
    assert run(str(tmp_path / "nowhere")).returncode == 2


def test_text_is_read_as_the_workspace_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"\xef\xbb\xbfa = 1\r\nb = 2\r\n")
    assert text_of(file) == "a = 1\nb = 2\n"


def test_what_stands_in_brackets_over_several_lines_is_arguments() -> None:
    head = "import os\n\n\n" + "a = 1\n" * 6
    text = f"{head}def group(\n    first: int,\n    second: int,\n) -> None:\n    return None\n"
    kinds = {
        text[hole.start : hole.end]: hole.kind
        for hole in holes(text, "python")
        if "\n" in text[hole.start : hole.end]
    }
    assert kinds == {"first: int,\n    second: int,": "arguments"}


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ("int first_zero(const char *buffer, size_t length) {", "body"),
        ("static void x::y(int a) const {", "body"),
        ("if (first_zero(buffer)) {", "block"),
        ("int values[] = f(1) = {", "block"),
        ("func (s *Shelf) Take(item string) error {", "body"),
        ("} else if (x) {", "block"),
    ],
)
def test_the_body_of_a_definition_is_told_from_a_block(head: str, kind: str) -> None:
    filler = "call_me(1);\n" * 8
    text = f"{filler}{head}\n    first_call(1);\n    second_call(2);\n}}\n{filler}"
    found = [hole.kind for hole in holes(text, "c") if "\n" in text[hole.start : hole.end]]
    assert found == [kind]


def test_lines_inside_of_strings_and_comments_are_no_places() -> None:
    text = 'é = """\n' + "looks_like(code, here)\n" * 10 + '"""\n' + "real_call(é, here)\n" * 3
    cut = {text[: hole.start].count("\n") for hole in holes(text, "python")}
    assert cut
    assert min(cut) > 11
