"""What are the columns of a CSV file, and what separates them?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from salesadvisor.errors import SourceError
from salesadvisor.sources.text import InputFile, Record, records

DELIMITERS = (",", ";", "\t", "|")


class Headed(NamedTuple):
    """The column names in order, the delimiter, and the records below the header."""

    columns: list[str]
    delimiter: str
    records: Iterator[Record]


def read_header(
    file: InputFile, *, delimiter: str | None = None, encoding: str = "utf-8"
) -> Headed:
    """The header of `file`; without `delimiter`, that of DELIMITERS which it holds most often.

    Raises SourceError if there is no header, or a column stands in it twice or has no name.
    """
    lines = file.lines(encoding)
    first = next((line for line in lines if line.problem or line.text.strip()), None)
    if first is None:
        raise SourceError(f"{file.path}:1", "is empty", "export it again, with a header line")
    if delimiter is None:
        delimiter = max(DELIMITERS, key=first.text.count)
    found = records(chain([first], lines), delimiter=delimiter)
    header = next(found)
    place = f"{file.path}:{first.number}"
    if header.problem:
        raise SourceError(place, f"the header can't be read: {header.problem}", "correct line 1")
    columns = [name.strip() for name in header.fields]
    while columns and not columns[-1]:
        columns.pop()
    for name in columns:
        if not name:
            raise SourceError(place, "a column has no name", "name every column in the header")
        if columns.count(name) > 1:
            raise SourceError(place, f"column '{name}' stands twice", "rename one of them")
    return Headed(columns, delimiter, found)
