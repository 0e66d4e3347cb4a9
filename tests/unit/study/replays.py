"""A replay made by hand: scores and candidates of a few deals, without a history behind them."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
from tests.unit.study.standpoints import MOMENT

from salesadvisor.domain.rules import Action, Rule, Test
from salesadvisor.domain.state import DAY, UNKNOWN
from salesadvisor.domain.strategy import Strategy
from salesadvisor.log.columns import Vocabulary, Words
from salesadvisor.model.scorecard import BaseRate, WinModel
from salesadvisor.study.candidates import CANDIDATE
from salesadvisor.study.replay import Replay
from salesadvisor.study.subjects import Subjects
from salesadvisor.study.winning import Schedule

SCORES = ("deal", "time", "stage", "cycle", "amount", "p_bp", "low_bp", "high_bp", "model")
_DEFAULTS = {"cycle": 1, "amount": UNKNOWN, "p_bp": 2_000, "low_bp": 1_000, "high_bp": 3_000}


def rule(name: str, **own: Any) -> Rule:
    return Rule(
        **{
            "id": name, "element": "process", "title": f"{name}'s title", "owner": "sales",
            "when": Test("age_days", "ge", 1), "because": "It is {age_days} days old.",
            "do": "Call.", "action": Action(kind="call"), **own,
        }
    )  # fmt: skip


def model(kind: Any = "scorecard", base_rate_bp: int = 3_000) -> WinModel:
    return WinModel(kind, 90, 0, 100, 50, 20, BaseRate(base_rate_bp, 1_000, 5_000), 0)


def replay(
    declared: Strategy,
    rows: Sequence[dict[str, int]],
    *,
    weeks_ago: Sequence[int],
    deals: Sequence[str] = (),
    models: Sequence[WinModel] = (),
    given: Sequence[dict[str, int]] = (),
    rules: Sequence[Rule] = (),
) -> Replay:
    """`rows` are scores (deal, time, stage ...), `given` candidates with their verdict."""
    checkpoints = np.array([MOMENT - weeks * 7 * DAY for weeks in weeks_ago], np.int64)
    words = Words(deals=Vocabulary.of(deals))
    candidates = np.zeros(len(given), CANDIDATE)
    for place, one in enumerate(given):
        for name, key in (("subject", "deal"), ("time", "time"), ("rule", "rule")):
            candidates[name][place] = one[key]
    history: Any = SimpleNamespace(strategy=declared, log=SimpleNamespace(words=words))
    found: Any = SimpleNamespace(checkpoints=checkpoints)
    scores = {
        name: np.array([row.get(name, _DEFAULTS.get(name, 0)) for row in rows], np.int64)
        for name in SCORES
    }
    return Replay(
        history=history,
        found=found,
        subjects=Subjects(words.deals.words, {}),
        rules=tuple(rules),
        schedule=Schedule(tuple(models or [model()])),
        scores=scores,
        candidates=candidates,
        verdict=np.array([one.get("verdict", 0) for one in given], np.int8),
        rounds=np.zeros(len(given), np.int64),
    )
