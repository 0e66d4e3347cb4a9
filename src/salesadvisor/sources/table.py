"""Which value does a mapping mean in this row, and which event do the values make?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from salesadvisor.domain.elements import KeyPath
from salesadvisor.domain.events import EVENT_TYPES, Event
from salesadvisor.domain.naming import did_you_mean
from salesadvisor.sources import mapping as mapped
from salesadvisor.sources.lookup import Fields, Joined, Text
from salesadvisor.sources.rows import UnfitRow, make_event

Value = Callable[[Fields], Any]
Maker = Callable[[Fields, Mapping[str, Any]], Event]


class Table:
    """A file's columns as a mapping sees them: cleaned, with lookups joined.

    A table without a header (XES) has whatever columns are asked for: `columns`, in that order; a
    row lacks any of them.
    """

    def __init__(self, data: Path, header: Sequence[str] | None, mapping: mapped.Mapping) -> None:
        self.columns = list(header or ())
        self._has_any = header is None
        self._data = data
        self._mapping = mapping
        self._joined: dict[str, Joined] = {}
        for name, lookup in mapping.form.lookups.items():
            at = ("lookups", name, "match" if lookup.match else "key")
            match = self.text(lookup.match or lookup.key, at)
            self._joined[name] = Joined(name, beside=data.parent, mapping=mapping, match=match)
        for column in mapping.form.clean:
            self.text(column, ("clean", column))

    def text(self, column: str, at: KeyPath, *, optional: bool = False) -> Text:
        """How to take the column's text from a row: stripped and cleaned, None if empty.

        Raises MappingError at the key path `at` if there is no such column.
        """
        raw = self._raw(column, at, optional=optional)
        form = self._mapping.form
        clean, nulls = form.clean.get(column, {}), frozenset(form.file.nulls)
        if not clean and not nulls:
            return raw

        def text(fields: Fields) -> str | None:
            value = raw(fields)
            return None if value is None or value in nulls else clean.get(value, value)

        return text

    def value(self, cell: mapped.Cell, at: KeyPath) -> Value:
        """How to take a cell's value from a row: a text, or a Decimal if the cell is a number."""
        text = self.text(cell.column, at, optional=cell.optional)
        if not cell.number:
            return text
        decimal = self._mapping.form.file.decimal

        def number(fields: Fields) -> Decimal | None:
            found = text(fields)
            return None if found is None else _number(found, cell.column, decimal)

        return number

    def maker(self, say: mapped.Say, at: KeyPath) -> Maker:
        """How to make the event that `say` means, from a row and the fields of the envelope."""
        form = self._mapping.form
        literals = dict(say.literals)
        values = {key: self.value(cell, (*at, key)) for key, cell in say.cells.items()}
        if form.currency and "currency" in EVENT_TYPES[say.event].model_fields:
            literals.setdefault("currency", form.currency)
        if say.event == "opened":
            literals.setdefault("pipeline", form.pipeline.name)
            values["attributes"] = self._attributes()

        def make(fields: Fields, envelope: Mapping[str, Any]) -> Event:
            said = {**envelope, **literals}
            for key, value in values.items():
                if (found := value(fields)) is not None:
                    said[key] = found
            return make_event(say.event, said)

        return make

    def _attributes(self) -> Value:
        values = {
            name: self.value(cell, ("attributes", name))
            for name, cell in self._mapping.form.attributes.items()
        }

        def attributes(fields: Fields) -> dict[str, str | int | float]:
            found = ((name, value(fields)) for name, value in values.items())
            return {name: _scalar(value) for name, value in found if value is not None}

        return attributes

    def _raw(self, column: str, at: KeyPath, *, optional: bool) -> Text:
        name, _, inner = column.partition(".")
        if column not in self.columns and name in self._joined:
            return self._joined[name].text(inner, at)
        if self._has_any and column not in self.columns:
            self.columns.append(column)
        if column in self.columns:
            place = self.columns.index(column)
            return lambda fields: fields[place].strip() or None
        if optional:
            return lambda _: None
        known = [*self.columns, *(f"{n}.{c}" for n, j in self._joined.items() for c in j.columns)]
        problem = f"no column '{column}' in {self._data.name}"
        raise self._mapping.document.wrong(at, problem, did_you_mean(column, known))


def _number(text: str, column: str, decimal: str) -> Decimal:
    thousands = "," if decimal == "." else "."
    plain = text.replace(thousands, "").replace(" ", "").replace("\u00a0", "")
    try:
        number = Decimal(plain.replace(decimal, "."))
    except InvalidOperation:
        raise UnfitRow(f"{column}: '{text[:40]}' is not a number; correct it") from None
    if not number.is_finite():
        raise UnfitRow(f"{column}: '{text[:40]}' is not a number; leave it empty if unknown")
    return number


def _scalar(value: str | Decimal) -> str | int | float:
    if isinstance(value, str):
        return value
    return int(value) if value == value.to_integral_value() else float(value)
