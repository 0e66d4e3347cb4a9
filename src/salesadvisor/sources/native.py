"""What does a native event file say? One event a line, as JSONL or CSV.

Columns: deal_id, occurred_at, recorded_at (may be empty), event, source_id (may be empty), data (a
JSON object) and, optionally, crm. Times are ISO 8601 with an offset.

A row without a source id gets one from its content: the same file twice adds nothing, a changed row
is a new event rather than a correction, and a copy of a row in the same file is collapsed. Of two
rows with one source id and different content, the later is rejected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from hashlib import blake2b
from operator import itemgetter
from typing import Any

import orjson

from salesadvisor.domain.events import (
    DEFAULT_CRM,
    ENVELOPE,
    EVENT_TYPES,
    Event,
)
from salesadvisor.domain.naming import did_you_mean
from salesadvisor.errors import SourceError
from salesadvisor.sources.duplicates import Again, Ids
from salesadvisor.sources.header import read_header
from salesadvisor.sources.rows import Collapsed, Read, Reject, Row, UnfitRow, make_event
from salesadvisor.sources.text import InputFile
from salesadvisor.sources.times import parse_time

COLUMNS = ("deal_id", "occurred_at", "recorded_at", "event", "source_id", "data", "crm")
REQUIRED = ("deal_id", "occurred_at", "event")

Cells = tuple[str, str, str, str, str, dict[str, Any], str]  # in the order of COLUMNS

_DERIVED = "row-"
_KNOWN = frozenset(COLUMNS)
_RESERVED = ENVELOPE | {"deal_id"}


def check_columns(found: Sequence[str], place: str) -> None:
    """Raises SourceError unless `found` are columns of a native file, with all that it needs."""
    for column in found:
        if column not in _KNOWN:
            raise SourceError(place, f"unknown column '{column}'", did_you_mean(column, COLUMNS))
    for column in REQUIRED:
        if column not in found:
            raise SourceError(
                place,
                f"no column '{column}'",
                f"a native event file has {', '.join(COLUMNS)}; for any other, give a mapping",
            )


def read_jsonl(file: InputFile) -> Iterator[Row]:
    """The rows of a native JSONL file; blank lines are none."""
    read = _Reader(_cells_of_json)
    for number, text, problem in file.lines():
        if text and not text.isspace():
            yield read.row(number, text, problem, text)


def read_csv(file: InputFile) -> Iterator[Row]:
    """The rows of a native CSV file, after its header; blank lines are none."""
    headed = read_header(file)
    read = _Reader(_cells_of_csv(headed.columns))
    for line, fields, raw, problem in headed.records:
        yield read.row(line, raw, problem, fields)


class _Reader:
    """Turns one row after the other into what it says; `cells` takes a row apart."""

    def __init__(self, cells: Callable[[Any], Cells]) -> None:
        self._cells = cells
        self._ids = Ids()

    def row(self, line: int, raw: str, problem: str | None, given: str | Sequence[str]) -> Row:
        if problem:
            return Reject(line, problem, raw)
        try:
            event = _event(*self._cells(given))
        except UnfitRow as unfit:
            return Reject(line, str(unfit), raw)
        again = self._ids.see((event.crm, event.stream, event.source_id), content=raw, line=line)
        return self._repeated(line, raw, event.source_id, again) if again else Read(line, (event,))

    def _repeated(self, line: int, raw: str, source_id: str, again: Again) -> Row:
        if again.same_line:
            return Collapsed(line, again.same_line, "a copy of that line")
        if source_id.startswith(_DERIVED):
            return Collapsed(line, again.line, "says what that line says")
        problem = f"source id '{source_id}' stands on line {again.line} with other content"
        return Reject(line, f"{problem}; give each event its own id", raw)


def _event(
    deal: str,
    occurred: str,
    recorded: str,
    kind: str,
    source_id: str,
    data: dict[str, Any],
    crm: str,
) -> Event:
    if kind not in EVENT_TYPES:
        raise UnfitRow(f"unknown event '{kind}'; {did_you_mean(kind, EVENT_TYPES)}")
    if not _RESERVED.isdisjoint(data) or "event" in data:
        _refuse_reserved(kind, data)
    occurred_at = parse_time(occurred, "occurred_at")
    recorded_at = parse_time(recorded, "recorded_at") if recorded else occurred_at
    crm = crm or DEFAULT_CRM
    data.update(
        source_id=source_id or _derived_id(crm, deal, kind, occurred_at, recorded_at, data),
        subject_id=deal,
        occurred_at=occurred_at,
        recorded_at=recorded_at,
        crm=crm,
    )
    return make_event(kind, data)


def _refuse_reserved(kind: str, data: dict[str, Any]) -> None:
    reserved = _RESERVED | ({"event"} - EVENT_TYPES[kind].model_fields.keys())
    for key in sorted(reserved & data.keys()):
        raise UnfitRow(f"data repeats '{key}'; give it in its own column only")


def _derived_id(
    crm: str,
    deal: str,
    kind: str,
    occurred_at: datetime,
    recorded_at: datetime,
    data: dict[str, Any],
) -> str:
    said = [crm, deal, kind, occurred_at, recorded_at, data]
    content = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
    return _DERIVED + blake2b(content, digest_size=12).hexdigest()


def _cells_of_csv(header: Sequence[str]) -> Callable[[Sequence[str]], Cells]:
    width = len(header)
    # A column that the file lacks is read from the empty cell put behind each row.
    pick = itemgetter(*(header.index(c) if c in header else width for c in COLUMNS))

    def cells(fields: Sequence[str]) -> Cells:
        if len(fields) != width:
            raise UnfitRow(f"has {len(fields)} columns, the header has {width}; correct the quotes")
        deal, occurred, recorded, kind, source_id, data, crm = pick((*fields, ""))
        return (
            deal.strip(),
            occurred.strip(),
            recorded.strip(),
            kind.strip(),
            source_id.strip(),
            _data(_json(data, "data")) if data else {},
            crm.strip(),
        )

    return cells


def _cells_of_json(text: str) -> Cells:
    given = _json(text, "the line")
    if not isinstance(given, dict):
        raise UnfitRow("the line is not a JSON object; write one event as {...} on each line")
    if not given.keys() <= _KNOWN:
        unknown = min(given.keys() - _KNOWN)
        raise UnfitRow(f"unknown key '{unknown}'; {did_you_mean(unknown, COLUMNS)}")
    return (
        _id(given, "deal_id"),
        _word(given, "occurred_at"),
        _word(given, "recorded_at"),
        _word(given, "event"),
        _id(given, "source_id"),
        _data(given.get("data")),
        _word(given, "crm"),
    )


def _json(text: str, what: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise UnfitRow(f"{what} is not JSON: {error}") from None


def _data(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise UnfitRow("data is not a JSON object; write it as {...}")
    return value


def _word(given: dict[str, Any], key: str) -> str:
    value = given.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UnfitRow(f"{key}: {value!r} is not a text; put it in quotes")
    return value


def _id(given: dict[str, Any], key: str) -> str:
    """Ids may also be written as whole numbers, as many systems export them."""
    value = given.get(key)
    return str(value) if type(value) is int else _word(given, key)
