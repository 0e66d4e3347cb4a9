"""How is a win model learned from matured checkpoints? The only module that needs scikit-learn.

One-hot levels, L2-penalised logistic regression, each deal weighing 1. The penalty is a prior: the
log-odds of a level are around 0 with variance `shrinkage`. Of a short list, the variance is taken
that would have predicted later deals best (walk-forward in time); with too few to tell, a fixed
one. Everything learned is rounded to integers at the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from salesadvisor.errors import Fault
from salesadvisor.model.base_rate import DEFAULT_PRIOR, Prior, base_rate, base_rate_model
from salesadvisor.model.binning import Cut, cut
from salesadvisor.model.features import DEFAULT_FEATURES, Feature, FeatureSpec, Level
from salesadvisor.model.scale import MICRO
from salesadvisor.model.scorecard import DEVIATION_UNIT_MICRO, WinModel
from salesadvisor.model.training import (
    Bools,
    Floats,
    Int64s,
    Training,
    deals_starting_from,
    in_order,
)

SHRINKAGES_PERMILLE = (3, 10, 30, 100, 300)
SHRINKAGE_UNTESTED_PERMILLE = 60
# The interval's prior is no narrower than this, however flat the predictions that did best.
SHRINKAGE_DOUBT_PERMILLE = 100
MIN_DEALS_TO_TEST = 20
FOLD_STARTS = (0.55, 0.75)
SECONDS_PER_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Floor:
    """The least history, in deals won and deals not won, that a scorecard is learned from.

    On made-up histories a scorecard from 20 deals won and 60 not gains 0.01 nats a deal on the base
    rate where signals matter and loses half of that where none does; with less, it isn't worth it.
    """

    won: int = 20
    not_won: int = 20


DEFAULT_FLOOR = Floor()


def fit(
    training: Training,
    *,
    horizon_days: int,
    trained_until: int,
    signal_index: Mapping[str, int],
    features: Sequence[FeatureSpec] = DEFAULT_FEATURES,
    prior: Prior = DEFAULT_PRIOR,
    floor: Floor = DEFAULT_FLOOR,
) -> WinModel:
    """Learn P(won within `horizon_days`), or fall back to the base rate when history is thin.

    `signal_index` gives the column of each signal in `training.rows`; features whose signal it
    lacks raise Fault. The same training data give the same model, whatever the order of the rows.
    """
    absent = [spec.signal for spec in features if spec.signal not in signal_index]
    if absent:
        raise Fault("model.fit", f"no column for the signals {', '.join(absent)}")
    training = in_order(training)
    design = _design(training, features, signal_index)
    won, not_won = training.n_won, training.n_deals - training.n_won
    if won < floor.won or not_won < floor.not_won or not design.specs:
        return base_rate_model(
            training, horizon_days=horizon_days, trained_until=trained_until, prior=prior
        )
    # Sums split over threads differ in their last bits.
    with threadpool_limits(limits=1):
        shrinkage = _shrinkage_permille(training, design, horizon_days * SECONDS_PER_DAY)
        learned = _learn(design, training.won_within, training.weights, shrinkage)
        doubt = max(shrinkage, SHRINKAGE_DOUBT_PERMILLE)
        covariance = _covariance(design, training, learned, doubt)
        share = training.weights @ design.one_hot / training.weights.sum()
        intercept, levels, covariance = _centred(design, share, learned, covariance)
    return WinModel(
        kind="scorecard",
        horizon_days=horizon_days,
        trained_until=trained_until,
        n_rows=len(training),
        n_deals=training.n_deals,
        n_won=training.n_won,
        base_rate=base_rate(training, prior=prior)[0],
        intercept_micro=intercept,
        shrinkage_permille=shrinkage,
        features=_features(design, levels, share, signal_index),
        covariance=_triangle(covariance),
    )


@dataclass(frozen=True, eq=False)
class _Design:
    """The features that vary, their cuts, and the one-hot columns of all their levels."""

    specs: tuple[FeatureSpec, ...]
    cuts: tuple[Cut, ...]
    one_hot: Floats

    @property
    def starts(self) -> list[int]:
        sizes = [len(item.texts) for item in self.cuts]
        return [0, *np.cumsum(sizes).tolist()]

    def of(self, chosen: Bools) -> _Design:
        return _Design(self.specs, self.cuts, self.one_hot[chosen])


def _design(
    training: Training, specs: Sequence[FeatureSpec], signal_index: Mapping[str, int]
) -> _Design:
    weights = training.weights
    kept, cuts, columns = [], [], []
    for spec in specs:
        values = np.ascontiguousarray(training.rows[:, signal_index[spec.signal]])
        levels = cut(spec, values, weights)
        index = levels.level_indexes(values)
        if len(np.unique(index)) < 2:
            continue
        kept.append(spec)
        cuts.append(levels)
        columns.append((index[:, None] == np.arange(len(levels.texts))).astype(np.float64))
    one_hot = np.hstack(columns) if columns else np.empty((len(training), 0))
    return _Design(tuple(kept), tuple(cuts), one_hot)


@dataclass(frozen=True, eq=False)
class _Learned:
    """Log-odds: the intercept first, then one for each level."""

    parameters: Floats

    def probability(self, design: _Design) -> Floats:
        return np.asarray(expit(self.parameters[0] + design.one_hot @ self.parameters[1:]))


def _learn(
    design: _Design,
    won: Bools,
    weights: Floats,
    shrinkage_permille: int,
    *,
    tolerance: float = 1e-10,
) -> _Learned:
    """Maximum a posteriori log-odds.

    Newton's method is the fastest here (many rows, few one-hot columns) and lands on the optimum to
    the last digits, which lbfgs doesn't; the digits are what makes a retrained model the same one.
    """
    regression = LogisticRegression(
        C=shrinkage_permille / 1000, solver="newton-cholesky", tol=tolerance, max_iter=100
    )
    regression.fit(design.one_hot, won, sample_weight=weights)
    if regression.n_iter_[0] >= regression.max_iter:
        raise Fault("model.fit", f"no convergence in {regression.max_iter} steps")
    return _Learned(np.concatenate((regression.intercept_, regression.coef_[0])))


def _shrinkage_permille(training: Training, design: _Design, horizon_seconds: int) -> int:
    """The prior variance with the least log loss on later deals; ties go to the smaller.

    A fold learns from checkpoints that had matured when it starts, and is tested on deals that
    opened after. Only the cuts of the levels, which know no outcome, are those of all the history.
    """
    loss = np.zeros(len(SHRINKAGES_PERMILLE))
    tested = 0
    for share in FOLD_STARTS:
        start = int(np.quantile(training.as_of, share, method="lower"))
        earlier = training.as_of + horizon_seconds <= start
        later = deals_starting_from(training, start)
        if not _can_test(training.of(earlier)) or not _can_test(training.of(later)):
            continue
        tested += 1
        loss += _later_losses(training, design, earlier, later)
    return SHRINKAGES_PERMILLE[int(np.argmin(loss))] if tested else SHRINKAGE_UNTESTED_PERMILLE


def _can_test(part: Training) -> bool:
    return min(part.n_won, part.n_deals - part.n_won) >= MIN_DEALS_TO_TEST


def _later_losses(training: Training, design: _Design, earlier: Bools, later: Bools) -> list[float]:
    past, future = training.of(earlier), training.of(later)
    past_design, future_design = design.of(earlier), design.of(later)
    weights, losses = past.weights, []
    for permille in SHRINKAGES_PERMILLE:
        learned = _learn(past_design, past.won_within, weights, permille, tolerance=1e-4)
        p = learned.probability(future_design)
        likelihood = np.maximum(np.where(future.won_within, p, 1 - p), 1e-6)
        losses.append(-float(np.average(np.log(likelihood), weights=future.weights)))
    return losses


def _covariance(
    design: _Design, training: Training, learned: _Learned, shrinkage_permille: int
) -> Floats:
    """Covariance of the parameters: how far they may be from the truth.

    H^-1 (J + P) H^-1 with P the prior's precision, H = information + P, and J the sum over deals of
    the outer products of their scores. J + P instead of H lets checkpoints of one deal be as alike
    as they are (the sandwich of Huber and White, clustered by deal) and keeps the prior's share: a
    level that no deal has keeps the prior's variance.
    """
    X = np.hstack((np.ones((len(training), 1)), design.one_hot))
    p = learned.probability(design)
    weights = training.weights
    precision = np.diag([0.0, *[1000 / shrinkage_permille] * design.one_hot.shape[1]])
    information = X.T @ (X * (weights * p * (1 - p))[:, None])
    bread = np.linalg.inv(information + precision)
    score = X * (weights * (training.won_within - p))[:, None]
    number = training.deal_number
    of_deal = np.add.reduceat(score, np.flatnonzero(np.diff(number, prepend=-1)), axis=0)
    used = float(np.trace(bread @ information))
    n_deals = len(of_deal)
    inflation = n_deals / max(n_deals - used, 1.0)
    covariance = bread @ (of_deal.T @ of_deal * inflation + precision) @ bread
    return np.asarray((covariance + covariance.T) / 2)


def _centred(
    design: _Design, share: Floats, learned: _Learned, covariance: Floats
) -> tuple[int, list[int], Floats]:
    """Intercept and levels in micro-logits such that 0 is what the average deal adds.

    `share` is each level's share of the deals' weight. A level that no deal has is set to 0, the
    average: nothing is known of it.
    """
    size = len(learned.parameters)
    change = np.eye(size)
    for first, end in zip(design.starts, design.starts[1:], strict=False):
        of_feature = np.zeros(size)
        of_feature[1 + first : 1 + end] = share[first:end]
        change[0] += of_feature
        seen = 1 + first + np.flatnonzero(share[first:end] > 0)
        change[seen] -= of_feature
    moved = change @ learned.parameters
    moved[1:][share == 0] = 0.0
    rounded = np.rint(moved * MICRO).astype(np.int64)
    return int(rounded[0]), rounded[1:].tolist(), change @ covariance @ change.T


def _features(
    design: _Design, log_odds: list[int], share: Floats, signal_index: Mapping[str, int]
) -> tuple[Feature, ...]:
    seen = np.rint(1000 * share).astype(np.int64).tolist()
    found = []
    for spec, item, first in zip(design.specs, design.cuts, design.starts, strict=False):
        levels = tuple(
            Level(text, log_odds[first + i], seen[first + i]) for i, text in enumerate(item.texts)
        )
        column = signal_index[spec.signal]
        found.append(Feature(spec.signal, column, item.edges, item.level_of_segment, levels))
    return tuple(found)


def _triangle(covariance: Floats) -> tuple[int, ...]:
    unit = (DEVIATION_UNIT_MICRO / MICRO) ** 2
    whole: Int64s = np.rint(covariance / unit).astype(np.int64)
    return tuple(whole[np.tril_indices(len(whole))].tolist())
