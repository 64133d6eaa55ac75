"""A real Helix in a terminal, driven by keys; what it shows is in what it draws."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from tests.real.launch import REPOSITORY, fetched
from tests.real.terminal import Terminal

WAIT_S = 30.0


def executable() -> str:
    """Helix, fetched once into a cache. Raises Unavailable."""
    return fetched("get_helix.sh")


class Helix(Terminal):
    """One Helix process of a user who configured it as our README says, with a file open."""

    def __init__(
        self, program: str, home: Path, file: Path, environment: Mapping[str, str]
    ) -> None:
        readme = (REPOSITORY / "editors" / "helix" / "README.md").read_text()
        (languages,) = re.findall(r"```toml\n(.*?)```", readme, re.DOTALL)
        config = home / ".config" / "helix"
        config.mkdir(parents=True)
        (config / "languages.toml").write_text(languages)
        super().__init__(
            [program, str(file)],
            home=home,
            environment={**environment, "XDG_CONFIG_HOME": str(home / ".config")},
            wait_s=WAIT_S,
        )

    def insert(self) -> None:
        """To insert mode."""
        self.keys("i")
        self.wait(lambda: b"INS" in self.drawn)

    def save(self) -> None:
        """To normal mode, and ``:w``."""
        self.keys("\x1b")
        # Sent too soon after Escape, the colon would count as Alt-colon.
        self.wait(lambda: self.drawn.rfind(b"NOR") > self.drawn.rfind(b"INS"))
        self.keys(":w\r")
