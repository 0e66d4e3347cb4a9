"""Is the verdict on a series of probabilities right, per deal, and repeatable?"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from salesadvisor.domain import metrics
from salesadvisor.errors import Fault
from salesadvisor.study import evaluate as module
from salesadvisor.study.evaluate import Evaluation, evaluate


def history(
    seed: int, n_deals: int = 600, copies: int = 1
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64]]:
    """Probabilities that are true, their outcomes, and the deals, `copies` rows each."""
    rng = np.random.default_rng(seed)
    p_bp = rng.integers(300, 8_000, n_deals)
    won = rng.random(n_deals) < p_bp / 10_000
    return np.repeat(p_bp, copies), np.repeat(won, copies), np.repeat(np.arange(n_deals), copies)


def verdict(seed: int, copies: int = 1) -> Evaluation:
    return evaluate(*history(seed, copies=copies), base_rate_bp=4_150)


def test_true_probabilities_are_found_good() -> None:
    result = verdict(1)
    assert result.skill is not None
    assert result.skill.low > 0.1
    assert result.log_loss_gain is not None
    assert result.log_loss_gain.low > 0
    assert result.ece is not None
    assert result.ece.value < 0.06
    assert result.auc is not None
    assert 0.65 < result.auc.low < result.auc.value < result.auc.high < 0.85
    assert len(result.calibration) == 10


def test_the_figures_are_those_of_the_definitions() -> None:
    p_bp, won, _ = history(2)
    p, outcome = (p_bp / 10_000).tolist(), won.tolist()
    result = verdict(2)
    for estimate, expected in (
        (result.brier, metrics.brier(p, outcome)),
        (result.log_loss, metrics.log_loss(p, outcome)),
        (result.auc, metrics.auc(p, outcome)),
        (result.ece, metrics.ece(metrics.calibration_table(p, outcome))),
    ):
        assert estimate is not None
        assert estimate.value == pytest.approx(expected)


def test_the_resampled_figures_have_the_same_definitions() -> None:
    p_bp, won, _ = history(3)
    p_bp[:40] = 5_000
    tally = module._Tally.of(p_bp, won, np.ones(len(won)))
    p, outcome = (p_bp / 10_000).tolist(), won.tolist()
    table = metrics.calibration_table(p, outcome)
    base = [0.4] * len(p)
    brier, loss = metrics.brier(p, outcome), metrics.log_loss(p, outcome)
    base_loss = metrics.log_loss(base, outcome)
    assert loss is not None
    assert base_loss is not None
    assert tally.brier() == pytest.approx(brier)
    assert tally.log_loss() == pytest.approx(loss)
    assert tally.auc() == pytest.approx(metrics.auc(p, outcome))
    assert tally.ece(table) == pytest.approx(metrics.ece(table))
    assert tally.skill(4_000) == pytest.approx(metrics.skill(brier, metrics.brier(base, outcome)))
    assert tally.log_loss_gain(4_000) == pytest.approx(base_loss - loss)


def test_asking_about_a_deal_ten_times_makes_nothing_surer() -> None:
    once, often = verdict(4), verdict(4, copies=10)
    assert once.brier is not None
    assert often.brier is not None
    assert often.brier.value == pytest.approx(once.brier.value)
    assert often.brier.high - often.brier.low == pytest.approx(once.brier.high - once.brier.low)
    assert once.won is not None
    assert often.won is not None
    assert often.won.high == pytest.approx(once.won.high)
    assert (often.n_rows, often.n_deals) == (6_000, 600)


def test_the_base_rate_has_no_skill() -> None:
    _, won, deal = history(5)
    result = evaluate(np.full(len(won), 4_150), won, deal, base_rate_bp=4_150)
    assert result.skill is not None
    assert result.skill.value == pytest.approx(0)
    assert result.auc is not None
    assert result.auc.value == 0.5
    assert len(result.calibration) == 1


def test_overconfidence_costs_skill() -> None:
    p_bp, won, deal = history(6, n_deals=3_000)
    bold = np.where(p_bp > 4_150, 9_900, 100)
    result = evaluate(bold, won, deal, base_rate_bp=4_150)
    assert result.skill is not None
    assert result.skill.high < 0


def test_the_same_question_has_the_same_answer_and_another_seed_another_interval() -> None:
    data = history(7)
    first = evaluate(*data, base_rate_bp=4_000)
    other = evaluate(*data, base_rate_bp=4_000, seed=1)
    assert first == evaluate(*data, base_rate_bp=4_000)
    assert first.brier is not None
    assert other.brier is not None
    assert first.brier.value == other.brier.value
    assert first.brier.low != other.brier.low


def test_the_interval_of_a_mean_is_as_wide_as_theory_says() -> None:
    p_bp, won, deal = history(8, n_deals=2_000)
    result = evaluate(p_bp, won, deal, base_rate_bp=4_000, resamples=400)
    losses = (p_bp / 10_000 - won) ** 2
    expected = 2 * 1.96 * losses.std() / np.sqrt(len(losses))
    assert result.brier is not None
    assert result.brier.high - result.brier.low == pytest.approx(expected, rel=0.15)


def test_one_outcome_only_has_no_auc() -> None:
    p_bp, won, deal = history(9)
    result = evaluate(p_bp, np.zeros_like(won), deal, base_rate_bp=4_000)
    assert result.auc is None
    assert result.brier is not None


def test_no_rows_have_no_figures() -> None:
    nothing = np.zeros(0, np.int64)
    result = evaluate(nothing, nothing.astype(np.bool_), nothing, base_rate_bp=4_000)
    assert (result.n_deals, result.won, result.brier, result.calibration) == (0, None, None, ())
    assert result.mean_probability is None


@pytest.mark.parametrize("wrong", [-1, 10_001])
def test_what_is_no_probability_is_refused(wrong: int) -> None:
    p_bp, won, deal = history(1)
    p_bp[3] = wrong
    with pytest.raises(Fault, match="basis points"):
        evaluate(p_bp, won, deal, base_rate_bp=4_000)


def test_arrays_of_different_lengths_are_refused() -> None:
    p_bp, won, deal = history(1)
    with pytest.raises(Fault, match="lengths"):
        evaluate(p_bp[1:], won, deal, base_rate_bp=4_000)
