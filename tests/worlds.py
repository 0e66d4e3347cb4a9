"""Made-up deal histories whose true probabilities are known, seeded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from salesadvisor.domain.signals import SIGNAL_INDEX, UNKNOWN
from salesadvisor.model.training import Training

DAY = 86_400
WEEK = 7 * DAY


@dataclass(frozen=True, eq=False)
class World:
    """Checkpoints and the true probability of each."""

    training: Training
    truth: NDArray[np.float64]


def world(seed: int, *, n_deals: int, informative: bool = True, checkpoints: int = 4) -> World:
    """Deals with a few weekly checkpoints each; stage, meetings and silence matter, the rest not.

    Every checkpoint's outcome is drawn by one number of its deal, so that those of one deal are as
    alike as they are in life.
    """
    rng = np.random.default_rng(seed)
    per_deal = rng.integers(1, checkpoints + 1, n_deals)
    deal = np.repeat(np.arange(n_deals), per_deal)
    n = len(deal)
    place = np.arange(n) - np.repeat(np.cumsum(per_deal) - per_deal, per_deal)
    opened = np.sort(rng.integers(0, 3 * 365, n_deals)) * DAY
    rows = np.full((n, len(SIGNAL_INDEX)), 0, np.int64)
    stage = np.minimum(rng.integers(0, 4, n_deals)[deal] + place // 2, 5)
    meetings = rng.poisson(1.5, n_deals)[deal]
    silence = rng.integers(0, 60, n_deals)[deal] + 7 * place
    never_heard = rng.random(n_deals)[deal] < 0.2
    rows[:, SIGNAL_INDEX["stage"]] = stage
    rows[:, SIGNAL_INDEX["meetings_30d"]] = meetings
    rows[:, SIGNAL_INDEX["days_since_contact_in"]] = np.where(never_heard, UNKNOWN, silence)
    rows[:, SIGNAL_INDEX["age_days"]] = 7 * place + rng.integers(0, 30, n_deals)[deal]
    rows[:, SIGNAL_INDEX["amount_to_median_permille"]] = rng.lognormal(7, 1, n_deals)[deal]
    rows[:, SIGNAL_INDEX["calls_30d"]] = rng.poisson(2, n)
    rows[:, SIGNAL_INDEX["quote_sent"]] = rng.random(n_deals)[deal] < 0.5
    log_odds = np.full(n, -1.0)
    if informative:
        log_odds += 0.5 * (stage - 2) + 0.7 * (meetings >= 2)
        log_odds += np.where(never_heard, -1.0, np.where(silence > 30, -0.6, 0.2))
    truth = 1 / (1 + np.exp(-log_odds))
    won = rng.random(n_deals)[deal] < truth
    return World(Training(rows, deal, opened[deal] + place * WEEK, won), truth)
