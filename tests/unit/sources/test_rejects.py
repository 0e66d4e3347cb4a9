"""Are the rows that could not be read where one can find them?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from salesadvisor.errors import ReportError
from salesadvisor.sources import Reject, RejectsFile, rejects_path

SOURCE = Path("some/deals.csv.gz")


def test_a_reject_is_on_disk_at_once(tmp_path: Path) -> None:
    with RejectsFile(SOURCE, tmp_path) as rejects:
        rejects.add(Reject(7, "a reason", "the é row"))
        written = (tmp_path / "deals.csv.gz.rejects.jsonl").read_text(encoding="utf-8")
        rejects.add(Reject(9, "another", ""))
    assert json.loads(written) == {
        "file": str(SOURCE), "line": 7, "reason": "a reason", "raw": "the é row"
    }  # fmt: skip
    assert rejects.count == len(rejects.path.read_text(encoding="utf-8").splitlines()) == 2


def test_without_a_reject_there_is_no_file(tmp_path: Path) -> None:
    with RejectsFile(SOURCE, tmp_path / "new"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_an_import_without_rejects_removes_the_file_of_the_last(tmp_path: Path) -> None:
    with RejectsFile(SOURCE, tmp_path) as rejects:
        rejects.add(Reject(7, "a reason", "row"))
    with RejectsFile(SOURCE, tmp_path):
        pass
    assert not rejects_path(SOURCE, tmp_path).exists()


def test_an_import_that_fails_leaves_the_file_of_the_last(tmp_path: Path) -> None:
    with RejectsFile(SOURCE, tmp_path) as rejects:
        rejects.add(Reject(7, "a reason", "row"))
    with pytest.raises(KeyError), RejectsFile(SOURCE, tmp_path):
        raise KeyError
    assert rejects_path(SOURCE, tmp_path).exists()


def test_a_place_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match="can't be written"):
        RejectsFile(SOURCE, tmp_path / "file").add(Reject(1, "a reason", ""))


def test_a_dry_run_counts_and_touches_nothing(tmp_path: Path) -> None:
    with RejectsFile(SOURCE, tmp_path) as rejects:
        rejects.add(Reject(7, "a reason", "row"))
    before = rejects.path.read_bytes()
    with RejectsFile(SOURCE, tmp_path, dry_run=True):
        pass
    with RejectsFile(SOURCE, tmp_path, dry_run=True) as rejects:
        rejects.add(Reject(8, "another", "row"))
    assert (rejects.count, rejects.path.read_bytes()) == (1, before)
