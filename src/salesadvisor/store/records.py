"""In which shapes do stored events leave the store?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from salesadvisor.domain.events import Event, Stream, subject_key


@dataclass(frozen=True, slots=True)
class Stored:
    """An event and where it stands: `position` in the whole store, `version` in its stream."""

    position: int
    stream_id: UUID
    version: int
    event: Event


class RawStored(NamedTuple):
    """A stored event before decoding: `state` is JSON in the newest schema of `kind`."""

    position: int
    kind: str
    version: int
    state: bytes


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a stream is about; `first_position` is that of its first event."""

    stream: Stream
    crm: str
    subject_id: str
    first_position: int

    @property
    def key(self) -> str:
        return subject_key(self.crm, self.subject_id)
