"""What is a metric's value within a period, by what is known? The selection; figures are domain's.

A deal counts once, by its last close within the period. Voided deals count nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from salesadvisor.domain.goals import hit_rate, median_days
from salesadvisor.domain.metrics import win_rate
from salesadvisor.domain.state import DAY, STATUS_LOST, STATUS_WON, UNKNOWN
from salesadvisor.study.goals.facts import Known


@dataclass(frozen=True)
class Reached:
    """A metric's value, how many deals it is counted from, and what it leaves out.

    `left_out` are deals of the cohort without an amount or, for a rate, still open.
    """

    value: float | None
    deals: int
    left_out: int = 0


def measure(metric: str, known: Known, start: int, until: int) -> Reached:
    """The value of a metric of domain.goals.METRICS within [start, until) epoch seconds."""
    return _MEASURES[metric](known, start, until)


def closed_within(known: Known, start: int, until: int) -> Any:
    """The last close of each deal that closed within the period."""
    ends = known.ends
    ends = ends[(ends["occurred"] >= start) & (ends["occurred"] < until)]
    return ends[np.append(ends["deal"][1:] != ends["deal"][:-1], True)[: len(ends)]]


def won_within(known: Known, start: int, until: int) -> Any:
    closed = closed_within(known, start, until)
    return closed[closed["status"] == STATUS_WON]


def amounts_opened(known: Known, start: int, until: int) -> Any:
    """The amounts, as known now, of the deals opened within the period; UNKNOWN without one."""
    deal = np.concatenate((known.closed["deal"], known.open["deal"]))
    amount = np.concatenate((known.closed["amount"], known.open["amount"]))
    opened = known.opened[deal]
    return amount[(opened >= start) & (opened < until)]


def submitted_within(known: Known, start: int, until: int) -> Any:
    """By deal: whether its proposal was submitted within the period."""
    return (known.submitted >= start) & (known.submitted < until)


def cycle_days_of(won: Any) -> Any:
    """Days from opening to win."""
    return (won["occurred"] - won["opened"]) / DAY


def total(amounts: Any) -> float | None:
    """The sum of the known ones; None where there are deals, but no amount of any is known."""
    known = amounts[amounts != UNKNOWN]
    return None if len(amounts) and not len(known) else float(int(known.sum()))


def _sum_of(amounts: Any) -> Reached:
    known = int(np.count_nonzero(amounts != UNKNOWN))
    return Reached(total(amounts), known, len(amounts) - known)


def _won_amount(known: Known, start: int, until: int) -> Reached:
    return _sum_of(won_within(known, start, until)["amount"])


def _won_count(known: Known, start: int, until: int) -> Reached:
    count = len(won_within(known, start, until))
    return Reached(float(count), count)


def _created_amount(known: Known, start: int, until: int) -> Reached:
    return _sum_of(amounts_opened(known, start, until))


def _win_rate(known: Known, start: int, until: int) -> Reached:
    status = closed_within(known, start, until)["status"]
    won, lost = (int(np.count_nonzero(status == one)) for one in (STATUS_WON, STATUS_LOST))
    found = win_rate(won, lost)
    return Reached(100 * found.value if found else None, won + lost)


def _bid_hit_rate(known: Known, start: int, until: int) -> Reached:
    in_cohort = submitted_within(known, start, until)
    closed = known.closed[in_cohort[known.closed["deal"]] & (known.closed["occurred"] < until)]
    awards = int(np.count_nonzero(closed["status"] == STATUS_WON))
    still_open = int(np.count_nonzero(in_cohort)) - len(closed)
    return Reached(hit_rate(awards, len(closed)), len(closed), still_open)


def _cycle_days(known: Known, start: int, until: int) -> Reached:
    days = cycle_days_of(won_within(known, start, until))
    return Reached(median_days(days.tolist()), len(days))


_MEASURES: Mapping[str, Callable[[Known, int, int], Reached]] = MappingProxyType(
    {
        "won_amount": _won_amount,
        "won_count": _won_count,
        "created_amount": _created_amount,
        "win_rate": _win_rate,
        "bid_hit_rate": _bid_hit_rate,
        "cycle_days": _cycle_days,
    }
)
