"""What would have been known, expected and advised at every checkpoint of the past?

One pass a panel: signals, probability, rules, candidates; then arbitration through time. The answer
holds every open deal at every checkpoint and every candidate with what became of it. It does not
depend on the number of workers, and its digest says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from salesadvisor.domain.advice import RuleTerms
from salesadvisor.domain.rules import Rule
from salesadvisor.domain.signals import SIGNAL_INDEX
from salesadvisor.engine.boxes import compile_rules
from salesadvisor.engine.bulk import BulkMatcher
from salesadvisor.log.passes import History, Panel, Survey, panels, survey
from salesadvisor.model.bulk import ModelArrays, model_arrays, score_block
from salesadvisor.study.candidates import (
    arbitrate_all,
    by_checkpoint,
    collect,
    effective_rules,
    new_memory,
    rule_terms,
    stakes_without_amount,
)
from salesadvisor.study.checkpoints import local_date, week_of
from salesadvisor.study.winning import Schedule

_PROBABILITY = SIGNAL_INDEX["win_probability_bp"]


@dataclass(frozen=True)
class Replay:
    """A replayed history. Codes are those of the log's words and of `rules`.

    `scores` columns by open deal and checkpoint, in (deal, checkpoint) order: deal, time, stage,
    cycle, amount, p_bp, low_bp, high_bp, model. `candidates` are records of CANDIDATE in
    (checkpoint, deal, rule) order, with `verdict` (domain/advice.VERDICTS) and `rounds` beside.
    """

    history: History
    found: Survey
    rules: tuple[Rule, ...]
    schedule: Schedule
    scores: dict[str, Any]
    candidates: Any
    verdict: Any
    rounds: Any

    def digest(self) -> str:
        """16 hex digits over all scores and all verdicts: equal for equal answers."""
        state = hashlib.blake2b(digest_size=8)
        words = self.history.log.words
        state.update("\n".join([*words.deals.words, *words.names.words]).encode())
        for column in (self.found.checkpoints, *self.scores.values()):
            state.update(np.ascontiguousarray(column).tobytes())
        for column in (self.candidates, self.verdict, self.rounds):
            state.update(np.ascontiguousarray(column).tobytes())
        return state.hexdigest()


@dataclass(frozen=True)
class _Scorer:
    """Win probabilities for panels: each row by the model that serves at its checkpoint."""

    arrays: tuple[ModelArrays, ...]
    serving: Any

    def score(self, panel: Panel) -> tuple[Any, Any, Any, Any]:
        """p, low, high in basis points and the model's number, by row of the panel."""
        count = panel.count
        out = [np.empty(count, np.int32) for _ in range(3)]
        model = self.serving[panel.time[:count]]
        for number in np.unique(model):
            arrays = self.arrays[number]
            rows = np.flatnonzero(model == number)
            if len(rows) == count:
                score_block(panel.block, count, arrays, True, *out)
                break
            part = np.empty((len(panel.block), len(rows)), np.int64)
            for column in arrays.column:
                part[column] = panel.block[column][rows]
            scored = [np.empty(len(rows), np.int32) for _ in range(3)]
            score_block(part, len(rows), arrays, True, *scored)
            for whole, some in zip(out, scored, strict=True):
                whole[rows] = some
        return (*out, model)


def replay(
    history: History,
    checkpoints: Any,
    rules: Sequence[Rule],
    schedule: Schedule,
    workers: int = 1,
) -> Replay:
    """Replay `history` at `checkpoints` (int64 epoch seconds, ascending) under its strategy.

    `rules` are deal rules; `schedule` says which model serves when.
    """
    rules = tuple(rules)
    columns = {name: index for index, name in enumerate(history.signal_names)}
    matcher = BulkMatcher(compile_rules(rules, columns))
    strategy = history.strategy
    days = [local_date(int(moment), strategy.calendar.timezone) for moment in checkpoints]
    effective = effective_rules(rules, days)
    terms = rule_terms(rules, strategy, columns)
    found = survey(history, checkpoints, workers)
    stakes = stakes_without_amount(found.median_amount, strategy)
    scorer = _Scorer(
        tuple(model_arrays(model) for model in schedule.models), schedule.serving(checkpoints)
    )

    def consume(panel: Panel) -> tuple[dict[str, Any], Any]:
        count = panel.count
        p, low, high, model = scorer.score(panel)
        panel.block[_PROBABILITY, :count] = p
        bits = matcher.match_bits(panel.block, count)
        candidates = collect(
            bits, panel.block, count, panel.deal, panel.time, panel.owner, stakes,
            effective, terms,
        )  # fmt: skip
        scores = {
            "deal": panel.deal[:count].astype(np.int32),
            "time": panel.time[:count].astype(np.int32),
            "stage": panel.block[SIGNAL_INDEX["stage_rank"], :count].copy(),
            "cycle": panel.block[SIGNAL_INDEX["cycle"], :count].astype(np.int32),
            "amount": panel.block[SIGNAL_INDEX["amount_minor"], :count].copy(),
            "p_bp": p,
            "low_bp": low,
            "high_bp": high,
            "model": model.astype(np.int32),
        }
        return scores, candidates

    parts = list(panels(history, found, consume, workers))
    scores = _joined([part for part, _ in parts])
    candidates, starts = by_checkpoint([part for _, part in parts], len(checkpoints))
    verdict, rounds = _arbitrated(history, candidates, starts, checkpoints, days, terms)
    return Replay(history, found, rules, schedule, scores, candidates, verdict, rounds)


def _joined(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    names = ("deal", "time", "stage", "cycle", "amount", "p_bp", "low_bp", "high_bp", "model")
    if not parts:
        return {name: np.empty(0, np.int64) for name in names}
    return {name: np.concatenate([part[name] for part in parts]) for name in names}


def _arbitrated(
    history: History,
    candidates: Any,
    starts: Any,
    checkpoints: Any,
    days: Sequence[Any],
    terms: RuleTerms,
) -> tuple[Any, Any]:
    names = history.log.words.names.words
    accountability = history.strategy.accountability
    capacity = np.array([accountability.minutes_for(name) for name in names] or [0], np.int64)
    rule_count = len(terms.effort_minutes)
    pairs, slot = np.unique(
        candidates["deal"] * rule_count + candidates["rule"], return_inverse=True
    )
    memory = new_memory(len(pairs), len(capacity), max(history.log.deal_count, 1))
    verdict = np.empty(len(candidates), np.int8)
    rounds = np.zeros(len(candidates), np.int64)
    weeks = np.array([week_of(day) for day in days], np.int64)
    arbitrate_all(
        candidates, slot.astype(np.int64), starts, checkpoints, weeks, memory, terms, capacity,
        accountability.max_per_deal, verdict, rounds,
    )  # fmt: skip
    return verdict, rounds
