"""Do percentiles, medians and blocks of panels say what plain lists would?"""

from __future__ import annotations

import random

import numpy as np
import pytest
from tests.builders import (
    TEAM,
    bulk_rows,
    corrected,
    day,
    happened,
    log_of,
    moment,
    moved,
    opened,
    retracted,
)
from tests.differential.histories import history, seeded_drafts

from salesadvisor.domain.state import UNKNOWN
from salesadvisor.log import passes
from salesadvisor.log.kernel import medians, won_percentiles
from salesadvisor.log.passes import LEAST_WON, Panel, bind, in_threads, panels, survey

EVENTS = history(seeded_drafts(5, deals=12, events=12))
MOMENTS = [moment(n) for n in range(5, 100, 7)]


def entries(seed: int) -> tuple[list[tuple[int, int, int]], list[int]]:
    """Values that come and go: (when, +1 or -1, value), and when to ask."""
    dice = random.Random(seed)
    found = []
    for _ in range(dice.randrange(40)):
        start, value = dice.randrange(100), dice.randrange(30)
        found.append((start, 1, value))
        if dice.random() < 0.3:
            found.append((start + dice.randrange(20), -1, value))
    return sorted(found), sorted(dice.sample(range(130), 12))


def present(found: list[tuple[int, int, int]], at: int) -> list[int]:
    values: list[int] = []
    for when, sign, value in found:
        if when < at and sign > 0:
            values.append(value)
    for when, sign, value in found:
        if when < at and sign < 0:
            values.remove(value)
    return sorted(values)


@pytest.mark.parametrize("seed", range(25))
def test_a_median_is_the_lower_middle_of_what_was_there(seed: int) -> None:
    found, moments = entries(seed)
    expected = []
    for at in moments:
        values = present(found, at)
        expected.append(values[(len(values) - 1) // 2] if values else UNKNOWN)
    by_rank = np.sort([value for _, sign, value in found if sign > 0]).astype(np.int64)
    rank = np.searchsorted(by_rank, [value for _, _, value in found]).astype(np.int64)
    when = np.array([when for when, _, _ in found], np.int64)
    sign = np.array([sign for _, sign, _ in found], np.int64)
    assert medians(when, sign, rank, by_rank, np.array(moments)).tolist() == expected


@pytest.mark.parametrize("seed", range(25))
def test_p80_is_the_least_number_of_days_that_four_in_five_did_not_exceed(seed: int) -> None:
    found, moments = entries(seed)
    expected = []
    for at in moments:
        values = [min(value, 20) for value in present(found, at)]
        fitting = [one for one in values if 5 * sum(v <= one for v in values) >= 4 * len(values)]
        expected.append(fitting[0] if len(values) >= 5 else UNKNOWN)
    days = np.array([[value] for _, _, value in found], np.int32).reshape(-1, 1)
    when = np.array([when for when, _, _ in found], np.int64)
    sign = np.array([sign for _, sign, _ in found], np.int64)
    got = won_percentiles(when, sign, days, np.array(moments), 5, 20)
    assert got[:, 0].tolist() == expected


def test_p80_needs_five_won_deals_and_is_known_from_the_fifth_on() -> None:
    events = []
    for n in range(LEAST_WON):
        deal = f"W{n}"
        events += [opened(0, deal=deal), moved(n + 1, "demo", deal=deal)]
        events.append(happened("won", 20 + n, deal=deal))
    history_of = bind(log_of(events), TEAM, moment(40))
    found = survey(history_of, np.array([moment(24), moment(24, 0.001), moment(25)]))
    assert found.won_p80[:, 0].tolist() == [UNKNOWN, 4, 4]
    assert found.won_p80[1].tolist()[1:] == [19, *[UNKNOWN] * 4]


def test_a_win_that_is_retracted_leaves_p80_from_then_on() -> None:
    wins = [happened("won", 20, deal=f"W{n}") for n in range(LEAST_WON)]
    events = [opened(0, deal=f"W{n}") for n in range(LEAST_WON)] + wins + [retracted(wins[0], 30)]
    history_of = bind(log_of(events), TEAM, moment(40))
    found = survey(history_of, np.array([moment(30), moment(31)]))
    assert found.won_p80[:, 0].tolist() == [20, UNKNOWN]
    undone = found.closes[found.closes["known_until"] < 1 << 61]
    assert undone[["deal", "known_from", "known_until"]].tolist() == [(0, moment(20), moment(30))]


def test_a_first_amount_that_is_corrected_changes_the_median_from_then_on() -> None:
    first = opened(0, amount="1")
    events = [first, opened(0, deal="D-2", amount="5"), corrected(first, 9, amount="7")]
    found = survey(bind(log_of(events), TEAM, moment(20)), np.array([moment(5), moment(10)]))
    assert found.median_amount.tolist() == [100, 500]


def test_a_correction_of_an_earlier_cycle_rewrites_its_closing() -> None:
    won = happened("won", 3)
    to_lost = happened(
        "corrected", 9, corrects=won.source_id, event="lost", fact={}, fact_occurred_at=day(3)
    )
    events = [opened(), won, happened("reopened", 5), to_lost]
    closes = survey(bind(log_of(events), TEAM, moment(20)), np.array([moment(12)])).closes
    known = closes[closes["known_until"] > moment(12)]
    assert known[["cycle", "status", "known_from"]].tolist() == [(1, 3, moment(9))]


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_panels_hold_the_same_rows_however_the_deals_are_split(
    workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = bulk_rows(bind(log_of(EVENTS), TEAM, MOMENTS[-1]), MOMENTS)
    monkeypatch.setattr(passes, "PANEL_ROWS", 7)
    bound = bind(log_of(EVENTS), TEAM, MOMENTS[-1], workers)
    split = bulk_rows(bound, MOMENTS, workers=workers)
    assert split[1:] == whole[1:]
    assert np.array_equal(split[0].closes, whole[0].closes)
    assert np.array_equal(split[0].won_p80, whole[0].won_p80)


def test_panels_come_in_deal_order_and_may_be_asked_for_some_deals() -> None:
    bound = bind(log_of(EVENTS), TEAM, MOMENTS[-1])
    found = survey(bound, np.array(MOMENTS))

    def rows(panel: Panel) -> list[tuple[int, int]]:
        count = panel.count
        return list(zip(panel.deal[:count].tolist(), panel.time[:count].tolist(), strict=True))

    all_rows = [row for part in panels(bound, found, rows) for row in part]
    assert all_rows == sorted(all_rows)
    assert len(all_rows) == found.row_counts.sum() > 0
    some = [row for part in panels(bound, found, rows, deals=(3, 7)) for row in part]
    assert some == [row for row in all_rows if 3 <= row[0] < 7]


def test_a_history_without_deals_has_no_panels() -> None:
    bound = bind(log_of([]), TEAM, MOMENTS[-1])
    found, rows, owners = bulk_rows(bound, MOMENTS)
    assert (rows, owners, len(found.closes)) == ({}, {}, 0)
    assert set(found.median_amount.tolist()) == {UNKNOWN}


def test_threads_give_their_answers_in_the_order_of_the_work() -> None:
    ranges = [(n, n + 1) for n in range(20)]
    assert in_threads(lambda a, b: (a, b), ranges, 3) == ranges
    assert in_threads(lambda a, b: (a, b), [], 3) == []
