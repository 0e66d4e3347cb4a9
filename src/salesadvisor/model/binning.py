"""Into which levels does the history cut a signal?

Numbers: at most six bins of about equal weight of deals; a value that alone outweighs a bin (no
meeting at all, say) gets its own. Codes: one level each, rare ones pooled. Unknown is a level
of its own, whether or not the history has it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from salesadvisor.domain.signals import UNKNOWN
from salesadvisor.model.features import (
    CodeSpec,
    FeatureSpec,
    NumberSpec,
    code_text,
    number_text,
    other_text,
)
from salesadvisor.model.training import Floats, Int64s

MAX_BINS = 6
LEAST_SHARE = 0.03
MAX_CODES = 40
RARE_DEALS = 5

LOWEST_KNOWN = UNKNOWN + 1


@dataclass(frozen=True, slots=True)
class Cut:
    """How one signal falls into levels (see `features.Feature`), before anything is learned."""

    edges: tuple[int, ...]
    level_of_segment: tuple[int, ...]
    texts: tuple[str, ...]

    def level_indexes(self, values: Int64s) -> Int64s:
        """The level of each value."""
        segments = np.searchsorted(np.array(self.edges, np.int64), values, side="right")
        return np.array(self.level_of_segment, np.int64)[segments]


def cut(spec: FeatureSpec, values: Int64s, weights: Floats) -> Cut:
    """The levels for this signal, from its values in the history and what each row weighs."""
    match spec:
        case NumberSpec():
            return _number_cut(spec, values, weights)
        case CodeSpec():
            return _code_cut(spec, values, weights)


def _number_cut(spec: NumberSpec, values: Int64s, weights: Floats) -> Cut:
    known = values != UNKNOWN
    distinct, of_distinct = np.unique(values[known], return_inverse=True)
    if not len(distinct):
        return Cut((LOWEST_KNOWN,), (0, 1), (spec.unknown, number_text(spec, None, None)))
    mass = np.bincount(of_distinct, weights=weights[known]).astype(np.float64)
    inner = _inner_edges(distinct, mass)
    lows = [int(distinct[0]) if distinct[0] == 0 else None, *inner]
    highs = [*(edge - 1 for edge in inner), None]
    texts = (number_text(spec, low, high) for low, high in zip(lows, highs, strict=True))
    edges = (LOWEST_KNOWN, *inner)
    return Cut(edges, tuple(range(len(edges) + 1)), (spec.unknown, *texts))


def _inner_edges(distinct: Int64s, mass: Floats) -> list[int]:
    """First values of all bins but the lowest.

    From the lowest value up, a bin closes at its fair share of the weight not yet binned, so that
    what a heavy value leaves over is still told apart.
    """
    least = LEAST_SHARE * float(mass.sum())
    edges: list[int] = []
    left, filled, bins_left = float(mass.sum()), 0.0, MAX_BINS
    for value, weight in zip(distinct.tolist(), mass.tolist(), strict=True):
        if bins_left > 1 and filled >= least and _is_full(filled, weight, left / bins_left):
            edges.append(value)
            left, filled, bins_left = left - filled, 0.0, bins_left - 1
        filled += weight
    return edges[:-1] if edges and filled < least else edges


def _is_full(filled: float, next_weight: float, fair: float) -> bool:
    return filled >= fair or next_weight >= fair


def _code_cut(spec: CodeSpec, values: Int64s, weights: Floats) -> Cut:
    codes, of_code = np.unique(values[values >= 0], return_inverse=True)
    mass = np.bincount(of_code, weights=weights[values >= 0], minlength=len(codes))
    heaviest = np.argsort(-mass, kind="stable")[:MAX_CODES]
    kept = sorted(int(codes[i]) for i in heaviest if mass[i] >= RARE_DEALS)
    other = len(kept) + 1
    edges, levels = [LOWEST_KNOWN], [0, other]
    for level, code in enumerate(kept, start=1):
        if edges[-1] == code:
            levels[-1] = level
        else:
            edges.append(code)
            levels.append(level)
        edges.append(code + 1)
        levels.append(other)
    texts = (spec.unknown, *(code_text(spec, code) for code in kept), other_text(spec))
    return Cut(tuple(edges), tuple(levels), texts)
