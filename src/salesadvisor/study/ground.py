"""Which rules have nothing to go by, because the CRM never recorded what they ask for?

Where no activity is recorded, every deal looks as if nobody had worked on it. A rule that asks for
activities speaks only once a first one is known, of any deal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from salesadvisor.domain.elements import Constraint
from salesadvisor.domain.rules import Rule
from salesadvisor.domain.state import ACTIVITY
from salesadvisor.domain.strategy import Strategy
from salesadvisor.log.columns import known_us
from salesadvisor.log.passes import History

_MICRO = 1_000_000
# Signals that read as neglect where the CRM records no activity at all.
OF_ACTIVITIES = frozenset(
    (
        "activities_21d",
        "activities_short_7d",
        "contacts_since_quote",
        "days_over_silent_limit",
        "days_since_activity",
        "days_since_contact_out",
        "hours_unanswered",
        "account.activities_28d",
        "rep.activities_28d",
        "rep.deals_silent",
        "rep.unanswered_deals",
        "team.unanswered_deals",
    )
)

OF_CONSTRAINTS = frozenset(("constraints_broken", "rep.constraints_broken"))
_KINDS = ("activity", "topic")


def activities_known(history: History, checkpoints: Any) -> Any:
    """bool[checkpoint] (epoch seconds): whether an activity of any deal was known before it."""
    columns = history.log.columns
    is_activity = columns["kind"] == ACTIVITY
    known = known_us(columns["recorded_us"][is_activity], columns["occurred_us"][is_activity])
    if not known.size:
        return np.zeros(len(checkpoints), np.bool_)
    return np.asarray(checkpoints, np.int64) * _MICRO > known.min()


def asks_for_activities(rule: Rule, strategy: Strategy) -> bool:
    """Whether its condition reads signals that say nothing where no activity is recorded."""
    asked = set(rule.signals)
    if asked & OF_CONSTRAINTS and any(_names_activity(one) for one in strategy.process.constraints):
        return True
    return not OF_ACTIVITIES.isdisjoint(asked)


def grounded(rules: Sequence[Rule], strategy: Strategy, known: Any) -> Any:
    """uint8[rule, checkpoint]: whether each rule has something to go by; `known` as above."""
    asking = [asks_for_activities(rule, strategy) for rule in rules]
    return (~np.array(asking, np.bool_).reshape(-1, 1) | known).astype(np.uint8)


def _names_activity(one: Constraint) -> bool:
    return any(name.split(":")[0] in _KINDS for name in (one.first, one.then) if name)
