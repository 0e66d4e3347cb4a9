"""What should each rep do next, as of one moment, and why not something else?

The same fold, model and arbitration as in a replay, for one checkpoint: signals come from panels,
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
    EVEN_ODDS_BP,
    HYPOTHESIS,
    SHOWN,
    UNDECIDED,
    Candidates,
    Memory,
    PriorityParts,
    RuleTerms,
    recommendation_id,
)
from salesadvisor.domain.events import minor_units
from salesadvisor.domain.rules import Rule, Scope
from salesadvisor.domain.signals import SIGNAL_INDEX
from salesadvisor.domain.state import UNKNOWN
from salesadvisor.domain.strategy import Strategy
from salesadvisor.domain.vocabulary import Vocabulary, told, vocabulary
from salesadvisor.engine.live import LiveEngine
from salesadvisor.log.passes import History, Panel, panels, survey
from salesadvisor.log.scopes import ScopePanel
from salesadvisor.model.scorecard import Reason, WinModel, WinProbability, reasons, score_one
from salesadvisor.study.answers import Issued
from salesadvisor.study.candidates import stakes_without_amount
from salesadvisor.study.checkpoints import local_date, week_of
from salesadvisor.study.ground import activities_known, asks_for_activities
from salesadvisor.study.subjects import (
    AMOUNT_OF,
    Panels,
    PanelsOf,
    acting,
    in_scope_order,
    minutes_in,
    most_for,
    no_panels,
    week_start,
)

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

    @property
    def scope(self) -> Scope:
        return "deal"

    @property
    def name(self) -> str:
        return self.deal


@dataclass(frozen=True)
class Standing:
    """An account, a rep, the team or a goal as of the moment; `owner` is who should act."""

    scope: Scope
    name: str
    owner: str
    row: tuple[int, ...]
    signals: Mapping[str, int | None]

    @property
    def win(self) -> WinProbability | None:
        """No single deal says how open the outcome is."""
        return None


Subject = OpenDeal | Standing


@dataclass(frozen=True)
class Outlook:
    """All that advice may be about as of a moment: open deals, then the subjects of other scopes.

    `median_amount` is what a subject without an amount stakes. Unless `has_activities`, no activity
    of any deal is known.
    """

    deals: tuple[OpenDeal, ...]
    others: tuple[Standing, ...]
    median_amount: int
    has_activities: bool = True

    @property
    def subjects(self) -> tuple[Subject, ...]:
        return (*self.deals, *self.others)


@dataclass(frozen=True)
class Recommendation:
    """A rule that fired on a subject, what it is worth, and what became of it (`verdict`).

    `rank` are the keys by which it is ordered, the greatest first. `before` is the advice of the
    same rule that was given last, if any.
    """

    id: str
    about: Subject
    rule: Rule
    verdict: int
    parts: PriorityParts
    cycle: int
    dedupe: int
    because: str
    action: str
    due: date
    expires_at: datetime
    rank: tuple[int, int] = (0, 0)
    before: Issued | None = None
    event_ids: tuple[str, ...] = ()

    @property
    def scope(self) -> Scope:
        return self.about.scope

    @property
    def subject(self) -> str:
        """The name of what it is about: a deal's id, an account, a rep ..."""
        return self.about.name

    @property
    def headline(self) -> str:
        """What it is about, for people: the deal's id, or the scope and a name."""
        is_told = self.scope == "deal" or self.subject == self.scope
        return self.subject if is_told else f"{self.scope} {self.subject}"

    @property
    def owner(self) -> str | None:
        """Who should act."""
        return self.about.owner

    @property
    def win(self) -> WinProbability | None:
        """The deal's chance, None for advice that is not about a deal."""
        return self.about.win

    @property
    def signals(self) -> Mapping[str, int | None]:
        return self.about.signals

    @property
    def verdict_text(self) -> str:
        return advice.VERDICTS[self.verdict]

    @property
    def asked_signals(self) -> dict[str, int | None]:
        """The values of the signals that the rule's condition asks for."""
        return {name: self.signals.get(name) for name in self.rule.signals}

    @property
    def stake_is_assumed(self) -> bool:
        """Whether the amount at stake is unknown, so that the median or the assumed one stands."""
        amount = AMOUNT_OF.get(self.scope)
        return self.rule.stake == "amount" and self.signals.get(amount or "") is None

    def is_of_week(self, monday: date) -> bool:
        """Whether its minutes are those of the week that begins on that day."""
        if self.verdict != ALREADY_OPEN or self.before is None:
            return self.verdict == SHOWN
        return week_start(self.before.event.occurred_at.date()) == monday

    @property
    def quiet_until(self) -> datetime | None:
        """Until when the rule says no more about the subject; None unless it cools down."""
        if self.verdict != advice.COOLING_DOWN or self.before is None:
            return None
        answered = 0 if self.before.answer == "accepted" else self.before.answered_at or 0
        since = max(self.before.issued_at, answered)
        return datetime.fromtimestamp(since, UTC) + timedelta(days=self.rule.cooldown_days)


@dataclass(frozen=True)
class Churn:
    """Pieces of advice seen at one of two consecutive looks (`seen`), summed over the looks.

    `changed` of them were seen at only one of the two, `without_facts` of these though nothing had
    happened: of those `new_week` came in as a week with new minutes began, and `lapsed` left as
    they expired while their rule still fired.
    """

    seen: int
    changed: int
    without_facts: int
    new_week: int
    lapsed: int

    @property
    def share(self) -> float | None:
        """Share of the queue that changed without a fact, None without a queue."""
        return self.without_facts / self.seen if self.seen else None


@dataclass(frozen=True)
class Advice:
    """All subjects and all candidates as of `as_of`, best first within each owner.

    `churn` is how much the queue changed since advice was last issued, None if it never was.
    `groundless` are the rules that are silent because they ask for activities and none is known.
    """

    as_of: datetime
    deals: tuple[OpenDeal, ...]
    recommendations: tuple[Recommendation, ...]
    model: WinModel
    others: tuple[Standing, ...] = ()
    churn: Churn | None = None
    groundless: frozenset[str] = frozenset()

    @property
    def subjects(self) -> tuple[Subject, ...]:
        return (*self.deals, *self.others)

    @property
    def owners(self) -> set[str | None]:
        """Everybody who owns an open deal or has advice."""
        return {deal.owner for deal in self.deals} | {one.owner for one in self.recommendations}

    @property
    def shown(self) -> tuple[Recommendation, ...]:
        """What the reps should see: new advice and what is still open from before."""
        return tuple(one for one in self.recommendations if one.verdict in (SHOWN, ALREADY_OPEN))

    @property
    def new(self) -> tuple[Recommendation, ...]:
        return tuple(one for one in self.recommendations if one.verdict == SHOWN)

    @property
    def held_back(self) -> tuple[Recommendation, ...]:
        """What the reps don't see, each with its reason (`verdict`)."""
        return tuple(
            one for one in self.recommendations if one.verdict not in (SHOWN, ALREADY_OPEN)
        )

    @property
    def escalated(self) -> tuple[Recommendation, ...]:
        """What nobody answered so often that it is the manager's now."""
        return tuple(one for one in self.recommendations if one.verdict == advice.ESCALATED)


def outlook(
    history: History,
    as_of: datetime,
    model: WinModel,
    workers: int = 1,
    panels_of: PanelsOf = no_panels,
) -> Outlook:
    """Everything that may be advised on as of `as_of`, deals in the log's order."""
    found = survey(history, np.array([int(as_of.timestamp())], np.int64), workers)

    def read(panel: Panel) -> list[tuple[int, int, list[int]]]:
        rows = panel.block[:, : panel.count].T.tolist()
        deals = panel.deal[: panel.count].tolist()
        owners = panel.owner[: panel.count].tolist()
        return list(zip(deals, owners, rows, strict=True))

    words = history.log.words
    rows = [one for part in panels(history, found, read, workers) for one in part]
    deals = [
        described(
            words.deals.words[deal],
            None if owner == UNKNOWN else words.names.words[owner],
            row,
            history.signal_names,
            model,
        )
        for deal, owner, row in rows
    ]
    scores = {
        "deal": np.array([deal for deal, _, _ in rows], np.int64),
        "time": np.zeros(len(rows), np.int64),
        "p_bp": np.array([one.win.p_bp for one in deals], np.int64),
    }
    return Outlook(
        tuple(deals),
        _standings(history, panels_of(history, found, scores)),
        int(stakes_without_amount(found.median_amount, history.strategy)[0]),
        bool(activities_known(history, found.checkpoints)[0]),
    )


def _standings(history: History, found: Panels) -> tuple[Standing, ...]:
    names = history.log.words.names.words
    words = vocabulary(history.strategy)

    def of_panel(scope: Scope, panel: ScopePanel) -> list[Standing]:
        own = [name for name, spec in words.items() if spec.scope == scope]
        return [
            Standing(
                scope=scope,
                name=panel.subjects[subject],
                owner=acting(owner, names, history.strategy),
                row=tuple(row),
                signals=_known(own, row),
            )
            for subject, owner, row in zip(
                np.asarray(panel.subject).tolist(), np.asarray(panel.owner).tolist(),
                np.asarray(panel.block).T.tolist(), strict=True,
            )
        ]  # fmt: skip

    return tuple(
        one
        for scope in advice.RANKED_SCOPES
        if scope in found
        for one in of_panel(scope, found[scope])
    )


def described(
    deal: str, owner: str | None, row: list[int], names: Sequence[str], model: WinModel
) -> OpenDeal:
    """An open deal with its probability filled into `row` (catalogue order, then attributes)."""
    win = score_one(model, row)
    row[_PROBABILITY] = win.p_bp
    return OpenDeal(deal, owner, tuple(row), _known(names, row), win, tuple(reasons(model, row)))


def _known(names: Sequence[str], row: Sequence[int]) -> dict[str, int | None]:
    return {
        name: None if value == UNKNOWN else value for name, value in zip(names, row, strict=True)
    }


def advise(
    now: Outlook,
    *,
    as_of: datetime,
    strategy: Strategy,
    rules: Sequence[Rule],
    terms: RuleTerms,
    engines: Mapping[Scope, LiveEngine],
    model: WinModel,
    before: Sequence[Issued],
) -> Advice:
    """Decide every rule on every subject and fill each rep's week.

    `terms` are those of `rules` in scope order; `engines` decide the rules of each scope. A scope
    without an engine is not judged.
    """
    ranked = in_scope_order(rules)
    groundless = frozenset(
        rule.id for rule in ranked if not now.has_activities and asks_for_activities(rule, strategy)
    )
    found = _fired(now, ranked, terms, engines, as_of, strategy, groundless)
    decided = _Round(strategy, ranked, terms, as_of, before).decided(found)
    best = sorted(decided, key=lambda one: (one.owner or "~", *_rank(one)))
    return Advice(as_of, now.deals, tuple(best), model, now.others, groundless=groundless)


def _fired(
    now: Outlook,
    rules: Sequence[Rule],
    terms: RuleTerms,
    engines: Mapping[Scope, LiveEngine],
    as_of: datetime,
    strategy: Strategy,
    groundless: frozenset[str],
) -> list[Recommendation]:
    """What each rule says on each subject, undecided, in (subject, rule) order."""
    words = vocabulary(strategy)
    number = {rule.id: index for index, rule in enumerate(rules)}
    today = local_date(int(as_of.timestamp()), strategy.calendar.timezone)
    return [
        _candidate(subject, index, rules[index], terms, now.median_amount, as_of, words, strategy)
        for subject in now.subjects
        if subject.scope in engines
        for index in sorted(
            number[firing.rule_id] for firing in engines[subject.scope].evaluate(subject.signals)
        )
        if rules[index].is_effective(today) and rules[index].id not in groundless
    ]


def _rank(one: Recommendation) -> tuple[int, int, int, int, str, str]:
    is_shown = 0 if one.verdict in (SHOWN, ALREADY_OPEN) else 1
    is_guess = 1 if one.rule.evidence == "hypothesis" else 0
    return is_shown, -one.rank[0], -one.rank[1], is_guess, one.subject, one.rule.id


def _candidate(
    about: Subject,
    index: int,
    rule: Rule,
    terms: RuleTerms,
    median_amount: int,
    as_of: datetime,
    words: Vocabulary,
    strategy: Strategy,
) -> Recommendation:
    dedupe = 0
    for place in range(terms.dedupe_start[index], terms.dedupe_start[index + 1]):
        dedupe = advice.mix(dedupe, about.row[terms.dedupe_column[place]])
    cycle = about.signals.get("cycle") or 1
    return Recommendation(
        id=recommendation_id(about.name, rule.id, cycle, dedupe, 0, about.scope),
        about=about,
        rule=rule,
        verdict=UNDECIDED,
        parts=_priority(about, index, terms, median_amount),
        cycle=cycle,
        dedupe=dedupe,
        because=told(rule.because, about.signals, words, strategy.currency),
        action=told(rule.do, about.signals, words, strategy.currency),
        due=_due(as_of, rule),
        expires_at=as_of + timedelta(days=rule.expires_days),
    )


def _priority(about: Subject, index: int, terms: RuleTerms, median_amount: int) -> PriorityParts:
    stake = terms.stake_minor[index]
    if stake == UNKNOWN:
        amount = about.signals.get(AMOUNT_OF[about.scope])
        stake = median_amount if amount is None else amount
    column = terms.urgency_column[index]
    urgency = advice.urgency_permille(
        about.row[column] if column >= 0 else UNKNOWN,
        terms.urgency_per_unit[index],
        terms.urgency_most[index],
    )
    odds = EVEN_ODDS_BP if about.win is None else about.win.p_bp
    chance = advice.chance_bp(terms.effect_permille[index], odds)
    weight, cost = terms.weight_permille[index], terms.cost_minor[index]
    return PriorityParts(
        priority_minor=advice.priority_minor(chance, stake, weight, urgency, cost),
        chance_bp=chance,
        stake_minor=stake,
        weight_permille=weight,
        urgency_permille=urgency,
        cost_minor=cost,
    )


@dataclass(frozen=True)
class _Round:
    """One moment's arbitration under what was advised before and each rep's minutes."""

    strategy: Strategy
    rules: Sequence[Rule]
    terms: RuleTerms
    as_of: datetime
    before: Sequence[Issued]

    def decided(self, found: Sequence[Recommendation]) -> list[Recommendation]:
        """`found` with verdicts and ranks."""
        number = {rule.id: index for index, rule in enumerate(self.rules)}
        subjects = _numbered((one.scope, one.subject) for one in found)
        reps = _numbered(one.owner for one in found if one.owner)
        slots = _numbered((one.scope, one.subject, one.rule.id) for one in found)
        memory, last = self._remembered(slots, reps, len(subjects))
        candidates = _candidates(found, number, subjects, reps, slots, self.terms)
        now, terms, limits = int(self.as_of.timestamp()), self.terms, self.strategy.accountability
        advice.settle_standing(candidates, memory, terms, limits.escalate_after, now)
        together = sorted(
            range(len(found)), key=lambda index: (candidates.rep[index], candidates.stake[index])
        )
        advice.cap_hypotheses(candidates, together, terms)
        advice.arbitrate(
            candidates,
            _best_first(candidates, terms),
            memory,
            terms,
            [minutes_in(week_start(self.today), rep, self.strategy) for rep in reps],
            [most_for(scope, self.strategy) for scope, _ in subjects],
            now,
            week_of(self.today),
        )
        return [
            _as_decided(one, candidates, index, last.get(candidates.slot[index]))
            for index, one in enumerate(found)
        ]

    @property
    def today(self) -> date:
        return self._day(int(self.as_of.timestamp()))

    def _remembered(
        self, slots: Mapping[tuple[Scope, str, str], int], reps: Mapping[str, int], subjects: int
    ) -> tuple[Memory, dict[int, Issued]]:
        """What earlier advice means: open, cooling down, left unanswered, minutes taken; by slot
        the advice given last. What was accepted is open until it is done."""
        effort = {rule.id: rule.effort_minutes for rule in self.rules}
        memory = _blank_memory(len(slots), len(reps), subjects, week_of(self.today))
        last: dict[int, Issued] = {}
        for one in self.before:
            rep = reps.get(one.event.owner or "")
            if rep is not None and week_of(self._day(one.issued_at)) == week_of(self.today):
                memory.used[rep] += effort.get(one.event.rule, 0)
            slot = slots.get((one.scope, one.subject, one.event.rule))
            if slot is None:
                continue
            last[slot] = one
            if memory.issued_dedupe[slot] != int(one.event.dedupe):
                memory.ignored[slot] = 0
            memory.issued_rounds[slot] += 1
            memory.issued_at[slot] = one.issued_at
            memory.issued_dedupe[slot] = int(one.event.dedupe)
            memory.closed_at[slot] = UNKNOWN
            if one.answered_at is not None and one.answer != "accepted":
                memory.closed_at[slot] = one.answered_at
            memory.ignored[slot] += 1
            if one.status(self.as_of) != "expired":
                memory.ignored[slot] = 0
        return memory, last

    def _day(self, moment: int) -> date:
        return local_date(moment, self.strategy.calendar.timezone)


def _candidates(
    found: Sequence[Recommendation],
    number: Mapping[str, int],
    subjects: Mapping[Any, int],
    reps: Mapping[str, int],
    slots: Mapping[Any, int],
    terms: RuleTerms,
) -> Candidates:
    rules = [number[one.rule.id] for one in found]
    return Candidates(
        subject=[subjects[one.scope, one.subject] for one in found],
        rule=rules,
        rep=[UNKNOWN if one.owner is None else reps[one.owner] for one in found],
        slot=[slots[one.scope, one.subject, one.rule.id] for one in found],
        dedupe=[one.dedupe for one in found],
        priority=[one.parts.priority_minor for one in found],
        stake=[one.parts.stake_minor for one in found],
        planned=[_planned(one, rule, terms) for one, rule in zip(found, rules, strict=True)],
        verdict=[UNDECIDED] * len(found),
        rounds=[0] * len(found),
        first_key=[0] * len(found),
        second_key=[0] * len(found),
    )


def _planned(one: Recommendation, rule: int, terms: RuleTerms) -> int:
    days, kind = (one.signals.get(name) for name in ("days_to_next_step", "next_step_kind"))
    return advice.is_planned(
        UNKNOWN if days is None else days,
        UNKNOWN if kind is None else kind,
        terms.step_kind[rule],
        terms.step_days[rule],
    )


def _blank_memory(slots: int, reps: int, subjects: int, week: int) -> Memory:
    return Memory(
        issued_at=[UNKNOWN] * slots,
        issued_dedupe=[UNKNOWN] * slots,
        issued_rounds=[0] * slots,
        closed_at=[UNKNOWN] * slots,
        ignored=[0] * slots,
        used=[0] * reps,
        used_week=[week] * reps,
        carried=[0] * subjects,
        groups=[0] * subjects,
        first_hits=[0] * subjects,
        counted_at=[UNKNOWN] * subjects,
    )


def _best_first(candidates: Candidates, terms: RuleTerms) -> list[int]:
    """The undecided candidates by falling keys, at a tie what is no hypothesis, then in order."""
    waiting = [index for index, verdict in enumerate(candidates.verdict) if verdict == UNDECIDED]

    def key(index: int) -> tuple[int, int, bool]:
        is_guess = terms.evidence[candidates.rule[index]] == HYPOTHESIS
        return -candidates.first_key[index], -candidates.second_key[index], is_guess

    return sorted(waiting, key=key)


def _as_decided(
    one: Recommendation, candidates: Candidates, index: int, before: Issued | None
) -> Recommendation:
    """`one` with its verdict; advice given before keeps the id and the dates it was given with."""
    verdict, rounds = candidates.verdict[index], candidates.rounds[index]
    decided = replace(
        one,
        verdict=verdict,
        rank=(candidates.first_key[index], candidates.second_key[index]),
        before=before,
    )
    if before is None or verdict not in (ALREADY_OPEN, advice.COOLING_DOWN, advice.ESCALATED):
        return replace(decided, id=_named(one, rounds))
    given = datetime.fromtimestamp(before.issued_at, UTC)
    return replace(
        decided,
        id=_named(one, rounds - 1),
        due=_due(given, one.rule),
        expires_at=given + timedelta(days=one.rule.expires_days),
    )


def _named(one: Recommendation, rounds: int) -> str:
    return recommendation_id(one.subject, one.rule.id, one.cycle, one.dedupe, rounds, one.scope)


def _due(given: datetime, rule: Rule) -> date:
    return given.date() + timedelta(days=rule.within_days)


def _numbered(names: Iterable[Any]) -> dict[Any, int]:
    return {name: index for index, name in enumerate(dict.fromkeys(names))}


def money(minor: int, currency: str) -> Decimal:
    """Minor units as an amount of `currency`."""
    return Decimal(minor) / minor_units(Decimal(1), currency)
