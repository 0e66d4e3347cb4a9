"""How is a log read under a strategy? Bind once, survey once, then stream panels of signals.

A `History` is the log bound to a strategy. `survey` folds it once for what only the whole history
can tell at each checkpoint (P80 of won deals, median amount), each value as known at that moment.
`panels` then yields the signals of every open deal at every checkpoint, in blocks of whole deals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np

from salesadvisor.domain import state
from salesadvisor.domain.conformance import ConstraintTerms
from salesadvisor.domain.history import NO_REF
from salesadvisor.domain.signals import CATALOGUE
from salesadvisor.domain.state import MAX_CONTACTS, STATUS_WON, UNKNOWN, Terms
from salesadvisor.domain.strategy import Strategy
from salesadvisor.domain.vocabulary import derived
from salesadvisor.log import kernel, learned
from salesadvisor.log.bind import BOUND_COLUMNS, tables_of
from salesadvisor.log.columns import Log
from salesadvisor.log.constraint_terms import constraint_terms
from salesadvisor.log.gears import ROW, SIGNALS, empty_book, empty_deal
from salesadvisor.log.terms import codes_of, terms_of

LEAST_WON = 5  # won deals below which no percentile is given
PANEL_ROWS = 8_192
CLOSE = np.dtype(
    [
        (name, np.int64)
        for name in (
            "deal", "cycle", "known_from", "known_until", "occurred", "status", "opened", "amount",
            "owner", "stage", "pipeline", "competitors", "tier",
        )
    ]
)  # fmt: skip
AMOUNT = np.dtype([(name, np.int64) for name in ("amount", "known_from", "known_until")])

Result = TypeVar("Result")


@dataclass(frozen=True)
class History:
    """A log bound to a strategy: records in deal order, ready to fold."""

    log: Log
    strategy: Strategy
    terms: Terms
    constraints: ConstraintTerms
    rows: Any
    corrected: Any
    attributes: tuple[str, ...]
    derived: tuple[str, ...]

    @property
    def signal_names(self) -> tuple[str, ...]:
        """The rows of a panel, in order: the catalogue, the attributes, the derived signals."""
        return (
            *(spec.name for spec in CATALOGUE),
            *(f"attribute.{name}" for name in self.attributes),
            *self.derived,
        )


@dataclass(frozen=True)
class Survey:
    """What the whole history says, each value with the moment from which it was known.

    `closes` are records of CLOSE; `won_p80[checkpoint, stage]` days and `median_amount[checkpoint]`
    minor units, UNKNOWN where too little was known; `rivals[checkpoint, :]` as `observe` takes
    them, `limits[checkpoint, cell]` the learned thresholds; `row_counts[deal]` panel rows.
    """

    checkpoints: Any
    closes: Any
    won_p80: Any
    median_amount: Any
    rivals: Any
    limits: Any
    row_counts: Any


@dataclass(frozen=True)
class Panel:
    """The signals of whole deals: `block[signal, row]`; `deal`, `time`, `owner` are codes by row.

    The first `count` rows count; `time` is an index into the checkpoints. The arrays are buffers
    that the next panel of the same worker reuses.
    """

    first_deal: int
    after_deal: int
    count: int
    block: Any
    deal: Any
    time: Any
    owner: Any


def bind(
    log: Log,
    strategy: Strategy,
    until: int,
    workers: int = 1,
    wanted: Iterable[str] | None = None,
) -> History:
    """Bind `log` to `strategy`; `until` (epoch seconds) is the last moment to be asked for.

    Of the derived signals only the `wanted` ones are read, if such are named.
    """
    codes = codes_of(strategy)
    columns = log.columns
    first = int(columns["occurred_us"].min()) // 1_000_000 if log.row_count else until
    last = int(columns["occurred_us"].max()) // 1_000_000 if log.row_count else until
    names = tuple(spec.name for spec in derived(strategy))
    if wanted is not None:
        asked = set(wanted)
        names = tuple(name for name in names if name in asked)
    terms = terms_of(strategy, min(first, until), max(last, until), names)
    rivals = np.unique(columns["who"][columns["kind"] == state.COMPETITOR])
    tables = tables_of(strategy, codes, log.words, [int(name) for name in rivals if name >= 0])
    rows = np.empty(log.row_count, ROW)
    raw = [_frozen(columns[name]) for name in (*BOUND_COLUMNS, "ref")]

    def bind_range(first_deal: int, after_deal: int) -> None:
        kernel.bind_log(*raw, log.starts, tables, terms, MAX_CONTACTS, first_deal, after_deal, rows)

    in_threads(bind_range, _deal_ranges(log.starts, workers), workers)
    refs = np.concatenate(([0], np.cumsum(columns["ref"] != NO_REF)))
    corrected = (refs[log.starts[1:]] - refs[log.starts[:-1]]) > 0
    return History(
        log, strategy, terms, constraint_terms(strategy), rows, corrected, codes.attributes, names
    )


def survey(history: History, checkpoints: Any, workers: int = 1) -> Survey:
    """Fold the whole history once. `checkpoints`: int64 epoch seconds, ascending."""
    log = history.log
    close_slots = _close_slots(history)
    closes = np.zeros(close_slots[-1], CLOSE)
    closes["deal"] = UNKNOWN
    amounts = np.zeros(close_slots[-1], AMOUNT)
    amounts["amount"] = UNKNOWN
    stage_days = np.full((close_slots[-1], len(history.strategy.stages)), -1, np.int32)
    row_counts = np.zeros(log.deal_count, np.int64)
    blank, blank_book = empty_deal(), empty_book()

    def survey_range(first_deal: int, after_deal: int) -> None:
        kernel.survey(
            history.rows, *order_columns(log), log.starts, history.corrected, checkpoints,
            history.terms,
            blank, blank_book, first_deal, after_deal, close_slots, closes, stage_days, amounts,
            row_counts,
        )  # fmt: skip

    in_threads(survey_range, _deal_ranges(log.starts, workers), workers)
    used = closes["deal"] != UNKNOWN
    closes, stage_days = closes[used], stage_days[used]
    won = closes["status"] == STATUS_WON
    return Survey(
        checkpoints,
        closes,
        _won_p80(closes[won], stage_days[won], checkpoints),
        _median_amounts(amounts[amounts["amount"] != UNKNOWN], checkpoints),
        _rivals(closes, checkpoints, len(history.strategy.competitor_names)),
        learned.limits(closes[won], stage_days[won], checkpoints, history.strategy, history.terms),
        row_counts,
    )


def panels(
    history: History,
    found: Survey,
    consume: Callable[[Panel], Result],
    workers: int = 1,
    deals: tuple[int, int] | None = None,
) -> Iterator[Result]:
    """`consume(panel)` for every block of deals, yielded in deal order whatever the workers."""
    blocks = _blocks(found.row_counts, deals or (0, history.log.deal_count))
    capacity = max((rows for _, _, rows in blocks), default=0)
    buffers = [_buffers(history, capacity) for _ in range(min(workers, len(blocks)))]
    blank, blank_book = empty_deal(), empty_book()

    def run(first_deal: int, after_deal: int) -> Result:
        block, row_deal, row_time, row_owner, signals = buffers.pop()
        count = kernel.fill_panel(
            history.rows, *order_columns(history.log), history.log.starts, history.corrected,
            found.checkpoints, found.won_p80, found.median_amount, found.rivals, found.limits,
            history.terms, history.constraints, blank, blank_book, signals, signals.view(np.int64),
            len(history.attributes), first_deal, after_deal, block, row_deal, row_time, row_owner,
        )  # fmt: skip
        panel = Panel(first_deal, after_deal, count, block, row_deal, row_time, row_owner)
        result = consume(panel)
        buffers.append((block, row_deal, row_time, row_owner, signals))
        return result

    yield from in_threads(run, [(first, after) for first, after, _ in blocks], workers)


def in_threads(
    work: Callable[[int, int], Result], ranges: Sequence[tuple[int, int]], workers: int
) -> list[Result]:
    """`work(first, after)` for each range, results in the order of the ranges."""
    if workers <= 1 or len(ranges) <= 1:
        return [work(*one) for one in ranges]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(lambda one: work(*one), ranges))


def _buffers(history: History, capacity: int) -> tuple[Any, Any, Any, Any, Any]:
    return (
        np.empty((len(history.signal_names), capacity), np.int64),
        np.empty(capacity, np.int64),
        np.empty(capacity, np.int64),
        np.empty(capacity, np.int64),
        np.zeros(1, SIGNALS),
    )


def order_columns(log: Log) -> tuple[Any, Any, Any]:
    """What a kernel needs of the log to tell which rows a correction means."""
    return tuple(_frozen(log.columns[name]) for name in ("position", "sub", "ref"))


def _frozen(column: Any) -> Any:
    """A read-only contiguous view, so that kernels see one type whatever the file gave."""
    view = np.ascontiguousarray(column)
    if view is column:
        view = column.view()
    view.flags.writeable = False
    return view


def _close_slots(history: History) -> Any:
    """Where each deal's closings and first amounts go.

    A correction folds its deal again when it becomes known, and once more if its new content comes
    later; each time all closings are written down anew, and the first amount at most twice.
    """
    starts = history.log.starts
    kind = history.rows["kind"]
    is_closing = (kind >= state.FIRST_CLOSING_KIND) & (kind <= state.VOIDED)
    is_marker = (kind == state.CORRECTED) | (kind == state.RETRACTED)
    closings = _count_by_deal(is_closing, starts)
    folds = 1 + 2 * _count_by_deal(is_marker, starts)
    return np.concatenate(([0], np.cumsum((closings + 2) * folds)))


def _count_by_deal(flags: Any, starts: Any) -> Any:
    running = np.concatenate(([0], np.cumsum(flags)))
    return running[starts[1:]] - running[starts[:-1]]


def _deal_ranges(starts: Any, workers: int) -> list[tuple[int, int]]:
    """Ranges of deals with about equally many rows, one a worker."""
    deals = len(starts) - 1
    cuts = np.searchsorted(starts, np.linspace(0, starts[-1], workers + 1)[1:-1])
    bounds = [0, *(int(cut) for cut in cuts), deals]
    return [(a, b) for a, b in pairwise(bounds) if a < b]


def _blocks(row_counts: Any, deals: tuple[int, int]) -> list[tuple[int, int, int]]:
    """(first deal, deal after, rows) of blocks that hold about PANEL_ROWS rows each."""
    first, after = deals
    running = np.cumsum(row_counts[first:after])
    blocks = []
    start, taken = first, 0
    while start < after:
        end = first + int(np.searchsorted(running, taken + PANEL_ROWS, side="right"))
        end = min(max(end, start + 1), after)
        total = int(running[end - first - 1])
        if total > taken:
            blocks.append((start, end, total - taken))
        start, taken = end, total
    return blocks


def _won_p80(won: Any, stage_days: Any, checkpoints: Any) -> Any:
    when, sign, index = learned.entries_of(won)
    return kernel.won_percentiles(
        when, sign, np.ascontiguousarray(stage_days[index]), checkpoints, LEAST_WON,
        learned.LONGEST_STAGE_DAYS,
    )  # fmt: skip


def _rivals(closes: Any, checkpoints: Any, count: int) -> Any:
    when, sign, index = learned.entries_of(closes)
    known = closes[index]
    return learned.matchups(
        when, sign, known["status"].copy(), known["competitors"].copy(), checkpoints, count
    )


def _median_amounts(amounts: Any, checkpoints: Any) -> Any:
    when, sign, index = learned.entries_of(amounts)
    by_rank = np.sort(amounts["amount"])
    order = np.argsort(amounts["amount"], kind="stable")
    rank = np.empty(len(amounts), np.int64)
    rank[order] = np.arange(len(amounts))
    return kernel.medians(when, sign, rank[index], by_rank, checkpoints)
