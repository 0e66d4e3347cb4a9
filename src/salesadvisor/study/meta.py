"""What do the rules about the advice itself find: about recommendations, rules and the model?

They are decided by the same engine as any rule, on rows made from the ledger as of the moment, and
what they find stays outside the ranking of advice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np

from salesadvisor.domain import metrics
from salesadvisor.domain.rules import META_SCOPES, Rule, Scope
from salesadvisor.domain.scopes import ModelSignals, RecommendationSignals, RuleSignals
from salesadvisor.domain.state import DAY, UNKNOWN
from salesadvisor.domain.strategy import Strategy
from salesadvisor.domain.vocabulary import told, vocabulary
from salesadvisor.engine.boxes import compile_rules
from salesadvisor.engine.live import open_live_engine
from salesadvisor.log.passes import History
from salesadvisor.model.bulk import score_rows
from salesadvisor.model.scorecard import WinModel
from salesadvisor.study.advising import Advice
from salesadvisor.study.answers import Issued
from salesadvisor.study.checkpoints import local_date
from salesadvisor.study.subjects import columns_in
from salesadvisor.study.winning import lessons

LOOK_BACK_DAYS = 90
LEAST_DEALS = 50
"""Below so many deals on one side, the drift of the scores is not told."""
_DUE = ("accepted", "dismissed", "done", "expired")


@dataclass(frozen=True)
class MetaRow:
    """One recommendation, rule or model with its signals; unknown is None."""

    scope: Scope
    subject: str
    signals: Mapping[str, int | None]


@dataclass(frozen=True)
class Finding:
    """A meta rule that fired, and on what."""

    rule: Rule
    subject: str
    signals: Mapping[str, int | None]
    because: str
    action: str


@dataclass(frozen=True)
class Effect:
    """What a backtest measured of a rule: deals, and the interval of its effect in per mille."""

    deals: int
    low_permille: int
    high_permille: int


def findings(
    rows: Sequence[MetaRow], rules: Sequence[Rule], strategy: Strategy, as_of: datetime
) -> tuple[Finding, ...]:
    """The meta rules that fire on `rows`, in the order of the rules."""
    today = local_date(int(as_of.timestamp()), strategy.calendar.timezone)
    words = vocabulary(strategy)
    found: list[Finding] = []
    for scope in META_SCOPES:
        own = [rule for rule in rules if rule.scope == scope and rule.is_effective(today)]
        mine = [row for row in rows if row.scope == scope]
        if not own or not mine:
            continue
        by_id = {rule.id: rule for rule in own}
        with closing(open_live_engine(compile_rules(own, columns_in(scope, ())))) as engine:
            fired = [
                (by_id[firing.rule_id], row)
                for row in mine
                for firing in engine.evaluate(row.signals)
            ]
        found += [
            Finding(
                rule=rule,
                subject=row.subject,
                signals=row.signals,
                because=told(rule.because, row.signals, words, strategy.currency),
                action=told(rule.do, row.signals, words, strategy.currency),
            )
            for rule, row in fired
        ]
    order = {rule.id: place for place, rule in enumerate(rules)}
    return tuple(sorted(found, key=lambda one: (order[one.rule.id], one.subject)))


def meta_rows(
    advice: Advice,
    issued: Sequence[Issued],
    rules: Sequence[Rule],
    *,
    psi_permille: int | None = None,
    effects: Mapping[str, Effect] | None = None,
) -> tuple[MetaRow, ...]:
    """The rows of all three scopes as of the moment of `advice`.

    Recommendations are those on subjects that are still there: a closed deal asks for nothing.
    `effects` are those that a backtest has measured, by rule.
    """
    as_of, moment = advice.as_of, int(advice.as_of.timestamp())
    there = {(one.scope, one.name) for one in advice.subjects}
    by_pair: dict[tuple[Scope, str, str], list[Issued]] = {}
    by_rule: dict[str, list[Issued]] = {}
    for one in issued:
        by_pair.setdefault((one.scope, one.subject, one.event.rule), []).append(one)
        if one.issued_at >= moment - LOOK_BACK_DAYS * DAY:
            by_rule.setdefault(one.event.rule, []).append(one)
    measured = effects or {}
    return (
        *(
            _row("recommendation", f"{name}: {rule}", _of_pair(given, as_of))
            for (scope, name, rule), given in by_pair.items()
            if (scope, name) in there
        ),
        *(
            _row("rule", rule.id, _of_rule(by_rule.get(rule.id, []), as_of, measured.get(rule.id)))
            for rule in rules
            if rule.scope not in META_SCOPES
        ),
        _row("model", advice.model.kind, _of_model(advice.model, moment, psi_permille)),
    )


def _row(
    scope: Scope, subject: str, signals: RecommendationSignals | RuleSignals | ModelSignals
) -> MetaRow:
    values = {
        f"{scope}.{name}": None if value == UNKNOWN else value
        for name, value in asdict(signals).items()
    }
    return MetaRow(scope, subject, values)


def _of_pair(given: Sequence[Issued], as_of: datetime) -> RecommendationSignals:
    newest = given[-1]
    is_open = newest.status(as_of) == "open"
    return RecommendationSignals(
        times_issued=len(given),
        expired_unanswered=_expired_in_a_row(given[:-1] if is_open else given, as_of),
        days_open=(int(as_of.timestamp()) - newest.issued_at) // DAY if is_open else UNKNOWN,
        dismissed=int(newest.answer == "dismissed"),
    )


def _expired_in_a_row(given: Sequence[Issued], as_of: datetime) -> int:
    count = 0
    for one in reversed(given):
        if one.status(as_of) != "expired":
            break
        count += 1
    return count


def _of_rule(given: Sequence[Issued], as_of: datetime, effect: Effect | None) -> RuleSignals:
    due = [one.status(as_of) for one in given if one.status(as_of) in _DUE]

    def permille(*kinds: str) -> int:
        return 1_000 * sum(kind in kinds for kind in due) // len(due) if due else UNKNOWN

    return RuleSignals(
        issued_90d=len(given),
        accepted_permille=permille("accepted", "done"),
        dismissed_permille=permille("dismissed"),
        expired_permille=permille("expired"),
        effect_deals=UNKNOWN if effect is None else effect.deals,
        effect_low_permille=UNKNOWN if effect is None else effect.low_permille,
        effect_high_permille=UNKNOWN if effect is None else effect.high_permille,
    )


def _of_model(model: WinModel, moment: int, psi_permille: int | None) -> ModelSignals:
    return ModelSignals(
        score_psi_permille=UNKNOWN if psi_permille is None else psi_permille,
        deals_closed=model.n_deals,
        days_since_fit=max(0, moment - model.trained_until) // DAY,
    )


def score_drift_permille(history: History, advice: Advice, workers: int = 1) -> int | None:
    """Population stability index of the open deals' scores against those of the training window.

    A training deal counts once, whatever its checkpoints. None below 50 deals on either side, and
    for a base rate, which gives every deal the same score.
    """
    model = advice.model
    if model.kind == "base_rate" or len(advice.deals) < LEAST_DEALS:
        return None
    cut = model.trained_until
    taught = lessons(history, cut, workers).matured(cut, model.horizon_days * DAY)
    if taught.n_deals < LEAST_DEALS:
        return None
    block: Any = np.ascontiguousarray(taught.rows.T)
    scores, _, _ = score_rows(model, block)
    drift = metrics.population_stability(
        scores.tolist(), [deal.win.p_bp for deal in advice.deals], taught.weights.tolist()
    )
    return None if drift is None else round(1_000 * drift)
