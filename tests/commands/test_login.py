"""``codestral-ls login`` and ``logout``: a key goes into the keyring, is used, and goes again."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring

from codestral_ls.commands import cli
from codestral_ls.commands.login import _hint
from codestral_ls.config import client_options
from codestral_ls.session import key_sources
from codestral_ls.session.client import PlainClient
from codestral_ls.session.notices import Notice
from codestral_ls.session.session import Session
from tests import forked
from tests.fakes.behaviour import recorded
from tests.fakes.endpoint import Endpoint
from tests.fakes.fim_server import KEY
from tests.fakes.keyring_backend import FileKeyring, keyring_environment
from tests.server.raw import REPOSITORY, TIMEOUT_S, clean_environment

Run = Callable[..., subprocess.CompletedProcess[str]]
ASKS_FOR_KEY = "(it is not shown as you type): "


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """The file of the keyring."""
    return tmp_path / "keyring.json"


@pytest.fixture
def run(tmp_path: Path, stored: Path) -> Run:
    """A process of a user whose keyring is ``stored``; ``typed`` comes through a pipe."""

    def start(
        *arguments: str, typed: str = "", **variables: str
    ) -> subprocess.CompletedProcess[str]:
        environ = clean_environment(tmp_path, **{**keyring_environment(stored), **variables})
        return forked.run(arguments, environ, tmp_path, TIMEOUT_S, typed)

    return start


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint() as endpoint:
        yield endpoint


class LoginAtTerminal:
    """``login`` with a terminal for its input and its questions; stdout is a pipe."""

    def __init__(self, host: str, environ: dict[str, str]) -> None:
        self._ours, theirs = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "codestral_ls", "login", "--host", host],
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=theirs,
            env=environ,
            cwd=REPOSITORY,
            start_new_session=True,
        )
        os.close(theirs)
        self.seen = ""
        """All that was shown or printed."""

    def __enter__(self) -> LoginAtTerminal:
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.kill()
        self._process.communicate()
        os.close(self._ours)

    @property
    def status(self) -> int | None:
        """The exit status; None while it runs."""
        return self._process.returncode

    def answer(self, question: str, line: str) -> None:
        """Wait for the question, and type a line."""
        while question not in self.seen:
            self.seen += os.read(self._ours, 1024).decode()
        os.write(self._ours, f"{line}\n".encode())

    def output(self) -> str:
        """What it prints until it ends."""
        output, _ = self._process.communicate(timeout=TIMEOUT_S)
        with contextlib.suppress(OSError):  # so Linux says that nothing more was shown
            self.seen += os.read(self._ours, 4096).decode()
        self.seen += output.decode()
        return output.decode()


def keys_in(stored: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads(stored.read_bytes()) if stored.exists() else {}
    return found


def check_refused(
    done: subprocess.CompletedProcess[str], status: int, stored: Path, *words: str
) -> None:
    """One or two lines say why, nothing is stored, and no key is shown."""
    assert done.returncode == status, done.stderr
    assert done.stdout == ""
    assert 1 <= len(done.stderr.splitlines()) <= 2
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr
    assert "canary" not in done.stderr
    assert keys_in(stored) == {}


def test_a_key_is_checked_stored_used_and_removed(
    run: Run, endpoint: Endpoint, stored: Path, tmp_path: Path
) -> None:
    host = endpoint.url.removeprefix("http://")
    done = run("login", "--host", host, typed=f"{KEY}\n")
    assert done.stdout == (
        "127.0.0.1 accepts the key. It was stored in the system's keyring, "
        f"as codestral-ls for {host}.\n"
        f'It is used when endpoint = "{endpoint.url}" is set.\n'
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert keys_in(stored) == {f"codestral-ls {host}": KEY}
    assert endpoint.fake.requests == [], "listing the models costs nothing, a completion would"

    endpoint.intends("total = price * count\n")
    file = tmp_path / "a.py"
    file.write_text("total = \n")
    at = ("--endpoint", endpoint.url)
    assert run("complete", f"{file}:1:9", *at).stdout == "price * count\n"
    seen = endpoint.fake.requests[-1].request.headers
    assert seen["authorization"] == f"Bearer {KEY}"
    assert "keyring, accepted by 127.0.0.1" in run("doctor", *at).stdout

    done = run("logout", *at)
    assert done.stdout == f"The key for {host} was removed from the keyring.\n"
    assert keys_in(stored) == {}
    assert run("complete", f"{file}:1:9", *at).returncode == 3


def test_only_the_first_line_of_a_pipe_is_the_key(
    run: Run, endpoint: Endpoint, stored: Path
) -> None:
    run("login", "--host", endpoint.url, typed=f"  {KEY} \nuser: me\n")
    assert list(keys_in(stored).values()) == [KEY]


def test_without_a_host_the_key_is_for_the_endpoint_in_the_settings(
    run: Run, endpoint: Endpoint, stored: Path
) -> None:
    done = run("login", typed=KEY, CODESTRAL_LS_ENDPOINT=endpoint.url)
    assert "It is used when" not in done.stdout
    assert list(keys_in(stored)) == [f"codestral-ls {endpoint.url.removeprefix('http://')}"]


def test_a_refused_key_is_not_stored(run: Run, endpoint: Endpoint, stored: Path) -> None:
    done = run("login", "--host", endpoint.url, typed="canary-key")
    check_refused(done, 1, stored, "refused the key (401)", "Nothing was stored")


def test_a_host_that_is_not_reached_leaves_the_key_unchecked_and_unstored(
    run: Run, stored: Path
) -> None:
    done = run("login", "--host", "http://127.0.0.1:9", typed="canary-key")
    check_refused(done, 3, stored, "could not be checked", "Nothing was stored")


def test_a_server_without_a_list_of_models_gets_its_key_stored_unchecked(
    run: Run, endpoint: Endpoint, stored: Path
) -> None:
    not_found = recorded("mistral/error-404")
    endpoint.fake._dialect.other = lambda request, key: not_found  # type: ignore[method-assign]
    done = run("login", "--host", endpoint.url, typed=KEY)
    assert "could not be checked. It was stored" in done.stdout
    assert list(keys_in(stored).values()) == [KEY]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "no key was given"),
        ("\ncanary\n", "no key was given"),
        ("two words-canary", "spaces"),
        ("schlüssel-canary", "characters that no key has"),
        ("canary\x1b[2J", "characters that no key has"),
        ("canary" * 1000, "characters that no key has"),
    ],
)
def test_what_is_no_key_is_not_sent_anywhere(
    run: Run, endpoint: Endpoint, stored: Path, typed: str, words: str
) -> None:
    check_refused(run("login", "--host", endpoint.url, typed=typed), 2, stored, words)
    assert endpoint.fake.connections == 0


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("http://llm.example", "allow_insecure"),
        ("https://me:canary@llm.example", "user name"),
        ("not a host", "white space"),
    ],
)
def test_a_host_that_must_not_get_a_key_gets_none(
    run: Run, stored: Path, host: str, words: str
) -> None:
    check_refused(run("login", "--host", host, typed="canary-key"), 2, stored, words)


def test_a_key_cannot_be_an_argument(run: Run, stored: Path) -> None:
    done = run("login", "sekrit-word")
    assert done.returncode == 2
    assert keys_in(stored) == {}


def test_removing_a_key_that_is_not_there_is_status_1(run: Run, stored: Path) -> None:
    check_refused(run("logout"), 1, stored, "no key is stored for api.mistral.ai")


def test_on_a_terminal_the_key_is_asked_for_without_echo(
    endpoint: Endpoint, stored: Path, tmp_path: Path
) -> None:
    environ = clean_environment(tmp_path, **keyring_environment(stored))
    with LoginAtTerminal(endpoint.url, environ) as login:
        login.answer(ASKS_FOR_KEY, KEY)
        assert "accepts the key" in login.output()
    assert KEY not in login.seen
    assert list(keys_in(stored).values()) == [KEY]


@pytest.mark.parametrize(("said", "is_stored"), [("y", True), ("n", False), ("", False)])
def test_a_key_whose_host_is_not_reached_is_stored_if_the_user_insists(
    stored: Path, tmp_path: Path, said: str, is_stored: bool
) -> None:
    environ = clean_environment(tmp_path, **keyring_environment(stored))
    with LoginAtTerminal("http://127.0.0.1:9", environ) as login:
        login.answer(ASKS_FOR_KEY, KEY)
        login.answer("Store anyway? [y/N] ", said)
        login.output()
    assert KEY not in login.seen
    assert list(keys_in(stored).values()) == ([KEY] if is_stored else [])
    assert login.status == (0 if is_stored else 3)


@pytest.mark.parametrize("command", ["login", "logout"])
def test_without_a_usable_keyring_one_line_says_what_else_to_do(
    run: Run, endpoint: Endpoint, stored: Path, command: str
) -> None:
    environ = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    done = run(command, "--host", endpoint.url, typed=KEY, **environ)
    check_refused(done, 2, stored, "cannot be used", "MISTRAL_API_KEY")
    assert ("login --file" in done.stderr) == (command == "login")


NO_KEYRING = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}


def test_without_a_keyring_the_key_goes_into_a_file_of_the_users_own(
    run: Run, endpoint: Endpoint, tmp_path: Path
) -> None:
    state = {**NO_KEYRING, "XDG_STATE_HOME": str(tmp_path / "state")}
    done = run("login", "--file", "--host", endpoint.url, typed=KEY, **state)
    file = tmp_path / "state" / "codestral-ls" / "credentials.json"
    assert str(file) in done.stdout.replace("\n", " ")
    assert (done.returncode, done.stderr) == (0, "")
    assert file.stat().st_mode & 0o777 == 0o600
    endpoint.intends("total = price * count\n")
    source = tmp_path / "a.py"
    source.write_text("total = \n")
    at = ("--endpoint", endpoint.url)
    assert run("complete", f"{source}:1:9", *at, **state).stdout == "price * count\n"
    done = run("logout", *at, **state)
    assert done.stdout.endswith("was removed from the key file.\n")
    assert KEY not in file.read_text()
    assert run("logout", *at, **state).returncode != 0


@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("n", 2), ("", 2)])
def test_without_a_keyring_somebody_at_a_terminal_is_asked(
    endpoint: Endpoint, tmp_path: Path, answer: str, status: int
) -> None:
    environ = clean_environment(tmp_path, **NO_KEYRING, XDG_STATE_HOME=str(tmp_path))
    with LoginAtTerminal(endpoint.url, environ) as login:
        login.answer("[y/N] ", answer)
        if answer == "y":
            login.answer(ASKS_FOR_KEY, KEY)
        login.output()
    assert login.status == status
    assert (tmp_path / "codestral-ls" / "credentials.json").exists() == (answer == "y")


@pytest.mark.parametrize("quotes", ['""', "''", "“”"])
def test_a_key_in_quotation_marks_is_told_as_that(
    run: Run, endpoint: Endpoint, stored: Path, quotes: str
) -> None:
    done = run("login", "--host", endpoint.url, typed=quotes[0] + KEY + quotes[1])
    words = "quotation marks" if quotes.isascii() else "characters that no key has"
    check_refused(done, 2, stored, words)


@pytest.mark.parametrize("command", ["login", "logout"])
def test_without_the_package_one_line_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(SystemExit) as end:
        cli.main([command])
    assert end.value.code == 2
    assert "pip install keyring" in capsys.readouterr().err


class Hanging(FileKeyring):
    """A keyring that waits for its owner to unlock it."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring has no types here
        self.unlocked = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.unlocked.wait(TIMEOUT_S)
        return None


@pytest.fixture
def keyring_in_use() -> Iterator[Callable[[KeyringBackend], None]]:
    before = keyring.get_keyring()
    yield keyring.set_keyring
    keyring.set_keyring(before)


async def chosen(home: Path, **environ: str) -> tuple[Session, list[str]]:
    """A session that has looked for its keys, and what it told."""
    told: list[str] = []

    class Listener(PlainClient):
        def tell(self, notice: Notice) -> None:
            told.append(notice.text)

    environ = {"CODESTRAL_LS_CONFIG": str(home / "config.toml"), **environ}
    session = Session(environ, {}, Listener())
    await session.ready_engine()
    await session.aclose()
    return session, told


async def test_a_hanging_keyring_is_given_up_and_the_embedded_provider_completes(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    keyring_in_use: Callable[[KeyringBackend], None],
) -> None:
    monkeypatch.setattr(key_sources, "KEYRING_WITHIN_S", 0.05)
    hanging = Hanging()
    keyring_in_use(hanging)
    try:
        session, told = await chosen(tmp_path)
    finally:
        hanging.unlocked.set()
    assert session.choice.provider == "workspace"
    assert [text for text in told if "did not answer" in text] == told != []


async def test_without_a_usable_keyring_nothing_is_told_at_the_start(
    tmp_path: Path, keyring_in_use: Callable[[KeyringBackend], None]
) -> None:
    keyring_in_use(NoKeyring())  # type: ignore[no-untyped-call]  # keyring has no types here
    session, told = await chosen(tmp_path)
    assert (session.choice.provider, told) == ("workspace", [])


@pytest.mark.parametrize(
    ("environ", "source"),
    [
        ({}, "keyring"),
        ({"MISTRAL_API_KEY": "k"}, "MISTRAL_API_KEY"),
        ({"CODESTRAL_LS_API_KEY": "k"}, "CODESTRAL_LS_API_KEY"),
        ({"CODESTRAL_LS_PROVIDER": "workspace"}, None),
        ({"CODESTRAL_LS_ENDPOINT": "https://api.eu.mistral.ai"}, None),
        (
            {
                "CODESTRAL_LS_ENDPOINT": "https://llm.example",
                "CODESTRAL_LS_PROVIDER": "mistral",
            },
            "keyring",
        ),
    ],
)
async def test_the_keyring_comes_last_and_its_keys_belong_to_one_host(
    tmp_path: Path,
    stored: Path,
    monkeypatch: pytest.MonkeyPatch,
    keyring_in_use: Callable[[KeyringBackend], None],
    environ: dict[str, str],
    source: str | None,
) -> None:
    monkeypatch.setenv("FAKE_KEYRING", str(stored))
    filled = FileKeyring()  # type: ignore[no-untyped-call]  # keyring has no types here
    for host in ("api.mistral.ai", "llm.example"):
        filled.set_password("codestral-ls", host, f"key-for-{host}")
    keyring_in_use(filled)
    session, _ = await chosen(tmp_path, **environ)
    key = session.choice.key
    assert (key.source if key else None) == source
    if source == "keyring":
        assert key is not None
        assert key.secret == f"key-for-{session.choice.host}"


async def test_an_endpoint_planted_by_a_repository_gets_no_key_of_another_host(
    tmp_path: Path,
    stored: Path,
    monkeypatch: pytest.MonkeyPatch,
    keyring_in_use: Callable[[KeyringBackend], None],
) -> None:
    monkeypatch.setenv("FAKE_KEYRING", str(stored))
    filled = FileKeyring()  # type: ignore[no-untyped-call]  # keyring has no types here
    filled.set_password("codestral-ls", "api.mistral.ai", "canary-key")
    keyring_in_use(filled)
    session = Session({"CODESTRAL_LS_CONFIG": str(tmp_path / "c")}, {}, PlainClient())
    session.set_client([client_options({"endpoint": "https://evil.example"}, "client settings")])
    await session.ready_engine()
    await session.aclose()
    assert session.choice.provider == "workspace"


def test_a_key_for_the_other_kind_of_host_is_named_where_it_is_refused() -> None:
    assert _hint("api.mistral.ai").endswith("codestral-ls login --host codestral.mistral.ai.")
    assert _hint("api.eu.mistral.ai") == ""
