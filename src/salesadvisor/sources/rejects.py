"""Where are the rows that could not be read? In a file of their own, a JSON object a line."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import orjson

from salesadvisor.errors import ReportError
from salesadvisor.sources.rows import Reject


def rejects_path(source: Path, directory: Path) -> Path:
    """The rejects file of the input file `source`, in `directory`."""
    return directory / f"{source.name}.rejects.jsonl"


class RejectsFile:
    """Writes rejects as they come: `{file, line, reason, raw}`.

    The file exists only if there is a reject, and is replaced then; one left from an earlier import
    of the same input is removed when this import ends without any. What is written survives a
    crash of this process; raises ReportError if it can't be written. A dry run only counts.
    """

    def __init__(self, source: Path, directory: Path, *, dry_run: bool = False) -> None:
        self.path = rejects_path(source, directory)
        self.count = 0
        self._source = source
        self._is_dry_run = dry_run
        self._file: BinaryIO | None = None

    def __enter__(self) -> RejectsFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file:
            self._file.close()
        elif kind is None and not self._is_dry_run:
            self.path.unlink(missing_ok=True)

    def add(self, reject: Reject) -> None:
        """Appends the reject and hands it to the operating system."""
        self.count += 1
        if self._is_dry_run:
            return
        record = {
            "file": str(self._source),
            "line": reject.line,
            "reason": reject.reason,
            "raw": reject.raw,
        }
        try:
            if self._file is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self.path.open("wb")
            self._file.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))
            self._file.flush()
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise ReportError(
                str(self.path), f"can't be written: {why}", "free the disk, or name another place"
            ) from None
