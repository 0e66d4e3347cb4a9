"""What do the signals of one deal read, without compiling anything? The live gear.

The same functions as in bulk, uncompiled, over the events of one deal from the store. What only the
whole history can tell (P80 of won deals, median amount) is handed in as a `Reference`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from salesadvisor.domain.conformance import conform, empty_trace, judge, place, restart
from salesadvisor.domain.history import NO_REF, effective_rows
from salesadvisor.domain.observe import observe, observe_derived
from salesadvisor.domain.signals import Signals
from salesadvisor.domain.state import (
    ATTRIBUTE_VALUE,
    COMPETITOR,
    MAX_CONTACTS,
    OPENED,
    UNKNOWN,
    Deal,
    LogRow,
    Terms,
    empty_book,
    evolve,
)
from salesadvisor.domain.strategy import Strategy
from salesadvisor.log.bind import (
    BOUND_COLUMNS,
    Tables,
    bind_row,
    number_in_deal,
    pipeline_of,
    tables_of,
)
from salesadvisor.log.columns import COLUMN_NAMES, Words, in_deal_order
from salesadvisor.log.constraint_terms import constraint_terms, plain_constraint_terms
from salesadvisor.log.passes import Survey
from salesadvisor.log.projector import PositionOf, Projector, Stored
from salesadvisor.log.terms import codes_of, live_terms

_FIELDS = tuple(item.name for item in fields(Signals))


@dataclass(frozen=True)
class Reference:
    """What all of history says as of a moment, as `observe` and `observe_derived` take it."""

    won_p80: Sequence[int]
    median_amount: int
    rivals: Sequence[int] = ()
    limits: Sequence[int] = ()


def reference_of(found: Survey, step: int) -> Reference:
    """What a survey found for its checkpoint `step`."""
    return Reference(
        found.won_p80[step].tolist(),
        int(found.median_amount[step]),
        found.rivals[step].tolist(),
        found.limits[step].tolist(),
    )


@dataclass
class DealRows:
    """The bound rows of one deal in known order, with the names that their codes stand for."""

    rows: list[LogRow]
    position: list[int]
    sub: list[int]
    ref: list[int]
    words: Words


@dataclass(frozen=True)
class Standing:
    """A deal as of a moment: its state, its book, and the rows that count."""

    deal: Deal
    book: list[int]
    rows: list[LogRow]
    owner: str | None


class LiveFold:
    """Folds single deals under one strategy; `terms` must cover every moment asked."""

    def __init__(self, strategy: Strategy, terms: Terms) -> None:
        self._strategy = strategy
        self._codes = codes_of(strategy)
        self._terms = live_terms(terms)
        self._constraints = plain_constraint_terms(constraint_terms(strategy))

    def bind(
        self,
        events: Sequence[Stored],
        position_of: PositionOf,
        profiles: Sequence[Stored] = (),
    ) -> DealRows:
        """The rows of one deal from its stored events, and those of its account's profile."""
        words = Words()
        columns = Projector(words, position_of).project([*profiles, *events])
        order = in_deal_order(columns)
        deal_rows = order[columns["deal"][order] == 0]
        listed = {name: columns[name][deal_rows].tolist() for name in COLUMN_NAMES}
        tables = tables_of(self._strategy, self._codes, words, _rivals(listed))
        rows = self._bind_rows(listed, plain_tables(tables))
        number_in_deal(rows, 0, len(rows), [0] * (2 * MAX_CONTACTS), MAX_CONTACTS)
        return DealRows(rows, listed["position"], listed["sub"], listed["ref"], words)

    def stand(self, deal: DealRows, as_of: int) -> Standing:
        """The deal as of `as_of` (epoch seconds): only what was known before counts."""
        counted = _counted(deal, sum(1 for row in deal.rows if row.known < as_of))
        state, book = Deal(), empty_book()
        for row in counted:
            evolve(state, book, row, self._terms)
        owner = None if state.owner == UNKNOWN else deal.words.names.words[state.owner]
        return Standing(state, book, counted, owner)

    def signals(self, standing: Standing, as_of: int, reference: Reference) -> list[int]:
        """The signals row in the order of the terms' history: catalogue, attributes, derived."""
        row = Signals()
        states = self.constraints(standing, as_of)
        observe(
            standing.deal, standing.book, standing.rows, 0, len(standing.rows), as_of, self._terms,
            reference.won_p80, reference.median_amount, reference.rivals, states, row,
        )  # fmt: skip
        attributes = standing.book[ATTRIBUTE_VALUE : ATTRIBUTE_VALUE + len(self._codes.attributes)]
        derived = [
            observe_derived(
                standing.deal, standing.book, self._terms, reference.limits, states, row, index
            )
            for index in range(len(self._terms.derived_kind))
        ]
        return [*(getattr(row, name) for name in _FIELDS), *attributes, *derived]

    def constraints(self, standing: Standing, as_of: int) -> list[int]:
        """How the deal stands to each declared order of events, as `conformance.judge` says."""
        terms = self._constraints
        trace = empty_trace(len(terms.kind), max(1, len(standing.rows)))
        restart(trace)
        for index in range(len(standing.rows)):
            place(standing.rows, index, trace, terms)
        conform(standing.rows, trace, terms)
        states = [0] * (len(terms.kind) + 3)
        judge(as_of, standing.rows, trace, terms, states)
        return states

    def _bind_rows(self, listed: dict[str, Any], tables: Tables) -> list[LogRow]:
        pipeline = UNKNOWN
        for kind, ref, other in zip(listed["kind"], listed["ref"], listed["other"], strict=True):
            if kind == OPENED and ref == NO_REF:
                pipeline = pipeline_of(other, tables)
                break
        rows = []
        columns = [listed[name] for name in BOUND_COLUMNS]
        bind_one: Any = bind_row
        for values in zip(*columns, strict=True):
            row = LogRow()
            bind_one(*values, pipeline, tables, self._terms, row)
            rows.append(row)
        return rows


def _rivals(listed: dict[str, Any]) -> set[int]:
    """The names in a deal's rows of competitors."""
    pairs = zip(listed["kind"], listed["who"], strict=True)
    return {who for kind, who in pairs if kind == COMPETITOR and who >= 0}


def plain_tables(tables: Tables) -> Tables:
    """The same tables; their items read as plain Python integers."""
    columns: Any = tables
    plain: list[Any] = [memoryview(one) if hasattr(one, "dtype") else one for one in columns]
    return Tables(*plain)


def _counted(deal: DealRows, after: int) -> list[LogRow]:
    """The rows that count of the first `after`."""
    if all(ref == NO_REF for ref in deal.ref[:after]):
        return deal.rows[:after]
    work = [LogRow()] * (2 * after)
    size = effective_rows(deal.rows, deal.position, deal.sub, deal.ref, 0, after, work)
    return work[:size]
