"""The product's own view of a deal's constraints, in both gears, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from salesadvisor.domain import conformance
from salesadvisor.domain.conformance import (
    ACTIVATIONS,
    TALLY_SIZE,
    ConstraintTerms,
    Trace,
    empty_trace,
    overdue_at,
    restart,
    state_at,
)
from salesadvisor.domain.events import Event
from salesadvisor.domain.state import UNKNOWN, LogRow
from salesadvisor.domain.strategy import Strategy
from salesadvisor.domain.vocabulary import CONSTRAINT_STATES
from salesadvisor.log.constraint_terms import (
    constraint_terms,
    plain_constraint_terms,
    trace_arrays,
)
from salesadvisor.log.gears import ROW, fast, inner
from salesadvisor.log.live import LiveFold
from salesadvisor.log.terms import terms_of
from tests.builders import DEAL, Positions, stored, team
from tests.oracles.conformance import Activation

_place, _conform, _restart = fast.place, fast.conform, fast.restart
_state_at, _overdue_at = fast.state_at, fast.overdue_at


def constrained(
    *constraints: dict[str, Any], allowed: Sequence[dict[str, Any]] = (), **changes: Any
) -> Strategy:
    """The team's strategy with these constraints, whose ids are their places.

    `allowed` are the moves that its first pipeline allows besides one forward.
    """
    process = team().model_dump(by_alias=True)["process"]
    sales, *others = process["pipelines"]
    pipelines = [{**sales, "allowed_moves": list(allowed)}, *others]
    named = [{"id": f"c{place}", **one} for place, one in enumerate(constraints)]
    declared = {**process, "pipelines": pipelines, "constraints": named}
    return team(process=declared, **changes)


def counted_rows(events: Sequence[Event], as_of: datetime, strategy: Strategy) -> list[LogRow]:
    """The first deal's rows that count as of a moment, in known order."""
    return Counted(events, strategy).rows(int(as_of.timestamp()))


class Counted:
    """The rows of a deal as they count at any moment; they are bound once."""

    def __init__(self, events: Sequence[Event], strategy: Strategy, deal: str = DEAL) -> None:
        times = [int(event.occurred_at.timestamp()) for event in events]
        self._fold = LiveFold(strategy, terms_of(strategy, min(times), max(times)))
        numbered = zip(stored(events), events, strict=True)
        mine = [one for one, event in numbered if event.subject_id == deal]
        self._deal = self._fold.bind(mine, Positions(events))

    def rows(self, as_of: int) -> list[LogRow]:
        """Those that count at `as_of` (epoch seconds), in known order."""
        return self._fold.stand(self._deal, as_of).rows


def follow(rows: Sequence[LogRow], strategy: Strategy) -> tuple[Trace, ConstraintTerms]:
    """The uncompiled gear's trace over all of `rows`."""
    terms = plain_constraint_terms(constraint_terms(strategy))
    trace = empty_trace(len(terms.kind), len(rows))
    restart(trace)
    for index in range(len(rows)):
        conformance.place(rows, index, trace, terms)
    conformance.conform(rows, trace, terms)
    return trace, terms


def activations_in(
    rows: Sequence[LogRow], trace: Trace, terms: ConstraintTerms, as_of: int
) -> list[list[Activation]]:
    """By constraint: its activations as of a moment."""
    found = []
    for constraint in range(len(terms.kind)):
        count = trace.tally[constraint * TALLY_SIZE + ACTIVATIONS]
        first = constraint * len(trace.order)
        found.append(
            [
                _activation(rows, trace, terms, constraint, slot, as_of)
                for slot in range(first, first + count)
            ]
        )
    return found


def _activation(
    rows: Sequence[LogRow],
    trace: Trace,
    terms: ConstraintTerms,
    constraint: int,
    slot: int,
    as_of: int,
) -> Activation:
    since = rows[trace.activated_by[slot]].occurred
    verdict = CONSTRAINT_STATES[trace.verdict[slot]]
    settled = None if trace.decided_at[slot] == UNKNOWN else trace.decided_at[slot]
    limit = conformance.limit_of(constraint, slot, rows, trace, terms)
    if verdict == "pending" and as_of > limit:
        return Activation(since, "broken", limit)
    return Activation(since, verdict, settled)


def readings(
    rows: Sequence[LogRow], trace: Trace, terms: ConstraintTerms, as_of: int
) -> list[tuple[int, ...]]:
    """By constraint: state, overdue and tally at a moment."""
    return [
        (
            state_at(constraint, as_of, rows, trace, terms),
            overdue_at(constraint, as_of, rows, trace, terms),
            *trace.tally[constraint * TALLY_SIZE : (constraint + 1) * TALLY_SIZE],
        )
        for constraint in range(len(terms.kind))
    ]


@inner
def _run(events: Any, known: Any, checkpoints: Any, trace: Any, terms: Any, out: Any) -> None:
    _restart(trace)
    index = 0
    for step in range(len(checkpoints)):
        while index < len(events) and events[index].known < checkpoints[step]:
            _place(events, index, trace, terms)
            index += 1
        _conform(events, trace, terms)
        for constraint in range(len(terms.kind)):
            out[step, constraint, 0] = _state_at(
                constraint, checkpoints[step], events, trace, terms
            )
            out[step, constraint, 1] = _overdue_at(
                constraint, checkpoints[step], events, trace, terms
            )
            for place in range(out.shape[2] - 2):
                out[step, constraint, 2 + place] = trace.tally[
                    constraint * (out.shape[2] - 2) + place
                ]


def compiled_readings(
    rows: Sequence[LogRow], strategy: Strategy, checkpoints: Sequence[int]
) -> list[list[tuple[int, ...]]]:
    """The compiled gear's readings at each checkpoint, over rows that no correction touched."""
    terms = constraint_terms(strategy)
    events = np.zeros(len(rows), ROW)
    for place, row in enumerate(rows):
        for name in ROW.names or ():
            events[place][name] = getattr(row, name)
    trace = trace_arrays(len(terms.kind), len(rows))
    out = np.zeros((len(checkpoints), len(terms.kind), 2 + TALLY_SIZE), np.int64)
    moments = np.array(checkpoints, np.int64)
    _run(events, moments, moments, trace, terms, out)
    return [[tuple(one) for one in step] for step in out.tolist()]
