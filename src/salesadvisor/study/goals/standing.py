"""How does a declared goal stand at a moment? Every figure of it, by what was known then."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cached_property
from typing import Any, Literal

import numpy as np

from salesadvisor.domain import goals
from salesadvisor.domain.elements import Goal
from salesadvisor.domain.events import minor_units
from salesadvisor.domain.goals import METRICS, Lever, Metric, Period
from salesadvisor.domain.scopes import GoalSignals
from salesadvisor.domain.state import DAY, STATUS_LOST, STATUS_WON, UNKNOWN
from salesadvisor.domain.strategy import Strategy
from salesadvisor.study.checkpoints import local_date, midnight
from salesadvisor.study.goals.chance import hit_probability_bp
from salesadvisor.study.goals.facts import Facts, Known, learning_rows
from salesadvisor.study.goals.incidence import ends_of
from salesadvisor.study.goals.measures import (
    Reached,
    amounts_opened,
    closed_within,
    cycle_days_of,
    measure,
    total,
    won_within,
)
from salesadvisor.study.goals.outlook import Future, expected_of, outlook_of

MOST_EARLIER = 5  # like-long earlier periods that history's curve is averaged over
VALUE_DAYS = 365  # the past that value conversion and cycle are taken from
LEAST_WON = 5  # won deals below which neither they nor required coverage are given
SIGNALS = tuple(item.name for item in fields(GoalSignals))

State = Literal["not started", "running", "ended"]


@dataclass(frozen=True)
class Reading:
    """What is known at a moment, and what follows for all goals alike."""

    facts: Facts
    known: Known
    future: Future | None

    @property
    def moment(self) -> int:
        return self.known.moment

    @property
    def strategy(self) -> Strategy:
        return self.facts.history.strategy

    @cached_property
    def today(self) -> date:
        return local_date(self.moment, self.strategy.calendar.timezone)

    @cached_property
    def cycle_days(self) -> float | None:
        """The median cycle of the wins of the last year."""
        days = cycle_days_of(won_within(self.known, *self._last_year)).tolist()
        return goals.median_days(days) if len(days) >= LEAST_WON else None

    @cached_property
    def conversion(self) -> float | None:
        """Won value of all closed value of the last year, whatever the end."""
        closed = closed_within(self.known, *self._last_year)
        closed = closed[closed["amount"] != UNKNOWN]
        won = closed[closed["status"] == STATUS_WON]
        total = int(closed["amount"].sum())
        return int(won["amount"].sum()) / total if total and len(won) >= LEAST_WON else None

    @cached_property
    def win_rate(self) -> float | None:
        status = closed_within(self.known, *self._last_year)["status"]
        won, lost = (int(np.count_nonzero(status == one)) for one in (STATUS_WON, STATUS_LOST))
        return won / (won + lost) if won + lost else None

    @cached_property
    def filled_from(self) -> int | None:
        """From when on history is no longer filling up: a median cycle after its first opening."""
        opened = self.known.opened[self.known.opened != UNKNOWN]
        if self.cycle_days is None or not len(opened):
            return None
        return int(opened.min()) + int(self.cycle_days * DAY)

    @property
    def _last_year(self) -> tuple[int, int]:
        return self.moment - VALUE_DAYS * DAY, self.moment

    def midnight(self, day: date) -> int:
        return midnight(day, self.strategy.calendar.timezone)


@dataclass(frozen=True)
class Expected:
    """What is expected to come in by the due date, and what would have to change."""

    of_open: float
    of_coming: float
    hit_bp: int
    levers: tuple[Lever, ...]


@dataclass(frozen=True)
class Cover:
    """What of a money goal can still come, in minor units, and what history says is needed."""

    pipeline: float | None
    required: float | None
    opened_28d: float | None
    need_28d: float | None


@dataclass(frozen=True)
class GoalStanding:
    """One goal at one moment. Money in minor units, other figures in the metric's unit.

    A figure without a value is None: without a denominator, or where history says too little.
    `earlier` pairs the value at this point of each earlier period with its final one. `expected`
    and `cover` are given while the goal is running.
    """

    goal: Goal
    metric: Metric
    period: Period
    state: State
    target: float
    reached: Reached
    passed: float
    days_left: int
    earlier: tuple[tuple[float | None, float | None], ...]
    expected: Expected | None = None
    cover: Cover | None = None

    @property
    def attainment(self) -> float | None:
        return goals.attainment(self.metric, self.reached.value, self.target)

    @property
    def pace(self) -> float | None:
        return goals.linear_pace(self.metric, self.attainment, self.passed)

    @property
    def share_by_then(self) -> float | None:
        return goals.share_reached_by_then(self.metric, self.earlier)

    @property
    def curve_pace(self) -> float | None:
        return goals.curve_pace(self.attainment, self.share_by_then)

    @property
    def gap(self) -> float | None:
        return goals.gap(self.metric, self.reached.value, self.target)

    @property
    def coverage(self) -> float | None:
        return goals.coverage(self.cover.pipeline, self.gap) if self.cover else None

    @property
    def created_to_need(self) -> float | None:
        cover = self.cover
        if cover is None or cover.opened_28d is None or not cover.need_28d:
            return None
        return cover.opened_28d / cover.need_28d

    def signals(self) -> GoalSignals:
        """What a rule reads."""
        is_money = self.metric.unit == "money" and self.gap is not None
        return GoalSignals(
            attainment_permille=goals.permille(self.attainment),
            pace_permille=goals.permille(self.pace),
            curve_pace_permille=goals.permille(self.curve_pace),
            days_left=self.days_left,
            hit_probability_bp=UNKNOWN if self.expected is None else self.expected.hit_bp,
            gap_minor=round(self.gap or 0) if is_money else UNKNOWN,
            coverage_permille=goals.permille(self.coverage),
            required_coverage_permille=goals.permille(self.cover.required if self.cover else None),
            created_to_need_permille=goals.permille(self.created_to_need),
        )


def is_running(goal: Goal, moment: int, zone: str) -> bool:
    """Whether `moment` lies in the goal's period, from its start to the end of its due day."""
    period = Period(goal.start, goal.due)
    return midnight(period.start, zone) <= moment < midnight(period.after, zone)


def standing_of_goal(reading: Reading, goal: Goal) -> GoalStanding:
    """Every figure of one goal."""
    metric = METRICS[goal.metric]
    period = Period(goal.start, goal.due)
    start, after = reading.midnight(period.start), reading.midnight(period.after)
    until = min(reading.moment, after)
    target = float(goal.value)
    if metric.unit == "money":
        target = float(minor_units(goal.value, reading.strategy.currency))
    state: State = "running"
    if reading.moment < start:
        state = "not started"
    elif reading.moment >= after:
        state = "ended"
    stands = GoalStanding(
        goal=goal,
        metric=metric,
        period=period,
        state=state,
        target=target,
        reached=measure(metric.name, reading.known, start, until),
        passed=goals.share_passed(reading.strategy.calendar, period, reading.today),
        days_left=max((period.due - reading.today).days, 0),
        earlier=tuple(_earlier(reading, metric, period)) if state == "running" else (),
    )
    if state != "running":
        return stands
    expected = _expected(reading, stands, start, (after - reading.moment) / DAY)
    cover = None
    if metric.unit == "money":
        cover = _cover(reading, stands, after, expected.of_open if expected else 0.0)
    return replace(stands, expected=expected, cover=cover)


def earlier_periods(reading: Reading, period: Period) -> list[Period]:
    """The full periods before `period`, newest first, that lie within filled history."""
    found = []
    for steps in range(1, MOST_EARLIER + 1):
        one = period.earlier(steps)
        if reading.filled_from is None or reading.midnight(one.start) < reading.filled_from:
            break
        if reading.midnight(one.after) <= reading.moment:
            found.append(one)
    return found


def same_point(reading: Reading, period: Period, earlier: Period) -> int:
    """The moment of an earlier period that lies as long after its start as this one."""
    day = min(earlier.start + (reading.today - period.start), earlier.after)
    into_day = reading.moment - reading.midnight(reading.today)
    return min(reading.midnight(day) + into_day, reading.midnight(earlier.after))


def _earlier(reading: Reading, metric: Metric, period: Period) -> Any:
    for one in earlier_periods(reading, period):
        start = reading.midnight(one.start)
        ends = (same_point(reading, period, one), reading.midnight(one.after))
        yield tuple(measure(metric.name, reading.known, start, end).value for end in ends)


def _expected(reading: Reading, stands: GoalStanding, start: int, days: float) -> Expected | None:
    future, metric = reading.future, stands.metric
    if future is None or (metric.unit == "money" and not future.has_amounts):
        return None

    def by_speed(speed: float) -> tuple[float, float]:
        return expected_of(outlook_of(metric.name, future, stands.target, start, days, speed))

    found: tuple[Lever, ...] = ()
    if metric.grows and stands.gap is not None:
        found = goals.levers(
            missing=stands.gap,
            expected=by_speed,
            win_rate=reading.win_rate,
            has_size=metric.unit == "money",
        )
        if metric.name == "created_amount":
            found = tuple(one for one in found if one.name in ("volume", "size"))
    of_open, of_coming = by_speed(1.0)
    outlook = outlook_of(metric.name, future, stands.target, start, days)
    return Expected(of_open, of_coming, hit_probability_bp(outlook), found)


def _cover(reading: Reading, stands: GoalStanding, after: int, from_open: float) -> Cover:
    recent = amounts_opened(reading.known, reading.moment - goals.NEED_DAYS * DAY, reading.moment)
    opened = total(recent)
    missing = stands.gap or 0.0
    if stands.metric.name == "created_amount":
        need = goals.need_in_28_days(
            missing=missing, expected_from_open=0.0, conversion=1.0,
            days_left=stands.days_left, cycle_days=0.0,
        )  # fmt: skip
        return Cover(None, None, opened, need)
    need = None
    if reading.future is not None:
        need = goals.need_in_28_days(
            missing=missing,
            expected_from_open=from_open,
            conversion=reading.conversion,
            days_left=stands.days_left,
            cycle_days=reading.cycle_days,
        )
    pipeline = _due_pipeline(reading.known.open, stands.days_left)
    return Cover(pipeline, _required_coverage(reading, stands.days_left, after), opened, need)


def _due_pipeline(standing: Any, days: int) -> float | None:
    """Amounts expected to close within `days`, overdue ones too; None where no date is recorded."""
    dated = standing[standing["days_to_close"] != UNKNOWN]
    if not len(dated):
        return None
    return total(dated["amount"][dated["days_to_close"] <= days])


def _required_coverage(reading: Reading, days_left: int, after: int) -> float | None:
    """From every regular moment of the past that lies as long before a known end as this one."""
    ahead = after - reading.moment
    rows, moments = learning_rows(reading.facts, reading.moment)
    usable = (moments + ahead <= reading.moment) & (rows["amount"] != UNKNOWN)
    usable &= (rows["days_to_close"] != UNKNOWN) & (rows["days_to_close"] <= days_left)
    usable &= reading.known.opened[rows["deal"]] != UNKNOWN
    rows, moments = rows[usable], moments[usable]
    place, has_ended = ends_of(reading.known, rows)
    ended = reading.known.ends[place[has_ended]]
    won = (ended["status"] == STATUS_WON) & (ended["occurred"] < moments[has_ended] + ahead)
    won &= ended["amount"] != UNKNOWN
    if len(np.unique(ended["deal"][won])) < LEAST_WON:
        return None
    return goals.required_coverage(
        float(int(rows["amount"].sum())), float(int(ended["amount"][won].sum()))
    )
