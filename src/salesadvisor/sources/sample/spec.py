"""How large a sample history, over which months, with how much dirt?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

DEFAULT_END = date(2026, 6, 30)
DEFAULT_MONTHS = 25
_DEALS_PER_REP = 75
_DEALS_PER_ACCOUNT = 5
# Measured over sample histories of 25 months; a test holds it.
_EVENTS_PER_DEAL = 44.0


@dataclass(frozen=True)
class SampleSpec:
    """What fixes a sample history, to the byte.

    The history begins on `start` and ends with the last day of its `months`; nothing in it was
    recorded later.
    """

    seed: int = 7
    accounts: int = 120
    deals: int = 600
    reps: int = 8
    start: date = date(2024, 6, 1)
    months: int = DEFAULT_MONTHS
    dirt: bool = True

    def __post_init__(self) -> None:
        smallest = {"accounts": 1, "deals": 1, "reps": 1, "months": 1, "seed": 0}
        for name, least in smallest.items():
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be at least {least}, not {getattr(self, name)}")
        if self.start.day != 1:
            raise ValueError(f"start must be the first of a month, not {self.start}")

    @property
    def end(self) -> date:
        """The last day of the history."""
        return _month_after(self.start, self.months) - timedelta(days=1)

    @classmethod
    def for_events(
        cls,
        events: int,
        *,
        seed: int = 7,
        end: date = DEFAULT_END,
        months: int = DEFAULT_MONTHS,
        dirt: bool = True,
    ) -> SampleSpec:
        """The spec of a history with about `events` events; reps and accounts grow with it."""
        deals = max(1, round(events / _EVENTS_PER_DEAL))
        first_after_end = (end + timedelta(days=1)).replace(day=1)
        return cls(
            seed=seed,
            accounts=max(1, round(deals / _DEALS_PER_ACCOUNT)),
            deals=deals,
            reps=max(1, round(deals / _DEALS_PER_REP)),
            start=_month_after(first_after_end, -months),
            months=months,
            dirt=dirt,
        )


def _month_after(first: date, months: int) -> date:
    years, month = divmod(first.month - 1 + months, 12)
    return date(first.year + years, month + 1, 1)
