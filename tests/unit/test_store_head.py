"""Does the store notice that something is missing, and go on when nothing is?"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from salesadvisor.errors import StoreCorrupt, StoreError
from salesadvisor.store import Store
from salesadvisor.store.head import Head, read_head, write_head
from tests.store_cases import LEARNED, call, counts, history, stored_events

FILES = ("", "-wal", ".head")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "s.db"


def filled(path: Path, appends: int = 4) -> None:
    with Store.open(path) as store:
        fill(store, appends)


def fill(store: Store, appends: int) -> None:
    for number in range(1, appends + 1):
        store.append(history(2, first=2 * number - 1), learned_at=LEARNED)


def power_cut(path: Path, folder: Path) -> Path:
    """The files as a cut of power leaves them: the log not yet written back."""
    folder.mkdir()
    for suffix in FILES:
        shutil.copy(f"{path}{suffix}", f"{folder / path.name}{suffix}")
    return folder / path.name


def do(path: Path, statement: str) -> None:
    with Store.open(path) as store, store._database.transaction(commit=True) as c:
        c.execute(statement)


def found_wrong(path: Path) -> list[str]:
    with Store.open(path) as store:
        return store.verify()


def test_the_head_beside_the_store_says_what_it_holds(path: Path) -> None:
    filled(path)
    with Store.open(path) as store:
        assert read_head(Path(f"{path}.head")) == store.head()
        assert store.head().events == store.head().position == 24
        assert store.verify() == []


def test_the_chain_depends_on_every_event_and_on_their_order() -> None:
    chains = set()
    events = history(2)
    for variant in (events, events[:5], events[::-1], [*events[:5], call("x")]):
        with Store.open("sqlite:///:memory:") as store:
            store.append(variant, learned_at=LEARNED)
            chains.add(store.head().chain)
    assert len(chains) == 4


def test_the_same_appends_give_the_same_chain_anywhere(tmp_path: Path) -> None:
    heads = []
    for name in ("a.db", "b.db"):
        with Store.open(tmp_path / name) as store:
            fill(store, 3)
            heads.append(store.head().chain)
    assert heads[0] == heads[1]


def test_the_chain_at_the_end_of_an_append_stays_what_it_was(path: Path) -> None:
    with Store.open(path) as store:
        fill(store, 1)
        head = store.head()
        fill(store, 4)
        assert store.chain_at(head.position) == head.chain
        assert store.chain_at(head.position - 1) is None


def test_a_store_ahead_of_its_head_is_sound_and_its_head_is_healed(path: Path) -> None:
    head = Path(f"{path}.head")
    with Store.open(path) as store:
        fill(store, 2)
        old = head.read_bytes()
        fill(store, 4)
    head.write_bytes(old)
    assert found_wrong(path) == []
    with Store.open(path) as store:
        assert read_head(head) == store.head()


def test_a_store_that_vanished_is_missed(path: Path) -> None:
    filled(path)
    path.unlink()
    assert found_wrong(path) == ["24 of 24 stored events are gone (positions 1 to 24)"]


def test_a_missing_head_is_written_anew(path: Path) -> None:
    filled(path)
    head = Path(f"{path}.head")
    head.unlink()
    assert found_wrong(path) == []
    assert head.exists()


@pytest.mark.parametrize("left", [0, 1, 10, 50, 90])
def test_a_cut_off_log_is_noticed_and_nothing_can_be_appended(
    path: Path, tmp_path: Path, left: int
) -> None:
    with Store.open(path) as store:
        fill(store, 10)
        copy = power_cut(path, tmp_path / "after")
    wal = Path(f"{copy}-wal")
    wal.write_bytes(wal.read_bytes()[: wal.stat().st_size * left // 100])
    with Store.open(copy) as store:
        held = len(stored_events(store))
        assert held % 6 == 0
        assert store.verify() == [
            f"{60 - held} of 60 stored events are gone (positions {held + 1} to 60)"
        ]
        with pytest.raises(StoreCorrupt) as error:
            store.append([call("late")], learned_at=LEARNED)
        assert f"remove {copy}.head and import the sources again" in str(error.value)


def test_a_whole_log_after_a_power_cut_is_no_loss(path: Path, tmp_path: Path) -> None:
    with Store.open(path) as store:
        fill(store, 10)
        copy = power_cut(path, tmp_path / "after")
    assert found_wrong(copy) == []


def test_every_cut_and_every_flipped_byte_of_the_log_is_noticed(path: Path, tmp_path: Path) -> None:
    with Store.open(path) as store:
        fill(store, 3)
        with store._database.get_connection(commit=True) as connection:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        fill(store, 8)
        copy = power_cut(path, tmp_path / "after")
    whole = {suffix: Path(f"{copy}{suffix}").read_bytes() for suffix in FILES}
    log = whole["-wal"]
    for place in range(0, len(log), len(log) // 40):
        flipped = log[:place] + bytes([log[place] ^ 0x55]) + log[place + 1 :]
        for damaged in (log[:place], flipped):
            for suffix, content in {**whole, "-wal": damaged}.items():
                Path(f"{copy}{suffix}").write_bytes(content)
            with Store.open(copy) as store:
                held = len(stored_events(store))
                assert held % 6 == 0
                assert bool(store.verify()) == (held < 48), place


def test_after_the_head_is_removed_the_rest_of_the_store_can_be_completed(
    path: Path, tmp_path: Path
) -> None:
    with Store.open(path) as store:
        fill(store, 10)
        copy = power_cut(path, tmp_path / "after")
    wal = Path(f"{copy}-wal")
    wal.write_bytes(wal.read_bytes()[: wal.stat().st_size // 2])
    Path(f"{copy}.head").unlink()
    with Store.open(copy) as store:
        added, known, *_ = counts(store, history(20))
        assert added > 0
        assert known > 0
        assert store.head().events == 60
        assert store.verify() == []


def test_the_head_of_another_store_is_noticed(path: Path) -> None:
    filled(path)
    write_head(Path(f"{path}.head"), Head("somebody else's", 24, 24, "00"))
    assert found_wrong(path) == ["its head belongs to another store (somebody else's)"]


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"store_id": 1, "events": "x"}', "no JSON"])
def test_a_head_that_can_not_be_read_is_noticed(path: Path, text: str) -> None:
    filled(path)
    Path(f"{path}.head").write_text(text)
    (line,) = found_wrong(path)
    assert line.startswith("its head can't be read")


def test_a_head_that_can_not_be_written_says_that_the_events_are_stored(path: Path) -> None:
    with Store.open(path) as store:
        Path(f"{path}.head.tmp").mkdir()
        with pytest.raises(StoreError, match="the events are stored, but not this head of them"):
            store.append(history(1), learned_at=LEARNED)
        assert store.head().events == 3


def test_a_changed_event_is_noticed(path: Path) -> None:
    filled(path)
    do(
        path,
        "UPDATE stored_events SET state=replace(state, 'identified', 'qualified!') WHERE rowid=7",
    )
    assert found_wrong(path) == ["positions 7 to 12: the events are not those that were stored"]


def test_a_deleted_event_is_noticed_in_every_way(path: Path) -> None:
    filled(path)
    do(path, "DELETE FROM stored_events WHERE rowid=8")
    lines = found_wrong(path)
    assert "positions 7 to 12: 5 of 6 events are there" in lines
    assert any(line.endswith("2 events have the versions 1 to 3") for line in lines)
    assert "23 events, but 24 source rows" in lines
    assert "source row 'deal:3:crm:D-3/call': its event 8 is gone" in lines


def test_deleted_tail_events_are_noticed(path: Path) -> None:
    filled(path)
    do(path, "DELETE FROM stored_events WHERE rowid>18")
    assert "positions 19 to 24: 0 of 6 events are there" in found_wrong(path)


def test_a_deleted_source_row_is_noticed(path: Path) -> None:
    filled(path)
    do(path, "DELETE FROM sources WHERE source LIKE '%D-3/call'")
    assert found_wrong(path) == [
        "24 events, but 23 source rows",
        "event 8: its source row 'deal:3:crm:D-3/call' is gone",
    ]


def test_an_event_from_nowhere_is_noticed(path: Path) -> None:
    filled(path)
    do(
        path,
        "INSERT INTO stored_events (originator_id, originator_version, topic, state)"
        " SELECT originator_id, 4, topic, state FROM stored_events WHERE rowid=3",
    )
    assert "1 events past position 24 belong to no append" in found_wrong(path)


def test_an_event_in_a_wrong_stream_and_one_that_is_no_event_are_noticed(path: Path) -> None:
    filled(path)
    do(path, "UPDATE stored_events SET originator_id=hex(randomblob(16)) WHERE rowid=3")
    do(path, "UPDATE stored_events SET state=x'7b7d' WHERE rowid=6")
    lines = found_wrong(path)
    assert "event 3: stands in a stream that is not its subject's" in lines
    assert any(line.startswith(f"{path}: event 6: can't be read") for line in lines)


def test_a_damaged_file_is_told_in_one_line(path: Path) -> None:
    with Store.open(path) as store:
        store.append(history(400), learned_at=LEARNED)
    content = bytearray(path.read_bytes())
    content[8192 * 10 : 8192 * 12] = b"\xff" * 8192 * 2
    path.write_bytes(content)
    with Store.open(path) as store:
        lines = store.verify()
    assert lines
    assert all("\n" not in line for line in lines)


def test_many_problems_are_counted_after_the_first_twenty(path: Path) -> None:
    with Store.open(path) as store:
        store.append(history(40), learned_at=LEARNED)
    do(path, "DELETE FROM sources")
    lines = found_wrong(path)
    assert len(lines) == 21
    assert lines[-1] == "and 101 more"


def test_verifying_tells_how_far_it_has_come(path: Path) -> None:
    filled(path, 3)
    seen: list[int] = []
    with Store.open(path) as store:
        assert store.verify(seen.append) == []
    assert seen == [6, 12, 18]


def test_the_head_file_is_plain_json(path: Path) -> None:
    filled(path, 1)
    fields = json.loads(Path(f"{path}.head").read_text())
    assert sorted(fields) == ["chain", "events", "position", "store_id"]
