"""What did the deals closed so far teach? Limits, matchups and drift, as known at each checkpoint.

All of it comes from the closings that a survey notes (`passes.CLOSE`), each with the moments from
which and until which it was known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numba
import numpy as np

from salesadvisor.domain import state
from salesadvisor.domain.elements import LearnedBy
from salesadvisor.domain.observe import RIVAL_LOSING, RIVAL_WON
from salesadvisor.domain.state import DAY, STATUS_LOST, STATUS_WON, UNKNOWN, Terms
from salesadvisor.domain.strategy import Strategy

LONGEST_STAGE_DAYS = 1_500
LEAST_MATCHES = 8
LEAST_IN_QUARTER = 5
LEAST_BEFORE = 20
QUARTER_SECONDS = 91 * DAY
Z_95 = 1.959964
FOREVER = (1 << 62) - 1

kernel = numba.njit(nogil=True, cache=True)
inner = numba.njit(nogil=True, _nrt=False)


def entries_of(closes: Any) -> tuple[Any, Any, Any]:
    """(when, sign, index) of every closing that becomes known, or is undone, by time."""
    gone = np.flatnonzero(closes["known_until"] != FOREVER)
    when = np.concatenate((closes["known_from"], closes["known_until"][gone]))
    sign = np.concatenate((np.ones(len(closes), np.int64), np.full(len(gone), -1)))
    index = np.concatenate((np.arange(len(closes)), gone))
    order = np.argsort(when, kind="stable")
    return when[order], sign[order], index[order]


def limits(closes: Any, stage_days: Any, checkpoints: Any, strategy: Strategy, terms: Terms) -> Any:
    """The learned thresholds at each checkpoint: int64[checkpoint, cell], UNKNOWN without one.

    `closes` are the won ones, `stage_days[close, stage]` their days in each stage (-1: never
    there). Cells lie as `terms.threshold_start` says.
    """
    cells = int(terms.threshold_start[-1])
    found = np.full((len(checkpoints), max(cells, 1)), UNKNOWN, np.int64)
    for number, limit in enumerate(strategy.thresholds.values()):
        cell, value, index = _measured(number, closes, stage_days, strategy, terms)
        when, sign, which = entries_of(closes[index])
        values, rank = np.unique(value, return_inverse=True)
        first = int(terms.threshold_start[number])
        after = int(terms.threshold_start[number + 1])
        learn(
            when,
            sign,
            cell[which],
            rank[which].astype(np.int64),
            values.astype(np.int64),
            _pools(limit.by, number, strategy, terms),
            checkpoints,
            limit.percentile,
            limit.at_least,
            UNKNOWN if limit.otherwise is None else limit.otherwise,
            found[:, first:after],
        )
    return found


def _pools(by: Sequence[LearnedBy], number: int, strategy: Strategy, terms: Terms) -> Any:
    """Which cells of a threshold are taken together: int64[level, cell], the number of the pool.

    At each level the last of `by` is given up, at the first none.
    """
    tiers = int(terms.threshold_tiers[number])
    cells = np.arange(int(terms.threshold_stages[number]) * tiers)
    place = cells // tiers
    pipelines = np.array([ref.pipeline_code for ref in strategy.stages], np.int64)
    number_of = {
        "tier": cells % tiers,
        "stage": place,
        "pipeline": pipelines[place] if "stage" in by else place,
    }
    levels = []
    for kept in range(max(len(by), 1), 0, -1):
        keys = [number_of[one] for one in by[:kept]] or [np.zeros_like(cells)]
        levels.append(np.unique(np.stack(keys), axis=1, return_inverse=True)[1].reshape(-1))
    return np.stack(levels).astype(np.int64)


def _measured(
    number: int, closes: Any, stage_days: Any, strategy: Strategy, terms: Terms
) -> tuple[Any, Any, Any]:
    """What each win adds to a threshold: cell, value, and the number of its closing."""
    of, axis = terms.threshold_of[number], terms.threshold_axis[number]
    if of == state.OF_STAGE_DAYS:
        index, stage = np.nonzero(stage_days >= 0)
        value = np.minimum(stage_days[index, stage], LONGEST_STAGE_DAYS)
        pipelines = np.array([ref.pipeline_code for ref in strategy.stages], np.int64)
        place = stage if axis == state.BY_STAGE else pipelines[stage]
    else:
        known = closes["amount"] != UNKNOWN
        index = np.flatnonzero(known) if of == state.OF_AMOUNT else np.arange(len(closes))
        chosen = closes[index]
        age = np.maximum(chosen["occurred"] - chosen["opened"], 0) // DAY
        value = chosen["amount"] if of == state.OF_AMOUNT else age
        place = chosen["pipeline"]
    if axis == state.NO_AXIS:
        place = np.zeros(len(index), np.int64)
    belongs = place != UNKNOWN
    tiers = int(terms.threshold_tiers[number])
    tier = closes["tier"][index]
    tier = np.where(tier == UNKNOWN, tiers - 1, tier) if tiers > 1 else np.zeros_like(tier)
    cell = place * tiers + tier
    return cell[belongs].astype(np.int64), value[belongs], index[belongs]


@kernel
def learn(
    when: Any,
    sign: Any,
    cell: Any,
    rank: Any,
    values: Any,
    pools: Any,
    checkpoints: Any,
    percent: int,
    least: int,
    otherwise: int,
    found: Any,
) -> None:
    """Fill `found[checkpoint, cell]` with the percentile of what was known by then.

    `pools[level, cell]` says where the values of a cell are counted at each level; the first level
    whose pool holds `least` values decides, `otherwise` where none does.
    """
    levels, cells = pools.shape
    counts = np.zeros((levels, cells, len(values)), np.int64)
    entry = 0
    for step in range(len(checkpoints)):
        first = entry
        while entry < len(when) and when[entry] < checkpoints[step]:
            for level in range(levels):
                counts[level, pools[level, cell[entry]], rank[entry]] += sign[entry]
            entry += 1
        for one in range(cells):
            if step > 0 and entry == first:
                found[step, one] = found[step - 1, one]
                continue
            limit = UNKNOWN
            for level in range(levels):
                if limit == UNKNOWN:
                    limit = percentile_of(counts[level, pools[level, one]], values, percent, least)
            found[step, one] = otherwise if limit == UNKNOWN else limit


@inner
def percentile_of(counts: Any, values: Any, percent: int, least: int) -> int:
    """The smallest value that `percent` of them did not exceed; UNKNOWN of fewer than `least`."""
    total = 0
    for one in range(len(counts)):
        total += counts[one]
    if total < least or total == 0:
        return UNKNOWN
    wanted = (total * percent + 99) // 100
    below = 0
    for one in range(len(counts)):
        below += counts[one]
        if below >= wanted:
            return values[one]
    return UNKNOWN


@kernel
def matchups(
    when: Any, sign: Any, status: Any, competitors: Any, checkpoints: Any, rivals: int
) -> Any:
    """How we did against each rival: int64[checkpoint, 2 * rivals], RIVAL_WON and RIVAL_LOSING.

    The win rate per mille of the deals won or lost against the rival, UNKNOWN below LEAST_MATCHES;
    and 1 where its Wilson interval lies wholly below the rate of all deals won or lost. A deal that
    was reopened counts at each of its ends.
    """
    found = np.zeros((len(checkpoints), 2 * rivals), np.int64)
    won = np.zeros(rivals, np.int64)
    closed = np.zeros(rivals, np.int64)
    all_won = 0
    all_closed = 0
    entry = 0
    for step in range(len(checkpoints)):
        while entry < len(when) and when[entry] < checkpoints[step]:
            if status[entry] == STATUS_WON or status[entry] == STATUS_LOST:
                is_won = 1 if status[entry] == STATUS_WON else 0
                all_won += sign[entry] * is_won
                all_closed += sign[entry]
                for rival in range(rivals):
                    if competitors[entry] >> rival & 1:
                        won[rival] += sign[entry] * is_won
                        closed[rival] += sign[entry]
            entry += 1
        for rival in range(rivals):
            found[step, 2 * rival + RIVAL_WON] = UNKNOWN
            if closed[rival] >= LEAST_MATCHES:
                found[step, 2 * rival + RIVAL_WON] = won[rival] * 1000 // closed[rival]
                if wilson(won[rival], closed[rival], 1) < all_won / all_closed:
                    found[step, 2 * rival + RIVAL_LOSING] = 1
    return found


@inner
def wilson(hits: int, n: int, side: int) -> float:
    """The upper (side 1) or lower (side -1) end of the 95 % Wilson interval; metrics.rate."""
    half = np.sqrt(hits * (n - hits) / n + Z_95 * Z_95 / 4)
    return (hits + Z_95 * Z_95 / 2 + side * Z_95 * half) / (n + Z_95 * Z_95)


@kernel
def drifting_tiers(closes: Any, checkpoints: Any, tiers: int) -> Any:
    """Masks of the tiers whose win rate fell: int64[checkpoint].

    In both of the last two quarters (91 days) the rate lay below the lower end of the Wilson
    interval of all that closed before; each quarter with LEAST_IN_QUARTER closed deals or more,
    LEAST_BEFORE before.
    """
    found = np.zeros(len(checkpoints), np.int64)
    won = np.zeros((tiers, 3), np.int64)
    closed = np.zeros((tiers, 3), np.int64)
    for step in range(len(checkpoints)):
        as_of = checkpoints[step]
        won[:] = 0
        closed[:] = 0
        for index in range(len(closes)):
            close = closes[index]
            if close.tier == UNKNOWN or close.known_from >= as_of or close.known_until < as_of:
                continue
            if close.status == STATUS_WON or close.status == STATUS_LOST:
                quarter = min((as_of - close.occurred) // QUARTER_SECONDS, 2)
                closed[close.tier, quarter] += 1
                won[close.tier, quarter] += 1 if close.status == STATUS_WON else 0
        for tier in range(tiers):
            if closed[tier, 2] < LEAST_BEFORE:
                continue
            low = wilson(won[tier, 2], closed[tier, 2], -1)
            fell = True
            for quarter in range(2):
                n = closed[tier, quarter]
                fell = fell and n >= LEAST_IN_QUARTER and won[tier, quarter] / n < low
            if fell:
                found[step] |= 1 << tier
    return found
