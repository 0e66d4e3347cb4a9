"""What happened, in which order did we learn it, and what is new in this import?

`Store` keeps events in an eventsourcing recorder on SQLite: append-only, idempotent by source id,
each append one transaction, with a head beside the file that notices when something is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Self
from uuid import UUID, uuid5

from eventsourcing.sqlite import SQLiteCursor

from salesadvisor.domain.events import STREAM_NAMESPACE, UPCASTS, Event, Stream, Upcast, stream_id
from salesadvisor.errors import StoreCorrupt, StoreError, StoreLocked
from salesadvisor.store.appender import Appender
from salesadvisor.store.database import Database, Location, clear_errors, locate, open_database
from salesadvisor.store.decoder import Decoder
from salesadvisor.store.head import Head, loss, read_head, write_head
from salesadvisor.store.mapper import EventMapper
from salesadvisor.store.reconcile import Appended, Waiting, batch_of
from salesadvisor.store.recorder import IS_ADVICE, EventRecorder, Tracker
from salesadvisor.store.records import RawStored, Stored, Subject
from salesadvisor.store.verify import problems

FORMAT = 1
PAGE_EVENTS = 10_000


class Store:
    """An open event store. Use `Store.open`; close it, or use it in a `with` statement."""

    def __init__(self, location: Location, database: Database, mapper: EventMapper) -> None:
        self._location = location
        self._database = database
        self._recorder = EventRecorder(database)
        self._decoder = Decoder(location.place, mapper)
        self._appender = Appender(self._recorder, self._decoder)
        self._tracker: Tracker | None = None
        self._store_id = ""
        self._lost: str | None = None

    @classmethod
    def open(
        cls,
        url: str | Path,
        *,
        create: bool = True,
        store_id: UUID | None = None,
        busy_seconds: float = 5.0,
        upcasts: Mapping[tuple[str, int], Upcast] = UPCASTS,
    ) -> Store:
        """The store at `sqlite:///PATH`, a plain path or `sqlite:///:memory:`.

        `store_id` names a store that is created here, so that what was derived from one store is
        never taken for another's; without it the id is derived from the place. `busy_seconds` is
        how long to wait for another writer. Raises StoreError when there is none and `create` is
        false, or when what is there can't serve as one.
        """
        location = locate(url)
        database = open_database(location, create=create, busy_seconds=busy_seconds)
        store = cls(location, database, EventMapper(upcasts))
        with ExitStack() as undo:
            undo.callback(store.close)
            store._settle_in(store_id or uuid5(STREAM_NAMESPACE, location.place))
            undo.pop_all()
        return store

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def place(self) -> str:
        """Where the store is, as a person named it."""
        return self._location.place

    @property
    def store_id(self) -> str:
        return self._store_id

    def append(self, events: Sequence[Event], *, learned_at: datetime) -> Appended:
        """Stores what is new in `events`, in their order, in one transaction.

        A row that says something else than the store's newest version of its source id becomes a
        correction, recorded when the row says so if that is later than all that is known of it,
        otherwise at `learned_at`. Raises StoreLocked, StoreFull, StoreCorrupt or StoreError, and
        has stored nothing then.
        """
        batch = batch_of(events)
        waiting: Waiting = {}
        with self._writing() as c:
            outcome = self._appender.add(c, batch, waiting)
            outcome += self._appender.correct(c, waiting, learned_at)
        if outcome.stored:
            self._write_head()
        return outcome

    def importing(self, *, learned_at: datetime, dry_run: bool = False) -> Import:
        """An import of many appends, which decides on changed rows at its end.

        With `dry_run` all of it is one transaction that is undone at the end.
        """
        return Import(self, learned_at=learned_at, dry_run=dry_run)

    def catch_up(
        self,
        view: str,
        handle: Callable[[SQLiteCursor, Sequence[Stored]], None],
        *,
        batch: int = 5000,
    ) -> int:
        """Hands `handle` every event that `view` hasn't seen; returns how many those were.

        What `handle` writes through the cursor and the view's new position are one transaction, so
        that each event has its effect exactly once.
        """
        tracker = self._tracking()
        handled = 0
        while True:
            with self._database.transaction(commit=True) as c:
                page = self._page(c, tracker.position(c, view), batch)
                if not page:
                    return handled
                handle(c, page)
                tracker.advance(c, view, page[-1].position)
            handled += len(page)

    def read(self, after: int = 0, limit: int = PAGE_EVENTS) -> list[Stored]:
        """At most `limit` events past position `after`, in their order."""
        with self._reading() as c:
            return self._page(c, after, limit)

    def read_raw(self, after: int = 0, limit: int = PAGE_EVENTS) -> list[RawStored]:
        """As `read`, but undecoded: JSON in the newest schema, for bulk projections."""
        with self._reading() as c:
            rows = self._recorder.raw(c, after=after, limit=limit)
        return self._decoder.raw(rows)

    def events(self, after: int = 0, until: int | None = None) -> Iterator[Stored]:
        """Every event past position `after`, up to and with `until`, page by page."""
        while page := self.read(after):
            for stored in page:
                if until is not None and stored.position > until:
                    return
                yield stored
            after = page[-1].position

    def stream(self, stream: Stream, crm: str, subject_id: str) -> list[Stored]:
        """The events of one subject, in the order in which they were stored."""
        where = "WHERE originator_id=? ORDER BY originator_version"
        with self._reading() as c:
            rows = self._recorder.rows(c, where, stream_id(stream, crm, subject_id).hex)
        return self._decoder.stored(rows)

    def advice(self) -> list[Stored]:
        """The events about recommendations, in the order in which they were stored."""
        with self._reading() as c:
            rows = self._recorder.rows(c, f"WHERE {IS_ADVICE} ORDER BY rowid")
        return self._decoder.stored(rows)

    def position_of(self, crm: str, deal: str, source_id: str) -> int | None:
        """Where a deal's event of that source id was first stored; None if it wasn't."""
        for stored in self.stream("deal", crm, deal):
            if stored.event.source_id == source_id:
                return stored.position
        return None

    def subjects(self, stream: Stream | None = None) -> list[Subject]:
        """Every deal, account and strategy with events, by first appearance."""
        with self._reading() as c:
            rows = self._recorder.rows(c, "WHERE originator_version=1 ORDER BY rowid")
        return [
            Subject(first.event.stream, first.event.crm, first.event.subject_id, first.position)
            for first in self._decoder.stored(rows)
            if stream is None or stream == first.event.stream
        ]

    def count_by_kind(self) -> dict[str, int]:
        """How many events there are of each kind that occurs."""
        with self._reading() as c:
            return self._recorder.counts(c)

    def latest_known_at(self) -> datetime | None:
        """The newest moment at which an event became known; None when there is no event."""
        with self._reading() as c:
            latest = self._recorder.newest_append(c).latest_known
        return datetime.fromisoformat(latest) if latest else None

    def head(self) -> Head:
        """How many events the store holds, up to which position, and the hash over them."""
        with self._reading() as c:
            return self._head(c)

    def chain_at(self, position: int) -> str | None:
        """The hash over all events up to `position`, if an append ended there.

        What was derived from the store is still true of it while this hash is the same.
        """
        with self._reading() as c:
            return self._recorder.chain_at(c, position)

    def verify(self, progress: Callable[[int], None] = lambda events: None) -> list[str]:
        """What is wrong with the store, a line each; nothing when it holds all that was stored.

        Reads and decodes everything; `progress` is told how many events it has seen so far.
        """
        found = [self._lost] if self._lost else []
        try:
            with self._reading() as c:
                found += problems(c, self._recorder, self._decoder, progress)
        except StoreCorrupt as error:
            found.append(str(error))
        return found

    def _settle_in(self, store_id: UUID) -> None:
        # The head is read first: whoever commits meanwhile can only take the store ahead of it.
        head = self._read_head()
        with self._reading() as c:
            facts = self._recorder.facts(c)
        if not facts:
            # With a head, this is what is left of a store that lost everything.
            facts = self._set_up(head.store_id if head else str(store_id))
        if int(facts["format"]) > FORMAT:
            raise StoreError(
                self.place,
                f"was written in format {facts['format']} by a newer salesadvisor",
                "upgrade salesadvisor",
            )
        self._store_id = facts["store_id"]
        with self._reading() as c:
            newest = self._head(c)
            if head and not self._lost:
                self._lost = loss(head, newest, lambda at: self._recorder.chain_at(c, at))
        if newest.position and head != newest and not self._lost:
            self._write_head()

    def _set_up(self, store_id: str) -> dict[str, str]:
        with self._database.transaction(commit=True) as c:
            for statement in self._recorder.create_table_statements:
                c.execute(statement)
            self._recorder.add_facts(c, {"format": str(FORMAT), "store_id": store_id})
            return self._recorder.facts(c)

    def _reading(self) -> AbstractContextManager[SQLiteCursor]:
        return self._database.transaction(commit=False)

    @contextmanager
    def _writing(self, *, commit: bool = True) -> Iterator[SQLiteCursor]:
        if self._lost:
            head = self._location.head_path
            raise StoreCorrupt(
                self.place,
                self._lost,
                f"restore it from a backup, or remove {head} and import the sources again",
            )
        done = False
        try:
            with self._database.transaction(commit=commit) as c:
                yield c
            done = commit
        finally:
            if not done:
                self._appender.forget()

    def _page(self, c: SQLiteCursor, after: int, limit: int) -> list[Stored]:
        where = "WHERE rowid>? ORDER BY rowid LIMIT ?"
        return self._decoder.stored(self._recorder.rows(c, where, after, limit))

    def _head(self, c: SQLiteCursor) -> Head:
        newest = self._recorder.newest_append(c)
        return Head(self._store_id, newest.events, newest.position, newest.chain)

    def _read_head(self) -> Head | None:
        path = self._location.head_path
        try:
            return read_head(path) if path else None
        except ValueError as error:
            self._lost = f"its head can't be read ({error})"
            return None

    def _write_head(self) -> None:
        path = self._location.head_path
        if path is None:
            return
        try:
            # Under the write lock, so that two writers' heads can't overtake each other.
            with self._database.transaction(commit=True) as c:
                write_head(path, self._head(c))
        except StoreLocked:
            # The store stays ahead of its head until the next append or open.
            return

    def _tracking(self) -> Tracker:
        if self._tracker is None:
            self._tracker = Tracker(self._database)
            self._tracker.create_table()
        return self._tracker


class Import:
    """Several appends that are one import: each its own transaction, changed rows at the end.

    The last row of a source id in the whole import is the one that counts, however it is cut into
    appends. After an error it keeps what was appended and corrects nothing; importing the same rows
    again completes it.
    """

    def __init__(self, store: Store, *, learned_at: datetime, dry_run: bool) -> None:
        self.total = Appended()
        self._store = store
        self._learned_at = learned_at
        self._dry_run = dry_run
        self._waiting: Waiting = {}
        self._failed = False
        self._undo = ExitStack()
        self._undone: SQLiteCursor | None = None

    def __enter__(self) -> Self:
        if self._dry_run:
            self._undone = self._undo.enter_context(self._store._writing(commit=False))
        return self

    def __exit__(self, failed: type[BaseException] | None, *_: object) -> None:
        with self._undo:
            if failed is None and self._waiting and not self._failed:
                with self._transaction() as c:
                    made = self._store._appender.correct(c, self._waiting, self._learned_at)
                self._count(made)

    def append(self, events: Sequence[Event]) -> Appended:
        """Stores what is new in `events` in one transaction; changed rows wait for the end."""
        batch = batch_of(events)
        # Until it is committed: what waits may be a change of a row that was not stored after all.
        self._failed, failed_before = True, self._failed
        with self._transaction() as c:
            outcome = self._store._appender.add(c, batch, self._waiting)
        self._failed = failed_before
        self._count(outcome)
        return outcome

    @contextmanager
    def _transaction(self) -> Iterator[SQLiteCursor]:
        if self._undone is None:
            with self._store._writing() as c:
                yield c
        else:
            with clear_errors(self._store.place):
                yield self._undone

    def _count(self, outcome: Appended) -> None:
        self.total += outcome
        if outcome.stored and not self._dry_run:
            self._store._write_head()
