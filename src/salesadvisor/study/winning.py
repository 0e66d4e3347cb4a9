"""Which model may speak at which checkpoint? Models fitted walk-forward, on what had matured.

At a cut, a checkpoint T of a deal teaches when T + horizon lies before the cut; its label and its
signals are those known at the cut and at T. A model serves from its cut until the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from salesadvisor.domain.signals import SIGNAL_INDEX
from salesadvisor.domain.state import DAY, STATUS_VOIDED, STATUS_WON
from salesadvisor.log.passes import History, Panel, panels, survey
from salesadvisor.model.scorecard import WinModel
from salesadvisor.model.training import Training
from salesadvisor.study.checkpoints import every_days

TEACHING_STEP_DAYS = 14  # between two checkpoints of a deal that teach
MOST_TEACHING_ROWS = 40_000
_CYCLES = 1_000  # a deal's cycles are told apart by deal * _CYCLES + cycle

Fit = Callable[[Training, int], WinModel]


@dataclass(frozen=True)
class Lessons:
    """Checkpoints of deals with their signals, and all closings with when they were known."""

    rows: Any
    deal: Any
    as_of: Any
    closes: Any

    def matured(self, cut: int, horizon: int) -> Training:
        """What may be learned at `cut` (epoch seconds) about a horizon in seconds."""
        known = (self.closes["known_from"] < cut) & (self.closes["known_until"] >= cut)
        closes = self.closes[known]
        voided = np.unique(closes["deal"][closes["status"] == STATUS_VOIDED])
        usable = (self.as_of + horizon <= cut) & ~np.isin(self.deal, voided)
        rows, deal, as_of = self.rows[usable], self.deal[usable], self.as_of[usable]
        return Training(rows, deal, as_of, won_within(rows, deal, as_of, closes, horizon))


def won_within(rows: Any, deal: Any, as_of: Any, closes: Any, horizon: int) -> Any:
    """By row: whether this cycle of the deal was won before `as_of + horizon` (seconds)."""
    won = closes[closes["status"] == STATUS_WON]
    keys = won["deal"] * _CYCLES + won["cycle"]
    order = np.argsort(keys, kind="stable")
    keys, occurred = keys[order], won["occurred"][order]
    wanted = deal * _CYCLES + rows[:, SIGNAL_INDEX["cycle"]]
    place = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
    if not len(keys):
        return np.zeros(len(deal), np.bool_)
    return (keys[place] == wanted) & (occurred[place] < as_of + horizon)


def lessons(history: History, until: int, workers: int = 1) -> Lessons:
    """Signals at regular checkpoints before `until`, of as many deals as are worth it."""
    first = int(history.rows["known"].min()) if len(history.rows) else until
    moments = every_days(first, until - 1, TEACHING_STEP_DAYS)
    found = survey(history, moments, workers)
    stride = -(-int(found.row_counts.sum()) // MOST_TEACHING_ROWS)

    def sample(panel: Panel) -> tuple[Any, Any, Any]:
        deal = panel.deal[: panel.count]
        # Deals are taken whole, spread over the log by a multiplicative hash of their number.
        chosen = np.flatnonzero(deal * 2_654_435_761 % 4_294_967_296 % stride == 0)
        return (
            panel.block[: len(SIGNAL_INDEX), chosen].T.copy(),
            deal[chosen],
            found.checkpoints[panel.time[chosen]],
        )

    parts = list(panels(history, found, sample, workers))
    if not parts:
        empty = np.empty(0, np.int64)
        return Lessons(np.empty((0, len(SIGNAL_INDEX)), np.int64), empty, empty, found.closes)
    rows, deal, as_of = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Lessons(rows, deal, as_of, found.closes)


@dataclass(frozen=True)
class Schedule:
    """Models by the moment from which each serves, ascending; at least one."""

    models: tuple[WinModel, ...]

    def serving(self, moments: Any) -> Any:
        """Index of the model that serves at each moment."""
        cuts = np.array([model.trained_until for model in self.models])
        return np.maximum(np.searchsorted(cuts, moments, side="right") - 1, 0)


def walk_forward(taught: Lessons, cuts: Sequence[int], horizon_days: int, fit: Fit) -> Schedule:
    """One model a cut, each from what had matured by then. `fit(training, cut)` learns one."""
    return Schedule(tuple(fit(taught.matured(cut, horizon_days * DAY), cut) for cut in cuts))


def refit_cuts(moments: Any, period_days: int) -> list[int]:
    """The checkpoints at which a replay refits: the first, then the first after each period."""
    cuts: list[int] = []
    for moment in moments.tolist():
        if not cuts or moment >= cuts[-1] + period_days * DAY:
            cuts.append(moment)
    return cuts


def learn(history: History, cuts: Sequence[int], workers: int = 1) -> Schedule:
    """The models for `cuts` (epoch seconds, ascending), learned under the history's strategy."""
    # Here, because scikit-learn takes a second to import.
    from salesadvisor.model.features import DEFAULT_FEATURES, with_labels
    from salesadvisor.model.fit import fit

    strategy = history.strategy
    features = with_labels(
        DEFAULT_FEATURES,
        {
            "stage": [ref.name for ref in strategy.stages],
            "tier": [tier.name for tier in strategy.target_market.tiers],
        },
    )

    def fit_at(training: Training, cut: int) -> WinModel:
        return fit(
            training,
            horizon_days=strategy.horizon_days,
            trained_until=cut,
            signal_index=SIGNAL_INDEX,
            features=features,
        )

    return walk_forward(lessons(history, cuts[-1], workers), cuts, strategy.horizon_days, fit_at)
