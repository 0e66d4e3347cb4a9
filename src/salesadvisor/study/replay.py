"""What would have been known, expected and advised at every checkpoint of the past?

One pass a panel: signals, probability, rules, candidates; then arbitration through time. The answer
holds every open deal at every checkpoint and every candidate with what became of it. It does not
depend on the number of workers, and its digest says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
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
    numbered_pairs,
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
class Judge:
    """What is asked of each panel: how probable is a win, which rules fire, what could be advised.

    One serves all threads. `stakes` are by checkpoint what a deal without an amount stakes.
    """

    matcher: BulkMatcher
    models: tuple[ModelArrays, ...]
    serving: Any
    effective: Any
    terms: RuleTerms
    stakes: Any

    def score(self, panel: Panel) -> tuple[Any, Any, Any, Any]:
        """p, low, high in basis points and the model's number, by row of the panel.

        Each row by the model that serves at its checkpoint; p also goes into the panel.
        """
        count = panel.count
        out = [np.empty(count, np.int32) for _ in range(3)]
        model = self.serving[panel.time[:count]]
        for number in np.unique(model):
            arrays = self.models[number]
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
        panel.block[_PROBABILITY, :count] = out[0]
        return (*out, model)

    def match(self, panel: Panel) -> Any:
        """Which rules fire, as bits by row; asks for the panel's probability."""
        return self.matcher.match_bits(panel.block, panel.count)

    def candidates(self, panel: Panel, bits: Any) -> Any:
        """The candidates of the fired rules, in (deal, checkpoint, rule) order."""
        return collect(
            bits, panel.block, panel.count, panel.deal, panel.time, panel.owner, self.stakes,
            self.effective, self.terms,
        )  # fmt: skip


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
    found = survey(history, checkpoints, workers)
    judge = judge_of(history, found, rules, schedule)

    def consume(panel: Panel) -> tuple[dict[str, Any], Any]:
        count = panel.count
        p, low, high, model = judge.score(panel)
        candidates = judge.candidates(panel, judge.match(panel))
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
    verdict, rounds = arbitrated(history, candidates, starts, checkpoints, judge.terms)
    return Replay(history, found, rules, schedule, scores, candidates, verdict, rounds)


def judge_of(history: History, found: Survey, rules: Sequence[Rule], schedule: Schedule) -> Judge:
    """The judge of a history's panels under these rules and models."""
    strategy = history.strategy
    columns = {name: index for index, name in enumerate(history.signal_names)}
    return Judge(
        matcher=BulkMatcher(compile_rules(rules, columns)),
        models=tuple(model_arrays(model) for model in schedule.models),
        serving=schedule.serving(found.checkpoints),
        effective=effective_rules(rules, _days(history, found.checkpoints)),
        terms=rule_terms(rules, strategy, columns),
        stakes=stakes_without_amount(found.median_amount, strategy),
    )


def arbitrated(
    history: History, candidates: Any, starts: Any, checkpoints: Any, terms: RuleTerms
) -> tuple[Any, Any]:
    """Verdict and rounds by candidate, checkpoint after checkpoint under the reps' capacity."""
    names = history.log.words.names.words
    accountability = history.strategy.accountability
    capacity = np.array([accountability.minutes_for(name) for name in names] or [0], np.int64)
    rule_count = len(terms.effort_minutes)
    slot, slots = numbered_pairs(candidates, rule_count, history.log.deal_count)
    memory = new_memory(slots, len(capacity), max(history.log.deal_count, 1))
    verdict = np.empty(len(candidates), np.int8)
    rounds = np.zeros(len(candidates), np.int64)
    weeks = np.array([week_of(day) for day in _days(history, checkpoints)], np.int64)
    arbitrate_all(
        candidates, slot, starts, checkpoints, weeks, memory, terms, capacity,
        accountability.max_per_deal, verdict, rounds,
    )  # fmt: skip
    return verdict, rounds


def _days(history: History, checkpoints: Any) -> list[date]:
    zone = history.strategy.calendar.timezone
    return [local_date(int(moment), zone) for moment in checkpoints]


def _joined(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    names = ("deal", "time", "stage", "cycle", "amount", "p_bp", "low_bp", "high_bp", "model")
    if not parts:
        return {name: np.empty(0, np.int64) for name in names}
    return {name: np.concatenate([part[name] for part in parts]) for name in names}
