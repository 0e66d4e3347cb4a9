"""Is each goal SMART: specific, measurable, achievable, relevant, time-bound?

Whether history ever reached it is asked with a history, in study/strategy_check.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import combinations

from salesadvisor.domain.elements import FALLING_METRICS, GOAL_UNITS, Goal, KeyPath
from salesadvisor.domain.strategy import Strategy
from salesadvisor.playbook.strategy_lint.finding import Flaw

MOST_DAYS = 731
"""Two years: a longer goal is a vision."""
PLAUSIBLE_FACTOR = Decimal(2)
"""From its baseline a metric doubles or halves at most in one goal's period."""
_SEVERAL = re.compile(r",|;|/|&|\+|\band\b|\bund\b")


def goal_flaws(strategy: Strategy, today: date) -> Iterator[Flaw]:
    """Flaws of the goals, one by one and against each other."""
    for index, goal in enumerate(strategy.goals):
        at: KeyPath = ("goals", index)
        yield from _specific(goal, at)
        yield from _measurable(goal, at)
        yield from _achievable(goal, at)
        if not strategy.declares(goal.element):
            problem = f"goal '{goal.id}' serves {goal.element}, about which nothing is declared"
            cure = f"declare {goal.element}, or link the goal to what it serves"
            here = (*at, "element")
            yield Flaw("irrelevant_goal", "goals", here, problem, cure, "fault")
        yield from _timed(goal, at, today)
    yield from _contradicting(strategy)


def told(value: Decimal, goal: Goal, currency: str = "") -> str:
    """A value of the goal's metric with its unit: 58 %, 105 days, 640,000,000 USD."""
    unit = {"percent": "%", "days": "days", "count": "deals", "money": currency}
    return f"{value:,f} {unit[GOAL_UNITS[goal.metric]]}".rstrip()


def _specific(goal: Goal, at: KeyPath) -> Iterator[Flaw]:
    if _SEVERAL.search(goal.owner):
        problem = f"goal '{goal.id}' has several owners: {goal.owner}"
        cure = "name the one person who answers for it"
        yield Flaw("shared_goal", "goals", (*at, "owner"), problem, cure, "fault")


def _measurable(goal: Goal, at: KeyPath) -> Iterator[Flaw]:
    unit = GOAL_UNITS[goal.metric]
    for key, value in (("value", goal.value), ("baseline", goal.baseline)):
        if value is None:
            continue
        if value < 0 or (value == 0 and key == "value"):
            wrong = "is not above zero"
        elif unit == "percent" and value > 100:
            wrong = "is over 100 %"
        elif unit == "count" and value != value.to_integral_value():
            wrong = "is no whole number of deals"
        else:
            continue
        problem = f"goal '{goal.id}': {key} {value:,f} of {goal.metric} {wrong}"
        cure = f"write it in {'percent' if unit == 'percent' else unit}"
        yield Flaw("unmeasurable_goal", "goals", (*at, key), problem, cure, "fault")


def _achievable(goal: Goal, at: KeyPath) -> Iterator[Flaw]:
    base, value = goal.baseline, goal.value
    if base is None:
        problem = f"goal '{goal.id}' has no baseline, so nobody sees how far it is"
        cure = "add where the metric stands today: baseline"
        yield Flaw("no_baseline", "goals", at, problem, cure)
        return
    falls = goal.metric in FALLING_METRICS
    if value >= base if falls else value <= base:
        problem = (
            f"goal '{goal.id}' is no better than its baseline: {told(value, goal)} against"
            f" {told(base, goal)}"
        )
        cure = "aim beyond the baseline"
        yield Flaw("goal_reached", "goals", (*at, "value"), problem, cure, "fault")
    elif base > 0 and max(value / base, base / value) > PLAUSIBLE_FACTOR:
        factor = max(value / base, base / value)
        problem = (
            f"goal '{goal.id}' asks for {factor:.1f} times {'less' if falls else 'more'} than its"
            f" baseline: {told(value, goal)} against {told(base, goal)}"
        )
        cure = f"plan steps of at most {PLAUSIBLE_FACTOR} times, or correct the baseline"
        yield Flaw("implausible_goal", "goals", (*at, "value"), problem, cure)


def _timed(goal: Goal, at: KeyPath, today: date) -> Iterator[Flaw]:
    here = (*at, "due")
    if goal.due < today:
        problem = f"goal '{goal.id}' was due on {goal.due}"
        yield Flaw("goal_over", "goals", here, problem, "set the next one, or remove it", "fault")
    days = (goal.due - goal.start).days
    if days > MOST_DAYS:
        problem = f"goal '{goal.id}' takes {days} days"
        yield Flaw("long_goal", "goals", here, problem, "break it into steps of a year or less")


def _contradicting(strategy: Strategy) -> Iterator[Flaw]:
    for (_, one), (index, other) in combinations(enumerate(strategy.goals), 2):
        same = (one.metric, one.owner) == (other.metric, other.owner)
        if same and one.start < other.due and other.start < one.due:
            problem = (
                f"goals '{one.id}' and '{other.id}' ask {one.owner} for {one.metric} in the same"
                " period"
            )
            at: KeyPath = ("goals", index)
            yield Flaw("second_goal", "goals", at, problem, "keep one of them", "fault")
