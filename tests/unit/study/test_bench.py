"""Does the bench measure what it says, and print it so that it can be read?"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from salesadvisor.sources.sample import SampleSpec, write_sample
from salesadvisor.study.bench import bench
from salesadvisor.study.bench.figures import (
    Bench,
    ImportFigures,
    LiveFigures,
    ReplayFigures,
    StartFigures,
    Timing,
    in_turn,
    peak_mb,
)
from salesadvisor.study.bench.ingest import import_figures, sample_file


def figures(events: int) -> tuple[ImportFigures, ReplayFigures]:
    imported = ImportFigures(
        rows=events, events=events, seconds=4.0, raw_seconds=1.0, log_seconds=2.0, peak_mb=200.0
    )
    replayed = ReplayFigures(
        events=events, log_rows=2 * events, log_bytes=1, deals=1, checkpoints=100, panel_rows=5,
        candidates=3, rules=12, read_log=0.1, fit=2.0, scan=Timing((0.1, 0.2)),
        replay=Timing((1.0, 0.5)), parts={"bind": Timing((0.1,))}, before_mb=100.0, peak_mb=300.0,
        digest="0",
    )  # fmt: skip
    return imported, replayed


def a_bench() -> Bench:
    large, small = figures(1_000_000), figures(100_000)
    live = LiveFigures(300, 1_000_000, 5.0, 9.0, {"append": 4.0, "read": 1.0}, "durable_rules")
    return Bench(
        cores=2,
        workers=2,
        imports=(large[0], small[0]),
        replays=(large[1], small[1]),
        live=live,
        start=StartFigures(10.0, 20.0, 80.0),
    )


def test_a_ratio_compares_best_with_best() -> None:
    imported, replayed = figures(10)
    assert replayed.ratio == pytest.approx(5)
    assert imported.ratio == pytest.approx(4)


def test_the_table_has_a_column_for_each_history_and_lines_of_equal_length() -> None:
    rows = a_bench().table()
    assert rows[0] == ("", "1,000,000 events", "100,000 events")
    assert {len(row) for row in rows} == {3}
    lines = a_bench().lines()
    assert lines[0].startswith("2 cores, 2 workers; best of 2")
    assert {len(line) for line in lines[1 : len(rows) + 1]} == {len(lines[1])}
    assert "p50 5.0 ms, p99 9.0 ms (append 4.00, read 1.00; durable_rules)" in lines[-2]


def test_the_figures_go_into_json_with_their_ratios() -> None:
    answer = json.loads(json.dumps(a_bench().as_json()))
    assert answer["replays"][0]["ratio"] == pytest.approx(5)
    assert answer["imports"][1]["ratio"] == pytest.approx(4)


def test_works_are_timed_in_turn() -> None:
    order: list[str] = []
    taken = in_turn({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, 2)
    assert order == ["a", "b", "a", "b"]
    assert [len(timing.seconds) for timing in taken.values()] == [2, 2]


def test_the_peak_of_memory_still_counts_what_was_given_back() -> None:
    held = bytearray(256 << 20)
    held[:: 1 << 12] = bytes(len(held[:: 1 << 12]))
    at_its_height = peak_mb()
    del held
    assert at_its_height > 256
    assert peak_mb() > at_its_height - 10  # the system counts pages in batches


def test_a_history_is_generated_once(tmp_path: Path) -> None:
    file = sample_file(3_000, tmp_path)
    rows = file.read_text(encoding="utf-8").count("\n") - 1
    assert 3_000 <= rows < 4_000
    written = file.stat().st_mtime_ns
    assert sample_file(3_000, tmp_path) == file
    assert file.stat().st_mtime_ns == written


def test_every_row_of_the_import_is_inserted_raw_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_sample(SampleSpec(deals=40, accounts=8, reps=2), tmp_path / "sample").events
    monkeypatch.setattr(Path, "unlink", lambda self, missing_ok=False: None)  # keep raw.sqlite
    done = import_figures(file, tmp_path / "store")
    counts = []
    for name in ("store.sqlite", "raw.sqlite"):
        with closing(sqlite3.connect(tmp_path / "store" / name)) as database:
            tables = ("stored_events", "sources")
            query = " UNION ALL ".join(f"SELECT count(*) FROM {table}" for table in tables)
            counts.append([count for (count,) in database.execute(query)])
    assert counts[0] == counts[1]
    assert counts[0][0] == done.events > 0


@pytest.mark.slow
def test_a_small_bench_runs_from_generation_to_advice(tmp_path: Path) -> None:
    told: list[str] = []
    answer = bench(5_000, 1, tmp_path, told.append)
    assert told[0] == "generating a history of 5,000 events"
    assert all(one.events > size for one, size in zip(answer.replays, (5_000, 1_000), strict=True))
    assert all(one.scan.best < one.replay.best for one in answer.replays)
    assert answer.live.deals > 0
    assert 0 < answer.live.p50_ms <= answer.live.p99_ms
    assert answer.start.python_ms < answer.start.help_ms
