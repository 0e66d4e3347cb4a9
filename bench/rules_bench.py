"""How many signals rows a second do 50 rules over 40 signals match in bulk?

    .venv/bin/python bench/rules_bench.py [--rows 2000000] [--rules 50] [--threads 2] [--live 20000]

The rules and rows are made from a seed. The block matcher must fire the same rules as polars
expressions on every row, and the same as the engine that decides live on `--live` rows spread over
them (0: on every row, which takes minutes), or the run fails. It also fails below the rate that
the product promises. Both matchers read memory that is ready for them (columns, a frame).
"""

# ruff: noqa: T201 - a script answers on the terminal
from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import numpy as np
from numpy.typing import NDArray

from salesadvisor.domain.rules import Action, All, Any, Condition, Not, Op, Rule, Test
from salesadvisor.domain.signals import UNKNOWN
from salesadvisor.engine.boxes import BoxSet, compile_rules
from salesadvisor.engine.bulk import BulkMatcher, by_rule
from salesadvisor.engine.live import open_live_engine

KINDS = ("days", "days", "count", "count", "code", "flag", "permille", "amount")
TOP = {"days": 120, "count": 8, "code": 10, "flag": 2, "permille": 3_000, "amount": 50_000_000}
SIGNALS = 40
PROMISED = 2_000_000
"""Rows a second, of 50 rules over 40 signals."""
BLOCK = 65_536


def main() -> None:
    """Prints rows/s of both matchers, the best of some runs taken in turn, and their ratio."""
    asked = arguments()
    os.environ["POLARS_MAX_THREADS"] = str(asked.threads)
    rng = np.random.default_rng(asked.seed)
    boxset = compile_rules(
        [rule(rng, index) for index in range(asked.rules)],
        {f"s{index}": index for index in range(SIGNALS)},
    )
    block = rows(rng, asked.rows)
    leaves = sum(len(box.leaves) for box in boxset.boxes)
    print(
        f"{asked.rows:,} rows, {SIGNALS} signals, {asked.rules} rules, {len(boxset.boxes)} boxes, "
        f"{leaves} leaves, {asked.threads} threads"
    )
    agree_with_live(boxset, block, asked.live)
    rate = compare(boxset, block, asked.threads, asked.runs)
    if rate < PROMISED:
        sys.exit(f"the block matcher keeps less than {PROMISED:,} rows/s")
    print(f"promised {PROMISED / 1e6:g} M rows/s: kept, {rate / PROMISED:.1f} times over")


def agree_with_live(boxset: BoxSet, block: NDArray[np.int64], asked: int) -> None:
    """The engine that decides one deal at a time must fire the same rules on each row it is asked.

    Rows are taken evenly from all over the block.
    """
    count = block.shape[1]
    chosen = np.linspace(0, count - 1, min(asked or count, count)).astype(np.int64)
    part = np.ascontiguousarray(block[:, chosen])
    in_bulk = BulkMatcher(boxset).match(part, len(chosen))
    ids = [one.id for one in boxset.rules]
    with closing(open_live_engine(boxset)) as engine:
        start = time.perf_counter()
        for column, row in enumerate(part.T.tolist()):
            fired = {
                one.rule_id for one in engine.evaluate(dict(zip(boxset.signals, row, strict=True)))
            }
            if fired != {ids[rule] for rule in np.flatnonzero(in_bulk[:, column])}:
                sys.exit(f"the block matcher and the live engine disagree on row {chosen[column]}")
        rate = len(chosen) / (time.perf_counter() - start)
        name = engine.note or "durable_rules"
    sampled = "every row" if len(chosen) == count else f"{len(chosen):,} rows spread over all"
    print(f"equal to the live engine ({name}) on {sampled}; it decides {rate:,.0f} rows/s")


def compare(boxset: BoxSet, block: NDArray[np.int64], threads: int, runs: int) -> float:
    """The block matcher's best rows/s. It runs in turn with polars, so that a busy machine slows
    both, and must agree with it on every row.
    """
    in_bulk, in_polars = bulk_run(boxset, block, threads), polars_run(boxset, block)
    fired = in_bulk(), in_polars()  # compiles, and touches the memory
    if not np.array_equal(by_rule(fired[0], len(boxset.rules)), fired[1]):
        sys.exit("the block matcher and polars disagree")
    print(f"equal to polars on every row; {np.mean(fired[1]):.2%} of rule x row fire")
    taken: dict[str, list[float]] = {"block matcher": [], "polars": []}
    for _ in range(runs):
        taken["block matcher"].append(seconds(in_bulk))
        taken["polars"].append(seconds(in_polars))
    for name, times in taken.items():
        rates = " ".join(f"{block.shape[1] / one / 1e6:.2f}" for one in times)
        print(f"{name:14} {block.shape[1] / min(times) / 1e6:6.2f} M rows/s   (runs: {rates})")
    ratio = min(taken["polars"]) / min(taken["block matcher"])
    print(f"block matcher / polars: {ratio:.2f}")
    return block.shape[1] / min(taken["block matcher"])


def bulk_run(boxset: BoxSet, block: NDArray[np.int64], threads: int) -> Callable[[], NDArray]:
    """Threads over blocks of columns that lie apart in memory, as the replay fills them."""
    matcher = BulkMatcher(boxset)
    blocks = [
        np.ascontiguousarray(block[:, first : first + BLOCK])
        for first in range(0, block.shape[1], BLOCK)
    ]
    out = np.zeros((block.shape[1], matcher.words), np.uint64)
    scratches = [matcher.scratch() for _ in range(threads)]

    def part(worker: int) -> None:
        for index in range(worker, len(blocks), threads):
            n = blocks[index].shape[1]
            mine = out[index * BLOCK : index * BLOCK + n]
            matcher.match_bits(blocks[index], n, scratch=scratches[worker], out=mine)

    def run() -> NDArray:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(part, range(threads)))
        return out

    return run


def polars_run(boxset: BoxSet, block: NDArray[np.int64]) -> Callable[[], NDArray]:
    """One select of one expression a rule over nullable Int64 columns."""
    import polars as pl  # after POLARS_MAX_THREADS is set

    frame = pl.DataFrame({f"s{index}": column for index, column in enumerate(block)}).with_columns(
        pl.all().replace(UNKNOWN, None)
    )

    def expression(condition: Condition) -> pl.Expr:
        match condition:
            case All(items):
                return pl.all_horizontal([expression(item) for item in items])
            case Any(items):
                return pl.any_horizontal([expression(item) for item in items])
            case Not(item):
                return ~expression(item)
            case Test(signal, "is_null"):
                return pl.col(signal).is_null()
            case Test(signal, "not_null"):
                return pl.col(signal).is_not_null()
            case Test(signal, "between", (low, high)):
                return pl.col(signal).is_between(low, high)
            case Test(signal, "in", list_):
                return pl.col(signal).is_in(list_)
            case Test(signal, "not_in", list_):
                return ~pl.col(signal).is_in(list_)
            case Test(signal, op):
                return getattr(pl.col(signal), op)(condition.number)

    expressions = [expression(rule.when).fill_null(False).alias(rule.id) for rule in boxset.rules]

    def select() -> NDArray:
        return [one.to_numpy() for one in frame.select(expressions)]

    return select


def rule(rng: np.random.Generator, index: int) -> Rule:
    """A rule as an author would write it: a few tests together, some with alternatives."""
    parts: list[Condition] = [test(rng) for _ in range(rng.integers(2, 4))]
    if rng.random() < 0.6:
        parts.append(Any(tuple(test(rng) for _ in range(rng.integers(2, 4)))))
    if rng.random() < 0.3:
        parts.append(Not(All((test(rng), test(rng)))))
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


def test(rng: np.random.Generator) -> Test:
    """A test that fits the kind of its signal."""
    signal = int(rng.integers(SIGNALS))
    kind = KINDS[signal % len(KINDS)]
    name, value = f"s{signal}", int(rng.integers(TOP[kind]))
    if rng.random() < 0.05:
        return Test(name, "is_null" if rng.random() < 0.3 else "not_null")
    if kind == "code":
        codes = tuple(int(code) for code in rng.choice(TOP[kind], 3, replace=False))
        return Test(name, "in" if rng.random() < 0.7 else "not_in", codes)
    if kind == "flag":
        return Test(name, "eq", value)
    if rng.random() < 0.15:
        return Test(name, "between", (value // 2, value))
    ops: tuple[Op, ...] = ("ge", "gt", "lt", "le")
    return Test(name, ops[rng.integers(4)], value)


def rows(rng: np.random.Generator, n: int) -> NDArray[np.int64]:
    """int64[SIGNALS, n], uniform in the range of each kind, 5 % unknown."""
    block = np.empty((SIGNALS, n), np.int64)
    for signal in range(SIGNALS):
        block[signal] = rng.integers(0, TOP[KINDS[signal % len(KINDS)]], n)
        block[signal, rng.random(n) < 0.05] = UNKNOWN
    return block


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--rules", type=int, default=50)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--live", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


if __name__ == "__main__":
    main()
