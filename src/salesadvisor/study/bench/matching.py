"""How fast do rules match in bulk? Seeded rules over seeded signals, held against the live engine.

The rules are such as an author would write. Rows are ready in memory, in blocks of columns as the
replay fills them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from salesadvisor.domain.rules import Action, All, Any, Condition, Not, Op, Rule, Test
from salesadvisor.domain.signals import UNKNOWN
from salesadvisor.engine.boxes import BoxSet, compile_rules
from salesadvisor.engine.bulk import BulkMatcher
from salesadvisor.engine.live import open_live_engine
from salesadvisor.errors import Fault
from salesadvisor.study.bench.figures import LiveMatch, MatchFigures, in_turn

RULES = 50
SIGNALS = 40
PROMISED = 2_000_000
"""Rows a second, of that many rules over that many signals."""
SEED = 7
_ROWS = 1_000_000
_LIVE_ROWS = 2_000
_TIMES = 5
_BLOCK = 65_536
_KINDS = ("days", "days", "count", "count", "code", "flag", "permille", "amount")
_TOP = {"days": 120, "count": 8, "code": 10, "flag": 2, "permille": 3_000, "amount": 50_000_000}
_UNKNOWN_SHARE = 0.05


class Work(NamedTuple):
    """Rules and the rows they are matched against: `block` is int64[SIGNALS, rows]."""

    boxset: BoxSet
    block: NDArray[np.int64]


def match_figures(workers: int) -> MatchFigures:
    """Match 50 rules over 40 signals on a million rows, warm; a sample by the live engine as well.

    Raises Fault where the two disagree. To be run in a process of its own, for the memory.
    """
    work = seeded(RULES, _ROWS, SEED)
    run = in_bulk(work, workers)
    run()  # compiles, and touches the memory
    live = held_against_live(work, _LIVE_ROWS)
    return MatchFigures(
        rows=_ROWS,
        signals=SIGNALS,
        rules=RULES,
        boxes=len(work.boxset.boxes),
        leaves=leaf_count(work.boxset),
        promised=PROMISED,
        taken=in_turn({"bulk": run}, _TIMES)["bulk"],
        live=live,
    )


def seeded(rules: int, rows: int, seed: int) -> Work:
    """So many rules and rows, the same for the same numbers."""
    rng = np.random.default_rng(seed)
    boxset = compile_rules(
        [_rule(rng, index) for index in range(rules)],
        {f"s{index}": index for index in range(SIGNALS)},
    )
    return Work(boxset, _rows(rng, rows))


def leaf_count(boxset: BoxSet) -> int:
    """Tests of all boxes together."""
    return sum(len(box.leaves) for box in boxset.boxes)


def in_bulk(work: Work, workers: int) -> Callable[[], NDArray[np.uint64]]:
    """Matches all rows in that many threads; gives the bits of `BulkMatcher.match_bits`."""
    boxset, block = work
    matcher = BulkMatcher(boxset)
    # Apart in memory, as the replay has them.
    blocks = [
        np.ascontiguousarray(block[:, first : first + _BLOCK])
        for first in range(0, block.shape[1], _BLOCK)
    ]
    out = np.zeros((block.shape[1], matcher.words), np.uint64)
    scratches = [matcher.scratch() for _ in range(workers)]

    def part(worker: int) -> None:
        for index in range(worker, len(blocks), workers):
            n = blocks[index].shape[1]
            mine = out[index * _BLOCK : index * _BLOCK + n]
            matcher.match_bits(blocks[index], n, scratch=scratches[worker], out=mine)

    def run() -> NDArray[np.uint64]:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(part, range(workers)))
        return out

    return run


def held_against_live(work: Work, most: int) -> LiveMatch:
    """Decide at most `most` rows (0: every row) one by one, as live advice does.

    Rows are taken evenly from all over the block. Raises Fault on the first on which other rules
    fire than in bulk.
    """
    boxset, block = work
    count = block.shape[1]
    chosen = np.linspace(0, count - 1, min(most or count, count)).astype(np.int64)
    part = np.ascontiguousarray(block[:, chosen])
    fired = BulkMatcher(boxset).match(part, len(chosen))
    ids = [one.id for one in boxset.rules]
    rows = [dict(zip(boxset.signals, row, strict=True)) for row in part.T.tolist()]
    with closing(open_live_engine(boxset)) as engine:
        start = time.perf_counter()
        found = [{one.rule_id for one in engine.evaluate(row)} for row in rows]
        seconds = time.perf_counter() - start
        name = "durable_rules" if engine.note is None else "block matcher"
    for column, live in enumerate(found):
        if live != {ids[rule] for rule in np.flatnonzero(fired[:, column])}:
            problem = f"the block matcher and the live engine disagree on row {chosen[column]}"
            raise Fault("study.bench.matching", problem)
    return LiveMatch(len(chosen), seconds, name)


def _rule(rng: np.random.Generator, index: int) -> Rule:
    """A few tests together, some with alternatives."""
    parts: list[Condition] = [_test(rng) for _ in range(rng.integers(2, 4))]
    if rng.random() < 0.6:
        parts.append(Any(tuple(_test(rng) for _ in range(rng.integers(2, 4)))))
    if rng.random() < 0.3:
        parts.append(Not(All((_test(rng), _test(rng)))))
    return Rule(
        id=f"r{index:03}",
        element="process",
        title="",
        when=All(tuple(parts)),
        because="",
        do="",
        action=Action(kind="call"),
        owner="bench",
    )


def _test(rng: np.random.Generator) -> Test:
    """A test that fits the kind of its signal."""
    signal = int(rng.integers(SIGNALS))
    kind = _KINDS[signal % len(_KINDS)]
    name, value = f"s{signal}", int(rng.integers(_TOP[kind]))
    if rng.random() < 0.05:
        return Test(name, "is_null" if rng.random() < 0.3 else "not_null")
    if kind == "code":
        codes = tuple(int(code) for code in rng.choice(_TOP[kind], 3, replace=False))
        return Test(name, "in" if rng.random() < 0.7 else "not_in", codes)
    if kind == "flag":
        return Test(name, "eq", value)
    if rng.random() < 0.15:
        return Test(name, "between", (value // 2, value))
    ops: tuple[Op, ...] = ("ge", "gt", "lt", "le")
    return Test(name, ops[rng.integers(4)], value)


def _rows(rng: np.random.Generator, count: int) -> NDArray[np.int64]:
    """Uniform in the range of each signal's kind, some unknown."""
    block = np.empty((SIGNALS, count), np.int64)
    for signal in range(SIGNALS):
        block[signal] = rng.integers(0, _TOP[_KINDS[signal % len(_KINDS)]], count)
        block[signal, rng.random(count) < _UNKNOWN_SHARE] = UNKNOWN
    return block
