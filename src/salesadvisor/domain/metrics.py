"""How is each figure defined? One function, one definition; no denominator, no value.

Probabilities are in 0..1. `weights` say what each row counts (a deal with k rows: 1/k each), 1 if
left out. Every function returns None where its denominator is empty, never 0.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import log, sqrt

Z_95 = 1.959964

# A probability of exactly 0 or 1 that is wrong would cost without limit; the model's own lie in
# 0.0001..0.9999.
LOG_LOSS_BOUND = 1e-4


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with what it was counted from and its 95 % Wilson interval."""

    value: float
    low: float
    high: float
    hits: float
    n: float


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Probabilities from `lowest` to `highest`: their mean, against the share that was won."""

    lowest: float
    highest: float
    mean_probability: float
    won: Rate


def rate(hits: float, n: float, *, z: float = Z_95) -> Rate | None:
    """`hits / n` with the Wilson score interval (Wilson 1927), which stays within 0..1.

    centre = (hits + z^2/2) / (n + z^2)
    half = z / (n + z^2) * sqrt(hits (n - hits) / n + z^2/4)
    """
    if n <= 0:
        return None
    centre = (hits + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * sqrt(max(hits * (n - hits) / n, 0.0) + z * z / 4)
    return Rate(hits / n, max(centre - half, 0.0), min(centre + half, 1.0), hits, n)


def win_rate(won: int, lost: int) -> Rate | None:
    """Win rate of deals closed in a period: won / (won + lost).

    No decision, cancelled and no-bid are no losses and are reported apart; voided deals count
    nowhere.
    """
    return rate(won, won + lost)


def attainment(reached: float, goal: float) -> float | None:
    """Reached / goal, in one unit and currency."""
    return reached / goal if goal > 0 else None


def brier(
    p: Sequence[float], won: Sequence[bool], weights: Sequence[float] | None = None
) -> float | None:
    """Brier (1950) score: mean of (p - y)^2; 0 is perfect."""
    return _mean([(q - y) ** 2 for q, y in zip(p, won, strict=True)], weights)


def skill(loss: float | None, reference: float | None) -> float | None:
    """Skill score: 1 - loss / loss of the reference (the training window's base rate).

    1 is perfect, 0 is no better than the reference, below 0 is worse.
    """
    if loss is None or not reference:
        return None
    return 1 - loss / reference


def log_loss(
    p: Sequence[float],
    won: Sequence[bool],
    weights: Sequence[float] | None = None,
    *,
    bound: float = LOG_LOSS_BOUND,
) -> float | None:
    """-mean(y ln p + (1 - y) ln(1 - p)), with p kept within bound..1 - bound."""
    likelihoods = ((q if y else 1 - q) for q, y in zip(p, won, strict=True))
    return _mean([-log(min(max(x, bound), 1 - bound)) for x in likelihoods], weights)


def auc(
    p: Sequence[float], won: Sequence[bool], weights: Sequence[float] | None = None
) -> float | None:
    """Chance that a won row has the higher probability than one that isn't; ties count half.

    The area under the ROC curve (Hanley & McNeil 1982).
    """
    below = concordant = total_won = 0.0
    for _, rows in groupby(_sorted_rows(p, won, weights), key=lambda row: row[0]):
        group = list(rows)
        won_here = sum(w for _, y, w in group if y)
        others_here = sum(w for _, y, w in group if not y)
        concordant += won_here * (below + others_here / 2)
        below += others_here
        total_won += won_here
    pairs = total_won * below
    return concordant / pairs if pairs > 0 else None


def calibration_table(
    p: Sequence[float],
    won: Sequence[bool],
    weights: Sequence[float] | None = None,
    *,
    bins: int = 10,
) -> tuple[CalibrationBin, ...]:
    """Reliability by bins of equal weight, lowest probability first.

    Equal probabilities share a bin (the one in which the middle of their weight falls), so there
    may be fewer bins than asked for. The interval of each takes the weight as the number of deals.
    """
    rows = _sorted_rows(p, won, weights)
    total = sum(w for _, _, w in rows)
    table: dict[int, list[tuple[float, bool, float]]] = {}
    before = 0.0
    for _, tied in groupby(rows, key=lambda row: row[0]):
        group = list(tied)
        weight = sum(w for _, _, w in group)
        place = int(bins * (before + weight / 2) / total) if total > 0 else 0
        table.setdefault(place, []).extend(group)
        before += weight
    return tuple(found for place in sorted(table) if (found := _calibration_bin(table[place])))


def ece(table: Sequence[CalibrationBin]) -> float | None:
    """Expected calibration error: sum over bins of n_b/n * |share won - mean probability|.

    (Naeini, Cooper & Hauskrecht 2015.) Noise alone makes it positive: read it with its interval.
    """
    gaps = [abs(item.won.value - item.mean_probability) for item in table]
    return _mean(gaps, [item.won.n for item in table])


def median_duration(durations: Sequence[float], ended: Sequence[bool]) -> float | None:
    """Median time until an end, where some were still waiting when last seen (`ended` false).

    The shortest duration at which the product of (1 - ends / at risk) falls to a half or below
    (Kaplan & Meier 1958). None while more than half are still waiting.
    """
    rows = sorted(zip(durations, ended, strict=True))
    at_risk, surviving = len(rows), 1.0
    for duration, group in groupby(rows, key=lambda row: row[0]):
        flags = [flag for _, flag in group]
        surviving *= 1 - sum(flags) / at_risk
        if surviving <= 0.5:
            return float(duration)
        at_risk -= len(flags)
    return None


def population_stability(
    reference: Sequence[float],
    now: Sequence[float],
    weights: Sequence[float] | None = None,
    *,
    bins: int = 10,
) -> float | None:
    """Population stability index: sum over bins of (now - reference) ln(now / reference), shares.

    Bins hold equal weight of the reference (Siddiqi 2006); `weights` are of its rows. Each bin
    counts half a row more on both sides, so that an empty one costs no infinity.
    """
    counted = [1.0] * len(reference) if weights is None else list(weights)
    total = sum(counted)
    if total <= 0 or not now:
        return None
    rows = sorted(zip(reference, counted, strict=True))
    edges: list[float] = []
    running = 0.0
    for value, weight in rows:
        running += weight
        if running >= total * (len(edges) + 1) / bins and len(edges) < bins - 1:
            edges.append(value)
    edges = sorted(set(edges))
    then, today = [0.5] * (len(edges) + 1), [0.5] * (len(edges) + 1)
    for value, weight in rows:
        then[bisect_left(edges, value)] += weight
    for value in now:
        today[bisect_left(edges, value)] += 1
    shares = [(a / sum(then), b / sum(today)) for a, b in zip(then, today, strict=True)]
    return sum((b - a) * log(b / a) for a, b in shares)


def _calibration_bin(rows: list[tuple[float, bool, float]]) -> CalibrationBin | None:
    weights = [w for _, _, w in rows]
    won = rate(sum(w for _, y, w in rows if y), sum(weights))
    mean = _mean([q for q, _, _ in rows], weights)
    if won is None or mean is None:
        return None
    return CalibrationBin(rows[0][0], rows[-1][0], mean, won)


def _sorted_rows(
    p: Sequence[float], won: Sequence[bool], weights: Sequence[float] | None
) -> list[tuple[float, bool, float]]:
    counted = [1.0] * len(p) if weights is None else weights
    return sorted(zip(p, won, counted, strict=True))


def _mean(values: Sequence[float], weights: Sequence[float] | None) -> float | None:
    counted = [1.0] * len(values) if weights is None else weights
    total = sum(counted)
    if total <= 0:
        return None
    return sum(v * w for v, w in zip(values, counted, strict=True)) / total
