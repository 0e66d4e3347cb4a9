"""How much did history ever reach of what a goal asks, in a period as long as the goal's?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from salesadvisor.domain.elements import FALLING_METRICS, GOAL_UNITS, Goal, GoalMetric
from salesadvisor.domain.events import minor_units
from salesadvisor.domain.state import DAY
from salesadvisor.domain.strategy import Strategy
from salesadvisor.playbook.strategy_lint import Flaw
from salesadvisor.playbook.strategy_lint.goals import told
from salesadvisor.study.goals.facts import Known
from salesadvisor.study.goals.measures import measure

STEP = 30 * DAY
FEWEST = 10
"""Closed deals without which a rate or a median of a period says nothing."""


@dataclass(frozen=True)
class Past:
    """What goals are held against: what is known at `until`, from `first` on (epoch seconds).

    Before `first` the history can't be trusted to be whole.
    """

    strategy: Strategy
    known: Known
    first: int
    until: int


@dataclass(frozen=True)
class Range:
    """The lowest and highest value of `periods` equally long periods, and when the best began.

    In the metric's unit, money in whole units of the currency.
    """

    low: float
    high: float
    best_from: date
    best_to: date
    periods: int


def unreached_goals(past: Past) -> Iterator[Flaw]:
    """The goals beyond what history ever reached in as many days, with the figures."""
    for index, goal in enumerate(past.strategy.goals):
        found = reached(past, goal)
        if found is None:
            continue
        falls = goal.metric in FALLING_METRICS
        best = found.low if falls else found.high
        if goal.value < Decimal(best) if falls else goal.value > Decimal(best):
            yield _flaw(goal, ("goals", index, "value"), found, past.strategy.currency)


def reached(past: Past, goal: Goal) -> Range | None:
    """The range of the goal's metric over history's periods of the goal's length.

    A rate or median also takes the whole of a shorter history, as it doesn't grow with time. None
    where history is too short, or no period holds enough.
    """
    length = (goal.due - goal.start).days * DAY
    if past.until - past.first < length:
        if GOAL_UNITS[goal.metric] in ("money", "count"):
            return None
        length = past.until - past.first
    begins = [*range(past.first, past.until - length, STEP), past.until - length]
    values = [(_value(past, goal.metric, begin, begin + length), begin) for begin in begins]
    known = [(value, begin) for value, begin in values if value is not None]
    if not known:
        return None
    best = (min if goal.metric in FALLING_METRICS else max)(known)
    return Range(
        low=min(known)[0],
        high=max(known)[0],
        best_from=_day(best[1]),
        best_to=_day(best[1] + length),
        periods=len(known),
    )


def _flaw(goal: Goal, at: tuple[str | int, ...], found: Range, currency: str) -> Flaw:
    falls = goal.metric in FALLING_METRICS
    digits = Decimal(1) if GOAL_UNITS[goal.metric] in ("money", "count", "days") else Decimal("0.1")
    low, high = (Decimal(value).quantize(digits) for value in (found.low, found.high))
    best = low if falls else high
    problem = (
        f"goal '{goal.id}' asks for {told(goal.value, goal, currency)} in"
        f" {(goal.due - goal.start).days} days; {'no less' if falls else 'no more'} than"
        f" {told(best, goal, currency)} was ever reached in as long"
        f" ({found.best_from} to {found.best_to})"
    )
    if found.periods > 1:
        problem += (
            f", and {low:,f} to {told(high, goal, currency)} over {found.periods} such periods"
        )
    cure = "aim within that range, or say in the strategy what will be different"
    return Flaw("unreached_goal", "goals", at, problem, cure)


def _value(past: Past, metric: GoalMetric, begin: int, end: int) -> float | None:
    """The metric's value in its unit; None of too few deals for a rate or a median."""
    found = measure(metric, past.known, begin, end)
    unit = GOAL_UNITS[metric]
    if found.value is None:
        return None
    if unit == "money":
        return found.value / minor_units(Decimal(1), past.strategy.currency)
    return found.value if unit == "count" or found.deals >= FEWEST else None


def _day(moment: int) -> date:
    return datetime.fromtimestamp(moment, UTC).date()
