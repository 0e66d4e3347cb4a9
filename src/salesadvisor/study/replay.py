"""What would have been known, expected and advised at every checkpoint of the past?

One pass a panel: signals, probability, rules, candidates; then arbitration through time. The answer
holds every open deal at every checkpoint and every candidate with what became of it. It does not
depend on the number of workers, and its digest says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from salesadvisor.domain.advice import RuleTerms
from salesadvisor.domain.rules import Rule, Scope
from salesadvisor.domain.signals import SIGNAL_INDEX
from salesadvisor.domain.state import UNKNOWN
from salesadvisor.engine.boxes import compile_rules
from salesadvisor.engine.bulk import BulkMatcher
from salesadvisor.log.passes import History, Panel, Survey, panels, survey
from salesadvisor.log.scopes import ScopePanel
from salesadvisor.model.bulk import ModelArrays, model_arrays, score_block
from salesadvisor.study.candidates import (
    Reading,
    arbitrate_all,
    by_checkpoint,
    collect,
    effective_rules,
    new_memory,
    numbered_pairs,
    reading,
    rule_terms,
    stakes_without_amount,
)
from salesadvisor.study.checkpoints import local_date, week_of
from salesadvisor.study.ground import activities_known, grounded
from salesadvisor.study.subjects import (
    PanelsOf,
    Subjects,
    capacity,
    columns_in,
    columns_of,
    in_scope_order,
    manager_code,
    no_panels,
)
from salesadvisor.study.winning import Schedule

_PROBABILITY = SIGNAL_INDEX["win_probability_bp"]
_NEVER = 0


@dataclass(frozen=True)
class Replay:
    """A replayed history. Codes are those of the log's words and of `rules`.

    `scores` columns by open deal and checkpoint, in (deal, checkpoint) order: deal, time, stage,
    cycle, amount, p_bp, low_bp, high_bp, model. `candidates` are records of CANDIDATE in
    (checkpoint, subject, rule) order, with `verdict` (domain/advice.VERDICTS) and `rounds` beside;
    their subjects are those of `subjects`, which begin with the deals.
    """

    history: History
    found: Survey
    subjects: Subjects
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
        others = [name for _, name in self.subjects.others]
        state.update("\n".join([*words.deals.words, *words.names.words, *others]).encode())
        for column in (self.found.checkpoints, *self.scores.values()):
            state.update(np.ascontiguousarray(column).tobytes())
        for column in (self.candidates, self.verdict, self.rounds):
            state.update(np.ascontiguousarray(column).tobytes())
        return state.hexdigest()


@dataclass(frozen=True)
class Judge:
    """What is asked of each panel: how probable is a win, which rules fire, what could be advised.

    One serves all threads. `rules` are those that are ranked, in the order of their numbers;
    `matchers` and `readings` are by scope; `stakes` by checkpoint what a subject without an amount
    stakes; `manager` is the number of who acts where no rep does.
    """

    rules: tuple[Rule, ...]
    matchers: Mapping[Scope, BulkMatcher]
    readings: Mapping[Scope, Reading]
    models: tuple[ModelArrays, ...]
    serving: Any
    effective: Any
    terms: RuleTerms
    stakes: Any
    manager: int

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
        return self.matchers["deal"].match_bits(panel.block, panel.count)

    def candidates(self, panel: Panel, bits: Any) -> Any:
        """The candidates of the fired rules, in (deal, checkpoint, rule) order."""
        return collect(
            bits, panel.block, panel.count, panel.deal, panel.time, panel.owner, self.stakes,
            self.effective, self.terms, self.readings["deal"],
        )  # fmt: skip

    def candidates_beyond(self, scope: Scope, panel: ScopePanel) -> Any:
        """The candidates of a scope beyond the deal, in (subject, checkpoint, rule) order."""
        block = np.ascontiguousarray(panel.block, np.int64)
        owner = np.asarray(panel.owner, np.int64)
        return collect(
            self.matchers[scope].match_bits(block, panel.count), block, panel.count,
            np.asarray(panel.subject, np.int64), np.asarray(panel.time, np.int64),
            np.where(owner == UNKNOWN, self.manager, owner), self.stakes, self.effective,
            self.terms, self.readings[scope],
        )  # fmt: skip


def replay(
    history: History,
    checkpoints: Any,
    rules: Sequence[Rule],
    schedule: Schedule,
    workers: int = 1,
    panels_of: PanelsOf = no_panels,
) -> Replay:
    """Replay `history` at `checkpoints` (int64 epoch seconds, ascending) under its strategy.

    `schedule` says which model serves when, `panels_of` gives the scopes beyond the deal. Nobody
    answers in a replay: advice expires and is never escalated.
    """
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
    subjects = Subjects(history.log.words.deals.words, panels_of(history, found, scores))
    beyond = []
    if subjects.panels:
        whole = judge_of(history, found, rules, schedule, subjects)
        beyond = [whole.candidates_beyond(scope, panel) for scope, panel in subjects.in_order()]
    candidates, starts = by_checkpoint([*(part for _, part in parts), *beyond], len(checkpoints))
    verdict, rounds = arbitrated(history, candidates, starts, checkpoints, judge.terms, subjects)
    return Replay(
        history, found, subjects, judge.rules, schedule, scores, candidates, verdict, rounds
    )


def judge_of(
    history: History,
    found: Survey,
    rules: Sequence[Rule],
    schedule: Schedule,
    subjects: Subjects | None = None,
) -> Judge:
    """The judge of a history's panels under these rules and models."""
    strategy = history.strategy
    names = history.signal_names
    ranked = in_scope_order(rules)
    subjects = subjects or Subjects(history.log.words.deals.words, {})
    columns = columns_of(names)
    first_rules = {rule.scope: place for place, rule in reversed([*enumerate(ranked)])}
    return Judge(
        rules=ranked,
        matchers={
            scope: BulkMatcher(
                compile_rules(
                    [rule for rule in ranked if rule.scope == scope], columns_in(scope, names)
                )
            )
            for scope in subjects.starts
        },
        readings={
            scope: reading(scope, columns, first_rules.get(scope, len(ranked)), first)
            for scope, first in subjects.starts.items()
        },
        models=tuple(model_arrays(model) for model in schedule.models),
        serving=schedule.serving(found.checkpoints),
        effective=effective_rules(ranked, _days(history, found.checkpoints))
        & grounded(ranked, strategy, activities_known(history, found.checkpoints)),
        terms=rule_terms(ranked, strategy, columns),
        stakes=stakes_without_amount(found.median_amount, strategy),
        manager=manager_code(history.log.words.names.words, strategy),
    )


def arbitrated(
    history: History,
    candidates: Any,
    starts: Any,
    checkpoints: Any,
    terms: RuleTerms,
    subjects: Subjects | None = None,
) -> tuple[Any, Any]:
    """Verdict and rounds by candidate, checkpoint after checkpoint under the reps' capacity."""
    names, strategy = history.log.words.names.words, history.strategy
    subjects = subjects or Subjects(history.log.words.deals.words, {})
    days = _days(history, checkpoints)
    minutes = capacity(names, days, strategy)
    rule_count = len(terms.effort_minutes)
    slot, slots = numbered_pairs(candidates, rule_count, len(subjects))
    memory = new_memory(slots, len(names) + 1, max(len(subjects), 1))
    verdict = np.empty(len(candidates), np.int8)
    rounds = np.zeros(len(candidates), np.int64)
    weeks = np.array([week_of(day) for day in days], np.int64)
    arbitrate_all(
        candidates, slot, starts, checkpoints, weeks, memory, terms, minutes,
        subjects.most(strategy), _NEVER, verdict, rounds,
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
