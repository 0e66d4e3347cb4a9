"""Does the model find what is there, admit what isn't, and say how sure it is?"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.worlds import World, world

from salesadvisor.domain.signals import SIGNAL_INDEX
from salesadvisor.errors import Fault
from salesadvisor.model.artifact import to_json
from salesadvisor.model.base_rate import Prior
from salesadvisor.model.bulk import score_rows
from salesadvisor.model.features import DEFAULT_FEATURES, count
from salesadvisor.model.fit import Floor, fit
from salesadvisor.model.scorecard import WinModel, score_one
from salesadvisor.model.training import Training
from salesadvisor.study.evaluate import Evaluation, evaluate

ANY_ROW = [0] * len(SIGNAL_INDEX)


def fitted(training: Training, **choices: object) -> WinModel:
    return fit(
        training,
        horizon_days=90,
        trained_until=0,
        signal_index=SIGNAL_INDEX,
        **choices,  # type: ignore[arg-type]
    )


@cache
def learned(seed: int, n_deals: int, informative: bool = True) -> WinModel:
    return fitted(world(seed, n_deals=n_deals, informative=informative).training)


def probabilities(model: WinModel, unseen: World) -> tuple[NDArray[np.int32], ...]:
    return score_rows(model, np.ascontiguousarray(unseen.training.rows.T))


def judged(model: WinModel, unseen: World) -> Evaluation:
    p_bp, _, _ = probabilities(model, unseen)
    came = unseen.training
    return evaluate(p_bp, came.won_within, came.deal, base_rate_bp=model.base_rate.p_bp)


def weight_of(model: WinModel, signal: str, value: int) -> float:
    feature = next(f for f in model.features if f.signal == signal)
    return feature.levels[feature.level_index(value)].log_odds_micro / 1e6


def test_known_effects_are_recovered() -> None:
    model = learned(1, 6_000)
    meetings = weight_of(model, "meetings_30d", 2) - weight_of(model, "meetings_30d", 1)
    stages = weight_of(model, "stage", 3) - weight_of(model, "stage", 1)
    noise = weight_of(model, "calls_30d", 4) - weight_of(model, "calls_30d", 0)
    assert meetings == pytest.approx(0.7, abs=0.25)
    assert stages == pytest.approx(1.0, abs=0.3)
    assert noise == pytest.approx(0.0, abs=0.2)


def test_on_unseen_deals_the_probabilities_are_calibrated_and_beat_the_base_rate() -> None:
    result = judged(learned(1, 2_000), world(2, n_deals=3_000))
    assert result.skill is not None
    assert result.skill.low > 0.05
    assert result.ece is not None
    assert result.ece.value < 0.03
    outside = [b for b in result.calibration if not b.won.low <= b.mean_probability <= b.won.high]
    assert len(outside) <= 2


def test_where_nothing_predicts_the_base_rate_is_given() -> None:
    model, unseen = learned(3, 2_000, False), world(4, n_deals=3_000, informative=False)
    p_bp, _, _ = probabilities(model, unseen)
    result = judged(model, unseen)
    assert result.skill is not None
    assert abs(result.skill.value) < 0.02
    assert np.quantile(np.abs(p_bp - model.base_rate.p_bp), 0.9) < 500


def test_shuffled_outcomes_teach_nothing() -> None:
    training = world(1, n_deals=2_000).training
    shuffled = np.random.default_rng(0).permutation(training.won_within)
    result = judged(fitted(replace(training, won_within=shuffled)), world(2, n_deals=2_000))
    assert result.auc is not None
    assert result.auc.value == pytest.approx(0.5, abs=0.1)
    assert result.skill is not None
    assert abs(result.skill.value) < 0.04


@pytest.mark.parametrize("n_deals", [100, 400, 2_000])
def test_the_interval_holds_the_truth_about_as_often_as_it_says(n_deals: int) -> None:
    inside = []
    for seed in range(4):
        unseen = world(100 + seed, n_deals=500)
        _, low, high = probabilities(learned(seed, n_deals), unseen)
        truth = unseen.truth * 10_000
        inside.append(np.mean((low <= truth) & (truth <= high)))
    assert 0.6 < np.mean(inside) < 0.97


def test_the_interval_narrows_with_history() -> None:
    unseen = world(9, n_deals=300)
    widths = []
    for n_deals in (100, 400, 2_000):
        _, low, high = probabilities(learned(0, n_deals), unseen)
        widths.append(float(np.mean(high - low)))
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 2 * widths[-1]


def test_a_level_no_deal_had_adds_nothing_and_makes_the_answer_less_sure() -> None:
    model = learned(0, 2_000)
    usual = world(0, n_deals=2_000).training.rows[0].tolist()
    strange = [*usual]
    strange[SIGNAL_INDEX["stage"]] = 30
    assert weight_of(model, "stage", 30) == 0
    assert width(model, strange) > width(model, usual)


def width(model: WinModel, row: list[int]) -> int:
    answer = score_one(model, row)
    return answer.high_bp - answer.low_bp


def test_reasons_are_measured_against_the_average_deal() -> None:
    for feature in learned(0, 2_000).features:
        average = sum(lv.log_odds_micro * lv.seen_permille for lv in feature.levels) / 1000
        assert abs(average) < 0.002 * max(abs(lv.log_odds_micro) for lv in feature.levels) + 100


def test_features_that_never_vary_are_dropped() -> None:
    assert set(learned(0, 2_000).signals_used) == {
        "stage", "meetings_30d", "days_since_contact_in", "age_days",
        "amount_to_median_permille", "calls_30d", "quote_sent",
    }  # fmt: skip


def test_the_same_history_in_any_order_is_the_same_model_to_the_byte() -> None:
    training = world(5, n_deals=700).training
    shuffled = training.of(np.random.default_rng(0).permutation(len(training)))
    assert to_json(fitted(training)) == to_json(fitted(training)) == to_json(fitted(shuffled))


def test_no_history_gives_the_prior_and_a_wide_interval() -> None:
    nothing = world(0, n_deals=1).training.of(np.zeros(0, np.int64))
    answer = score_one(fitted(nothing), ANY_ROW)
    assert (answer.kind, answer.n_deals) == ("base_rate", 0)
    assert answer.p_bp == pytest.approx(2_500, abs=2)
    assert answer.low_bp < 300
    assert answer.high_bp > 5_500


def test_the_prior_can_be_declared() -> None:
    nothing = world(0, n_deals=1).training.of(np.zeros(0, np.int64))
    answer = score_one(fitted(nothing, prior=Prior(won_permille=100, deals=50)), ANY_ROW)
    assert answer.p_bp == pytest.approx(1_000, abs=2)
    assert answer.high_bp < 1_700


def test_thin_history_gives_the_base_rate_and_says_so() -> None:
    training = world(0, n_deals=40).training
    answer = score_one(fitted(training), ANY_ROW)
    share = float(training.weights @ training.won_within)
    assert (answer.kind, answer.n_deals) == ("base_rate", 40)
    assert answer.p_bp == pytest.approx(10_000 * (0.5 + share) / 42, abs=2)
    assert answer.low_bp < answer.p_bp < answer.high_bp


def test_the_floor_is_counted_in_deals_not_in_checkpoints() -> None:
    training = world(0, n_deals=60, checkpoints=30).training
    assert len(training) > 600
    assert fitted(training, floor=Floor(won=61)).kind == "base_rate"


@pytest.mark.parametrize("outcome", [True, False])
def test_a_history_of_one_outcome_gives_a_base_rate_short_of_certainty(outcome: bool) -> None:
    training = world(0, n_deals=400).training
    model = fitted(replace(training, won_within=np.full(len(training), outcome)))
    assert model.kind == "base_rate"
    assert 0 < score_one(model, ANY_ROW).p_bp < 10_000


def test_a_history_in_which_nothing_varies_gives_the_base_rate() -> None:
    training = world(0, n_deals=400).training
    assert fitted(replace(training, rows=np.zeros_like(training.rows))).kind == "base_rate"


def test_a_feature_without_a_column_is_named() -> None:
    strange = count("meetings_3d", "meeting", "meetings")
    with pytest.raises(Fault, match="meetings_3d"):
        fitted(world(0, n_deals=5).training, features=[strange])


def test_the_default_features_are_all_in_the_catalogue_and_none_knows_the_outcome() -> None:
    names = [spec.signal for spec in DEFAULT_FEATURES]
    assert [name for name in names if name not in SIGNAL_INDEX] == []
    assert not {"win_probability_bp", "forecast_category"} & set(names)
