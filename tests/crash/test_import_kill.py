"""Does an import that was killed at any moment leave a store that running it again completes?"""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from salesadvisor.advisor import Advisor
from salesadvisor.log.columns import Log
from salesadvisor.settings import Settings, open_advisor
from salesadvisor.sources.sample import SampleSpec, write_sample
from tests.crash.importer import LEARNED

ROOT = Path(__file__).parents[2]
KILLS = 20


@dataclass(frozen=True)
class Whole:
    """What an import leaves behind: the events by kind and in their order, and the log of them."""

    kinds: Counter[str]
    source_ids: list[str]
    log: str


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    return write_sample(SampleSpec(deals=40, accounts=10, reps=2, months=12), folder).events


def importer(store: Path, file: Path, rejects_in: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.crash.importer", str(store), str(file), str(rejects_in)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def go(process: subprocess.Popen[str]) -> None:
    """Lets the import begin once the process has opened its store."""
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.stdin.write("go\n")
    process.stdin.flush()


def fingerprint(log: Log) -> str:
    parts = [*log.columns.values(), *log.accounts.values(), log.starts]
    words = [*log.words.deals.words, *log.words.labels.words, *log.words.names.words]
    digest = hashlib.blake2b(repr(words).encode())
    for part in parts:
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()


def whole(advisor: Advisor) -> Whole:
    assert advisor.store.verify() == []
    events = [stored.event for stored in advisor.store.events()]
    return Whole(
        Counter(event.KIND for event in events),
        [event.source_id for event in events],
        fingerprint(advisor.log()),
    )


@pytest.mark.slow
def test_twenty_killed_imports_are_completed_by_running_them_again(
    file: Path, tmp_path: Path
) -> None:
    process = importer(tmp_path / "undisturbed.sqlite", file, tmp_path)
    go(process)
    begun = time.perf_counter()
    assert process.communicate()[0] == "done\n"
    duration = time.perf_counter() - begun
    with open_advisor(Settings(str(tmp_path / "undisturbed.sqlite"), workers=1)) as advisor:
        expected, digest = whole(advisor), advisor.replay(None, None, "month").digest()
    assert len(set(expected.source_ids)) == len(expected.source_ids) > 1_000

    moments = random.Random(20_241_124)
    halfway = 0
    stores = [tmp_path / f"{kill}.sqlite" for kill in range(KILLS)]
    process = importer(stores[0], file, tmp_path)
    for kill, store in enumerate(stores):
        go(process)
        time.sleep(duration * (kill + moments.random()) / KILLS)
        process.kill()
        process.communicate()
        if store != stores[-1]:
            process = importer(stores[kill + 1], file, tmp_path)  # gets ready meanwhile
        with open_advisor(Settings(str(store), workers=1)) as advisor:
            assert advisor.store.verify() == [], f"kill {kill}"
            stored = advisor.store.head().events
            halfway += 0 < stored < len(expected.source_ids)
            if kill % 2:
                advisor.log()  # a log of half a history must grow into the whole one
            again = advisor.import_file(
                file, format="events", mapping=None, rejects_in=tmp_path, learned_at=LEARNED
            )
            assert (again.known, again.corrected) == (stored, 0), f"kill {kill}"
            assert whole(advisor) == expected, f"kill {kill}"
            if kill % 5 == 0:
                assert advisor.replay(None, None, "month").digest() == digest, f"kill {kill}"
    assert halfway >= KILLS // 4
