"""Where does the time of a replay go? Its parts, each measured apart and all in turn."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from salesadvisor.domain.rules import Rule
from salesadvisor.log.passes import History, Panel, bind, panels, survey
from salesadvisor.log.scopes import LOG_SCOPES, scope_panel
from salesadvisor.study.bench.figures import Timing, in_turn
from salesadvisor.study.candidates import by_checkpoint
from salesadvisor.study.conduct import conduct
from salesadvisor.study.goals import goal_panel
from salesadvisor.study.replay import Judge, Replay, arbitrated, judge_of
from salesadvisor.study.winning import Schedule

_INSIDE = ("score", "match", "collect")


def parts_of(
    history: History,
    moments: Any,
    rules: tuple[Rule, ...],
    schedule: Schedule,
    workers: int,
    times: int,
) -> dict[str, Timing]:
    """The parts of a replay that judges deals."""
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
        times,
    )
    threads = {f"  {name} (all threads)": Timing(tuple(inside[name])) for name in _INSIDE}
    return {**taken, **threads}


def parts_beyond(done: Replay, workers: int, times: int) -> dict[str, Timing]:
    """What a replay of all scopes does beyond the deals: panels, judging, arbitration of all."""
    history, found, subjects = done.history, done.found, done.subjects
    moments = found.checkpoints
    judge = judge_of(history, found, done.rules, done.schedule, subjects)
    nobody = conduct(history, moments, ())
    starts = by_checkpoint([done.candidates], len(moments))[1]

    def judged() -> None:
        for scope, panel in subjects.in_order():
            judge.candidates_beyond(scope, panel)

    works: dict[str, Callable[[], object]] = {
        f"panel, {scope}": partial(scope_panel, history, found, scope, nobody, workers)
        for scope in LOG_SCOPES
        if scope in subjects.panels
    }
    if "goal" in subjects.panels:
        works["panel, goal"] = partial(goal_panel, history, found, done.scores, workers)
    works["judged, beyond deals"] = judged
    works["arbitrate all"] = lambda: arbitrated(
        history, done.candidates, starts, moments, judge.terms, subjects
    )
    return in_turn(works, times)


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
