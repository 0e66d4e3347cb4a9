"""Recommendations to a JSONL file, for programs: one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from salesadvisor.targets.rows import AdviceRow, texts
from salesadvisor.targets.whole_file import whole_file


def write_jsonl(path: Path, rows: Iterable[AdviceRow]) -> None:
    """Write one object a row. Raises ReportError if the file can't be written."""
    with whole_file(path) as part, part.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            value = {**texts(row), "event_ids": list(row.event_ids)}
            file.write(json.dumps(value, ensure_ascii=False) + "\n")
