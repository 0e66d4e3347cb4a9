"""How does a goal stand? The oracle: every deal's story told anew at every moment, lists and loops.

The chance of a hit is no part of it; its distribution has tests of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from salesadvisor.domain.elements import Goal
from salesadvisor.domain.events import Opened, Reopened, StageChanged, Won, minor_units
from salesadvisor.domain.strategy import Strategy
from tests.oracles.fold import Numbered, Story, deals_in, money, same_word, second, story, told
from tests.oracles.observe import pipeline_at, worth

DAY = 86_400
SMALLER_IS_BETTER = ("cycle_days",)
GROWS = ("won_amount", "won_count", "created_amount")
MONEY = ("won_amount", "created_amount")
Answer = dict[str, int | None]


@dataclass(frozen=True)
class End:
    deal: str
    cycle: int
    occurred: int
    status: str
    opened: int
    amount: int | None


@dataclass(frozen=True)
class Seen:
    """A deal as known at a moment."""

    deal: str
    cycle: int
    is_open: bool
    opened: int
    submitted: int | None
    amount: int | None
    days_to_close: int | None
    ends: tuple[End, ...]


def goal_signals(
    events: Sequence[Numbered], goal: Goal, as_of: datetime, strategy: Strategy
) -> Answer:
    """What a rule reads of a running goal, but for its chance and what rests on the win model."""
    seen = deals_seen(events, as_of, strategy)
    today = _date(second(as_of), strategy)
    start = _midnight(goal.start, strategy)
    after = _midnight(goal.due + timedelta(days=1), strategy)
    reached = value(goal.metric, seen, start, second(as_of))
    target = Fraction(goal.value)
    if goal.metric in MONEY:
        target = Fraction(minor_units(goal.value, strategy.currency))
    attained = _attainment(goal.metric, reached, target)
    missing = None
    if goal.metric in MONEY and reached is not None:
        missing = max(target - reached, Fraction(0))
    share = _share_by_then(events, goal, seen, as_of, strategy)
    pipeline = None
    required = None
    left = (goal.due - today).days
    if goal.metric == "won_amount":
        pipeline = _pipeline_due(seen, left)
        required = _required(events, seen, as_of, after, left, strategy)
    return {
        "attainment_permille": _permille(attained),
        "pace_permille": _permille(_pace(goal, attained, today, strategy)),
        "curve_pace_permille": _permille(
            attained / share if share and attained is not None else None
        ),
        "days_left": left,
        "gap_minor": None if missing is None else round(missing),
        "coverage_permille": _permille(
            pipeline / missing if pipeline is not None and missing else None
        ),
        "required_coverage_permille": _permille(required),
    }


def deals_seen(events: Sequence[Numbered], as_of: datetime, strategy: Strategy) -> list[Seen]:
    """Every deal that was opened and not voided, as known at `as_of`."""
    found = []
    for deal in deals_in(events):
        it = story(events, deal, as_of)
        if it.status in ("not opened", "voided"):
            continue
        amount, days = worth(it, as_of, strategy)
        ends = tuple(_ends(deal, it, as_of, strategy))
        if it.status != "open":
            amount = ends[-1].amount
        found.append(
            Seen(
                deal, it.cycle, it.status == "open", it.openings[-1].occurred,
                _submitted(it, pipeline_at(events, deal, as_of, strategy), strategy), amount, days,
                ends,
            )
        )  # fmt: skip
    return found


def _ends(deal: str, it: Story, as_of: datetime, strategy: Strategy) -> list[End]:
    found = []
    facts = list(it.seen)
    for number in range(len(facts)):
        before, now = told(facts[:number]), told(facts[: number + 1])
        if before.status == "open" and now.status != "open":
            amount, _ = worth(now, as_of, strategy)
            event = facts[number].event
            if isinstance(event, Won):
                stated = money(event.amount, event.currency, strategy.currency)
                amount = amount if stated is None else stated
            opened = now.openings[-1].occurred
            found.append(End(deal, now.cycle, facts[number].occurred, now.status, opened, amount))
    return found


def _submitted(it: Story, pipeline: str | None, strategy: Strategy) -> int | None:
    flagged = [
        ref.name for ref in strategy.stages if ref.stage.proposal and ref.pipeline == pipeline
    ]
    for fact in it.kept:
        match fact.event:
            case Opened(stage=name) | Reopened(stage=name) | StageChanged(to=name):
                if name is not None and any(same_word(name, one) for one in flagged):
                    return fact.occurred
            case _:
                pass
    return None


def value(metric: str, seen: Sequence[Seen], start: int, until: int) -> Fraction | None:
    """The metric within [start, until)."""
    closed = []
    for deal in seen:
        within = [end for end in deal.ends if start <= end.occurred < until]
        closed += within[-1:]
    won = [end for end in closed if end.status == "won"]
    opened = [deal for deal in seen if start <= deal.opened < until]
    match metric:
        case "won_amount":
            return _total([end.amount for end in won])
        case "won_count":
            return Fraction(len(won))
        case "created_amount":
            return _total([deal.amount for deal in opened])
        case "win_rate":
            decided = len(won) + sum(end.status == "lost" for end in closed)
            return Fraction(100 * len(won), decided) if decided else None
        case "bid_hit_rate":
            return _hit_rate(seen, start, until)
        case _:
            days = sorted(Fraction(end.occurred - end.opened, DAY) for end in won)
            return days[(len(days) - 1) // 2] if days else None


def _total(amounts: Sequence[int | None]) -> Fraction | None:
    """The sum of what is known; unknown where there are deals but no amount of any."""
    known = [amount for amount in amounts if amount is not None]
    return None if amounts and not known else Fraction(sum(known))


def _hit_rate(seen: Sequence[Seen], start: int, until: int) -> Fraction | None:
    decided = [
        deal.ends[-1].status
        for deal in seen
        if deal.submitted is not None and start <= deal.submitted < until
        if not deal.is_open and deal.ends[-1].occurred < until
    ]
    return Fraction(100 * decided.count("won"), len(decided)) if decided else None


def _attainment(metric: str, reached: Fraction | None, target: Fraction) -> Fraction | None:
    if reached is None:
        return None
    if metric in SMALLER_IS_BETTER:
        return target / reached if reached > 0 else None
    return reached / target if target > 0 else None


def _pace(
    goal: Goal, attained: Fraction | None, today: date, strategy: Strategy
) -> Fraction | None:
    if goal.metric not in GROWS or attained is None:
        return attained
    calendar = strategy.calendar
    days = [goal.start + timedelta(days=n) for n in range((goal.due - goal.start).days + 1)]
    business = [
        day
        for day in days
        if day.strftime("%a").lower() not in calendar.weekend and day not in calendar.holidays
    ]
    passed = [day for day in business if day < today]
    return attained * len(business) / len(passed) if passed else None


def _share_by_then(
    events: Sequence[Numbered], goal: Goal, seen: list[Seen], as_of: datetime, strategy: Strategy
) -> Fraction | None:
    now = second(as_of)
    cycle = value("cycle_days", seen, now - 365 * DAY, now)
    wins = [
        1
        for deal in seen
        if [e for e in deal.ends if now - 365 * DAY <= e.occurred < now][-1:]
        and [e for e in deal.ends if now - 365 * DAY <= e.occurred < now][-1].status == "won"
    ]
    if cycle is None or len(wins) < 5:
        return None
    filled = min(deal.opened for deal in seen) + int(cycle * DAY)
    today = _date(now, strategy)
    length = goal.due - goal.start + timedelta(days=1)
    shares = []
    for steps in range(1, 6):
        start = goal.start - steps * length
        end = _midnight(start + length, strategy)
        if _midnight(start, strategy) < filled:
            break
        if end > now:
            continue
        into = now - _midnight(today, strategy)
        then = min(_midnight(start + (today - goal.start), strategy) + into, end)
        values = [value(goal.metric, seen, _midnight(start, strategy), at) for at in (then, end)]
        a, b = values
        if a is None or b is None or b <= 0:
            continue
        if goal.metric in SMALLER_IS_BETTER:
            shares += [b / a] if a > 0 else []
        else:
            shares.append(a / b)
    return sum(shares, Fraction(0)) / len(shares) if shares else None


def _pipeline_due(seen: Sequence[Seen], left: int) -> Fraction | None:
    dated = [deal for deal in seen if deal.is_open and deal.days_to_close is not None]
    if not dated:
        return None
    due = [deal for deal in dated if deal.days_to_close is not None and deal.days_to_close <= left]
    return _total([deal.amount for deal in due])


def _required(
    events: Sequence[Numbered],
    seen: Sequence[Seen],
    as_of: datetime,
    after: int,
    left: int,
    strategy: Strategy,
) -> Fraction | None:
    ahead = after - second(as_of)
    moment = min(second(one.event.known_at) for one in events if one.event.STREAM == "deal") + 1
    by_deal = {deal.deal: deal for deal in seen}
    pipeline = won = 0
    winners = set()
    while moment < second(as_of) and moment + ahead <= second(as_of):
        at = datetime.fromtimestamp(moment, UTC)
        for deal in deals_seen(events, at, strategy):
            is_due = deal.days_to_close is not None and deal.days_to_close <= left
            if not deal.is_open or not is_due or deal.amount is None or deal.deal not in by_deal:
                continue
            pipeline += deal.amount
            for end in by_deal[deal.deal].ends:
                in_time = end.occurred < moment + ahead and end.status == "won"
                if end.cycle == deal.cycle and in_time and end.amount is not None:
                    won += end.amount
                    winners.add(deal.deal)
        moment += 28 * DAY
    return Fraction(pipeline, won) if len(winners) >= 5 and won else None


def _midnight(day: date, strategy: Strategy) -> int:
    zone = ZoneInfo(strategy.calendar.timezone)
    return second(datetime(day.year, day.month, day.day, tzinfo=zone))


def _date(moment: int, strategy: Strategy) -> date:
    zone = ZoneInfo(strategy.calendar.timezone)
    return datetime.fromtimestamp(moment, UTC).astimezone(zone).date()


def _permille(share: Fraction | None) -> int | None:
    return None if share is None else round(share * 1000)
