"""What was advised before, and how is advice written down? As events of what it is about.

What later events show of advice, that it was taken or that its deal ended, is seen at every look;
`settle` writes it down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from salesadvisor.domain.advice import ALREADY_OPEN, SHOWN
from salesadvisor.domain.events import (
    DEFAULT_CRM,
    AdviceEvent,
    Corrected,
    Event,
    RecommendationAccepted,
    RecommendationDismissed,
    RecommendationDone,
    RecommendationExpired,
    RecommendationExported,
    RecommendationIssued,
    RecommendationWithdrawn,
    Retracted,
    StrategyAcknowledged,
    StrategyPublished,
    Stream,
)
from salesadvisor.domain.evidence import kinds_behind
from salesadvisor.domain.naming import did_you_mean
from salesadvisor.domain.rules import Action, Scope
from salesadvisor.domain.strategy import Strategy
from salesadvisor.domain.taken import Outcome, outcome_of
from salesadvisor.errors import BadInput
from salesadvisor.store import Store
from salesadvisor.study.advising import Advice, Recommendation
from salesadvisor.study.answers import Issued, Reply
from salesadvisor.study.versions import publish

Locate = Callable[[str], tuple[str, str]]
"""The CRM and the CRM's own id of a deal."""
DETECTED = "detected"
"""The actor of an answer that nobody gave: it was seen in later events."""
_REPLIES: Mapping[Reply, type[AdviceEvent]] = {
    "accept": RecommendationAccepted,
    "dismiss": RecommendationDismissed,
    "done": RecommendationDone,
}


@dataclass(frozen=True)
class Ledger:
    """The advice events of a store. What is recorded twice under one id is recorded once.

    `actions` say by rule what taking its advice looks like.
    """

    store: Store
    locate: Locate
    actions: Mapping[str, Action] = field(default_factory=dict)

    def before(self, as_of: datetime) -> list[Issued]:
        """What was issued before `as_of`, as it stands, in order of issue."""
        return [self._seen(one, as_of) for one, _ in self._written(as_of).values()]

    def issue(self, advice: Advice, strategy: Strategy) -> int:
        """Record the new recommendations of `advice`; returns how many had not been recorded."""
        known = self._recorded(RecommendationIssued)
        events = [
            _issued(one, strategy, advice.as_of, self.place(one.scope, one.subject, strategy))
            for one in advice.new
            if one.id not in known
        ]
        if events:
            self.publish(strategy, advice.as_of)
            self.store.append(events, learned_at=advice.as_of)
        return len(events)

    def settle(self, as_of: datetime) -> int:
        """Record which advice was taken, overtaken or left to expire; returns how many."""
        events: list[Event] = []
        for one, is_expired in self._written(as_of).values():
            seen = self._seen(one, as_of)
            if seen is not one:
                events.append(_found(seen, as_of))
            elif one.answer is None and not is_expired and self._is_over(one, as_of):
                at = one.event.expires_at
                events.append(_about(RecommendationExpired, one, at, as_of, "expired"))
        # A second look at one moment finds the same; the store has it by its source id.
        return self.store.append(events, learned_at=as_of).stored if events else 0

    def reply(self, name: str, said: Reply, reason: str | None, at: datetime) -> Issued:
        """Record what a rep says of a recommendation; returns it as it stands then.

        Advice given for a later moment than `at` is answered at that moment. Saying the same again
        changes nothing. Raises BadInput for one that was never issued, or was answered otherwise.
        """
        at = max(at, self._issued_at(name) or at)
        known = {one.event.recommendation_id: one for one in self.before(at + _MOMENT)}
        if name not in known:
            cure = did_you_mean(name, known) if known else "run 'advise' first"
            raise BadInput(name, "no such recommendation was issued", cure)
        one = known[name]
        _refuse_other_answer(one, said)
        more: dict[str, Any] = {"reason": reason} if said == "dismiss" else {}
        event = _about(_REPLIES[said], one, at, at, said, actor=one.event.owner, **more)
        if one.answer != event.KIND.removeprefix("recommendation_"):
            self.store.append([event], learned_at=at)
        return one.answered(event)

    def _issued_at(self, name: str) -> datetime | None:
        given = [one for one in self.events() if isinstance(one, RecommendationIssued)]
        times = [one.occurred_at for one in given if one.recommendation_id == name]
        return max(times, default=None)

    def newest_reply(self) -> datetime | None:
        """When somebody last said what became of advice; None if nobody ever did."""
        replies = tuple(_REPLIES.values())
        said = [event for event in self.events() if isinstance(event, replies)]
        return max((one.known_at for one in said if one.actor != DETECTED), default=None)

    def publish(self, strategy: Strategy, at: datetime, label: str | None = None) -> bool:
        """Record the strategy that decides, unless it is in force; returns whether it was new."""
        return publish(self.store, strategy, at, label)

    def acknowledged(self, strategy: Strategy, as_of: datetime) -> dict[str, datetime] | None:
        """By rep when they acknowledged the strategy in force; None if it wasn't published yet."""
        known = [
            stored.event
            for stored in self.store.stream("strategy", DEFAULT_CRM, strategy.name)
            if stored.event.known_at < as_of
        ]
        ours = strategy.content_hash
        if not any(
            isinstance(one, StrategyPublished) and one.strategy_hash == ours for one in known
        ):
            return None
        return {
            one.rep: one.occurred_at
            for one in known
            if isinstance(one, StrategyAcknowledged) and one.strategy_hash == ours
        }

    def mark_exported(
        self, shown: Iterable[Recommendation], target: str, at: datetime, strategy: Strategy
    ) -> int:
        """Record that these were handed to `target`; returns how many had not been before."""
        known = self._recorded(RecommendationExported)
        events = []
        for one in shown:
            source_id = f"{one.id}:{target}"
            if source_id in known:
                continue
            events.append(
                RecommendationExported(
                    **self.place(one.scope, one.subject, strategy),
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
            if one.verdict in (SHOWN, ALREADY_OPEN) and one.scope == "deal"
            else one
            for one in advice.recommendations
        ]
        return replace(advice, recommendations=tuple(cited))

    def place(self, scope: Scope, subject: str, strategy: Strategy) -> dict[str, Any]:
        """The part of an event that says whom advice is about, and so in whose stream it stands."""
        match scope:
            case "deal":
                crm, own = self.locate(subject)
                return {"crm": crm, "subject_id": own}
            case "account":
                crm, own = self._account(subject)
                return {"crm": crm, "subject_id": own, "scope": scope}
            case _:
                return {"subject_id": strategy.name, "scope": scope, "about": subject}

    def _account(self, name: str) -> tuple[str, str]:
        crm, slash, own = name.partition("/")
        if slash and self.store.stream("account", crm, own):
            return crm, own
        return DEFAULT_CRM, name

    def _written(self, as_of: datetime) -> dict[str, tuple[Issued, bool]]:
        """By id: what was issued before `as_of` with its recorded answers, and whether it is
        recorded as expired."""
        found: dict[str, tuple[Issued, bool]] = {}
        for event in self.events():
            if event.known_at >= as_of:
                continue
            if isinstance(event, RecommendationIssued):
                found.setdefault(event.recommendation_id, (Issued(event), False))
            elif isinstance(event, AdviceEvent) and event.recommendation_id in found:
                one, is_expired = found[event.recommendation_id]
                is_expired = is_expired or isinstance(event, RecommendationExpired)
                found[event.recommendation_id] = one.answered(event), is_expired
        return found

    def _seen(self, one: Issued, as_of: datetime) -> Issued:
        """`one` with what later events of its subject show; itself if they show nothing."""
        if one.answer not in (None, "accepted") or self._is_over(one, as_of, days=_LATE_DAYS):
            return one
        outcome = self._outcome(one, as_of)
        if outcome is None:
            return one
        if outcome.kind == "done":
            return one.with_answer("done", outcome.at, outcome.why, is_detected=True)
        # What has expired by then was ignored, not overtaken; what was accepted is being done.
        if one.answer == "accepted" or one.event.expires_at <= outcome.at:
            return one
        return one.with_answer("withdrawn", outcome.at, outcome.why)

    def _outcome(self, one: Issued, as_of: datetime) -> Outcome | None:
        event = one.event
        stream: Stream = event.stream
        events = [
            stored.event
            for stored in self.store.stream(stream, event.crm, event.subject_id)
            if stored.event.known_at < as_of
        ]
        events.sort(key=lambda known: known.known_at)
        return outcome_of(event, self.actions.get(event.rule), events)

    def _is_over(self, one: Issued, as_of: datetime, *, days: int = 0) -> bool:
        """Whether no event that happens now can still take the advice."""
        action = self.actions.get(one.event.rule)
        until = one.event.expires_at
        if action is not None and action.taken_within_days is not None:
            until = max(until, one.event.occurred_at + timedelta(days=action.taken_within_days))
        return until + timedelta(days=days) <= as_of

    def _behind(self, one: Recommendation, as_of: datetime) -> tuple[str, ...]:
        """The newest event of each kind behind the rule's signals, with what corrected it."""
        stream = self.store.stream("deal", *self.locate(one.subject))
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

    def events(self) -> Iterator[Event]:
        """Every event about advice, in the order in which they were stored."""
        return (stored.event for stored in self.store.advice())

    def _recorded(self, model: type[Event]) -> set[str]:
        return {event.source_id for event in self.events() if isinstance(event, model)}


_MOMENT = timedelta(microseconds=1)
# A call may be logged days after it took place; later than that, nobody looks for it any more.
_LATE_DAYS = 31


def _refuse_other_answer(one: Issued, said: Reply) -> None:
    """Raises BadInput where the reply contradicts what is recorded."""
    allowed: dict[Reply, tuple[str | None, ...]] = {
        "accept": (None, "accepted"),
        "dismiss": (None, "accepted", "dismissed"),
        "done": (None, "accepted", "done"),
    }
    if one.answer in allowed[said]:
        return
    when = f" ({one.why})" if one.why else ""
    raise BadInput(one.event.recommendation_id, f"is {one.answer} already{when}", "leave it so")


def _found(seen: Issued, as_of: datetime) -> Event:
    """The event that says what was seen of the advice."""
    if seen.answer == "done":
        more = {"actor": DETECTED, "taken_in": seen.why}
        return _about(RecommendationDone, seen, seen.answered_on, as_of, "done", **more)
    return _about(
        RecommendationWithdrawn, seen, seen.answered_on, as_of, "withdrawn", reason=seen.why
    )


def _about(
    model: type[AdviceEvent],
    one: Issued,
    at: datetime,
    recorded_at: datetime,
    what: str,
    **more: Any,
) -> Event:
    """An event about advice that was issued."""
    event = one.event
    return model(
        crm=event.crm,
        subject_id=event.subject_id,
        scope=event.scope,
        about=event.about,
        occurred_at=at,
        recorded_at=recorded_at,
        source_id=f"{event.recommendation_id}:{what}",
        recommendation_id=event.recommendation_id,
        **more,
    )


def _issued(
    one: Recommendation, strategy: Strategy, as_of: datetime, place: Mapping[str, Any]
) -> RecommendationIssued:
    return RecommendationIssued(
        **place,
        occurred_at=as_of,
        recorded_at=as_of,
        source_id=one.id,
        recommendation_id=one.id,
        rule=one.rule.id,
        rule_version=one.rule.version,
        strategy_hash=strategy.content_hash,
        cycle=one.cycle,
        dedupe=str(one.dedupe),
        owner=one.owner,
        action=one.action,
        because=one.because,
        priority_minor=one.parts.priority_minor,
        expires_at=one.expires_at,
        signals=one.asked_signals,
        event_ids=one.event_ids,
    )
