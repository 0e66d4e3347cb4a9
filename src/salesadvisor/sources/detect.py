"""What kind of file is this? Opens it as a source, or says at once why it can't be one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, Literal, assert_never

import orjson

from salesadvisor.domain.naming import did_you_mean
from salesadvisor.errors import SourceError
from salesadvisor.sources import native
from salesadvisor.sources.event_log import read_event_log
from salesadvisor.sources.header import Headed, read_header
from salesadvisor.sources.mapping import EventLogForm, Mapping, SnapshotForm, load_mapping
from salesadvisor.sources.meaning import EventLog
from salesadvisor.sources.rows import Row
from salesadvisor.sources.snapshot import Snapshot
from salesadvisor.sources.source import Reader, Source
from salesadvisor.sources.table import Table
from salesadvisor.sources.text import InputFile, Record
from salesadvisor.sources.xes import check_xes, read_xes

Format = Literal["events", "csv", "xes"]
FORMATS = ("auto", "events", "csv", "xes")

_HEAD = 1 << 16
_LINES_TRIED = 20
_MAP_IT = "describe its columns in a mapping file and give it with --mapping"
_FOREIGN = (
    (b"PK\x03\x04", "is a ZIP archive or a spreadsheet", "export it as CSV"),
    (b"\xff\xfe", "is UTF-16 text", "save it as UTF-8"),
    (b"\xfe\xff", "is UTF-16 text", "save it as UTF-8"),
)


def open_source(
    path: Path,
    format: str = "auto",
    mapping: Path | Mapping | None = None,
) -> Source:
    """The file at `path` as a source of events.

    `format` is events (the native file, JSONL or CSV), csv (any other table, with a mapping), xes
    (with a mapping) or auto: what the file's content says. Any of them may be gzipped.

    Raises, before any row is read: SourceError if the file is missing, empty, binary, broken or of
    another format, or lacks a column; MappingError if the mapping is wrong or doesn't fit the file.
    """
    if format not in FORMATS:
        raise SourceError("--format", f"unknown format '{format}'", did_you_mean(format, FORMATS))
    head = _checked_head(path)
    kind = _format(path, format, head, has_mapping=mapping is not None)
    mapped = load_mapping(mapping) if isinstance(mapping, Path) else mapping
    match kind:
        case "events":
            if mapped is not None:
                raise SourceError(str(path), "native events need no mapping", "leave --mapping out")
            return Source(path, kind, _native(path, head))
        case "csv":
            return Source(path, kind, _mapped_csv(path, _needed(mapped, path)))
        case "xes":
            return Source(path, kind, _mapped_xes(path, _needed(mapped, path)))
        case _:
            assert_never(kind)


def _checked_head(path: Path) -> bytes:
    """The first bytes of the file's content, once it is text to its end as far as gzip can tell."""
    if path.is_dir():
        raise SourceError(str(path), "is a directory", "name a file in it")
    with InputFile(path) as file:
        head = file.read(_HEAD)
        file.check()
    for magic, problem, cure in _FOREIGN:
        if head.startswith(magic):
            raise SourceError(str(path), problem, cure)
    if b"\0" in head:
        line = head[: head.index(b"\0")].count(b"\n") + 1
        raise SourceError(f"{path}:{line}", "is binary, not text", "name a CSV, JSONL or XES file")
    if not head.strip():
        raise SourceError(f"{path}:1", "is empty", "export it again")
    if b"\r" in head and b"\n" not in head:
        raise SourceError(f"{path}:1", "has CR line ends", "save it with LF or CRLF line ends")
    return head


def _format(path: Path, asked: str, head: bytes, *, has_mapping: bool) -> Format:
    is_xml = _text_start(head).startswith(b"<")
    if asked != "auto" and (asked == "xes") != is_xml:
        found = "is XML" if is_xml else "is no XML"
        raise SourceError(f"{path}:1", f"{found}, so not of the format '{asked}'", "leave it auto")
    if is_xml:
        return "xes"
    if asked == "csv" or (asked == "auto" and has_mapping):
        return "csv"
    return "events"


def _text_start(head: bytes) -> bytes:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()


def _native(path: Path, head: bytes) -> Reader:
    start = _text_start(head)
    if start.startswith(b"["):
        raise SourceError(f"{path}:1", "is one JSON array", "write one event a line (JSONL)")
    if start.startswith(b"{"):
        _check_jsonl(path)
        return native.read_jsonl
    with InputFile(path) as file:
        columns = read_header(file).columns
    if not set(columns) & set(native.REQUIRED):
        raise SourceError(f"{path}:1", "is not a native event file", _MAP_IT)
    native.check_columns(columns, f"{path}:1")
    return native.read_csv


def _check_jsonl(path: Path) -> None:
    """Raises SourceError unless one of the first lines has the keys of an event."""
    with InputFile(path) as file:
        lines = list(islice(file.lines(), _LINES_TRIED))
    found = [keys for line in lines if (keys := _keys(line.text))]
    if any(set(native.REQUIRED) <= keys.keys() for keys in found):
        return
    if not found:
        raise SourceError(f"{path}:1", "holds no JSON object", "write one event a line (JSONL)")
    native.check_columns(list(found[0]), f"{path}:1")


def _keys(text: str) -> dict[str, Any]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def _needed(mapping: Mapping | None, path: Path) -> Mapping:
    if mapping is None:
        raise SourceError(str(path), "has no mapping", _MAP_IT)
    return mapping


def _mapped_csv(path: Path, mapping: Mapping) -> Reader:
    form = mapping.form.file

    def headed(file: InputFile) -> Headed:
        return read_header(file, delimiter=form.delimiter, encoding=form.encoding)

    with InputFile(path) as file:
        table = Table(path, headed(file).columns, mapping)
    rows = _compiled(mapping, table)
    return lambda file: rows(headed(file).records)


def _mapped_xes(path: Path, mapping: Mapping) -> Reader:
    if not isinstance(mapping.form, EventLogForm):
        raise mapping.document.wrong(("shape",), "an XES log is no snapshot", "use event_log")
    with InputFile(path) as file:
        check_xes(file)
    columns = mapping.form.columns.as_in_xes()
    mapping = replace(mapping, form=mapping.form.model_copy(update={"columns": columns}))
    table = Table(path, None, mapping)
    rows = _compiled(mapping, table)
    return lambda file: rows(read_xes(file, table.columns))


def _compiled(mapping: Mapping, table: Table) -> Callable[[Iterable[Record]], Iterator[Row]]:
    match mapping.form:
        case EventLogForm() as form:
            log = EventLog(mapping, form, table)
            return lambda records: read_event_log(log, records, width=len(table.columns))
        case SnapshotForm() as form:
            return Snapshot(mapping, form, table).rows
