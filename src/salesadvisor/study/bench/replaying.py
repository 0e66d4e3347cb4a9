"""How fast does the past fold? The weekly replay of a whole log, against a scan of its files."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from salesadvisor.domain.rules import Rule
from salesadvisor.log.passes import History, Panel, bind, panels, survey
from salesadvisor.playbook.playbook import find_playbook, load_playbook
from salesadvisor.store import Store
from salesadvisor.study.bench.figures import ReplayFigures, Timing, in_turn, peak_mb
from salesadvisor.study.bench.ingest import open_log
from salesadvisor.study.candidates import by_checkpoint
from salesadvisor.study.checkpoints import checkpoints
from salesadvisor.study.replay import Judge, arbitrated, judge_of, replay
from salesadvisor.study.winning import Schedule, learn, refit_cuts

PLAYBOOK = "clinical_research"
REFIT_DAYS = 90
_TIMES = 3
_INSIDE = ("score", "match", "collect")


def replay_figures(directory: Path, workers: int) -> ReplayFigures:
    """Replay the history of `directory` (see `ingest`) week by week, warm.

    One replay is all of: bind, survey, panels with every signal, probability and interval, rules,
    candidates, arbitration. To be run in a process of its own, for the peak memory.
    """
    playbook = load_playbook(find_playbook(PLAYBOOK))
    rules = tuple(rule for rule in playbook.rules if rule.scope == "deal")
    before = peak_mb()
    start = time.perf_counter()
    with Store.open(directory / "store.sqlite", create=False) as store:
        log = open_log(store, directory / "log")
    read_log = time.perf_counter() - start
    strategy = playbook.strategy
    moments = _weeks(log.columns, strategy.calendar.timezone)
    until = int(moments[-1])
    history = bind(log, strategy, until, workers)
    # Compiled or read from the cache here, so that the fit is timed without it.
    list(panels(history, survey(history, moments[:1], workers), lambda panel: panel.count))
    start = time.perf_counter()
    schedule = learn(history, refit_cuts(moments, REFIT_DAYS), workers)
    fit = time.perf_counter() - start
    warm = replay(history, moments, rules, schedule, workers)
    files = sorted((directory / "log").glob("*.parquet"))
    pa.set_cpu_count(workers)
    taken = in_turn(
        {
            "scan": lambda: [pq.read_table(file) for file in files],
            "replay": lambda: replay(
                bind(log, strategy, until, workers), moments, rules, schedule, workers
            ),
        },
        _TIMES,
    )
    peak = peak_mb()
    return ReplayFigures(
        events=int((log.columns["sub"] == 0).sum()) + len(np.unique(log.accounts["position"])),
        log_rows=log.row_count,
        log_bytes=sum(file.stat().st_size for file in files),
        deals=log.deal_count,
        checkpoints=len(moments),
        panel_rows=len(warm.scores["deal"]),
        candidates=len(warm.candidates),
        rules=len(rules),
        read_log=read_log,
        fit=fit,
        scan=taken["scan"],
        replay=taken["replay"],
        parts=_parts(history, moments, rules, schedule, workers),
        before_mb=before,
        peak_mb=peak,
        digest=warm.digest(),
    )


def _weeks(columns: dict[str, Any], zone: str) -> Any:
    first, last = (
        datetime.fromtimestamp(int(moment) // 1_000_000, UTC).date()
        for moment in (columns["occurred_us"].min(), columns["recorded_us"].max())
    )
    return checkpoints(first, last, "week", zone)


def _parts(
    history: History, moments: Any, rules: tuple[Rule, ...], schedule: Schedule, workers: int
) -> dict[str, Timing]:
    """Where a replay's time goes, by part."""
    until = int(moments[-1])
    found = survey(history, moments, workers)
    judge = judge_of(history, found, rules, schedule)
    inside: dict[str, list[float]] = {name: [] for name in _INSIDE}
    parts: list[Any] = []

    def judged() -> None:
        spent = dict.fromkeys(_INSIDE, 0.0)
        parts[:] = panels(history, found, _stopped(judge, spent), workers)
        for name, seconds in spent.items():
            inside[name].append(seconds)

    def arbitrate() -> None:
        candidates, starts = by_checkpoint(parts, len(moments))
        arbitrated(history, candidates, starts, moments, judge.terms)

    taken = in_turn(
        {
            "bind": lambda: bind(history.log, history.strategy, until, workers),
            "survey": lambda: survey(history, moments, workers),
            "panels, signals only": lambda: list(
                panels(history, found, lambda panel: panel.count, workers)
            ),
            "panels, judged": judged,
            "arbitrate": arbitrate,
        },
        _TIMES,
    )
    threads = {f"  {name} (all threads)": Timing(tuple(inside[name])) for name in _INSIDE}
    return {**taken, **threads}


def _stopped(judge: Judge, spent: dict[str, float]) -> Callable[[Panel], Any]:
    """What a replay does with a panel, a stopwatch around each step."""

    def consume(panel: Panel) -> Any:
        start = time.perf_counter()
        judge.score(panel)
        scored = time.perf_counter()
        bits = judge.match(panel)
        matched = time.perf_counter()
        found = judge.candidates(panel, bits)
        collected = time.perf_counter()
        for name, seconds in zip(
            _INSIDE, (scored - start, matched - scored, collected - matched), strict=True
        ):
            spent[name] += seconds
        return found

    return consume
