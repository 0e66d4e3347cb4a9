"""What should a manager see of a team: what nobody answered, what is late, who has too much?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from salesadvisor.domain.advice import ALREADY_OPEN, OVER_CAPACITY, UNLIMITED
from salesadvisor.domain.strategy import Strategy
from salesadvisor.study.advising import Advice, Recommendation
from salesadvisor.study.checkpoints import local_date
from salesadvisor.study.subjects import manager_of, minutes_for, minutes_in, week_start

EVERYBODY = "all reps"
OTHERS = "reps of no team"
NOBODY = "no owner"


@dataclass(frozen=True)
class RepLoad:
    """One rep's week: minutes that its advice takes of those there are (None: no limit).

    `carried` are the minutes of advice still open from earlier weeks; `waiting` recommendations are
    held back for want of `waiting_minutes`.
    """

    rep: str
    open_deals: int
    shown: int
    minutes: int
    carried: int
    capacity: int | None
    is_away: bool
    overdue: int
    escalated: int
    waiting: int
    waiting_minutes: int


@dataclass(frozen=True)
class TeamDigest:
    """One team, with what its manager should act on: the longest ignored and latest first."""

    team: str
    reps: tuple[RepLoad, ...]
    escalated: tuple[Recommendation, ...]
    overdue: tuple[Recommendation, ...]


@dataclass(frozen=True)
class Digest:
    """What a manager should know as of a moment; `own` is the manager's own advice."""

    manager: str
    teams: tuple[TeamDigest, ...]
    own: tuple[Recommendation, ...]


def digest(advice: Advice, strategy: Strategy) -> Digest:
    """The digest of the declared teams, or of everybody where none is declared."""
    today = local_date(int(advice.as_of.timestamp()), strategy.calendar.timezone)
    manager = manager_of(strategy)
    people = {owner or NOBODY for owner in advice.owners}
    teams = []
    for name, reps in _teams(people - {manager}, strategy):
        mine = [one for one in advice.recommendations if (one.owner or NOBODY) in reps]
        overdue = [one for one in mine if _is_overdue(one, today)]
        escalated = [one for one in advice.escalated if (one.owner or NOBODY) in reps]
        teams.append(
            TeamDigest(
                team=name,
                reps=tuple(_load(rep, advice, strategy, today) for rep in reps),
                escalated=tuple(sorted(escalated, key=_worth)),
                overdue=tuple(sorted(overdue, key=lambda one: (one.due, *_worth(one)))),
            )
        )
    own = tuple(one for one in advice.shown if one.owner == manager)
    return Digest(manager, tuple(teams), own)


def _teams(people: set[str], strategy: Strategy) -> list[tuple[str, list[str]]]:
    """Each team with its reps; those of no team last."""
    teams = [(team.name, list(team.reps)) for team in strategy.alignment.teams]
    in_a_team = {rep for _, reps in teams for rep in reps}
    others = sorted(people - in_a_team)
    if others:
        teams.append((OTHERS if teams else EVERYBODY, others))
    return teams


def _load(rep: str, advice: Advice, strategy: Strategy, today: date) -> RepLoad:
    owner = None if rep == NOBODY else rep
    mine = [one for one in advice.recommendations if one.owner == owner]
    shown = [one for one in advice.shown if one.owner == owner]
    waiting = [one for one in mine if one.verdict == OVER_CAPACITY]
    monday = week_start(today)
    minutes = minutes_in(monday, rep, strategy)
    new = _minutes([one for one in shown if one.is_of_week(monday)])
    return RepLoad(
        rep=rep,
        open_deals=sum(deal.owner == owner for deal in advice.deals),
        shown=len(shown),
        minutes=new,
        carried=_minutes(shown) - new,
        capacity=None if owner is None or minutes == UNLIMITED else minutes,
        is_away=minutes < minutes_for(rep, strategy),
        overdue=sum(_is_overdue(one, today) for one in mine),
        escalated=sum(one.owner == owner for one in advice.escalated),
        waiting=len(waiting),
        waiting_minutes=_minutes(waiting),
    )


def _minutes(found: Sequence[Recommendation]) -> int:
    return sum(one.rule.effort_minutes for one in found)


def _is_overdue(one: Recommendation, today: date) -> bool:
    return one.verdict == ALREADY_OPEN and one.due < today


def _worth(one: Recommendation) -> tuple[int, str, str]:
    return -one.parts.priority_minor, one.subject, one.rule.id
