"""What does the log say once corrections are taken into account? Columns to look for faults in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import numpy as np

from salesadvisor.domain import state
from salesadvisor.domain.history import NO_REF
from salesadvisor.domain.strategy import Strategy
from salesadvisor.log.bind import Tables, tables_of
from salesadvisor.log.columns import ACCOUNT_ROWS, COLUMN_NAMES, Log, known_us
from salesadvisor.log.terms import Codes, codes_of
from salesadvisor.study.doctor.finding import Example, Hit

NONE = -1
_STATUS_KINDS = (state.OPENED, state.REOPENED, *range(state.FIRST_CLOSING_KIND, state.VOIDED + 1))


@dataclass(frozen=True)
class Facts:
    """The rows that count, in deal order: what was corrected reads as corrected.

    `column(name)` are the log's columns over these rows. `is_event` marks the first row of each
    event, the others only add to it.
    """

    log: Log
    strategy: Strategy
    columns: dict[str, Any]
    is_event: Any
    starts: Any

    @classmethod
    def of(cls, log: Log, strategy: Strategy) -> Facts:
        index, is_event = _rows_that_count(log.columns)
        if index is None:
            return cls(log, strategy, log.columns, is_event, log.starts)
        columns = {name: log.columns[name][index] for name in COLUMN_NAMES}
        starts = np.searchsorted(columns["deal"], np.arange(log.deal_count + 1))
        return cls(log, strategy, columns, is_event, starts)

    def of_kind(self, *kinds: int) -> Any:
        """The first rows of all events of these kinds."""
        wanted = np.zeros(state.ADVICE + 1, np.bool_)
        wanted[list(kinds)] = True
        return np.flatnonzero(wanted[self.columns["kind"]] & self.is_event)

    @cached_property
    def codes(self) -> Codes:
        return codes_of(self.strategy)

    @cached_property
    def tables(self) -> Tables:
        return tables_of(self.strategy, self.codes, self.log.words, ())

    @cached_property
    def opening(self) -> Any:
        """By deal: the row of its first opening, NONE if it was never opened."""
        return self.first_of(self.of_kind(state.OPENED))

    @cached_property
    def status_row(self) -> Any:
        """By row: the latest opening, reopening or close of the deal up to it, NONE before any.

        As in the fold, a second opening decides nothing, nor does anything before the first.
        """
        deal, kind = self.columns["deal"], self.columns["kind"]
        deciding = self.of_kind(*_STATUS_KINDS)
        opening = self.opening[deal[deciding]]
        decides = (opening != NONE) & (deciding >= opening)
        decides &= (kind[deciding] != state.OPENED) | (deciding == opening)
        marks = np.full(len(deal), NONE, np.int64)
        marks[deciding[decides]] = deciding[decides]
        latest = np.maximum.accumulate(marks) if len(marks) else marks
        return np.where(latest >= self.starts[deal], latest, NONE)

    @cached_property
    def is_open(self) -> Any:
        """By deal: whether it is open at the end of the history."""
        last = self.starts[1:] - 1
        row = np.where(last >= self.starts[:-1], self.status_row[last], NONE)
        return (row != NONE) & (self.columns["kind"][row] < state.FIRST_CLOSING_KIND)

    @cached_property
    def opened_deals(self) -> Any:
        return np.flatnonzero(self.opening != NONE)

    @cached_property
    def pipeline(self) -> Any:
        """By deal: the strategy's code of its pipeline, NONE if unknown or never opened."""
        table = self.tables.pipeline
        word = self.columns["other"][np.maximum(self.opening, 0)]
        code = np.where(word >= 0, table[np.maximum(word, 0)], NONE)
        if len(self.tables.stage) == 1:
            code = np.zeros_like(code)
        return np.where(self.opening == NONE, NONE, code)

    @cached_property
    def known(self) -> Any:
        return known_us(self.columns["recorded_us"], self.columns["occurred_us"])

    @cached_property
    def end_us(self) -> int:
        """The newest recording, as microseconds."""
        recorded = self.columns["recorded_us"]
        return int(recorded.max()) if len(recorded) else 0

    def first_of(self, rows: Any) -> Any:
        """By deal: the first of these rows, NONE where there is none."""
        first = np.full(self.log.deal_count, NONE, np.int64)
        deals, place = np.unique(self.columns["deal"][rows], return_index=True)
        first[deals] = rows[place]
        return first

    def has_any(self, rows: Any) -> Any:
        """By deal: whether any of these rows is its."""
        found = np.zeros(self.log.deal_count, np.bool_)
        found[self.columns["deal"][rows]] = True
        return found

    def label(self, code: int) -> str:
        return self.log.words.labels.words[code] if code >= 0 else "none"

    def name(self, code: int) -> str:
        return self.log.words.names.words[code] if code >= 0 else "nobody"

    def hit(
        self, code: str, rows: Any, of: int, text: Callable[[int], str], detail: str = ""
    ) -> Hit:
        """The fault `code` in these rows, with three of them spread over the history."""
        spread = sorted({0, len(rows) // 2, len(rows) - 1}) if len(rows) else []
        chosen = [int(rows[place]) for place in spread]
        examples = tuple(example_in(self.log, self.columns, row, text(row)) for row in chosen)
        return Hit(code, len(rows), of, examples, detail)

    def deal_hit(
        self, code: str, deals: Any, of: int, text: Callable[[int], str], detail: str = ""
    ) -> Hit:
        """The same of deals: an example is the deal's opening, or its first event."""
        opening = self.opening[deals]
        rows = np.where(opening != NONE, opening, self.starts[deals])
        return self.hit(code, rows, of, text, detail)


def example_in(log: Log, columns: dict[str, Any], row: int, text: str) -> Example:
    """Where a row of `columns` stands; its deal, or its account for the row of a profile."""
    deal = int(columns["deal"][row])
    is_profile = deal == ACCOUNT_ROWS
    return Example(
        deal=log.words.names.words[columns["who"][row]]
        if is_profile
        else log.words.deals.words[deal],
        position=int(columns["position"][row]),
        at=moment(int(columns["occurred_us"][row])),
        text=text,
    )


def moment(microseconds: int) -> datetime:
    """An instant of the log in UTC, to the second."""
    return datetime.fromtimestamp(microseconds // 1_000_000, UTC)


def _rows_that_count(columns: dict[str, Any]) -> tuple[Any, Any]:
    """Which rows count in which order (None: all as they are), and which begin an event.

    As `domain.history.effective_rows` does for one deal: the latest marker for an event decides,
    and new content stands where the corrected event stood.
    """
    kind, sub, ref, position = (columns[name] for name in ("kind", "sub", "ref", "position"))
    if not len(ref) or (ref == NO_REF).all():
        return None, sub == 0
    ordinary = ref == NO_REF
    markers = np.flatnonzero((kind == state.CORRECTED) | (kind == state.RETRACTED))
    markers = markers[ref[markers] >= 0]
    meant, place = np.unique(ref[markers][::-1], return_index=True)
    deciding = markers[::-1][place]
    kept = np.flatnonzero(ordinary & ~np.isin(position, meant))
    stood = np.flatnonzero(ordinary & (sub == 0) & np.isin(position, meant))
    stood_of = dict(zip(position[stood].tolist(), stood.tolist(), strict=True))
    deciding = deciding[kind[deciding] == state.CORRECTED]
    content = np.flatnonzero(~ordinary & (sub > 0) & np.isin(position, position[deciding]))
    stands = np.array([stood_of.get(int(one), NONE) for one in ref[content]], np.int64)
    content, stands = content[stands != NONE], stands[stands != NONE]
    index = np.concatenate((kept, content))
    order = np.lexsort((sub[index], np.concatenate((kept, stands))))
    index = index[order]
    return index, np.where(ordinary[index], sub[index] == 0, sub[index] == 1)
