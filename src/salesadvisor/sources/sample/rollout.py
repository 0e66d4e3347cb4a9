"""How does a team hear of its strategy? Its publication, and who acknowledged it how soon."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from salesadvisor.domain.events import Event, StrategyAcknowledged, StrategyPublished
from salesadvisor.domain.strategy import Strategy

_IN_FORCE_DAYS = 90
_PUBLISHED_AT = time(9, tzinfo=UTC)
# Days that the first, second ... rep takes, over and over; None: never.
_TAKES = (1, 3, 8, None, 2, 12, 30, 5)


def roll_out(strategy: Strategy, until: datetime) -> list[Event]:
    """What is recorded by `until` of the strategy, whatever it declares: its publication on the day
    of its approval (without one, or one still ahead, 90 days before `until`), and the
    acknowledgements of the reps of its teams, of which some are late and some never come.

    The same strategy and moment give the same events.
    """
    published = _published(strategy, until)
    reps = dict.fromkeys(rep for team in strategy.alignment.teams for rep in team.reps)
    events: list[Event] = [
        StrategyPublished(
            subject_id=strategy.name,
            occurred_at=published,
            recorded_at=published,
            source_id=f"strategy-{strategy.content_hash}",
            strategy_hash=strategy.content_hash,
            content=strategy.model_dump(mode="json", by_alias=True, exclude_defaults=True),
        )
    ]
    for place, rep in enumerate(reps):
        days = _TAKES[place % len(_TAKES)]
        if days is not None and (at := published + timedelta(days=days, hours=2)) < until:
            events.append(_acknowledged(strategy, rep, at))
    return events


def _published(strategy: Strategy, until: datetime) -> datetime:
    approved = strategy.strategy_review.approved_on
    if approved is not None and datetime.combine(approved, _PUBLISHED_AT) < until:
        return datetime.combine(approved, _PUBLISHED_AT)
    return datetime.combine(until.date() - timedelta(days=_IN_FORCE_DAYS), _PUBLISHED_AT)


def _acknowledged(strategy: Strategy, rep: str, at: datetime) -> StrategyAcknowledged:
    return StrategyAcknowledged(
        subject_id=strategy.name,
        occurred_at=at,
        recorded_at=at,
        source_id=f"strategy-{strategy.content_hash}-{rep}",
        strategy_hash=strategy.content_hash,
        rep=rep,
    )
