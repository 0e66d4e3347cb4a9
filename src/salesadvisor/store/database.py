"""Where does the store live, and what do we say when SQLite refuses?

Opens the file with the settings that the store's promises rest on (write-ahead log, full sync), and
turns every way in which SQLite can fail into one line with its cure.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from eventsourcing.persistence import ConnectionUnavailableError, PersistenceError
from eventsourcing.sqlite import (
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
)

from salesadvisor.errors import StoreCorrupt, StoreError, StoreFull, StoreLocked

SCHEME = "sqlite:///"
MEMORY = ":memory:"
PAGE_BYTES = 8192
CACHE_KIB = 65536
CHECKPOINT_PAGES = 4000
OUR_TABLE = "store_facts"


@dataclass(frozen=True, slots=True)
class Location:
    """What a store URL names: a file, or memory when `path` is None."""

    place: str
    path: Path | None

    @property
    def head_path(self) -> Path | None:
        return self.path and self.path.with_name(self.path.name + ".head")


def locate(url: str | Path) -> Location:
    """The place that `sqlite:///PATH`, `sqlite:///:memory:` or a plain path names."""
    text = str(url)
    if "://" in text and not text.startswith(SCHEME):
        raise StoreError(text, "is no kind of store", f"name a file, as in {SCHEME}sales.db")
    name = text.removeprefix(SCHEME)
    if name == MEMORY:
        return Location(MEMORY, None)
    if not name:
        raise StoreError(text, "names no file", f"write it as {SCHEME}sales.db")
    return Location(name, Path(name).absolute())


def open_database(location: Location, *, create: bool, busy_seconds: float) -> Database:
    """The database there; raises StoreError when it can't serve as a store."""
    if location.path is None:
        return Database(MEMORY, location.place, busy_seconds=busy_seconds, connections=1)
    _look(location.place, location.path, create=create)
    with clear_errors(location.place):
        if not location.path.exists() or location.path.stat().st_size == 0:
            _make_empty(location.path)
        else:
            _refuse_strangers(location.place, location.path)
    name = f"{location.path.as_uri()}?mode=rw"
    return Database(name, location.place, busy_seconds=busy_seconds, connections=8)


def _look(place: str, path: Path, *, create: bool) -> None:
    if path.is_dir():
        raise StoreError(place, "is a directory", "name a file in it")
    if path.exists():
        return
    if not create:
        raise StoreError(place, "no store there", "import a file first, or check --store")
    if not path.parent.is_dir():
        raise StoreError(place, "its directory does not exist", f"run: mkdir -p {path.parent}")


def _make_empty(path: Path) -> None:
    # The page size must be set before the library's first connection writes the first page.
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA page_size={PAGE_BYTES}")
        connection.execute("PRAGMA journal_mode=WAL")


def _refuse_strangers(place: str, path: Path) -> None:
    # Read only: somebody else's database must not even have its journal mode changed.
    uri = f"{path.as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    if tables and OUR_TABLE not in tables:
        raise StoreError(
            place, "is a database, but not a salesadvisor store", "name another file with --store"
        )


class Database(SQLiteDatastore):
    """eventsourcing's datastore with our settings, writers in turn, and errors that say the cure.

    A writing transaction takes the write lock at its start, so that what it reads stays true until
    it commits.
    """

    def __init__(self, name: str, place: str, *, busy_seconds: float, connections: int) -> None:
        super().__init__(name)
        self.place = place
        self.pool = _Pool(name, busy_seconds=busy_seconds, connections=connections)

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        with clear_errors(self.place), self.get_connection(commit=commit) as connection:
            cursor = connection.cursor()
            cursor.execute("BEGIN IMMEDIATE" if commit else "BEGIN")
            finished = False
            try:
                yield cursor
                if commit:
                    connection.commit()
                    finished = True
            finally:
                cursor.sqlite_cursor.close()
                if not finished:
                    connection.rollback()


class _Pool(SQLiteConnectionPool):
    def __init__(self, name: str, *, busy_seconds: float, connections: int) -> None:
        super().__init__(
            db_name=name, pool_size=connections, max_overflow=0, pool_timeout=busy_seconds
        )
        self._busy_ms = int(busy_seconds * 1000)

    def _create_connection(self) -> SQLiteConnection:
        connection = super()._create_connection()
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={self._busy_ms}")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        cursor.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
        return connection


@contextmanager
def clear_errors(place: str) -> Iterator[None]:
    """Turns what SQLite and the library raise inside into one of our StoreErrors."""
    try:
        yield
    except sqlite3.Error as error:
        raise _told(place, error) from error
    except ConnectionUnavailableError as error:
        raise _locked(place) from error
    except PersistenceError as error:
        if isinstance(error.__cause__, sqlite3.Error):
            raise _told(place, error.__cause__) from error
        raise


def _told(place: str, error: sqlite3.Error) -> StoreError:
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return _locked(place)
        case sqlite3.SQLITE_FULL:
            return StoreFull(
                place, "no room left on the disk", "free some space and run the command again"
            )
        case sqlite3.SQLITE_NOTADB:
            return StoreError(
                place, "is not a salesadvisor store", "name another file with --store"
            )
        case sqlite3.SQLITE_CORRUPT:
            return StoreCorrupt(
                place,
                "the file is damaged",
                "restore it from a backup, or import the sources into a new store",
            )
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return StoreError(
                place, "can't be opened for writing", "check the rights of the file and its folder"
            )
        case _:
            return StoreError(place, f"SQLite says: {error}", "run: salesadvisor verify")


def _locked(place: str) -> StoreLocked:
    return StoreLocked(
        place, "another process is writing to the store", "wait until it is done and try again"
    )
