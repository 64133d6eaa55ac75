"""The learner: what it keeps, replaces and forgets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from codestral_ls.workspace.completer.learner import (
    DEEPER,
    N_LINE_ENDS,
    SAME,
    SHALLOWER,
    UNKNOWN,
    Learner,
)
from codestral_ls.workspace.tokens import is_line_end, tokenise

PATHS = st.sampled_from(["/w/a.py", "/w/b.py", "/w/sub/c.py"])


@given(st.lists(st.tuples(st.sampled_from(["learn", "update", "forget"]), PATHS, st.text())))
def test_after_any_changes_it_knows_just_the_last_text_of_each_file(
    changes: list[tuple[str, str, str]],
) -> None:
    learner = Learner()
    expected: dict[str, str] = {}
    for operation, path, text in changes:
        if operation in ("learn", "update"):
            getattr(learner, operation)(path, text)
            expected[path] = text
        else:
            learner.forget(path)
            expected.pop(path, None)
    assert learner.files.keys() == expected.keys()
    for path, text in expected.items():
        assert learner.files[path].ids == learner.encode(text).ids
    assert learner.n_tokens == sum(len(learnt.ids) for learnt in learner.files.values())
    by_directory = {path: at for at, files in learner.directories.items() for path in files}
    assert by_directory == {path: path.rpartition("/")[0] for path in expected}
    assert learner.recent.keys() <= expected.keys()
    assert all(learner.files[path] is learnt for path, learnt in learner.recent.items())


@given(st.text(alphabet=st.sampled_from("ab = \t\n()")))
def test_every_token_but_line_ends_can_be_read_back(text: str) -> None:
    learner = Learner()
    words = [token for token in tokenise("\n" + text) if not is_line_end(token)]
    kept = [learner.texts[ord(c)] for c in learner.encode(text).ids if ord(c) >= N_LINE_ENDS]
    assert kept == words


def test_line_ends_are_known_by_the_change_of_depth() -> None:
    shallow = Learner().encode("a:\n  b\n  c\nd")
    deep = Learner().encode("\n    a:\n        b\n        c\n    d")
    assert [ord(shallow.ids[at]) for at in shallow.lines] == [SAME, DEEPER, SAME, SHALLOWER]
    assert [ord(deep.ids[at]) for at in deep.lines][1:] == [DEEPER, SAME, SHALLOWER]


def test_more_words_than_fit_are_unknown_and_room_is_left_for_what_is_typed() -> None:
    learner = Learner(max_words=100)
    learner.learn("/w/a", " ".join(f"word{i}" for i in range(200)))
    assert chr(UNKNOWN) in learner.files["/w/a"].ids
    assert learner.number("typed_now") != UNKNOWN
    assert len(learner.texts) <= 100


def test_more_tokens_than_fit_are_refused_and_the_rest_stays() -> None:
    learner = Learner(max_tokens=20)
    assert learner.learn("/w/a", "x = 1")
    assert not learner.learn("/w/b", "y " * 30)
    assert list(learner.files) == ["/w/a"]


def test_a_vocabulary_beyond_the_surrogates_still_finds_its_words() -> None:
    learner = Learner()
    text = "".join(f"w{i}\n" for i in range(0xE100))
    learner.learn("/w/a", text)
    assert learner.encode("w57000").ids[1] in learner.files["/w/a"].ids
    assert not any(0xD800 <= ord(character) < 0xE000 for character in learner.files["/w/a"].ids)
