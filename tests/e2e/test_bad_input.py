"""Does every bad input end in one line with its place and cure, and leave nothing behind?"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.running import Ran, run

Content = Callable[[Path], dict[str, bytes]]
HEADER = "deal_id,occurred_at,recorded_at,event,source_id,data\n"
GOOD = 'D1,2026-01-05T10:00:00+01:00,,opened,a,"{""stage"": ""rfi"", ""amount"": ""5.00""}"\n'


def refused(ran: Ran, place: str, problem: str, status: int = 2) -> None:
    """`error: place: problem; cure` on one line, and nothing else."""
    assert ran.out == ""
    assert ran.status == status
    line = ran.err.removesuffix("\n")
    assert "\n" not in line
    assert re.match(rf"error: {place}", line), line
    assert re.search(problem, line), line
    assert re.search(r"; \S", line), f"no cure: {line}"


@pytest.mark.parametrize(
    "content, place, problem",
    [
        ("", "h.csv:1", "is empty"),
        ("\0\1\2", "h.csv:1", "is binary"),
        (b"PK\x03\x04....", "h.csv", "ZIP archive or a spreadsheet"),
        ("name,stage,value\nx,y,1\n", "h.csv:1", "not a native event file"),
        (HEADER.replace("event,", "evnt,") + GOOD, "h.csv:1", "evnt|event"),
        (HEADER + GOOD.replace("2026-01-05", "2026-02-30"), "h.csv:2", "is not a time"),
        (HEADER + GOOD.replace("+01:00", ""), "h.csv:2", "offset|is not a time"),
        (HEADER + GOOD.replace('"5.00', '"-5.00'), "h.csv:2", "greater than or equal to 0"),
        (HEADER + GOOD.replace("opened", "opend"), "h.csv:2", "did you mean 'opened'"),
        (HEADER + "D1," + "x" * 5_000_000 + "\n", "h.csv", ""),
        ("[{}]", "h.csv:1", "JSON array"),
        ("<log></log>", "h.csv", "mapping"),
    ],
)
def test_a_file_of_which_nothing_can_be_read_makes_no_store(
    nowhere: Path, content: str | bytes, place: str, problem: str
) -> None:
    data = content if isinstance(content, bytes) else content.encode()
    (nowhere / "h.csv").write_bytes(data)
    refused(run("import", "h.csv"), place, problem)
    assert [path.name for path in nowhere.iterdir()] == ["h.csv"]


@pytest.mark.parametrize(
    "row, problem",
    [
        (GOOD.replace("+01:00", "").replace(",a,", ",b,"), "offset|is not a time"),
        (GOOD.replace("D1", "D2"), "stands on line 2 with other content|belongs to"),
        ("D1," + "x" * 5_000_000 + "\n", ""),
    ],
)
def test_one_bad_row_is_kept_aside_and_refuses_a_strict_import(
    nowhere: Path, row: str, problem: str
) -> None:
    (nowhere / "h.csv").write_text(HEADER + GOOD + row, "utf-8")
    refused(run("import", "h.csv", "--strict"), "h.csv:3", problem)
    assert [path.name for path in nowhere.iterdir()] == ["h.csv"]
    counts = run("--json", "import", "h.csv").document["files"][0]
    assert counts["added"] == 1
    assert counts["rejected"] + counts["conflicts"] == 1
    assert (nowhere / "h.csv.rejects.jsonl").exists()


MAPPING = """\
shape: event_log
columns: {deal: case, time: time, activity: what}
pipeline: {name: p, stages: [first, second]}
activities:
  A: {event: opened, stage: first}
"""


@pytest.mark.parametrize(
    "mapping, place, problem",
    [
        (MAPPING.replace("deal: case", "deal: cse"), "m.yaml:2", "no column 'cse'"),
        (MAPPING.replace("shape: event_log", "shape: eventlog"), "m.yaml:1", "did you mean"),
        (MAPPING.replace("event: opened", "event: opend"), "m.yaml:5", "did you mean 'opened'"),
        (MAPPING.replace("stage: first", "stage: frst"), "m.yaml:5", "frst"),
        ("!!python/object/apply:os.system ['touch owned']\n", "m.yaml:1", "tag"),
        ("a: [1\n", "m.yaml:", ""),
        ("", "m.yaml", ""),
    ],
)
def test_a_wrong_mapping_is_told_with_its_line(
    nowhere: Path, mapping: str, place: str, problem: str
) -> None:
    (nowhere / "m.yaml").write_text(mapping, "utf-8")
    (nowhere / "h.csv").write_text("case,time,what\n1,2026-01-05T10:00:00+00:00,A\n", "utf-8")
    refused(run("import", "h.csv", "--mapping", "m.yaml"), place, problem)
    assert sorted(path.name for path in nowhere.iterdir()) == ["h.csv", "m.yaml"]


def bomb() -> str:
    """Nine levels of ten aliases each: a billion items."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, 10):
        lines.append(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    "file, old, new, place, problem",
    [
        ("closing.yaml", "days_past_close_date: {gt", "days_past_close_dat: {gt",
         r"team/closing\.yaml:\d+", "did you mean 'days_past_close_date'"),
        ("closing.yaml", "title: Close date passed", "titel: Close date passed",
         r"team/closing\.yaml:\d+", "titel"),
        ("closing.yaml", None, "rules: !!python/name:os.system x\n",
         r"team/closing\.yaml:1", "tag"),
        ("closing.yaml", None, bomb(), r"team/closing\.yaml:\d+", ""),
        ("closing.yaml", None, "x" * 5_000_000, r"team/closing\.yaml", ""),
        ("strategy.yaml", None, "name: team\ncurrency: USD\n", r"team/", "stage"),
        ("strategy.yaml", "currency: USD", "currency: dollars", r"team/strategy\.yaml:\d+", ""),
        ("strategy.yaml", None, "", r"team/strategy\.yaml", "empty|holds"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("command", [("rules", "list"), ("advise",)])
def test_a_wrong_playbook_is_told_with_its_line_and_changes_nothing(
    there: Path,
    content_of: Content,
    command: tuple[str, ...],
    file: str,
    old: str | None,
    new: str,
    place: str,
    problem: str,
) -> None:
    run("init", "team").succeeded()
    path = there / "team" / file
    text = path.read_text("utf-8")
    changed = new if old is None else text.replace(old, new, 1)
    assert changed != text
    path.write_text(changed, "utf-8")
    before = content_of(there)
    refused(run("--playbook", "team", *command), place, problem)
    assert content_of(there) == before


@pytest.mark.parametrize(
    "arguments, place, problem",
    [
        ("frobnicate", "salesadvisor", "no such command"),
        ("advise --limit 0", "salesadvisor advise", "not in the range"),
        ("advise --as-of yesterday", "--as-of", "no date or time"),
        ("advise --as-of 2199-01-01", "--as-of", "lies in the future"),
        ("advise --as-of 1900-01-01", "--as-of", "not between"),
        ("advise --owner Nobody", "--owner", "has no open deal"),
        ("advise --deal CR-X", "CR-X", "no such deal"),
        ("explain CR-X", "CR-X", "no such deal"),
        ("explain", "salesadvisor explain", "missing argument"),
        ("import", "salesadvisor import", "missing argument"),
        ("import nothere.csv", "nothere.csv", "no such file"),
        ("import sample", "sample", "is a directory"),
        ("import sample/history.csv --format xml", "--format", "unknown format 'xml'"),
        ("import sample/history.csv --mapping no.yaml", "no.yaml", "no such file"),
        ("replay --every fortnight", "salesadvisor replay", "is not one of"),
        ("replay --from 2030-01-01", "--from/--to", "no week begins"),
        ("replay --scores s.txt", "--scores", r"neither \.parquet nor \.csv"),
        ("replay --scores no/s.csv", "--scores", "no folder"),
        ("export xml", "salesadvisor export", "is not one of"),
        ("export csv --out sample", "sample", "is a directory"),
        ("init sample", "sample", "not an empty directory"),
        ("init team --playbook generic", "generic", "did you mean 'generic_b2b'"),
        ("init team --currency euro", "--currency", "is no currency"),
        ("sample --deals 3 --events 3", "salesadvisor sample", "exclude each other"),
        ("sample --out sample/history.csv/x", "sample", ""),
        ("--workers 0 advise", "salesadvisor", "not in the range"),
        ("--playbook clinical advise", "clinical", "did you mean 'clinical_research'"),
    ],
)
def test_a_wrong_argument_is_told_and_changes_nothing(
    there: Path, content_of: Content, arguments: str, place: str, problem: str
) -> None:
    run("doctor").succeeded()
    before = content_of(there)
    refused(run(*arguments.split()), place, problem)
    assert content_of(there) == before


@pytest.mark.parametrize(
    "url, problem",
    [
        ("nothere.sqlite", "no store there"),
        ("postgresql://x/y", "is no kind of store"),
        ("sample", "is a directory"),
        ("sample/history.csv", "is not a salesadvisor store"),
    ],
)
def test_a_store_that_cannot_be_used_is_a_status_of_its_own(
    there: Path, content_of: Content, url: str, problem: str
) -> None:
    before = content_of(there)
    refused(run("--store", url, "advise"), url, problem, status=3)
    assert content_of(there) == before


def test_a_store_without_a_deal_says_what_to_do(nowhere: Path) -> None:
    (nowhere / "h.csv").write_text(
        HEADER + 'A1,2026-01-05T10:00:00+01:00,,account_profiled,a,"{}"\n', "utf-8"
    )
    run("import", "h.csv").succeeded()
    for command in (["advise"], ["replay"], ["export", "csv"]):
        refused(run(*command), "salesadvisor.sqlite", "the store holds no deal")
    assert run("doctor").status == 0


def test_a_text_of_the_crm_cannot_steer_the_terminal(nowhere: Path) -> None:
    evil = GOOD.replace("rfi", r"\u001b[2J\u202egnp").replace(',a,"', ',a\x1b]0;x\x07,"')
    (nowhere / "h.csv").write_text(HEADER + evil, "utf-8")
    run("import", "h.csv").succeeded()
    for command in (["doctor"], ["explain", "D1"], ["advise"]):
        told = run(*command).succeeded().out
        assert "\x1b" not in told
        assert "\u202e" not in told
