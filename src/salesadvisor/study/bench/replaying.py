"""How fast does the past fold? The weekly replay of a whole log, against a scan of its files."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from salesadvisor.log.columns import Log
from salesadvisor.log.passes import History, Survey, bind, panels, survey
from salesadvisor.playbook.playbook import Playbook, find_playbook, load_playbook
from salesadvisor.store import Store
from salesadvisor.study.bench.figures import (
    AllScopesFigures,
    ReplayFigures,
    Timing,
    in_turn,
    peak_mb,
)
from salesadvisor.study.bench.ingest import open_log
from salesadvisor.study.bench.replay_parts import parts_beyond, parts_of
from salesadvisor.study.beyond import panels_beyond
from salesadvisor.study.checkpoints import checkpoints
from salesadvisor.study.replay import Replay, replay
from salesadvisor.study.subjects import Panels, Scores, in_scope_order
from salesadvisor.study.winning import Schedule, learn, refit_cuts

PLAYBOOK = "clinical_research"
REFIT_DAYS = 90
_TIMES = 3


def replay_figures(directory: Path, workers: int) -> tuple[ReplayFigures, AllScopesFigures]:
    """Replay the history of `directory` (see `ingest`) week by week, warm: deals, then all scopes.

    To be run in a process of its own, for the peak memory.
    """
    before = peak_mb()
    past = _opened(directory, workers)
    return _deals(past, before, workers), _all_scopes(past, workers)


@dataclass(frozen=True)
class _Past:
    """What a replay begins with, and the seconds of reading the log and fitting the models."""

    playbook: Playbook
    log: Log
    files: list[Path]
    moments: Any
    schedule: Schedule
    read_log: float
    fit: float


def _deals(past: _Past, before: float, workers: int) -> ReplayFigures:
    """One replay is all of: bind, survey, panels with every signal, probability and interval,
    rules, candidates, arbitration.
    """
    log, moments, schedule = past.log, past.moments, past.schedule
    rules = tuple(rule for rule in past.playbook.rules if rule.scope == "deal")

    def replayed() -> Replay:
        history = bind(log, past.playbook.strategy, int(moments[-1]), workers)
        return replay(history, moments, rules, schedule, workers)

    warm, taken = _beside_the_scan(replayed, past.files, workers)
    peak = peak_mb()
    return ReplayFigures(
        events=int((log.columns["sub"] == 0).sum()) + len(np.unique(log.accounts["position"])),
        log_rows=log.row_count,
        log_bytes=sum(file.stat().st_size for file in past.files),
        deals=log.deal_count,
        checkpoints=len(moments),
        panel_rows=len(warm.scores["deal"]),
        candidates=len(warm.candidates),
        rules=len(rules),
        read_log=past.read_log,
        fit=past.fit,
        scan=taken["scan"],
        replay=taken["replay"],
        parts=parts_of(warm.history, moments, rules, schedule, workers, _TIMES),
        before_mb=before,
        peak_mb=peak,
        digest=warm.digest(),
    )


def _all_scopes(past: _Past, workers: int) -> AllScopesFigures:
    """The same with the rules of every scope and only the signals that rules need: what
    `salesadvisor replay` does. An imported history has no answers to advice or to the strategy.
    """
    playbook, moments = past.playbook, past.moments
    rules = in_scope_order(playbook.rules)
    scopes = {rule.scope for rule in playbook.rules}
    needed = {name for rule in playbook.rules for name in rule.needs}

    def panels_of(history: History, found: Survey, scores: Scores) -> Panels:
        return panels_beyond(history, found, scores, scopes, (), workers)

    def replayed() -> Replay:
        history = bind(past.log, playbook.strategy, int(moments[-1]), workers, needed)
        return replay(history, moments, rules, past.schedule, workers, panels_of)

    warm, taken = _beside_the_scan(replayed, past.files, workers)
    peak = peak_mb()
    rows: dict[str, int] = {"deal": len(warm.scores["deal"])}
    rows |= {scope: panel.count for scope, panel in warm.subjects.in_order()}
    return AllScopesFigures(
        rules=len(rules),
        rows=rows,
        candidates=len(warm.candidates),
        scan=taken["scan"],
        replay=taken["replay"],
        parts=parts_beyond(warm, workers, _TIMES),
        peak_mb=peak,
        digest=warm.digest(),
    )


def _opened(directory: Path, workers: int) -> _Past:
    playbook = load_playbook(find_playbook(PLAYBOOK))
    start = time.perf_counter()
    with Store.open(directory / "store.sqlite", create=False) as store:
        log = open_log(store, directory / "log")
    read_log = time.perf_counter() - start
    moments = _weeks(log.columns, playbook.strategy.calendar.timezone)
    history = bind(log, playbook.strategy, int(moments[-1]), workers)
    # Compiled or read from the cache here, so that the fit is timed without it.
    list(panels(history, survey(history, moments[:1], workers), lambda panel: panel.count))
    start = time.perf_counter()
    schedule = learn(history, refit_cuts(moments, REFIT_DAYS), workers)
    fit = time.perf_counter() - start
    files = sorted((directory / "log").glob("*.parquet"))
    return _Past(playbook, log, files, moments, schedule, read_log, fit)


def _beside_the_scan(
    replayed: Callable[[], Replay], files: list[Path], workers: int
) -> tuple[Replay, dict[str, Timing]]:
    """What a first replay gives, which compiles, and the times of later ones and of scans."""
    pa.set_cpu_count(workers)
    warm = replayed()
    works = {"scan": lambda: [pq.read_table(file) for file in files], "replay": replayed}
    return warm, in_turn(works, _TIMES)


def _weeks(columns: dict[str, Any], zone: str) -> Any:
    first, last = (
        datetime.fromtimestamp(int(moment) // 1_000_000, UTC).date()
        for moment in (columns["occurred_us"].min(), columns["recorded_us"].max())
    )
    return checkpoints(first, last, "week", zone)
