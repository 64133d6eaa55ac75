"""Options that all tests share."""

from __future__ import annotations

import gc
import importlib.util
import sys
from pathlib import Path

import pytest

# httpcore looks for sniffio at every lock it makes. Where it is not installed, each of these looks
# searches the whole path, past pytest's own import hook: a twentieth of the time of the tests that
# use HTTP. None makes the import fail at once.
if importlib.util.find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]  # documented: an import that fails


def pytest_configure(config: pytest.Config) -> None:
    """Have hypothesis try the same examples each time, and new ones in the long tests only.

    It would fail an example that takes more than 200 ms, too: a timed assertion, which a busy
    machine or the measuring of coverage breaks.
    """
    if config.getoption("numprocesses", 0) and not hasattr(config, "workerinput"):
        return  # the process that hands out the tests runs none
    import hypothesis

    everyday = "not long" in config.getoption("markexpr")
    hypothesis.settings.register_profile("tests", deadline=None, derandomize=everyday)
    hypothesis.settings.load_profile("tests")


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--update-fixtures``: write what is, and read the diff before committing it."""
    parser.addoption(
        "--update-fixtures", action="store_true", help="rewrite expectations in fixtures/"
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The tests with real editors and servers need more than the test extra: leave them alone
    unless they are asked for."""
    asked_for = "not real" not in config.getoption("markexpr")
    return None if asked_for or collection_path.name != "real" else True


def pytest_collection_finish() -> None:
    """What is loaded by now stays to the end: no garbage collection need look at it again."""
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Share the everyday tests among the processors; run in this process what is asked for by
    name, where starting others takes longer, and what drives real editors and servers."""
    everyday = config.getoption("markexpr") == "not real and not long"
    everything = config.args == list(config.getini("testpaths"))
    return None if everyday and everything else 0
