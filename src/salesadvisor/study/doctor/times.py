"""When was it written down, and can that be believed? Recording times, delays, shared moments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from salesadvisor.domain import state
from salesadvisor.domain.history import NO_REF
from salesadvisor.study.doctor.facts import Facts
from salesadvisor.study.doctor.finding import Hit
from salesadvisor.study.doctor.order import kind_name

_DAY_US = state.DAY * 1_000_000
_DEFAULT_BACKDATING_DAYS = 30
_LEAST_IN_BULK = 100  # events recorded in one second, each later than it happened


def time_faults(facts: Facts) -> Iterator[Hit]:
    """What the two times of the events say about each other."""
    rows = _as_written(facts)
    delay = facts.columns["recorded_us"][rows] - facts.columns["occurred_us"][rows]
    if len(rows) and not delay.any():
        yield facts.hit("no_recording_times", rows, len(rows), lambda row: kind_name(facts, row))
    yield from _delays(facts, rows, delay)
    yield from _bulk(facts, rows, delay)
    yield from _shared(facts)
    yield from _whole_days(facts, rows)


def median_delay_seconds(facts: Facts) -> int | None:
    """Median seconds from happening to recording; None without events or recording times."""
    rows = _as_written(facts)
    delay = facts.columns["recorded_us"][rows] - facts.columns["occurred_us"][rows]
    if not len(delay) or not delay.any():
        return None
    return int(np.median(np.maximum(delay, 0)) // 1_000_000)


def _as_written(facts: Facts) -> Any:
    """The events as first written down: a correction is late by nature."""
    return np.flatnonzero(facts.is_event & (facts.columns["ref"] == NO_REF))


def _delays(facts: Facts, rows: Any, delay: Any) -> Iterator[Hit]:
    crm = facts.strategy.crm
    allowed = _DEFAULT_BACKDATING_DAYS if crm.backdating_days is None else crm.backdating_days
    recorded = facts.columns["recorded_us"] - facts.columns["occurred_us"]

    def told(row: int) -> str:
        days = int(recorded[row]) / _DAY_US
        return f"{kind_name(facts, row)}, recorded {days:.1f} days later"

    late = rows[delay > allowed * _DAY_US]
    yield facts.hit("backdated", late, len(rows), told, f"More than {allowed} days later.")
    if crm.logging_days is not None:
        slow = rows[delay > crm.logging_days * _DAY_US]
        limit = f"More than {crm.logging_days} days later."
        yield facts.hit("late_logging", slow, len(rows), told, limit)
    yield facts.hit(
        "recorded_before_it_happened", rows[delay < 0], len(rows),
        lambda row: f"{kind_name(facts, row)}, recorded {-int(recorded[row]) / _DAY_US:.1f} days"
        " before it",
    )  # fmt: skip


def _bulk(facts: Facts, rows: Any, delay: Any) -> Iterator[Hit]:
    late = rows[delay > _DAY_US]
    second = facts.columns["recorded_us"][late] // 1_000_000
    _, inverse, counts = np.unique(second, return_inverse=True, return_counts=True)
    loaded = late[counts[inverse] >= _LEAST_IN_BULK]
    yield facts.hit(
        "recorded_in_bulk", loaded, len(rows), lambda row: f"{kind_name(facts, row)} among them"
    )


def _shared(facts: Facts) -> Iterator[Hit]:
    """Events that stand at the same moment of knowing as another event of their deal."""
    events = np.flatnonzero(facts.is_event)
    deal, known = facts.columns["deal"][events], facts.known[events]
    same = np.zeros(len(events) + 1, np.bool_)
    same[1:-1] = (deal[1:] == deal[:-1]) & (known[1:] == known[:-1])
    tied = events[same[1:] | same[:-1]]
    yield facts.hit("shared_timestamps", tied, len(events), lambda row: kind_name(facts, row))


def _whole_days(facts: Facts, rows: Any) -> Iterator[Hit]:
    midnight = rows[facts.columns["occurred_us"][rows] % _DAY_US == 0]
    yield facts.hit(
        "days_without_time", midnight, len(rows), lambda row: f"{kind_name(facts, row)} at 0:00"
    )
