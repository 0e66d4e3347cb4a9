"""What is shown of every goal at one moment, its way there included?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from salesadvisor.domain import goals
from salesadvisor.log.passes import History, survey
from salesadvisor.study.goals.facts import gather, scores_at
from salesadvisor.study.goals.measures import measure
from salesadvisor.study.goals.panel import reading_at
from salesadvisor.study.goals.standing import (
    GoalStanding,
    Reading,
    earlier_periods,
    standing_of_goal,
)
from salesadvisor.study.winning import Schedule

POINTS = 52


@dataclass(frozen=True)
class GoalCurve:
    """A goal over its period: a value at the beginning of each of `days`, the last one after it.

    `reached` ends with the present; None where it has no value. `linear` and `history` are what
    reaching the goal in even steps, or as earlier periods went, would have by then; None without an
    earlier period. Units as in GoalStanding.
    """

    days: tuple[date, ...]
    reached: tuple[float | None, ...]
    linear: tuple[float, ...]
    history: tuple[float | None, ...]


@dataclass(frozen=True)
class GoalReport:
    """Every declared goal as of a moment."""

    as_of: datetime
    currency: str
    standings: tuple[GoalStanding, ...]
    curves: tuple[GoalCurve | None, ...]
    """By standing; None for a goal that has not started."""


def goal_report(
    history: History, as_of: datetime, schedule: Schedule, workers: int = 1
) -> GoalReport:
    """How the goals of the history's strategy stand as of `as_of`."""
    moment = int(as_of.timestamp())
    checkpoints = np.array([moment], np.int64)
    found = survey(history, checkpoints, workers)
    scores = scores_at(history, checkpoints, schedule, workers)
    facts = gather(history, checkpoints, workers)
    reading = reading_at(facts, moment, scores["p_bp"], int(found.median_amount[0]))
    standings = tuple(standing_of_goal(reading, goal) for goal in history.strategy.goals)
    return GoalReport(
        as_of=as_of,
        currency=history.strategy.currency,
        standings=standings,
        curves=tuple(_curve(reading, one) for one in standings),
    )


def _curve(reading: Reading, stands: GoalStanding) -> GoalCurve | None:
    if stands.state == "not started":
        return None
    period, metric = stands.period, stands.metric
    length = (period.after - period.start).days
    offsets = {*range(0, length, max(1, -(-length // POINTS))), length}
    days = {period.start + timedelta(days=offset) for offset in offsets}
    if stands.state == "running":
        days.add(reading.today)
    ordered = tuple(sorted(days))
    start = reading.midnight(period.start)
    calendar = reading.strategy.calendar
    return GoalCurve(
        days=ordered,
        reached=tuple(
            stands.reached.value
            if day == reading.today
            else measure(metric.name, reading.known, start, reading.midnight(day)).value
            for day in ordered
            if day <= reading.today
        ),
        linear=tuple(
            stands.target * (goals.share_passed(calendar, period, day) if metric.grows else 1.0)
            for day in ordered
        ),
        history=tuple(_as_before(reading, stands, ordered)),
    )


def _as_before(
    reading: Reading, stands: GoalStanding, days: tuple[date, ...]
) -> Iterator[float | None]:
    """What reaching the goal as earlier periods went has by each day."""
    metric, name = stands.metric, stands.metric.name
    periods = [
        (one, reading.midnight(one.start), reading.midnight(one.after))
        for one in (earlier_periods(reading, stands.period) if stands.state == "running" else [])
    ]
    finals = [measure(name, reading.known, start, end).value for _, start, end in periods]
    for day in days:
        pairs = []
        for (one, start, _), final in zip(periods, finals, strict=True):
            point = reading.midnight(min(one.start + (day - stands.period.start), one.after))
            pairs.append((measure(name, reading.known, start, point).value, final))
        share = goals.share_reached_by_then(metric, pairs)
        if share is None or (metric.smaller_is_better and not share):
            yield None
        else:
            yield stands.target / share if metric.smaller_is_better else stands.target * share
