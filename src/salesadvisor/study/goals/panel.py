"""How do all declared goals stand at each checkpoint? One function for one moment and for many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from salesadvisor.domain.state import UNKNOWN
from salesadvisor.log.passes import History, Survey
from salesadvisor.log.scopes import ScopePanel
from salesadvisor.study.goals.facts import Facts, gather, known_at
from salesadvisor.study.goals.outlook import future_of
from salesadvisor.study.goals.standing import SIGNALS, Reading, is_running, standing_of_goal


def goal_panel(
    history: History, found: Survey, scores: Mapping[str, Any], workers: int = 1
) -> ScopePanel:
    """The signals of every declared goal at each checkpoint from its start to its due day.

    `scores` has deal, time and p_bp of every open deal at `found.checkpoints`, as `Replay.scores`
    and `scores_at` give them.
    """
    zone = history.strategy.calendar.timezone
    declared = history.strategy.goals
    running = {
        place: [
            number for number, goal in enumerate(declared) if is_running(goal, int(moment), zone)
        ]
        for place, moment in enumerate(found.checkpoints)
    }
    running = {place: numbers for place, numbers in running.items() if numbers}
    rows: list[tuple[int, int, list[int]]] = []
    if running:
        facts = gather(history, found.checkpoints[sorted(running)], workers)
        by_time = np.argsort(scores["time"], kind="stable")
        slots = np.searchsorted(scores["time"][by_time], np.arange(len(found.checkpoints) + 1))
        for place, numbers in running.items():
            p_bp = scores["p_bp"][by_time[slots[place] : slots[place + 1]]]
            reading = reading_at(
                facts, int(found.checkpoints[place]), p_bp, int(found.median_amount[place])
            )
            for number in numbers:
                signals = standing_of_goal(reading, declared[number]).signals()
                rows.append((number, place, [getattr(signals, name) for name in SIGNALS]))
    rows.sort()
    return ScopePanel(
        scope="goal",
        subjects=tuple(goal.id for goal in declared),
        block=np.array([values for _, _, values in rows], np.int64).reshape(-1, len(SIGNALS)).T,
        subject=np.array([number for number, _, _ in rows], np.int64),
        time=np.array([place for _, place, _ in rows], np.int64),
        owner=np.full(len(rows), UNKNOWN),
    )


def reading_at(facts: Facts, moment: int, p_bp: Any, median_amount: int) -> Reading:
    """What is known at one of the moments of `facts`; `p_bp` by open deal, in the log's order."""
    known = known_at(facts, moment)
    return Reading(facts, known, future_of(facts, known, p_bp, median_amount))
