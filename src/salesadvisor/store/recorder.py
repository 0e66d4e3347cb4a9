"""Which tables hold the events, and in which statements are they written and read?

`stored_events` is the library's, with positions that are never used twice. Beside it, written in
the same transaction: `sources` (the newest content of every source row), `appends` (the chain after
each append) and `store_facts` (what the file is).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from eventsourcing.persistence import StoredEvent, Tracking
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteCursor,
    SQLiteDatastore,
    SQLiteTrackingRecorder,
)

from salesadvisor.store.database import OUR_TABLE
from salesadvisor.store.head import EventRow
from salesadvisor.store.records import RawStored

# Recommendations are few among many events: an index over them alone costs the others nothing.
IS_ADVICE = "topic >= 'recommendation_' AND topic < 'recommendation`'"

Key = str
"""A source row's name in the store: kind of stream, CRM and source id in one text."""

_ASKED_AT_ONCE = 1000
_SIDE_TABLES = (
    f"CREATE TABLE IF NOT EXISTS {OUR_TABLE} (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS sources (source TEXT PRIMARY KEY, content BLOB NOT NULL,"
    " position INTEGER NOT NULL, corrections INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS appends (position INTEGER PRIMARY KEY, events INTEGER NOT NULL,"
    " chain TEXT NOT NULL, latest_known TEXT NOT NULL)",
)


class SourceRow(NamedTuple):
    """The newest content of a source row, where it stands, and how often it was corrected."""

    content: bytes
    position: int
    corrections: int


class AppendRow(NamedTuple):
    """The store after an append: last position, events so far, chain, newest known time."""

    position: int
    events: int
    chain: str
    latest_known: str


class EventRecorder(SQLiteApplicationRecorder):
    """The library's recorder with AUTOINCREMENT positions and our side tables.

    Methods that take a cursor work inside the caller's transaction.
    """

    def __init__(self, datastore: SQLiteDatastore, events_table_name: str = "stored_events"):
        super().__init__(datastore, events_table_name)
        self.insert_events_statement = (
            f"INSERT INTO {events_table_name}"
            " (originator_id, originator_version, topic, state) VALUES (?,?,?,?)"
        )

    def construct_create_table_statements(self) -> list[str]:
        # Without AUTOINCREMENT a deleted tail row's position is given to the next event.
        return [
            f"CREATE TABLE IF NOT EXISTS {self.events_table_name} ("
            "rowid INTEGER PRIMARY KEY AUTOINCREMENT, originator_id TEXT NOT NULL,"
            " originator_version INTEGER NOT NULL, topic TEXT NOT NULL, state BLOB NOT NULL,"
            " UNIQUE (originator_id, originator_version))",
            "CREATE INDEX IF NOT EXISTS advice_events"
            f" ON {self.events_table_name} (topic) WHERE {IS_ADVICE}",
            *_SIDE_TABLES,
        ]

    def _insert_events(
        self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], **_: Any
    ) -> Sequence[int]:
        rows = [
            (UUID(str(s.originator_id)).hex, s.originator_version, s.topic, s.state)
            for s in stored_events
        ]
        first = self.add_events(c, rows)
        return range(first, first + len(rows))

    def add_events(self, c: SQLiteCursor, rows: Iterable[EventRow]) -> int:
        """Inserts `rows` in their order and returns the position of the first."""
        first = self.next_position(c)
        c.executemany(self.insert_events_statement, rows)
        return first

    def next_position(self, c: SQLiteCursor) -> int:
        """The position of the next event; inside a writing transaction nobody else takes it."""
        c.execute("SELECT seq FROM sqlite_sequence WHERE name=?", (self.events_table_name,))
        row = c.fetchone()
        return 1 if row is None else int(row[0]) + 1

    def add_sources(self, c: SQLiteCursor, rows: Iterable[tuple[Key, bytes, int]]) -> None:
        c.executemany("INSERT INTO sources (source, content, position) VALUES (?,?,?)", rows)

    def update_sources(self, c: SQLiteCursor, rows: Iterable[tuple[Key, SourceRow]]) -> None:
        c.executemany(
            "UPDATE sources SET content=?, position=?, corrections=? WHERE source=?",
            ((*source, key) for key, source in rows),
        )

    def sources(self, c: SQLiteCursor, keys: Sequence[Key]) -> dict[Key, SourceRow]:
        """What the store knows of those of `keys` that it knows."""
        found: dict[Key, SourceRow] = {}
        for start in range(0, len(keys), _ASKED_AT_ONCE):
            asked = keys[start : start + _ASKED_AT_ONCE]
            rows = _tuples(
                c,
                "SELECT source, content, position, corrections FROM sources"
                f" WHERE source IN ({','.join('?' * len(asked))})",
                asked,
            )
            found |= {key: SourceRow(*row) for key, *row in rows}
        return found

    def versions(self, c: SQLiteCursor, streams: Iterable[str]) -> dict[str, int]:
        """The newest version of those of `streams` (hex ids) that hold an event."""
        return dict(
            _tuples(
                c,
                f"SELECT originator_id, MAX(originator_version) FROM {self.events_table_name}"
                " WHERE originator_id IN (SELECT value FROM json_each(?)) GROUP BY originator_id",
                (json.dumps(list(streams)),),
            )
        )

    def add_append(self, c: SQLiteCursor, append: AppendRow) -> None:
        c.execute("INSERT INTO appends VALUES (?,?,?,?)", append)

    def newest_append(self, c: SQLiteCursor) -> AppendRow:
        rows = _tuples(c, "SELECT * FROM appends ORDER BY position DESC LIMIT 1")
        return AppendRow(*rows[0]) if rows else AppendRow(0, 0, "", "")

    def appends(self, c: SQLiteCursor) -> list[AppendRow]:
        return [AppendRow(*row) for row in _tuples(c, "SELECT * FROM appends ORDER BY position")]

    def chain_at(self, c: SQLiteCursor, position: int) -> str | None:
        """The chain after the append that ended at `position`, None if none did."""
        rows = _tuples(c, "SELECT chain FROM appends WHERE position=?", (position,))
        return str(rows[0][0]) if rows else None

    def facts(self, c: SQLiteCursor) -> dict[str, str]:
        """What `store_facts` says of the file; empty when it holds no store yet."""
        if not _tuples(c, "SELECT 1 FROM sqlite_master WHERE name=?", (OUR_TABLE,)):
            return {}
        return dict(_tuples(c, f"SELECT name, value FROM {OUR_TABLE}"))

    def add_facts(self, c: SQLiteCursor, facts: dict[str, str]) -> None:
        c.executemany(f"INSERT OR IGNORE INTO {OUR_TABLE} VALUES (?,?)", facts.items())

    def raw(self, c: SQLiteCursor, *, after: int, limit: int) -> list[RawStored]:
        return [
            RawStored(*row)
            for row in _tuples(
                c,
                f"SELECT rowid, topic, originator_version, state FROM {self.events_table_name}"
                " WHERE rowid>? ORDER BY rowid LIMIT ?",
                (after, limit),
            )
        ]

    def rows(self, c: SQLiteCursor, where: str, *parameters: object) -> list[tuple[int, EventRow]]:
        """Position and row of the events that `where`, a clause on `stored_events`, selects."""
        return [
            (position, (stream, version, kind, state))
            for position, stream, version, kind, state in _tuples(
                c,
                "SELECT rowid, originator_id, originator_version, topic, state"
                f" FROM {self.events_table_name} {where}",
                parameters,
            )
        ]

    def rows_at(self, c: SQLiteCursor, positions: Iterable[int]) -> list[tuple[int, EventRow]]:
        wanted = json.dumps(sorted(positions))
        return self.rows(c, "WHERE rowid IN (SELECT value FROM json_each(?))", wanted)

    def counts(self, c: SQLiteCursor) -> dict[str, int]:
        return dict(
            _tuples(
                c,
                f"SELECT topic, COUNT(*) FROM {self.events_table_name}"
                " GROUP BY topic ORDER BY topic",
            )
        )


class Tracker(SQLiteTrackingRecorder):
    """How far each view has come, in the library's tracking table."""

    def create_table(self) -> None:
        # The library looks for the table by an error that our transactions turn into a StoreError.
        with self.datastore.transaction(commit=True) as c:
            if _tuples(c, "SELECT 1 FROM sqlite_master WHERE name='tracking'"):
                self.tracking_table_exists = True
                migrated = self._max_tracking_id(self.table_migration_identifier, c)
                self.tracking_migration_current = self.tracking_migration_previous = migrated
            self._create_table(c)

    def position(self, c: SQLiteCursor, view: str) -> int:
        return self._max_tracking_id(view, c) or 0

    def advance(self, c: SQLiteCursor, view: str, position: int) -> None:
        self._insert_tracking(c, Tracking(view, position))


def _tuples(c: SQLiteCursor, statement: str, parameters: Sequence[Any] = ()) -> list[Any]:
    # Plain tuples: the library's sqlite3.Row costs half as much again per event read.
    cursor = c.sqlite_cursor
    factory, cursor.row_factory = cursor.row_factory, None
    try:
        return cursor.execute(statement, parameters).fetchall()
    finally:
        cursor.row_factory = factory
