"""What should each rep do next, as of one moment, and why not something else?

The same fold, model and arbitration as a replay's, for one checkpoint: signals come from the panel,
rules are decided by the live engine, and what was advised before comes from the store's events.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from salesadvisor.domain import advice
from salesadvisor.domain.advice import (
    ALREADY_OPEN,
    SHOWN,
    UNDECIDED,
    Candidates,
    Memory,
    PriorityParts,
    RuleTerms,
    recommendation_id,
)
from salesadvisor.domain.events import RecommendationIssued, minor_units
from salesadvisor.domain.rules import Rule
from salesadvisor.domain.signals import SIGNAL_INDEX
from salesadvisor.domain.state import UNKNOWN
from salesadvisor.domain.strategy import Strategy
from salesadvisor.domain.vocabulary import Vocabulary, told, vocabulary
from salesadvisor.engine.live import LiveEngine
from salesadvisor.log.passes import History, Panel, panels, survey
from salesadvisor.model.scorecard import Reason, WinModel, WinProbability, reasons, score_one
from salesadvisor.study.candidates import stakes_without_amount
from salesadvisor.study.checkpoints import local_date, week_of

_PROBABILITY = SIGNAL_INDEX["win_probability_bp"]


@dataclass(frozen=True)
class OpenDeal:
    """One open deal as of the moment of asking."""

    deal: str
    owner: str | None
    row: tuple[int, ...]
    signals: Mapping[str, int | None]
    win: WinProbability
    win_reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Recommendation:
    """A rule that fired on a deal, what it is worth, and what became of it (`verdict`)."""

    id: str
    deal: OpenDeal
    rule: Rule
    verdict: int
    parts: PriorityParts
    cycle: int
    dedupe: int
    because: str
    action: str
    due: date
    expires_at: datetime
    event_ids: tuple[str, ...] = ()

    @property
    def verdict_text(self) -> str:
        return advice.VERDICTS[self.verdict]

    @property
    def asked_signals(self) -> dict[str, int | None]:
        """The values of the signals that the rule's condition asks for."""
        return {name: self.deal.signals.get(name) for name in self.rule.signals}


@dataclass(frozen=True)
class Advice:
    """All open deals and all candidates as of `as_of`, best first within each owner."""

    as_of: datetime
    deals: tuple[OpenDeal, ...]
    recommendations: tuple[Recommendation, ...]
    model: WinModel

    @property
    def shown(self) -> tuple[Recommendation, ...]:
        """What the reps should see: new advice and what is still open from before."""
        return tuple(one for one in self.recommendations if one.verdict in (SHOWN, ALREADY_OPEN))

    @property
    def new(self) -> tuple[Recommendation, ...]:
        return tuple(one for one in self.recommendations if one.verdict == SHOWN)


@dataclass(frozen=True)
class Issued:
    """Advice given before: by whom it was to be done and what was answered."""

    event: RecommendationIssued
    answered_at: int | None

    @property
    def issued_at(self) -> int:
        return int(self.event.occurred_at.timestamp())


def open_deals(
    history: History, as_of: datetime, model: WinModel, workers: int = 1
) -> tuple[list[OpenDeal], int]:
    """Every deal open as of `as_of`, in the log's order, and what a deal without amount stakes."""
    found = survey(history, np.array([int(as_of.timestamp())], np.int64), workers)

    def read(panel: Panel) -> list[tuple[int, int, list[int]]]:
        rows = panel.block[:, : panel.count].T.tolist()
        deals = panel.deal[: panel.count].tolist()
        owners = panel.owner[: panel.count].tolist()
        return list(zip(deals, owners, rows, strict=True))

    words = history.log.words
    deals = [
        described(
            words.deals.words[deal],
            None if owner == UNKNOWN else words.names.words[owner],
            row,
            history.signal_names,
            model,
        )
        for part in panels(history, found, read, workers)
        for deal, owner, row in part
    ]
    return deals, int(stakes_without_amount(found.median_amount, history.strategy)[0])


def described(
    deal: str, owner: str | None, row: list[int], names: Sequence[str], model: WinModel
) -> OpenDeal:
    """An open deal with its probability filled into `row` (catalogue order, then attributes)."""
    win = score_one(model, row)
    row[_PROBABILITY] = win.p_bp
    signals = {
        name: None if value == UNKNOWN else value for name, value in zip(names, row, strict=True)
    }
    return OpenDeal(deal, owner, tuple(row), signals, win, tuple(reasons(model, row)))


def advise(
    deals: Sequence[OpenDeal],
    median_amount: int,
    *,
    as_of: datetime,
    strategy: Strategy,
    rules: Sequence[Rule],
    terms: RuleTerms,
    engine: LiveEngine,
    model: WinModel,
    before: Sequence[Issued],
) -> Advice:
    """Decide every rule on every open deal and fill each rep's week."""
    words = vocabulary(strategy)
    number = {rule.id: index for index, rule in enumerate(rules)}
    today = local_date(int(as_of.timestamp()), strategy.calendar.timezone)
    found = [
        _candidate(
            deal, number[firing.rule_id], rules, terms, median_amount, as_of, words, strategy
        )
        for deal in deals
        for firing in sorted(
            engine.evaluate(deal.signals), key=lambda firing: number[firing.rule_id]
        )
        if rules[number[firing.rule_id]].is_effective(today)
    ]
    decided = _decided(found, before, rules, terms, strategy, as_of, today)
    best = sorted(decided, key=lambda one: (one.deal.owner or "~", *_rank(one)))
    return Advice(as_of, tuple(deals), tuple(best), model)


def _rank(one: Recommendation) -> tuple[int, int, int, str, str]:
    is_shown = 0 if one.verdict in (SHOWN, ALREADY_OPEN) else 1
    return is_shown, -one.rule.salience, -one.parts.priority_minor, one.deal.deal, one.rule.id


def _candidate(
    deal: OpenDeal,
    index: int,
    rules: Sequence[Rule],
    terms: RuleTerms,
    median_amount: int,
    as_of: datetime,
    words: Vocabulary,
    strategy: Strategy,
) -> Recommendation:
    rule = rules[index]
    dedupe = 0
    for place in range(terms.dedupe_start[index], terms.dedupe_start[index + 1]):
        dedupe = advice.mix(dedupe, deal.row[terms.dedupe_column[place]])
    cycle = deal.signals["cycle"] or 1
    return Recommendation(
        id=recommendation_id(deal.deal, rule.id, cycle, dedupe, 0),
        deal=deal,
        rule=rule,
        verdict=UNDECIDED,
        parts=_priority(deal, index, terms, median_amount),
        cycle=cycle,
        dedupe=dedupe,
        because=told(rule.because, deal.signals, words, strategy.currency),
        action=told(rule.do, deal.signals, words, strategy.currency),
        due=_due(as_of, rule),
        expires_at=as_of + timedelta(days=rule.expires_days),
    )


def _priority(deal: OpenDeal, index: int, terms: RuleTerms, median_amount: int) -> PriorityParts:
    stake = terms.stake_minor[index]
    if stake == UNKNOWN:
        amount = deal.signals["amount_minor"]
        stake = median_amount if amount is None else amount
    column = terms.urgency_column[index]
    urgency = advice.urgency_permille(
        deal.row[column] if column >= 0 else UNKNOWN,
        terms.urgency_per_unit[index],
        terms.urgency_most[index],
    )
    chance = advice.chance_bp(terms.effect_permille[index], deal.win.p_bp)
    weight, cost = terms.weight_permille[index], terms.cost_minor[index]
    return PriorityParts(
        priority_minor=advice.priority_minor(chance, stake, weight, urgency, cost),
        chance_bp=chance,
        stake_minor=stake,
        weight_permille=weight,
        urgency_permille=urgency,
        cost_minor=cost,
    )


def _decided(
    found: Sequence[Recommendation],
    before: Sequence[Issued],
    rules: Sequence[Rule],
    terms: RuleTerms,
    strategy: Strategy,
    as_of: datetime,
    today: date,
) -> list[Recommendation]:
    """`found` with verdicts, under what is already open and each rep's capacity."""
    number = {rule.id: index for index, rule in enumerate(rules)}
    deals = _numbered(one.deal.deal for one in found)
    reps = _numbered(one.deal.owner for one in found if one.deal.owner)
    slots = _numbered((one.deal.deal, one.rule.id) for one in found)
    now = int(as_of.timestamp())
    memory = _remembered(before, slots, reps, len(deals), strategy, rules, today)
    candidates = Candidates(
        deal=[deals[one.deal.deal] for one in found],
        rule=[number[one.rule.id] for one in found],
        rep=[UNKNOWN if one.deal.owner is None else reps[one.deal.owner] for one in found],
        slot=[slots[one.deal.deal, one.rule.id] for one in found],
        dedupe=[one.dedupe for one in found],
        priority=[one.parts.priority_minor for one in found],
        verdict=[UNDECIDED] * len(found),
        rounds=[0] * len(found),
    )
    advice.settle_standing(candidates, memory, terms, now)
    waiting = [index for index, verdict in enumerate(candidates.verdict) if verdict == UNDECIDED]
    waiting.sort(key=lambda index: (-found[index].rule.salience, -candidates.priority[index]))
    advice.arbitrate(
        candidates,
        waiting,
        memory,
        terms,
        [strategy.accountability.minutes_for(rep) for rep in reps],
        strategy.accountability.max_per_deal,
        now,
        week_of(today),
    )
    return [
        _as_decided(one, verdict, rounds, memory.issued_at[slot])
        for one, verdict, rounds, slot in zip(
            found, candidates.verdict, candidates.rounds, candidates.slot, strict=True
        )
    ]


def _as_decided(one: Recommendation, verdict: int, rounds: int, issued_at: int) -> Recommendation:
    """`one` with its verdict; advice given before keeps the id and the dates it was given with."""
    if verdict not in (ALREADY_OPEN, advice.COOLING_DOWN):
        name = recommendation_id(one.deal.deal, one.rule.id, one.cycle, one.dedupe, rounds)
        return replace(one, verdict=verdict, id=name)
    given = datetime.fromtimestamp(issued_at, UTC)
    return replace(
        one,
        verdict=verdict,
        id=recommendation_id(one.deal.deal, one.rule.id, one.cycle, one.dedupe, rounds - 1),
        due=_due(given, one.rule),
        expires_at=given + timedelta(days=one.rule.expires_days),
    )


def _due(given: datetime, rule: Rule) -> date:
    return given.date() + timedelta(days=rule.within_days)


def _numbered(names: Iterable[Any]) -> dict[Any, int]:
    return {name: index for index, name in enumerate(dict.fromkeys(names))}


def _remembered(
    before: Sequence[Issued],
    slots: Mapping[tuple[str, str], int],
    reps: Mapping[str, int],
    deal_count: int,
    strategy: Strategy,
    rules: Sequence[Rule],
    today: date,
) -> Memory:
    """What earlier advice means for arbitration: open, cooling down, minutes taken this week."""
    effort = {rule.id: rule.effort_minutes for rule in rules}
    memory = Memory(
        issued_at=[UNKNOWN] * len(slots),
        issued_dedupe=[UNKNOWN] * len(slots),
        issued_rounds=[0] * len(slots),
        closed_at=[UNKNOWN] * len(slots),
        used=[0] * len(reps),
        used_week=[week_of(today)] * len(reps),
        deal_count=[0] * deal_count,
        deal_groups=[0] * deal_count,
        counted_at=[UNKNOWN] * deal_count,
    )
    for one in before:
        rep = reps.get(one.event.owner or "")
        issued_on = local_date(one.issued_at, strategy.calendar.timezone)
        if rep is not None and week_of(issued_on) == week_of(today):
            memory.used[rep] += effort.get(one.event.rule, 0)
        slot = slots.get((one.event.subject_key, one.event.rule))
        if slot is None:
            continue
        dedupe = int(one.event.dedupe)
        memory.issued_rounds[slot] += 1
        memory.issued_at[slot] = one.issued_at
        memory.issued_dedupe[slot] = dedupe
        memory.closed_at[slot] = UNKNOWN if one.answered_at is None else one.answered_at
    return memory


def money(minor: int, currency: str) -> Decimal:
    """Minor units as an amount of `currency`."""
    return Decimal(minor) / minor_units(Decimal(1), currency)
