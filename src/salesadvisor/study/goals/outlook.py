"""What may still come in for a goal: from open deals, by chance and timing, and from new ones.

An open deal's win probability p speaks of the model's horizon and tells the deals apart; how many
of them win together is what deals at their stages did before (`levelled`). By another day the
chance is 1 - (1 - p)^s, with s the ratio of the cumulative hazards at that stage,
ln(1 - I(days)) / ln(1 - I(horizon)): proportional hazards. What is lost by then is history's share
of those that do not win. New deals come at the pace of the last year and win as fast as new deals
did.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from salesadvisor.domain.state import DAY, STATUS_LOST, STATUS_WON, UNKNOWN
from salesadvisor.study.goals.chance import Coming, Outlook
from salesadvisor.study.goals.facts import Facts, Known
from salesadvisor.study.goals.incidence import (
    LOST,
    OTHER,
    WEEK_DAYS,
    WON,
    Incidence,
    from_opening,
    from_standing,
)
from salesadvisor.study.goals.measures import (
    amounts_opened,
    closed_within,
    cycle_days_of,
    submitted_within,
    won_within,
)

LEAST_WINS = 10  # wins known below which nothing is said of the future
PACE_DAYS = 365  # the past whose pace of new deals goes on
_LEAST_PACE_DAYS = 28
_RATE_UNITS = 10_000
_MOST_HAZARD_RATIO = 50.0
_ALMOST_ONE = 1 - 1e-9
_LEVELS = (0.1, 10.0)
_BISECTIONS = 40


@dataclass(frozen=True)
class Future:
    """What history says of what comes, as known at a moment.

    `p` are the levelled win probabilities of open deals within `horizon_days`, `amount` theirs (the
    median where none is recorded) and `stage` their groups of `standing`; `a_day` new deals a day.
    """

    known: Known
    standing: Incidence
    opening: Incidence
    p: Any
    amount: Any
    stage: Any
    keys: Any
    horizon_days: int
    a_day: float
    wins: Any
    """The wins of the past whose amounts new wins take."""

    @property
    def has_amounts(self) -> bool:
        """Whether any win of the past has an amount."""
        return bool((self.wins["amount"] != UNKNOWN).any())

    def open_by(self, days: Any) -> tuple[Any, Any, Any]:
        """Chance of a win, a loss and another end within `days`, by open deal."""
        by = self.standing.by
        won = np.minimum(by(days, WON, self.stage), _ALMOST_ONE)
        within_horizon = np.minimum(by(self.horizon_days, WON, self.stage), _ALMOST_ONE)
        base = -np.log1p(-within_horizon)
        ratio = np.divide(-np.log1p(-won), base, out=np.zeros_like(base), where=base > 0)
        wins = -np.expm1(np.minimum(ratio, _MOST_HAZARD_RATIO) * np.log1p(-self.p))
        others = (1 - wins) / (1 - won)
        return wins, others * by(days, LOST, self.stage), others * by(days, OTHER, self.stage)

    def coming_by(self, days: float, cause: int, speed: float = 1.0, most: float = np.inf) -> float:
        """Expected deals opened from now on that end so within `days`, aged at most `most`."""
        starts = np.arange(0, max(days, 0), WEEK_DAYS)
        width = np.minimum(WEEK_DAYS, days - starts)
        left = np.minimum((days - starts - width / 2) * speed, most)
        return self.a_day * float((width * self.opening.by(left, cause)).sum())


def future_of(facts: Facts, known: Known, p_bp: Any, median_amount: int) -> Future | None:
    """What history says of what comes; None where too little was won by then."""
    wins = known.ends[known.ends["status"] == STATUS_WON]
    span = min(PACE_DAYS, (known.moment - facts.first_known) // DAY)
    if len(wins) < LEAST_WINS or span < _LEAST_PACE_DAYS:
        return None
    strategy = facts.history.strategy
    stages = len(strategy.stages)
    stage = np.where(known.open["stage"] == UNKNOWN, stages, known.open["stage"])
    amount = known.open["amount"]
    standing = from_standing(facts, known, stages)
    opened = int(np.count_nonzero(known.opened >= known.moment - span * DAY))
    return Future(
        known=known,
        standing=standing,
        opening=from_opening(known),
        p=levelled(np.asarray(p_bp) / 10_000, standing.by(strategy.horizon_days, WON, stage)),
        amount=np.where(amount == UNKNOWN, max(median_amount, 0), amount),
        stage=stage,
        keys=facts.keys[known.open["deal"]],
        horizon_days=strategy.horizon_days,
        a_day=opened / span,
        wins=wins,
    )


def levelled(p: Any, share: Any) -> Any:
    """`p` with all hazards times one factor, so that the sum is that of `share`.

    A model that is too shy or too bold by as much on every deal is put right; its order stays.
    """
    hazard = -np.log1p(-np.minimum(p, _ALMOST_ONE))
    low, high = _LEVELS
    for _ in range(_BISECTIONS):
        middle = (low * high) ** 0.5
        is_short = float(-np.expm1(-middle * hazard).sum()) < float(share.sum())
        low, high = (middle, high) if is_short else (low, middle)
    return np.minimum(-np.expm1(-high * hazard), _ALMOST_ONE)


def outlook_of(
    metric: str, future: Future, goal: float, start: int, days: float, speed: float = 1.0
) -> Outlook:
    """What may come in for a goal within `days`; all goes `speed` times as fast.

    `goal` is in the metric's unit (money: minor units), `start` when its period began.
    """
    return _OUTLOOKS[metric](future, goal, start, days, speed)


def expected_of(outlook: Outlook) -> tuple[float, float]:
    """What open deals and new ones bring on average."""
    of_open = float((outlook.p_gain * outlook.gain + outlook.p_loss * outlook.loss).sum())
    return of_open, sum(
        one.expected * float(np.mean(one.brings)) if len(one.brings) else 0.0
        for one in (outlook.gains_coming, outlook.losses_coming)
    )


_NOTHING = Coming(0.0, np.empty(0, np.int64))


def _outlook(
    future: Future, missing: float, gain: Any, p_gain: Any, coming: Coming, **losses: Any
) -> Outlook:
    nothing = np.zeros(len(future.keys), np.int64)
    return Outlook(
        missing=int(np.ceil(missing)),
        gain=gain,
        p_gain=p_gain,
        loss=losses.get("loss", nothing),
        p_loss=losses.get("p_loss", nothing.astype(np.float64)),
        keys=future.keys,
        gains_coming=coming,
        losses_coming=losses.get("coming_losses", _NOTHING),
        wins_known=len(future.wins),
    )


def _won_amount(future: Future, goal: float, start: int, days: float, speed: float) -> Outlook:
    wins, _, _ = future.open_by(days * speed)
    amounts = future.wins["amount"][future.wins["amount"] != UNKNOWN]
    won = won_within(future.known, start, future.known.moment)["amount"]
    coming = Coming(future.coming_by(days, WON, speed), np.sort(amounts))
    missing = goal - int(won[won != UNKNOWN].sum())
    return _outlook(future, missing, future.amount, wins, coming)


def _won_count(future: Future, goal: float, start: int, days: float, speed: float) -> Outlook:
    wins, _, _ = future.open_by(days * speed)
    won = len(won_within(future.known, start, future.known.moment))
    coming = Coming(future.coming_by(days, WON, speed), np.ones(1, np.int64))
    return _outlook(future, goal - won, np.ones(len(wins), np.int64), wins, coming)


def _created_amount(future: Future, goal: float, start: int, days: float, speed: float) -> Outlook:
    known = future.known
    amounts = amounts_opened(known, start, known.moment)
    earlier = amounts_opened(known, known.moment - PACE_DAYS * DAY, known.moment)
    nothing = np.zeros(len(future.keys), np.int64)
    coming = Coming(future.a_day * days * speed, np.sort(earlier[earlier != UNKNOWN]))
    missing = goal - int(amounts[amounts != UNKNOWN].sum())
    return _outlook(future, missing, nothing, nothing.astype(np.float64), coming)


def _win_rate(future: Future, goal: float, start: int, days: float, speed: float) -> Outlook:
    """A rate of g or more is reached when (1 - g) a win less g a loss sums up to 0 or more."""
    wins, losses, _ = future.open_by(days * speed)
    for_win, for_loss = _rate_units(goal)
    status = closed_within(future.known, start, future.known.moment)["status"]
    so_far = for_win * int(np.count_nonzero(status == STATUS_WON))
    so_far += for_loss * int(np.count_nonzero(status == STATUS_LOST))
    return _outlook(
        future,
        -so_far,
        np.full(len(wins), for_win),
        wins,
        Coming(future.coming_by(days, WON, speed), np.array([for_win])),
        loss=np.full(len(wins), for_loss),
        p_loss=losses,
        coming_losses=Coming(future.coming_by(days, LOST, speed), np.array([for_loss])),
    )


def _bid_hit_rate(future: Future, goal: float, start: int, days: float, speed: float) -> Outlook:
    """As for the win rate, over the proposals of the period; a win had its proposal submitted.

    Of deals without a proposal that end otherwise, history's share submits one before.
    """
    known = future.known
    wins, losses, others = future.open_by(days * speed)
    for_win, for_loss = _rate_units(goal)
    submitted = known.submitted[known.open["deal"]]
    counts = (submitted == UNKNOWN) | (submitted >= start)
    ended = known.closed[known.closed["status"] != STATUS_WON]
    share = float(np.mean(known.submitted[ended["deal"]] != UNKNOWN)) if len(ended) else 0.0
    missed = (losses + others) * np.where(submitted == UNKNOWN, share, 1.0)
    in_cohort = submitted_within(known, start, known.moment)[known.closed["deal"]]
    status = known.closed["status"][in_cohort]
    awards = int(np.count_nonzero(status == STATUS_WON))
    so_far = for_win * awards + for_loss * (len(status) - awards)
    misses = future.coming_by(days, LOST, speed) + future.coming_by(days, OTHER, speed)
    return _outlook(
        future,
        -so_far,
        np.full(len(wins), for_win),
        wins * counts,
        Coming(future.coming_by(days, WON, speed), np.array([for_win])),
        loss=np.full(len(wins), for_loss),
        p_loss=missed * counts,
        coming_losses=Coming(misses * share, np.array([for_loss])),
    )


def _cycle_days(future: Future, goal: float, start: int, days: float, speed: float) -> Outlook:
    """The lower median is within g when at least as many wins took g days or less as took more."""
    known = future.known
    took = cycle_days_of(won_within(known, start, known.moment)) <= goal
    so_far = 2 * int(np.count_nonzero(took)) - len(took)
    age = (known.moment - known.opened[known.open["deal"]]) / DAY
    in_time = np.clip(np.minimum(goal - age, days), 0, None)
    wins, _, _ = future.open_by(days * speed)
    quick = np.minimum(future.open_by(in_time * speed)[0], wins)
    ones = np.ones(len(wins), np.int64)
    every = future.coming_by(days, WON, speed)
    quick_coming = future.coming_by(days, WON, speed, most=goal * speed)
    return _outlook(
        future,
        -so_far,
        ones,
        quick,
        Coming(quick_coming, np.ones(1, np.int64)),
        loss=-ones,
        p_loss=wins - quick,
        coming_losses=Coming(max(every - quick_coming, 0.0), -np.ones(1, np.int64)),
    )


def _rate_units(percent: float) -> tuple[int, int]:
    """What a hit adds to, and a miss takes from, the distance to a rate."""
    goal = round(percent * _RATE_UNITS / 100)
    return _RATE_UNITS - goal, -goal


_OUTLOOKS: Mapping[str, Callable[[Future, float, int, float, float], Outlook]] = MappingProxyType(
    {
        "won_amount": _won_amount,
        "won_count": _won_count,
        "created_amount": _created_amount,
        "win_rate": _win_rate,
        "bid_hit_rate": _bid_hit_rate,
        "cycle_days": _cycle_days,
    }
)
