"""From which moment does an answer look, and why that one?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

import click

from salesadvisor import settings
from salesadvisor.errors import BadInput

if TYPE_CHECKING:
    from salesadvisor.advisor import Advisor

STALE = timedelta(days=30)
_FIRST_YEAR, _LAST_YEAR = 1970, 2200

Reason = Literal["asked", "now", "end_of_history"]


@dataclass(frozen=True)
class Moment:
    """The moment of looking. What was recorded before it is seen, nothing else."""

    as_of: datetime
    reason: Reason
    why: str

    @property
    def text(self) -> str:
        """For a header: '2026-06-30 17:52:07 UTC, as asked'."""
        return f"{self.as_of:%Y-%m-%d %H:%M:%S} UTC, {self.why}"


def read_moment(
    context: click.Context, option: click.Parameter, value: str | None
) -> datetime | None:
    """An option's date or time. Raises BadInput for what is none, or lies centuries away."""
    name = option.opts[0]
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        problem = f"'{value}' is no date or time"
        raise BadInput(name, problem, "write 2026-06-30 or 2026-06-30T17:00+02:00") from None
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        problem = f"'{value}' is not between {_FIRST_YEAR} and {_LAST_YEAR}"
        raise BadInput(name, problem, "correct the year")
    return moment


as_of_option = click.option(
    "--as-of",
    "as_of",
    callback=read_moment,
    metavar="T",
    help="Look from this date or time (ISO 8601; without an offset in the strategy's time zone)."
    "  [default: now, or the end of a history that ended over 30 days ago]",
)


def moment_for(asked: datetime | None, advisor: Advisor) -> Moment:
    """The moment asked for, else now, else the end of a history that isn't of these days.

    Raises BadInput for a moment that nobody can know yet.
    """
    end, now = advisor.end_of_history(), settings.now().replace(microsecond=0)
    if asked is not None:
        return _asked(asked, max(end, now), advisor.playbook.strategy.calendar.timezone)
    if end > now:
        return Moment(end, "end_of_history", "the end of the history, which lies ahead of now")
    if now - end > STALE:
        why = f"the end of the history, {(now - end).days} days ago"
        return Moment(_after_replies(end, advisor), "end_of_history", why)
    return Moment(now, "now", "now")


def _after_replies(end: datetime, advisor: Advisor) -> datetime:
    """The end of a history, and past what was answered to advice given at its end."""
    newest = advisor.newest_reply()
    return end if newest is None else max(end, newest.replace(microsecond=0) + timedelta(seconds=1))


def _asked(asked: datetime, latest: datetime, zone: str) -> Moment:
    placed = asked if asked.tzinfo is not None else asked.replace(tzinfo=ZoneInfo(zone))
    moment = placed.astimezone(UTC).replace(microsecond=0)
    if moment > latest:
        raise BadInput(
            "--as-of", f"{moment:%Y-%m-%d %H:%M:%S} UTC lies in the future", "leave it out for now"
        )
    return Moment(moment, "asked", "as asked")
