"""What became of advice, as the later events of its subject show: taken, overtaken, or neither?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from salesadvisor.domain import events as happened
from salesadvisor.domain.events import Event, RecommendationIssued
from salesadvisor.domain.rules import Action

_ENDINGS = (
    happened.Won, happened.Lost, happened.NoDecision, happened.Cancelled, happened.Voided,
)  # fmt: skip
Shown = Literal["done", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an event says of advice: `why` is the taking event's id, or what ended the deal."""

    kind: Shown
    at: datetime
    why: str


def outcome_of(
    issued: RecommendationIssued, action: Action | None, events: Sequence[Event]
) -> Outcome | None:
    """How the advice stands by its subject's `events` (those known, in the order of knowing).

    The first event that is the advised `action` takes it; otherwise a deal that has ended withdraws
    it. `action` is None where the playbook no longer has the rule.
    """
    retracted = {event.retracts for event in events if isinstance(event, happened.Retracted)}
    standing = [event for event in events if event.source_id not in retracted]
    if action is not None:
        for event in standing:
            if takes(event, issued, action, standing):
                return Outcome("done", event.known_at, event.source_id)
    ended = _ended(standing)
    if ended is None:
        return None
    reason = getattr(ended, "reason", None)
    why = f"the deal is {ended.KIND.replace('_', ' ')}" + (f": {reason}" if reason else "")
    return Outcome("withdrawn", max(ended.known_at, issued.known_at), why)


def takes(
    event: Event, issued: RecommendationIssued, action: Action, events: Sequence[Event]
) -> bool:
    """Whether `event` is the advised action, done in time; `events` tell the contacts' roles."""
    if action.event_taken != event.KIND or event.occurred_at < issued.occurred_at:
        return False
    if event.occurred_at > _until(issued, action):
        return False
    match event:
        case happened.Activity():
            return _is_the_activity(event, action, events)
        case happened.ContactAdded():
            return action.role is None or _same(event.role, action.role)
        case happened.StrategyAcknowledged():
            return event.rep == issued.advised
        case _:
            return True


def _until(issued: RecommendationIssued, action: Action) -> datetime:
    if action.taken_within_days is None:
        return issued.expires_at
    return issued.occurred_at + timedelta(days=action.taken_within_days)


def _is_the_activity(event: happened.Activity, action: Action, events: Sequence[Event]) -> bool:
    """An activity of the action's kind that did not come from the buyer, with role and topic."""
    kinds = {"meeting": ("meeting", "demo")}.get(action.kind, (action.kind,))
    if action.event is None and action.field is None and event.kind not in kinds:
        return False
    if event.direction == "in" and event.kind in ("call", "email"):
        return False
    if action.topic is not None and not any(_same(one, action.topic) for one in event.topics):
        return False
    return action.role is None or any(
        _same(role, action.role) for role in _roles_of(event.contact, events)
    )


def _roles_of(contact: str | None, events: Sequence[Event]) -> Iterator[str]:
    for event in events:
        if isinstance(event, happened.ContactAdded) and event.contact == contact and event.role:
            yield event.role


def _same(one: str | None, other: str) -> bool:
    return one is not None and one.strip().casefold() == other.strip().casefold()


def _ended(events: Sequence[Event]) -> Event | None:
    """The event that closed the deal, None while it is open."""
    ended: Event | None = None
    for event in events:
        if isinstance(event, _ENDINGS):
            ended = event
        elif isinstance(event, happened.Reopened):
            ended = None
    return ended
