"""What was measured, from how many, against which plan, and is it on plan?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, assert_never

import numpy as np

from salesadvisor.study.scoreboard.standing import Standing

Status = Literal["on plan", "off plan", "cannot tell"]
Trend = Literal["better", "worse", "up", "down", "steady", "unknown"]
Unit = Literal["%", "days", "hours", "count", "per week", "money"]

LEAST_N = 5
"""Below this many, no share is held against a plan."""
TOLERATED = 20.0
"""Percent of open deals that may break a declaration before execution is called off plan."""
SHARE_TOLERANCE = 10.0
"""Points by which a share may differ from its declared share."""
_STEADY = 0.05  # a change below a twentieth is none

Count = Callable[[Standing], tuple[Any, Any]]
"""Of a standing: which deals count as hits, and which can be asked at all (boolean arrays)."""


class Plan(NamedTuple):
    """What was declared about a figure; `near` allows `SHARE_TOLERANCE` points either way."""

    kind: Literal["at most", "at least", "near"]
    value: float


class Figure(NamedTuple):
    """A figure, what it was counted from, and its 95 % interval where it is an estimate."""

    value: float | None
    n: int
    low: float | None = None
    high: float | None = None


NOTHING = Figure(None, 0)


@dataclass(frozen=True)
class Measure:
    """One figure held against its plan. `of` says what `n` counts; no plan, no `status`."""

    label: str
    unit: Unit
    figure: Figure
    of: str
    before: float | None = None
    plan: Plan | None = None
    status: Status | None = None
    trend: Trend = "unknown"
    note: str = ""


def measured(
    label: str,
    unit: Unit,
    figure: Figure,
    of: str,
    *,
    before: Figure = NOTHING,
    plan: Plan | None = None,
    note: str = "",
    least: int = LEAST_N,
) -> Measure:
    """A measure with its status and trend; `least` is the smallest n that may be judged."""
    if not note and figure.value is None:
        note = f"not measured yet: no {of}" if not figure.n else "not measured yet"
    elif not note and plan is not None and figure.n < least:
        note = f"too few to tell: {figure.n} {of}"
    earlier = before.value if before.n >= least else None
    return Measure(
        label=label,
        unit=unit,
        figure=figure,
        of=of,
        before=earlier,
        plan=plan,
        status=None if plan is None else _status(figure, plan, least),
        trend=_trend(figure.value, earlier, plan),
        note=note,
    )


def unmeasured(label: str, why: str, *, unit: Unit = "%") -> Measure:
    """What was declared but left no trace in the history."""
    note = f"not measured yet: {why}"
    return Measure(label, unit, NOTHING, "", status="cannot tell", note=note)


def share(
    label: str,
    now: Standing,
    before: Standing | None,
    count: Count,
    of: str,
    *,
    plan: Plan | None = None,
) -> Measure:
    """The percentage of deals that `count` finds, now and before."""
    earlier = NOTHING if before is None else percentage(*count(before))
    return measured(label, "%", percentage(*count(now)), of, before=earlier, plan=plan)


def percentage(hits: Any, base: Any) -> Figure:
    """Hits within the base, in percent of the base."""
    n = int(np.count_nonzero(base))
    return Figure(100 * int(np.count_nonzero(hits & base)) / n, n) if n else NOTHING


def _status(figure: Figure, plan: Plan, least: int) -> Status:
    if figure.value is None or figure.n < least:
        return "cannot tell"
    low = figure.value if figure.low is None else figure.low
    high = figure.value if figure.high is None else figure.high
    match plan.kind:
        case "at most":
            fits, misses = high <= plan.value, low > plan.value
        case "at least":
            fits, misses = low >= plan.value, high < plan.value
        case "near":
            fits = abs(figure.value - plan.value) <= SHARE_TOLERANCE
            misses = not fits
        case _:
            assert_never(plan.kind)
    return "on plan" if fits else "off plan" if misses else "cannot tell"


def _trend(value: float | None, before: float | None, plan: Plan | None) -> Trend:
    if value is None or before is None:
        return "unknown"
    if abs(value - before) <= _STEADY * max(abs(value), abs(before)):
        return "steady"
    if plan is None:
        return "up" if value > before else "down"
    match plan.kind:
        case "at most":
            is_better = value < before
        case "at least":
            is_better = value > before
        case "near":
            is_better = abs(value - plan.value) < abs(before - plan.value)
        case _:
            assert_never(plan.kind)
    return "better" if is_better else "worse"
