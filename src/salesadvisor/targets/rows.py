"""How do recommendations reach a file? As CSV or JSONL, written whole or not at all."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from salesadvisor.errors import ReportError

Row = Mapping[str, str | int | None]


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Write `rows` with a header line. Raises ReportError if the file can't be written."""

    def write(part: Path) -> None:
        with part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)

    _write_whole(path, write)


def write_jsonl(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Write `rows` as one JSON object a line. Raises ReportError if the file can't be written."""

    def write(part: Path) -> None:
        with part.open("w", encoding="utf-8") as file:
            for row in rows:
                chosen = {column: row[column] for column in columns}
                file.write(json.dumps(chosen, ensure_ascii=False) + "\n")

    _write_whole(path, write)


def _write_whole(path: Path, write: Callable[[Path], None]) -> None:
    part = path.with_name(path.name + ".part")
    try:
        write(part)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        why = (error.strerror or str(error)).lower()
        raise ReportError(str(path), f"can't be written: {why}", "name another place") from None
