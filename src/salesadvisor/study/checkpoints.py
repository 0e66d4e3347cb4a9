"""At which moments does a replay look? Local midnights of the strategy's calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

Every = Literal["day", "week", "month"]
EVERY: tuple[Every, ...] = get_args(Every)


def checkpoints(first: date, last: date, every: Every, zone: str) -> npt.NDArray[np.int64]:
    """Epoch seconds of the local midnights from `first` to `last`, both included.

    Weeks begin on Monday and months on their first day: the first checkpoint is the first such day
    on or after `first`. Empty when there is none.
    """
    moments = []
    day = _first_of_period(first, every)
    while day <= last:
        moments.append(midnight(day, zone))
        day = _next(day, every)
    return np.array(moments, dtype=np.int64)


def every_days(first: int, last: int, days: int) -> npt.NDArray[np.int64]:
    """Epoch seconds from `first` to `last`, `days` apart."""
    return np.arange(first, last + 1, days * 86_400, dtype=np.int64)


def midnight(day: date, zone: str) -> int:
    """The epoch second at which `day` begins in `zone`."""
    return int(datetime.combine(day, time(), ZoneInfo(zone)).timestamp())


def local_date(moment: int, zone: str) -> date:
    """The date in `zone` at an epoch second."""
    return datetime.fromtimestamp(moment, UTC).astimezone(ZoneInfo(zone)).date()


def week_of(day: date) -> int:
    """A number that grows by one each Monday."""
    return (day.toordinal() - 1) // 7


def _first_of_period(day: date, every: Every) -> date:
    if every == "week":
        return day + timedelta(days=-day.weekday() % 7)
    if every == "month" and day.day > 1:
        return _next(day.replace(day=1), every)
    return day


def _next(day: date, every: Every) -> date:
    if every == "month":
        return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return day + timedelta(days=7 if every == "week" else 1)
