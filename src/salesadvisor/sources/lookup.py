"""What do the files beside the data say of a row?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from salesadvisor.domain.elements import KeyPath
from salesadvisor.domain.naming import did_you_mean
from salesadvisor.errors import SourceError
from salesadvisor.sources.header import Headed, read_header
from salesadvisor.sources.mapping import Lookup, Mapping
from salesadvisor.sources.text import InputFile

Fields = Sequence[str]
Text = Callable[[Fields], str | None]


class Joined:
    """A lookup file in memory. A row whose key is not in it has None in each of its columns."""

    def __init__(self, name: str, *, beside: Path, mapping: Mapping, match: Text) -> None:
        self._name = name
        self._mapping = mapping
        self._match = match
        lookup = mapping.form.lookups[name]
        path = self._path(lookup, beside.resolve())
        form = mapping.form.file
        with InputFile(path) as file:
            file.check()
        with InputFile(path) as file:
            headed = read_header(file, delimiter=form.delimiter, encoding=form.encoding)
            self.columns = headed.columns
            self._rows = self._by_key(path, lookup.key, headed)

    def text(self, column: str, at: KeyPath) -> Text:
        """How to take the lookup's column for a row; MappingError if there is no such column."""
        if column not in self.columns:
            problem = f"the lookup '{self._name}' has no column '{column}'"
            raise self._mapping.document.wrong(at, problem, did_you_mean(column, self.columns))
        place, match, rows = self.columns.index(column), self._match, self._rows

        def text(fields: Fields) -> str | None:
            key = match(fields)
            row = rows.get(key) if key else None
            return (row[place].strip() or None) if row else None

        return text

    def _path(self, lookup: Lookup, beside: Path) -> Path:
        path = (beside / lookup.file).resolve()
        if not path.is_relative_to(beside):
            at = ("lookups", self._name, "file")
            raise self._mapping.document.wrong(at, "is not beside the data", "move it there")
        return path

    def _by_key(self, path: Path, key: str, headed: Headed) -> dict[str, Fields]:
        if key not in headed.columns:
            at = ("lookups", self._name, "key")
            problem = f"no column '{key}' in {path.name}"
            raise self._mapping.document.wrong(at, problem, did_you_mean(key, headed.columns))
        place, width = headed.columns.index(key), len(headed.columns)
        rows: dict[str, Fields] = {}
        for record in headed.records:
            where = f"{path}:{record.line}"
            if wrong := record.problem_with(width):
                raise SourceError(where, wrong, "correct the line")
            name = record.fields[place].strip()
            if name in rows:
                raise SourceError(where, f"'{name}' stands twice", "keep one line of it")
            rows[name] = record.fields
        return rows
