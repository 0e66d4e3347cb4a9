"""How does an event become a stored row, and a row of any age an event again?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent
from pydantic import ValidationError
from pydantic_core import from_json, to_json

from salesadvisor.domain.events import (
    EVENT_TYPES,
    UPCASTS,
    Corrected,
    Event,
    InvalidEvent,
    Payload,
    Upcast,
    event_payload,
    one_line,
    upcast,
)


@dataclass(frozen=True, slots=True)
class InStream:
    """An event at its place in a stream: what eventsourcing calls a domain event."""

    originator_id: UUID
    originator_version: int
    event: Event


class EventMapper(Mapper[UUID]):
    """Stores an event as its JSON under its kind; reads old schemas by upcasting them first."""

    def __init__(self, steps: Mapping[tuple[str, int], Upcast] = UPCASTS) -> None:
        super().__init__(JSONTranscoder())
        self._steps = steps
        self._old_kinds = {kind for kind, _version in steps}
        if self._old_kinds:
            self._old_kinds.add(Corrected.KIND)

    @property
    def upcasts_anything(self) -> bool:
        return bool(self._old_kinds)

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> StoredEvent:
        assert isinstance(domain_event, InStream)
        event = domain_event.event
        return StoredEvent(
            originator_id=domain_event.originator_id,
            originator_version=domain_event.originator_version,
            topic=event.KIND,
            state=event_payload(event),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> InStream:
        """The stored event in today's schema; raises InvalidEvent."""
        assert isinstance(stored_event.originator_id, UUID)
        return InStream(
            stored_event.originator_id,
            stored_event.originator_version,
            self.decode(stored_event.topic, stored_event.state),
        )

    def decode(self, kind: str, state: bytes) -> Event:
        """The event that `state` holds; raises InvalidEvent with one line."""
        model = EVENT_TYPES.get(kind)
        if model is None:
            raise InvalidEvent(f"unknown event '{kind}', written by another salesadvisor")
        try:
            if kind in self._old_kinds:
                return model.model_validate_json(to_json(self._upcast(kind, state)))
            return model.model_validate_json(state)
        except ValidationError as error:
            raise InvalidEvent(one_line(error)) from None

    def in_newest_schema(self, kind: str, state: bytes) -> bytes:
        """`state` as JSON of the newest schema of `kind`, not validated."""
        return to_json(self._upcast(kind, state)) if kind in self._old_kinds else state

    def _upcast(self, kind: str, state: bytes) -> Payload:
        try:
            payload: Any = from_json(state)
        except ValueError as error:
            raise InvalidEvent(f"not JSON: {error}") from None
        if not isinstance(payload, dict):
            raise InvalidEvent("not a JSON object")
        if kind == Corrected.KIND and isinstance(payload.get("fact"), dict):
            # The corrected fact is as old as the correction that carries it.
            fact = upcast(str(payload.get("event")), payload["fact"], self._steps)
            payload = {**payload, "fact": fact}
        return upcast(kind, payload, self._steps)
