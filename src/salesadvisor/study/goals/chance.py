"""What is the chance that enough comes in by the due date? Hashed rollouts of all that may.

The goal is reached when the sum of what every deal brings is at least what is missing. Rollouts
and not a normal curve: near the due date a few large deals decide, and no bell has two humps. How
well history knows the pace is part of the chance: every rollout draws one factor on all wins,
Gamma(n, 1/n) for n wins known (Wilson & Hilferty 1931).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from salesadvisor.study.draws import normals, uniforms, whole

ROLLOUTS = 1_000
MOST_DRAWN = 500  # deals drawn one by one; what the rest brings is drawn as one normal number
MOST_COUNTED = 200  # expected deals to come beyond which their number is drawn as a normal one
_LEVEL, _DEALS, _REST, _COMING = 0, 11, 12, 20


@dataclass(frozen=True)
class Coming:
    """Deals not opened yet: how many are expected to end so in time, and what each may bring."""

    expected: float
    brings: Any


@dataclass(frozen=True)
class Outlook:
    """What may still come in, in whole units of the goal.

    An open deal brings `gain[deal]` with chance `p_gain[deal]`, `loss[deal]` (not above 0) with
    chance `p_loss[deal]`, else nothing; `keys` name the deals. `wins_known` is what history's pace
    rests on.
    """

    missing: int
    gain: Any
    p_gain: Any
    loss: Any
    p_loss: Any
    keys: Any
    gains_coming: Coming
    losses_coming: Coming
    wins_known: int


def hit_probability_bp(outlook: Outlook, seed: int = 0) -> int:
    """The share of rollouts in which the sum reaches what is missing, in basis points."""
    level = _level(outlook.wins_known, seed)
    total = _from_open(outlook, level, seed)
    total += _from_coming(outlook.gains_coming, level, _COMING, seed)
    total += _from_coming(outlook.losses_coming, np.ones(ROLLOUTS), 2 * _COMING, seed)
    return round(10_000 * int(np.count_nonzero(total >= outlook.missing)) / ROLLOUTS)


def _level(wins_known: int, seed: int) -> Any:
    """The factor on all wins, by rollout: mean about 1, variance about 1 / wins known."""
    n = max(wins_known, 1)
    z = normals(ROLLOUTS, whole([0]), _LEVEL, seed)[:, 0]
    return np.maximum(1 - 1 / (9 * n) + z / (3 * np.sqrt(n)), 0) ** 3


def _from_open(outlook: Outlook, level: Any, seed: int) -> Any:
    """What the open deals bring, by rollout."""
    stake = np.maximum(np.abs(outlook.gain), np.abs(outlook.loss))
    order = np.lexsort((outlook.keys, -stake))
    drawn, rest = order[:MOST_DRAWN], order[MOST_DRAWN:]
    u = uniforms(ROLLOUTS, outlook.keys[drawn], _DEALS, seed)
    hazard = -np.log1p(-np.minimum(outlook.p_gain[drawn], 1 - 1e-12))
    gains = -np.log1p(-u) < level[:, None] * hazard[None, :]
    losses = (u > 1 - outlook.p_loss[drawn][None, :]) & ~gains
    total = (gains * outlook.gain[drawn] + losses * outlook.loss[drawn]).sum(axis=1)
    return total + _from_rest(outlook, rest, level, seed)


def _from_rest(outlook: Outlook, rest: Any, level: Any, seed: int) -> Any:
    if not len(rest):
        return np.zeros(ROLLOUTS)
    gain, loss = outlook.gain[rest].astype(np.float64), outlook.loss[rest].astype(np.float64)
    p_gain, p_loss = outlook.p_gain[rest], outlook.p_loss[rest]
    mean = p_gain * gain + p_loss * loss
    variance = float((p_gain * gain**2 + p_loss * loss**2 - mean**2).sum())
    z = normals(ROLLOUTS, whole([0]), _REST, seed)[:, 0]
    expected = level * float((p_gain * gain).sum()) + float((p_loss * loss).sum())
    return expected + z * np.sqrt(max(variance, 0.0))


def _from_coming(coming: Coming, level: Any, purpose: int, seed: int) -> Any:
    """What deals not opened yet bring, by rollout: a compound Poisson sum."""
    brings = np.asarray(coming.brings, np.float64)
    if coming.expected <= 0 or not len(brings):
        return np.zeros(ROLLOUTS)
    if coming.expected > MOST_COUNTED:
        z = normals(ROLLOUTS, whole([0, 1]), purpose, seed)
        mean = level * coming.expected
        spread = np.sqrt(mean * float((brings**2).mean()))
        return mean * float(brings.mean()) + spread * z[:, 0]
    counts = _poisson(level * coming.expected, uniforms(ROLLOUTS, whole([0]), purpose, seed)[:, 0])
    most = int(counts.max())
    u = uniforms(ROLLOUTS, whole(range(most)), purpose + 1, seed)
    which = np.minimum((u * len(brings)).astype(np.int64), len(brings) - 1)
    return (brings[which] * (np.arange(most)[None, :] < counts[:, None])).sum(axis=1)


def _poisson(mean: Any, u: Any) -> Any:
    """The Poisson numbers whose distribution functions first reach `u`."""
    counts = np.zeros(len(mean), np.int64)
    term = np.exp(-mean)
    reached = term.copy()
    for count in range(1, int(mean.max() + 12 * np.sqrt(mean.max()) + 20)):
        counts += reached < u
        term *= mean / count
        reached += term
    return counts
