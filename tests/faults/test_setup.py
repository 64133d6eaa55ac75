"""What is wrong in a set-up is told in one line, and no key and no password is in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from codestral_ls.model import Nothing
from tests.faults.editor import editing
from tests.faults.server import FaultServer
from tests.faults.setup import SETUP_FAULTS, SetupFault


@pytest.mark.parametrize("fault", SETUP_FAULTS, ids=lambda fault: fault.name)
async def test_a_set_up_that_cannot_work_is_told(fault: SetupFault, tmp_path: Path) -> None:
    async with FaultServer() as server:
        variables = {"HOME": "/nowhere", **fault.variables}
        async with editing(tmp_path, f"http://127.0.0.1:{server.port}", **variables) as editor:
            outcome = await editor.ask()
            told = [notice.text for notice in editor.told]
            if fault.message:
                assert fault.sees in told
            else:
                assert isinstance(outcome, Nothing)
                assert outcome.reason == fault.sees
            assert "canary" not in " ".join(told) + str(outcome)
