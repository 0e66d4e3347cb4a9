"""Which lines and records does a text file hold? None is lost, whatever is wrong with it."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from salesadvisor.errors import SourceError

MAX_LINE_BYTES = 1 << 20
KEPT_BYTES = 16 << 20  # of a line that is too long
MAX_RECORD_LINES = 100  # else a quote that is never closed would swallow the rest of the file
_GZIP_MAGIC = b"\x1f\x8b"
_CHUNK = 1 << 20


class Line(NamedTuple):
    """A line without its end; `problem` says why it can't be used."""

    number: int
    text: str
    problem: str | None = None


class Record(NamedTuple):
    """The fields of a CSV record, and its text; `line` is its first."""

    line: int
    fields: Sequence[str]
    raw: str
    problem: str | None = None

    def problem_with(self, width: int) -> str | None:
        """Why the record can't be used, its number of fields included; None if it can."""
        if self.problem or len(self.fields) == width:
            return self.problem
        return f"has {len(self.fields)} columns, the header has {width}; correct its quotes"


class InputFile:
    """An open file, plain or gzip. Raises SourceError if it can't be read to its end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._disk = path.open("rb")
            self.is_gzip = self._disk.peek(2)[:2] == _GZIP_MAGIC
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise SourceError(str(path), f"can't be read: {why}", "check the path") from None
        self.stream: io.BufferedIOBase = (
            gzip.GzipFile(fileobj=self._disk) if self.is_gzip else self._disk
        )

    def __enter__(self) -> InputFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self.stream.close()
        self._disk.close()

    @property
    def bytes_read(self) -> int:
        """How far into the file on disk reading has come."""
        return self._disk.tell()

    def read(self, size: int) -> bytes:
        try:
            return self.stream.read(size)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise SourceError(
                str(self.path), f"the gzip stream is broken: {error}", "fetch the file again"
            ) from None

    def check(self) -> None:
        """Raises SourceError now if the file is a gzip stream that breaks off somewhere."""
        while self.is_gzip and self.read(_CHUNK):
            pass

    def lines(self, encoding: str = "utf-8") -> Iterator[Line]:
        """Every line in order; `encoding` must keep ASCII as it is."""
        readline = self.stream.readline
        number = 0
        while raw := readline(MAX_LINE_BYTES + 2):
            number += 1
            if len(raw) > MAX_LINE_BYTES and not raw.endswith(b"\n"):
                yield self._too_long(number, raw, encoding)
                continue
            try:
                text = raw.decode(encoding)
            except UnicodeDecodeError as error:
                shown = raw.decode(encoding, "backslashreplace").rstrip("\r\n")
                wrong = f"byte {error.start + 1} is not {encoding}; save the file as UTF-8"
                yield Line(number, shown, wrong)
                continue
            text = text.rstrip("\r\n")
            if number == 1:
                text = text.removeprefix("\ufeff")
            if "\0" in text:
                yield Line(number, text, "holds a NUL byte; remove it")
            else:
                yield Line(number, text)

    def _too_long(self, number: int, start: bytes, encoding: str) -> Line:
        kept, size, more = [start], len(start), start
        while more and not more.endswith(b"\n"):
            more = self.stream.readline(_CHUNK)
            size += len(more)
            if size <= KEPT_BYTES:
                kept.append(more)
        text = b"".join(kept).decode(encoding, "backslashreplace").rstrip("\r\n")
        cut = "" if size <= KEPT_BYTES else f" (the first {KEPT_BYTES} are kept)"
        return Line(
            number, text, f"a line of {size} bytes, more than {MAX_LINE_BYTES}{cut}; shorten it"
        )


def records(lines: Iterator[Line], *, delimiter: str) -> Iterator[Record]:
    """The CSV records of the lines, blank lines left out.

    A record that is no CSV costs its first line only: reading goes on with the next.
    """
    again: deque[Line] = deque()
    while True:
        line = again.popleft() if again else next(lines, None)
        if line is None:
            return
        number, text, problem = line
        if problem:
            yield Record(number, (), text, problem)
        elif '"' in text:
            yield _quoted(line, again, lines, delimiter)
        elif text and not text.isspace():
            yield Record(number, text.split(delimiter), text)


def _quoted(first: Line, again: deque[Line], lines: Iterator[Line], delimiter: str) -> Record:
    try:
        fields = next(csv.reader((first.text,), delimiter=delimiter, strict=True))
    except csv.Error:
        return _over_several_lines(first, again, lines, delimiter)
    return Record(first.number, fields, first.text)


def _over_several_lines(
    first: Line, again: deque[Line], lines: Iterator[Line], delimiter: str
) -> Record:
    taken: list[Line] = []

    def texts() -> Iterator[str]:
        yield first.text + "\n"
        size = len(first.text)
        while len(taken) < MAX_RECORD_LINES and size <= MAX_LINE_BYTES:
            line = again.popleft() if again else next(lines, None)
            if line is None:
                return
            taken.append(line)
            if line.problem:
                return
            size += len(line.text)
            yield line.text + "\n"

    try:
        fields = next(csv.reader(texts(), delimiter=delimiter, strict=True))
    except csv.Error as error:
        again.extendleft(reversed(taken))
        return Record(first.number, (), first.text, f"not CSV: {error}; correct its quotes")
    return Record(first.number, fields, "\n".join([first.text, *(line.text for line in taken)]))
