"""Does the bench measure what it says, and print it so that it can be read?"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from tests.benches import a_bench

from salesadvisor.engine.bulk import BulkMatcher
from salesadvisor.errors import Fault
from salesadvisor.sources.sample import SampleSpec, write_sample
from salesadvisor.study.bench import bench, matching
from salesadvisor.study.bench.figures import in_turn, peak_mb
from salesadvisor.study.bench.ingest import import_figures, sample_file
from salesadvisor.study.bench.matching import held_against_live, in_bulk, seeded


class DeafEngine:
    """A live engine of which no rule ever fires."""

    note = None

    def evaluate(self, row: dict[str, int]) -> tuple[()]:
        return ()

    def close(self) -> None:
        pass


def test_a_ratio_compares_best_with_best() -> None:
    found = a_bench()
    assert found.replays[0].ratio == pytest.approx(5)
    assert found.all_scopes[0].ratio == pytest.approx(15)
    assert found.imports[0].ratio == pytest.approx(4)


def test_the_figures_go_into_json_with_their_ratios() -> None:
    answer = json.loads(json.dumps(a_bench().as_json()))
    assert answer["replays"][0]["ratio"] == pytest.approx(5)
    assert answer["all_scopes"][1]["ratio"] == pytest.approx(15)
    assert answer["imports"][1]["ratio"] == pytest.approx(4)
    assert answer["matching"]["rows_per_second"] == pytest.approx(8_000_000)
    assert answer["matching"]["live"]["rows_per_second"] == pytest.approx(1_000)


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


def test_the_same_seed_gives_the_same_rules_and_rows() -> None:
    one, same, other = seeded(20, 300, 1), seeded(20, 300, 1), seeded(20, 300, 2)
    assert one.boxset == same.boxset != other.boxset
    assert np.array_equal(one.block, same.block)
    assert not np.array_equal(one.block, other.block)


def test_threads_match_every_row_of_every_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "_BLOCK", 64)
    work = seeded(70, 1_000, 3)
    found = in_bulk(work, 3)()
    assert np.array_equal(found, BulkMatcher(work.boxset).match_bits(work.block, 1_000))
    assert found.any(axis=0).all()  # both words of 70 rules


def test_the_live_engine_decides_a_sample_spread_over_all_rows_or_every_row() -> None:
    work = seeded(5, 200, 4)
    assert held_against_live(work, 20).rows == 20
    assert held_against_live(work, 0).rows == 200
    assert held_against_live(work, 1_000).rows == 200


def test_a_live_engine_that_fires_other_rules_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    work = seeded(20, 400, 5)
    row = np.flatnonzero(in_bulk(work, 1)()[:, 0])[0]  # where some rule fires
    monkeypatch.setattr(matching, "open_live_engine", lambda boxset: DeafEngine())
    with pytest.raises(Fault, match=rf"disagree on row {row};"):
        held_against_live(work, 0)


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
    for deals, every in zip(answer.replays, answer.all_scopes, strict=True):
        assert every.rules > deals.rules
        assert every.rows["deal"] == deals.panel_rows
        assert all(every.rows[scope] > 0 for scope in ("account", "rep", "team", "goal"))
        assert every.candidates >= deals.candidates
        assert {f"panel, {scope}" for scope in every.rows if scope != "deal"} < set(every.parts)
    assert answer.matching.live.rows > 0
    assert answer.live.deals > 0
    assert 0 < answer.live.p50_ms <= answer.live.p99_ms
    assert answer.start.python_ms < answer.start.help_ms
