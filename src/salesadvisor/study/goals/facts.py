"""What does history say that goals need, and when was it known? Gathered once, asked at moments."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from salesadvisor.domain.signals import SIGNAL_INDEX
from salesadvisor.domain.state import DAY, STATUS_VOIDED, UNKNOWN
from salesadvisor.log.passes import History, Panel, panels, survey
from salesadvisor.model.bulk import score_rows
from salesadvisor.study.checkpoints import every_days
from salesadvisor.study.goals.milestones import milestones, standing_at
from salesadvisor.study.winning import Schedule

LOOK_BACK_DAYS = 28  # between the moments of the past from which chances are learned
MOST_LEARNING_ROWS = 40_000
STANDING = np.dtype(
    [(name, np.int64) for name in ("deal", "time", "cycle", "stage", "amount", "days_to_close")]
)
_COLUMNS = {
    "cycle": "cycle",
    "stage": "stage",
    "amount": "amount_minor",
    "days_to_close": "days_to_close_date",
}


@dataclass(frozen=True)
class Facts:
    """Closings, milestones and how open deals stood, all with the moments they were known at.

    `standing` are records of STANDING by (moment, deal) at `moments` (ascending), those of moment m
    are `standing[slots[m]:slots[m + 1]]`. `first_known` is the first second of history, and
    `keys[deal]` a well-spread number of the deal's name.
    """

    history: History
    closes: Any
    milestones: Any
    moments: Any
    standing: Any
    slots: Any
    first_known: int
    keys: Any


@dataclass(frozen=True)
class Known:
    """What was known at `moment`: each deal once, closed ones by their last close.

    `open` are records of STANDING, `closed` of log.passes.CLOSE without voided deals; `opened` and
    `submitted` are by deal, UNKNOWN for not yet.
    """

    moment: int
    open: Any
    closed: Any
    opened: Any
    submitted: Any
    ends: Any
    """Every close by (deal, cycle), those of earlier cycles too."""


def gather(history: History, checkpoints: Any, workers: int = 1) -> Facts:
    """Read what goals need of `history` at `checkpoints` (int64 epoch seconds, ascending)."""
    first = int(history.rows["known"].min()) if len(history.rows) else int(checkpoints[-1])
    grid = every_days(first + 1, int(checkpoints[-1]) - 1, LOOK_BACK_DAYS)
    moments = np.unique(np.concatenate((checkpoints, grid)))
    found = survey(history, moments, workers)

    def read(panel: Panel) -> Any:
        rows = np.empty(panel.count, STANDING)
        rows["deal"], rows["time"] = panel.deal[: panel.count], panel.time[: panel.count]
        for name, signal in _COLUMNS.items():
            rows[name] = panel.block[SIGNAL_INDEX[signal], : panel.count]
        return rows

    standing = np.concatenate([np.empty(0, STANDING), *panels(history, found, read, workers)])
    standing = standing[np.argsort(standing["time"], kind="stable")]
    return Facts(
        history=history,
        closes=found.closes,
        milestones=milestones(history),
        moments=moments,
        standing=standing,
        slots=np.searchsorted(standing["time"], np.arange(len(moments) + 1)),
        first_known=first,
        keys=_keys(history.log.words.deals.words),
    )


def known_at(facts: Facts, moment: int) -> Known:
    """The facts as known at one of the `moments`."""
    closes = facts.closes
    counts = (closes["known_from"] < moment) & (closes["known_until"] >= moment)
    ends = closes[counts]
    ends = ends[np.lexsort((ends["known_from"], ends["cycle"], ends["deal"]))]
    opened, submitted = standing_at(facts.milestones, moment, facts.history.log.deal_count)
    stands = standing_of(facts, moment)
    voided = ends["deal"][ends["status"] == STATUS_VOIDED]
    for by_deal in (opened, submitted):
        by_deal[voided] = UNKNOWN
    ends = ends[~np.isin(ends["deal"], voided)] if len(voided) else ends
    last = np.append(ends["deal"][1:] != ends["deal"][:-1], True)[: len(ends)]
    closed = ends[last]
    return Known(
        moment=moment,
        open=stands,
        closed=closed[~np.isin(closed["deal"], stands["deal"])],
        opened=opened,
        submitted=submitted,
        ends=ends,
    )


def standing_of(facts: Facts, moment: int) -> Any:
    """How every deal open at `moment` stood."""
    place = int(np.searchsorted(facts.moments, moment))
    return facts.standing[facts.slots[place] : facts.slots[place + 1]]


def learning_rows(facts: Facts, before: int) -> tuple[Any, Any]:
    """Standings at the regular moments of the past before `before`, and these moments by row.

    Deals are taken whole, at most about MOST_LEARNING_ROWS rows.
    """
    grid = (facts.moments - facts.first_known - 1) % (LOOK_BACK_DAYS * DAY) == 0
    end = int(np.searchsorted(facts.moments, before))
    rows = facts.standing[: facts.slots[end]]
    rows = rows[grid[rows["time"]]]
    stride = -(-len(rows) // MOST_LEARNING_ROWS)
    if stride > 1:
        rows = rows[facts.keys[rows["deal"]] % np.uint64(stride) == 0]
    return rows, facts.moments[rows["time"]]


def scores_at(
    history: History, checkpoints: Any, schedule: Schedule, workers: int = 1
) -> Mapping[str, Any]:
    """The win probability of every open deal at `checkpoints`, as a replay's scores give it."""
    found = survey(history, checkpoints, workers)
    serving = schedule.serving(checkpoints)

    def score(panel: Panel) -> tuple[Any, Any, Any]:
        deal, time = panel.deal[: panel.count].copy(), panel.time[: panel.count].copy()
        p_bp = np.empty(panel.count, np.int32)
        for number in np.unique(serving[time]):
            rows = np.flatnonzero(serving[time] == number)
            p_bp[rows] = score_rows(schedule.models[number], panel.block[:, rows])[0]
        return deal, time, p_bp

    nothing = np.empty(0, np.int64)
    parts = [(nothing, nothing, nothing), *panels(history, found, score, workers)]
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return dict(zip(("deal", "time", "p_bp"), columns, strict=True))


def _keys(names: Sequence[str]) -> Any:
    """A number of each name that does not depend on what else is in the log."""
    digests = [hashlib.blake2b(name.encode(), digest_size=8).digest() for name in names]
    return np.frombuffer(b"".join(digests), np.uint64) if digests else np.empty(0, np.uint64)
