"""How do integer log-odds become a probability in basis points, the same on every path?

Log-odds are integers in micro-logits, so that a sum has one value in whatever order it is taken.
Every probability comes from one table, indexed by milli-logits.
"""

from __future__ import annotations

import math
from functools import cache

MICRO = 1_000_000
MICRO_PER_MILLI = 1_000
LIMIT_MILLI = 9_300
CERTAIN_BP = 10_000
LOWEST_BP, HIGHEST_BP = 1, CERTAIN_BP - 1


@cache
def probability_table() -> tuple[int, ...]:
    """Basis points for each milli-logit from -LIMIT_MILLI to LIMIT_MILLI.

    It never falls and stays in 1..9999: the model doesn't know what it calls impossible or certain.
    """
    lower = [_logistic_bp(milli) for milli in range(-LIMIT_MILLI, 1)]
    upper = [CERTAIN_BP - bp for bp in reversed(lower[:-1])]
    return (*lower, *upper)


def probability_bp(log_odds_micro: int) -> int:
    """The probability of these log-odds, in basis points."""
    milli = (log_odds_micro + MICRO_PER_MILLI // 2) // MICRO_PER_MILLI
    return probability_table()[max(-LIMIT_MILLI, min(LIMIT_MILLI, milli)) + LIMIT_MILLI]


def log_odds_micro(probability: float) -> int:
    """The log-odds of a probability strictly between 0 and 1, in micro-logits."""
    return round(math.log(probability / (1 - probability)) * MICRO)


def _logistic_bp(milli: int) -> int:
    return max(LOWEST_BP, round(CERTAIN_BP / (1 + math.exp(-milli / 1000))))
