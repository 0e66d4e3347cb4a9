"""How do the five elements of getting it right fare? Completeness, team, goals, answers, review."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import numpy as np

from salesadvisor.domain import metrics
from salesadvisor.domain.elements import ELEMENTS, Goal
from salesadvisor.domain.events import minor_units
from salesadvisor.domain.state import DAY, STATUS_LOST, STATUS_WON, UNKNOWN
from salesadvisor.study.checkpoints import midnight
from salesadvisor.study.scoreboard.declared import declared_elements
from salesadvisor.study.scoreboard.intent import MOST
from salesadvisor.study.scoreboard.measure import (
    NOTHING,
    Figure,
    Measure,
    Plan,
    Unit,
    measured,
    percentage,
    unmeasured,
)
from salesadvisor.study.scoreboard.standpoint import Standpoint


def comprehensive(at: Standpoint) -> Iterator[Measure]:
    required = at.strategy.strategy_review.required_elements
    found = set(declared_elements(at.strategy))
    wanted = required or tuple(one for one in ELEMENTS if one != "comprehensive")
    missing = [element for element in wanted if element not in found]
    share = 100 * (len(wanted) - len(missing)) / len(wanted)
    yield measured(
        "required elements that are declared" if required else "elements that are declared",
        "%",
        Figure(share, len(wanted)),
        "required elements" if required else "elements",
        plan=Plan("at least", 100) if required else None,
        note="missing: " + ", ".join(missing).replace("_", " ") if missing else "",
        least=0,
    )


def alignment(at: Standpoint) -> Iterator[Measure]:
    teams = at.strategy.alignment.teams
    if teams:
        members = {rep for team in teams for rep in team.reps}
        codes = np.unique(at.now.owner[at.now.owner != UNKNOWN]).tolist()
        strangers = sorted(at.names[code] for code in codes if at.names[code] not in members)
        n = len(codes)
        yield measured(
            "owners of open deals who belong to a declared team",
            "%",
            Figure(100 * (n - len(strangers)) / n, n) if n else NOTHING,
            "owners of open deals",
            plan=MOST,
            note="in no team: " + ", ".join(strangers) if strangers else "",
            least=1,
        )
    yield unmeasured("strategy acknowledged by the team", "no acknowledgement is recorded")


def goals(at: Standpoint) -> Iterator[Measure]:
    for goal in at.strategy.goals:
        reckon = _GOALS.get(goal.metric)
        if reckon is None:
            known = ", ".join(_GOALS)
            yield unmeasured(goal.id, f"metric '{goal.metric}' is none of {known}", unit="count")
        elif at.today < goal.start:
            yield unmeasured(goal.id, f"it starts on {goal.start}", unit="count")
        else:
            yield reckon(at, goal, _closed_in_period(at, goal))


def accountability(at: Standpoint) -> Iterator[Measure]:
    rules = at.strategy.accountability
    asked = Counter[str]()
    for one in at.shown:
        if one.owner is not None:
            asked[one.owner] += one.rule.effort_minutes
    owners = {at.names[code] for code in np.unique(at.now.owner).tolist() if code != UNKNOWN}
    capacity = sum(rules.minutes_for(owner) for owner in sorted(owners | set(asked)))
    yield measured(
        "minutes for advised work that this week's advice takes",
        "%",
        Figure(100 * asked.total() / capacity, len(owners)) if capacity else NOTHING,
        "owners of open deals",
    )
    due = at.moment - rules.response_days * DAY
    ripe = [one for one in at.issued if one.issued_at <= due]
    label = f"advice answered within {rules.response_days} days"
    if not ripe:
        yield unmeasured(label, "no advice was issued that long ago")
    else:
        limit = rules.response_days * DAY
        answered = [
            one.answered_at is not None and one.answered_at - one.issued_at <= limit for one in ripe
        ]
        hits = np.array(answered, np.bool_)
        figure = percentage(hits, np.ones(len(hits), np.bool_))
        yield measured(label, "%", figure, "recommendations due an answer", plan=MOST)


def review(at: Standpoint) -> Iterator[Measure]:
    wanted = at.strategy.review
    if at.times_advised:
        often = sum(times >= wanted.min_issues for times in at.times_advised)
        yield measured(
            f"rules with at least {wanted.min_issues} recommendations in the replay",
            "%",
            Figure(100 * often / len(at.times_advised), len(at.times_advised)),
            "rules",
        )
    approved = at.strategy.strategy_review.approved_on
    label = "days since the strategy was last approved"
    if approved is None:
        yield unmeasured(label, "the strategy names no date of approval", unit="days")
    else:
        yield measured(
            label,
            "days",
            Figure(float((at.today - approved).days), 1),
            "",
            plan=Plan("at most", float(wanted.cadence_days)),
            least=1,
        )


def _closed_in_period(at: Standpoint, goal: Goal) -> Any:
    zone = at.strategy.calendar.timezone
    first = midnight(goal.start, zone)
    after = midnight(goal.due + timedelta(days=1), zone)
    when = at.closes["occurred"]
    return at.closes[(when >= first) & (when < min(after, at.moment))]


def _won_amount(at: Standpoint, goal: Goal, closed: Any) -> Measure:
    won = closed[closed["status"] == STATUS_WON]
    known = won["amount"][won["amount"] != UNKNOWN]
    unit = minor_units(Decimal(1), at.strategy.currency)
    figure = Figure(int(known.sum()) / unit, len(known)) if len(known) else Figure(None, 0)
    return _paced(at, goal, figure, "money", "won deals with an amount")


def _won_deals(at: Standpoint, goal: Goal, closed: Any) -> Measure:
    won = int(np.count_nonzero(closed["status"] == STATUS_WON))
    return _paced(at, goal, Figure(float(won), won), "count", "won deals")


def _paced(at: Standpoint, goal: Goal, figure: Figure, unit: Unit, of: str) -> Measure:
    """Held against the goal's share of the time that has passed."""
    passed = min(1.0, (at.today - goal.start).days / (goal.due - goal.start).days)
    expected = passed * float(goal.value)
    note = (
        f"the goal is {goal.value:,} by {goal.due}; {100 * passed:.0f} % of the time has passed"
        if figure.value is not None
        else ""
    )
    return measured(
        f"{goal.id}: {goal.metric.replace('_', ' ')} since {goal.start}",
        unit,
        figure,
        of,
        plan=Plan("at least", expected),
        note=note,
    )


def _win_rate(at: Standpoint, goal: Goal, closed: Any) -> Measure:
    won = int(np.count_nonzero(closed["status"] == STATUS_WON))
    lost = int(np.count_nonzero(closed["status"] == STATUS_LOST))
    rate = metrics.win_rate(won, lost)
    figure = (
        Figure(100 * rate.value, won + lost, 100 * rate.low, 100 * rate.high) if rate else NOTHING
    )
    return measured(
        f"{goal.id}: won of won and lost since {goal.start}",
        "%",
        figure,
        "deals won or lost",
        plan=Plan("at least", float(goal.value)),
    )


def _bid_hit_rate(at: Standpoint, goal: Goal, closed: Any) -> Measure:
    """The win rate of deals that had reached a stage from the offer on."""
    is_bid = np.array([ref.stage.proposal for ref in at.strategy.stages] + [False])
    stage = np.where(closed["stage"] == UNKNOWN, len(is_bid) - 1, closed["stage"])
    return _win_rate(at, goal, closed[is_bid[stage]])


def _cycle_days(at: Standpoint, goal: Goal, closed: Any) -> Measure:
    won = closed[closed["status"] == STATUS_WON]
    days = np.sort((won["occurred"] - won["opened"]) / DAY)
    return measured(
        f"{goal.id}: median days from opening to win since {goal.start}",
        "days",
        median_with_interval(days),
        "won deals",
        plan=Plan("at most", float(goal.value)),
    )


def median_with_interval(ordered: Any) -> Figure:
    """The median with its 95 % interval from order statistics (normal approximation)."""
    n = len(ordered)
    if not n:
        return NOTHING
    half = metrics.Z_95 * n**0.5 / 2
    low, high = max(0, int(n / 2 - half)), min(n - 1, int(n / 2 + half))
    return Figure(float(np.median(ordered)), n, float(ordered[low]), float(ordered[high]))


_GOALS: Mapping[str, Callable[[Standpoint, Goal, Any], Measure]] = MappingProxyType(
    {
        "won_amount": _won_amount,
        "won_count": _won_deals,
        "win_rate": _win_rate,
        "bid_hit_rate": _bid_hit_rate,
        "cycle_days": _cycle_days,
    }
)
