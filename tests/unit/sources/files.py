"""Small files of history, and what reading them gives."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

from salesadvisor.domain.events import Event
from salesadvisor.sources import Collapsed, Read, Reject, Source, open_source

NATIVE = "deal_id,occurred_at,recorded_at,event,source_id,data"


def write(path: Path, *lines: str | bytes, end: str = "\n") -> Path:
    """The lines as a file, gzipped if its name says so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = b"".join(
        (line if isinstance(line, bytes) else line.encode()) + end.encode() for line in lines
    )
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def read(path: Path, format: str = "auto", mapping: Path | None = None) -> Outcome:
    return Outcome(open_source(path, format, mapping))


class Outcome:
    """All rows of a source, sorted by what became of them."""

    def __init__(self, source: Source) -> None:
        rows = list(source)
        self.source = source
        self.read = [row for row in rows if isinstance(row, Read)]
        self.rejects = {row.line: row for row in rows if isinstance(row, Reject)}
        self.collapsed = {row.line: row.into_line for row in rows if isinstance(row, Collapsed)}
        self.events: list[Event] = [event for row in self.read for event in row.events]

    @property
    def kinds(self) -> list[str]:
        return [event.KIND for event in self.events]

    @property
    def reasons(self) -> dict[int, str]:
        return {line: reject.reason for line, reject in self.rejects.items()}

    def only(self) -> Any:
        """The one event there is."""
        (event,) = self.events
        return event
