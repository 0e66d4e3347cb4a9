"""How fast does history come in? A generated file through the store, against raw inserts."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from datetime import time as clock
from pathlib import Path

import orjson

from salesadvisor.log.columns import Log
from salesadvisor.log.projector import Stored as RawEvent
from salesadvisor.log.segments import LogFolder
from salesadvisor.sources import open_source
from salesadvisor.sources.importing import BATCH_EVENTS, import_source
from salesadvisor.sources.sample import SampleSpec, write_sample
from salesadvisor.store import Store
from salesadvisor.store.database import CACHE_KIB, CHECKPOINT_PAGES, PAGE_BYTES
from salesadvisor.study.bench.figures import ImportFigures, peak_mb

_FILLED = ("stored_events", "sources")


def sample_file(events: int, directory: Path) -> Path:
    """A clinical-research history of at least that many events, generated once."""
    # The generator meets its number within some percent; "at least" needs a margin.
    spec = SampleSpec.for_events(events + events // 16 + 400)
    folder = directory / f"sample-{events}"
    done = folder / "generated.json"
    name = orjson.dumps([spec.seed, spec.deals, spec.accounts, spec.reps, spec.months])
    if not done.exists() or done.read_bytes() != name:
        write_sample(spec, folder)
        done.write_bytes(name)
    return folder / "history.csv"


def import_figures(file: Path, directory: Path) -> ImportFigures:
    """Import `file` into a new store in `directory`, then its rows into a bare database.

    Leaves `store.sqlite` and its log. To be run in a process of its own, for the peak memory.
    """
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    learned_at = datetime.combine(SampleSpec().end, clock(), UTC)
    with Store.open(directory / "store.sqlite") as store:
        start = time.perf_counter()
        source = open_source(file, "auto", None)
        done = import_source(store, source, rejects_in=directory, learned_at=learned_at)
        seconds = time.perf_counter() - start
        peak = peak_mb()
        start = time.perf_counter()
        open_log(store, directory / "log")
        log_seconds = time.perf_counter() - start
    raw_seconds = _raw_inserts(directory / "store.sqlite", directory / "raw.sqlite")
    return ImportFigures(done.rows, done.added, seconds, raw_seconds, log_seconds, peak)


def open_log(store: Store, folder: Path) -> Log:
    """The log of a store, caught up."""

    def read(after: int, limit: int) -> Sequence[RawEvent]:
        rows = store.read_raw(after, limit)
        return [RawEvent(raw.position, raw.kind, raw.state) for raw in rows]

    return LogFolder(folder, store.store_id).catch_up(
        read, store.position_of, store.head().position
    )


def _raw_inserts(stored: Path, bare: Path) -> float:
    """Seconds that SQLite alone takes for the same rows in the same tables, settings and batches.

    Reading them is not counted.
    """
    seconds = 0.0
    with (
        closing(sqlite3.connect(stored)) as source,
        closing(sqlite3.connect(bare, isolation_level=None)) as target,
    ):
        _set_up(source, target)
        cursors = [source.execute(f"SELECT * FROM {table} ORDER BY 1") for table in _FILLED]
        widths = [len(cursor.description) for cursor in cursors]
        while any(batches := [cursor.fetchmany(BATCH_EVENTS) for cursor in cursors]):
            start = time.perf_counter()
            target.execute("BEGIN IMMEDIATE")
            for table, width, rows in zip(_FILLED, widths, batches, strict=True):
                places = ",".join("?" * width)
                target.executemany(f"INSERT INTO {table} VALUES ({places})", rows)
            target.execute("COMMIT")
            seconds += time.perf_counter() - start
    bare.unlink()
    return seconds


def _set_up(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    target.execute(f"PRAGMA page_size={PAGE_BYTES}")
    target.execute("PRAGMA journal_mode=WAL")
    target.execute("PRAGMA synchronous=FULL")
    target.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
    target.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
    named = ",".join("?" * len(_FILLED))
    query = f"SELECT sql FROM sqlite_master WHERE tbl_name IN ({named}) AND sql IS NOT NULL"
    for (statement,) in source.execute(query, _FILLED).fetchall():
        target.execute(statement)
