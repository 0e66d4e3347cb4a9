"""What do the signals of accounts, reps and the team read? Their oracle, straight from the events.

Every deal is told anew at every moment; sums run over lists. None stands for unknown, and for a
subject that has no signals at the moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from salesadvisor.domain.events import Activity, Opened
from salesadvisor.domain.strategy import Strategy
from tests.oracles import observe
from tests.oracles.fold import Fact, Numbered, deals_in, second, story
from tests.oracles.observe import Answer, End, View, wilson

DAY = 86_400
HOUR = 3_600
MINUTES = {"call": 20, "email": 10, "meeting": 60, "demo": 60, "task": 30, "other": 15}


@dataclass(frozen=True)
class Deal:
    """A deal, open or closed, as of a moment."""

    name: str
    view: View
    orders: Answer

    @property
    def is_open(self) -> bool:
        return self.view.story.is_open

    @property
    def status(self) -> str:
        return self.view.story.status

    def age(self, at: int) -> int:
        return self.view.as_of - at

    @property
    def opened_at(self) -> int:
        return self.view.story.openings[-1].occurred

    @property
    def closed_for(self) -> int:
        """Seconds since it closed, 0 while it is open."""
        return 0 if self.is_open else self.age(self.view.story.endings[-1].occurred)

    @cached_property
    def amount(self) -> int:
        return observe._amount(self.view)["amount_minor"] or 0

    @cached_property
    def owner(self) -> str | None:
        return observe._owner(self.view)

    @cached_property
    def account(self) -> str | None:
        return observe.account_of(self.view)

    @cached_property
    def attributes(self) -> dict[str, int | None]:
        return observe._attributes(self.view)

    @cached_property
    def market(self) -> Answer:
        return observe._market(self.view)

    @cached_property
    def steps(self) -> Answer:
        return {**observe._next_step(self.view), **observe._close_date(self.view)}

    def activities(self, days: int) -> list[Activity]:
        """Those of the last days, whether the deal was open or closed then."""
        return [
            fact.event
            for fact in self.view.story.seen
            if isinstance(fact.event, Activity) and self.age(fact.occurred) <= days * DAY
        ]

    @property
    def minutes(self) -> int:
        """The effort of 28 days."""
        usual = {**MINUTES, **self.view.strategy.activity.minutes}
        return sum(
            usual[one.kind] if one.duration_minutes is None else one.duration_minutes
            for one in self.activities(28)
        )

    @property
    def response_hours(self) -> int | None:
        answered = observe.first_response(self.view)
        return None if answered is None else (answered - self.opened_at) // HOUR

    def label(self, attribute: str) -> str | None:
        """The value of an attribute of listed values."""
        code = self.attributes.get(attribute)
        return None if code is None else self.view.strategy.attributes[attribute].values[code]


def deals_known(events: Sequence[Numbered], as_of: datetime, strategy: Strategy) -> list[Deal]:
    """All deals that were opened by then and are not voided."""
    found = []
    for name in deals_in(events):
        it = story(events, name, as_of)
        if it.status not in ("not opened", "voided"):
            pipeline = observe._pipeline(events, name, as_of, strategy)
            view = View(it, strategy, second(as_of), pipeline, None)
            orders = observe._orders(events, name, as_of, strategy) if it.is_open else {}
            found.append(Deal(name, view, orders))
    return found


def account_signals(deals: Iterable[Deal], account: str, strategy: Strategy) -> Answer | None:
    own = [deal for deal in deals if deal.account == account]
    if not own:
        return None
    tiers = [tier for deal in own if (tier := deal.market["tier"]) is not None]
    inbound = [fact for deal in own for fact in deal.view.story.seen if observe.is_heard(fact)]
    outbound = [fact for deal in own for fact in deal.view.story.seen if observe.is_sent(fact)]
    contacts = [{one.contact for one in deal.activities(30)} - {None} for deal in own]
    return {
        "account.tier": min(tiers, default=None),
        **{f"account.{name}": value for name, value in _pipeline_of(own).items()},
        "account.won_deals": sum(deal.status == "won" for deal in own),
        "account.lost_deals": sum(deal.status == "lost" for deal in own),
        "account.days_since_contact": _days_since(own, [*inbound, *outbound]),
        "account.days_since_inbound": _days_since(own, inbound),
        "account.days_since_outbound": _days_since(own, outbound),
        "account.activities_28d": sum(len(deal.activities(28)) for deal in own),
        "account.contacts_active_30d": sum(map(len, contacts)),
        "account.days_since_opened": min(deal.age(deal.opened_at) // DAY for deal in own),
        "account.channel_conflict": _conflict(own, strategy),
    }


def account_owners(deals: Iterable[Deal], account: str) -> set[str | None]:
    """Who owns the deal of the account that was last worked on; several if there was a tie."""
    owned = [deal for deal in deals if deal.account == account and deal.owner is not None]
    last = max((observe.last_worked_on(deal.view) for deal in owned), default=None)
    return {deal.owner for deal in owned if observe.last_worked_on(deal.view) == last} or {None}


def rep_signals(deals: Iterable[Deal], rep: str, strategy: Strategy) -> Answer | None:
    own = [deal for deal in _lately(deals) if deal.owner == rep]
    read = {
        **_effort(own, strategy),
        **_habits(own),
        **_flow(own),
        "effort_minutes_28d": sum(deal.minutes for deal in own),
        "activities_28d": sum(len(deal.activities(28)) for deal in own),
    }
    is_busy = read["open_deals"] or read["activities_28d"] or read["won_90d"] or read["lost_90d"]
    if not is_busy:
        return None
    broken = sum(bool(deal.orders["constraints_broken"]) for deal in own if deal.is_open)
    orders: Answer = {"constraints_broken": broken, "conformance_permille": _conformance(own)}
    conduct: Answer = {"advice_answered_permille": None, "days_unacknowledged": None}
    return {f"rep.{name}": value for name, value in {**read, **orders, **conduct}.items()}


def team_signals(
    deals: Sequence[Deal], strategy: Strategy, ends: Sequence[End], as_of: int
) -> Answer | None:
    """`ends` are all closings known then."""
    own = _lately(deals)
    if not own:
        return None
    drifting = [tier for tier in range(len(strategy.tier_codes)) if _drifts(tier, ends, as_of)]
    matchups = [observe._matchup(name, ends) for name in strategy.competitor_names]
    read: Answer = {
        **_effort(own, strategy),
        **_flow(own),
        **_mix(deals, strategy),
        "deals_without_owner": sum(
            deal.is_open and deal.owner is None and deal.age(deal.opened_at) >= DAY for deal in own
        ),
        "drifting_tiers": len(drifting),
        "drifting_tier": min(drifting, default=None),
        "losing_competitors": sum(one.is_losing for one in matchups),
        "conformance_permille": _conformance(own),
        "advice_answered_permille": None,
        "acknowledged_permille": None,
        "days_unacknowledged": None,
    }
    return {f"team.{name}": value for name, value in read.items()}


def _lately(deals: Iterable[Deal]) -> list[Deal]:
    """Open, or closed in the last 90 days."""
    return [deal for deal in deals if deal.closed_for <= 90 * DAY]


def _pipeline_of(deals: Iterable[Deal]) -> Answer:
    amounts = [deal.amount for deal in deals if deal.is_open]
    return {"open_deals": len(amounts), "open_amount_minor": sum(amounts)}


def _days_since(deals: Sequence[Deal], facts: Iterable[Fact]) -> int | None:
    return min((deals[0].age(fact.occurred) // DAY for fact in facts), default=None)


def _conflict(deals: Iterable[Deal], strategy: Strategy) -> int | None:
    name = strategy.channels.conflict_on
    if name is None:
        return None
    kinds = {channel.name: channel.kind for channel in strategy.channels.mix}
    open_ones = [deal for deal in deals if deal.is_open and deal.label(name) is not None]
    studies = {
        kind: {
            deal.label(name) for deal in open_ones if kinds.get(deal.label("channel") or "") == kind
        }
        for kind in ("direct", "partner")
    }
    return int(bool(studies["direct"] & studies["partner"]))


def _effort(deals: Sequence[Deal], strategy: Strategy) -> Answer:
    total = sum(deal.minutes for deal in deals)
    tiers = strategy.target_market.tiers
    unfit = sum(
        deal.minutes for deal in deals if deal.market["tier"] is None or deal.market["is_excluded"]
    )
    short: dict[int, int] = {}
    for code, tier in enumerate(tiers):
        if tier.effort_share_percent is not None and total:
            spent = sum(deal.minutes for deal in deals if deal.market["tier"] == code)
            short[code] = int(tier.effort_share_percent * 10) - spent * 1000 // total
    worst = max(short.values(), default=None)
    return {
        "unfit_effort_permille": unfit * 1000 // total if total and tiers else None,
        "effort_gap_permille": None if worst is None else max(worst, 0),
        "effort_short_tier": _first_of(short, worst),
    }


def _first_of(by_code: dict[int, int], worst: int | None) -> int | None:
    """The first code with the worst value; None if that is nothing to speak of."""
    if worst is None or worst <= 0:
        return None
    return next(code for code, value in by_code.items() if value == worst)


def _habits(deals: Iterable[Deal]) -> Answer:
    open_ones = [deal for deal in deals if deal.is_open]
    return {
        "deals_silent": sum(
            deal.age(observe.last_worked_on(deal.view)) > 14 * DAY for deal in open_ones
        ),
        "deals_without_step": sum(not deal.steps["next_step_set"] for deal in open_ones),
        "deals_past_close_date": sum(
            bool(deal.steps["days_past_close_date"]) for deal in open_ones
        ),
    }


def _conformance(deals: Iterable[Deal]) -> int | None:
    """Kept of kept and broken orders, over the open deals."""
    states = [
        state
        for deal in deals
        for name, state in deal.orders.items()
        if name.startswith("constraint.")
    ]
    kept, broken = states.count(1), states.count(3)
    return kept * 1000 // (kept + broken) if kept + broken else None


def _flow(deals: Sequence[Deal]) -> Answer:
    new = [deal for deal in deals if deal.age(deal.opened_at) <= 28 * DAY]
    quarter = [deal for deal in deals if deal.age(deal.opened_at) <= 90 * DAY]
    hours = sorted(hours for deal in quarter if (hours := deal.response_hours) is not None)
    median = hours[(len(hours) - 1) // 2] if hours else None
    if median is not None and median >= 48:
        median = min(median // 24, 31) * 24
    return {
        **_pipeline_of(deals),
        "deals_opened_28d": len(new),
        "amount_opened_28d_minor": sum(deal.amount for deal in new),
        "response_hours_median": median,
        "unanswered_deals": sum(deal.is_open and deal.response_hours is None for deal in quarter),
        "won_90d": sum(deal.status == "won" for deal in deals),
        "lost_90d": sum(deal.status == "lost" for deal in deals),
    }


def _mix(deals: Iterable[Deal], strategy: Strategy) -> Answer:
    mix = strategy.channels.mix
    period = strategy.channels.mix_days * DAY
    named = [channel.name for channel in mix]
    taken = [
        label
        for deal in deals
        if deal.age(deal.opened_at) <= period and deal.closed_for <= max(period, 90 * DAY)
        if (label := deal.label("channel")) in named
    ]
    off = {
        code: abs(taken.count(one.name) * 1000 // len(taken) - int(one.share_percent * 10))
        for code, one in enumerate(mix)
        if one.share_percent is not None and taken
    }
    worst = max(off.values(), default=None)
    return {
        "channel_deals": len(taken),
        "channel_gap_permille": worst,
        "channel_off_plan": _first_of(off, worst),
    }


def _drifts(tier: int, ends: Iterable[End], as_of: int) -> bool:
    """Whether the tier is won less in both of the last two quarters than ever before."""
    decided = [end for end in ends if end.tier == tier and end.status in ("won", "lost")]

    def rate_of(some: Sequence[End]) -> float:
        return sum(end.status == "won" for end in some) / len(some)

    last, one_before, earlier = (
        [end for end in decided if low <= (as_of - end.occurred) // (91 * DAY) < high]
        for low, high in ((0, 1), (1, 2), (2, 1 << 40))
    )
    if len(earlier) < 20 or len(last) < 5 or len(one_before) < 5:
        return False
    low, _ = wilson(sum(end.status == "won" for end in earlier), len(earlier))
    return rate_of(last) < low and rate_of(one_before) < low


def accounts_named(events: Sequence[Numbered]) -> list[str]:
    """Every account that an opening ever named, also in a correction."""
    named = [one.event.account for one in events if isinstance(one.event, Opened)]
    facts = [getattr(one.event, "fact", {}).get("account") for one in events]
    return sorted({name for name in (*named, *facts) if name is not None})


def reps_named(events: Sequence[Numbered]) -> list[str]:
    """Everybody who was ever said to own a deal, also in a correction."""
    said = []
    for one in events:
        fact = getattr(one.event, "fact", {})
        said += [fact.get("owner"), fact.get("to"), getattr(one.event, "owner", None)]
        said.append(getattr(one.event, "to", None) if one.event.KIND == "owner_changed" else None)
    return sorted({name for name in said if isinstance(name, str)})
