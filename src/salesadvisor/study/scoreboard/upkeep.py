"""How do the five elements of getting it right fare? Completeness, team, goals, answers, review."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType

import numpy as np

from salesadvisor.domain import metrics
from salesadvisor.domain.elements import ELEMENTS, GoalUnit
from salesadvisor.domain.events import minor_units
from salesadvisor.domain.metrics import Rate
from salesadvisor.domain.state import UNKNOWN
from salesadvisor.study.accountability import ACKNOWLEDGED
from salesadvisor.study.goals import GoalStanding
from salesadvisor.study.scoreboard.declared import declared_elements
from salesadvisor.study.scoreboard.intent import MOST
from salesadvisor.study.scoreboard.measure import (
    NOTHING,
    Figure,
    Measure,
    Plan,
    Unit,
    measured,
    unmeasured,
)
from salesadvisor.study.scoreboard.standpoint import Standpoint

_UNITS: Mapping[GoalUnit, Unit] = MappingProxyType(
    {"money": "money", "count": "count", "percent": "%", "days": "days"}
)


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
    faults = sum(flaw.severity == "fault" for flaw in at.audit.flaws)
    warnings = len(at.audit.flaws) - faults
    yield measured(
        "faults in the strategy, by itself and held against the history",
        "count",
        Figure(float(faults), 1),
        "",
        plan=Plan("at most", 0),
        note=f"and {warnings} warning{'s' if warnings > 1 else ''}" if warnings else "",
        least=1,
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
    yield from _acknowledged(at)
    team = at.audit.accountability.alignment[-1]
    share = team.share
    known = sum(part.share is not None for part in team.parts)
    yield measured(
        "alignment of effort and behaviour, weighted mean of its parts",
        "%",
        NOTHING if share is None else Figure(100 * share, known),
        "parts with a value",
        plan=MOST,
        least=1,
    )


def _acknowledged(at: Standpoint) -> Iterator[Measure]:
    label = "reps who acknowledged the strategy in force"
    *reps, team = at.audit.accountability.alignment
    share, n = next((one.share, one.n) for one in team.parts if one.name == ACKNOWLEDGED)
    if share is None:
        yield unmeasured(label, "no version of the strategy was published")
        return
    missing = [
        rep.name for rep in reps for one in rep.parts if one.name == ACKNOWLEDGED and not one.share
    ]
    yield measured(
        label,
        "%",
        Figure(100 * share, n),
        "reps",
        plan=Plan("at least", 100),
        note="not yet: " + ", ".join(missing) if missing else "",
        least=1,
    )


def goals(at: Standpoint) -> Iterator[Measure]:
    """The report on goals, each held against what it should have by now."""
    for stands in at.audit.goals.standings:
        unit = _UNITS[stands.metric.unit]
        label = f"{stands.goal.id}: {stands.metric.says} since {stands.goal.start}"
        if stands.state == "not started":
            yield unmeasured(label, f"it starts on {stands.goal.start}", unit=unit)
        else:
            yield _of_goal(at, stands, label, unit)


def _of_goal(at: Standpoint, stands: GoalStanding, label: str, unit: Unit) -> Measure:
    scale = minor_units(Decimal(1), at.strategy.currency) if unit == "money" else 1
    due_by_now = stands.target * (stands.passed if stands.metric.grows else 1)
    note = ""
    if stands.metric.grows:
        of_what = at.strategy.currency if unit == "money" else "deals"
        note = (
            f"the goal is {stands.goal.value:,} {of_what} by {stands.goal.due};"
            f" {100 * stands.passed:.0f} % of its business days have passed"
        )
    return measured(
        label,
        unit,
        _reached(stands, scale),
        "deals",
        plan=Plan("at most" if stands.metric.smaller_is_better else "at least", due_by_now / scale),
        note=note if stands.reached.value is not None else "",
    )


def _reached(stands: GoalStanding, scale: int) -> Figure:
    """A rate is an estimate with its interval."""
    value, n = stands.reached.value, stands.reached.deals
    if value is None:
        return NOTHING
    rate: Rate | None = None
    if stands.metric.unit == "percent":
        rate = metrics.rate(value * n / 100, n)
    if rate is None:
        return Figure(value / scale, n)
    return Figure(value, n, 100 * rate.low, 100 * rate.high)


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
    total = at.audit.accountability.total
    label = "advice due an answer that was answered"
    if total.answered is None:
        why = "none of it is due yet" if total.issued else "no advice was issued before"
        yield unmeasured(label, why)
        return
    yield measured(
        label,
        "%",
        Figure(100 * total.answered.value, int(total.answered.n)),
        "recommendations due an answer",
        plan=MOST,
    )
    if total.response_days is not None:
        yield measured(
            "days until an answer, median",
            "days",
            Figure(total.response_days, total.issued),
            "recommendations",
            plan=Plan("at most", float(rules.response_days)),
        )


def review(at: Standpoint) -> Iterator[Measure]:
    wanted = at.strategy.review
    if at.times_advised:
        often = sum(times >= wanted.min_issues for times in at.times_advised.values())
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
