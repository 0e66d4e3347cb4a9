"""Is what was acknowledged there, whole and once, whatever happened to the processes?"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

from salesadvisor.store import Store
from salesadvisor.store.head import read_head
from tests.store_cases import LEARNED, counts, history, stored_events

ROOT = Path(__file__).parents[2]
EVENTS_A_DEAL = 3
LAST_DEAL = 100_000


def writer(path: Path, *, deals: int, first: int, last: int = LAST_DEAL) -> subprocess.Popen[str]:
    numbers = map(str, (deals, first, last))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.crash.store_writer", str(path), *numbers],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def acknowledged(process: subprocess.Popen[str], *, before: int) -> int:
    """The last deal that the writer has acknowledged by now."""
    out, _ = process.communicate()
    whole_lines = out.split("\n")[:-1]
    return int(whole_lines[-1]) if whole_lines else before


def test_twenty_kills_lose_double_and_halve_nothing(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    moments = random.Random(20_240_105)
    deals_stored = 0
    for kill in range(20):
        deals = moments.choice([1, 5, 30])
        process = writer(path, deals=deals, first=deals_stored + 1)
        time.sleep(moments.uniform(0, 0.12))
        process.kill()
        told = acknowledged(process, before=deals_stored)
        with Store.open(path) as store:
            assert store.verify() == [], f"kill {kill}"
            events = store.head().events
            assert read_head(Path(f"{path}.head")) == store.head()
        stored = events // EVENTS_A_DEAL
        assert stored * EVENTS_A_DEAL == events
        assert (stored - deals_stored) % deals == 0
        assert stored in (told, told + deals)
        deals_stored = stored
    assert deals_stored > 100
    with Store.open(path) as store:
        assert stored_events(store) == history(deals_stored)


def test_an_import_that_was_killed_is_completed_by_running_it_again(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    moments = random.Random(7)
    for _kill in range(4):
        process = writer(path, deals=20, first=1, last=2000)
        time.sleep(moments.uniform(0, 0.3))
        process.kill()
        process.communicate()
    with Store.open(path) as store:
        known = store.head().events
        assert counts(store, history(2000)) == (6000 - known, known, 0, 0, 0)
        assert stored_events(store) == history(2000)
        assert store.verify() == []


def test_two_processes_that_import_the_same_file_at_once_store_it_once(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with Store.open(path):
        pass
    processes = [writer(path, deals=10, first=1, last=300) for _ in range(2)]
    assert [acknowledged(process, before=0) for process in processes] == [300, 300]
    with Store.open(path) as store:
        assert sorted(e.source_id for e in stored_events(store)) == sorted(
            e.source_id for e in history(300)
        )
        assert store.verify() == []


def test_two_processes_that_write_different_deals_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    processes = [
        writer(path, deals=5, first=1, last=200),
        writer(path, deals=5, first=201, last=400),
    ]
    for process in processes:
        acknowledged(process, before=0)
        assert process.returncode == 0
    with Store.open(path) as store:
        assert counts(store, history(400)) == (0, 1200, 0, 0, 0)
        assert store.head().events == 1200
        assert store.verify() == []
        assert store.append([], learned_at=LEARNED).rows == 0


def test_two_processes_that_make_the_same_store_at_once_make_one(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.crash.store_writer", str(path), "1", first, first],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for first in ("1", "2", "3")
    ]
    assert [process.communicate() and process.returncode for process in processes] == [0, 0, 0]
    with Store.open(path) as store:
        assert counts(store, history(3)) == (0, 9, 0, 0, 0)
        assert store.verify() == []
