"""How soon do open deals win or end otherwise, and new ones? Learned from what was known by then.

Cumulative incidence with competing ends (Aalen & Johansen 1978) by weeks: of the deals at a stage,
the share won within so many days; a deal still open is censored, neither won nor lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from salesadvisor.domain.state import DAY, STATUS_LOST, STATUS_WON, UNKNOWN
from salesadvisor.study.goals.facts import Facts, Known, learning_rows

WEEK_DAYS = 7
WEEKS = 260
WON, LOST, OTHER = range(3)
_CENSORED = -1
_SHRINK_DEALS = 5.0
"""A stage seen on so few deals reads as half its own and half everybody's."""
_CYCLES = 1_000  # a deal's cycles are told apart by deal * _CYCLES + cycle


@dataclass(frozen=True)
class Incidence:
    """`share[cause, group, week]` of the deals that had ended so by the end of that many weeks."""

    share: Any

    def by(self, days: Any, cause: int, group: Any = 0) -> Any:
        """The share within `days` (0 for none), between weeks in a straight line."""
        weeks = np.clip(np.asarray(days, np.float64) / WEEK_DAYS, 0, WEEKS)
        low = np.minimum(weeks.astype(np.int64), WEEKS - 1)
        part = weeks - low
        table = self.share[cause]
        return table[group, low] * (1 - part) + table[group, low + 1] * part


def from_standing(facts: Facts, known: Known, stages: int) -> Incidence:
    """By stage code, the last group for no stage: how deals went on from a moment at that stage."""
    rows, moments = learning_rows(facts, known.moment)
    usable = known.opened[rows["deal"]] != UNKNOWN
    rows, moments = rows[usable], moments[usable]
    place, has_ended = ends_of(known, rows)
    group = np.where(rows["stage"] == UNKNOWN, stages, rows["stage"])
    cause = np.full(len(rows), _CENSORED)
    until = np.full(len(rows), known.moment)
    ended = known.ends[place[has_ended]]
    cause[has_ended] = causes_of(ended["status"])
    until[has_ended] = ended["occurred"]
    return Incidence(_shrunk(until - moments, cause, group, rows["deal"], stages + 1))


def from_opening(known: Known) -> Incidence:
    """How deals went on from their opening; one group."""
    opened = np.concatenate((known.closed["opened"], known.opened[known.open["deal"]]))
    until = np.concatenate((known.closed["occurred"], np.full(len(known.open), known.moment)))
    cause = np.concatenate((causes_of(known.closed["status"]), np.full(len(known.open), _CENSORED)))
    usable = opened != UNKNOWN
    group = np.zeros(int(usable.sum()), np.int64)
    return Incidence(_aalen_johansen((until - opened)[usable], cause[usable], group, 1))


def causes_of(status: Any) -> Any:
    """WON, LOST or OTHER by status of a closed deal."""
    return np.where(status == STATUS_WON, WON, np.where(status == STATUS_LOST, LOST, OTHER))


def ends_of(known: Known, rows: Any) -> tuple[Any, Any]:
    """For each standing: the place in `known.ends` of how that cycle ended, and whether it had."""
    keys = rows["deal"] * _CYCLES + rows["cycle"]
    ended = known.ends["deal"] * _CYCLES + known.ends["cycle"]
    if not len(ended):
        return np.zeros(len(keys), np.int64), np.zeros(len(keys), np.bool_)
    place = np.maximum(np.searchsorted(ended, keys, side="right") - 1, 0)
    return place, ended[place] == keys


def _shrunk(seconds: Any, cause: Any, group: Any, deal: Any, groups: int) -> Any:
    """Incidence by group, drawn towards that of all together where a group has few deals."""
    own = _aalen_johansen(seconds, cause, group, groups)
    every = _aalen_johansen(seconds, cause, np.zeros_like(group), 1)
    pairs = np.unique(group * (int(deal.max(initial=0)) + 1) + deal)
    deals = np.bincount(pairs // (int(deal.max(initial=0)) + 1), minlength=groups)
    weight = (deals / (deals + _SHRINK_DEALS))[None, :, None]
    return weight * own + (1 - weight) * every


def _aalen_johansen(seconds: Any, cause: Any, group: Any, groups: int) -> Any:
    """CIF_j(s) = sum over weeks u <= s of S(u-) d_j(u) / n(u); censored count half their week."""
    week = np.clip(seconds // (WEEK_DAYS * DAY), 0, WEEKS - 1)
    cell = group * WEEKS + week
    shape = (groups, WEEKS)
    ended = np.stack(
        [
            np.bincount(cell[cause == one], minlength=groups * WEEKS).reshape(shape)
            for one in (WON, LOST, OTHER)
        ]
    ).astype(np.float64)
    censored = np.bincount(cell[cause == _CENSORED], minlength=groups * WEEKS).reshape(shape)
    leaving = ended.sum(axis=0) + censored
    at_risk = leaving[:, ::-1].cumsum(axis=1)[:, ::-1] - censored / 2
    hazard = np.divide(ended, at_risk, out=np.zeros_like(ended), where=at_risk > 0)
    stays = np.cumprod(1 - np.minimum(hazard.sum(axis=0), 1), axis=1)
    before = np.concatenate((np.ones((groups, 1)), stays[:, :-1]), axis=1)
    shares = np.cumsum(before[None] * hazard, axis=2)
    return np.concatenate((np.zeros((3, groups, 1)), shares), axis=2)
