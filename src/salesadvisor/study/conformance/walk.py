"""What of a deal counts as of a moment, in the order in which it happened?"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from salesadvisor.domain.conformance import ENDED, ENDED_FOR_GOOD, deal_after
from salesadvisor.domain.history import NO_REF, effective_rows
from salesadvisor.domain.state import (
    NOT_OPENED,
    OPENED,
    OWNER,
    REOPENED,
    STAGE,
    UNKNOWN,
    LogRow,
)
from salesadvisor.log.passes import History


@dataclass(frozen=True, slots=True)
class Step:
    """One row of a deal's trace, and where and whose the deal is after it."""

    index: int
    row: LogRow
    stage: int
    owner: int


@dataclass(frozen=True)
class Walk:
    """A deal as of a moment.

    `rows` are those that count in known order, `log_row` their places in the log. `steps` are
    those that happened while the deal was not closed, in the order of happening; `ends_as` is what
    the deal is after all of them (see `deal_after`).
    """

    deal: int
    as_of: int
    rows: Sequence[LogRow]
    log_row: Sequence[int]
    steps: Sequence[Step]
    ends_as: int

    @property
    def is_judged(self) -> bool:
        """Whether the deal was opened, and not voided: a duplicate conforms to nothing."""
        return self.ends_as not in (NOT_OPENED, ENDED_FOR_GOOD)

    def owner_at(self, moment: int) -> int:
        """Who owned the deal then, UNKNOWN if nobody did."""
        after = bisect_right(self.steps, moment, key=lambda step: step.row.occurred)
        return self.steps[after - 1].owner if after else UNKNOWN


def walks(history: History, as_of: int, deal: int | None = None) -> Iterator[Walk]:
    """Every deal, or only that one, by what was known before `as_of` (epoch seconds)."""
    starts = history.log.starts.tolist()
    known = history.rows["known"] < as_of
    order = tuple(history.log.columns[name] for name in ("position", "sub", "ref"))
    for code in range(history.log.deal_count) if deal is None else (deal,):
        first = starts[code]
        after = first + int(known[first : starts[code + 1]].sum())
        rows = [LogRow(*values) for values in history.rows[first:after].tolist()]
        if history.corrected[code]:
            kept = _counted(rows, *(column[first:after].tolist() for column in order))
        else:
            kept = list(range(len(rows)))
        counted = [rows[place] for place in kept]
        log_row = [first + place for place in kept]
        yield Walk(code, as_of, counted, log_row, *_steps(counted))


def _counted(rows: list[LogRow], position: Any, sub: Any, ref: Any) -> list[int]:
    """The places of the rows that count."""
    if all(one == NO_REF for one in ref):
        return list(range(len(rows)))
    work = [LogRow()] * (2 * len(rows))
    size = effective_rows(rows, position, sub, ref, 0, len(rows), work)
    place_of = {id(row): place for place, row in enumerate(rows)}
    return [place_of[id(row)] for row in work[:size]]


def _steps(rows: Sequence[LogRow]) -> tuple[list[Step], int]:
    """The steps, and what the deal is in the end."""
    steps = []
    deal_is = NOT_OPENED
    stage = owner = UNKNOWN
    for index in sorted(range(len(rows)), key=lambda one: rows[one].occurred):
        row = rows[index]
        was, deal_is = deal_is, deal_after(deal_is, row.kind)
        if was >= ENDED and deal_is >= ENDED:
            continue
        is_opening = row.kind == OPENED and was == NOT_OPENED
        if row.kind == STAGE or ((is_opening or row.kind == REOPENED) and row.code != UNKNOWN):
            stage = row.code
        if row.kind == OWNER or (is_opening and row.who != UNKNOWN):
            owner = row.who
        steps.append(Step(index, row, stage, owner))
    return steps, deal_is
