"""Does an event log say under its mapping what its rows mean, each row once?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from salesadvisor.domain.events import Activity, ActivityPlanned, Opened, OwnerChanged, StageChanged
from tests.unit.sources.files import Outcome, read, write

HEADER = "case,what,phase,who,at"
MAPPING = """
shape: event_log
columns: {deal: case, time: at, activity: what, lifecycle: phase, actor: who}
pipeline: {name: loans, stages: [asked, offered, sent]}
owner: {activities: [Ask, Offer], never: [machine]}
activities:
  Ask: {event: opened, stage: asked}
  Offer: {event: stage_changed, to: offered}
  Send: [{event: stage_changed, to: sent}, quote_sent]
  Call: {event: activity, kind: call, direction: out}
  Read: ignore
  Refuse: {event: lost, reason: refused}
together:
  - activities: [Approve, Register]
    within_seconds: 5
    as: won
"""


def log(tmp_path: Path, *rows: str, mapping: str = MAPPING, header: str = HEADER) -> Outcome:
    return read(
        write(tmp_path / "log.csv", header, *rows),
        mapping=write(tmp_path / "m.yaml", mapping),
    )


def row(what: str, at: str = "10:00", *, phase: str = "COMPLETE", who: str = "Ann") -> str:
    return f"1,{what},{phase},{who},2026-03-02T{at}:00+01:00"


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 2, hour - 1, minute, tzinfo=UTC)


def test_activities_become_the_events_they_mean(tmp_path: Path) -> None:
    outcome = log(tmp_path, row("Ask"), row("Offer", "11:00"), row("Refuse", "12:00"))
    opened, moved, lost = outcome.events
    assert isinstance(opened, Opened)
    assert (opened.pipeline, opened.stage, opened.owner) == ("loans", "asked", "Ann")
    assert (opened.subject_id, opened.actor, opened.occurred_at) == ("1", "Ann", at(10))
    assert isinstance(moved, StageChanged)
    assert (moved.to, moved.recorded_at) == ("offered", at(11))
    assert lost.reason == "refused"


def test_one_row_may_be_several_events(tmp_path: Path) -> None:
    outcome = log(tmp_path, row("Send"))
    assert outcome.kinds == ["stage_changed", "quote_sent"]
    assert len(outcome.read) == outcome.source.tally.rows == 1
    first, second = (event.source_id for event in outcome.events)
    assert second == f"{first}:2"


def test_a_start_and_its_end_are_one_activity_with_a_duration(tmp_path: Path) -> None:
    outcome = log(
        tmp_path,
        row("Call", "10:00", phase="START", who=""),
        row("Offer", "10:10"),
        row("Call", "10:25", who="Bob"),
    )
    call = outcome.events[-2] if outcome.kinds[-1] == "owner_changed" else outcome.events[-1]
    assert isinstance(call, Activity)
    assert (call.duration_minutes, call.actor) == (25, "Bob")
    assert (call.occurred_at, call.recorded_at) == (at(10), at(10, 25))
    assert outcome.collapsed == {2: 4}


def test_the_first_end_belongs_to_the_first_start(tmp_path: Path) -> None:
    outcome = log(
        tmp_path,
        row("Call", "10:00", phase="START"),
        row("Call", "10:10", phase="START"),
        row("Call", "10:15"),
        row("Call", "10:40"),
    )
    assert [call.duration_minutes for call in outcome.events] == [15, 30]


def test_a_start_or_end_without_the_other_stands_alone(tmp_path: Path) -> None:
    outcome = log(tmp_path, row("Call", "10:00"), row("Call", "11:00", phase="START"))
    assert [call.duration_minutes for call in outcome.events] == [None, None]
    assert [call.occurred_at for call in outcome.events] == [at(10), at(11)]
    assert [read.line for read in outcome.read] == [2, 3]


def test_an_end_that_comes_in_a_later_export_corrects_the_start(tmp_path: Path) -> None:
    start = row("Call", "10:00", phase="START")
    (alone,) = log(tmp_path, start).events
    (whole,) = log(tmp_path, start, row("Call", "10:20")).events
    assert alone.source_id == whole.source_id


def test_scheduled_work_is_planned(tmp_path: Path) -> None:
    (planned,) = log(tmp_path, row("Call", phase="schedule")).events
    assert isinstance(planned, ActivityPlanned)
    assert planned.kind == "call"


def test_a_lifecycle_that_means_nothing_is_rejected(tmp_path: Path) -> None:
    reasons = log(tmp_path, row("Call", phase="WITHDRAW"), row("Offer", phase="START")).reasons
    assert "'Call' has no meaning with lifecycle 'WITHDRAW'" in reasons[2]
    assert "declare 'Offer+START'" in reasons[3]


def test_an_activity_with_its_lifecycle_may_mean_something_of_its_own(tmp_path: Path) -> None:
    mapping = MAPPING.replace("activities:\n  Ask", "activities:\n  Call+WITHDRAW: ignore\n  Ask")
    outcome = log(tmp_path, row("Call", phase="WITHDRAW"), row("Call"), mapping=mapping)
    assert outcome.kinds == ["activity"]
    assert outcome.collapsed == {2: None}


def test_activities_that_come_together_are_one_event(tmp_path: Path) -> None:
    outcome = log(
        tmp_path,
        "1,Register,COMPLETE,,2026-03-02T10:00:00.010+01:00",
        "1,Approve,COMPLETE,,2026-03-02T10:00:00.000+01:00",
        "2,Approve,COMPLETE,,2026-03-02T10:00:00+01:00",
        "1,Approve,COMPLETE,,2026-03-02T10:00:09+01:00",
    )
    assert [(event.KIND, event.subject_id) for event in outcome.events] == [
        ("won", "1"), ("won", "2"), ("won", "1")
    ]  # fmt: skip
    assert outcome.collapsed == {3: 2}
    assert len({event.source_id for event in outcome.events}) == 3


def test_ignored_activities_are_counted(tmp_path: Path) -> None:
    outcome = log(tmp_path, row("Read"), row("Read", phase="START"))
    assert outcome.collapsed == {2: None, 3: None}
    assert outcome.source.tally.rows == 2


def test_an_unknown_activity_is_rejected_with_the_nearest_known(tmp_path: Path) -> None:
    reason = log(tmp_path, row("Ofer")).reasons[2]
    assert reason == (
        "unknown activity 'Ofer'; declare it or 'ignore' it, or did you mean 'Offer'?"
    )


def test_at_one_moment_a_deal_does_not_move_backwards(tmp_path: Path) -> None:
    outcome = log(tmp_path, row("Send"), row("Offer"), row("Offer", "10:01"))
    assert [e.to for e in outcome.events if isinstance(e, StageChanged)] == ["sent", "offered"]
    assert outcome.collapsed == {3: 2}


def test_the_owner_changes_with_the_person_but_not_to_a_machine(tmp_path: Path) -> None:
    outcome = log(
        tmp_path,
        row("Ask", who="machine"),
        row("Offer", "11:00", who="Ann"),
        row("Offer", "12:00", who="machine"),
        row("Offer", "13:00", who=""),
        row("Call", "14:00", who="Bob"),
        row("Offer", "15:00", who="Cid"),
    )
    owners = [(e.from_, e.to) for e in outcome.events if isinstance(e, OwnerChanged)]
    assert owners == [(None, "Ann"), ("Ann", "Cid")]
    assert outcome.events[0].owner is None


def test_ids_survive_rows_that_are_appended_and_cells_that_change(tmp_path: Path) -> None:
    rows = [row("Ask"), row("Call", "11:00"), row("Call", "11:00", who="Bob")]
    before = [event.source_id for event in log(tmp_path, *rows).events]
    rows[1] = row("Call", "11:00", who="Dee")
    after = [event.source_id for event in log(tmp_path, *rows, row("Send", "12:00")).events]
    assert len(set(before)) == 3
    assert after[:3] == before


def test_a_copy_of_a_row_is_collapsed(tmp_path: Path) -> None:
    assert log(tmp_path, row("Call"), row("Ask"), row("Call")).collapsed == {4: 2}


def test_rows_of_many_deals_may_be_mixed(tmp_path: Path) -> None:
    starts = [row("Call", phase="START").replace("1,", f"{n},", 1) for n in range(9)]
    ends = [row("Call", "10:07").replace("1,", f"{n},", 1) for n in reversed(range(9))]
    outcome = log(tmp_path, *starts, *ends)
    assert [event.duration_minutes for event in outcome.events] == [7] * 9
    assert outcome.source.tally.rows == 18


@pytest.mark.parametrize(
    "bad, reason",
    [
        ("1,Ask,COMPLETE,Ann,2026-03-02T10:00:00", "at: '2026-03-02T10:00:00' has no offset"),
        ("1,Ask,COMPLETE,Ann,02.03.2026", "at: '02.03.2026' is not a time"),
        ("1,Ask,COMPLETE,Ann,", "the time is empty"),
        (",Ask,COMPLETE,Ann,2026-03-02T10:00:00Z", "the deal is empty"),
        ("1,,COMPLETE,Ann,2026-03-02T10:00:00Z", "the activity is empty"),
        ("1,Ask,COMPLETE,2026-03-02T10:00:00Z", "has 4 columns, the header has 5"),
    ],
)
def test_what_is_wrong_with_a_row_is_said(tmp_path: Path, bad: str, reason: str) -> None:
    outcome = log(tmp_path, row("Ask"), bad, row("Send"))
    assert reason in outcome.reasons[3]
    assert outcome.rejects[3].raw == bad
    assert outcome.source.tally.rows == 3


def test_times_without_an_offset_are_taken_in_the_mapping_s_timezone(tmp_path: Path) -> None:
    mapping = MAPPING + "file: {timezone: Europe/Amsterdam}\n"
    outcome = log(
        tmp_path,
        "1,Ask,COMPLETE,Ann,2026-03-02T10:00:00",
        "1,Offer,COMPLETE,Ann,2026-07-01",
        "1,Send,COMPLETE,Ann,2026-07-02T10:00:00Z",
        mapping=mapping,
    )
    days = [read.events[0].occurred_at for read in outcome.read]
    assert days == [
        at(10),
        datetime(2026, 6, 30, 22, tzinfo=UTC),
        datetime(2026, 7, 2, 10, tzinfo=UTC),
    ]


def test_times_cells_and_nulls_may_be_written_the_local_way(tmp_path: Path) -> None:
    mapping = """
shape: event_log
columns: {deal: Fall, time: Zeit, activity: Was, recorded: Erfasst}
file:
  encoding: cp1252
  timezone: Europe/Berlin
  time_format: "%d.%m.%Y %H:%M"
  decimal: ","
  nulls: ["-"]
currency: EUR
pipeline: {name: p, stages: [neu]}
attributes: {branche: {column: Branche}, koepfe: {column: Köpfe, number: true}}
clean: {Branche: {Pharam: Pharma}}
activities:
  Öffnen: {event: opened, stage: neu, amount: {column: Betrag, number: true}}
  Ändern: {event: amount_changed, to: {column: Betrag, number: true}}
"""
    lines = [
        "Fall;Zeit;Erfasst;Was;Betrag;Branche;Köpfe",
        "1;02.03.2026 10:00;03.03.2026 11:00;Öffnen;1.234,50;Pharam;1.200",
        "2;02.03.2026 10:00;-;Öffnen;-;-;-",
        "1;04.03.2026 10:00;-;Ändern;zehn;-;-",
        "1;04.03.2026 10:00;-;Ändern;-5;-;-",
    ]
    path = write(tmp_path / "log.csv", *(line.encode("cp1252") for line in lines))
    outcome = read(path, mapping=write(tmp_path / "m.yaml", mapping))
    first, second = outcome.events
    assert (first.amount, first.currency) == (Decimal("1234.50"), "EUR")
    assert first.attributes == {"branche": "Pharma", "koepfe": 1200}
    assert first.recorded_at - first.occurred_at == timedelta(hours=25)
    assert (second.amount, second.attributes) == (None, {})
    assert outcome.reasons[4] == "Betrag: 'zehn' is not a number; correct it"
    assert "greater than or equal to 0" in outcome.reasons[5]
