"""What was measured? Seconds, rates and ratios."""

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
class AllScopesFigures:
    """A weekly replay with the rules of every scope, and a scan of the log's files, in turn.

    `rows` are the rows of panels by scope: deals, accounts, reps, the team, goals. `parts` are what
    the replay does beyond the deals, each measured apart. `peak_mb` is of the process that has
    replayed the deals alone before.
    """

    rules: int
    rows: Mapping[str, int]
    candidates: int
    scan: Timing
    replay: Timing
    parts: Mapping[str, Timing]
    peak_mb: float
    digest: str

    @property
    def ratio(self) -> float:
        """How many times a scan one replay takes, best against best."""
        return self.replay.best / self.scan.best


@dataclass(frozen=True)
class ReplayFigures:
    """A weekly replay of the whole log that judges deals, and a scan of its files, in turn.

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
class LiveMatch:
    """Rows that the live engine decided one by one, with the same rules fired as in bulk."""

    rows: int
    seconds: float
    engine: str

    @property
    def rate(self) -> float:
        """Rows a second."""
        return self.rows / self.seconds


@dataclass(frozen=True)
class MatchFigures:
    """Rules matched in bulk on all rows, and on a sample of them by the live engine.

    `promised` is in rows a second, of as many rules over as many signals.
    """

    rows: int
    signals: int
    rules: int
    boxes: int
    leaves: int
    promised: int
    taken: Timing
    live: LiveMatch

    @property
    def rate(self) -> float:
        """Rows a second, of the best run."""
        return self.rows / self.taken.best


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
    all_scopes: tuple[AllScopesFigures, ...]
    matching: MatchFigures
    live: LiveFigures
    start: StartFigures

    def as_json(self) -> dict[str, Any]:
        """The figures as JSON can hold them, ratios included."""
        answer = asdict(self)
        for name in ("imports", "replays", "all_scopes"):
            for figures, one in zip(answer[name], getattr(self, name), strict=True):
                figures["ratio"] = one.ratio
        answer["matching"]["rows_per_second"] = self.matching.rate
        answer["matching"]["live"]["rows_per_second"] = self.matching.live.rate
        return answer


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
