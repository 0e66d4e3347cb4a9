"""Is a file that can't be read as history refused in one line, before any row of it is read?"""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from salesadvisor.errors import MappingError, SourceError
from salesadvisor.sources import open_source
from tests.unit.sources.files import NATIVE, write
from tests.unit.sources.test_event_log import HEADER, MAPPING, row
from tests.unit.sources.test_native import line

WON = "D1,2026-03-03T09:00:00Z,,won,w1,"


def refusal(path: Path, format: str = "auto", mapping: Path | None = None) -> str:
    with pytest.raises((SourceError, MappingError)) as error:
        open_source(path, format, mapping)
    assert "\n" not in str(error.value)
    return str(error.value).replace(f"{path.parent}/", "")


@pytest.mark.parametrize(
    "name, text, format_",
    [
        ("a.jsonl", line(), "events"),
        ("a.txt", "\n\n" + line(), "events"),
        ("a.jsonl.gz", line(), "events"),
        ("zipped", line(), "events"),
        ("a.csv", f"{NATIVE}\n{WON}", "events"),
        ("a.csv.gz", f"{NATIVE}\n{WON}", "events"),
        ("a.tsv", f"{NATIVE}\n{WON}".replace(",", "\t"), "events"),
    ],
)
def test_what_a_file_is_is_seen_in_it(tmp_path: Path, name: str, text: str, format_: str) -> None:
    source = open_source(write(tmp_path / name, text))
    assert source.format == format_
    assert [type(row).__name__ for row in source] == ["Read"]


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "f.csv:1: is empty; export it again"),
        (b" \n\n ", "f.csv:1: is empty"),
        (b"deal_id,event\n1,\x00\x01", "f.csv:2: is binary, not text"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "f.csv:3: is binary, not text"),
        (b"PK\x03\x04\x14\x00", "f.csv: is a ZIP archive or a spreadsheet; export it as CSV"),
        ("deal_id".encode("utf-16"), "f.csv: is UTF-16 text; save it as UTF-8"),
        (b"deal_id,event\r1,won\r", "f.csv:1: has CR line ends"),
        (b"d\xe9al_id,event\n1,won\n", "f.csv:1: the header can't be read: byte 2 is not utf-8"),
        (b"[{}]", "f.csv:1: is one JSON array; write one event a line (JSONL)"),
        (b"{oops\n", "f.csv:1: holds no JSON object"),
        (b'{"deal": 1}\n', "f.csv:1: unknown column 'deal'; did you mean 'deal_id'?"),
        (b'{"deal_id": "1", "event": "won"}\n', "f.csv:1: no column 'occurred_at'"),
        (b"deal_id,occured_at,event\n", "unknown column 'occured_at'; did you mean 'occurred_at'?"),
        (b"deal_id,event\n", "f.csv:1: no column 'occurred_at'; a native event file has deal_id"),
        (b"deal_id,event,event\n", "f.csv:1: column 'event' stands twice; rename one of them"),
        (b"deal_id,,event\n", "f.csv:1: a column has no name"),
        (
            b"Id,Name,StageName\n1,2,3\n",
            "f.csv:1: is not a native event file; describe its columns",
        ),
        (gzip.compress(line().encode() * 9)[:-30], "f.csv: the gzip stream is broken"),
        (b"\x1f\x8b\x08oops", "f.csv: the gzip stream is broken"),
    ],
)
def test_what_is_no_history_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "f.csv").write_bytes(content)
    assert message in refusal(tmp_path / "f.csv")


def test_a_missing_file_and_a_directory_are_named(tmp_path: Path) -> None:
    assert "absent.csv: can't be read: no such file" in refusal(tmp_path / "absent.csv")
    assert "is a directory; name a file in it" in refusal(tmp_path)


def test_the_format_asked_for_must_fit(tmp_path: Path) -> None:
    path = write(tmp_path / "f.csv", f"{NATIVE}\n{WON}")
    assert "unknown format 'evens'; did you mean 'events'?" in refusal(path, "evens")
    assert "f.csv:1: is no XML, so not of the format 'xes'" in refusal(path, "xes")
    assert "f.csv: has no mapping; describe its columns" in refusal(path, "csv")
    mapping = write(tmp_path / "m.yaml", MAPPING)
    assert "native events need no mapping" in refusal(path, "events", mapping)


def test_a_mapping_that_does_not_fit_the_file_is_refused(tmp_path: Path) -> None:
    mapping = write(tmp_path / "m.yaml", MAPPING)
    path = write(tmp_path / "log.csv", HEADER.replace("what", "wat"), row("Ask"))
    assert "m.yaml:3: no column 'what' in log.csv; did you mean 'wat'?" in refusal(
        path, mapping=mapping
    )


def test_the_first_bad_row_does_not_condemn_the_file(tmp_path: Path) -> None:
    source = open_source(write(tmp_path / "f.jsonl", "{oops", line()))
    assert [type(row).__name__ for row in source] == ["Reject", "Read"]
