"""In which order is everything measured? Each history in processes of its own."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from salesadvisor.study.bench.answering import live_figures, start_figures
from salesadvisor.study.bench.figures import Bench
from salesadvisor.study.bench.ingest import import_figures, sample_file
from salesadvisor.study.bench.matching import match_figures
from salesadvisor.study.bench.replaying import replay_figures

GROWTH = 10
Result = TypeVar("Result")


def bench(
    events: int,
    workers: int,
    directory: Path,
    report: Callable[[str], None] = lambda line: None,
) -> Bench:
    """Measure a history of at least `events` events, and one a tenth of it to show growth.

    `directory` keeps the generated histories, so that a second run starts at once. `report` is told
    what is being done.
    """
    imports, replays, all_scopes = [], [], []
    sizes = (events, max(events // GROWTH, 1_000))
    for size in sizes:
        report(f"generating a history of {size:,} events")
        file = sample_file(size, directory)
        folder = directory / f"store-{size}"
        report(f"importing {size:,} events")
        imports.append(_apart(import_figures, file, folder))
        report(f"replaying {size:,} events week by week (the first run compiles)")
        deals, every_scope = _apart(replay_figures, folder, workers)
        replays.append(deals)
        all_scopes.append(every_scope)
    report("matching rules in bulk")
    matching = _apart(match_figures, workers)
    report("advising on single deals")
    live = _apart(live_figures, directory / f"store-{events}", workers)
    report("starting processes")
    return Bench(
        cores=os.cpu_count() or 1,
        workers=workers,
        imports=tuple(imports),
        replays=tuple(replays),
        all_scopes=tuple(all_scopes),
        matching=matching,
        live=live,
        start=start_figures(),
    )


def _apart(work: Callable[..., Result], *arguments: object) -> Result:
    """`work` in a new process, so that its peak memory is its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()
