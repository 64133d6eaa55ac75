"""How fast a run asks: budgets and pauses hold over all its rounds."""

from __future__ import annotations

from codestral_ls.commands.eval.runner import Pace


def test_no_more_than_the_budget_goes_in_a_minute() -> None:
    pace, sent = Pace(), []
    now = 0.0
    while now < 300:
        wait_s = pace.wait_s(now, 6)
        if wait_s <= 0:
            pace.sent_at.append(now)
            sent.append(now)
            now += 1
        else:
            now += wait_s
    for start in range(240):
        assert sum(start <= at < start + 60 for at in sent) <= 6
    assert len(sent) == 30


def test_a_pause_is_kept_from_one_round_to_the_next() -> None:
    pace = Pace()
    assert pace.wait_s(10.0, None) == 0
    pace.not_before = 25.0
    assert pace.wait_s(10.0, None) == 15
    assert pace.wait_s(30.0, None) == 0
