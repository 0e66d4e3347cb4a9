"""Does the one table from log-odds to basis points say what the logistic function says?"""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesadvisor.model.scale import LIMIT_MILLI, log_odds_micro, probability_bp, probability_table


def test_the_table_never_falls_and_never_claims_certainty() -> None:
    table = probability_table()
    assert all(a <= b for a, b in pairwise(table))
    assert (table[0], table[-1]) == (1, 9_999)
    assert table[LIMIT_MILLI] == 5_000


def test_the_table_is_the_same_on_every_machine() -> None:
    """No entry is so near a half that the last bit of exp could round it the other way."""
    for milli in range(-LIMIT_MILLI, LIMIT_MILLI + 1):
        exact = 10_000 / (1 + math.exp(-milli / 1000))
        assert abs(exact % 1 - 0.5) > 1e-9


@given(st.integers(-(10**9), 10**9), st.integers(0, 10**9))
def test_more_log_odds_never_mean_less_probability(log_odds: int, more: int) -> None:
    assert probability_bp(log_odds) <= probability_bp(log_odds + more)


@pytest.mark.parametrize("p", [0.0004, 0.03, 0.25, 0.5, 0.81, 0.9995])
def test_a_probability_survives_the_way_through_log_odds(p: float) -> None:
    assert probability_bp(log_odds_micro(p)) == pytest.approx(p * 10_000, abs=1.5)
