"""What was advised before, and how is new advice written down? Advice as events of the deals."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from salesadvisor.domain.advice import ALREADY_OPEN, SHOWN
from salesadvisor.domain.events import (
    Corrected,
    Event,
    RecommendationAccepted,
    RecommendationDismissed,
    RecommendationDone,
    RecommendationExpired,
    RecommendationExported,
    RecommendationIssued,
    Retracted,
)
from salesadvisor.domain.evidence import kinds_behind
from salesadvisor.domain.strategy import Strategy
from salesadvisor.store import Store
from salesadvisor.study.advising import Advice, Issued, Recommendation
from salesadvisor.study.versions import publish

_ANSWERS = (
    RecommendationAccepted,
    RecommendationDismissed,
    RecommendationDone,
    RecommendationExpired,
)
Locate = Callable[[str], tuple[str, str]]
"""The CRM and the CRM's own id of a deal."""


@dataclass(frozen=True)
class Ledger:
    """The advice events of a store. What is recorded twice under one id is recorded once."""

    store: Store
    locate: Locate

    def before(self, as_of: datetime) -> list[Issued]:
        """What was issued before `as_of`, with the newest answer to each, in order of issue."""
        issued: dict[str, RecommendationIssued] = {}
        answered: dict[str, datetime] = {}
        for event in self._events():
            if event.known_at >= as_of:
                continue
            if isinstance(event, RecommendationIssued):
                issued.setdefault(event.recommendation_id, event)
            elif isinstance(event, _ANSWERS):
                answered[event.recommendation_id] = event.occurred_at
        return [
            Issued(event, int(answered[name].timestamp()) if name in answered else None)
            for name, event in issued.items()
        ]

    def issue(self, advice: Advice, strategy: Strategy) -> int:
        """Record the new recommendations of `advice`; returns how many had not been recorded."""
        known = self._recorded(RecommendationIssued)
        events = [
            _issued(one, strategy, advice.as_of, *self.locate(one.deal.deal))
            for one in advice.new
            if one.id not in known
        ]
        if events:
            self.publish(strategy, advice.as_of)
            self.store.append(events, learned_at=advice.as_of)
        return len(events)

    def publish(self, strategy: Strategy, at: datetime, label: str | None = None) -> bool:
        """Record the strategy that decides, unless it is in force; returns whether it was new."""
        return publish(self.store, strategy, at, label)

    def mark_exported(self, shown: Iterable[Recommendation], target: str, at: datetime) -> int:
        """Record that these were handed to `target`; returns how many had not been before."""
        known = self._recorded(RecommendationExported)
        events = []
        for one in shown:
            source_id = f"{one.id}:{target}"
            if source_id in known:
                continue
            crm, subject = self.locate(one.deal.deal)
            events.append(
                RecommendationExported(
                    crm=crm,
                    subject_id=subject,
                    occurred_at=at,
                    recorded_at=at,
                    source_id=source_id,
                    recommendation_id=one.id,
                    target=target,
                )
            )
        if events:
            self.store.append(events, learned_at=at)
        return len(events)

    def with_evidence(self, advice: Advice) -> Advice:
        """`advice` with the ids of the newest events behind each recommendation that is shown."""
        cited = [
            replace(one, event_ids=self._behind(one, advice.as_of))
            if one.verdict in (SHOWN, ALREADY_OPEN)
            else one
            for one in advice.recommendations
        ]
        return replace(advice, recommendations=tuple(cited))

    def _behind(self, one: Recommendation, as_of: datetime) -> tuple[str, ...]:
        """The newest event of each kind behind the rule's signals, with what corrected it."""
        stream = self.store.stream("deal", *self.locate(one.deal.deal))
        known = [stored.event for stored in stream if stored.event.known_at < as_of]
        retracted = {event.retracts for event in known if isinstance(event, Retracted)}
        corrections = {
            event.corrects: event.source_id
            for event in known
            if isinstance(event, Corrected) and event.source_id not in retracted
        }
        standing = [event for event in known if event.source_id not in retracted]
        newest = {event.KIND: event.source_id for event in standing}
        behind = [newest[kind] for kind in kinds_behind(one.rule.signals) if kind in newest]
        return tuple(
            name for cited in behind for name in (cited, corrections.get(cited)) if name is not None
        )

    def _events(self) -> list[Event]:
        return [stored.event for stored in self.store.advice()]

    def _recorded(self, model: type[Event]) -> set[str]:
        return {event.source_id for event in self._events() if isinstance(event, model)}


def _issued(
    one: Recommendation, strategy: Strategy, as_of: datetime, crm: str, subject: str
) -> RecommendationIssued:
    return RecommendationIssued(
        crm=crm,
        subject_id=subject,
        occurred_at=as_of,
        recorded_at=as_of,
        source_id=one.id,
        recommendation_id=one.id,
        rule=one.rule.id,
        rule_version=one.rule.version,
        strategy_hash=strategy.content_hash,
        cycle=one.cycle,
        dedupe=str(one.dedupe),
        owner=one.deal.owner,
        action=one.action,
        because=one.because,
        priority_minor=one.parts.priority_minor,
        expires_at=one.expires_at,
        signals=one.asked_signals,
        event_ids=one.event_ids,
    )
