"""Is history kept once, in order, and never rewritten?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from eventsourcing.sqlite import SQLiteCursor

from salesadvisor.domain.events import AccountProfiled, Corrected, Event, Won
from salesadvisor.errors import StoreError
from salesadvisor.store import Appended, Store, Stored
from tests.store_cases import LEARNED, call, counts, day, history, stored_events


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.open("sqlite:///:memory:") as opened:
        yield opened


def last_correction(store: Store) -> Corrected:
    newest = stored_events(store)[-1]
    assert isinstance(newest, Corrected)
    return newest


def test_events_come_back_as_they_were_in_the_order_of_the_file(store: Store) -> None:
    events = history(3)
    store.append(events, learned_at=LEARNED)
    assert stored_events(store) == events
    assert [stored.position for stored in store.events()] == list(range(1, 10))


def test_the_same_file_twice_adds_nothing(store: Store) -> None:
    events = history(4)
    assert counts(store, events) == (12, 0, 0, 0, 0)
    head = store.head()
    assert counts(store, events) == (0, 12, 0, 0, 0)
    assert store.head() == head


def test_a_longer_export_adds_only_what_is_new(store: Store) -> None:
    store.append(history(2), learned_at=LEARNED)
    assert counts(store, history(5)) == (9, 6, 0, 0, 0)


def test_nothing_is_no_append(store: Store) -> None:
    assert store.append([], learned_at=LEARNED) == Appended()
    assert store.head().events == 0


def test_a_changed_row_becomes_a_correction_in_the_same_stream(store: Store) -> None:
    store.append([call(outcome="no answer")], learned_at=LEARNED)
    changed = call(outcome="reached")
    assert counts(store, [changed]) == (0, 0, 1, 0, 0)
    correction = last_correction(store)
    assert correction.corrects == "a-1"
    replacement = correction.replacement()
    assert replacement == changed.model_copy(update={"recorded_at": LEARNED})
    assert [s.version for s in store.stream("deal", "crm", "D-1")] == [1, 2]


def test_the_changed_file_twice_adds_nothing(store: Store) -> None:
    store.append([call(outcome="no answer")], learned_at=LEARNED)
    changed = [call(outcome="reached")]
    store.append(changed, learned_at=LEARNED)
    assert counts(store, changed) == (0, 1, 0, 0, 0)


def test_changing_back_is_again_a_correction(store: Store) -> None:
    one, other = call(outcome="no answer"), call(outcome="reached")
    store.append([one], learned_at=LEARNED)
    for row in (other, one, other, one):
        assert counts(store, [row]) == (0, 0, 1, 0, 0)
        assert counts(store, [row]) == (0, 1, 0, 0, 0)
        replacement = last_correction(store).replacement()
        assert isinstance(replacement, type(row))
        assert replacement.outcome == row.outcome
    ids = [event.source_id for event in stored_events(store)]
    assert len(set(ids)) == len(ids) == 5


def test_a_new_recorded_at_alone_is_no_new_fact(store: Store) -> None:
    store.append([call()], learned_at=LEARNED)
    assert counts(store, [call(recorded_at=day(40))]) == (0, 1, 0, 0, 0)


def test_another_spelling_of_the_same_number_is_no_new_fact(store: Store) -> None:
    def won(amount: str) -> Event:
        fields = {"subject_id": "D-1", "source_id": "w", "occurred_at": day(5)}
        return Won.model_validate({**fields, "amount": amount})

    store.append([won("1000.0")], learned_at=LEARNED)
    assert counts(store, [won("1000.00")]) == (0, 1, 0, 0, 0)
    assert counts(store, [won("1000.0"), won("1000")]) == (0, 2, 0, 0, 0)
    assert counts(store, [won("1000.01")]) == (0, 0, 1, 0, 0)


def test_a_row_can_change_its_kind(store: Store) -> None:
    store.append([call()], learned_at=LEARNED)
    won = Won(subject_id="D-1", source_id="a-1", occurred_at=day(1), recorded_at=day(1))
    assert counts(store, [won]) == (0, 0, 1, 0, 0)
    assert isinstance(last_correction(store).replacement(), Won)


def test_a_correction_is_recorded_when_the_row_says_so(store: Store) -> None:
    store.append([call(outcome="no answer")], learned_at=LEARNED)
    store.append([call(outcome="reached", recorded_at=day(9))], learned_at=LEARNED)
    assert last_correction(store).known_at == day(9)


def test_a_correction_that_claims_an_earlier_time_is_known_only_when_it_was_learned(
    store: Store,
) -> None:
    store.append([call(outcome="no answer", on=5)], learned_at=LEARNED)
    store.append([call(outcome="reached", on=2)], learned_at=LEARNED)
    assert last_correction(store).known_at == LEARNED


def test_a_correction_never_precedes_what_it_corrects(store: Store) -> None:
    store.append([call(outcome="no answer", on=5)], learned_at=LEARNED)
    store.append([call(outcome="reached", on=5)], learned_at=day(2))
    assert last_correction(store).known_at == day(5)


def test_a_source_id_that_moves_to_another_deal_is_a_conflict_and_not_stored(store: Store) -> None:
    store.append([call(deal="D-1")], learned_at=LEARNED)
    moved = call(deal="D-2")
    done = store.append([moved, call("a-2", deal="D-2")], learned_at=LEARNED)
    assert (done.added, done.stored, done.rows) == (1, 1, 2)
    assert [conflict.event for conflict in done.conflicts] == [moved]
    assert str(done.conflicts[0]) == "source id 'a-1' already belongs to deal 'D-1'"
    assert [s.event.source_id for s in store.stream("deal", "crm", "D-2")] == ["a-2"]


def test_two_crms_may_use_the_same_source_id(store: Store) -> None:
    rows = [call(), call(crm="north", deal="D-7"), call(crm="a:3:b"), call(crm="a", deal="D-8")]
    assert counts(store, rows) == (4, 0, 0, 0, 0)
    assert counts(store, rows) == (0, 4, 0, 0, 0)


def test_the_same_row_twice_in_one_file_is_stored_once(store: Store) -> None:
    assert counts(store, [call(), call(), call()]) == (1, 2, 0, 0, 0)


def test_two_versions_of_a_row_in_one_file_are_a_fact_and_its_correction(store: Store) -> None:
    rows = [call(outcome="no answer"), call("a-2"), call(outcome="reached")]
    assert counts(store, rows) == (2, 0, 1, 0, 0)
    assert counts(store, rows) == (0, 2, 0, 1, 0)


def test_every_step_of_a_row_that_changes_twice_in_one_file_is_kept(store: Store) -> None:
    rows = [call(outcome=outcome, recorded_at=day(at)) for at, outcome in enumerate("abc", 1)]
    assert counts(store, rows) == (1, 0, 2, 0, 0)
    assert [event.known_at for event in stored_events(store)] == [day(1), day(2), day(3)]
    assert counts(store, rows) == (0, 1, 0, 2, 0)


def test_one_file_with_a_source_id_for_two_deals_stores_the_first(store: Store) -> None:
    assert counts(store, [call(deal="D-1"), call(deal="D-2")]) == (1, 0, 0, 0, 1)


@pytest.mark.parametrize("size", [1, 2, 3, 10])
def test_an_import_gives_the_same_however_it_is_cut(store: Store, size: int) -> None:
    rows = [*history(2), call("D-1/call", outcome="x"), *history(1), call("D-2/call", deal="D-2")]
    whole = Store.open("sqlite:///:memory:")
    whole.append(rows, learned_at=LEARNED)
    for _repeat in range(2):
        with store.importing(learned_at=LEARNED) as run:
            for start in range(0, len(rows), size):
                run.append(rows[start : start + size])
        assert run.total.rows == len(rows)
        assert [e.source_id for e in stored_events(store)] == [
            e.source_id for e in stored_events(whole)
        ]
    whole.close()


def test_an_import_that_fails_corrects_nothing_until_it_is_repeated(store: Store) -> None:
    store.append([call(outcome="no answer")], learned_at=LEARNED)
    rows: Sequence[Event] = [call(outcome="reached"), call("a-2")]

    def stop_half_way() -> None:
        with store.importing(learned_at=LEARNED) as run:
            run.append(rows)
            raise KeyError

    with pytest.raises(KeyError):
        stop_half_way()
    assert [event.source_id for event in stored_events(store)] == ["a-1", "a-2"]
    assert counts(store, rows) == (0, 1, 1, 0, 0)


def test_a_dry_run_counts_and_stores_nothing(tmp_path: Path) -> None:
    rows = [*history(2), call("D-1/call", outcome="reached")]
    with Store.open(tmp_path / "s.db") as store:
        with store.importing(learned_at=LEARNED, dry_run=True) as run:
            run.append(rows[:4])
            run.append(rows[4:])
        assert run.total == Appended(added=6, corrected=1)
        assert store.head().events == 0
        assert counts(store, history(2)) == (6, 0, 0, 0, 0)
        with store.importing(learned_at=LEARNED, dry_run=True) as run:
            run.append(rows)
        assert run.total == Appended(known=6, corrected=1)
        assert counts(store, rows) == (0, 6, 1, 0, 0)
        assert store.verify() == []


def test_a_changed_account_is_stated_anew_in_the_accounts_stream(store: Store) -> None:
    def profile(size: str) -> AccountProfiled:
        return AccountProfiled(
            subject_id="ACME",
            source_id="acme",
            occurred_at=day(1),
            recorded_at=day(1),
            attributes={"size": size},
        )

    store.append([profile("small")], learned_at=LEARNED)
    assert counts(store, [profile("large")]) == (0, 0, 1, 0, 0)
    assert counts(store, [profile("large")]) == (0, 1, 0, 0, 0)
    assert counts(store, [profile("small")]) == (0, 0, 1, 0, 0)
    profiles = [s.event for s in store.stream("account", "crm", "ACME")]
    assert [p.attributes["size"] for p in profiles if isinstance(p, AccountProfiled)] == [
        "small",
        "large",
        "small",
    ]
    assert [event.known_at for event in profiles] == [day(1), LEARNED, LEARNED]


def test_a_very_long_source_id_can_be_corrected(store: Store) -> None:
    long = "x" * 500
    store.append([call(long, outcome="a")], learned_at=LEARNED)
    assert counts(store, [call(long, outcome="b")]) == (0, 0, 1, 0, 0)
    assert counts(store, [call(long, outcome="b")]) == (0, 1, 0, 0, 0)


@pytest.mark.parametrize("source_id", ["a\x00b", "a'b", "a\nb", "☃", "%", "a:b"])
def test_any_text_is_a_source_id(store: Store, source_id: str) -> None:
    assert counts(store, [call(source_id), call(source_id + "x")]) == (2, 0, 0, 0, 0)
    assert counts(store, [call(source_id)]) == (0, 1, 0, 0, 0)


def test_what_was_exported_from_a_store_adds_nothing_to_it(store: Store) -> None:
    store.append([call(outcome="a"), call("a-2")], learned_at=LEARNED)
    store.append([call(outcome="b")], learned_at=LEARNED)
    exported = stored_events(store)
    assert counts(store, exported) == (0, 2, 0, 1, 0)


def test_a_store_that_took_over_corrections_goes_on_where_they_ended(store: Store) -> None:
    store.append([call(outcome="a")], learned_at=LEARNED)
    store.append([call(outcome="b")], learned_at=LEARNED)
    with Store.open("sqlite:///:memory:") as other:
        assert counts(other, stored_events(store)) == (2, 0, 0, 0, 0)
        assert counts(other, [call(outcome="b")]) == (0, 1, 0, 0, 0)
        assert counts(other, [call(outcome="c")]) == (0, 0, 1, 0, 0)
        assert counts(other, [call(outcome="c")]) == (0, 1, 0, 0, 0)


def test_reading_goes_on_after_a_position_and_stops_at_one(store: Store) -> None:
    store.append(history(3), learned_at=LEARNED)
    assert [s.position for s in store.read(after=4, limit=2)] == [5, 6]
    assert [s.position for s in store.events(after=2, until=5)] == [3, 4, 5]
    assert store.read(after=9) == []


def test_raw_reading_gives_the_bytes_that_decode_to_the_same(store: Store) -> None:
    events = history(2)
    store.append(events, learned_at=LEARNED)
    raw = store.read_raw(after=1, limit=3)
    assert [(r.position, r.kind, r.version) for r in raw] == [
        (2, "activity", 2),
        (3, "stage_changed", 3),
        (4, "opened", 1),
    ]
    assert [
        type(e).model_validate_json(r.state) for e, r in zip(events[1:4], raw, strict=True)
    ] == (events[1:4])


def test_a_store_knows_its_subjects_kinds_and_newest_time(store: Store) -> None:
    assert store.latest_known_at() is None
    store.append([*history(2), call("z", crm="north", deal="D-9", on=8)], learned_at=LEARNED)
    store.append([call("y", on=4)], learned_at=LEARNED)
    assert [(s.stream, s.key, s.first_position) for s in store.subjects()] == [
        ("deal", "D-1", 1),
        ("deal", "D-2", 4),
        ("deal", "north/D-9", 7),
    ]
    assert store.subjects("account") == []
    assert store.count_by_kind() == {"activity": 4, "opened": 2, "stage_changed": 2}
    assert store.latest_known_at() == day(8)


def test_positions_are_never_used_twice(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s.db") as store:
        store.append(history(2), learned_at=LEARNED)
        with store._database.transaction(commit=True) as c:
            c.execute("DELETE FROM stored_events WHERE rowid=6")
            assert store._recorder.next_position(c) == 7


def test_a_reopened_store_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with Store.open(path) as store:
        store.append(history(2), learned_at=LEARNED)
        name = store.store_id
    with Store.open(f"sqlite:///{path}") as store:
        assert store.store_id == name
        assert counts(store, history(3)) == (3, 6, 0, 0, 0)
        assert counts(store, [call("late")]) == (1, 0, 0, 0, 0)
        assert [s.version for s in store.stream("deal", "crm", "D-1")] == [1, 2, 3, 4]
        assert store.verify() == []


def test_two_open_stores_of_one_file_see_each_others_events(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with Store.open(path) as one, Store.open(path) as other:
        one.append(history(1), learned_at=LEARNED)
        assert counts(other, [*history(1), call("x")]) == (1, 3, 0, 0, 0)
        assert counts(one, [call("x"), call("y")]) == (1, 1, 0, 0, 0)
        assert [s.version for s in other.stream("deal", "crm", "D-1")] == [1, 2, 3, 4, 5]
        assert one.head() == other.head()
        assert other.verify() == []


def test_a_view_sees_every_event_once(store: Store) -> None:
    seen: list[int] = []

    def handle(_c: SQLiteCursor, stored: Sequence[Stored]) -> None:
        seen.extend(s.position for s in stored)

    store.append(history(2), learned_at=LEARNED)
    assert store.catch_up("v", handle, batch=4) == 6
    assert store.catch_up("v", handle) == 0
    store.append(history(3), learned_at=LEARNED)
    assert store.catch_up("v", handle) == 3
    assert seen == list(range(1, 10))


def test_a_view_goes_on_where_it_was_when_the_store_is_reopened(tmp_path: Path) -> None:
    for deals in (1, 2, 3):
        with Store.open(tmp_path / "s.db") as store:
            store.append(history(deals), learned_at=LEARNED)
            assert store.catch_up("v", lambda _c, _stored: None) == 3


def test_what_a_failing_view_wrote_is_undone_with_its_position(store: Store) -> None:
    store.append(history(2), learned_at=LEARNED)
    with store._database.transaction(commit=True) as c:
        c.execute("CREATE TABLE seen (position INTEGER PRIMARY KEY)")

    def handle(c: SQLiteCursor, stored: Sequence[Stored], *, fails: bool) -> None:
        c.executemany("INSERT INTO seen VALUES (?)", [(s.position,) for s in stored])
        if fails and stored[-1].position > 3:
            raise StoreError("view", "failed", "try again")

    with pytest.raises(StoreError):
        store.catch_up("v", lambda c, s: handle(c, s, fails=True), batch=3)
    assert store.catch_up("v", lambda c, s: handle(c, s, fails=False), batch=3) == 3
    with store._database.transaction(commit=False) as c:
        c.execute("SELECT COUNT(*) FROM seen")
        assert c.fetchone()[0] == 6
