"""What share of deals is won within the horizon, and how sure is that, even with no history?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv

from salesadvisor.model.scale import CERTAIN_BP, log_odds_micro, probability_bp
from salesadvisor.model.scorecard import LEVEL_PERMILLE, BaseRate, WinModel
from salesadvisor.model.training import Training


@dataclass(frozen=True, slots=True)
class Prior:
    """What is believed before the first deal: a rate, and how many deals that belief is worth.

    The default, Beta(0.5, 1.5), puts 80 % of its weight between 1 % and 62 %: a guess that two
    dozen deals drown.
    """

    won_permille: int = 250
    deals: int = 2


DEFAULT_PRIOR = Prior()


def base_rate(training: Training, *, prior: Prior = DEFAULT_PRIOR) -> tuple[BaseRate, int]:
    """The rate with its 80 % interval, and its log-odds in micro-logits.

    Posterior of a Beta prior, each deal counting once: Beta(a + won, b + not won), where a deal
    with several checkpoints is won by the share of them that a win followed within the horizon.
    """
    won = float(np.sum(training.weights * training.won_within))
    a = prior.won_permille / 1000 * prior.deals + won
    b = (1 - prior.won_permille / 1000) * prior.deals + training.n_deals - won
    tail = (1 - LEVEL_PERMILLE / 1000) / 2
    low, high = (round(CERTAIN_BP * float(betaincinv(a, b, q))) for q in (tail, 1 - tail))
    log_odds = log_odds_micro(a / (a + b))
    p = probability_bp(log_odds)
    return BaseRate(p, max(1, min(low, p)), min(CERTAIN_BP - 1, max(high, p))), log_odds


def base_rate_model(
    training: Training, *, horizon_days: int, trained_until: int, prior: Prior = DEFAULT_PRIOR
) -> WinModel:
    """The model that gives every deal the base rate."""
    rate, log_odds = base_rate(training, prior=prior)
    return WinModel(
        kind="base_rate",
        horizon_days=horizon_days,
        trained_until=trained_until,
        n_rows=len(training),
        n_deals=training.n_deals,
        n_won=training.n_won,
        base_rate=rate,
        intercept_micro=log_odds,
    )
