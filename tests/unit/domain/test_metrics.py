"""Do the figures match their definitions, by hand and at the edges?"""

from __future__ import annotations

from itertools import pairwise
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesadvisor.domain import metrics

ROWS = st.lists(st.tuples(st.integers(1, 9_999), st.booleans()), min_size=1, max_size=60)


def test_the_wilson_interval_of_a_published_example() -> None:
    """Newcombe (1998), Statistics in Medicine 17, table I: 81 of 263."""
    found = metrics.rate(81, 263)
    assert found is not None
    assert (found.low, found.high) == (
        pytest.approx(0.2553, abs=5e-5),
        pytest.approx(0.3662, abs=5e-5),
    )


def test_no_hits_still_have_an_upper_bound() -> None:
    found = metrics.rate(0, 20)
    assert found is not None
    assert (found.value, found.low) == (0, 0)
    assert found.high == pytest.approx(0.1611, abs=5e-5)


def test_an_empty_denominator_gives_no_value() -> None:
    assert metrics.rate(0, 0) is None
    assert metrics.win_rate(0, 0) is None
    assert metrics.attainment(5, 0) is None
    assert metrics.brier([], []) is None
    assert metrics.log_loss([], []) is None
    assert metrics.auc([0.2, 0.3], [True, True]) is None
    assert metrics.calibration_table([], []) == ()
    assert metrics.ece(()) is None
    assert metrics.skill(0.1, 0.0) is None
    assert metrics.skill(None, 0.2) is None


def test_the_win_rate_counts_wins_and_losses_only() -> None:
    found = metrics.win_rate(3, 9)
    assert found is not None
    assert (found.value, found.hits, found.n) == (0.25, 3, 12)


def test_attainment_may_exceed_the_goal() -> None:
    assert metrics.attainment(150, 100) == 1.5


def test_brier_and_skill_by_hand() -> None:
    score = metrics.brier([0.8, 0.3], [True, False])
    assert score == pytest.approx((0.04 + 0.09) / 2)
    assert metrics.skill(score, 0.13) == pytest.approx(0.5)
    assert metrics.skill(0.26, 0.13) == pytest.approx(-1)


def test_log_loss_is_bounded() -> None:
    assert metrics.log_loss([0.25], [True]) == pytest.approx(-log(0.25))
    assert metrics.log_loss([0.0], [True], bound=0.01) == pytest.approx(-log(0.01))


def test_weights_count_a_row_as_often_as_they_say() -> None:
    p, won = [0.1, 0.6, 0.6, 0.9], [False, True, False, True]
    thrice = ([0.1, 0.6, 0.6, 0.6, 0.6, 0.9], [False, True, True, True, False, True])
    weights = [1.0, 3.0, 1.0, 1.0]
    for figure in (metrics.brier, metrics.log_loss, metrics.auc):
        assert figure(p, won, weights) == pytest.approx(figure(*thrice))


def test_auc_counts_pairs() -> None:
    assert metrics.auc([0.1, 0.2, 0.3], [False, False, True]) == 1
    assert metrics.auc([0.3, 0.2, 0.1], [False, False, True]) == 0
    assert metrics.auc([0.2, 0.2], [False, True]) == 0.5


@given(ROWS)
def test_auc_equals_the_count_over_all_pairs(rows: list[tuple[int, bool]]) -> None:
    won = [p for p, y in rows if y]
    other = [p for p, y in rows if not y]
    expected = None
    if won and other:
        better = sum((a > b) + (a == b) / 2 for a in won for b in other)
        expected = pytest.approx(better / (len(won) * len(other)))
    assert metrics.auc([p / 10_000 for p, _ in rows], [y for _, y in rows]) == expected


def test_a_calibration_table_by_hand() -> None:
    low, high = metrics.calibration_table([0.1, 0.3, 0.7, 0.9], [False, False, True, False], bins=2)
    assert (low.lowest, low.highest, low.mean_probability, low.won.value) == (0.1, 0.3, 0.2, 0)
    assert (high.mean_probability, high.won.value, high.won.n) == (pytest.approx(0.8), 0.5, 2)
    assert metrics.ece([low, high]) == pytest.approx((0.2 + 0.3) / 2)


def test_one_probability_for_all_is_one_bin() -> None:
    (only,) = metrics.calibration_table([0.25] * 8, [True, False] * 4)
    assert (only.won.n, only.won.value) == (8, 0.5)


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(rows: list[tuple[int, bool]], rng: object) -> None:
    def table(of: list[tuple[int, bool]]) -> object:
        return metrics.calibration_table([p / 10_000 for p, _ in of], [y for _, y in of])

    assert table(rows) == table(rows[::-1])


@given(ROWS)
def test_every_row_is_in_one_bin(rows: list[tuple[int, bool]]) -> None:
    table = metrics.calibration_table([p / 10_000 for p, _ in rows], [y for _, y in rows])
    assert sum(item.won.n for item in table) == pytest.approx(len(rows))
    assert all(a.highest < b.lowest for a, b in pairwise(table))


def test_the_median_duration_is_that_of_kaplan_and_meier() -> None:
    assert metrics.median_duration([1, 2, 3], [True, True, True]) == 2
    # 1 - 1/4, then x (1 - 1/2): the one seen for 2 days was at risk on day 1 only.
    assert metrics.median_duration([1, 2, 3, 9], [True, False, True, False]) == 3
    assert metrics.median_duration([1, 5, 5], [True, False, False]) is None
    assert metrics.median_duration([], []) is None
    assert metrics.median_duration([2, 2], [True, False]) == 2


def test_scores_that_are_spread_alike_are_stable_and_others_are_not() -> None:
    spread = [n * 10 for n in range(100)]
    assert metrics.population_stability(spread, spread) == pytest.approx(0)
    shifted = metrics.population_stability(spread, [n * 10 + 500 for n in range(100)])
    assert shifted is not None
    assert shifted > 0.2
    assert metrics.population_stability([], [1]) is None
    assert metrics.population_stability([1], []) is None


def test_stability_by_hand() -> None:
    # Two bins split at 1: of the reference 1 and 1, now 3 and 0, half a row more in each.
    expected = (3.5 / 4 - 0.5) * log(3.5 / 4 / 0.5) + (0.5 / 4 - 0.5) * log(0.5 / 4 / 0.5)
    assert metrics.population_stability([1, 2], [1, 1, 1], bins=2) == pytest.approx(expected)
    assert metrics.population_stability(
        [1, 2, 2], [1, 1, 1], [1, 0.5, 0.5], bins=2
    ) == pytest.approx(expected)
