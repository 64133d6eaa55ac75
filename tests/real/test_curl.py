"""Our reader of the proxy variables and the real curl, asked the same."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest

from tests.privacy.proxy_cases import PROXY_CASES, ProxyCase

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(shutil.which("curl") is None, reason="NOT PROVED: curl is not installed"),
]

# curl says which proxy it uses before it looks for it. None of the names in the cases exists.
_USES = re.compile(
    r"Uses proxy env variable (?:https?|all)_proxy == '(?:\w+://)?(?:[^@']*@)?([\w.]+)",
    re.IGNORECASE,
)


@pytest.mark.parametrize("case", PROXY_CASES, ids=lambda case: case.name)
def test_curl_goes_the_same_way_or_differs_as_the_table_says(case: ProxyCase) -> None:
    clean = {name: text for name, text in os.environ.items() if "proxy" not in name.lower()}
    done = subprocess.run(
        ["curl", "-sSv", "--connect-timeout", "0.3", "--max-time", "3", case.url],
        env={**clean, **case.variables},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    named = _USES.search(done.stderr)
    reached = named[1] if named else None
    expected = None if case.reached is None else re.sub(r"https?://|:\d+", "", case.reached)
    # Where the rules of others differ the table says so, and that must stay true.
    assert (reached != expected) is bool(case.curl_differs), done.stderr
