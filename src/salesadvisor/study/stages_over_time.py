"""How many deals, worth how much, stood at each stage at each checkpoint of a replay?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from salesadvisor.domain.state import UNKNOWN
from salesadvisor.domain.strategy import Strategy
from salesadvisor.study.advising import money
from salesadvisor.study.checkpoints import local_date
from salesadvisor.study.replay import Replay

NO_STAGE = "no stage of the strategy"


@dataclass(frozen=True)
class StagesOverTime:
    """By stage and checkpoint: open deals and the sum of their known amounts.

    `stages` are names in the order of the process; stages of several pipelines that have the same
    place share a line. `amounts` is empty when no amount was ever recorded.
    """

    days: tuple[date, ...]
    stages: tuple[str, ...]
    deals: tuple[tuple[int, ...], ...]
    amounts: tuple[tuple[float, ...], ...]
    without_amount: int
    """Rows of the replay without an amount."""


def stages_over_time(replay: Replay) -> StagesOverTime:
    """Count a replay's open deals by stage."""
    strategy = replay.history.strategy
    names = rank_names(strategy)
    moments = replay.found.checkpoints
    stage, time, amount = (replay.scores[name] for name in ("stage", "time", "amount"))
    place = np.where(stage == UNKNOWN, len(names), stage).astype(np.int64)
    shape = (len(names) + 1, len(moments))
    cell = place * shape[1] + time
    deals = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)
    known = amount != UNKNOWN
    unit = float(1 / money(1, strategy.currency))
    value = np.bincount(cell[known], amount[known] / unit, shape[0] * shape[1]).reshape(shape)
    used = np.flatnonzero(deals.sum(axis=1))
    return StagesOverTime(
        days=tuple(local_date(int(at), strategy.calendar.timezone) for at in moments),
        stages=tuple([*names, NO_STAGE][row] for row in used),
        deals=tuple(tuple(deals[row].tolist()) for row in used),
        amounts=tuple(tuple(value[row].tolist()) for row in used) if known.any() else (),
        without_amount=int(np.count_nonzero(~known)),
    )


def rank_names(strategy: Strategy) -> tuple[str, ...]:
    """The name of each place in the process; where pipelines differ, their names together."""
    most = max(ref.stage_count for ref in strategy.stages)
    by_rank = [
        dict.fromkeys(ref.name for ref in strategy.stages if ref.rank == rank)
        for rank in range(most)
    ]
    return tuple(" / ".join(names) for names in by_rank)
