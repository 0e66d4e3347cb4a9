"""Why does a deal stand where it stands? Its events, signals, probability and rules.

The live gear's own view of one deal: nothing is compiled, everything names its events.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from salesadvisor.domain.events import Event, RecommendationIssued, event_payload
from salesadvisor.domain.rules import Rule
from salesadvisor.domain.state import OPEN, STATUS_NAMES
from salesadvisor.domain.strategy import Strategy
from salesadvisor.domain.telling import told as told_event
from salesadvisor.domain.vocabulary import shown, told, vocabulary
from salesadvisor.engine.explain import Verdict, explain_rule
from salesadvisor.engine.live import LiveEngine
from salesadvisor.log.live import LiveFold, Reference
from salesadvisor.log.projector import PositionOf
from salesadvisor.log.projector import Stored as RawEvent
from salesadvisor.model.scorecard import WinModel
from salesadvisor.store import Stored
from salesadvisor.study.advising import OpenDeal, described


@dataclass(frozen=True)
class Told:
    """One event of the story."""

    event_id: str
    kind: str
    occurred_at: datetime
    recorded_at: datetime
    text: str


@dataclass(frozen=True)
class SignalLine:
    """One signal as it stands: its value for people and what it means."""

    name: str
    value: int | None
    text: str
    sentence: str


@dataclass(frozen=True)
class RuleLine:
    """One rule on this deal: whether it fires, why, and what each part of its condition says."""

    rule: Rule
    fires: bool
    because: str
    verdict: Verdict


@dataclass(frozen=True)
class Explanation:
    """A deal as of a moment. Unless it was open then, `open_deal` is None and no rule is asked."""

    deal: str
    as_of: datetime
    status: str
    owner: str | None
    cycle: int
    events_known: int
    events_not_yet_known: int
    story: tuple[Told, ...]
    signals: tuple[SignalLine, ...]
    open_deal: OpenDeal | None
    rules: tuple[RuleLine, ...]
    issued: tuple[RecommendationIssued, ...]


def explain(
    deal: str,
    events: Sequence[Stored],
    profiles: Sequence[Stored],
    *,
    as_of: datetime,
    fold: LiveFold,
    reference: Reference,
    strategy: Strategy,
    rules: Sequence[Rule],
    names: Sequence[str],
    engine: LiveEngine,
    model: WinModel,
    position_of: PositionOf,
) -> Explanation:
    """Tell the deal whose stream is `events`; `names` are the columns of a signals row."""
    rows = fold.bind(raw(events), position_of, raw(profiles))
    moment = int(as_of.timestamp())
    standing = fold.stand(rows, moment)
    known = [one.event for one in events if one.event.known_at < as_of]
    open_deal = None
    if standing.deal.status == OPEN:
        row = fold.signals(standing, moment, reference)
        open_deal = described(deal, standing.owner, row, names, model)
    return Explanation(
        deal=deal,
        as_of=as_of,
        status=STATUS_NAMES[standing.deal.status],
        owner=standing.owner,
        cycle=standing.deal.cycle,
        events_known=len(known),
        events_not_yet_known=len(events) - len(known),
        story=tuple(_told(event) for event in sorted(known, key=_by_known)),
        signals=_signal_lines(open_deal, strategy),
        open_deal=open_deal,
        rules=_rule_lines(open_deal, rules, strategy, engine),
        issued=tuple(event for event in known if isinstance(event, RecommendationIssued)),
    )


def raw(events: Sequence[Stored]) -> list[RawEvent]:
    """Stored events as the projector reads them."""
    return [RawEvent(one.position, one.event.KIND, event_payload(one.event)) for one in events]


def _by_known(event: Event) -> datetime:
    return event.known_at


def _told(event: Event) -> Told:
    return Told(
        event.source_id, event.KIND, event.occurred_at, event.recorded_at, told_event(event)
    )


def _signal_lines(open_deal: OpenDeal | None, strategy: Strategy) -> tuple[SignalLine, ...]:
    if open_deal is None:
        return ()
    words = vocabulary(strategy)
    return tuple(
        SignalLine(name, value, shown(words[name], value, strategy.currency), words[name].sentence)
        for name, value in open_deal.signals.items()
    )


def _rule_lines(
    open_deal: OpenDeal | None, rules: Sequence[Rule], strategy: Strategy, engine: LiveEngine
) -> tuple[RuleLine, ...]:
    if open_deal is None:
        return ()
    words = vocabulary(strategy)
    fired = {firing.rule_id for firing in engine.evaluate(open_deal.signals)}
    lines = [
        RuleLine(
            rule=rule,
            fires=rule.id in fired,
            because=told(rule.because, open_deal.signals, words, strategy.currency),
            verdict=explain_rule(rule, open_deal.signals),
        )
        for rule in rules
    ]
    return tuple(sorted(lines, key=lambda line: not line.fires))
