"""Does any sequence of imports leave the store as a plain list of rows would have it?"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from salesadvisor.domain.events import AccountProfiled, Activity, Corrected, Event
from salesadvisor.store import Appended, Store
from tests.store_cases import day


@dataclass(frozen=True)
class Row:
    source: int
    says: str
    subject: int
    occurred: int
    delay: int

    def event(self) -> Event:
        times = {"occurred_at": day(self.occurred), "recorded_at": day(self.occurred + self.delay)}
        subject = {"subject_id": f"D-{self.subject}", "source_id": f"s-{self.source}"}
        if self.source % 4 == 3:
            return AccountProfiled(**subject, **times, attributes={"says": self.says})
        return Activity(**subject, **times, kind="call", outcome=self.says)

    @property
    def fact(self) -> tuple[str, int, int]:
        return self.says, self.subject, self.occurred


# Mostly one subject a source id, as in life; now and then another one.
ROWS = st.builds(
    Row,
    source=st.integers(0, 5),
    says=st.sampled_from(["a", "b", "c"]),
    subject=st.sampled_from([1, 1, 1, 1, 2]),
    occurred=st.integers(0, 3),
    delay=st.sampled_from([0, 0, 1, 9]),
)
IMPORTS = st.lists(st.tuples(st.lists(ROWS, max_size=9), st.integers(1, 9)), max_size=6)


def run(store: Store, rows: list[Row], size: int, *, at: int, dry: bool = False) -> Appended:
    with store.importing(learned_at=day(at), dry_run=dry) as importing:
        for start in range(0, len(rows), size):
            importing.append([row.event() for row in rows[start : start + size]])
    assert importing.total.rows == len(rows)
    return importing.total


def versions(store: Store) -> dict[str, list[Event]]:
    """Each source row's versions in the order in which they were stored."""
    found: dict[str, list[Event]] = {}
    for stored in store.events():
        event = stored.event
        name = event.corrects if isinstance(event, Corrected) else event.source_id.split("~")[0]
        found.setdefault(name, []).append(event)
    return found


def reading(event: Event) -> tuple[str, int, int]:
    fact = event.replacement() if isinstance(event, Corrected) else event
    says = fact.attributes["says"] if isinstance(fact, AccountProfiled) else None
    if isinstance(fact, Activity):
        says = fact.outcome
    return str(says), int(fact.subject_id[2:]), (fact.occurred_at - day(0)).days


@given(IMPORTS)
@settings(max_examples=150)
def test_the_last_row_of_a_source_id_counts_and_nothing_known_is_rewritten(
    imports: list[tuple[list[Row], int]],
) -> None:
    expected: dict[str, Row] = {}
    with Store.open("sqlite:///:memory:") as store:
        for number, (rows, size) in enumerate(imports):
            before = versions(store)
            foreseen = run(store, rows, size, at=20 + number, dry=True)
            assert run(store, rows, size, at=20 + number) == foreseen
            for row in rows:
                held = expected.setdefault(f"s-{row.source}", row)
                if row.subject == held.subject:
                    expected[f"s-{row.source}"] = row
            after = versions(store)
            assert {name: reading(all_[-1]) for name, all_ in after.items()} == {
                name: row.fact for name, row in expected.items()
            }
            assert all(after[name][: len(held)] == held for name, held in before.items())
            again = run(store, rows, size, at=30 + number)
            assert again.stored == 0
            assert len(again.conflicts) == len(foreseen.conflicts)
        for events in versions(store).values():
            known = [event.known_at for event in events]
            assert known == sorted(known)
        assert store.verify() == []


@given(st.lists(ROWS, max_size=12), st.integers(1, 5), st.integers(1, 5))
@settings(max_examples=60)
def test_how_an_import_is_cut_changes_nothing_but_positions(
    rows: list[Row], one: int, other: int
) -> None:
    stores = []
    for size in (one, other):
        with Store.open("sqlite:///:memory:") as store:
            stores.append((run(store, rows, size, at=20), versions(store)))
    assert stores[0] == stores[1]


@given(st.text(min_size=1, max_size=500), st.text(min_size=1, max_size=500), st.text())
@settings(max_examples=100)
def test_any_text_survives(source_id: str, subject_id: str, text: str) -> None:
    event = Activity(
        subject_id=subject_id,
        source_id=source_id,
        occurred_at=day(1),
        recorded_at=day(1),
        kind="call",
        outcome=text,
    )
    changed = event.model_copy(update={"outcome": text + "!"})
    with Store.open("sqlite:///:memory:") as store:
        assert store.append([event], learned_at=day(9)).added == 1
        assert store.append([event], learned_at=day(9)).known == 1
        assert store.read()[0].event == event
        assert store.append([changed], learned_at=day(9)).corrected == 1
        assert store.append([changed], learned_at=day(9)).known == 1
        assert store.verify() == []
