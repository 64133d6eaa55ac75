"""The small fleet, measured and simulated: what one says of the caches, the other says too.

Time budget: five minutes on two cores that others use too, two of them typing.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.real.fleet_measured import AFFINITY, HEAD, WITHOUT, rows

pytestmark = pytest.mark.long

USERS = (1, 5, 20)
SECONDS = 20.0
# Of the share of prompt tokens in a cache: the servers keep every prompt of a user, the simulation
# the last one. 1 to 4 % were seen.
APART = 0.1


def test_a_simulated_fleet_caches_as_a_real_one_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = rows(tmp_path, USERS, SECONDS, lambda row: None)
    with capsys.disabled():
        print("", HEAD, *found, sep="\n")
    cached = {(row.policy, row.users): row.measured.cached for row in found}
    assert {row.measured.failures for row in found} == {0}
    for row in found:
        assert abs(row.measured.cached - row.simulated.cached) < APART, str(row)
    for users in USERS[1:]:
        assert cached[AFFINITY, users] > cached[WITHOUT, users]
