"""Does every way in which a store can't be used end in one line with its cure?"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest

from salesadvisor.domain.events import Event
from salesadvisor.errors import StoreError, StoreFull, StoreLocked
from salesadvisor.store import Import, Store
from tests.store_cases import LEARNED, call, counts, history


def refused(url: str | Path, *, create: bool = True) -> str:
    with pytest.raises(StoreError) as error:
        Store.open(url, create=create)
    text = str(error.value)
    assert "\n" not in text
    return text


def test_a_missing_file_is_named_and_not_made(tmp_path: Path) -> None:
    path = tmp_path / "none.db"
    assert refused(path, create=False).startswith(f"{path}: no store there; ")
    assert not path.exists()


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    path = tmp_path / "none" / "s.db"
    assert refused(path) == f"{path}: its directory does not exist; run: mkdir -p {path.parent}"


def test_a_directory_is_no_store(tmp_path: Path) -> None:
    assert refused(tmp_path) == f"{tmp_path}: is a directory; name a file in it"


@pytest.mark.parametrize(
    "content", [b"deal,amount\n1,2\n", b"x" * 5000, b"PK\x03\x04" + bytes(200)]
)
def test_another_kind_of_file_is_no_store_and_stays_as_it_was(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "deals.csv"
    path.write_bytes(content)
    assert refused(path) == f"{path}: is not a salesadvisor store; name another file with --store"
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_somebody_elses_database_is_no_store_and_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "crm.sqlite"
    with closing(sqlite3.connect(path)) as crm:
        crm.execute("CREATE TABLE party (id INTEGER)")
    before = path.read_bytes()
    assert "is a database, but not a salesadvisor store" in refused(path)
    assert path.read_bytes() == before


def test_an_unknown_kind_of_url_is_named() -> None:
    assert refused("postgresql://host/db").startswith("postgresql://host/db: is no kind of store; ")
    assert refused("sqlite:///").startswith("sqlite:///: names no file; ")


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs /proc")
def test_a_folder_that_takes_no_file_is_named_even_to_root() -> None:
    assert refused("/proc/s.db").startswith("/proc/s.db: can't be opened for writing; ")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert "can't be opened for writing" in refused(tmp_path / "s.db")


def test_a_store_of_a_newer_format_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with Store.open(path) as store, store._database.transaction(commit=True) as c:
        c.execute("UPDATE store_facts SET value='2' WHERE name='format'")
    assert refused(path) == (
        f"{path}: was written in format 2 by a newer salesadvisor; upgrade salesadvisor"
    )


def test_a_new_store_gets_the_id_it_is_given_and_keeps_it(tmp_path: Path) -> None:
    given, other = UUID(int=7), UUID(int=8)
    with Store.open(tmp_path / "s.db", store_id=given) as store:
        assert store.store_id == str(given)
    with Store.open(tmp_path / "s.db", store_id=other) as store:
        assert store.store_id == str(given)


def test_a_relative_path_and_a_url_name_the_same_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with Store.open("sqlite:///s.db") as store:
        store.append(history(1), learned_at=LEARNED)
        assert store.place == "s.db"
    with Store.open(tmp_path / "s.db", create=False) as store:
        assert store.head().events == 3


@pytest.mark.parametrize("name", ["a b.db", "100%.db", "what?.db", "a#b.db", "ü.db"])
def test_any_file_name_will_do(tmp_path: Path, name: str) -> None:
    with Store.open(tmp_path / name) as store:
        store.append(history(1), learned_at=LEARNED)
    assert sorted(path.name for path in tmp_path.iterdir()) == [name, f"{name}.head"]


def test_the_file_keeps_a_write_ahead_log_and_syncs_fully(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s.db") as store, store._database.transaction(commit=False) as c:
        c.execute("PRAGMA journal_mode")
        assert c.fetchone()[0] == "wal"
        c.execute("PRAGMA synchronous")
        assert c.fetchone()[0] == 2


def test_while_another_process_writes_an_append_is_refused_and_stores_nothing(
    tmp_path: Path,
) -> None:
    path = tmp_path / "s.db"
    with Store.open(path, busy_seconds=0.05) as store:
        store.append(history(1), learned_at=LEARNED)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreLocked) as error:
                store.append(history(2), learned_at=LEARNED)
            assert str(error.value).startswith(f"{path}: another process is writing to the store; ")
            assert store.head().events == 3
            other.execute("ROLLBACK")
        assert counts(store, history(2)) == (3, 3, 0, 0, 0)


def test_a_store_can_be_opened_and_read_while_another_process_writes(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with Store.open(path) as store:
        store.append(history(1), learned_at=LEARNED)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with Store.open(path, busy_seconds=0.05) as reader:
                assert len(reader.read()) == 3


def test_a_full_disk_refuses_the_append_whole_and_goes_on_when_there_is_room(
    tmp_path: Path,
) -> None:
    path = tmp_path / "s.db"
    with Store.open(path) as store:
        store.append(history(5), learned_at=LEARNED)
        limit_pages(store, 20)
        with pytest.raises(StoreFull) as error:
            store.append(history(3000), learned_at=LEARNED)
        assert str(error.value).startswith(f"{path}: no room left on the disk; ")
        assert store.head().events == 15
        assert store.verify() == []
        limit_pages(store, 1_000_000)
        assert counts(store, history(3000)) == (8985, 15, 0, 0, 0)
        assert counts(store, [call("late")]) == (1, 0, 0, 0, 0)
        assert store.verify() == []


def test_a_full_disk_in_the_middle_of_an_import_keeps_whole_appends(tmp_path: Path) -> None:
    events = history(3000)
    with Store.open(tmp_path / "s.db") as store:
        limit_pages(store, 300)
        run = store.importing(learned_at=LEARNED)
        with pytest.raises(StoreFull):
            import_in_parts(run, events, 600)
        kept = run.total.rows
        assert 0 < store.head().events == kept < len(events)
        limit_pages(store, 1_000_000)
        assert counts(store, events) == (len(events) - kept, kept, 0, 0, 0)
        assert store.verify() == []


def test_a_dry_run_on_a_full_disk_says_so(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s.db") as store:
        limit_pages(store, 20)
        with pytest.raises(StoreFull), store.importing(learned_at=LEARNED, dry_run=True) as run:
            run.append(history(3000))
        assert store.head().events == 0


def import_in_parts(run: Import, events: list[Event], size: int) -> None:
    with run:
        for start in range(0, len(events), size):
            run.append(events[start : start + size])


def limit_pages(store: Store, pages: int) -> None:
    """Fills the disk, as far as SQLite can tell."""
    with store._database.get_connection(commit=True) as connection:
        connection.cursor().execute(f"PRAGMA max_page_count={pages}")
