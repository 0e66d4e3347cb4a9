"""Does one bad line cost that line only?"""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from salesadvisor.sources.text import MAX_LINE_BYTES, MAX_RECORD_LINES, InputFile, Line, records
from tests.unit.sources.files import NATIVE, read, write

WON = "D1,2026-03-03T09:00:00Z,,won,{},"


def test_a_line_of_five_megabytes_is_rejected_whole(tmp_path: Path) -> None:
    long = "x" * 5_000_000
    outcome = read(write(tmp_path / "e.csv", NATIVE, WON.format(1), long, WON.format(2)))
    assert outcome.reasons == {
        3: f"a line of 5000001 bytes, more than {MAX_LINE_BYTES}; shorten it"
    }
    assert outcome.rejects[3].raw == long
    assert len(outcome.events) == 2


def test_of_an_endless_line_the_start_is_kept(tmp_path: Path) -> None:
    path = write(tmp_path / "e.csv.gz", NATIVE, WON.format(1), b"x" * (40 << 20), WON.format(2))
    outcome = read(path)
    assert "a line of 41943041 bytes" in outcome.reasons[3]
    assert len(outcome.rejects[3].raw) <= 16 << 20
    assert len(outcome.events) == 2


def test_a_line_of_the_longest_length_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "e.txt", "x" * MAX_LINE_BYTES, "y", end="\r\n")
    with InputFile(path) as file:
        assert [(len(line.text), line.problem) for line in file.lines()] == [
            (MAX_LINE_BYTES, None),
            (1, None),
        ]


def test_bytes_that_are_no_utf8_cost_their_line(tmp_path: Path) -> None:
    bad = b"D\xe9,2026-03-03T09:00:00Z,,won,2,"
    outcome = read(write(tmp_path / "e.csv", NATIVE, WON.format(1), bad, WON.format(3)))
    assert outcome.reasons == {3: "byte 2 is not utf-8; save the file as UTF-8"}
    assert outcome.rejects[3].raw.startswith("D\\xe9,")
    assert len(outcome.events) == 2


def test_a_nul_byte_far_into_the_file_costs_its_line(tmp_path: Path) -> None:
    rows = [WON.format(n) for n in range(3000)]
    outcome = read(write(tmp_path / "e.csv", NATIVE, *rows, "D1\0,,,,,", WON.format("last")))
    assert outcome.reasons == {3002: "holds a NUL byte; remove it"}
    assert len(outcome.events) == 3001


def test_a_quote_that_is_never_closed_costs_its_line(tmp_path: Path) -> None:
    rows = [WON.format(n) for n in range(3 * MAX_RECORD_LINES)]
    outcome = read(write(tmp_path / "e.csv", NATIVE, 'D1,"oops,,,,', *rows))
    assert list(outcome.reasons) == [2]
    assert "correct its quotes" in outcome.reasons[2]
    assert len(outcome.events) == len(rows)


def test_blank_lines_are_no_rows(tmp_path: Path) -> None:
    outcome = read(write(tmp_path / "e.csv", "", NATIVE, "", WON.format(1), "  ", WON.format(2)))
    assert [row.line for row in outcome.read] == [4, 6]
    assert outcome.source.tally.rows == 2


@given(st.lists(st.text(st.sampled_from('ab,"\r{}: 1é'), max_size=12)))
def test_every_line_is_in_exactly_one_record(texts: list[str]) -> None:
    lines = [Line(number, text) for number, text in enumerate(texts, 1)]
    covered = [
        number
        for record in records(iter(lines), delimiter=",")
        for number in range(record.line, record.line + record.raw.count("\n") + 1)
    ]
    assert len(covered) == len(set(covered))
    assert {line.number for line in lines if line.text.strip()} <= set(covered)
