"""What is learned from? Deal checkpoints whose outcome within the horizon is known at the cut."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from salesadvisor.errors import Fault

Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# More rows than this make a fit slow, not better: checkpoints of one deal repeat each other.
MAX_ROWS = 200_000


@dataclass(frozen=True, eq=False)
class Training:
    """Checkpoints, one a row: signals `rows[n, n_signals]`, `deal[n]` (any number naming it),
    `as_of[n]` in epoch seconds, `won_within[n]`: won within the horizon after `as_of`.

    The caller answers for it that as_of + horizon lies before the cut and that signals and outcomes
    were recorded by then. A deal whatever the number of its checkpoints weighs 1 in all.
    """

    rows: Int64s
    deal: Int64s
    as_of: Int64s
    won_within: Bools

    def __post_init__(self) -> None:
        lengths = {len(self.rows), len(self.deal), len(self.as_of), len(self.won_within)}
        if len(lengths) != 1 or self.rows.ndim != 2:
            raise Fault("model.Training", f"arrays of different lengths {sorted(lengths)}")

    def __len__(self) -> int:
        return len(self.deal)

    def of(self, chosen: Bools | Int64s) -> Training:
        """The training data of these rows only."""
        return Training(
            self.rows[chosen], self.deal[chosen], self.as_of[chosen], self.won_within[chosen]
        )

    @property
    def deal_number(self) -> Int64s:
        """0, 1, 2 ... for the deals, by row."""
        return np.unique(self.deal, return_inverse=True)[1].astype(np.int64)

    @property
    def weights(self) -> Floats:
        """What each row weighs: one over the number of its deal's rows."""
        number = self.deal_number
        return 1.0 / np.bincount(number)[number] if len(self) else np.empty(0)

    @property
    def n_deals(self) -> int:
        """How many deals there are."""
        return len(np.unique(self.deal))

    @property
    def n_won(self) -> int:
        """How many deals were won within the horizon of at least one of their checkpoints."""
        return len(np.unique(self.deal[self.won_within]))


def in_order(training: Training, *, max_rows: int = MAX_ROWS) -> Training:
    """The rows by deal and time, so that a fit doesn't depend on how they were gathered.

    Above `max_rows`, each deal keeps every k-th checkpoint, at least one; no deal is left out.
    """
    order = np.lexsort((training.as_of, training.deal))
    ordered = training.of(order)
    step = -(-len(ordered) // max_rows)
    if step <= 1:
        return ordered
    number = ordered.deal_number
    size = np.bincount(number)
    first = np.cumsum(size) - size
    place = np.arange(len(ordered)) - first[number]
    # Deals start at different places, else the first checkpoints would be over-represented.
    return ordered.of((place + number) % np.minimum(step, size[number]) == 0)


def deals_starting_from(training: Training, moment: int) -> Bools:
    """Which rows belong to deals whose first checkpoint is at `moment` or later."""
    number = training.deal_number
    start = np.full(number.max(initial=-1) + 1, np.iinfo(np.int64).max)
    np.minimum.at(start, number, training.as_of)
    return start[number] >= moment
