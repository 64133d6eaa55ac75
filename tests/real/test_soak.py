"""The real process after a long time of typing holds no more than after a short one."""

from __future__ import annotations

import sys

import pytest

from tests.real.soak import Look, type_for

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="descriptors and memory are read from /proc"
)

MORE_DESCRIPTORS = 2
MORE_MB = 3.0


def check_flat(looks: list[Look], warm_after_s: float) -> None:
    """Neither descriptors nor memory grew since the process was warm."""
    warm = next(look for look in looks if look.after_s >= warm_after_s)
    last = looks[-1]
    assert last.requests > 2 * warm.requests
    assert last.descriptors <= warm.descriptors + MORE_DESCRIPTORS, looks
    assert last.rss_mb <= warm.rss_mb + MORE_MB, looks


@pytest.mark.real
def test_a_minute_of_fast_typing_leaves_no_descriptors_and_no_memory_behind() -> None:
    # What is remembered of a short file has its full size in seconds.
    check_flat(list(type_for(60, s_per_key=0.02, n_lines=20)), warm_after_s=20)


@pytest.mark.long
def test_twenty_minutes_of_typing_leave_no_descriptors_and_no_memory_behind() -> None:
    # Of a file as long as a prompt's windows, thousands of lines and words are remembered.
    check_flat(list(type_for(20 * 60, s_per_key=0.06)), warm_after_s=300)
