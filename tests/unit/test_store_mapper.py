"""Are events of an older schema read as if they had been written today?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from eventsourcing.persistence import StoredEvent

from salesadvisor.domain.events import (
    EVENT_TYPES,
    Activity,
    Corrected,
    InvalidEvent,
    Payload,
    event_payload,
)
from salesadvisor.errors import StoreCorrupt
from salesadvisor.store import Store
from salesadvisor.store.mapper import EventMapper, InStream
from tests.store_cases import LEARNED, call, counts, day, stored_events


def medium_became_kind(payload: Payload) -> Payload:
    kinds = {"phone": "call", "mail": "email"}
    rest = {name: value for name, value in payload.items() if name != "medium"}
    return {**rest, "kind": kinds[payload["medium"]], "schema_version": 1}


STEPS = {("activity", 0): medium_became_kind}
OLD = {
    "subject_id": "D-1",
    "occurred_at": "2024-01-02T09:00:00Z",
    "recorded_at": "2024-01-02T09:00:00Z",
    "source_id": "a-1",
    "crm": "crm",
    "schema_version": 0,
    "medium": "phone",
    "direction": "out",
}


def write_as(store: Store, payload: Payload) -> None:
    """Makes the only event of `store` one that an older version wrote."""
    with store._database.transaction(commit=True) as c:
        c.execute("UPDATE stored_events SET state=?", (json.dumps(payload).encode(),))
        c.execute("UPDATE sources SET content=x'00'")


def test_an_event_goes_into_a_row_under_its_kind_and_comes_back() -> None:
    mapper = EventMapper()
    event = call(outcome="reached", topics=("pricing",))
    placed = InStream(event.stream_id, 3, event)
    row = mapper.to_stored_event(placed)
    assert (row.topic, row.originator_version) == ("activity", 3)
    assert row.state == event_payload(event)
    assert mapper.to_domain_event(row) == placed


def test_an_old_event_is_upcast_before_it_is_validated() -> None:
    state = json.dumps(OLD).encode()
    row = StoredEvent(call().stream_id, 1, "activity", state)
    assert EventMapper(STEPS).to_domain_event(row).event == call()
    with pytest.raises(InvalidEvent):
        EventMapper().to_domain_event(row)


def test_a_new_event_passes_the_upcast_unchanged() -> None:
    event = call(outcome="reached")
    assert EventMapper(STEPS).decode("activity", event_payload(event)) == event


def test_the_old_fact_inside_a_correction_is_upcast_too() -> None:
    correction = Corrected(
        subject_id="D-1",
        source_id="c-1",
        occurred_at=day(4),
        recorded_at=day(4),
        corrects="a-1",
        event="activity",
        fact={"medium": "mail", "schema_version": 0},
        fact_occurred_at=day(1),
    )
    read = EventMapper(STEPS).decode("corrected", event_payload(correction))
    assert isinstance(read, Corrected)
    replacement = read.replacement()
    assert isinstance(replacement, Activity)
    assert replacement.kind == "email"


@pytest.mark.parametrize("state", [b"", b"[1]", b"{", b'{"subject_id": "D-1"}', b"\xff"])
@pytest.mark.parametrize("steps", [{}, STEPS], ids=["without upcasts", "with upcasts"])
def test_what_is_no_event_is_an_invalid_event(state: bytes, steps: dict) -> None:  # type: ignore[type-arg]
    with pytest.raises(InvalidEvent):
        EventMapper(steps).decode("activity", state)


def test_an_unknown_kind_is_an_invalid_event() -> None:
    with pytest.raises(InvalidEvent, match="unknown event 'levitated'"):
        EventMapper().decode("levitated", b"{}")


def test_every_kind_names_itself() -> None:
    assert {kind: model.KIND for kind, model in EVENT_TYPES.items()} == {k: k for k in EVENT_TYPES}


def test_a_store_reads_old_events_in_todays_schema_raw_or_not(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s.db", upcasts=STEPS) as store:
        store.append([call()], learned_at=LEARNED)
        write_as(store, OLD)
        assert stored_events(store) == [call()]
        raw = json.loads(store.read_raw()[0].state)
        assert (raw["kind"], raw["schema_version"]) == ("call", 1)
        assert "medium" not in raw


def test_importing_again_after_a_schema_change_adds_nothing(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s.db", upcasts=STEPS) as store:
        store.append([call()], learned_at=LEARNED)
        write_as(store, OLD)
        assert counts(store, [call()]) == (0, 1, 0, 0, 0)
        assert counts(store, [call(outcome="reached")]) == (0, 0, 1, 0, 0)


def test_an_event_that_can_not_be_read_is_named_by_its_position(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with Store.open(path) as store:
        store.append([call()], learned_at=LEARNED)
        write_as(store, OLD)
        with pytest.raises(StoreCorrupt) as error:
            store.read()
        assert str(error.value).startswith(f"{path}: event 1: can't be read: kind: field required")
