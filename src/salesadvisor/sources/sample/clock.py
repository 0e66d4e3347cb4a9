"""When does business time fall? Business days as a number line, and its moments as text."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache

HOLIDAYS = ((1, 1), (5, 1), (7, 4), (12, 24), (12, 25), (12, 26), (12, 31))
DAY = 86_400
_OPENS = 8 * 3_600
_OPEN_SECONDS = 10 * 3_600
_DAYS_BEYOND = 1_200


class BusinessClock:
    """Business time counted in business days from `start`: 2.5 is noon plus an hour of the third.

    A business day runs from 08:00 to 18:00 UTC. `days` is how many begin up to `end`; the table
    goes on beyond it, for dates that are only planned.
    """

    __slots__ = ("_first", "_months", "_openings", "_texts", "dates", "days", "end_seconds")

    def __init__(self, start: date, end: date) -> None:
        span = (end - start).days + _DAYS_BEYOND
        every = [start + timedelta(days=n) for n in range(span)]
        business = [day for day in every if _is_business_day(day)]
        self.days = sum(day <= end for day in business)
        self.dates = [day.isoformat() for day in business]
        self._months = [day.month - 1 for day in business]
        self._openings = [_midnight(day) + _OPENS for day in business]
        self._first = _midnight(start) // DAY
        self._texts = [day.isoformat() + "T" for day in every]
        self.end_seconds = _midnight(end) + DAY

    def seconds(self, moment: float) -> int:
        """The epoch second of a moment in business time."""
        day = int(moment)
        return self._openings[day] + int((moment - day) * _OPEN_SECONDS)

    def month(self, moment: float) -> int:
        """The month of the year of a moment, January 0."""
        return self._months[int(moment)]

    def is_before_a_break(self, moment: float) -> bool:
        """Whether the day after this one is a weekend or a holiday."""
        day = int(moment)
        return self._openings[day + 1] - self._openings[day] > DAY

    def text(self, seconds: int) -> str:
        """ISO 8601 with offset."""
        return self._texts[seconds // DAY - self._first] + _times_of_day()[seconds % DAY]

    def date_after(self, moment: float, business_days: float) -> str:
        return self.dates[min(int(moment + business_days), len(self.dates) - 1)]


@cache
def _times_of_day() -> list[str]:
    return [
        f"{hour:02}:{minute:02}:{second:02}+00:00"
        for hour in range(24)
        for minute in range(60)
        for second in range(60)
    ]


def _is_business_day(day: date) -> bool:
    return day.weekday() < 5 and (day.month, day.day) not in HOLIDAYS


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
