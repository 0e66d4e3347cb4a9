"""How did reps answer the strategy and its advice, as known at each checkpoint?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from salesadvisor.domain.events import (
    Event,
    RecommendationAccepted,
    RecommendationDismissed,
    RecommendationDone,
    RecommendationIssued,
    StrategyAcknowledged,
    StrategyPublished,
)
from salesadvisor.domain.state import DAY, UNKNOWN
from salesadvisor.domain.tally import OUTCOME_SECONDS, share
from salesadvisor.log.passes import History
from salesadvisor.log.scopes import WHOLE_TEAM, Conduct

_ANSWERS = (RecommendationAccepted, RecommendationDismissed, RecommendationDone)
_NEVER = (1 << 62) - 1


def conduct(history: History, checkpoints: Any, events: Iterable[Event]) -> Conduct:
    """The conduct of every rep at `checkpoints` (epoch seconds), from the events of the advice and
    of the strategy; others are passed over.
    """
    known = sorted(events, key=lambda event: event.known_at)
    days, version = _in_force(history.strategy.name, checkpoints, known)
    acknowledged = _acknowledged(known)
    waiting = {
        rep: np.where(_have(acknowledged[rep], version, checkpoints), 0, days)
        for rep in acknowledged
    }
    codes = history.log.words.names.codes
    declared = [rep for team in history.strategy.alignment.teams for rep in team.reps]
    done = sum(
        (
            _have(acknowledged.get(rep, {}), version, checkpoints).astype(np.int64)
            for rep in declared
        ),
        np.zeros(len(checkpoints), np.int64),
    )
    unacknowledged = {codes[rep]: found for rep, found in waiting.items() if rep in codes}
    is_known = (days != UNKNOWN) & bool(declared)
    unacknowledged[WHOLE_TEAM] = np.where(
        is_known, np.where(done == len(declared), 0, days), UNKNOWN
    )
    permille = done * 1000 // max(1, len(declared))
    return Conduct(
        _answered(known, codes, checkpoints),
        unacknowledged,
        days,
        np.where(is_known, permille, UNKNOWN),
    )


def _in_force(
    strategy: str, checkpoints: Any, known: Sequence[Event]
) -> tuple[Any, list[str | None]]:
    """Days since the version in force was published, and its hash, by checkpoint."""
    published = [
        (_second(event), event.strategy_hash)
        for event in known
        if isinstance(event, StrategyPublished) and event.subject_id == strategy
    ]
    days = np.full(len(checkpoints), UNKNOWN, np.int64)
    versions: list[str | None] = [None] * len(checkpoints)
    for step, as_of in enumerate(checkpoints.tolist()):
        for since, version in published:
            if since < as_of:
                days[step], versions[step] = (as_of - since) // DAY, version
    return days, versions


def _acknowledged(known: Sequence[Event]) -> dict[str, dict[str, int]]:
    """By rep and version: when the acknowledgement became known."""
    found: dict[str, dict[str, int]] = {}
    for event in known:
        if isinstance(event, StrategyAcknowledged):
            found.setdefault(event.rep, {}).setdefault(event.strategy_hash, _second(event))
    return found


def _have(acknowledged: Mapping[str, int], version: Sequence[str | None], checkpoints: Any) -> Any:
    """bool[checkpoint]: whether the version in force was acknowledged by then."""
    at = [acknowledged.get(one or "", _NEVER) for one in version]
    return np.array(at, np.int64) < checkpoints


def _answered(known: Sequence[Event], codes: Mapping[str, int], checkpoints: Any) -> dict[int, Any]:
    """By rep: the share of the advice of the last 90 days that was answered, per mille."""
    answers: dict[str, int] = {}
    for event in known:
        if isinstance(event, _ANSWERS):
            answers.setdefault(event.recommendation_id, _second(event))
    issued: dict[int, list[tuple[int, int]]] = {}
    for event in known:
        if isinstance(event, RecommendationIssued):
            given = (_second(event), answers.get(event.recommendation_id, _NEVER))
            issued.setdefault(WHOLE_TEAM, []).append(given)
            if event.owner is not None and event.owner in codes:
                issued.setdefault(codes[event.owner], []).append(given)
    found = {}
    for code, pairs in issued.items():
        at, answer = np.array(pairs, np.int64).T
        found[code] = np.array(
            [_share(at, answer, as_of) for as_of in checkpoints.tolist()], np.int64
        )
    return found


def _share(at: Any, answer: Any, as_of: int) -> int:
    lately = (at < as_of) & (at >= as_of - OUTCOME_SECONDS)
    return share(int((answer[lately] < as_of).sum()), int(lately.sum()))


def _second(event: Event) -> int:
    return int(event.known_at.timestamp())
