"""Is the chance of a goal that of the sum it stands for, and the same in every run?"""

from __future__ import annotations

from dataclasses import replace
from math import comb, exp, factorial
from typing import Any

import numpy as np
import pytest

from salesadvisor.study.draws import normals, uniforms, whole
from salesadvisor.study.goals import chance
from salesadvisor.study.goals.chance import Coming, Outlook, hit_probability_bp

SURE = 10**9  # wins known: the pace is certain
NOTHING = Coming(0.0, np.empty(0, np.int64))


def outlook(missing: int, **own: Any) -> Outlook:
    gain = np.array(own.pop("gain", []), np.int64)
    usual = {
        "missing": missing,
        "gain": gain,
        "p_gain": np.zeros(len(gain)),
        "loss": np.zeros(len(gain), np.int64),
        "p_loss": np.zeros(len(gain)),
        "keys": whole(range(100, 100 + len(gain))),
        "gains_coming": NOTHING,
        "losses_coming": NOTHING,
        "wins_known": SURE,
    }
    return Outlook(**{**usual, **own})


def near(bp: int, expected: float) -> bool:
    """Within four standard errors of a simulation."""
    return abs(bp / 10_000 - expected) <= 4 * (0.25 / chance.ROLLOUTS) ** 0.5


def test_what_is_reached_already_is_certain_and_what_cannot_come_is_impossible() -> None:
    assert hit_probability_bp(outlook(0)) == 10_000
    assert hit_probability_bp(outlook(-5)) == 10_000
    assert hit_probability_bp(outlook(1)) == 0


@pytest.mark.parametrize("least", range(1, 11))
def test_deals_of_equal_size_follow_the_binomial_distribution(least: int) -> None:
    ten = outlook(least, gain=[1] * 10, p_gain=np.full(10, 0.4))
    expected = sum(comb(10, k) * 0.4**k * 0.6 ** (10 - k) for k in range(least, 11))
    assert near(hit_probability_bp(ten), expected)


def test_one_large_deal_decides_and_no_bell_curve_does() -> None:
    """Mean 9, yet 9.5 is as likely as 1: a normal curve would say 43 %."""
    for missing in (1, 5, 9, 10):
        one = outlook(missing, gain=[10], p_gain=np.array([0.9]))
        assert near(hit_probability_bp(one), 0.9)


def test_losses_take_away() -> None:
    """One deal: +2 with 0.3, -1 with 0.5; 0 otherwise."""
    one = {"gain": [2], "p_gain": np.array([0.3]), "loss": np.array([-1])}
    assert near(hit_probability_bp(outlook(0, **one, p_loss=np.array([0.5]))), 0.5)
    assert near(hit_probability_bp(outlook(1, **one, p_loss=np.array([0.5]))), 0.3)


@pytest.mark.parametrize("least", [1, 2, 4, 7])
def test_deals_to_come_follow_the_poisson_distribution(least: int) -> None:
    coming = outlook(least, gains_coming=Coming(3.0, np.array([1])))
    below = sum(exp(-3) * 3**k / factorial(k) for k in range(least))
    assert near(hit_probability_bp(coming), 1 - below)


def test_deals_to_come_bring_what_wins_of_the_past_brought() -> None:
    """With one deal in e^-0.5 ways none comes; half of those that come are large enough."""
    coming = outlook(100, gains_coming=Coming(0.5, np.array([1, 100])))
    assert near(hit_probability_bp(coming), 1 - exp(-0.25))


def test_many_deals_to_come_are_as_likely_either_side_of_their_mean() -> None:
    many = Coming(900.0, np.array([1]))
    assert near(hit_probability_bp(outlook(900, gains_coming=many)), 0.5)
    assert near(hit_probability_bp(outlook(930, gains_coming=many)), 0.159)


def test_what_is_not_drawn_one_by_one_counts_in_the_sum() -> None:
    count = 4 * chance.MOST_DRAWN
    gain = [1_000, *[1] * (count - 1)]
    p = np.full(count, 0.5)
    half = outlook((count - 1) // 2 + 500, gain=gain, p_gain=p)
    assert near(hit_probability_bp(half), 0.5)  # the large one, as the rest lies within +-90
    assert near(hit_probability_bp(replace(half, missing=(count - 1) // 2 + 45)), 0.511)


def test_a_pace_that_few_wins_tell_makes_extremes_likelier() -> None:
    coming = Coming(50.0, np.array([1]))
    known, guessed = (
        hit_probability_bp(outlook(65, gains_coming=coming, wins_known=wins)) for wins in (SURE, 10)
    )
    assert known < 400
    assert guessed > 1_200


def test_the_same_question_gets_the_same_answer_and_another_seed_nearly() -> None:
    one = outlook(4, gain=[1] * 10, p_gain=np.full(10, 0.4), gains_coming=Coming(1, np.array([1])))
    assert hit_probability_bp(one) == hit_probability_bp(one)
    assert near(hit_probability_bp(one, seed=1), hit_probability_bp(one) / 10_000)


def test_the_order_of_the_deals_does_not_matter() -> None:
    p, keys = np.linspace(0.1, 0.9, 9), whole(range(9))
    gain = np.arange(1, 10)
    one = outlook(20, gain=gain, p_gain=p, keys=keys)
    turned = outlook(20, gain=gain[::-1], p_gain=p[::-1], keys=keys[::-1])
    assert hit_probability_bp(one) == hit_probability_bp(turned)


def test_draws_depend_on_their_key_and_purpose_alone() -> None:
    three, two = uniforms(50, whole([7, 8, 9]), 1), uniforms(50, whole([9, 7]), 1)
    assert (three[:, [2, 0]] == two).all()
    assert (uniforms(50, whole([7]), 1) != uniforms(50, whole([7]), 2)).all()
    assert (uniforms(50, whole([7]), 1) != uniforms(50, whole([7]), 1, seed=1)).all()


def test_draws_are_spread_as_they_should_be() -> None:
    u, z = uniforms(2_000, whole(range(20)), 3), normals(2_000, whole(range(20)), 3)
    assert 0 < u.min() < u.max() < 1
    assert u.mean() == pytest.approx(0.5, abs=0.005)
    assert u.var() == pytest.approx(1 / 12, abs=0.002)
    assert z.mean() == pytest.approx(0, abs=0.02)
    assert z.var() == pytest.approx(1, abs=0.03)
    assert abs(np.corrcoef(u[:, 0], u[:, 1])[0, 1]) < 0.08
