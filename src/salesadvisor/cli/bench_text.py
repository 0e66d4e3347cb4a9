"""How do the figures of the bench read?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from salesadvisor.cli.layout import Page
from salesadvisor.study.bench import Bench
from salesadvisor.study.bench.figures import (
    AllScopesFigures,
    ImportFigures,
    LiveFigures,
    MatchFigures,
    ReplayFigures,
    StartFigures,
    Timing,
)

_MEGA = 1_000_000
Figures = TypeVar("Figures")


def bench_page(found: Bench) -> Page:
    """A table with a column for each history, then what is measured once."""
    page = Page()
    times = len(found.replays[0].scan.seconds)
    page.line(
        f"{found.cores} cores, {found.workers} workers; best of {times} after a warm-up; models are"
        " fitted before the replay"
    )
    events = [one.events for one in found.replays]
    histories = [
        *_imports(found.imports),
        *_deals(found.replays),
        *_all_scopes(found.all_scopes, events),
    ]
    columns = tuple(f"{count:,} events" for count in events)
    page.line()
    page.rows(histories, head=("", *columns), right=range(1, len(columns) + 1))
    once = [*_matching(found.matching), *_live(found.live), *_start(found.start)]
    page.line()
    return page.rows(once, right=(1,))


def _imports(found: Sequence[ImportFigures]) -> list[tuple[str, ...]]:
    row = _rows_of(found)
    return [
        row("import, rows/s", lambda one: f"{one.rows / one.seconds:,.0f}"),
        row("  raw inserts, rows/s", lambda one: f"{one.rows / one.raw_seconds:,.0f}"),
        row("  times the raw inserts", lambda one: f"{one.ratio:.1f}"),
        row("  then the log, events/s", lambda one: f"{one.events / one.log_seconds:,.0f}"),
        row("  peak memory, MB", lambda one: f"{one.peak_mb:,.0f}"),
    ]


def _deals(found: Sequence[ReplayFigures]) -> list[tuple[str, ...]]:
    row = _rows_of(found)
    return [
        row("weekly replay of deals, M events/s", lambda one: _mega(one.events, one.replay)),
        row("  Parquet scan, M events/s", lambda one: _mega(one.events, one.scan)),
        row("  times the scan", lambda one: f"{one.ratio:.1f}"),
        row("  seconds, best / median", lambda one: _seconds(one.replay)),
        row("  scan, best / median", lambda one: _seconds(one.scan)),
        *_parts([one.parts for one in found]),
        row("  rules", lambda one: f"{one.rules:,}"),
        row("  weeks x open deals", lambda one: f"{one.panel_rows:,}"),
        row("  candidates of advice", lambda one: f"{one.candidates:,}"),
        row("  peak memory, MB", lambda one: f"{one.peak_mb:,.0f}"),
        row("  of it before the log", lambda one: f"{one.before_mb:,.0f}"),
        row("  fit of the models, s", lambda one: f"{one.fit:.2f}"),
        row("  reading the log, s", lambda one: f"{one.read_log:.2f}"),
    ]


def _all_scopes(found: Sequence[AllScopesFigures], events: Sequence[int]) -> list[tuple[str, ...]]:
    row = _rows_of(found)
    rates = [_mega(count, one.replay) for count, one in zip(events, found, strict=True)]
    return [
        ("weekly replay of all scopes, M events/s", *rates),
        row("  times the scan", lambda one: f"{one.ratio:.1f}"),
        row("  seconds, best / median", lambda one: _seconds(one.replay)),
        row("  scan, best / median", lambda one: _seconds(one.scan)),
        *_parts([one.parts for one in found]),
        row("  rules", lambda one: f"{one.rules:,}"),
        *(
            (f"  rows of scope {scope}", *(f"{one.rows.get(scope, 0):,}" for one in found))
            for scope in found[0].rows
        ),
        row("  candidates of advice", lambda one: f"{one.candidates:,}"),
        row("  peak memory, MB", lambda one: f"{one.peak_mb:,.0f}"),
    ]


def _rows_of(
    found: Sequence[Figures],
) -> Callable[[str, Callable[[Figures], str]], tuple[str, ...]]:
    """Makes a row of what it is called and a cell for each history."""
    return lambda what, cell: (what, *(cell(one) for one in found))


def _parts(found: Sequence[Mapping[str, Timing]]) -> list[tuple[str, ...]]:
    return [(f"    {part}", *(_seconds(one[part]) for one in found)) for part in found[0]]


def _matching(found: MatchFigures) -> list[tuple[str, str]]:
    return [
        (
            f"{found.rules} rules over {found.signals} signals in bulk, M rows/s",
            f"{found.rate / _MEGA:.2f}",
        ),
        ("  promised, M rows/s", f"{found.promised / _MEGA:.2f}"),
        (f"  {found.live.engine}, row by row, rows/s", f"{found.live.rate:,.0f}"),
        ("  rows on which both fire the same rules", f"{found.live.rows:,} of {found.live.rows:,}"),
        ("  seconds, best / median", _seconds(found.taken)),
        ("  rows", f"{found.rows:,}"),
        ("  boxes", f"{found.boxes:,}"),
        ("  tests in them", f"{found.leaves:,}"),
    ]


def _live(found: LiveFigures) -> list[tuple[str, str]]:
    return [
        ("one event to advice on its deal, p50, ms", f"{found.p50_ms:.1f}"),
        ("  p99, ms", f"{found.p99_ms:.1f}"),
        *((f"    {part}, median, ms", f"{ms:.2f}") for part, ms in found.parts_ms.items()),
        ("  deals", f"{found.deals:,}"),
        ("  events in the store", f"{found.store_events:,}"),
        ("  engine of the rules", found.engine),
    ]


def _start(found: StartFigures) -> list[tuple[str, str]]:
    return [
        ("start of salesadvisor --help, ms", f"{found.help_ms:.0f}"),
        ("  of python, ms", f"{found.python_ms:.0f}"),
        ("  and importing salesadvisor, ms", f"{found.import_ms:.0f}"),
    ]


def _mega(events: int, timing: Timing) -> str:
    return f"{events / timing.best / _MEGA:.2f}"


def _seconds(timing: Timing) -> str:
    return f"{timing.best:.3f} / {timing.middle:.3f}"
