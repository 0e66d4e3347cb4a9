"""What was measured, and how does it read? Seconds, rates and ratios."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

_MEGA = 1_000_000


@dataclass(frozen=True)
class Timing:
    """The same work, several times: seconds of each."""

    seconds: tuple[float, ...]

    @property
    def best(self) -> float:
        return min(self.seconds)

    @property
    def middle(self) -> float:
        return median(self.seconds)


@dataclass(frozen=True)
class ImportFigures:
    """An import into an empty store, and raw inserts of the rows that it stored."""

    rows: int
    events: int
    seconds: float
    raw_seconds: float
    log_seconds: float
    peak_mb: float

    @property
    def ratio(self) -> float:
        return self.seconds / self.raw_seconds


@dataclass(frozen=True)
class ReplayFigures:
    """A weekly replay of the whole log and a scan of its files, in turn.

    `parts` are measured apart, each over all panels; of those inside the panels (score, match,
    collect) the seconds of all threads are added. `before_mb` is the peak before the log is read.
    """

    events: int
    log_rows: int
    log_bytes: int
    deals: int
    checkpoints: int
    panel_rows: int
    candidates: int
    rules: int
    read_log: float
    fit: float
    scan: Timing
    replay: Timing
    parts: Mapping[str, Timing]
    before_mb: float
    peak_mb: float
    digest: str

    @property
    def ratio(self) -> float:
        """How many times a scan one replay takes, best against best."""
        return self.replay.best / self.scan.best


@dataclass(frozen=True)
class LiveFigures:
    """Milliseconds from one new event of a deal to its advice, over many deals."""

    deals: int
    store_events: int
    p50_ms: float
    p99_ms: float
    parts_ms: Mapping[str, float]
    engine: str


@dataclass(frozen=True)
class StartFigures:
    """Milliseconds of a process that does nothing, imports the package, or shows the help."""

    python_ms: float
    import_ms: float
    help_ms: float


@dataclass(frozen=True)
class Bench:
    """All figures of one run, the larger history first."""

    cores: int
    workers: int
    imports: tuple[ImportFigures, ...]
    replays: tuple[ReplayFigures, ...]
    live: LiveFigures
    start: StartFigures

    def as_json(self) -> dict[str, Any]:
        """The figures as JSON can hold them, ratios included."""
        answer = asdict(self)
        for figures, one in zip(answer["imports"], self.imports, strict=True):
            figures["ratio"] = one.ratio
        for figures, replay in zip(answer["replays"], self.replays, strict=True):
            figures["ratio"] = replay.ratio
        return answer

    def table(self) -> list[tuple[str, ...]]:
        """Rows of (what, then one cell a history), a heading first."""
        cells: list[tuple[str, ...]] = [
            ("", *(f"{one.events:,} events" for one in self.replays)),
            ("import, rows/s", *(f"{one.rows / one.seconds:,.0f}" for one in self.imports)),
            ("  raw inserts, rows/s", *(_rate(one.rows, one.raw_seconds) for one in self.imports)),
            ("  times the raw inserts", *(f"{one.ratio:.1f}" for one in self.imports)),
            (
                "  then the log, events/s",
                *(_rate(one.events, one.log_seconds) for one in self.imports),
            ),
            ("  peak memory, MB", *(f"{one.peak_mb:,.0f}" for one in self.imports)),
            ("weekly replay, M events/s", *(_mega(one, one.replay.best) for one in self.replays)),
            ("  Parquet scan, M events/s", *(_mega(one, one.scan.best) for one in self.replays)),
            ("  times the scan", *(f"{one.ratio:.1f}" for one in self.replays)),
            ("  seconds, best / median", *(_best(one.replay) for one in self.replays)),
            ("  scan, best / median", *(_best(one.scan) for one in self.replays)),
        ]
        for part in self.replays[0].parts:
            cells.append((f"    {part}", *(_best(one.parts[part]) for one in self.replays)))
        return [
            *cells,
            ("  weeks x open deals", *(f"{one.panel_rows:,}" for one in self.replays)),
            ("  candidates of advice", *(f"{one.candidates:,}" for one in self.replays)),
            ("  peak memory, MB", *(f"{one.peak_mb:,.0f}" for one in self.replays)),
            ("  of it before the log", *(f"{one.before_mb:,.0f}" for one in self.replays)),
            ("fit of the models, s", *(f"{one.fit:.2f}" for one in self.replays)),
            ("reading the log, s", *(f"{one.read_log:.2f}" for one in self.replays)),
        ]

    def lines(self) -> list[str]:
        """The table and the figures that have no second column, ready to be printed."""
        rows = self.table()
        widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
        text = [
            "  ".join(
                cell.rjust(width) if place else cell.ljust(width)
                for place, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            for row in rows
        ]
        live, start = self.live, self.start
        parts = ", ".join(f"{name} {ms:.2f}" for name, ms in live.parts_ms.items())
        times = len(self.replays[0].scan.seconds)
        return [
            f"{self.cores} cores, {self.workers} workers; best of {times} after a warm-up; models"
            " are fitted before the replay",
            *text,
            f"one event to advice, {live.deals} deals, {live.store_events:,} events in the store:"
            f" p50 {live.p50_ms:.1f} ms, p99 {live.p99_ms:.1f} ms ({parts}; {live.engine})",
            f"start: python {start.python_ms:.0f} ms, import salesadvisor {start.import_ms:.0f} ms,"
            f" salesadvisor --help {start.help_ms:.0f} ms",
        ]


def timed(work: Callable[[], object], times: int) -> Timing:
    """Seconds of `work`, `times` in a row."""
    return Timing(tuple(_seconds(work) for _ in range(times)))


def in_turn(works: Mapping[str, Callable[[], object]], times: int) -> dict[str, Timing]:
    """Each of `works` `times` times, one after the other, so that all see the same machine."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(times):
        for name, work in works.items():
            seconds[name].append(_seconds(work))
    return {name: Timing(tuple(taken)) for name, taken in seconds.items()}


def peak_mb() -> float:
    """The most memory that this process has held so far, in MB."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in _lines(status):
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return _peak_of_this_system()


def _lines(path: Path) -> Iterator[str]:
    yield from path.read_text(encoding="ascii", errors="replace").splitlines()


def _peak_of_this_system() -> float:
    import resource
    import sys

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / _MEGA


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _rate(count: int, seconds: float) -> str:
    return f"{count / seconds:,.0f}"


def _mega(one: ReplayFigures, seconds: float) -> str:
    return f"{one.events / seconds / _MEGA:.2f}"


def _best(timing: Timing) -> str:
    return f"{timing.best:.3f} / {timing.middle:.3f}"
