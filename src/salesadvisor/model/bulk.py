"""What is the chance of a win for each of many deals? The numbers of `scorecard`, compiled.

`score_block` holds no lock and no state, so that a replay kernel can call it on each block it has
filled. Every row depends on itself only: blocks, order and threads can't change an answer.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from salesadvisor.model.scale import LIMIT_MILLI, MICRO_PER_MILLI, probability_table
from salesadvisor.model.scorecard import DEVIATION_UNIT_MICRO, Z_PERMILLE, WinModel

TILE = 1_024

Int64s = NDArray[np.int64]
Int32s = NDArray[np.int32]


class ModelArrays(NamedTuple):
    """A WinModel as arrays, all kinds in one layout (one compiled signature).

    Feature f reads `column[f]`; its edges are `edges[first_edge[f]:first_edge[f + 1]]` and the
    parameter of segment s is `parameter[first_edge[f] + f + s]`. `log_odds_micro` and the symmetric
    `covariance` are indexed by parameter; parameter 0 is the intercept. `fixed_bp` is the interval
    of a base rate, or -1.
    """

    column: Int64s
    first_edge: Int64s
    edges: Int64s
    parameter: Int64s
    log_odds_micro: Int64s
    covariance: Int64s
    fixed_bp: Int64s
    probability_bp: Int32s


def model_arrays(model: WinModel) -> ModelArrays:
    """The arrays of a model, made once for a replay."""
    edges: list[int] = []
    parameter: list[int] = []
    log_odds = [model.intercept_micro]
    first_edge = [0]
    for feature, start in zip(model.features, model.first_parameter, strict=True):
        edges += feature.edges
        first_edge.append(len(edges))
        parameter += [start + level for level in feature.level_of_segment]
        log_odds += [level.log_odds_micro for level in feature.levels]
    fixed = (-1, -1)
    if model.kind == "base_rate":
        fixed = (model.base_rate.low_bp, model.base_rate.high_bp)
    return ModelArrays(
        column=_ints([feature.column for feature in model.features]),
        first_edge=_ints(first_edge),
        edges=_ints(edges),
        parameter=_ints(parameter),
        log_odds_micro=_ints(log_odds),
        covariance=_square(model),
        fixed_bp=_ints(fixed),
        probability_bp=np.array(probability_table(), dtype=np.int32),
    )


def score_rows(model: WinModel, block: Int64s) -> tuple[Int32s, Int32s, Int32s]:
    """Probability and 80 % interval in basis points for each column of `block[n_signals, n]`."""
    n = block.shape[1]
    p, low, high = (np.empty(n, np.int32) for _ in range(3))
    score_block(block, n, model_arrays(model), True, p, low, high)
    return p, low, high


@numba.njit(nogil=True, cache=True)
def score_block(
    block: Int64s,
    n: int,
    model: ModelArrays,
    with_interval: bool,
    out_p: Int32s,
    out_low: Int32s,
    out_high: Int32s,
) -> None:
    """Fill the first `n` places of the outs, in basis points, from `block[n_signals, >= n]`.

    Without `with_interval`, `out_low` and `out_high` are left as they are and may be empty.
    """
    n_features = model.column.shape[0]
    tile = min(n, TILE)
    log_odds = np.empty(tile, np.int64)
    segment = np.empty(tile, np.int64)
    active = np.empty((n_features, tile), np.int64)
    for start in range(0, n, TILE):
        m = min(TILE, n - start)
        log_odds[:m] = model.log_odds_micro[0]
        for f in range(n_features):
            values = block[model.column[f], start : start + m]
            first, last = model.first_edge[f], model.first_edge[f + 1]
            segment[:m] = first + f
            for e in range(first, last):
                edge = model.edges[e]
                for i in range(m):
                    segment[i] += values[i] >= edge
            for i in range(m):
                parameter = model.parameter[segment[i]]
                active[f, i] = parameter
                log_odds[i] += model.log_odds_micro[parameter]
        for i in range(m):
            out_p[start + i] = _probability_bp(log_odds[i], model.probability_bp)
        if with_interval:
            _interval(active, log_odds, start, m, model, out_low, out_high)


@numba.njit(nogil=True, cache=True)
def _interval(
    active: Int64s,
    log_odds: Int64s,
    start: int,
    m: int,
    model: ModelArrays,
    out_low: Int32s,
    out_high: Int32s,
) -> None:
    if model.fixed_bp[0] >= 0:
        out_low[start : start + m] = model.fixed_bp[0]
        out_high[start : start + m] = model.fixed_bp[1]
        return
    for i in range(m):
        variance = model.covariance[0, 0]
        for f in range(active.shape[0]):
            row = model.covariance[active[f, i]]
            crossed = row[0]
            for other in range(f):
                crossed += row[active[other, i]]
            variance += row[active[f, i]] + 2 * crossed
        deviation = _whole_root(max(variance, 0)) * DEVIATION_UNIT_MICRO
        half = deviation * Z_PERMILLE // 1_000
        out_low[start + i] = _probability_bp(log_odds[i] - half, model.probability_bp)
        out_high[start + i] = _probability_bp(log_odds[i] + half, model.probability_bp)


@numba.njit(nogil=True, cache=True)
def _probability_bp(log_odds_micro: int, table: Int32s) -> int:
    milli = (log_odds_micro + MICRO_PER_MILLI // 2) // MICRO_PER_MILLI
    return table[max(-LIMIT_MILLI, min(LIMIT_MILLI, milli)) + LIMIT_MILLI]


@numba.njit(nogil=True, cache=True)
def _whole_root(square: int) -> int:
    """The integer square root, exact like math.isqrt (a float root may be one off)."""
    root = np.int64(math.sqrt(square))
    while root * root > square:
        root -= 1
    while (root + 1) * (root + 1) <= square:
        root += 1
    return int(root)


def _square(model: WinModel) -> Int64s:
    rows = model.covariance_rows
    square = np.zeros((len(rows), len(rows)), np.int64)
    for i, row in enumerate(rows):
        square[i, : len(row)] = row
        square[: len(row), i] = row
    return square


def _ints(values: list[int] | tuple[int, ...]) -> Int64s:
    return np.array(values, dtype=np.int64)
