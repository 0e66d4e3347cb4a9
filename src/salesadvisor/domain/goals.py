"""How does a goal stand: reached, on pace, missing, coverable, and what would have to change?

One function, one figure. Amounts are in the unit of the goal's metric (money: minor units), shares
are fractions of 1, and None stands for "no value": an empty denominator is never 0. The figures
come from what was known at the moment of asking; who selects it is study/goals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final, Literal

from salesadvisor.domain.state import UNKNOWN
from salesadvisor.domain.strategy import Calendar

Unit = Literal["money", "count", "percent", "days"]
NEED_DAYS: Final = 28
_BISECTIONS: Final = 40
_LARGEST_SPEED: Final = 4.0


@dataclass(frozen=True, slots=True)
class Metric:
    """What a goal is measured in. `grows`: the result adds up over the period, from nothing."""

    name: str
    unit: Unit
    says: str
    grows: bool = True
    smaller_is_better: bool = False


METRICS: Final[Mapping[str, Metric]] = MappingProxyType(
    {
        one.name: one
        for one in (
            Metric("won_amount", "money", "amount of the deals won"),
            Metric("won_count", "count", "deals won"),
            Metric("created_amount", "money", "amount of the deals opened"),
            Metric("win_rate", "percent", "won of the deals won or lost", grows=False),
            Metric(
                "bid_hit_rate", "percent", "awards of the decided proposals, by day of submission",
                grows=False,
            ),
            Metric(
                "cycle_days", "days", "median days from opening to win", grows=False,
                smaller_is_better=True,
            ),
        )
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Period:
    """From the first day of `start` to the last of `due`, both included."""

    start: date
    due: date

    @property
    def after(self) -> date:
        """The first day that no longer belongs to it."""
        return self.due + timedelta(days=1)

    def earlier(self, steps: int) -> Period:
        """The like-long period `steps` before: whole months stay whole months."""
        months = _whole_months(self.start, self.after)
        if months:
            start = _month_back(self.start, months * steps)
            return Period(start, _month_back(self.after, months * steps) - timedelta(days=1))
        back = timedelta(days=(self.after - self.start).days * steps)
        return Period(self.start - back, self.due - back)


def _whole_months(start: date, after: date) -> int:
    if start.day != 1 or after.day != 1:
        return 0
    return (after.year - start.year) * 12 + after.month - start.month


def _month_back(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)


def share_passed(calendar: Calendar, period: Period, today: date) -> float:
    """The share of the period's business days that lie before `today`."""
    days = [period.start + timedelta(days=n) for n in range((period.after - period.start).days)]
    business = [day for day in days if calendar.is_business_day(day)]
    return sum(day < today for day in business) / len(business) if business else 0.0


def hit_rate(awards: int, decided: int) -> float | None:
    """Bid hit rate in percent: awards / proposals of the cohort that were decided.

    A proposal that is still open is neither an award nor a loss; who shows the rate shows how many
    are open. When all are decided this is awards / proposals submitted.
    """
    return 100 * awards / decided if decided > 0 else None


def median_days(days: Sequence[float]) -> float | None:
    """The lower median: the smallest that half of them do not exceed."""
    return sorted(days)[(len(days) - 1) // 2] if days else None


def attainment(metric: Metric, reached: float | None, goal: float) -> float | None:
    """Reached / goal; goal / reached where smaller is better, so that 1 is always "there"."""
    if reached is None:
        return None
    over, under = (goal, reached) if metric.smaller_is_better else (reached, goal)
    return over / under if under > 0 else None


def linear_pace(metric: Metric, attained: float | None, passed: float) -> float | None:
    """Attainment against the share of the period's business days that `passed`.

    A rate or a duration does not grow with time: there the whole goal is expected at any time.
    """
    if not metric.grows:
        return attained
    return attained / passed if attained is not None and passed > 0 else None


def share_reached_by_then(
    metric: Metric, earlier: Sequence[tuple[float | None, float | None]]
) -> float | None:
    """History's own curve: the mean over earlier periods of (value at this point) / (at the end).

    Upside down where smaller is better, like `attainment`.
    """
    shares = [
        (end / then if metric.smaller_is_better else then / end)
        for then, end in earlier
        if then is not None and end is not None and then >= 0 and end > 0
        if not metric.smaller_is_better or then > 0
    ]
    return sum(shares) / len(shares) if shares else None


def curve_pace(attained: float | None, share_by_then: float | None) -> float | None:
    """Attainment against history's own curve at this point."""
    return attained / share_by_then if attained is not None and share_by_then else None


def gap(metric: Metric, reached: float | None, goal: float) -> float | None:
    """What is missing to the goal, at least 0."""
    if reached is None:
        return None
    return max(reached - goal if metric.smaller_is_better else goal - reached, 0)


def coverage(pipeline: float | None, missing: float | None) -> float | None:
    """Open pipeline expected to close by the due date / what is missing."""
    return pipeline / missing if pipeline is not None and missing else None


def required_coverage(pipeline: float, won_of_it: float) -> float | None:
    """1 / value conversion of earlier pipelines with as many days left: pipeline / won of it."""
    return pipeline / won_of_it if won_of_it > 0 else None


def need_in_28_days(
    *,
    missing: float,
    expected_from_open: float,
    conversion: float | None,
    days_left: int,
    cycle_days: float | None,
) -> float | None:
    """Pipeline to open in 28 days: (missing - expected from open) / conversion x 28 / usable days.

    "Pipeline needed" (Gong) by goal arithmetic: `conversion` is the won value of all closed value,
    and a deal opened within a median cycle of the due date comes too late, so that
    usable days = days left - cycle. None when nothing is missing or it is too late.
    """
    uncovered = missing - expected_from_open
    if uncovered <= 0 or not conversion or cycle_days is None:
        return None
    usable = days_left - cycle_days
    return uncovered / conversion * NEED_DAYS / max(usable, NEED_DAYS) if usable > 0 else None


LEVERS: Final = ("volume", "rate", "size", "cycle")


@dataclass(frozen=True, slots=True)
class Lever:
    """How much one factor of the velocity must change, alone, to reach the goal on average.

    `change` is relative (0.12: 12 % more; a shorter cycle is negative); None: it can't, alone.
    """

    name: str
    change: float | None


def levers(
    *,
    missing: float,
    expected: Callable[[float], tuple[float, float]],
    win_rate: float | None,
    has_size: bool,
) -> tuple[Lever, ...]:
    """The four needed changes by velocity algebra: deals x win rate x value / cycle.

    `expected(speed)` gives what is expected by the due date from (open, coming) deals when all goes
    `speed` times as fast. Volume multiplies what comes, rate and size multiply both, and a rate
    beyond 1 is impossible; a cycle shortened to c / speed brings in what speed x days would.
    """
    of_open, of_coming = expected(1.0)
    total = of_open + of_coming
    if total >= missing:
        return tuple(Lever(name, 0.0) for name in LEVERS if has_size or name != "size")
    both = missing / total - 1 if total > 0 else None
    volume = (missing - of_open) / of_coming - 1 if of_coming > 0 else None
    rate = both if both is not None and win_rate and (1 + both) * win_rate <= 1 else None
    found = [Lever("volume", volume), Lever("rate", rate)]
    if has_size:
        found.append(Lever("size", both))
    return (*found, Lever("cycle", _cycle_change(missing, expected)))


def _cycle_change(missing: float, expected: Callable[[float], tuple[float, float]]) -> float | None:
    if sum(expected(_LARGEST_SPEED)) < missing:
        return None
    low, high = 1.0, _LARGEST_SPEED
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if sum(expected(middle)) < missing:
            low = middle
        else:
            high = middle
    return 1 / high - 1


def cheapest(found: Sequence[Lever]) -> Lever | None:
    """The lever with the smallest relative change; the first of equals."""
    possible = [one for one in found if one.change is not None]
    return min(possible, key=lambda one: abs(one.change or 0.0), default=None)


def permille(share: float | None) -> int:
    """A share as a signal's whole number, UNKNOWN for none."""
    return UNKNOWN if share is None else round(share * 1_000)
