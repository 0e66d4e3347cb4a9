"""What do a deal's signals read? The oracle of `observe`: one definition each, over lists of facts.

Names of stages, roles and criteria stay names; days are counted date by date. `signals` gives every
signal of the catalogue and of the strategy's attributes, None for unknown.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from salesadvisor.domain.elements import Match, Where
from salesadvisor.domain.events import (
    AccountProfiled,
    Activity,
    ActivityPlanned,
    AmountChanged,
    AttributeChanged,
    ClaimPresented,
    CloseDateChanged,
    CompetitorIdentified,
    ContactAdded,
    CriterionMet,
    DiscountOffered,
    Event,
    ForecastCategorySet,
    NextStepSet,
    ObjectionAnswered,
    ObjectionRaised,
    Opened,
    OwnerChanged,
    QuoteSent,
    Reopened,
    StageChanged,
    Won,
)
from salesadvisor.domain.strategy import StageRef, Strategy
from tests.oracles.conformance import activations
from tests.oracles.fold import (
    Fact,
    Numbered,
    Story,
    amount_in,
    deals_in,
    first_amounts,
    in_time,
    known_of,
    money,
    pipeline_of,
    same_word,
    second,
    story,
    told,
)

DAY = 86_400
Z_95 = 1.959964
Answer = dict[str, int | None]
Cell = tuple[str | int | None, ...]
"""What a threshold's `by` reads: "pipeline/stage", a pipeline, a tier's code."""


class End(NamedTuple):
    """A deal's closing as it is told at a moment, with what was known of the deal then.

    `seconds` are those it spent in each stage, by "pipeline/stage", over all its cycles.
    """

    status: str
    occurred: int
    opened: int
    amount: int | None
    pipeline: str | None
    tier: int | None
    rivals: frozenset[str]
    seconds: dict[str, int]


class Matchup(NamedTuple):
    """How we do against a competitor: per mille won, and whether we surely lose more often."""

    won_permille: int | None
    is_losing: bool


@dataclass(frozen=True)
class Whole:
    """What all of history says as of a moment: days by stage code, minor units.

    `rivals` by declared competitor, `limits` of each threshold by the cell that it names.
    """

    won_p80: tuple[int | None, ...]
    median_amount: int | None
    rivals: dict[str, Matchup]
    limits: dict[str, dict[Cell, int | None]]
    ends: tuple[End, ...]


def signals(
    events: Sequence[Numbered], deal: str, as_of: datetime, strategy: Strategy, whole: Whole
) -> Answer | None:
    """The signals of `deal`, or None when it is not open."""
    it = story(events, deal, as_of)
    if it.status != "open":
        return None
    view = View(it, strategy, second(as_of), _pipeline(events, deal, as_of, strategy), whole)
    answer = {
        **_stage(view), **_amount(view), **_close_date(view), **_windows(view), **_contact(view),
        **_replies(view), **_champion(view), **_standards(view), **_next_step(view), **_offer(view),
        **_rivals(view), **_progress(view), **_records(view), **_market(view),
        **_orders(events, deal, as_of, strategy),
        "win_probability_bp": None,
    }  # fmt: skip
    return {**answer, **_names(view), **_over_limits(view, answer)}


def worth(it: Story, as_of: datetime, strategy: Strategy) -> tuple[int | None, int | None]:
    """A deal's amount in minor units and the days to its close date, by this story of it."""
    view = View(it, strategy, second(as_of), None, Whole((), None, {}, {}, ()))
    return _amount(view)["amount_minor"], _close_date(view)["days_to_close_date"]


def pipeline_at(
    events: Sequence[Numbered], deal: str, as_of: datetime, strategy: Strategy
) -> str | None:
    """The pipeline that a deal's stages are read in."""
    return _pipeline(events, deal, as_of, strategy)


def whole(events: Sequence[Numbered], as_of: datetime, strategy: Strategy) -> Whole:
    """What the closings and first amounts known at `as_of` teach."""
    ends = tuple(ends_known(events, as_of, strategy))
    won = [end.seconds for end in ends if end.status == "won"]
    p80 = []
    for ref in strategy.stages:
        key = f"{ref.pipeline}/{ref.name}"
        days = sorted(seconds[key] // DAY for seconds in won if seconds.get(key, 0) > 0)
        enough = len(days) >= 5
        p80.append(min(days[math.ceil(len(days) * 4 / 5) - 1], 1_500) if enough else None)
    amounts = sorted(first_amounts(events, as_of, strategy.currency))
    median = amounts[(len(amounts) - 1) // 2] if amounts else None
    rivals = {name: _matchup(name, ends) for name in strategy.competitor_names}
    limits = {name: _limits(name, ends, strategy) for name in strategy.thresholds}
    return Whole(tuple(p80), median, rivals, limits, ends)


def ends_known(events: Sequence[Numbered], as_of: datetime, strategy: Strategy) -> Iterator[End]:
    """Every closing of a deal that is not voided: a deal that was reopened has several."""
    for deal in deals_in(events):
        it = story(events, deal, as_of)
        if it.status == "voided":
            continue
        pipeline = _pipeline(events, deal, as_of, strategy)
        facts = list(it.seen)
        for number in range(1, len(facts) + 1):
            then = told(facts[:number])
            if then.status not in ("not opened", "open") and told(facts[: number - 1]).is_open:
                yield _end(then, pipeline, strategy)


def _end(then: Story, pipeline: str | None, strategy: Strategy) -> End:
    view = View(then, strategy, then.kept[-1].occurred, pipeline, None)
    return End(
        then.status,
        then.kept[-1].occurred,
        then.openings[-1].occurred,
        _amount(view)["amount_minor"],
        pipeline,
        _market(view)["tier"],
        frozenset(_declared_rivals(view)),
        seconds_in_stages(then, pipeline, strategy),
    )


def _matchup(name: str, ends: Iterable[End]) -> Matchup:
    """The rate against one competitor, and whether its interval is below that of all."""
    decided = [end for end in ends if end.status in ("won", "lost")]
    met = [end for end in decided if name in end.rivals]
    if len(met) < 8:
        return Matchup(None, False)
    won = sum(end.status == "won" for end in met)
    base = sum(end.status == "won" for end in decided) / len(decided)
    return Matchup(won * 1000 // len(met), wilson(won, len(met))[1] < base)


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share, as Wilson (1927) has it."""
    share = hits / n
    centre = share + Z_95**2 / (2 * n)
    half = Z_95 * math.sqrt(share * (1 - share) / n + Z_95**2 / (4 * n**2))
    return tuple((centre + sign * half) / (1 + Z_95**2 / n) for sign in (-1, 1))  # type: ignore[return-value]


def _limits(name: str, ends: Iterable[End], strategy: Strategy) -> dict[Cell, int | None]:
    """The limit of every cell of a threshold, in the order of stages or pipelines, then tiers."""
    limit = strategy.thresholds[name]
    measured = [
        one for end in ends if end.status == "won" for one in _measured(name, end, strategy)
    ]
    stages = [f"{ref.pipeline}/{ref.name}" for ref in strategy.stages]
    pipelines = [pipeline.name for pipeline in strategy.process.pipelines]
    places = stages if "stage" in limit.by else pipelines if "pipeline" in limit.by else [None]
    tiers = [*range(len(strategy.tier_codes)), None] if "tier" in limit.by else [None]
    found: dict[Cell, int | None] = {}
    for place in places:
        for tier in tiers:
            cell = _cell(name, place, tier, strategy)
            found[cell] = limit.otherwise
            for kept in range(max(len(limit.by), 1), 0, -1):
                alike = sorted(value for one, value in measured if one[:kept] == cell[:kept])
                if len(alike) >= limit.at_least:
                    found[cell] = alike[math.ceil(len(alike) * limit.percentile / 100) - 1]
                    break
    return found


def _measured(name: str, end: End, strategy: Strategy) -> Iterator[tuple[Cell, int]]:
    """In which cell a win counts, and with what. Of no declared pipeline: in none by pipeline."""
    limit = strategy.thresholds[name]
    if limit.of == "days_in_stage":
        for stage, seconds in end.seconds.items():
            place = stage if "stage" in limit.by else end.pipeline
            yield _cell(name, place, end.tier, strategy), min(seconds // DAY, 1_500)
    elif "pipeline" not in limit.by or end.pipeline is not None:
        age = max(0, end.occurred - end.opened) // DAY
        value = end.amount if limit.of == "amount_minor" else age
        if value is not None:
            yield _cell(name, end.pipeline, end.tier, strategy), value


def _cell(name: str, place: str | None, tier: int | None, strategy: Strategy) -> Cell:
    """`place` is "pipeline/stage" where the threshold goes by stage, else a pipeline."""
    said = {"stage": place, "pipeline": place and place.split("/")[0], "tier": tier}
    return tuple(said[one] for one in strategy.thresholds[name].by)


@dataclass(frozen=True)
class View:
    """A deal's story as of a moment under a strategy, and what its signals are counted from."""

    story: Story
    strategy: Strategy
    as_of: int
    pipeline: str | None
    whole: Whole | None

    def latest(self, *models: type[Event]) -> Fact | None:
        """The one of them that happened last, the last known of equals."""
        taken = in_time(self.story.kept_of(*models))
        return taken[-1] if taken else None

    def days_since(self, at: int | None) -> int | None:
        return None if at is None else max(0, self.as_of - at) // DAY

    def date_of(self, at: int) -> date:
        zone = ZoneInfo(self.strategy.calendar.timezone)
        return datetime.fromtimestamp(at, UTC).astimezone(zone).date()

    @property
    def today(self) -> date:
        return self.date_of(self.as_of)

    def business_days_after(self, day: date | None) -> int | None:
        """Business days from the day after `day` to today."""
        if day is None:
            return None
        calendar = self.strategy.calendar
        later = (day + timedelta(days=n + 1) for n in range((self.today - day).days))
        return sum(
            one.strftime("%a").lower() not in calendar.weekend and one not in calendar.holidays
            for one in later
        )

    def business_days_since(self, at: int | None) -> int | None:
        return None if at is None else self.business_days_after(self.date_of(at))

    @property
    def stays(self) -> list[_Stay]:
        return stays(self.story, self.pipeline, self.strategy)[-1]

    @property
    def ref(self) -> StageRef | None:
        """The stage that the deal is in."""
        return self.stays[-1].ref if self.stays else None

    def stages_up_to_now(self) -> list[StageRef]:
        ref = self.ref
        return [
            one
            for one in self.strategy.stages
            if ref is not None and one.pipeline == ref.pipeline and one.rank <= ref.rank
        ]


class _Stay(NamedTuple):
    """A stay in a stage, None for one not declared; `entered` by a fact that names the stage."""

    ref: StageRef | None
    since: int
    entered: bool


def _pipeline(
    events: Sequence[Numbered], deal: str, as_of: datetime, strategy: Strategy
) -> str | None:
    """The deal's pipeline, by its first opening as it was first recorded."""
    own = known_of(events, deal, as_of)
    return pipeline_of([Fact(one.event, 0, None) for one in own], strategy)


def stays(it: Story, pipeline: str | None, strategy: Strategy) -> list[list[_Stay]]:
    """The stays in stages, by chapter."""
    found: list[list[_Stay]] = []
    last: StageRef | None = None
    for chapter in it.chapters:
        taken: list[_Stay] = []
        newest = None
        for fact in chapter:
            event = fact.event
            is_opening = any(fact is one for one in it.openings)
            if isinstance(event, StageChanged):
                ref = _declared(event.to, pipeline, strategy)
            elif is_opening and isinstance(event, Opened | Reopened):
                ref = _declared(event.stage, pipeline, strategy)
                if ref is None:
                    # In no stage that we know, or still where it was: none is entered.
                    if isinstance(event, Reopened):
                        taken, newest = [_Stay(last, fact.occurred, False)], fact.occurred
                    elif not taken:
                        taken = [_Stay(None, fact.occurred, False)]
                    continue
            else:
                continue
            if newest is not None and fact.occurred < newest:
                continue
            newest = fact.occurred
            if not taken or taken[-1].ref != ref:
                taken.append(_Stay(ref, fact.occurred, True))
        found.append(taken)
        last = taken[-1].ref if taken else last
    return found


def _declared(name: str | None, pipeline: str | None, strategy: Strategy) -> StageRef | None:
    for ref in strategy.stages:
        if name is not None and ref.pipeline == pipeline and same_word(ref.name, name):
            return ref
    return None


def seconds_in_stages(it: Story, pipeline: str | None, strategy: Strategy) -> dict[str, int]:
    """Seconds that a deal spent in each stage until its last closing, over all its cycles."""
    spent: dict[str, int] = {}
    for chapter, visits in zip(it.chapters, stays(it, pipeline, strategy), strict=True):
        closing = chapter[-1].occurred
        ends = [stay.since for stay in visits[1:]] + [closing]
        for stay, end in zip(visits, ends, strict=False):
            if stay.ref is not None and end > stay.since:
                key = f"{stay.ref.pipeline}/{stay.ref.name}"
                spent[key] = spent.get(key, 0) + end - stay.since
    return spent


def _stage(view: View) -> Answer:
    visits = view.stays
    chapter = view.story.chapters[-1]
    since = visits[-1].since if visits else None
    ref = view.ref
    moves = [
        (b.ref.rank - a.ref.rank, b.since)
        for a, b in pairwise(visits)
        if a.ref is not None and b.ref is not None
    ]
    back = [at for moved, at in moves if moved < 0]
    in_stage = view.days_since(since)
    limit = ref.stage.limit_days if ref else None
    p80 = view.whole.won_p80[ref.code] if ref and view.whole else None
    return {
        "stage": ref.code if ref else None,
        "pipeline": view.strategy.pipeline_codes[view.pipeline] if view.pipeline else None,
        "stage_rank": ref.rank if ref else None,
        "stages_remaining": ref.stage_count - 1 - ref.rank if ref else None,
        "days_in_stage": in_stage,
        "business_days_in_stage": view.business_days_since(since),
        "stage_limit_days": limit,
        "days_over_stage_limit": _less(in_stage, limit),
        "won_p80_days": p80,
        "days_over_won_p80": _less(in_stage, p80),
        "stage_moves": sum(isinstance(fact.event, StageChanged) for fact in chapter),
        "stage_visits": sum(stay.entered for stay in visits),
        "stage_regressions": len(back),
        "days_since_regression": view.days_since(back[-1] if back else None),
        "stage_skips": sum(moved - 1 for moved, _ in moves if moved > 1),
        "age_days": view.days_since(view.story.openings[-1].occurred),
        "cycle": view.story.cycle,
    }


def _less(value: int | None, limit: int | None) -> int | None:
    return None if value is None or limit is None else value - limit


def _amount(view: View) -> Answer:
    currency = view.strategy.currency
    amount: int | None = None
    at: int | None = None
    changes = 0
    known = []
    for fact in view.story.kept:
        event = fact.event
        if isinstance(event, Won):
            if not any(fact is end for end in view.story.endings):
                continue  # it was not open
            stated = money(event.amount, event.currency, currency)
            if stated is not None:
                amount, at = stated, max(at or fact.occurred, fact.occurred)
            continue
        if isinstance(event, Opened) and fact is not view.story.openings[0]:
            continue
        stated = amount_in(event, currency)
        if isinstance(event, AmountChanged):
            changes += stated != amount
        elif stated is None:
            continue
        known.append(stated)
        if at is None or fact.occurred >= at:
            amount, at = stated, fact.occurred
    first = next((one for one in known if one is not None), None)
    change = ratio = None
    if amount is not None and first:
        change = math.floor((amount - first) * 1000 / first) if first < 2**40 else None
    if amount is not None and view.whole and view.whole.median_amount:
        ratio = amount * 1000 // view.whole.median_amount
    return {
        "amount_minor": amount,
        "amount_known": int(amount is not None),
        "amount_changes": changes,
        "amount_change_permille": change,
        "amount_to_median_permille": ratio,
    }


def _close_date(view: View) -> Answer:
    stated = [
        fact
        for fact in view.story.kept_of(Opened, CloseDateChanged)
        if isinstance(fact.event, CloseDateChanged)
        or (fact is view.story.openings[0] and fact.event.close_date is not None)
    ]
    taken = in_time(stated)
    pushes = push_days = pull_ins = 0
    for before, after in pairwise(taken):
        old, new = _close_day(before), _close_day(after)
        if old is None or new is None or isinstance(after.event, Opened):
            continue
        if not any(after is fact for fact in view.story.chapters[-1]):
            continue
        if new > old:
            push_days += (new - old).days
            pushes += (new.year, new.month) > (old.year, old.month)
        elif new < old:
            pull_ins += 1
    close = _close_day(taken[-1]) if taken else None
    return {
        "close_date_known": int(close is not None),
        "days_to_close_date": (close - view.today).days if close else None,
        "days_past_close_date": max(0, (view.today - close).days) if close else None,
        "close_date_pushes": pushes,
        "push_days": push_days,
        "close_date_pull_ins": pull_ins,
    }


def _close_day(fact: Fact) -> date | None:
    event = fact.event
    return event.close_date if isinstance(event, Opened) else event.to  # type: ignore[attr-defined]


def _windows(view: View) -> Answer:
    seen = [
        (fact.event, fact.occurred)
        for fact in view.story.seen
        if isinstance(fact.event, Activity) and view.as_of - fact.occurred <= 90 * DAY
    ]
    heard = _heard_at(view)
    quoted = _last([fact.occurred for fact in view.story.kept_of(QuoteSent)])

    def number(days: int, fits: Callable[[Activity], bool]) -> int:
        return sum(view.as_of - at <= days * DAY and fits(event) for event, at in seen)

    answer: Answer = {}
    for days in (7, 14, 30, 90):
        answer[f"calls_{days}d"] = number(days, lambda one: one.kind == "call")
        answer[f"meetings_{days}d"] = number(days, lambda one: one.kind in ("meeting", "demo"))
        for way in ("out", "in"):
            answer[f"emails_{way}_{days}d"] = number(
                days, lambda one, way=way: (one.kind, one.direction) == ("email", way)
            )
    for days in (14, 30):
        answer[f"outbound_{days}d"] = number(days, lambda one: one.direction == "out")
        answer[f"inbound_{days}d"] = number(days, lambda one: one.direction == "in")
    month = {one.contact for one, at in seen if view.as_of - at <= 30 * DAY and one.contact}
    met = [(at, one.contact) for one, at in seen if one.kind in ("meeting", "demo")]
    advanced = max(_advances(view), default=None)
    return {
        **answer,
        "activities_21d": number(21, lambda one: True),
        "unanswered_outbound": sum(
            one.direction == "out" and (heard is None or at > heard) for one, at in seen
        ),
        "contacts_since_quote": None if quoted is None else sum(at > quoted for _, at in seen),
        "contacts_active_30d": len(month),
        "contacts_short": _less_than_wanted(len(month), _contacts_wanted(view)),
        "meetings_without_advance": sum(advanced is None or at > advanced for at, _ in met),
        "meetings_procurement_only": _procurement_in_a_row(met, view),
    }


def _less_than_wanted(have: int, wanted: int | None) -> int | None:
    return None if wanted is None else max(0, wanted - have)


def _contacts_wanted(view: View) -> int | None:
    wanted = view.strategy.relationships
    is_late = view.ref is not None and view.ref.stage.late
    if is_late and wanted.required_contacts_late is not None:
        return wanted.required_contacts_late
    return wanted.required_contacts


def _advances(view: View) -> list[int]:
    """When the deal entered its stage, and met criteria."""
    entered = [view.stays[-1].since] if view.stays else []
    return [*entered, *(at for times in _criteria_met(view).values() for at in times)]


def _procurement_in_a_row(met: Iterable[tuple[int, str | None]], view: View) -> int | None:
    relationships = view.strategy.relationships
    if not relationships.procurement_roles:
        return None
    role_of = _roles_now(view)
    told_roles = [(at, role_of[one]) for at, one in met if one and role_of.get(one)]
    count = 0
    for moment in sorted({at for at, _ in told_roles}, reverse=True):
        roles = [role for at, role in told_roles if at == moment]
        if not set(roles) <= set(relationships.procurement_roles):
            break
        count += len(roles)
    return count


def _roles_now(view: View) -> dict[str, str | None]:
    """The role of each contact by the newest word on it; None for one not declared."""
    newest: dict[str, Fact] = {}
    for fact in view.story.kept_of(ContactAdded):
        contact = fact.event.contact  # type: ignore[attr-defined]
        if contact not in newest or fact.occurred >= newest[contact].occurred:
            newest[contact] = fact
    declared = view.strategy.relationships.roles
    return {contact: _word(fact.event.role, declared) for contact, fact in newest.items()}  # type: ignore[attr-defined]


def _heard_at(view: View) -> int | None:
    return _last(fact.occurred for fact in view.story.kept_of(Activity) if is_heard(fact))


def is_heard(fact: Fact) -> bool:
    """Whether the buyer speaks in this activity."""
    event = fact.event
    return isinstance(event, Activity) and (
        event.direction == "in" or event.kind in ("meeting", "demo")
    )


def is_sent(fact: Fact) -> bool:
    return isinstance(fact.event, Activity) and fact.event.direction == "out"


def _last(times: Iterable[int]) -> int | None:
    return max(times, default=None)


def _contact(view: View) -> Answer:
    relationships = view.strategy.relationships
    activities = view.story.kept_of(Activity)
    reached: dict[str, int] = {}
    role_of: dict[str, str | None] = {}
    said_at: dict[str, int] = {}
    covered: set[str] = set()
    decided: list[int] = []
    for fact in view.story.kept_of(Activity, ContactAdded):
        contact = fact.event.contact
        if isinstance(fact.event, ContactAdded):
            if fact.occurred < said_at.get(contact, fact.occurred):
                continue
            said_at[contact] = fact.occurred
            role_of[contact] = _word(fact.event.role, relationships.roles)
        elif contact is not None:
            reached[contact] = max(reached.get(contact, fact.occurred), fact.occurred)
        role = role_of.get(contact) if contact in reached else None
        if role is not None:
            covered.add(role)
            if role in relationships.decision_roles:
                is_added = isinstance(fact.event, ContactAdded)
                decided.append(reached[contact] if is_added else fact.occurred)
    wanted = {role for ref in view.stages_up_to_now() for role in ref.stage.required_roles}
    has = bool(covered & set(relationships.decision_roles))
    has_champion = bool(covered & set(relationships.champion_roles))
    return {
        "days_since_contact_out": view.days_since(
            _last(fact.occurred for fact in activities if fact.event.direction == "out")
        ),
        "days_since_contact_in": view.days_since(_heard_at(view)),
        "business_days_since_inbound": view.business_days_since(_heard_at(view)),
        "days_since_activity": view.days_since(_last(fact.occurred for fact in activities)),
        "contacts_reached": len(reached),
        "roles_covered": len(covered),
        "roles_missing": len(wanted - covered),
        "has_decision_role": int(has) if relationships.decision_roles else None,
        "days_since_decision_role": view.days_since(_last(decided)),
        "champion_known": int(has_champion) if relationships.champion_roles else None,
        **{f"role.{role}": int(role in covered) for role in relationships.roles},
    }


def _champion(view: View) -> Answer:
    """When champions were heard, each time by the role that the contact was known to have then.

    A contact who turns out to be a champion was one when last heard, too.
    """
    heard: dict[str, int] = {}
    said_at: dict[str, int] = {}
    champions: set[str] = set()
    last: int | None = None
    gaps = []
    declared = view.strategy.relationships
    for fact in view.story.kept_of(Activity, ContactAdded):
        contact = fact.event.contact  # type: ignore[attr-defined]
        if contact is None:
            continue
        if isinstance(fact.event, ContactAdded):
            if fact.occurred < said_at.get(contact, fact.occurred):
                continue
            said_at[contact] = fact.occurred
            champions.discard(contact)
            if _word(fact.event.role, declared.roles) in declared.champion_roles:
                champions.add(contact)
                if contact in heard:
                    last = max(heard[contact], heard[contact] if last is None else last)
        elif is_heard(fact):
            heard[contact] = max(heard.get(contact, fact.occurred), fact.occurred)
            if contact in champions:
                if last is not None and fact.occurred > last:
                    gaps.append(min((fact.occurred - last) // DAY, 63))
                last = max(fact.occurred, fact.occurred if last is None else last)
    usual = _percentile(gaps, 50) if len(gaps) >= 3 else None
    since = view.days_since(last)
    return {
        "days_since_champion": since,
        "champion_gap_days_median": usual,
        "champion_silent_permille": (
            None if usual is None or since is None else since * 1000 // max(usual, 1)
        ),
    }


def _percentile(values: Iterable[int], percent: int) -> int:
    """The smallest value that so many per cent of them do not exceed."""
    ordered = sorted(values)
    return ordered[math.ceil(len(ordered) * percent / 100) - 1]


def _replies(view: View) -> Answer:
    """How long the buyer takes to answer, in the order in which we learned of it."""
    sent: list[int] = []
    heard: list[int] = []
    gaps: list[int] = []
    waiting: int | None = None
    for fact in view.story.kept_of(Activity):
        at = fact.occurred
        if is_heard(fact):
            if waiting is not None and at >= waiting:
                gaps.append(min((at - waiting) // DAY, 63))
                waiting = _last(one for one in sent if one > at)
            heard.append(at)
        if is_sent(fact):
            if not heard or at > max(heard):
                waiting = min(at, at if waiting is None else waiting)
            sent.append(at)
    median = _percentile(gaps, 50) if len(gaps) >= 3 else None
    p90 = _percentile(gaps, 90) if len(gaps) >= 3 else None
    days = view.days_since(waiting)
    answered = first_response(view)
    opening = view.story.openings[-1].occurred
    return {
        "days_awaiting_reply": days,
        "reply_days_median": median,
        "reply_days_p90": p90,
        "awaiting_over_p90_days": _less(days, p90),
        "awaiting_to_median_permille": (
            None if days is None or median is None else days * 1000 // max(median, 1)
        ),
        "first_response_hours": None if answered is None else (answered - opening) // 3_600,
        "hours_unanswered": (view.as_of - opening) // 3_600 if answered is None else None,
    }


def first_response(view: View) -> int | None:
    """When the opening of this cycle was answered.

    What was known before a reopening belongs to the cycle before. What was known before the first
    opening counts unless some of it is older than the opening; then only the last of it does.
    """
    chapter = view.story.chapters[-1]
    opening = view.story.openings[-1]
    place = next(number for number, fact in enumerate(chapter) if fact is opening)
    before = [fact.occurred for fact in chapter[:place] if is_sent(fact)]
    after = [fact.occurred for fact in chapter[place:] if is_sent(fact)]
    if any(at < opening.occurred for at in before):
        before = [max(before)]
    return min((at for at in (*before, *after) if at >= opening.occurred), default=None)


def _standards(view: View) -> Answer:
    tiers = [tier.name for tier in view.strategy.target_market.tiers]
    code = _market(view)["tier"]
    tier = None if code is None else tiers[code]
    stage = view.ref.name if view.ref else None
    fitting = [
        one
        for one in view.strategy.activity.standards
        if one.stage in (None, stage) and one.tier in (None, tier)
    ]
    weekly = next((one.min_per_week for one in fitting if one.min_per_week is not None), None)
    silent = next((one.max_silent_days for one in fitting if one.max_silent_days is not None), None)
    this_week = sum(
        isinstance(fact.event, Activity) and view.as_of - fact.occurred <= 7 * DAY
        for fact in view.story.seen
    )
    return {
        "activities_short_7d": _less_than_wanted(this_week, weekly),
        "days_over_silent_limit": _less(view.days_since(last_worked_on(view)), silent),
    }


def last_worked_on(view: View) -> int:
    """The last activity; before any, the opening."""
    times = [fact.occurred for fact in view.story.kept_of(Activity)]
    return max(times) if times else view.story.openings[-1].occurred


def _word(name: str | None, declared: Iterable[str]) -> str | None:
    return next((one for one in declared if name is not None and same_word(one, name)), None)


def _next_step(view: View) -> Answer:
    step, planned = _due(view, NextStepSet), _due(view, ActivityPlanned)
    ahead = [due for due in (step, planned) if due is not None and due >= view.today]
    due = min(ahead) if ahead else step or planned
    overdue = due is not None and due < view.today
    return {
        "next_step_set": int(bool(ahead)),
        "days_to_next_step": (min(ahead) - view.today).days if ahead else None,
        "next_step_kind": _kind_code(view) if ahead and planned == min(ahead) else None,
        "days_next_step_overdue": None if due is None else max(0, (view.today - due).days),
        "business_days_next_step_overdue": (
            None if due is None else view.business_days_after(due) if overdue else 0
        ),
    }


def _kind_code(view: View) -> int:
    plan = view.latest(ActivityPlanned)
    assert plan is not None
    kinds = ("call", "email", "meeting", "demo", "task", "other")
    return kinds.index(plan.event.kind)  # type: ignore[attr-defined]


def _due(view: View, model: type[Event]) -> date | None:
    """The date of the last step set, unless an activity on that day or later has done it."""
    step = view.latest(model)
    due: date | None = step.event.due if step else None  # type: ignore[attr-defined]
    if step is None or due is None:
        return None
    done = any(
        view.date_of(fact.occurred) >= due and fact.occurred >= step.occurred
        for fact in view.story.kept_of(Activity)
    )
    return None if done else due


def _offer(view: View) -> Answer:
    strategy = view.strategy
    quotes = view.story.kept_of(QuoteSent)
    quoted = _last(fact.occurred for fact in quotes)
    offered = view.latest(DiscountOffered)
    discount = round(offered.event.percent * 100) if offered else None  # type: ignore[attr-defined]
    authority = strategy.pricing.discount_authority_percent
    over = None
    if discount is not None and authority is not None:
        over = max(0, discount - int(authority * 100))
    rivals = [fact.event for fact in view.story.kept_of(CompetitorIdentified)]
    waiting = _open_objections(view)
    return {
        "quote_sent": int(bool(quotes)),
        "quotes": len(quotes),
        "days_since_quote": view.days_since(quoted),
        "days_quote_unfollowed": (
            view.days_since(quoted)
            if quoted is not None
            and not any(fact.occurred > quoted for fact in view.story.kept_of(Activity))
            else None
        ),
        "discount_bp": discount,
        "discount_over_authority_bp": over,
        "discount_before_shortlist": _discounted_early(view),
        "competitor_known": int(bool(rivals)),
        "incumbent_rival": int(any(rival.incumbent for rival in rivals)),  # type: ignore[attr-defined]
        "open_objections": len(waiting),
        "business_days_objection_open": (
            view.business_days_since(min(view.as_of, *waiting.values())) if waiting else None
        ),
    }


def _declared_rivals(view: View) -> set[str]:
    named = [fact.event.competitor for fact in view.story.kept_of(CompetitorIdentified)]  # type: ignore[attr-defined]
    declared = view.strategy.competitor_names
    return {known for one in named if (known := _word(one, declared)) is not None}


def _rivals(view: View) -> Answer:
    met = _declared_rivals(view)
    assert view.whole is not None
    matchups = [view.whole.rivals[name] for name in met]
    rates = [one.won_permille for one in matchups if one.won_permille is not None]
    return {
        "matchup_won_permille": min(rates, default=None),
        "matchup_losing": int(any(one.is_losing for one in matchups)) if met else None,
        **{f"competitor.{name}": int(name in met) for name in view.strategy.competitor_names},
    }


def _orders(events: Sequence[Numbered], deal: str, as_of: datetime, strategy: Strategy) -> Answer:
    """How the deal stands to each declared order of events, and to all of them."""
    answer: Answer = {}
    for order in strategy.process.constraints:
        verdicts = {one.verdict for one in activations(events, deal, as_of, order, strategy)}
        worst = next((one for one in ("broken", "pending", "kept") if one in verdicts), None)
        states = {None: 0, "kept": 1, "pending": 2, "broken": 3}
        answer[f"constraint.{order.id}"] = states[worst]
    found = list(answer.values())
    kept, broken = found.count(1), found.count(3)
    return {
        **answer,
        "constraints_broken": broken,
        "constraints_pending": found.count(2),
        "conformance_permille": kept * 1000 // (kept + broken) if kept + broken else None,
    }


def _over_limits(view: View, answer: Answer) -> Answer:
    """How far the deal is beyond each learned threshold."""
    found: Answer = {}
    ref = view.ref
    for name, limit in view.strategy.thresholds.items():
        place = view.pipeline
        if "stage" in limit.by:
            place = f"{ref.pipeline}/{ref.name}" if ref else None
        assert view.whole is not None
        cell = _cell(name, place, answer["tier"], view.strategy)
        found[f"over.{name}"] = _less(answer[limit.of], view.whole.limits[name].get(cell))
    return found


def _open_objections(view: View) -> dict[str, int]:
    """When each open objection was last raised: it is answered by what happens no earlier."""
    raised: dict[str, list[tuple[int, bool]]] = {}
    for fact in view.story.kept_of(ObjectionRaised, ObjectionAnswered):
        is_raise = isinstance(fact.event, ObjectionRaised)
        raised.setdefault(fact.event.objection, []).append((fact.occurred, is_raise))  # type: ignore[attr-defined]
    found = {}
    for name, facts in raised.items():
        newest = max(at for at, _ in facts)
        last_of_newest = [is_raise for at, is_raise in facts if at == newest][-1]
        if last_of_newest:
            found[name] = newest
    return found


def _discounted_early(view: View) -> int | None:
    allowed = _allowed_from(view)
    if allowed is None:
        return None
    kept = view.story.kept
    for place, fact in enumerate(kept):
        if isinstance(fact.event, DiscountOffered):
            before = told(kept[:place])
            visits = stays(before, view.pipeline, view.strategy)
            standing = [stay.ref for chapter in visits for stay in chapter]
            if before.openings and standing and standing[-1] is not None:
                if standing[-1].rank < allowed:
                    return 1
    return 0


def _allowed_from(view: View) -> int | None:
    named = view.strategy.pricing.no_discount_before_stage
    for ref in view.strategy.stages:
        is_it = ref.name == named or (named is None and ref.stage.shortlist)
        if ref.pipeline == view.pipeline and is_it:
            return ref.rank
    return None


def _criteria_met(view: View) -> dict[str, list[int]]:
    """When each criterion was met that the strategy names anywhere."""
    met = {
        name: [
            fact.occurred
            for fact in view.story.kept_of(CriterionMet)
            if same_word(fact.event.criterion, name)
        ]
        for name in _criteria_named(view.strategy)
    }
    return {name: times for name, times in met.items() if times}


def _criteria_named(strategy: Strategy) -> list[str]:
    return [
        *strategy.process.criteria,
        *(name for ref in strategy.stages for name in ref.stage.exit_criteria),
        *strategy.closing.steps,
        *(name for ref in strategy.stages for name in ref.stage.entry_criteria),
    ]


def _presented(view: View) -> set[str]:
    claims = view.strategy.claim_names
    return {
        claim
        for fact in view.story.kept_of(ClaimPresented)
        if (claim := _word(fact.event.claim, claims))  # type: ignore[attr-defined]
    }


def _discussed(view: View) -> set[str]:
    topics = view.strategy.conversations.topics
    return {
        topic
        for fact in view.story.kept_of(Activity)
        for said in fact.event.topics  # type: ignore[attr-defined]
        if (topic := _word(said, topics))
    }


def _names(view: View) -> Answer:
    """What the strategy's names of criteria, claims and topics read."""
    strategy = view.strategy
    read = (
        ("criterion", _criteria_named(strategy), _criteria_met(view)),
        ("claim", strategy.claim_names, _presented(view)),
        ("topic", strategy.conversations.topics, _discussed(view)),
    )
    return {f"{what}.{name}": int(name in so_far) for what, names, so_far in read for name in names}


def _progress(view: View) -> Answer:
    strategy = view.strategy
    met = _criteria_met(view)
    presented, discussed = _presented(view), _discussed(view)
    tier = _market(view)["tier"]
    tier_name = None if tier is None else strategy.target_market.tiers[tier].name
    ref, passed = view.ref, view.stages_up_to_now()
    names = {one.name for one in passed}
    due_topics = {topic for one in passed for topic in one.required_topics}
    earlier = {name for one in passed if one != ref for name in one.stage.exit_criteria}
    category = view.latest(ForecastCategorySet)
    return {
        "claims_presented": len(presented),
        "claims_missing": sum(
            claim.required_from_stage in names
            and claim.id not in presented
            and (not claim.segments or tier_name in claim.segments)
            for claim in strategy.value_proposition.claims
        ),
        "criteria_met": len(met),
        "stage_criteria_missing": len(set(ref.stage.exit_criteria) - set(met)) if ref else None,
        "criteria_unmet_earlier": len(earlier - set(met)) if ref else None,
        "days_criterion_unmet": (
            view.days_since(view.stays[-1].since)
            if ref and set(ref.stage.exit_criteria) - set(met)
            else None
        ),
        "days_since_criterion": view.days_since(
            _last(at for times in met.values() for at in times)
        ),
        "topics_missing": len(due_topics - discussed),
        "pricing_discussed": (
            int("pricing" in discussed) if "pricing" in strategy.conversations.topics else None
        ),
        "forecast_category": (
            ["omitted", "pipeline", "best_case", "commit"].index(category.event.to)  # type: ignore[attr-defined]
            if category
            else None
        ),
    }


def _records(view: View) -> Answer:
    strategy = view.strategy
    delays = sorted(fact.delay for fact in view.story.kept if fact.delay is not None)
    days = [min(max(delay // DAY, 0), 31) for delay in delays]
    backdating = strategy.crm.backdating_days
    allowed = DAY * (30 if backdating is None else backdating)
    owner = _owner(view)
    values = _attributes(view)
    present = {
        "owner": owner is not None,
        "amount": _amount(view)["amount_known"],
        "close_date": _close_date(view)["close_date_known"],
        "account": any(fact.event.account for fact in view.story.kept_of(Opened)),
        "next_step": _next_step(view)["next_step_set"],
        "contact": any(fact.event.contact for fact in view.story.kept_of(Activity))
        or bool(view.story.kept_of(ContactAdded)),
        "competitor": bool(view.story.kept_of(CompetitorIdentified)),
        "quote": bool(view.story.kept_of(QuoteSent)),
        **{name: value is not None for name, value in values.items()},
    }
    required = {
        *strategy.crm.required_fields,
        *(name for ref in view.stages_up_to_now() for name in ref.stage.required_fields),
    }
    missing = sum(not present[name] for name in required)
    return {
        "owner_known": int(owner is not None),
        "owner_changes": _owner_changes(view),
        "backdated_events": sum(delay > allowed for delay in delays),
        "logging_delay_days_median": days[(len(days) - 1) // 2] if days else 0,
        "required_fields": len(required),
        "missing_fields": missing,
        "completeness_permille": (
            (len(required) - missing) * 1000 // len(required) if required else None
        ),
        **{f"attribute.{name}": value for name, value in values.items()},
    }


def account_of(view: View) -> str | None:
    """The account that the deal was last said to be of."""
    said = [fact.event.account for fact in view.story.kept_of(Opened)]  # type: ignore[attr-defined]
    return next((one for one in reversed(said) if one is not None), None)


def _owner(view: View) -> str | None:
    taken = _owners(view)
    return _owner_of(taken[-1]) if taken else None


def _owner_changes(view: View) -> int:
    return sum(
        None not in (_owner_of(before), _owner_of(after)) and _owner_of(before) != _owner_of(after)
        for before, after in pairwise(_owners(view))
        if isinstance(after.event, OwnerChanged)
        and any(after is fact for fact in view.story.chapters[-1])
    )


def _owners(view: View) -> list[Fact]:
    return in_time(
        fact
        for fact in view.story.kept_of(Opened, OwnerChanged)
        if isinstance(fact.event, OwnerChanged)
        or (fact is view.story.openings[0] and fact.event.owner is not None)
    )


def _owner_of(fact: Fact) -> str | None:
    event = fact.event
    return event.owner if isinstance(event, Opened) else event.to  # type: ignore[attr-defined]


def _attributes(view: View) -> dict[str, int | None]:
    """The newest value of each attribute: a number, or the place of its label."""
    strategy = view.strategy
    found: dict[str, int | None] = dict.fromkeys(strategy.attribute_names)
    said_at: dict[str, int] = {}
    for fact in view.story.kept_of(Opened, AccountProfiled, AttributeChanged):
        for said, value in _said_of_attributes(fact.event).items():
            name = _word(said, strategy.attribute_names)
            if name is None or fact.occurred < said_at.get(name, fact.occurred):
                continue
            said_at[name] = fact.occurred
            if strategy.attributes[name].number:
                is_number = isinstance(value, int | float) and not isinstance(value, bool)
                found[name] = round(value) if is_number else None
            else:
                labels = strategy.attributes[name].values
                label = "yes" if value is True else "no" if value is False else value
                word = None if label is None else _word(str(label), labels)
                found[name] = None if word is None else labels.index(word)
    return found


def _said_of_attributes(event: Event) -> dict[str, Any]:
    if isinstance(event, AttributeChanged):
        return {event.name: event.to}
    return event.attributes  # type: ignore[attr-defined,no-any-return]


def _market(view: View) -> Answer:
    values = _attributes(view)
    market = view.strategy.target_market
    tiers = [number for number, tier in enumerate(market.tiers) if _fits(tier.where, values, view)]
    return {
        "tier": tiers[0] if tiers else None,
        "is_excluded": int(any(_fits(segment.where, values, view) for segment in market.excluded)),
    }


def _fits(where: Where, values: dict[str, int | None], view: View) -> bool:
    return all(_matches(match, name, values[name], view) for name, match in where.items())


def _matches(match: Match, name: str, value: int | None, view: View) -> bool:
    if value is None:
        return False
    labels = view.strategy.attributes[name].values
    low, high = match.bounds
    listed = [labels.index(one) if isinstance(one, str) else one for one in match.any_of]
    return (
        (not listed or value in listed)
        and (low is None or value >= low)
        and (high is None or value <= high)
    )
