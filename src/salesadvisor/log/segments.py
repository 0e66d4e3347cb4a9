"""Where does the log live? In Parquet segments named by the store positions they cover.

A segment `<first>-<last>.parquet` is written whole and renamed into place, so data and position
commit together; the words that it adds stand in its metadata. Segments are sorted in deal order.
A segment whose range lies inside another's is a leftover of a compaction and is ignored, then
removed. The folder can be deleted at any time: the next catch-up rebuilds it from the store.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from salesadvisor.domain import state
from salesadvisor.errors import StoreLocked
from salesadvisor.log.columns import (
    ACCOUNT_ROWS,
    COLUMN_NAMES,
    COLUMN_TYPES,
    Log,
    Words,
    in_deal_order,
)
from salesadvisor.log.projector import PositionOf, Projector, Stored

FORMAT = 1
BATCH = 100_000  # events projected into one segment
COMPACT_AT = 8  # segments

Columns = dict[str, npt.NDArray[np.integer]]
ReadEvents = Callable[[int, int], Sequence[Stored]]
Progress = Callable[[int], None]


@dataclass(frozen=True, order=True)
class Segment:
    """A file of the log and the range of positions it covers, both ends included."""

    first: int
    last: int
    path: Path

    def covers(self, other: Segment) -> bool:
        return self.first <= other.first and other.last <= self.last and self != other


class LogFolder:
    """The log of one store on disk. `store_id` guards against a folder of another store."""

    def __init__(self, folder: Path, store_id: str) -> None:
        self.folder = folder
        self._store_id = store_id

    def catch_up(
        self,
        read_events: ReadEvents,
        position_of: PositionOf,
        head: int,
        progress: Progress | None = None,
    ) -> Log:
        """Project what the store holds beyond the log, up to position `head`, and read the log.

        `read_events(after, limit)` gives stored events in position order. Raises StoreLocked while
        another process writes the log.
        """
        segments = self.segments()
        if segments and segments[-1].last >= head and all(map(self._is_ours, segments)):
            return self.read(segments)
        with self._one_writer():
            segments = self._clean()
            log = self.read(segments)
            projector = _resumed(log, position_of)
            after = log.last_position
            while after < head and (events := read_events(after, BATCH)):
                before = log.words.sizes()
                columns = projector.project(events)
                self._write(after + 1, events[-1].position, columns, log.words, before)
                after = events[-1].position
                if progress is not None:
                    progress(after)
            segments = self.segments()
            if len(segments) > 1:
                segments = self._compact(segments)
        return self.read(segments)

    def segments(self) -> list[Segment]:
        """The segments that make the log, in order, without leftovers."""
        found = []
        for path in self.folder.glob("*-*.parquet"):
            first, _, last = path.stem.partition("-")
            found.append(Segment(int(first), int(last), path))
        found = [one for one in found if not any(other.covers(one) for other in found)]
        return _contiguous(sorted(found))

    def read(self, segments: Sequence[Segment]) -> Log:
        """The rows of `segments` as one log."""
        words = Words()
        tables: list[pa.Table] = []
        for segment in segments:
            table = pq.read_table(segment.path)
            added = orjson.loads(table.schema.metadata[b"words"])
            for vocabulary, new in zip(
                (words.deals, words.labels, words.names), added, strict=True
            ):
                for word in new:
                    vocabulary.code(word)
            tables.append(table)
        columns = _columns(tables)
        if len(tables) > 1:
            order = in_deal_order(columns)
            columns = {name: column[order] for name, column in columns.items()}
        last = segments[-1].last if segments else 0
        return _log_of(columns, words, last)

    def _write(
        self,
        first: int,
        last: int,
        columns: Columns,
        words: Words,
        before: tuple[int, int, int],
    ) -> None:
        order = in_deal_order(columns)
        added = [
            vocabulary.words[size:]
            for vocabulary, size in zip(
                (words.deals, words.labels, words.names), before, strict=True
            )
        ]
        metadata = {"words": orjson.dumps(added), "store": self._store_id, "format": str(FORMAT)}
        table = pa.table({name: columns[name][order] for name in COLUMN_NAMES}, metadata=metadata)
        target = self.folder / f"{first:012d}-{last:012d}.parquet"
        temporary = target.with_suffix(".tmp")
        with temporary.open("wb") as sink:
            pq.write_table(table, sink, compression="zstd")
            sink.flush()
            os.fsync(sink.fileno())
        temporary.replace(target)
        self._sync_folder()

    def _compact(self, segments: Sequence[Segment]) -> list[Segment]:
        """Merge segments into one when they have become many or the small ones weigh."""
        sizes = [segment.last - segment.first + 1 for segment in segments]
        if len(segments) < COMPACT_AT and sum(sizes[1:]) * 10 < sum(sizes):
            return list(segments)
        log = self.read(segments)
        columns = {
            name: np.concatenate((log.accounts[name], log.columns[name])) for name in COLUMN_NAMES
        }
        self._write(segments[0].first, segments[-1].last, columns, log.words, (0, 0, 0))
        return self._clean()

    def _clean(self) -> list[Segment]:
        """Remove unfinished and superseded files, or everything that is not this store's log."""
        for path in self.folder.glob("*.tmp"):
            path.unlink()
        segments = self.segments()
        if any(not self._is_ours(segment) for segment in segments):
            segments = []
        kept = {segment.path for segment in segments}
        for path in self.folder.glob("*.parquet"):
            if path not in kept:
                path.unlink()
        return segments

    def _is_ours(self, segment: Segment) -> bool:
        metadata = pq.read_schema(segment.path).metadata or {}
        ours = {b"store": self._store_id.encode(), b"format": str(FORMAT).encode()}
        return all(metadata.get(key) == value for key, value in ours.items())

    @contextmanager
    def _one_writer(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StoreLocked(
                    str(self.folder),
                    "another process is writing the log",
                    "try again when it is done",
                ) from None
            yield

    def _sync_folder(self) -> None:
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _contiguous(segments: Sequence[Segment]) -> list[Segment]:
    """The segments up to the first gap or overlap: what lies behind it is projected again."""
    kept: list[Segment] = []
    for segment in segments:
        if segment.first != (kept[-1].last + 1 if kept else 1):
            break
        kept.append(segment)
    return kept


def _columns(tables: Sequence[pa.Table]) -> Columns:
    if not tables:
        return {name: np.empty(0, dtype=kind) for name, kind in COLUMN_TYPES.items()}
    merged = pa.concat_tables([table.replace_schema_metadata(None) for table in tables])
    return {name: merged.column(name).to_numpy() for name in COLUMN_NAMES}


def _log_of(columns: Columns, words: Words, last_position: int) -> Log:
    deals = columns["deal"]
    first_deal_row = int(np.searchsorted(deals, ACCOUNT_ROWS, side="right"))
    accounts = {name: column[:first_deal_row] for name, column in columns.items()}
    columns = {name: column[first_deal_row:] for name, column in columns.items()}
    starts = np.searchsorted(columns["deal"], np.arange(len(words.deals) + 1))
    return Log(columns, accounts, starts.astype(np.int64), words, last_position)


def _resumed(log: Log, position_of: PositionOf) -> Projector:
    """A projector that remembers the accounts of what is already in the log."""
    projector = Projector(log.words, position_of)
    for row in _tuples(log.accounts):
        projector.remember_account(row[COLUMN_NAMES.index("who")], row)
    linked = np.flatnonzero(log.columns["kind"] == state.ACCOUNT)
    linked = linked[np.argsort(log.columns["position"][linked], kind="stable")]
    named = {name: column[linked] for name, column in log.columns.items()}
    for account, deal, row in zip(named["who"], named["deal"], _tuples(named), strict=True):
        projector.remember_deal_of(int(account), int(deal), row)
    return projector


def _tuples(columns: Columns) -> Iterator[tuple[Any, ...]]:
    return zip(*(columns[name].tolist() for name in COLUMN_NAMES), strict=True)
