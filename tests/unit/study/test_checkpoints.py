"""At which moments does a replay look?"""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime

import pytest

from salesadvisor.study.checkpoints import (
    EVERY,
    Every,
    checkpoints,
    every_days,
    local_date,
    midnight,
    week_of,
)


def dates(first: date, last: date, every: Every, zone: str = "UTC") -> list[date]:
    return [local_date(moment, zone) for moment in checkpoints(first, last, every, zone).tolist()]


def test_days_run_from_the_first_to_the_last() -> None:
    found = dates(date(2024, 2, 28), date(2024, 3, 1), "day")
    assert found == [date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1)]


@pytest.mark.parametrize("first", [date(2024, 1, 2), date(2024, 1, 7), date(2024, 1, 8)])
def test_weeks_begin_on_monday(first: date) -> None:
    assert dates(first, date(2024, 1, 21), "week") == [date(2024, 1, 8), date(2024, 1, 15)]


def test_months_begin_on_their_first_day() -> None:
    found = dates(date(2023, 11, 2), date(2024, 2, 1), "month")
    assert found == [date(2023, 12, 1), date(2024, 1, 1), date(2024, 2, 1)]
    assert dates(date(2024, 2, 1), date(2024, 2, 1), "month") == [date(2024, 2, 1)]


@pytest.mark.parametrize("every", EVERY)
def test_there_may_be_none(every: Every) -> None:
    assert len(checkpoints(date(2024, 1, 3), date(2024, 1, 2), every, "UTC")) == 0


def test_midnights_are_local_across_the_change_of_the_clock() -> None:
    moments = checkpoints(date(2024, 3, 30), date(2024, 4, 1), "day", "Europe/Berlin").tolist()
    assert [b - a for a, b in itertools.pairwise(moments)] == [86_400, 82_800]
    assert datetime.fromtimestamp(moments[0], UTC).hour == 23


def test_a_day_that_begins_at_one_o_clock_begins_there() -> None:
    # The clock went from midnight to one on 8 September 2019 in Santiago.
    begun = datetime.fromtimestamp(midnight(date(2019, 9, 8), "America/Santiago"), UTC)
    assert begun == datetime(2019, 9, 8, 4, tzinfo=UTC)


def test_every_so_many_days_counts_seconds_and_includes_its_end() -> None:
    assert every_days(0, 2 * 86_400, 1).tolist() == [0, 86_400, 172_800]
    assert every_days(5, 4, 14).tolist() == []


def test_a_weeks_number_grows_on_monday() -> None:
    sunday, monday = date(2024, 1, 7), date(2024, 1, 8)
    assert week_of(monday) == week_of(sunday) + 1
    assert week_of(date(2024, 1, 14)) == week_of(monday)
