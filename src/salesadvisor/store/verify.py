"""Does the store still hold what was written to it, and only that?"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from eventsourcing.sqlite import SQLiteCursor

from salesadvisor.errors import StoreCorrupt
from salesadvisor.store.decoder import Decoder
from salesadvisor.store.head import EventRow, chained
from salesadvisor.store.reconcile import key_of
from salesadvisor.store.recorder import AppendRow, EventRecorder

_PAGE_EVENTS = 10_000
_SHOWN = 20
Rows = list[tuple[int, EventRow]]


def problems(
    c: SQLiteCursor,
    recorder: EventRecorder,
    decoder: Decoder,
    progress: Callable[[int], None],
) -> list[str]:
    """What is wrong, a line each: the file, the chain, the streams, the sources, the events."""
    found = [*_in_the_file(c), *_in_the_streams(c, recorder), *_in_the_sources(c, recorder)]
    seen = 0
    previous = AppendRow(0, 0, "", "")
    for append in recorder.appends(c):
        rows = recorder.rows(
            c, "WHERE rowid>? AND rowid<=? ORDER BY rowid", previous.position, append.position
        )
        found += _in_the_chain(previous, append, rows)
        found += _in_the_events(c, recorder, decoder, rows)
        previous = append
        seen += len(rows)
        progress(seen)
    found += _past_the_end(c, recorder, previous.position)
    return found if len(found) <= _SHOWN else [*found[:_SHOWN], f"and {len(found) - _SHOWN} more"]


def _in_the_file(c: SQLiteCursor) -> Iterator[str]:
    c.execute(f"PRAGMA quick_check({_SHOWN})")
    lines = [str(row[0]) for row in c.fetchall()]
    if lines != ["ok"]:
        yield from (f"SQLite: {' '.join(line.split())}" for line in lines)


def _in_the_streams(c: SQLiteCursor, recorder: EventRecorder) -> Iterator[str]:
    c.execute(
        "SELECT originator_id, COUNT(*) AS held, MIN(originator_version) AS first,"
        f" MAX(originator_version) AS last FROM {recorder.events_table_name}"
        " GROUP BY originator_id HAVING first<>1 OR last<>held"
    )
    for stream, held, first, last in c.fetchall():
        yield f"stream {stream}: {held} events have the versions {first} to {last}"


def _in_the_sources(c: SQLiteCursor, recorder: EventRecorder) -> Iterator[str]:
    events = recorder.events_table_name
    c.execute(f"SELECT (SELECT COUNT(*) FROM sources), (SELECT COUNT(*) FROM {events})")
    sources, held = c.fetchone()
    if sources != held:
        yield f"{held} events, but {sources} source rows"
    c.execute(
        f"SELECT source, position FROM sources WHERE position NOT IN (SELECT rowid FROM {events})"
    )
    for source, position in c.fetchall():
        yield f"source row '{source}': its event {position} is gone"


def _in_the_chain(previous: AppendRow, append: AppendRow, rows: Rows) -> Iterator[str]:
    first, last = previous.position + 1, append.position
    if not rows or append.events - previous.events != len(rows):
        expected = append.events - previous.events
        yield f"positions {first} to {last}: {len(rows)} of {expected} events are there"
    elif not _are_as_written(rows) or _chain_of(previous, rows) != append.chain:
        yield f"positions {first} to {last}: the events are not those that were stored"


def _are_as_written(rows: Rows) -> bool:
    # SQLite keeps what it is given: a damaged or mended row can hold any type.
    return all(tuple(map(type, row)) == (str, int, str, bytes) for _position, row in rows)


def _chain_of(previous: AppendRow, rows: Rows) -> str:
    streams, versions, kinds, states = zip(*(row for _position, row in rows), strict=True)
    return chained(
        previous.chain,
        rows[0][0],
        streams=streams,
        versions=versions,
        kinds=kinds,
        states=states,
    )


def _in_the_events(
    c: SQLiteCursor, recorder: EventRecorder, decoder: Decoder, rows: Rows
) -> Iterator[str]:
    keys = []
    for position, row in rows:
        try:
            stored = decoder.stored([(position, row)])[0]
        except StoreCorrupt as error:
            yield str(error)
            continue
        if stored.event.stream_id != stored.stream_id:
            yield f"event {position}: stands in a stream that is not its subject's"
        keys.append((position, key_of(stored.event)))
    known = recorder.sources(c, [key for _position, key in keys])
    for position, key in keys:
        if key not in known:
            yield f"event {position}: its source row '{key}' is gone"


def _past_the_end(c: SQLiteCursor, recorder: EventRecorder, end: int) -> Iterator[str]:
    c.execute(f"SELECT COUNT(*) FROM {recorder.events_table_name} WHERE rowid>?", (end,))
    extra = c.fetchone()[0]
    if extra:
        yield f"{extra} events past position {end} belong to no append"
