"""How is a file of history read, and how far has the reading come?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from salesadvisor.sources.rows import Row, Tally
from salesadvisor.sources.text import InputFile

Reader = Callable[[InputFile], Iterator[Row]]


class Source:
    """A file whose rows can be iterated, from the start each time.

    `format` is events, csv or xes. `tally` counts the rows of the running (or last) iteration;
    `bytes_read` of the `bytes_total` bytes on disk have been read in it.
    """

    def __init__(self, path: Path, format_: str, reader: Reader) -> None:
        self.path = path
        self.format = format_
        self.bytes_total = path.stat().st_size
        self.tally = Tally()
        self._reader = reader
        self._file: InputFile | None = None
        self._bytes_read = 0

    @property
    def bytes_read(self) -> int:
        return self._file.bytes_read if self._file else self._bytes_read

    def __iter__(self) -> Iterator[Row]:
        """Each row's Read, Reject or Collapsed. Raises SourceError if the file can't be read on."""
        self.tally = tally = Tally()
        with InputFile(self.path) as file:
            self._file = file
            try:
                for row in self._reader(file):
                    tally.count(row)
                    yield row
            finally:
                self._bytes_read, self._file = file.bytes_read, None
