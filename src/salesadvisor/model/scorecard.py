"""What is the chance that this deal is won within the horizon, how sure is that, and why?

A `WinModel` is a value: integers and texts. It answers for one deal in plain Python and equals
`bulk.score_block` bit for bit.

- log-odds = intercept + the log-odds of one level of each feature, so the reasons add up exactly.
- interval = log-odds -+ z * sqrt(variance). The variance is that of the log-odds *given this kind
  of model*: a sum of the coefficients' covariances over the levels that apply. It says how far the
  probability may be off for want of history; it isn't a range for the outcome.
- kind "base_rate": history is too thin to tell deals apart; one probability for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isqrt
from typing import Literal, NamedTuple

from salesadvisor.domain.signals import UNKNOWN
from salesadvisor.model.features import Feature
from salesadvisor.model.scale import probability_bp

Kind = Literal["scorecard", "base_rate"]

# Two-sided 80 %: z = 1.2816, in per mille.
LEVEL_PERMILLE = 800
Z_PERMILLE = 1_282
# Covariances are integers in (100 micro-logits) squared: coarse enough not to show the last bits of
# a linear algebra library, fine enough to move no bound by a basis point.
DEVIATION_UNIT_MICRO = 100


class WinProbability(NamedTuple):
    """P(won within `horizon_days`), with its 80 % interval and what it rests on."""

    p_bp: int
    low_bp: int
    high_bp: int
    horizon_days: int
    kind: Kind
    n_deals: int


@dataclass(frozen=True, slots=True)
class Reason:
    """What one feature adds to the log-odds, against the average deal of the training history."""

    signal: str
    value: int | None
    text: str
    log_odds_micro: int


@dataclass(frozen=True)
class BaseRate:
    """Share of deals won within the horizon: posterior mean and 80 % interval, in basis points."""

    p_bp: int
    low_bp: int
    high_bp: int


@dataclass(frozen=True)
class WinModel:
    """A learned answer to: won within `horizon_days` of the moment of asking?

    `trained_until` is the cut in epoch seconds: nothing recorded later was used. `covariance` is
    the lower triangle, row by row, over the intercept and then every level of every feature.
    `shrinkage_permille` is the prior variance of a level's log-odds, times 1,000.
    """

    kind: Kind
    horizon_days: int
    trained_until: int
    n_rows: int
    n_deals: int
    n_won: int
    base_rate: BaseRate
    intercept_micro: int
    shrinkage_permille: int = 0
    features: tuple[Feature, ...] = ()
    covariance: tuple[int, ...] = ()

    @property
    def signals_used(self) -> tuple[str, ...]:
        """Names of the signals that the probability depends on."""
        return tuple(feature.signal for feature in self.features)

    @cached_property
    def covariance_rows(self) -> tuple[tuple[int, ...], ...]:
        """The lower triangle of the covariances, one tuple a row."""
        size = 1 + sum(len(feature.levels) for feature in self.features)
        return tuple(
            self.covariance[i * (i + 1) // 2 : (i + 1) * (i + 2) // 2] for i in range(size)
        )

    @cached_property
    def first_parameter(self) -> tuple[int, ...]:
        """Where the levels of each feature start among the parameters; 0 is the intercept."""
        starts, position = [], 1
        for feature in self.features:
            starts.append(position)
            position += len(feature.levels)
        return tuple(starts)


def score_one(model: WinModel, row: Sequence[int]) -> WinProbability:
    """The answer for one deal; `row` holds one integer a signal, in catalogue order."""
    log_odds, parameters = model.intercept_micro, [0]
    for feature, start in zip(model.features, model.first_parameter, strict=True):
        index = feature.level_index(row[feature.column])
        log_odds += feature.levels[index].log_odds_micro
        parameters.append(start + index)
    if model.kind == "base_rate":
        low_bp, high_bp = model.base_rate.low_bp, model.base_rate.high_bp
    else:
        half = _half_width_micro(model, parameters)
        low_bp, high_bp = probability_bp(log_odds - half), probability_bp(log_odds + half)
    return WinProbability(
        probability_bp(log_odds), low_bp, high_bp, model.horizon_days, model.kind, model.n_deals
    )


def log_odds_of(model: WinModel, row: Sequence[int]) -> int:
    """The log-odds in micro-logits: the intercept and all reasons, added up."""
    return model.intercept_micro + sum(reason.log_odds_micro for reason in reasons(model, row))


def reasons(model: WinModel, row: Sequence[int]) -> list[Reason]:
    """What each feature adds, the strongest first (ties in the order of the features)."""
    found = [_reason(feature, row[feature.column]) for feature in model.features]
    return sorted(found, key=lambda reason: -abs(reason.log_odds_micro))


def _reason(feature: Feature, value: int) -> Reason:
    level = feature.levels[feature.level_index(value)]
    known = None if value == UNKNOWN else value
    return Reason(feature.signal, known, level.text, level.log_odds_micro)


def _half_width_micro(model: WinModel, parameters: list[int]) -> int:
    rows, variance = model.covariance_rows, 0
    for position, parameter in enumerate(parameters):
        row = rows[parameter]
        variance += row[parameter] + 2 * sum(row[other] for other in parameters[:position])
    # Rounding each covariance may leave a sum of nothing just below zero.
    return isqrt(max(variance, 0)) * DEVIATION_UNIT_MICRO * Z_PERMILLE // 1_000
