"""How does a source's history get into the store, every row accounted for?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from salesadvisor.domain.events import Event
from salesadvisor.errors import SourceError
from salesadvisor.sources.rejects import RejectsFile
from salesadvisor.sources.rows import Collapsed, Read, Reject
from salesadvisor.sources.source import Source
from salesadvisor.store import Conflict, Store

BATCH_EVENTS = 20_000
_SHOWN_REJECTS = 5

Progress = Callable[[int, int], None]
"""Told the bytes read and the bytes there are."""


@dataclass(slots=True)
class Imported:
    """What became of the rows of a file: rows = read + rejected + collapsed.

    The `events` of the rows that were read are added, already known, corrected (the store knew the
    source id with other content), superseded (a later row of the file says it again) or in conflict
    with another deal; conflicts are also written to the rejects file.
    """

    path: Path
    format: str
    is_dry_run: bool
    rows: int = 0
    read: int = 0
    rejected: int = 0
    collapsed: int = 0
    events: int = 0
    added: int = 0
    known: int = 0
    corrected: int = 0
    superseded: int = 0
    conflicts: int = 0
    rejects_file: Path | None = None
    first_rejects: list[Reject] = field(default_factory=list)


def import_source(
    store: Store,
    source: Source,
    *,
    rejects_in: Path,
    learned_at: datetime,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Imported:
    """Append what is new in `source` to `store`; rows that can't be read go to a rejects file.

    A batch that was acknowledged stays; running the same import again completes it. Raises
    SourceError when not a single row can be read, and what the store raises.
    """
    done = Imported(source.path, source.format, dry_run)
    lines: dict[str, int] = {}
    with (
        RejectsFile(source.path, rejects_in, dry_run=dry_run) as rejects,
        store.importing(learned_at=learned_at, dry_run=dry_run) as run,
    ):
        for batch in _batches(source, done, rejects, lines, progress):
            for conflict in run.append(batch).conflicts:
                _reject(done, rejects, _told(conflict, lines))
                done.conflicts += 1
            lines.clear()
        _refuse_unreadable(done)
    done.added, done.known = run.total.added, run.total.known
    done.corrected, done.superseded = run.total.corrected, run.total.superseded
    if rejects.count and not dry_run:
        done.rejects_file = rejects.path
    return done


def _batches(
    source: Source,
    done: Imported,
    rejects: RejectsFile,
    lines: dict[str, int],
    progress: Progress | None,
) -> Iterator[list[Event]]:
    batch: list[Event] = []
    for row in source:
        done.rows += 1
        match row:
            case Read(line, events):
                done.read += 1
                done.events += len(events)
                batch.extend(events)
                for event in events:
                    lines[event.source_id] = line
            case Reject():
                done.rejected += 1
                _reject(done, rejects, row)
            case Collapsed():
                done.collapsed += 1
        if len(batch) >= BATCH_EVENTS:
            yield batch
            batch = []
            if progress is not None:
                progress(source.bytes_read, source.bytes_total)
    if batch:
        yield batch
    if progress is not None:
        progress(source.bytes_total, source.bytes_total)


def _reject(done: Imported, rejects: RejectsFile, reject: Reject) -> None:
    rejects.add(reject)
    if len(done.first_rejects) < _SHOWN_REJECTS:
        done.first_rejects.append(reject)


def _told(conflict: Conflict, lines: dict[str, int]) -> Reject:
    line = lines.get(conflict.event.source_id, 0)
    return Reject(line, str(conflict), conflict.event.model_dump_json(by_alias=True))


def _refuse_unreadable(done: Imported) -> None:
    if done.rejected and not done.read and not done.collapsed:
        first = done.first_rejects[0]
        place = f"{done.path}:{first.line}"
        raise SourceError(place, first.reason, f"none of the {done.rows} rows can be read")
