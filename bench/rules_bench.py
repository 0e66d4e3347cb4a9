"""How many signals rows a second do 50 rules over 40 signals match in bulk, against polars?

    .venv/bin/python bench/rules_bench.py [--rows 2000000] [--rules 50] [--threads 2] [--live 20000]

The rules and rows are those of `salesadvisor bench`. The block matcher must fire the same rules as
polars expressions on every row, and the same as the engine that decides live on `--live` rows
spread over them (0: on every row, which takes minutes), or the run fails. It also fails below the
rate that the product promises. Both matchers read memory that is ready for them (columns, a frame).
"""

# ruff: noqa: T201 - a script answers on the terminal
from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from salesadvisor.domain.rules import All, Any, Condition, Not, Test
from salesadvisor.domain.signals import UNKNOWN
from salesadvisor.engine.bulk import by_rule
from salesadvisor.errors import Fault
from salesadvisor.study.bench.figures import in_turn
from salesadvisor.study.bench.matching import (
    PROMISED,
    RULES,
    SEED,
    SIGNALS,
    Work,
    held_against_live,
    in_bulk,
    leaf_count,
    seeded,
)


def main() -> None:
    """Prints rows/s of both matchers, the best of some runs taken in turn, and their ratio."""
    asked = arguments()
    os.environ["POLARS_MAX_THREADS"] = str(asked.threads)
    work = seeded(asked.rules, asked.rows, asked.seed)
    print(
        f"{asked.rows:,} rows, {SIGNALS} signals, {asked.rules} rules, "
        f"{len(work.boxset.boxes)} boxes, {leaf_count(work.boxset)} leaves, {asked.threads} threads"
    )
    agree_with_live(work, asked.live)
    rate = compare(work, asked.threads, asked.runs)
    if rate < PROMISED:
        sys.exit(f"the block matcher keeps less than {PROMISED:,} rows/s")
    print(f"promised {PROMISED / 1e6:g} M rows/s: kept, {rate / PROMISED:.1f} times over")


def agree_with_live(work: Work, asked: int) -> None:
    """Ends the run where the engine that decides live fires other rules."""
    try:
        live = held_against_live(work, asked)
    except Fault as fault:
        sys.exit(str(fault))
    sampled = "every row" if live.rows == work.block.shape[1] else f"{live.rows:,} rows spread out"
    print(
        f"equal to the live engine ({live.engine}) on {sampled}; it decides {live.rate:,.0f} rows/s"
    )


def compare(work: Work, threads: int, runs: int) -> float:
    """The block matcher's best rows/s. It runs in turn with polars, so that a busy machine slows
    both, and must agree with it on every row.
    """
    bulk, polars = in_bulk(work, threads), in_polars(work)
    fired = bulk(), polars()  # compiles, and touches the memory
    if not np.array_equal(by_rule(fired[0], len(work.boxset.rules)), fired[1]):
        sys.exit("the block matcher and polars disagree")
    print(f"equal to polars on every row; {np.mean(fired[1]):.2%} of rule x row fire")
    count = work.block.shape[1]
    taken = in_turn({"block matcher": bulk, "polars": polars}, runs)
    for name, timing in taken.items():
        rates = " ".join(f"{count / one / 1e6:.2f}" for one in timing.seconds)
        print(f"{name:14} {count / timing.best / 1e6:6.2f} M rows/s   (runs: {rates})")
    print(f"block matcher / polars: {taken['polars'].best / taken['block matcher'].best:.2f}")
    return count / taken["block matcher"].best


def in_polars(work: Work) -> Callable[[], list[NDArray]]:
    """One select of one expression a rule over nullable Int64 columns."""
    import polars as pl  # after POLARS_MAX_THREADS is set

    columns = {f"s{index}": column for index, column in enumerate(work.block)}
    frame = pl.DataFrame(columns).with_columns(pl.all().replace(UNKNOWN, None))

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

    expressions = [
        expression(rule.when).fill_null(False).alias(rule.id) for rule in work.boxset.rules
    ]

    def select() -> list[NDArray]:
        return [one.to_numpy() for one in frame.select(expressions)]

    return select


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--rules", type=int, default=RULES)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--live", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=SEED)
    return parser.parse_args()


if __name__ == "__main__":
    main()
