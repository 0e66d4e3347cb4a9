"""Which panels beyond the deal do the rules need? Accounts, reps, the team and goals, read once."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from salesadvisor.domain.events import Event
from salesadvisor.domain.rules import Scope
from salesadvisor.log.passes import History, Survey
from salesadvisor.log.scopes import LOG_SCOPES, Conduct, ScopePanel, scope_panel
from salesadvisor.study.conduct import conduct
from salesadvisor.study.goals import goal_panel
from salesadvisor.study.subjects import Panels, Scores


def panels_beyond(
    history: History,
    found: Survey,
    scores: Scores,
    scopes: Collection[Scope],
    known: Iterable[Event],
    workers: int = 1,
) -> Panels:
    """The panels of those of `scopes` that are beyond the deal, at the survey's checkpoints.

    `known` are the events of the advice and of the strategy.
    """
    answers: Conduct | None = None
    if "rep" in scopes or "team" in scopes:
        answers = conduct(history, found.checkpoints, known)
    panels: dict[Scope, ScopePanel] = {
        scope: scope_panel(history, found, scope, answers, workers)
        for scope in LOG_SCOPES
        if scope in scopes
    }
    if "goal" in scopes:
        panels["goal"] = goal_panel(history, found, scores, workers)
    return panels
