"""Whom is advice about, who acts on it, and how many minutes has each? One numbering for all.

Deals come first, under the codes of the log, then accounts, reps, the team and goals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np

from salesadvisor.domain.advice import RANKED_SCOPES, UNLIMITED
from salesadvisor.domain.rules import Rule, Scope
from salesadvisor.domain.scopes import CATALOGUES
from salesadvisor.domain.state import UNKNOWN
from salesadvisor.domain.strategy import Strategy
from salesadvisor.log.passes import History, Survey
from salesadvisor.log.scopes import ScopePanel

MANAGER = "manager"
"""Who leads the team, where the strategy names nobody."""
AMOUNT_OF: Mapping[Scope, str] = {
    "deal": "amount_minor",
    "account": "account.open_amount_minor",
    "rep": "rep.open_amount_minor",
    "team": "team.open_amount_minor",
    "goal": "goal.gap_minor",
}
"""The signal that says how much is at stake in a subject of the scope."""
_DAYS_A_WEEK = 7

Panels = Mapping[Scope, ScopePanel]
Scores = Mapping[str, Any]
"""Columns by open deal and checkpoint: deal, time, p_bp and more, as `Replay.scores` has them."""
PanelsOf = Callable[[History, Survey, Scores], Panels]
"""Gives the panels of the scopes beyond the deal, at the checkpoints of a survey."""


def no_panels(history: History, found: Survey, scores: Scores) -> Panels:
    """Where only deals are judged."""
    return {}


def in_scope_order(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """The rules whose advice is ranked, those of deals first; within a scope in their order."""
    return tuple(rule for scope in RANKED_SCOPES for rule in rules if rule.scope == scope)


def columns_of(names: Sequence[str]) -> dict[str, int]:
    """Each signal's row in the panel of its scope; `names` are those of a deal's panel.

    One table for all: outside the deal, names begin with their scope.
    """
    columns: dict[str, int] = {}
    for scope in CATALOGUES:
        columns |= columns_in(scope, names)
    return columns


def columns_in(scope: Scope, names: Sequence[str]) -> dict[str, int]:
    """Each signal's row in a panel of `scope`; `names` are those of a deal's panel."""
    own = names if scope == "deal" else [spec.name for spec in CATALOGUES[scope]]
    return {name: column for column, name in enumerate(own)}


@dataclass(frozen=True)
class Subjects:
    """All subjects in one numbering: the deals, then those of each panel."""

    deals: Sequence[str]
    panels: Panels

    @cached_property
    def starts(self) -> Mapping[Scope, int]:
        """The number of each scope's first subject."""
        starts: dict[Scope, int] = {"deal": 0}
        at = len(self.deals)
        for scope in RANKED_SCOPES[1:]:
            if scope in self.panels:
                starts[scope] = at
                at += len(self.panels[scope].subjects)
        return starts

    def __len__(self) -> int:
        return len(self.deals) + len(self.others)

    @cached_property
    def others(self) -> tuple[tuple[Scope, str], ...]:
        """The subjects beyond the deals, in their order."""
        return tuple(
            (scope, name)
            for scope in RANKED_SCOPES[1:]
            if scope in self.panels
            for name in self.panels[scope].subjects
        )

    def in_order(self) -> list[tuple[Scope, ScopePanel]]:
        """The panels, in the order in which their subjects are numbered."""
        return [(scope, self.panels[scope]) for scope in RANKED_SCOPES if scope in self.panels]

    def named(self, number: int) -> tuple[Scope, str]:
        """Scope and name of a subject."""
        if number < len(self.deals):
            return "deal", self.deals[number]
        return self.others[number - len(self.deals)]

    def most(self, strategy: Strategy) -> Any:
        """int64[subject]: how much advice each may carry."""
        limits = [most_for(scope, strategy) for scope, _ in self.others]
        most = np.full(len(self), strategy.accountability.max_per_deal, np.int64)
        most[len(self.deals) :] = limits
        return most


def most_for(scope: Scope, strategy: Strategy) -> int:
    """How much advice a subject may carry: what one buyer is to notice is limited."""
    is_a_buyer = scope in ("deal", "account")
    return strategy.accountability.max_per_deal if is_a_buyer else UNLIMITED


def manager_of(strategy: Strategy) -> str:
    """Who acts on advice that is no rep's."""
    return strategy.accountability.manager or MANAGER


def acting(owner: int, names: Sequence[str], strategy: Strategy) -> str:
    """Who acts on the advice of a panel's row whose owner is `owner`."""
    return manager_of(strategy) if owner == UNKNOWN else names[owner]


def manager_code(names: Sequence[str], strategy: Strategy) -> int:
    """The manager's number among the log's names, else the one after them."""
    name = manager_of(strategy)
    return names.index(name) if name in names else len(names)


def capacity(names: Sequence[str], days: Sequence[date], strategy: Strategy) -> Any:
    """int64[day, person]: minutes in the week of each day, the manager's last."""
    people = [*names, manager_of(strategy)]
    weeks = {week_start(day) for day in days}
    by_week = {week: [minutes_in(week, name, strategy) for name in people] for week in weeks}
    table = [by_week[week_start(day)] for day in days]
    return np.array(table, np.int64).reshape(len(days), len(people))


def week_start(day: date) -> date:
    """The Monday of its week."""
    return day - timedelta(days=day.weekday())


def minutes_in(monday: date, name: str, strategy: Strategy) -> int:
    """Minutes for advised work in that week, less the share of business days away."""
    minutes = minutes_for(name, strategy)
    away = [one for one in strategy.accountability.away if one.rep == name]
    if not away or minutes == UNLIMITED:
        return minutes
    days = [monday + timedelta(days=number) for number in range(_DAYS_A_WEEK)]
    open_days = [day for day in days if strategy.calendar.is_business_day(day)]
    there = [day for day in open_days if not any(one.from_ <= day <= one.to for one in away)]
    return minutes * len(there) // len(open_days) if open_days else 0


def minutes_for(name: str, strategy: Strategy) -> int:
    """Minutes of a full week: a rep's, or the manager's, which may be without limit."""
    accountability = strategy.accountability
    if name != manager_of(strategy) or name in accountability.reps:
        return accountability.minutes_for(name)
    limit = accountability.manager_minutes_per_week
    return UNLIMITED if limit is None else limit
