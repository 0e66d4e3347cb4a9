"""What do the constraints of a strategy ask, in the kernel's codes? Their `ConstraintTerms`.

An event is named `KIND` or `KIND:NAME`. Names are kinds of activity, the strategy's stages,
criteria, topics and claims, or roles of contacts; a stage name that several pipelines share means
each of them. A topic of a call is an event of its own, right behind the call.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, get_args

import numpy as np

from salesadvisor.domain import state
from salesadvisor.domain.conformance import (
    CODES_OF_A_KIND,
    HEAD_SIZE,
    MAX_ATOMS,
    TALLY_SIZE,
    ConstraintTerms,
    Trace,
)
from salesadvisor.domain.elements import Constraint, ConstraintKind
from salesadvisor.domain.naming import did_you_mean
from salesadvisor.domain.signals import FORECAST_CATEGORIES
from salesadvisor.domain.state import DAY, UNKNOWN
from salesadvisor.domain.strategy import Strategy
from salesadvisor.errors import PlaybookError
from salesadvisor.log.terms import codes_of

KINDS: tuple[str, ...] = get_args(ConstraintKind)
_ACTIVITIES = ("call", "email", "meeting", "demo", "task", "other")
_CLOSINGS = ("won", "lost", "no_decision", "cancelled", "voided")

# How an event of the log is named in a constraint.
EVENTS: Mapping[str, int] = MappingProxyType(
    {
        "opened": state.OPENED,
        "reopened": state.REOPENED,
        "stage": state.STAGE,
        "criterion": state.CRITERION,
        "activity": state.ACTIVITY,
        "activity_planned": state.PLANNED,
        "next_step_set": state.NEXT_STEP,
        "topic": state.TOPIC,
        "claim": state.CLAIM,
        "contact": state.CONTACT,
        "forecast": state.FORECAST,
        "quote_sent": state.QUOTE,
        "discount_offered": state.DISCOUNT,
        "amount_changed": state.AMOUNT,
        "close_date_changed": state.CLOSE_DATE,
        "owner_changed": state.OWNER,
        "competitor_identified": state.COMPETITOR,
        "objection_raised": state.OBJECTION_RAISED,
        "objection_answered": state.OBJECTION_ANSWERED,
        "won": state.WON,
        "lost": state.LOST,
        "no_decision": state.NO_DECISION,
        "cancelled": state.CANCELLED,
        "voided": state.VOIDED,
    }
)
# Other spellings: the kind as the event file has it.
_SPELT: Mapping[str, str] = MappingProxyType(
    {
        "stage_changed": "stage",
        "criterion_met": "criterion",
        "claim_presented": "claim",
        "contact_added": "contact",
        "forecast_category_set": "forecast",
    }
)


def constraint_terms(strategy: Strategy) -> ConstraintTerms:
    """The terms of the constraints of `strategy`, in their declared order.

    Raises PlaybookError where one names an event that there is not, or can't be kept at all.
    """
    constraints = strategy.process.constraints
    names = _atoms(strategy)
    by_kind, by_code = _tables(strategy, names)
    return ConstraintTerms(
        kind=_array(KINDS.index(one.kind) for one in constraints),
        first=_array(1 << names.index(one.first) for one in constraints),
        then=_array(0 if one.then is None else 1 << names.index(one.then) for one in constraints),
        within=_array(
            UNKNOWN if one.within_days is None else one.within_days * DAY for one in constraints
        ),
        most=_array(one.most for one in constraints),
        of_kind=by_kind,
        of_code=by_code,
    )


def plain_constraint_terms(terms: ConstraintTerms) -> ConstraintTerms:
    """The same terms for the uncompiled gear."""
    columns: Any = terms
    return ConstraintTerms(*(column.tolist() for column in columns))


def trace_arrays(constraints: int, rows: int) -> Trace:
    """A trace for the compiled gear: for so many constraints and rows of a deal."""
    slots = constraints * rows
    return Trace(
        order=_zeros(rows),
        head=_zeros(HEAD_SIZE),
        tally=_zeros(constraints * TALLY_SIZE),
        activated_by=_zeros(slots),
        verdict=_zeros(slots),
        decided_by=_zeros(slots),
        decided_at=_zeros(slots),
    )


def _atoms(strategy: Strategy) -> list[str]:
    """Every event named by a constraint, in the order of its bit."""
    found: dict[str, None] = {}
    for one in strategy.process.constraints:
        for problem, cure in _faults(one):
            raise PlaybookError(_place(strategy, one), problem, cure)
        found[one.first] = None
        if one.then is not None:
            found[one.then] = None
    if len(found) > MAX_ATOMS:
        problem = f"its constraints name {len(found)} events, at most {MAX_ATOMS} are possible"
        raise PlaybookError(f"strategy '{strategy.name}'", problem, "merge or remove some")
    return list(found)


def _faults(one: Constraint) -> Iterable[tuple[str, str]]:
    if (one.then is None) != (one.kind == "absence"):
        has = "has no 'then'" if one.then is None else "has a 'then'"
        yield f"{one.kind} {has}", "an absence has only 'first', every other kind has both"
    waits = one.kind in ("response", "chain_response")
    if one.within_days is not None and not waits:
        yield f"{one.kind} has a limit 'within_days'", "only a response can be late; remove it"
    if waits and one.first in _CLOSINGS:
        yield f"nothing can follow '{one.first}', which ends the deal", "name an earlier event"


def _tables(strategy: Strategy, names: Sequence[str]) -> tuple[Any, Any]:
    """The atoms of each kind of row, and of each kind and code."""
    by_kind = _zeros(state.ADVICE + 1)
    by_code = _zeros((state.ADVICE + 1) * CODES_OF_A_KIND)
    for bit, name in enumerate(names):
        event, _, label = name.partition(":")
        event = _SPELT.get(event, event)
        if event not in EVENTS:
            raise _unknown(strategy, name, event, EVENTS)
        if not label:
            by_kind[EVENTS[event]] |= 1 << bit
            continue
        labels = _labels(strategy).get(event, ())
        if label not in labels:
            raise _unknown(strategy, name, label, labels)
        for code, known in enumerate(labels):
            if known == label:
                by_code[EVENTS[event] * CODES_OF_A_KIND + code] |= 1 << bit
    return by_kind, by_code


def _labels(strategy: Strategy) -> dict[str, Sequence[str]]:
    """By event, the names that its codes stand for."""
    codes = codes_of(strategy)
    return {
        "stage": [ref.name for ref in strategy.stages],
        "criterion": codes.criteria,
        "topic": codes.topics,
        "claim": codes.claims,
        "contact": codes.roles,
        "activity": _ACTIVITIES,
        "activity_planned": _ACTIVITIES,
        "forecast": FORECAST_CATEGORIES,
    }


def _unknown(strategy: Strategy, name: str, what: str, known: Iterable[str]) -> PlaybookError:
    asking = next(one for one in strategy.process.constraints if name in (one.first, one.then))
    problem = f"unknown event '{name}'"
    return PlaybookError(_place(strategy, asking), problem, did_you_mean(what, known))


def _place(strategy: Strategy, one: Constraint) -> str:
    return f"strategy '{strategy.name}', constraint '{one.id}'"


def _array(values: Iterable[int]) -> Any:
    return np.array(list(values), dtype=np.int64)


def _zeros(size: int) -> Any:
    return np.zeros(size, np.int64)
