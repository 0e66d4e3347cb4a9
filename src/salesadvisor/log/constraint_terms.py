"""What do the constraints of a strategy ask, in the kernel's codes? Their `ConstraintTerms`.

An event is named by its kind, or a stage, criterion, topic or kind of activity by its own name
(`stage:rfi`); a stage name that several pipelines share means each of them. A topic of a call is an
event of its own, right behind the call.
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
from salesadvisor.domain.elements import ActivityName, ConstraintKind
from salesadvisor.domain.state import DAY, UNKNOWN
from salesadvisor.domain.strategy import Strategy
from salesadvisor.errors import PlaybookError
from salesadvisor.log.terms import codes_of

KINDS: tuple[str, ...] = get_args(ConstraintKind)
_ACTIVITIES = get_args(ActivityName)

# The rows of the log that an event of a deal makes, by its kind.
ROW_OF_EVENT: Mapping[str, int] = MappingProxyType(
    {
        "opened": state.OPENED,
        "reopened": state.REOPENED,
        "stage_changed": state.STAGE,
        "criterion_met": state.CRITERION,
        "activity": state.ACTIVITY,
        "activity_planned": state.PLANNED,
        "next_step_set": state.NEXT_STEP,
        "claim_presented": state.CLAIM,
        "contact_added": state.CONTACT,
        "forecast_category_set": state.FORECAST,
        "quote_sent": state.QUOTE,
        "discount_offered": state.DISCOUNT,
        "amount_changed": state.AMOUNT,
        "attribute_changed": state.ATTRIBUTE,
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
# And those of an event with a name, by what stands before the colon.
_NAMED_ROW: Mapping[str, int] = MappingProxyType(
    {
        "stage": state.STAGE,
        "criterion": state.CRITERION,
        "topic": state.TOPIC,
        "activity": state.ACTIVITY,
    }
)


def constraint_terms(strategy: Strategy) -> ConstraintTerms:
    """The terms of the constraints of `strategy`, in their declared order.

    Raises PlaybookError where they name more events than a mask has bits.
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
    constraints = strategy.process.constraints
    pairs = [name for one in constraints for name in (one.first, one.then) if name is not None]
    found = list(dict.fromkeys(pairs))
    if len(found) > MAX_ATOMS:
        problem = f"its constraints name {len(found)} events, at most {MAX_ATOMS} are possible"
        raise PlaybookError(f"strategy '{strategy.name}'", problem, "merge or remove some")
    return found


def _tables(strategy: Strategy, names: Sequence[str]) -> tuple[Any, Any]:
    """The atoms of each kind of row, and of each kind and code."""
    by_kind = _zeros(state.ADVICE + 1)
    by_code = _zeros((state.ADVICE + 1) * CODES_OF_A_KIND)
    codes = codes_of(strategy)
    labels: Mapping[str, Sequence[str]] = {
        "stage": [ref.name for ref in strategy.stages],
        "criterion": codes.criteria,
        "topic": codes.topics,
        "activity": _ACTIVITIES,
    }
    for bit, name in enumerate(names):
        event, colon, label = name.partition(":")
        if not colon:
            by_kind[ROW_OF_EVENT[event]] |= 1 << bit
            continue
        for code, known in enumerate(labels[event]):
            if known == label:
                by_code[_NAMED_ROW[event] * CODES_OF_A_KIND + code] |= 1 << bit
    return by_kind, by_code


def _array(values: Iterable[int]) -> Any:
    return np.array(list(values), dtype=np.int64)


def _zeros(size: int) -> Any:
    return np.zeros(size, np.int64)
