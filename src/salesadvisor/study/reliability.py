"""Did the probabilities that the replay gave come true? Those whose horizon has passed, that is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np

from salesadvisor.domain.signals import SIGNAL_INDEX
from salesadvisor.domain.state import DAY, STATUS_VOIDED
from salesadvisor.study.checkpoints import local_date
from salesadvisor.study.evaluate import Evaluation, evaluate
from salesadvisor.study.replay import Replay
from salesadvisor.study.winning import won_within

Verdict = Literal["better", "worse", "cannot tell"]

LEAST_DEALS = 30
LEAST_WON = 10
_DEALS_PER_BIN = 20
ALL = 100.0


@dataclass(frozen=True)
class Reliability:
    """Probabilities of matured checkpoints held against what came.

    `verdict` compares with the base rate of the training windows. `by_base_rate_percent` of the
    rows were scored by a model that knew nothing but the base rate.
    """

    evaluation: Evaluation
    horizon_days: int
    first: date | None
    last: date | None
    by_base_rate_percent: float | None
    verdict: Verdict
    sentence: str


def reliability(replay: Replay, closes: Any, moment: int) -> Reliability:
    """Evaluate the checkpoints that lie at least a horizon before `moment` (epoch seconds).

    `closes` are the closings that count at `moment`. Voided deals are left out. A win counts as
    model fitting counts it: in the same cycle and within the horizon.
    """
    strategy = replay.history.strategy
    horizon = strategy.horizon_days * DAY
    scores = replay.scores
    as_of = replay.found.checkpoints[scores["time"]]
    voided = np.unique(closes["deal"][closes["status"] == STATUS_VOIDED])
    ripe = (as_of + horizon <= moment) & ~np.isin(scores["deal"], voided)
    deal, as_of = scores["deal"][ripe].astype(np.int64), as_of[ripe]
    cycle = scores["cycle"][ripe].astype(np.int64)
    place = SIGNAL_INDEX["cycle"]
    rows = np.broadcast_to(cycle[:, None], (len(cycle), place + 1))
    won = won_within(rows, deal, as_of, closes, horizon)
    model = scores["model"][ripe]
    n_deals = len(np.unique(deal))
    found = evaluate(
        scores["p_bp"][ripe],
        won,
        deal,
        base_rate_bp=_base_rate_bp(replay, deal, model),
        bins=min(10, max(3, n_deals // _DEALS_PER_BIN)),
    )
    zone = strategy.calendar.timezone
    by_base_rate = _by_base_rate(replay, model)
    verdict = _verdict(found, by_base_rate)
    return Reliability(
        evaluation=found,
        horizon_days=strategy.horizon_days,
        first=local_date(int(as_of.min()), zone) if len(as_of) else None,
        last=local_date(int(as_of.max()), zone) if len(as_of) else None,
        by_base_rate_percent=by_base_rate,
        verdict=verdict,
        sentence=_sentence(found, verdict, by_base_rate, strategy.horizon_days),
    )


def _base_rate_bp(replay: Replay, deal: Any, model: Any) -> int:
    """The base rates of the serving models' training windows, each deal weighing one."""
    if not len(deal):
        return replay.schedule.models[0].base_rate.p_bp
    numbers = np.unique(deal, return_inverse=True)[1]
    weight = 1.0 / np.bincount(numbers)[numbers]
    rates = np.array([one.base_rate.p_bp for one in replay.schedule.models])
    return round(float(np.average(rates[model], weights=weight)))


def _by_base_rate(replay: Replay, model: Any) -> float | None:
    plain = np.array([one.kind == "base_rate" for one in replay.schedule.models])
    return 100 * float(np.mean(plain[model])) if len(model) else None


def _verdict(found: Evaluation, by_base_rate: float | None) -> Verdict:
    won = found.won.hits if found.won else 0.0
    if found.n_deals < LEAST_DEALS or won < LEAST_WON or found.skill is None:
        return "cannot tell"
    if by_base_rate == ALL:
        return "cannot tell"
    if found.skill.low > 0:
        return "better"
    return "worse" if found.skill.high < 0 else "cannot tell"


def _sentence(
    found: Evaluation, verdict: Verdict, by_base_rate: float | None, horizon_days: int
) -> str:
    if not found.n_deals:
        return (
            f"Cannot tell: no checkpoint lies {horizon_days} days back yet, so no probability has "
            "met its outcome."
        )
    won = found.won.hits if found.won else 0.0
    if found.n_deals < LEAST_DEALS or won < LEAST_WON:
        return (
            f"Cannot tell: {found.n_deals} deals with {won:.0f} wins are too few to judge a "
            f"probability by (at least {LEAST_DEALS} and {LEAST_WON} are needed)."
        )
    if found.skill is None:
        return "Cannot tell: every deal ended the same way."
    if by_base_rate == ALL:
        return (
            "Cannot tell: every probability whose horizon has passed was a plain base rate, from "
            "the time when history was too thin to learn from."
        )
    skill = (
        f"{100 * found.skill.value:.0f} % less squared error than the base rate "
        f"(95 % interval {100 * found.skill.low:.0f} to {100 * found.skill.high:.0f} %)"
    )
    match verdict:
        case "better":
            opening = f"The probabilities beat the base rate: {skill}."
        case "worse":
            opening = f"The probabilities do worse than the base rate: {skill}."
        case "cannot tell":
            opening = f"Cannot tell whether the probabilities beat the base rate: {skill}."
    return f"{opening} {_calibration_sentence(found)}"


def _calibration_sentence(found: Evaluation) -> str:
    outside = [
        item
        for item in found.calibration
        if not item.won.low <= item.mean_probability <= item.won.high
    ]
    groups = len(found.calibration)
    if not outside:
        return f"In all {groups} groups the share won agrees with the probability given."
    too_high = sum(item.mean_probability > item.won.high for item in outside)
    return (
        f"In {len(outside)} of {groups} groups the share won lies outside what the probability "
        f"given would lead to expect ({too_high} too hopeful, {len(outside) - too_high} too "
        "cautious)."
    )
