"""Is the log on disk the same however it came about, and whatever lies beside it?"""

from __future__ import annotations

import fcntl
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from tests.builders import Positions, corrected, happened, log_of, opened, profiled, stored
from tests.differential.histories import history, seeded_drafts

from salesadvisor.domain.events import Event
from salesadvisor.errors import StoreLocked
from salesadvisor.log import segments
from salesadvisor.log.columns import COLUMN_NAMES, Log
from salesadvisor.log.projector import Stored
from salesadvisor.log.segments import LogFolder

EVENTS = history(seeded_drafts(3, deals=8, events=12))


def caught_up(
    folder: Path, events: Sequence[Event] = EVENTS, *, head: int | None = None, store: str = "s"
) -> Log:
    """The log of the first `head` events, from what the folder holds already."""
    kept = stored(events)
    head = len(kept) if head is None else head

    def read(after: int, limit: int) -> list[Stored]:
        return kept[after : min(after + limit, head)]

    return LogFolder(folder, store).catch_up(read, Positions(events[:head]), head)


def same(one: Log, other: Log) -> bool:
    return (
        all(
            np.array_equal(one.columns[name], other.columns[name])
            and np.array_equal(one.accounts[name], other.accounts[name])
            for name in COLUMN_NAMES
        )
        and np.array_equal(one.starts, other.starts)
        and one.words == other.words
        and one.last_position == other.last_position
    )


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != "lock")


def test_a_log_that_was_caught_up_at_once_is_what_the_projector_makes(tmp_path: Path) -> None:
    assert same(caught_up(tmp_path), log_of(EVENTS))
    assert files(tmp_path) == [f"000000000001-{len(EVENTS):012d}.parquet"]


@pytest.mark.parametrize("seed", range(6))
def test_a_log_that_was_caught_up_in_steps_is_the_log_rebuilt(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    heads = sorted(dice.sample(range(1, len(EVENTS)), 12))
    for head in heads:
        assert same(caught_up(tmp_path, head=head), caught_up(tmp_path, head=head))
    in_steps = caught_up(tmp_path)
    assert len(files(tmp_path)) < len(heads)
    assert same(in_steps, caught_up(tmp_path / "anew"))


def test_a_log_that_was_read_in_small_batches_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "BATCH", 7)
    assert same(caught_up(tmp_path), log_of(EVENTS))


def test_a_correction_that_is_projected_before_its_event_is_stored_reads_as_from_the_start(
    tmp_path: Path,
) -> None:
    amount = happened("amount_changed", 1, to="5")
    events = [opened(), corrected(amount, 4, to="7"), amount]
    caught_up(tmp_path, events, head=2)
    assert same(caught_up(tmp_path, events), caught_up(tmp_path / "anew", events))


def test_an_account_is_remembered_from_one_run_to_the_next(tmp_path: Path) -> None:
    first = opened(account="A-1")
    events = [
        profiled(0, size="mid"),
        first,
        opened(0, deal="D-2", account="A-2"),
        corrected(first, 3, account="A-2"),
        profiled(1, "A-2", size="large"),
        profiled(2, seats=9),
        opened(4, deal="D-3", account="A-1"),
    ]
    for head in range(1, len(events)):
        caught_up(tmp_path, events, head=head)
    assert same(caught_up(tmp_path, events), caught_up(tmp_path / "anew", events))


def test_a_folder_that_was_deleted_is_rebuilt(tmp_path: Path) -> None:
    before = caught_up(tmp_path / "log")
    for path in (tmp_path / "log").iterdir():
        path.unlink()
    assert same(caught_up(tmp_path / "log"), before)


def test_nothing_is_written_when_there_is_nothing_new(tmp_path: Path) -> None:
    caught_up(tmp_path)
    held = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    caught_up(tmp_path)
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == held


def test_an_unfinished_file_is_ignored_and_then_removed(tmp_path: Path) -> None:
    caught_up(tmp_path, head=20)
    stray = tmp_path / "000000000021-000000000030.tmp"
    stray.write_bytes(b"half a segment")
    assert same(caught_up(tmp_path, head=20), log_of(EVENTS[:20]))
    assert same(caught_up(tmp_path), log_of(EVENTS))
    assert not stray.exists()


def test_a_segment_that_a_compaction_left_behind_is_ignored_and_then_removed(
    tmp_path: Path,
) -> None:
    caught_up(tmp_path / "old", head=10)
    caught_up(tmp_path, head=40)
    leftover = next((tmp_path / "old").glob("*.parquet"))
    leftover = leftover.rename(tmp_path / leftover.name)
    assert same(caught_up(tmp_path, head=40), log_of(EVENTS[:40]))
    assert leftover.exists()
    assert same(caught_up(tmp_path), log_of(EVENTS))
    assert not leftover.exists()


def test_what_lies_behind_a_gap_is_projected_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "COMPACT_AT", 99)
    monkeypatch.setattr(LogFolder, "_compact", lambda self, found: list(found))
    for head in (10, 20, 30):
        caught_up(tmp_path, head=head)
    (tmp_path / "000000000011-000000000020.parquet").unlink()
    assert same(caught_up(tmp_path, head=30), log_of(EVENTS[:30]))


def test_a_log_of_another_store_is_built_anew(tmp_path: Path) -> None:
    caught_up(tmp_path, EVENTS[:40], store="theirs")
    mine = EVENTS[40:60]
    assert same(caught_up(tmp_path, mine, store="ours"), log_of(mine))
    longer = EVENTS[:80]
    assert same(caught_up(tmp_path, longer, store="theirs"), log_of(longer))


def test_many_small_segments_become_one(tmp_path: Path) -> None:
    counts = []
    for head in range(1, 60):
        caught_up(tmp_path, head=head)
        counts.append(len(files(tmp_path)))
    assert max(counts) <= segments.COMPACT_AT
    assert same(caught_up(tmp_path, head=59), log_of(EVENTS[:59]))


def test_two_writers_do_not_meet(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(StoreLocked, match="another process is writing the log"):
            caught_up(tmp_path)
    assert same(caught_up(tmp_path), log_of(EVENTS))


def test_a_store_without_events_has_an_empty_log(tmp_path: Path) -> None:
    log = caught_up(tmp_path, [])
    assert (log.row_count, log.deal_count, log.last_position) == (0, 0, 0)


def test_events_that_make_no_rows_still_move_the_log_on(tmp_path: Path) -> None:
    events = [happened("strategy_published", deal="team", strategy_hash="x"), opened()]
    assert caught_up(tmp_path, events, head=1).last_position == 1
    assert same(caught_up(tmp_path, events), log_of(events))


def test_progress_is_told_where_the_log_stands(tmp_path: Path) -> None:
    told: list[int] = []
    kept = stored(EVENTS)
    folder = LogFolder(tmp_path, "s")
    folder.catch_up(
        lambda after, limit: kept[after : after + limit], Positions(EVENTS), len(kept), told.append
    )
    assert told == [len(EVENTS)]
