"""Does a deal get the same probability alone and in bulk, bit for bit, whatever the model?"""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from salesadvisor.domain.signals import SIGNAL_INDEX, UNKNOWN
from salesadvisor.model.bulk import TILE, model_arrays, score_block, score_rows
from salesadvisor.model.features import Feature, Level
from salesadvisor.model.fit import fit
from salesadvisor.model.scorecard import BaseRate, WinModel, score_one
from tests.worlds import world

N_SIGNALS = 6
VALUES = st.integers(-(2**62), 2**62) | st.integers(-20, 20)
# Half of what a covariance may be before 7 parameters' sums could leave 64 bits.
COVARIANCES = st.integers(-(10**16), 10**16) | st.integers(-5, 5)


@st.composite
def features(draw: st.DrawFn, column: int) -> Feature:
    edges = (UNKNOWN + 1, *sorted(draw(st.sets(st.integers(-20, 20), max_size=6))))
    n_levels = draw(st.integers(1, 5))
    segments = draw(
        st.lists(st.integers(0, n_levels - 1), min_size=len(edges) + 1, max_size=len(edges) + 1)
    )
    weights = draw(st.lists(st.integers(-(10**7), 10**7), min_size=n_levels, max_size=n_levels))
    levels = tuple(Level(f"level {i}", weight, 0) for i, weight in enumerate(weights))
    return Feature(f"signal_{column}", column, edges, tuple(segments), levels)


@st.composite
def models(draw: st.DrawFn) -> WinModel:
    columns = draw(st.lists(st.integers(0, N_SIGNALS - 1), unique=True))
    learned = tuple(draw(features(column)) for column in columns)
    size = 1 + sum(len(feature.levels) for feature in learned)
    triangle = size * (size + 1) // 2
    covariance = draw(st.lists(COVARIANCES, min_size=triangle, max_size=triangle))
    return WinModel(
        kind="scorecard" if learned or draw(st.booleans()) else "base_rate",
        horizon_days=90,
        trained_until=0,
        n_rows=0,
        n_deals=0,
        n_won=0,
        base_rate=BaseRate(3_000, 2_000, 4_000),
        intercept_micro=draw(st.integers(-(10**7), 10**7)),
        features=learned,
        covariance=tuple(covariance),
    )


@given(models(), st.lists(st.lists(VALUES, min_size=N_SIGNALS, max_size=N_SIGNALS), max_size=5))
def test_random_models_on_random_rows(model: WinModel, rows: list[list[int]]) -> None:
    block = np.array(rows, np.int64).reshape(len(rows), N_SIGNALS).T
    p, low, high = score_rows(model, np.ascontiguousarray(block))
    answers = [score_one(model, row) for row in rows]
    assert p.tolist() == [answer.p_bp for answer in answers]
    assert low.tolist() == [answer.low_bp for answer in answers]
    assert high.tolist() == [answer.high_bp for answer in answers]
    assert all(
        answer.low_bp <= answer.p_bp <= answer.high_bp for answer in answers if model.features
    )


@cache
def learned() -> WinModel:
    training = world(1, n_deals=900).training
    return fit(training, horizon_days=90, trained_until=0, signal_index=SIGNAL_INDEX)


@cache
def unseen_block() -> NDArray[np.int64]:
    return np.ascontiguousarray(world(2, n_deals=1_500).training.rows.T)


def test_a_learned_model_on_every_row_of_an_unseen_world() -> None:
    p, low, high = score_rows(learned(), unseen_block())
    answers = [score_one(learned(), row) for row in unseen_block().T.tolist()]
    assert list(zip(p.tolist(), low.tolist(), high.tolist(), strict=True)) == [
        (answer.p_bp, answer.low_bp, answer.high_bp) for answer in answers
    ]


@pytest.mark.parametrize("size", [1, 7, TILE - 1, TILE, TILE + 1])
def test_blocks_of_any_size_give_the_same_answers(size: int) -> None:
    block = unseen_block()[:, : 2 * TILE + 3]
    whole = score_rows(learned(), np.ascontiguousarray(block))
    cuts = [*range(0, block.shape[1], size), block.shape[1]][:40]
    for first, last in pairwise(cuts):
        part = score_rows(learned(), np.ascontiguousarray(block[:, first:last]))
        for a, b in zip(whole, part, strict=True):
            assert a[first:last].tolist() == b.tolist()


@numba.njit
def _replayed(block, n, model, out_p, empty):  # type: ignore[no-untyped-def]
    score_block(block, n, model, False, out_p, empty, empty)


def test_a_compiled_replay_can_score_the_block_it_has_filled() -> None:
    block = unseen_block()
    p = np.full(block.shape[1], -1, np.int32)
    _replayed(block, 2_000, model_arrays(learned()), p, np.empty(0, np.int32))
    assert p[:2_000].tolist() == score_rows(learned(), block)[0][:2_000].tolist()
    assert set(p[2_000:].tolist()) == {-1}
