"""From settings and keys to who completes, and what the user is told on the way."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from codestral_ls.config import client_options
from codestral_ls.model import Snapshot
from codestral_ls.session.client import PlainClient
from codestral_ls.session.notices import Notice, Urgency
from codestral_ls.session.session import Session
from codestral_ls.workspace.index.client import IndexProgress
from codestral_ls.workspace.index.source import WorkspaceIndex
from codestral_ls.workspace.selection import FileSelection

MISTRAL_KEY = "k" * 32


class Told(PlainClient):
    """What the user was told."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    def tell(self, notice: Notice) -> None:
        self.notices.append(notice)

    def check(self, *words: str, times: int = 1) -> None:
        texts = [notice.text for notice in self.notices]
        matching = [text for text in texts if all(word in text for word in words)]
        assert len(matching) == times, texts


def make_session(
    home: Path, environ: Mapping[str, str] | None = None, **flags: str
) -> tuple[Session, Told]:
    told = Told()
    variables = {"CODESTRAL_LS_CONFIG": str(home / "config.toml"), **(environ or {})}
    return Session(variables, flags, told), told


async def chosen(session: Session) -> tuple[str, str]:
    await session.ready_engine()
    await session.aclose()
    return session.choice.provider, session.choice.base_url


async def test_without_key_and_endpoint_the_embedded_provider_completes(tmp_path: Path) -> None:
    session, told = make_session(tmp_path)
    assert await chosen(session) == ("workspace", "")
    assert told.notices == []


@pytest.mark.parametrize("name", ["MISTRAL_API_KEY", "CODESTRAL_API_KEY", "CODESTRAL_LS_API_KEY"])
async def test_a_key_means_codestral(tmp_path: Path, name: str) -> None:
    session, told = make_session(tmp_path, {name: MISTRAL_KEY})
    assert await chosen(session) == ("mistral", "https://api.mistral.ai")
    assert session.choice.key is not None
    assert session.choice.key.source == name
    assert told.notices == []


async def test_a_provider_without_its_key_says_where_to_get_one(tmp_path: Path) -> None:
    session, told = make_session(tmp_path, provider="mistral")
    assert await chosen(session) == ("workspace", "")
    told.check("needs a key", "MISTRAL_API_KEY")


async def test_an_endpoint_planted_in_the_editors_settings_gets_nothing(tmp_path: Path) -> None:
    session, told = make_session(tmp_path, {"MISTRAL_API_KEY": MISTRAL_KEY})
    session.set_client([client_options({"endpoint": "https://evil.example"}, "client settings")])
    assert await chosen(session) == ("workspace", "")
    told.check("evil.example", "CODESTRAL_LS_ENDPOINT=https://evil.example")


async def test_a_user_level_line_makes_the_same_endpoint_work(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('trusted_hosts = ["llm.example"]\n')
    session, told = make_session(tmp_path, {"CODESTRAL_LS_API_KEY": "sekrit"})
    session.set_client([client_options({"endpoint": "https://llm.example"}, "client settings")])
    assert await chosen(session) == ("auto", "https://llm.example")
    assert told.notices == []


async def test_a_mistral_key_stays_away_from_other_servers(tmp_path: Path) -> None:
    environ = {"MISTRAL_API_KEY": MISTRAL_KEY}
    session, _ = make_session(tmp_path, environ, endpoint="https://llm.example")
    assert await chosen(session) == ("auto", "https://llm.example")
    assert session.choice.key is None


async def test_a_mistral_key_goes_to_a_gateway_that_the_user_vouches_for(tmp_path: Path) -> None:
    environ = {"MISTRAL_API_KEY": MISTRAL_KEY}
    flags = {"endpoint": "https://llm.example", "provider": "mistral"}
    session, _ = make_session(tmp_path, environ, **flags)
    assert await chosen(session) == ("mistral", "https://llm.example")
    assert session.choice.key is not None


async def test_a_planted_provider_sends_no_mistral_key_to_the_users_own_server(
    tmp_path: Path,
) -> None:
    environ = {"MISTRAL_API_KEY": MISTRAL_KEY}
    session, _ = make_session(tmp_path, environ, endpoint="https://llm.example")
    session.set_client([client_options({"provider": "mistral"}, "client settings")])
    assert await chosen(session) == ("mistral", "https://llm.example")
    assert session.choice.key is None


async def test_an_endpoint_at_mistrals_is_mistrals(tmp_path: Path) -> None:
    environ = {"MISTRAL_API_KEY": MISTRAL_KEY}
    session, _ = make_session(tmp_path, environ, endpoint="https://api.eu.mistral.ai/v1/")
    provider, base_url = await chosen(session)
    assert provider == "mistral"
    assert base_url.startswith("https://api.eu.mistral.ai")
    assert session.choice.key is not None


async def test_a_provider_that_needs_an_endpoint_says_so(tmp_path: Path) -> None:
    session, told = make_session(tmp_path, provider="openai")
    assert await chosen(session) == ("workspace", "")
    told.check("openai", "endpoint")


async def test_a_key_in_the_clear_is_refused(tmp_path: Path) -> None:
    environ = {"CODESTRAL_LS_API_KEY": "sekrit"}
    session, told = make_session(tmp_path, environ, endpoint="http://llm.example")
    assert await chosen(session) == ("workspace", "")
    told.check("http://", "allow_insecure")


async def test_settings_are_those_of_the_root_a_document_lies_in(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for root, tokens in ((one, 11), (two, 22)):
        root.mkdir()
        (root / ".codestral.toml").write_text(f"max_tokens = {tokens}\n")
    session, _ = make_session(tmp_path)
    session.set_roots([one, two])
    assert session.settings(str(one / "a.py")).max_tokens == 11
    assert session.settings(str(two / "deep" / "b.py")).max_tokens == 22
    assert session.settings(str(tmp_path / "c.py")).max_tokens == 128
    session.set_roots([two])
    assert session.settings(str(one / "a.py")).max_tokens == 128


async def test_a_changed_file_takes_effect_at_the_next_request(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    session, _ = make_session(tmp_path)
    assert session.settings().max_tokens == 128
    config.write_text("max_tokens = 64\n")
    await session.ready_target()
    assert session.settings().max_tokens == 64
    config.unlink()
    await session.ready_target()
    assert session.settings().max_tokens == 128


async def test_other_files_are_shown_once_the_user_gives_them_room(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('provider = "vllm"\nmax_context_chars = 0\n')
    session, client = make_session(tmp_path)
    session.set_roots([tmp_path])
    client.wants_index = True
    assert (await session.ready_target()).open_snippets is None
    config.write_text('provider = "vllm"\nmax_context_chars = 4000\n')
    assert (await session.ready_target()).open_snippets is not None


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[WorkspaceIndex]:
    """The indexes that would run now."""
    found: list[WorkspaceIndex] = []
    monkeypatch.setattr(WorkspaceIndex, "start", lambda index: found.append(index))
    return found


async def test_the_index_starts_before_any_key_is_looked_for_and_is_taken_over(
    tmp_path: Path, started: list[WorkspaceIndex]
) -> None:
    key = tmp_path / "key"
    command = f"sh -c 'touch {key}; echo {MISTRAL_KEY}'"
    session, client = make_session(tmp_path, api_key_command=command)
    session.set_roots([tmp_path])
    client.wants_index = True
    await session.start_index()
    assert list(session.listeners) == started != []
    assert not key.exists()
    await session.ready_engine()
    assert key.exists()
    assert list(session.listeners) == started
    await session.start_index()
    assert len(started) == 1
    await session.aclose()


async def test_an_index_that_is_not_wanted_after_all_ends(
    tmp_path: Path, started: list[WorkspaceIndex]
) -> None:
    session, client = make_session(tmp_path, provider="vllm")
    session.set_roots([tmp_path])
    client.wants_index = True
    await session.start_index()
    (tmp_path / "config.toml").write_text("max_context_chars = 0\n")
    await session.ready_engine()
    assert len(started) == 1
    assert started[0] not in session.listeners
    await session.aclose()


@pytest.mark.parametrize(
    "environ", [{}, {"CODESTRAL_LS_PROVIDER": "workspace", "MISTRAL_API_KEY": MISTRAL_KEY}]
)
async def test_for_the_embedded_provider_no_index_starts(
    tmp_path: Path, environ: Mapping[str, str], started: list[WorkspaceIndex]
) -> None:
    session, client = make_session(tmp_path, environ)
    session.set_roots([tmp_path])
    client.wants_index = True
    await session.start_index()
    assert started == []
    assert list(session.listeners) == []


async def test_the_index_of_a_withheld_folder_does_not_start(
    tmp_path: Path, started: list[WorkspaceIndex]
) -> None:
    root = withholding(tmp_path, b'exclude = ["secret/**", "more')
    session, client = make_session(tmp_path, {"MISTRAL_API_KEY": MISTRAL_KEY})
    session.set_roots([root])
    client.wants_index = True
    await session.start_index()
    assert started == []


async def test_a_setting_that_says_nothing_of_who_is_asked_changes_no_connection(
    tmp_path: Path,
) -> None:
    config = tmp_path / "config.toml"
    config.write_text('provider = "vllm"\n')
    session, _ = make_session(tmp_path)
    target = await session.ready_target()
    config.write_text('provider = "vllm"\nmax_tokens = 64\n')
    assert await session.ready_target() == target
    session.toggle()
    assert await session.ready_target() == target


async def test_a_half_written_file_counts_as_it_last_was_and_is_reported_once(
    tmp_path: Path,
) -> None:
    config = tmp_path / "config.toml"
    config.write_text('exclude = ["secret/**"]\n')
    session, told = make_session(tmp_path)
    assert session.settings().exclude == ("secret/**",)
    config.write_text('exclude = ["secret/**", "canary')
    for _ in range(3):
        await session.refresh()
        assert session.settings().exclude == ("secret/**",)
    told.check("config.toml", "not valid TOML", "last valid version")
    assert "canary" not in str(told.notices)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe", "not UTF-8"),
        (b"x" * 300_000, "larger than"),
        (b"[[[", "not valid TOML"),
        (b"a = " + b"[" * 5000, "TOML"),
        (b'maxTokens = 3\nendpont = "x"', "did you mean"),
    ],
)
async def test_an_unusable_file_gets_a_clear_line_and_the_defaults_hold(
    tmp_path: Path, content: bytes, words: str
) -> None:
    (tmp_path / "config.toml").write_bytes(content)
    session, told = make_session(tmp_path)
    assert session.settings().max_tokens == 128
    assert any(words in notice.text or "nested" in notice.text for notice in told.notices)
    assert all(notice.urgency is Urgency.WARNING for notice in told.notices)


async def test_a_file_that_is_no_toml_is_told_in_whole_sentences(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("provider = \n")
    session, told = make_session(tmp_path)
    session.settings()
    told.check(
        "config.toml is not valid TOML at line 1, column 12. "
        "Nothing is sent until it is repaired or removed."
    )


async def test_a_directory_in_the_files_place_gets_a_clear_line(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    session, told = make_session(tmp_path)
    session.settings()
    told.check("is not a file")


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="root and Windows may read everything"
)
async def test_an_unreadable_file_gets_a_clear_line(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("max_tokens = 3")
    config.chmod(0)
    session, told = make_session(tmp_path)
    session.settings()
    config.chmod(stat.S_IRUSR | stat.S_IWUSR)
    told.check("cannot be read")


async def test_a_repository_that_sets_more_than_it_may_is_reported_once(tmp_path: Path) -> None:
    (tmp_path / ".codestral.toml").write_text('endpoint = "https://evil.example"\n')
    session, told = make_session(tmp_path)
    session.set_roots([tmp_path])
    for _ in range(3):
        await session.ready_engine()
    await session.aclose()
    assert session.choice.provider == "workspace"
    told.check(".codestral.toml", "endpoint", "cannot be set by a repository")


def printing(*lines: str) -> str:
    return f'{sys.executable} -c "print({", ".join(map(repr, lines))}, sep=chr(10))"'


async def test_the_key_may_come_from_a_command(tmp_path: Path) -> None:
    session, told = make_session(tmp_path, api_key_command=printing("sekrit"))
    assert await chosen(session) == ("mistral", "https://api.mistral.ai")
    assert session.choice.key is not None
    assert session.choice.key.secret == "sekrit"
    assert told.notices == []


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("no-such-program-here", "could not be started"),
        (f"{sys.executable} -c 'raise SystemExit(3)'", "exit status 3"),
        (f"{sys.executable} -c 'pass'", "printed nothing"),
        (printing("sekrit", "user: me"), "nothing else"),
        (f"{sys.executable} -c 'print(chr(97) * 9000000)'", "nothing else"),
        ("unbalanced 'quote", "cannot be parsed"),
        (printing("schlüssel"), "characters that no key has"),
    ],
)
async def test_a_key_command_that_fails_gets_one_clear_line(
    tmp_path: Path, command: str, words: str
) -> None:
    session, told = make_session(tmp_path, api_key_command=command)
    assert await chosen(session) == ("workspace", "")
    told.check(words)
    assert "sekrit" not in str(told.notices)


async def test_a_key_command_that_hangs_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codestral_ls.session.key_command.COMMAND_TIMEOUT_S", 0.2)
    hanging = f"{sys.executable} -c 'import time; time.sleep(60)'"
    session, told = make_session(tmp_path, api_key_command=hanging)
    assert await chosen(session) == ("workspace", "")
    told.check("did not finish")


async def test_a_key_never_shows_in_what_a_session_is_made_of(tmp_path: Path) -> None:
    session, _ = make_session(tmp_path, {"MISTRAL_API_KEY": "canary-key"})
    await session.ready_engine()
    shown = repr(session.choice) + repr(session.resolved()) + repr(session.status())
    await session.aclose()
    assert "canary" not in shown


async def test_files_with_secrets_are_not_sent_and_excluded_ones_neither(tmp_path: Path) -> None:
    from tests.engine.harness import FakeEditor, check_nothing

    (tmp_path / ".codestral.toml").write_text('exclude = ["private/**"]\n')
    session, _ = make_session(tmp_path, {"MISTRAL_API_KEY": MISTRAL_KEY})
    session.set_roots([tmp_path])
    engine = await session.ready_engine()
    for name, word in ((".env", "secrets"), ("private/a.py", "excluded")):
        desk = FakeEditor("")
        desk.engine = engine
        desk.path = str(tmp_path / name)
        check_nothing(await desk.ask(), word)
    await session.aclose()


async def test_the_switch_holds_for_all_documents(tmp_path: Path) -> None:
    session, _ = make_session(tmp_path)
    assert session.toggle() is False
    assert session.settings(str(tmp_path / "a.py")).enabled is False
    assert session.status()["state"] == "disabled"
    assert session.toggle() is True
    assert session.settings().enabled is True


def withholding(tmp_path: Path, content: bytes) -> Path:
    root = tmp_path / "repository"
    root.mkdir()
    (root / ".codestral.toml").write_bytes(content)
    return root


def bombs() -> dict[str, bytes]:
    return {
        "half written": b'exclude = ["secret/**", "canary',
        "not UTF-8": b"\xff\xfe",
        "a dotted key of 25,000 parts": b".".join([b"a"] * 25_000) + b" = 1",
        "a dotted key of 8,000 parts": b".".join([b"a"] * 8_000) + b" = 1",
        "a quoted one": b".".join([b'""'] * 5_000) + b" = 1",
        "a header of many parts": b"[" + b" . ".join([b"a"] * 4_000) + b"]",
        "an inline one": b"a = {" + b".".join([b"a"] * 8_000) + b" = 1}",
        "18,000 globs": b"exclude = [" + b",".join(b'"%d*"' % n for n in range(18_000)) + b"]",
        "1,000 globs": b"exclude = [" + b",".join(b'"%d*"' % n for n in range(1000)) + b"]",
        "300 keys": b"\n".join(b"k%d = 1" % n for n in range(300)),
        "a number of 5,000 digits": b"max_tokens = " + b"9" * 5_000,
        "deep lists": b"a = " + b"[" * 9_000,
        "half a surrogate pair": b'exclude = ["\\ud800"]',
        "a wrong date": b"a = 2000-99-99",
        "16 KB": b"# " + b"x" * 16 * 1024,
    }


@pytest.mark.parametrize("content", bombs().values(), ids=bombs())
async def test_nothing_of_a_folder_is_sent_whose_settings_file_cannot_be_read(
    tmp_path: Path, content: bytes
) -> None:
    root = withholding(tmp_path, content)
    session, told = make_session(tmp_path, {"MISTRAL_API_KEY": MISTRAL_KEY})
    session.set_roots([root])
    told.wants_index = True
    target = await session.ready_target()
    told.check(".codestral.toml", "Nothing of its folder is sent")
    assert "canary" not in str(told.notices)
    assert target.open_snippets is None
    assert "cannot be read" in refusal(session, (root / "a.py").as_uri())
    assert refusal(session, (tmp_path / "other.py").as_uri()) == ""


def refusal(session: Session, uri: str) -> str:
    """Why a document of this address is not sent; empty if it is."""
    snapshot = Snapshot(uri, None, "python", 1, "", "", 0, True, True)
    return session._refuses(snapshot) or ""


@pytest.mark.parametrize(
    "content", [b"", b"# nothing\n", b'unknown = 1\nmax_tokens = "many"\n[table]\nkey = 1\n']
)
async def test_a_readable_settings_file_withholds_nothing_whatever_it_says(
    tmp_path: Path, content: bytes
) -> None:
    root = withholding(tmp_path, content)
    session, _ = make_session(tmp_path, {"MISTRAL_API_KEY": MISTRAL_KEY})
    session.set_roots([root])
    await session.ready_target()
    assert refusal(session, (root / "a.py").as_uri()) == ""


async def test_a_repositorys_file_that_becomes_unreadable_withholds_until_it_is_repaired(
    tmp_path: Path,
) -> None:
    root = withholding(tmp_path, b'exclude = ["secret/**"]')
    session, told = make_session(tmp_path, {"MISTRAL_API_KEY": MISTRAL_KEY})
    session.set_roots([root])
    document = (root / "a.py").as_uri()
    await session.ready_target()
    assert refusal(session, document) == ""
    (root / ".codestral.toml").write_text('exclude = ["secret/**", "more')
    await session.ready_target()
    assert "cannot be read" in refusal(session, document)
    told.check(".codestral.toml", "not valid TOML")
    (root / ".codestral.toml").unlink()
    await session.ready_target()
    assert refusal(session, document) == ""


@pytest.mark.parametrize("kind", ["directory", "pipe", "link to nowhere", "loop of links"])
async def test_whatever_stands_in_the_place_of_a_settings_file_is_not_waited_for(
    tmp_path: Path, kind: str
) -> None:
    root = tmp_path / "repository"
    root.mkdir()
    file = root / ".codestral.toml"
    match kind:
        case "directory":
            file.mkdir()
        case "pipe":
            os.mkfifo(file)
        case "link to nowhere":
            file.symlink_to("nowhere")
        case _:
            file.symlink_to(".codestral.toml")
    session, told = make_session(tmp_path, {"MISTRAL_API_KEY": MISTRAL_KEY})
    session.set_roots([root])
    await session.ready_target()
    told.check(".codestral.toml", "Nothing of its folder is sent")
    assert "cannot be read" in refusal(session, (root / "a.py").as_uri())


async def test_open_documents_of_a_withheld_folder_are_no_context_of_others(tmp_path: Path) -> None:
    outer = tmp_path / "outer"
    inner = outer / "in [ner]"
    inner.mkdir(parents=True)
    (inner / ".codestral.toml").write_bytes(b"[[[")
    other = tmp_path / "other"
    other.mkdir()
    session, _ = make_session(tmp_path, {"MISTRAL_API_KEY": MISTRAL_KEY})
    session.set_roots([outer, inner, other])
    await session.ready_target()
    scope = session._settings.sendable()
    assert scope.roots == (outer, other)
    selection = FileSelection([str(root) for root in scope.roots], scope.exclude)
    assert not selection.allows(str(inner / "a.py"))
    assert selection.allows(str(outer / "a.py"))
    assert selection.allows(str(other / "a.py"))
    alone = FileSelection([str(other)], scope.exclude)
    assert not alone.allows(str(inner / "a.py"))


async def test_what_any_folder_excludes_is_context_of_none(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for root, glob in ((one, "a"), (two, "b")):
        root.mkdir()
        (root / ".codestral.toml").write_text(f'exclude = ["*.{glob}"]')
    session, _ = make_session(tmp_path, {"MISTRAL_API_KEY": MISTRAL_KEY})
    session.set_roots([one, two])
    await session.ready_target()
    assert session._settings.sendable().exclude == ("*.a", "*.b")


@pytest.fixture
def linked(tmp_path: Path) -> tuple[Path, Path]:
    """A folder with settings, by its real path and by a link."""
    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir()
    (real / ".codestral.toml").write_text(
        'enabled = false\nexclude = ["private/", "/top.py"]\nmax_tokens = 7\n'
    )
    (real / "private").mkdir()
    (real / "private" / "a.py").touch()
    (real / "shown").symlink_to("private")
    link.symlink_to(real)
    return real, link


async def test_a_link_that_leads_elsewhere_by_now_is_followed_there(
    tmp_path: Path, linked: tuple[Path, Path]
) -> None:
    _, link = linked
    session, _ = make_session(tmp_path, {"MISTRAL_API_KEY": MISTRAL_KEY})
    session.set_roots([link])
    await session.ready_target()
    later = tmp_path / "later"
    later.mkdir()
    (later / ".codestral.toml").write_text('exclude = ["/kept.py"]\n')
    link.unlink()
    link.symlink_to(later)
    await session.ready_target()
    assert refusal(session, (later / "kept.py").as_uri())
    assert not refusal(session, (later / "top.py").as_uri())


@pytest.mark.parametrize("opened", [0, 1])
@pytest.mark.parametrize("named", [0, 1])
async def test_a_folder_and_its_files_may_be_named_through_links(
    tmp_path: Path, linked: tuple[Path, Path], opened: int, named: int
) -> None:
    session, _ = make_session(tmp_path, {"MISTRAL_API_KEY": MISTRAL_KEY})
    session.set_roots([linked[opened]])
    await session.ready_target()
    base = linked[named]
    for name in ("private/a.py", "shown/a.py", "top.py"):
        path = base / name
        assert "excluded" in refusal(session, path.as_uri())
        assert "excluded" in refusal(session, f"git:{path}?%7B%22ref%22%3A%22~%22%7D")
        assert "excluded" in refusal(session, f"vscode-notebook-cell:{path}#W0s")
        assert "excluded" in refusal(session, f"gitfs:{path}?ref")
        assert session.settings(path.as_uri()).enabled is False
        assert session.settings(f"git:{path}?x").max_tokens == 7
    assert refusal(session, (base / "b.py").as_uri()) == ""
    for address in (f"git:{base}/server.key?x", f"vscode-notebook-cell:{base}/secrets.yaml#W0"):
        assert "secrets" in refusal(session, address)


async def test_a_folder_within_another_obeys_both(tmp_path: Path) -> None:
    outer, inner = tmp_path / "outer", tmp_path / "outer" / "inner"
    inner.mkdir(parents=True)
    (outer / ".codestral.toml").write_text(
        'enabled = false\nexclude = ["inner/x.py"]\nmax_tokens = 5\n'
    )
    (inner / ".codestral.toml").write_text("max_tokens = 9\n")
    session, _ = make_session(tmp_path, {"MISTRAL_API_KEY": MISTRAL_KEY})
    session.set_roots([inner, outer])
    await session.ready_target()
    assert session.settings(str(inner / "x.py")).enabled is False
    assert session.settings(str(inner / "x.py")).max_tokens == 5
    assert "excluded" in refusal(session, (inner / "x.py").as_uri())


async def test_a_key_command_runs_at_home_without_our_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A module of the repository that the editor was started in is not what runs."""
    repository = tmp_path / "repository"
    repository.mkdir()
    (repository / "keyring.py").write_text("print('planted')")
    (tmp_path / "keyring.py").write_text(
        "import os\n"
        "ours = [name for name in os.environ if name.startswith(('CODESTRAL', 'MISTRAL'))]\n"
        "print('-'.join(['home', os.path.basename(os.getcwd()), *ours]))\n"
    )
    monkeypatch.chdir(repository)
    environ = {**os.environ, "HOME": str(tmp_path), "CODESTRAL_LS_HEADERS": '{"X": "secret"}'}
    command = f"{sys.executable} -m keyring"
    session, told = make_session(tmp_path, {**environ, "PYTHONPATH": ""}, api_key_command=command)
    await session.ready_target()
    assert told.notices == []
    assert session.choice.key is not None
    assert session.choice.key.secret == f"home-{tmp_path.name}"


async def test_an_index_that_was_given_up_is_told_once_and_said_in_the_status(
    tmp_path: Path,
) -> None:
    session, told = make_session(tmp_path)
    assert session.status()["index"] == "on"
    gone = IndexProgress(0, 0, finished=True, has_given_up=True)
    for _ in range(2):
        session._index_to_be()._progressed(gone)
    told.check("index of the workspace", "switched off")
    assert told.notices[0].remedies == ("open-log",)
    assert session.status()["index"] == "off"
