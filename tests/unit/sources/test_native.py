"""Is every line of a native file read for what it says, or rejected for what is wrong with it?"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from salesadvisor.domain.events import Activity, Opened, StageChanged
from tests.unit.sources.files import NATIVE, read, write


def line(**changes: Any) -> str:
    event = {
        "deal_id": "D1",
        "occurred_at": "2026-03-02T09:00:00+01:00",
        "event": "activity",
        "source_id": "a1",
        "data": {"kind": "call", "direction": "out", "actor": "Ann"},
    }
    return json.dumps({key: value for key, value in (event | changes).items() if value is not ...})


def test_a_line_becomes_its_event(tmp_path: Path) -> None:
    event = read(write(tmp_path / "e.jsonl", line(recorded_at="2026-03-02T12:00:00Z"))).only()
    assert isinstance(event, Activity)
    assert (event.subject_id, event.kind, event.direction, event.actor) == (
        "D1",
        "call",
        "out",
        "Ann",
    )
    assert event.occurred_at == datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert event.recorded_at == datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_csv_says_the_same_as_jsonl(tmp_path: Path) -> None:
    in_json = write(tmp_path / "e.jsonl", line(source_id=...))
    data = '"{""direction"": ""out"", ""kind"": ""call"", ""actor"": ""Ann""}"'
    in_csv = write(
        tmp_path / "e.csv", NATIVE, f"D1,2026-03-02T08:00:00+00:00,,activity,,{data}", end="\r\n"
    )
    assert read(in_json).events == read(in_csv).events


def test_columns_may_come_in_any_order_and_be_left_out(tmp_path: Path) -> None:
    path = write(
        tmp_path / "e.csv", "\ufeffevent;deal_id;occurred_at", "won;D1;2026-03-02T09:00:00Z"
    )
    assert read(path).kinds == ["won"]


def test_a_named_crm_is_kept(tmp_path: Path) -> None:
    event = read(write(tmp_path / "e.jsonl", line(crm="tryton"))).only()
    assert event.subject_key == "tryton/D1"


def test_money_stays_exact(tmp_path: Path) -> None:
    opened = line(event="opened", data={"pipeline": "bids", "stage": "rfi", "amount": "1234567.89"})
    event = read(write(tmp_path / "e.jsonl", opened)).only()
    assert isinstance(event, Opened)
    assert event.amount == Decimal("1234567.89")


def test_a_quoted_field_may_hold_line_ends_and_delimiters(tmp_path: Path) -> None:
    data = '"{""text"": ""a, b"",\n""due"": ""2026-03-09""}"'
    path = write(
        tmp_path / "e.csv",
        NATIVE,
        f"D1,2026-03-02T09:00:00Z,,next_step_set,n1,{data}",
        "D1,2026-03-03T09:00:00Z,,won,w1,",
    )
    outcome = read(path)
    assert outcome.kinds == ["next_step_set", "won"]
    assert [row.line for row in outcome.read] == [2, 4]


def test_whole_numbers_may_be_ids(tmp_path: Path) -> None:
    event = read(write(tmp_path / "e.jsonl", line(deal_id=42, source_id=7))).only()
    assert (event.subject_id, event.source_id) == ("42", "7")


def test_a_row_without_an_id_has_one_of_its_content(tmp_path: Path) -> None:
    first = read(write(tmp_path / "a.jsonl", line(source_id=...))).only()
    again = read(write(tmp_path / "b.jsonl", "", line(source_id=""))).only()
    other = read(write(tmp_path / "c.jsonl", line(source_id=..., deal_id="D2"))).only()
    assert first.source_id == again.source_id != other.source_id


def test_a_copy_of_a_row_is_collapsed_into_the_first(tmp_path: Path) -> None:
    path = write(tmp_path / "e.jsonl", line(source_id=...), line(), line(source_id=...), line())
    outcome = read(path)
    assert outcome.collapsed == {3: 1, 4: 2}
    assert len(outcome.events) == 2


def test_rows_that_differ_in_their_writing_only_are_one_without_an_id(tmp_path: Path) -> None:
    path = write(tmp_path / "e.jsonl", line(source_id=...), line(source_id=...).replace(" ", ""))
    assert read(path).collapsed == {2: 1}


def test_one_id_for_two_facts_is_rejected_with_the_line_of_the_first(tmp_path: Path) -> None:
    path = write(tmp_path / "e.jsonl", line(), line(event="won", data={}), line(deal_id="D2"))
    assert read(path).reasons == dict.fromkeys(
        (2, 3), "source id 'a1' stands on line 1 with other content; give each event its own id"
    )


@pytest.mark.parametrize(
    "change, reason",
    [
        ({"occurred_at": "2026-02-30T09:00:00Z"}, "'2026-02-30T09:00:00Z' is not a time"),
        ({"occurred_at": "1772442000"}, "occurred_at: '1772442000' is not a time"),
        ({"occurred_at": 1772442000}, "occurred_at: 1772442000 is not a text"),
        ({"occurred_at": ""}, "occurred_at: '' is not a time"),
        ({"occurred_at": "2026-03-02T09:00:00"}, "has no offset; add one, as +00:00"),
        ({"occurred_at": "0001-01-01T00:00:00+05:00"}, "is out of range"),
        ({"recorded_at": "yesterday"}, "recorded_at: 'yesterday' is not a time"),
        ({"event": "stage_change"}, "unknown event 'stage_change'; did you mean 'stage_changed'?"),
        ({"deal_id": ""}, "deal_id: string should have at least 1 character"),
        ({"deal_id": True}, "deal_id: True is not a text"),
        ({"data": {"kind": "fax"}}, "kind: input should be 'call'"),
        ({"data": [1]}, "data is not a JSON object"),
        ({"data": {"kind": "call", "deal_id": "D2"}}, "data repeats 'deal_id'"),
        ({"data": {"kind": "call", "event": "won"}}, "data repeats 'event'"),
        ({"data": {"kind": "call", "occurred_at": "x"}}, "data repeats 'occurred_at'"),
        ({"ocurred_at": "x"}, "unknown key 'ocurred_at'; did you mean 'occurred_at'?"),
        ({"event": "opened", "data": {"amount": "-5"}}, "amount: input should be greater than"),
        ({"event": "opened", "data": {"amount": "NaN"}}, "amount: "),
        ({"event": "opened", "data": {"close_date": "2026-02-30"}}, "close_date: "),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_line_is_said(
    tmp_path: Path, change: dict[str, Any], reason: str
) -> None:
    path = write(tmp_path / "e.jsonl", line(source_id="ok"), line(**change), line(source_id="z"))
    outcome = read(path)
    assert reason in outcome.reasons[2]
    assert outcome.rejects[2].raw == line(**change)
    assert len(outcome.events) == 2


@pytest.mark.parametrize(
    "row, reason",
    [
        ("D1,2026-03-02T09:00:00Z,,won", "has 4 columns, the header has 6"),
        ('D1,2026-03-02T09:00:00Z,,won,w2,{"a": 1, "b": 2}', "has 7 columns"),
        ("D1,2026-03-02T09:00:00Z,,won,w2,{a}", "data is not JSON"),
        ('D1,2026-03-02T09:00:00Z,,won,"w2"x,', "not CSV: ',' expected after '\"'"),
    ],
)
def test_what_is_wrong_with_a_csv_row_is_said(tmp_path: Path, row: str, reason: str) -> None:
    good = "D1,2026-03-03T09:00:00Z,,won,w1,"
    outcome = read(write(tmp_path / "e.csv", NATIVE, row, good))
    assert reason in outcome.reasons[2]
    assert outcome.kinds == ["won"]


def test_a_correction_may_say_which_event_it_corrects(tmp_path: Path) -> None:
    data = {
        "corrects": "s1",
        "event": "stage_changed",
        "fact": {"to": "rfi"},
        "fact_occurred_at": "2026-03-01T09:00:00Z",
    }
    event = read(write(tmp_path / "e.jsonl", line(event="corrected", data=data))).only()
    assert isinstance(event.replacement(), StageChanged)


def test_keys_that_no_model_knows_are_kept(tmp_path: Path) -> None:
    event = read(write(tmp_path / "e.jsonl", line(data={"kind": "call", "mood": "good"}))).only()
    assert event.mood == "good"


def test_progress_reaches_the_size_of_the_file(tmp_path: Path) -> None:
    outcome = read(write(tmp_path / "e.jsonl.gz", *(line(source_id=str(n)) for n in range(2000))))
    assert outcome.source.bytes_read == outcome.source.bytes_total > 0


def test_a_source_can_be_read_twice(tmp_path: Path) -> None:
    source = read(write(tmp_path / "e.jsonl", line(), line(event="x"), line())).source
    assert [row.line for row in source] == [1, 2, 3]
    tally = source.tally
    assert (tally.read, tally.rejected, tally.collapsed, tally.rows, tally.events) == (
        1,
        1,
        1,
        3,
        1,
    )
