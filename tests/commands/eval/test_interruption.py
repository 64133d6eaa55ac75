"""What ends eval a second time leaves nothing behind, and is as it was afterwards."""

from __future__ import annotations

import os
import signal
import tempfile
from pathlib import Path
from typing import Any, NoReturn

import pytest

from codestral_ls.commands import eval as evaluation
from codestral_ls.commands.interruption import ended_as_by_ctrl_c
from tests.commands.doctor.running import Run

pytestmark = pytest.mark.skipif(
    not hasattr(signal, "SIGHUP"), reason="this platform has no such signals"
)


@pytest.mark.parametrize("first", ["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("second", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_second_signal_leaves_no_copy_of_the_workspace(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: str, second: str
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = [signal.getsignal(getattr(signal, name)) for name in (first, second)]
    removed = os.unlink

    def gather(_scope: object, _wanted: object, top: Path) -> NoReturn:
        (top / "private.py").write_text("x = 1\n")
        os.kill(os.getpid(), getattr(signal, first))
        raise AssertionError("the signal came to nothing")

    def unlink(path: Any, **options: Any) -> None:
        if str(path).endswith("private.py"):
            os.kill(os.getpid(), getattr(signal, second))
        removed(path, **options)

    monkeypatch.setattr(evaluation, "gather", gather)
    monkeypatch.setattr(os, "unlink", unlink)
    assert run(str(tmp_path)).returncode == 130
    assert not list(tmp_path.glob("codestral-ls-eval.*"))
    assert [signal.getsignal(getattr(signal, name)) for name in (first, second)] == before


def test_the_second_of_two_requests_to_end_is_ignored() -> None:
    def former(*_: object) -> None:
        """Another library's."""

    before = signal.signal(signal.SIGTERM, former)
    try:
        with ended_as_by_ctrl_c():
            with pytest.raises(KeyboardInterrupt):
                os.kill(os.getpid(), signal.SIGTERM)
            for number in (signal.SIGHUP, signal.SIGTERM):
                os.kill(os.getpid(), number)
        assert signal.getsignal(signal.SIGTERM) is former
    finally:
        signal.signal(signal.SIGTERM, before)
