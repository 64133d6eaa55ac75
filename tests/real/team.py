"""People who complete through one endpoint, with settings as a team hands them out."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from codestral_ls.model import Nothing, Request, Snapshot, Suggestion, Trigger
from codestral_ls.session.session import Session
from tests.real.servers import Logged
from tests.real.vllms import KEY, Replica
from tests.session.test_session import Told

# What the made-up model says after "return".
WANTED = " left + (b * 7)"
# What ``explain`` says where a client waits.
HELD_BACK = "Nothing is asked automatically until"
# Nobody waits so long; the machine may be busy, and then nothing is proved by giving up.
_PATIENCE_MS = "60000"
_BETWEEN_S = 0.3
_SOON_S, _LOOKS_EVERY_S = 240.0, 0.05


class User:
    """Writes a document of their own from its start to its end, and is shown suggestions."""

    def __init__(
        self, name: str, endpoint: str, home: Path, config: str = "", key: str = KEY
    ) -> None:
        self.told = Told()
        self.shown: list[str] = []
        """For each time that was asked; empty for nothing."""
        self.reasons: list[str] = []
        """Why nothing was shown."""
        self.head = "".join(f"# {name} wrote line {n} of this\n" for n in range(60))
        settings = home / f"{name}.toml"
        settings.write_text(config, encoding="utf-8")
        environ = {"CODESTRAL_LS_CONFIG": str(settings), "CODESTRAL_LS_API_KEY": key}
        flags = {"endpoint": endpoint, "timeout_ms": _PATIENCE_MS}
        self.session = Session(environ, flags, self.told)

    @property
    def n_right(self) -> int:
        """How often the right suggestion was shown."""
        return self.shown.count(WANTED)

    def is_idle(self) -> bool:
        """Nothing is under way at the server."""
        return self.session.status()["state"] != "busy"

    async def ask(self) -> str:
        """What is shown a line further on in the same document."""
        lines = "".join(f"x{n} = {n}\n" for n in range(len(self.shown) + 1))
        before = f"{self.head}{lines}return"
        snapshot = Snapshot(
            "file:///a.py", None, "python", None, before, "\n", before.count("\n"), True, True
        )
        engine = await self.session.ready_engine(automatic=True)
        request = Request(snapshot, Trigger.AUTOMATIC)
        outcome = await engine.complete(request, self.session.settings())
        if isinstance(outcome, Nothing):
            self.reasons.append(outcome.reason)
            if outcome.failure:
                self.session.tell_failure(outcome)
        self.shown.append(outcome.text if isinstance(outcome, Suggestion) else "")
        return self.shown[-1]

    async def type(self) -> None:
        """Ask line after line, until cancelled."""
        while True:
            await self.ask()
            await asyncio.sleep(_BETWEEN_S)


async def home_of(user: User, replicas: Sequence[Replica]) -> Replica:
    """The one server that is asked for this user, which has most of the prompts in its cache."""
    before = [replica.answers for replica in replicas]
    assert [await user.ask() for _ in range(5)] == [WANTED] * 5
    after = [replica.answers for replica in replicas]
    is_asked = [now > then for now, then in zip(after, before, strict=True)]
    assert sorted(is_asked) == [False, True], (before, after)
    home = replicas[is_asked.index(True)]
    # All but the first prompt begin with what that server has seen.
    assert home.cached_share() > 0.5
    return home


def three_more(users: Sequence[User]) -> Callable[[], bool]:
    """Whether each of them has seen the right suggestion three times from now on."""
    wanted = [(user, user.n_right + 3) for user in users]
    return lambda: all(user.n_right >= n for user, n in wanted)


async def soon(holds: Callable[[], object], otherwise: str, server: Logged) -> None:
    """Wait for a condition while people type; fails with the end of the server's log."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_SOON_S):
            while not holds():  # noqa: ASYNC110  other processes set no event
                await asyncio.sleep(_LOOKS_EVERY_S)
            return
    raise AssertionError(f"{otherwise}:\n{server.log_text()[-2000:]}")


@contextlib.asynccontextmanager
async def typing(*users: User) -> AsyncIterator[None]:
    """All of them type during the block."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(user.type()) for user in users]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
