"""Did the deals that were given 30 % win three times in ten, and is that better than the base rate?

Definitions: domain/metrics.py. A deal weighs 1 however often it was asked about, and is drawn whole
in the bootstrap. The draws are hashed from (seed, resample, deal): the same input, the same figure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from salesadvisor.domain import metrics
from salesadvisor.domain.metrics import LOG_LOSS_BOUND, CalibrationBin
from salesadvisor.errors import Fault
from salesadvisor.study.draws import mixed, whole

BP = 10_000
CONFIDENCE = 0.95

Floats = NDArray[np.float64]
Integers = NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval, by percentiles of the deal bootstrap."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How good a series of probabilities was. A figure without a denominator is None.

    `skill` compares Brier scores and `log_loss_gain` subtracts log losses (base rate's minus the
    model's, in nats): above 0 the model beats the base rate of its training window.
    """

    n_rows: int
    n_deals: int
    won: metrics.Rate | None
    mean_probability: float | None
    base_rate: float
    brier: Estimate | None
    skill: Estimate | None
    log_loss: Estimate | None
    log_loss_gain: Estimate | None
    ece: Estimate | None
    auc: Estimate | None
    calibration: tuple[CalibrationBin, ...]
    log_loss_bound: float = LOG_LOSS_BOUND


def evaluate(
    p_bp: Integers,
    won: NDArray[np.bool_],
    deal: Integers,
    *,
    base_rate_bp: int,
    bins: int = 10,
    resamples: int = 200,
    seed: int = 0,
) -> Evaluation:
    """Hold probabilities `p_bp[n]` (basis points) against what came, `won[n]`, of deals `deal[n]`.

    `base_rate_bp` is the rate of the training window, not of these rows.
    """
    _check(p_bp, won, deal)
    numbers = np.unique(deal, return_inverse=True)[1]
    n_deals = int(numbers.max(initial=-1)) + 1
    weights = 1.0 / np.bincount(numbers, minlength=n_deals)[numbers]
    tally = _Tally.of(p_bp, won, weights)
    p, outcome, weight = tally.rows()
    base = [base_rate_bp / BP] * len(p)
    table = metrics.calibration_table(p, outcome, weight, bins=bins)
    brier = metrics.brier(p, outcome, weight)
    loss = metrics.log_loss(p, outcome, weight)
    base_brier = metrics.brier(base, outcome, weight)
    base_loss = metrics.log_loss(base, outcome, weight)

    draws = [
        _Tally.of(p_bp, won, weights * _times_drawn(n_deals, seed, i)[numbers])
        for i in range(resamples if n_deals else 0)
    ]

    def with_interval(value: float | None, figure: Callable[[_Tally], float]) -> Estimate | None:
        return _estimate(value, [figure(draw) for draw in draws])

    return Evaluation(
        n_rows=len(p_bp),
        n_deals=n_deals,
        won=metrics.rate(float(tally.won.sum()), float(n_deals)),
        mean_probability=tally.mean_probability() if n_deals else None,
        base_rate=base_rate_bp / BP,
        brier=with_interval(brier, _Tally.brier),
        skill=with_interval(
            metrics.skill(brier, base_brier), lambda draw: draw.skill(base_rate_bp)
        ),
        log_loss=with_interval(loss, _Tally.log_loss),
        log_loss_gain=with_interval(
            None if loss is None or base_loss is None else base_loss - loss,
            lambda draw: draw.log_loss_gain(base_rate_bp),
        ),
        ece=with_interval(metrics.ece(table), lambda draw: draw.ece(table)),
        auc=with_interval(metrics.auc(p, outcome, weight), _Tally.auc),
        calibration=table,
    )


@dataclass(frozen=True, eq=False)
class _Tally:
    """Weight of the rows won and not won, by basis point: all that the figures depend on."""

    won: Floats
    other: Floats

    @classmethod
    def of(cls, p_bp: Integers, won: NDArray[np.bool_], weights: Floats) -> _Tally:
        return cls(
            np.bincount(p_bp[won], weights[won], BP + 1).astype(np.float64),
            np.bincount(p_bp[~won], weights[~won], BP + 1).astype(np.float64),
        )

    def rows(self) -> tuple[list[float], list[bool], list[float]]:
        """Probability, outcome and weight of each pair of basis point and outcome that occurs."""
        won, other = np.flatnonzero(self.won), np.flatnonzero(self.other)
        p = np.concatenate((won, other)) / BP
        weights = np.concatenate((self.won[won], self.other[other]))
        return p.tolist(), [True] * len(won) + [False] * len(other), weights.tolist()

    def mean_probability(self) -> float:
        return float(np.average(_P, weights=self.won + self.other))

    def brier(self) -> float:
        return self._mean((1 - _P) ** 2, _P**2)

    def log_loss(self) -> float:
        return self._mean(_LOSS_WON, _LOSS_WON[::-1])

    def skill(self, base_rate_bp: int) -> float:
        base = self._all_at(base_rate_bp).brier()
        return 1 - self.brier() / base if base else np.nan

    def log_loss_gain(self, base_rate_bp: int) -> float:
        return self._all_at(base_rate_bp).log_loss() - self.log_loss()

    def ece(self, table: tuple[CalibrationBin, ...]) -> float:
        of_bin = np.searchsorted([item.highest for item in table], _P)
        won = np.bincount(of_bin, self.won, len(table) + 1)
        expected = np.bincount(of_bin, (self.won + self.other) * _P, len(table) + 1)
        return float(np.abs(won - expected).sum() / (self.won.sum() + self.other.sum()))

    def auc(self) -> float:
        below = np.cumsum(self.other) - self.other
        pairs = self.won.sum() * self.other.sum()
        return float((self.won * (below + self.other / 2)).sum() / pairs) if pairs else np.nan

    def _all_at(self, bp: int) -> _Tally:
        won, other = np.zeros(BP + 1), np.zeros(BP + 1)
        won[bp], other[bp] = self.won.sum(), self.other.sum()
        return _Tally(won, other)

    def _mean(self, loss_if_won: Floats, loss_if_not: Floats) -> float:
        total = self.won.sum() + self.other.sum()
        return float((self.won * loss_if_won + self.other * loss_if_not).sum() / total)


_P: Floats = np.arange(BP + 1) / BP
_LOSS_WON: Floats = -np.log(np.clip(_P, LOG_LOSS_BOUND, 1 - LOG_LOSS_BOUND))


def _check(p_bp: Integers, won: NDArray[np.bool_], deal: Integers) -> None:
    if not len(p_bp) == len(won) == len(deal):
        sizes = f"{len(p_bp)}, {len(won)} and {len(deal)}"
        raise Fault("study.evaluate", f"arrays of different lengths {sizes}")
    if len(p_bp) and not 0 <= p_bp.min() <= p_bp.max() <= BP:
        raise Fault("study.evaluate", "a probability is not in 0..10000 basis points")


def _times_drawn(n_deals: int, seed: int, resample: int) -> Integers:
    """How often each deal is drawn, in as many draws with replacement as there are deals."""
    key = mixed(mixed(whole([seed])) + whole([resample]))
    draws = mixed(whole(range(n_deals)) + key) % np.uint64(n_deals)
    return np.bincount(draws.astype(np.int64), minlength=n_deals)


def _estimate(value: float | None, resampled: list[float]) -> Estimate | None:
    usable = [figure for figure in resampled if not np.isnan(figure)]
    if value is None or not usable:
        return None
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(usable, [tail, 1 - tail]).tolist()
    return Estimate(value, low, high)
