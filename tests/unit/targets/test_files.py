"""Do recommendations reach a file whole, and as harmless text?"""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from salesadvisor.errors import ReportError
from salesadvisor.targets.csv_file import write_csv
from salesadvisor.targets.jsonl_file import write_jsonl
from salesadvisor.targets.rows import COLUMNS, AdviceRow
from salesadvisor.targets.whole_file import whole_file

ROW = AdviceRow(
    recommendation_id="rec-1",
    deal_id="D1",
    owner="Ada",
    rule="CL01",
    element="closing",
    action='Set a new date, or say "closed".',
    because="Days since then: 3.",
    due=date(2026, 7, 2),
    expires=datetime(2026, 7, 7, 12, tzinfo=UTC),
    priority=Decimal("1895791.00"),
    currency="USD",
    win_probability=Decimal("0.4000"),
    evidence="published",
    event_ids=("D1.1", "D1.7"),
    strategy="bea902f63704",
    scope="deal",
    subject="D1",
)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_csv_row_reads_back_as_it_was(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", [ROW, replace(ROW, owner=None)])
    first, second = read(tmp_path / "a.csv")
    assert tuple(first) == COLUMNS
    assert first["action"] == ROW.action
    assert (first["priority"], first["win_probability"]) == ("1895791.00", "0.4000")
    assert (first["due"], first["expires"]) == ("2026-07-02", "2026-07-07T12:00:00+00:00")
    assert first["event_ids"] == "D1.1 D1.7"
    assert second["owner"] == ""


@pytest.mark.parametrize("name", ["=1+1", "+49 30", "-x", "@cmd", "\tx"])
def test_a_name_that_a_spreadsheet_would_run_is_only_shown(tmp_path: Path, name: str) -> None:
    row = replace(ROW, owner=name, deal_id=name, priority=Decimal("-5.00"))
    write_csv(tmp_path / "a.csv", [row])
    (written,) = read(tmp_path / "a.csv")
    assert written["owner"] == written["deal_id"] == f"'{name}"
    assert written["priority"] == "-5.00"
    write_jsonl(tmp_path / "a.jsonl", [row])
    assert json.loads((tmp_path / "a.jsonl").read_text("utf-8"))["owner"] == name


def test_a_jsonl_row_keeps_lists_and_nulls(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "a.jsonl", [ROW, replace(ROW, owner=None)])
    first, second = map(json.loads, (tmp_path / "a.jsonl").read_text("utf-8").splitlines())
    assert tuple(first) == COLUMNS
    assert first["event_ids"] == ["D1.1", "D1.7"]
    assert first["priority"] == "1895791.00"
    assert second["owner"] is None


def test_no_recommendation_makes_a_file_without_rows(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", [])
    write_jsonl(tmp_path / "a.jsonl", [])
    assert (tmp_path / "a.csv").read_text() == ",".join(COLUMNS) + "\n"
    assert (tmp_path / "a.jsonl").read_text() == ""


def test_a_file_that_breaks_off_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("old")

    def broken() -> None:
        with whole_file(path) as part:
            part.write_text("half")
            raise OSError(28, "No space left on device")

    with pytest.raises(ReportError, match="can't be written: no space left on device"):
        broken()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("place", ["no/such/a.csv", "."])
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, place: str) -> None:
    with pytest.raises(ReportError):
        write_csv(tmp_path / place, [ROW])
    assert list(tmp_path.iterdir()) == []
