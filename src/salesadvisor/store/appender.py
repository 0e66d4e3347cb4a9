"""What must be written, inside one transaction, for a batch of source rows?

New rows become events; changed ones wait until their import has shown its last row of that source
id, and become corrections then. The caller owns the transaction and says when it failed.
"""

from __future__ import annotations

from datetime import datetime

from eventsourcing.sqlite import SQLiteCursor

from salesadvisor.domain.events import Corrected
from salesadvisor.store.decoder import Decoder
from salesadvisor.store.head import chained
from salesadvisor.store.reconcile import (
    Appended,
    Batch,
    Version,
    Waiting,
    batch_of,
    corrected_before,
    corrections_of,
    newest_version,
    sort_out,
)
from salesadvisor.store.recorder import AppendRow, EventRecorder, Key, SourceRow

_CACHED_STREAMS = 500_000


class Appender:
    """Writes batches through a recorder, and remembers the versions of streams between them."""

    def __init__(self, recorder: EventRecorder, decoder: Decoder) -> None:
        self._recorder = recorder
        self._decoder = decoder
        self._streams: dict[str, str] = {}
        self._versions: dict[str, int] = {}
        self._versions_are_of = 0

    def forget(self) -> None:
        """Drops what was remembered: the transaction it came from was undone."""
        self._versions.clear()

    def add(self, c: SQLiteCursor, batch: Batch, waiting: Waiting) -> Appended:
        """Stores the fresh rows of `batch` and puts its changed ones into `waiting`."""
        known: dict[Key, SourceRow] = {}
        if self._recorder.newest_append(c).position:
            known = self._recorder.sources(c, batch.keys)
        doubtful = {
            key: known[key]
            for key, content in zip(batch.keys, batch.contents, strict=True)
            if key in known and known[key].content != content
        }
        result = sort_out(batch, known, self._newest(c, doubtful), waiting)
        self._recorder.update_sources(c, result.rewritten.items())
        fresh = batch.only(result.fresh)
        self._take_over_corrections(c, fresh, self._store(c, fresh))
        return result.outcome

    def correct(self, c: SQLiteCursor, waiting: Waiting, learned_at: datetime) -> Appended:
        """Stores a correction for each waiting row that still says something new."""
        if not waiting:
            return Appended()
        versions = self._newest(c, self._recorder.sources(c, list(waiting)))
        corrections = corrections_of(waiting, versions, learned_at)
        first = self._store(c, batch_of([correction.event for correction in corrections]))
        self._recorder.update_sources(
            c,
            (
                (made.key, SourceRow(made.content, first + place, made.number))
                for place, made in enumerate(corrections)
            ),
        )
        rows = sum(map(len, waiting.values()))
        return Appended(corrected=len(corrections), known=rows - len(corrections))

    def _newest(self, c: SQLiteCursor, rows: dict[Key, SourceRow]) -> dict[Key, Version]:
        positions = {row.position for row in rows.values()}
        found = self._decoder.stored(self._recorder.rows_at(c, positions))
        events = {stored.position: stored.event for stored in found}
        return {key: newest_version(key, row, events[row.position]) for key, row in rows.items()}

    def _store(self, c: SQLiteCursor, batch: Batch) -> int:
        """Writes `batch` and what goes with it; returns the position of its first event."""
        previous = self._recorder.newest_append(c)
        if not batch.events:
            return previous.position + 1
        streams = self._stream_ids(batch)
        versions = self._next_versions(c, streams, previous.position)
        # Rows are zipped as SQLite takes them: lists of tuples would double the time here.
        rows = zip(streams, versions, batch.kinds, batch.states, strict=True)
        first = self._recorder.add_events(c, rows)
        last = first + len(streams) - 1
        positions = range(first, last + 1)
        self._recorder.add_sources(c, zip(batch.keys, batch.contents, positions, strict=True))
        append = AppendRow(
            position=last,
            events=previous.events + len(streams),
            chain=chained(
                previous.chain,
                first,
                streams=streams,
                versions=versions,
                kinds=batch.kinds,
                states=batch.states,
            ),
            latest_known=max(
                previous.latest_known, max(batch.known_ats).isoformat(timespec="microseconds")
            ),
        )
        self._recorder.add_append(c, append)
        self._versions_are_of = last
        return first

    def _next_versions(self, c: SQLiteCursor, streams: list[str], newest: int) -> list[int]:
        if newest != self._versions_are_of or len(self._versions) > _CACHED_STREAMS:
            self._versions.clear()
        held = self._versions
        if newest:
            held |= self._recorder.versions(c, set(streams).difference(held))
        versions = []
        for stream in streams:
            version = held[stream] = held.get(stream, 0) + 1
            versions.append(version)
        return versions

    def _stream_ids(self, batch: Batch) -> list[str]:
        if len(self._streams) > _CACHED_STREAMS:
            self._streams.clear()
        known = self._streams
        streams = []
        for place, subject in enumerate(batch.subjects):
            stream = known.get(subject)
            if stream is None:
                stream = known[subject] = batch.events[place].stream_id.hex
            streams.append(stream)
        return streams

    def _take_over_corrections(self, c: SQLiteCursor, batch: Batch, first: int) -> None:
        taken = (
            (made, first + place)
            for place, kind in enumerate(batch.kinds)
            if kind == Corrected.KIND and (made := corrected_before(batch.events[place]))
        )
        # Their content hash is not known: the next row is compared with the event itself.
        self._recorder.update_sources(
            c, [(key, SourceRow(b"", position, number)) for (key, number), position in taken]
        )
