"""Is each figure of a goal what its definition says?"""

from __future__ import annotations

from datetime import date

import pytest

from salesadvisor.domain import goals
from salesadvisor.domain.goals import METRICS, Lever, Period, levers
from salesadvisor.domain.state import UNKNOWN
from salesadvisor.domain.strategy import Calendar

AMOUNT, RATE, CYCLE = METRICS["won_amount"], METRICS["win_rate"], METRICS["cycle_days"]
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))


def test_an_earlier_period_of_whole_months_is_of_whole_months() -> None:
    assert YEAR.earlier(1) == Period(date(2025, 1, 1), date(2025, 12, 31))
    assert YEAR.earlier(2) == Period(date(2024, 1, 1), date(2024, 12, 31))
    quarter = Period(date(2026, 1, 1), date(2026, 3, 31))
    assert quarter.earlier(1) == Period(date(2025, 10, 1), date(2025, 12, 31))


def test_an_earlier_period_of_days_is_as_long() -> None:
    assert Period(date(2026, 1, 5), date(2026, 1, 18)).earlier(2) == Period(
        date(2025, 12, 8), date(2025, 12, 21)
    )


def test_business_days_pass_and_weekends_do_not() -> None:
    week = Period(date(2026, 6, 1), date(2026, 6, 7))  # Monday to Sunday
    calendar = Calendar(holidays=(date(2026, 6, 2),))
    passed = [goals.share_passed(calendar, week, date(2026, 6, n)) for n in range(1, 9)]
    assert passed == [0, 0.25, 0.25, 0.5, 0.75, 1, 1, 1]


def test_a_period_without_a_business_day_has_none_passed() -> None:
    weekend = Period(date(2026, 6, 6), date(2026, 6, 7))
    assert goals.share_passed(Calendar(), weekend, date(2026, 6, 7)) == 0


def test_attainment_is_reached_of_the_goal() -> None:
    assert goals.attainment(AMOUNT, 30, 120) == 0.25
    assert goals.attainment(AMOUNT, None, 120) is None
    assert goals.attainment(AMOUNT, 30, 0) is None


def test_attainment_turns_over_where_smaller_is_better() -> None:
    assert goals.attainment(CYCLE, 120, 90) == 0.75
    assert goals.attainment(CYCLE, 60, 90) == 1.5
    assert goals.attainment(CYCLE, 0, 90) is None


def test_linear_pace_asks_for_the_share_of_time_only_where_results_add_up() -> None:
    assert goals.linear_pace(AMOUNT, 0.3, 0.5) == 0.6
    assert goals.linear_pace(AMOUNT, 0.3, 0.0) is None
    assert goals.linear_pace(RATE, 0.9, 0.5) == 0.9
    assert goals.linear_pace(AMOUNT, None, 0.5) is None


def test_historys_curve_is_the_mean_share_of_the_earlier_periods() -> None:
    assert goals.share_reached_by_then(AMOUNT, [(30, 100), (50, 100)]) == pytest.approx(0.4)
    assert goals.share_reached_by_then(AMOUNT, [(30, 100), (None, 100), (5, 0)]) == 0.3
    assert goals.share_reached_by_then(AMOUNT, []) is None
    assert goals.share_reached_by_then(CYCLE, [(125, 100)]) == 0.8
    assert goals.share_reached_by_then(CYCLE, [(0, 100)]) is None


def test_curve_pace_is_one_when_as_much_is_reached_as_before() -> None:
    assert goals.curve_pace(0.4, 0.4) == 1
    assert goals.curve_pace(0.4, 0.0) is None
    assert goals.curve_pace(None, 0.4) is None


def test_the_gap_is_never_negative_and_looks_the_right_way() -> None:
    assert goals.gap(AMOUNT, 30, 100) == 70
    assert goals.gap(AMOUNT, 130, 100) == 0
    assert goals.gap(AMOUNT, None, 100) is None
    assert goals.gap(CYCLE, 110, 100) == 10
    assert goals.gap(CYCLE, 90, 100) == 0
    assert goals.gap(CYCLE, None, 100) is None
    assert goals.gap(RATE, None, 40) is None


def test_coverage_has_no_value_where_nothing_is_missing() -> None:
    assert goals.coverage(150, 100) == 1.5
    assert goals.coverage(150, 0) is None
    assert goals.coverage(None, 100) is None


def test_required_coverage_is_one_over_the_value_conversion() -> None:
    assert goals.required_coverage(300, 100) == 3
    assert goals.required_coverage(300, 0) is None


def need(**changes: float | None) -> float | None:
    usual: dict[str, float | None] = {
        "missing": 100, "expected_from_open": 40, "conversion": 0.5, "days_left": 88,
        "cycle_days": 32,
    }  # fmt: skip
    return goals.need_in_28_days(**{**usual, **changes})  # type: ignore[arg-type]


def test_the_need_spreads_what_is_uncovered_over_the_days_that_count() -> None:
    assert need() == 60 / 0.5 * 28 / 56
    assert need(expected_from_open=0) == 100 / 0.5 * 28 / 56
    assert need(cycle_days=74) == 120  # the last 14 days: all of it, now


def test_there_is_no_need_when_all_is_covered_or_it_is_too_late() -> None:
    assert need(expected_from_open=100) is None
    assert need(days_left=32) is None
    assert need(conversion=None) is None
    assert need(conversion=0) is None
    assert need(cycle_days=None) is None


def test_median_days_is_the_lower_one() -> None:
    assert goals.median_days([9, 1, 5, 3]) == 3
    assert goals.median_days([9, 1, 5]) == 5
    assert goals.median_days([]) is None


def test_the_hit_rate_leaves_out_what_is_open() -> None:
    assert goals.hit_rate(3, 4) == 75
    assert goals.hit_rate(0, 0) is None


def found(
    missing: float, win_rate: float = 0.3, *, has_size: bool = True
) -> dict[str, float | None]:
    """Levers where twice the speed brings twice as much, up to 100."""

    def expected(speed: float) -> tuple[float, float]:
        return min(30 * speed, 60), min(20 * speed, 40)

    found = levers(missing=missing, expected=expected, win_rate=win_rate, has_size=has_size)
    return {one.name: one.change for one in found}


def test_each_lever_alone_closes_the_gap() -> None:
    changes = found(60)
    assert changes["volume"] == pytest.approx(0.5)  # 30 + 20 x 1.5
    assert changes["rate"] == pytest.approx(0.2)  # 50 x 1.2
    assert changes["size"] == pytest.approx(0.2)
    assert changes["cycle"] == pytest.approx(-1 / 6)  # 1.2 times as fast


def test_a_rate_beyond_one_and_a_cycle_that_is_not_enough_are_impossible() -> None:
    changes = found(101, win_rate=0.6)
    assert changes["rate"] is None
    assert changes["cycle"] is None
    assert changes["size"] == pytest.approx(101 / 50 - 1)


def test_a_count_has_no_size_and_what_is_enough_needs_no_lever() -> None:
    assert "size" not in found(60, has_size=False)
    assert found(50) == {"volume": 0, "rate": 0, "size": 0, "cycle": 0}


def test_nothing_expected_can_be_multiplied() -> None:
    nothing = levers(missing=5, expected=lambda speed: (0.0, 0.0), win_rate=0.3, has_size=True)
    assert {one.change for one in nothing} == {None}


def test_the_cheapest_lever_moves_least_either_way() -> None:
    assert goals.cheapest([Lever("volume", 0.3), Lever("rate", None), Lever("cycle", -0.2)]) == (
        Lever("cycle", -0.2)
    )
    assert goals.cheapest([Lever("rate", 0.2), Lever("size", 0.2)]) == Lever("rate", 0.2)
    assert goals.cheapest([Lever("rate", None)]) is None


def test_a_share_without_a_value_is_unknown_to_a_rule() -> None:
    assert goals.permille(0.3456) == 346
    assert goals.permille(None) == UNKNOWN
