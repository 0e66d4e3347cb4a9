"""What do these stored rows say, and which of them can't be read?"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from eventsourcing.persistence import StoredEvent

from salesadvisor.errors import StoreCorrupt
from salesadvisor.store.head import EventRow
from salesadvisor.store.mapper import EventMapper
from salesadvisor.store.records import RawStored, Stored


class Decoder:
    """Decodes rows of the store at `place`; a row that can't be read is named by its position."""

    def __init__(self, place: str, mapper: EventMapper) -> None:
        self._place = place
        self._mapper = mapper

    def stored(self, rows: Iterable[tuple[int, EventRow]]) -> list[Stored]:
        """The events of `rows` in today's schema; raises StoreCorrupt."""
        return [self._one(position, row) for position, row in rows]

    def raw(self, rows: list[RawStored]) -> list[RawStored]:
        """`rows` with their JSON in the newest schema; raises StoreCorrupt."""
        if not self._mapper.upcasts_anything:
            return rows
        return [row._replace(state=self._newest_schema(row)) for row in rows]

    def _one(self, position: int, row: EventRow) -> Stored:
        stream, version, kind, state = row
        try:
            found = self._mapper.to_domain_event(StoredEvent(UUID(stream), version, kind, state))
        except (ValueError, TypeError) as error:
            raise self._unreadable(position, error) from error
        return Stored(position, found.originator_id, found.originator_version, found.event)

    def _newest_schema(self, row: RawStored) -> bytes:
        try:
            return self._mapper.in_newest_schema(row.kind, row.state)
        except ValueError as error:
            raise self._unreadable(row.position, error) from error

    def _unreadable(self, position: int, error: ValueError | TypeError) -> StoreCorrupt:
        return StoreCorrupt(
            f"{self._place}: event {position}",
            f"can't be read: {error}",
            "use the newest salesadvisor; if it fails too, restore the file from a backup",
        )
