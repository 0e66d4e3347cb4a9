"""What became of each row of a file? Exactly one of: read, rejected, collapsed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from salesadvisor.domain.events import Event, InvalidEvent, parse_event


@dataclass(frozen=True, slots=True)
class Read:
    """The row says these events, at least one."""

    line: int
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Reject:
    """The row can't be read; `raw` is what stands in the file."""

    line: int
    reason: str
    raw: str


@dataclass(frozen=True, slots=True)
class Collapsed:
    """The row says nothing of its own: `into_line` already says it, or no line does (None)."""

    line: int
    into_line: int | None
    reason: str


Row = Read | Reject | Collapsed


@dataclass(slots=True)
class Tally:
    """The rows so far: `rows` = `read` + `rejected` + `collapsed`. A row can be several events."""

    read: int = 0
    rejected: int = 0
    collapsed: int = 0
    events: int = 0

    @property
    def rows(self) -> int:
        return self.read + self.rejected + self.collapsed

    def count(self, row: Row) -> None:
        match row:
            case Read(events=events):
                self.read += 1
                self.events += len(events)
            case Reject():
                self.rejected += 1
            case Collapsed():
                self.collapsed += 1


class UnfitRow(ValueError):
    """Why the row at hand can't be read: one line, with the cure where there is one."""


def make_event(kind: str, fields: Mapping[str, Any]) -> Event:
    """The event that the fields of a row make; raises UnfitRow."""
    try:
        return parse_event(kind, fields)
    except InvalidEvent as error:
        raise UnfitRow(str(error).replace("subject_id:", "deal_id:", 1)) from None
    except OverflowError:
        raise UnfitRow("a time is out of range; correct the year") from None
