"""Is a deal the unit, whatever the number and the order of its checkpoints?"""

from __future__ import annotations

import numpy as np
import pytest

from salesadvisor.errors import Fault
from salesadvisor.model.training import Training, deals_starting_from, in_order


def training(
    deal: list[int], as_of: list[int] | None = None, won: list[int] | None = None
) -> Training:
    n = len(deal)
    return Training(
        rows=np.arange(n, dtype=np.int64)[:, None],
        deal=np.array(deal, np.int64),
        as_of=np.array(as_of if as_of is not None else range(n), np.int64),
        won_within=np.array(won if won is not None else [0] * n, np.bool_),
    )


def test_every_deal_weighs_one_in_all() -> None:
    assert training([7, 7, 7, 7, 3]).weights.tolist() == [0.25] * 4 + [1.0]


def test_a_deal_is_won_once_however_many_checkpoints_saw_it() -> None:
    history = training([1, 1, 2, 3], won=[1, 1, 0, 1])
    assert (history.n_deals, history.n_won) == (3, 2)


def test_the_order_of_the_rows_is_forgotten() -> None:
    ordered = in_order(training([2, 1, 2, 1], as_of=[5, 9, 4, 8]))
    assert ordered.rows[:, 0].tolist() == [3, 1, 2, 0]


def test_too_many_rows_are_thinned_and_no_deal_is_lost() -> None:
    thinned = in_order(training([1] * 90 + [2] * 9 + [3]), max_rows=20)
    assert np.bincount(thinned.deal).tolist() == [0, 18, 1, 1]


def test_a_deal_that_began_before_the_moment_is_left_out_with_all_its_rows() -> None:
    later = deals_starting_from(training([1, 1, 2, 2], as_of=[10, 30, 20, 30]), 20)
    assert later.tolist() == [False, False, True, True]


def test_arrays_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(Fault, match="different lengths"):
        Training(np.zeros((2, 1), np.int64), *(np.zeros(3, np.int64),) * 2, np.zeros(3, np.bool_))


def test_no_rows_are_no_deals() -> None:
    nothing = in_order(training([]))
    assert (nothing.n_deals, nothing.n_won, nothing.weights.tolist()) == (0, 0, [])
