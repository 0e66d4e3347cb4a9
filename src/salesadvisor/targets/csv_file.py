"""Recommendations to a CSV file, for people and their spreadsheets.

A text that a spreadsheet would take for a formula gets an apostrophe before it: owners and deals
are named by whoever fills the CRM.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from salesadvisor.targets.rows import COLUMNS, AdviceRow, texts
from salesadvisor.targets.whole_file import whole_file

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBERS = ("priority", "win_probability")


def write_csv(path: Path, rows: Iterable[AdviceRow]) -> None:
    """Write `rows` under a header line. Raises ReportError if the file can't be written."""
    with whole_file(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({name: _harmless(name, text) for name, text in texts(row).items()})


def _harmless(name: str, text: str | None) -> str | None:
    if text is None or name in _NUMBERS or not text.startswith(_FORMULA):
        return text
    return f"'{text}"
