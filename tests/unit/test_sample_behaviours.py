"""Does the default sample hold what the rules look for, in a believable proportion?

Counted from the events alone, by day and by deal; no rule, signal or strategy is asked.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

import pytest

from salesadvisor.domain.events import StrategyPublished
from salesadvisor.domain.strategy import Strategy
from salesadvisor.sources.sample import SampleSpec, generate, roll_out
from tests.unit.test_sample import CLOSES, STAGES

END = datetime(2026, 7, 1, tzinfo=UTC)
OWN_CHANNELS = ("direct", "preferred_provider")
PROCUREMENT = ("outsourcing", "finance")
CHAMPIONS = ("clin_ops", "medical")
PROPOSAL, SHORTLIST, AWARD = (
    STAGES.index(name) for name in ("proposal_submitted", "shortlisted", "verbal_award")
)


@dataclass(frozen=True)
class Said:
    """One event: when it happened, when it was written down, what it says."""

    at: datetime
    recorded: datetime
    kind: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Deal:
    """One deal's events in the order of happening."""

    name: str
    events: tuple[Said, ...]

    @property
    def opened(self) -> Said:
        return next(self.of("opened"))

    @property
    def attributes(self) -> dict[str, Any]:
        return self.opened.data["attributes"]  # type: ignore[no-any-return]

    @property
    def account(self) -> str:
        return self.opened.data["account"]  # type: ignore[no-any-return]

    @property
    def close(self) -> Said | None:
        """The last close, None if the deal is open at the end."""
        ends = [one for one in self.events if one.kind in CLOSES or one.kind == "reopened"]
        return ends[-1] if ends and ends[-1].kind in CLOSES else None

    @property
    def until(self) -> datetime:
        return self.close.at if self.close else END

    @property
    def is_won(self) -> bool:
        return self.close is not None and self.close.kind == "won"

    @property
    def is_ended(self) -> bool:
        return self.close is not None and self.close.kind != "voided"

    def of(self, *kinds: str) -> Iterator[Said]:
        return (one for one in self.events if one.kind in kinds)

    def activities(self, direction: str | None = None, *kinds: str) -> list[Said]:
        return [
            one
            for one in self.of("activity")
            if direction in (None, one.data["direction"]) and one.data["kind"] in (kinds or ANY)
        ]

    def stays(self) -> list[tuple[int, datetime, datetime]]:
        """Rank of each stage, from when, until when."""
        entries = [(one.at, _stage_of(one)) for one in self.of("opened", "stage_changed")]
        exits = [at for at, _ in entries[1:]] + [self.until]
        return [(rank, at, left) for (at, rank), left in zip(entries, exits, strict=True)]

    def roles(self) -> dict[str, str]:
        return {one.data["contact"]: one.data["role"] for one in self.of("contact_added")}


ANY = ("call", "email", "meeting", "demo", "task", "other")


def _stage_of(event: Said) -> int:
    return STAGES.index(event.data["stage"] if event.kind == "opened" else event.data["to"])


def days(span: timedelta) -> float:
    return span.total_seconds() / 86_400


def tier(deal: Deal) -> str | None:
    """The tier of the market as a clinical-research strategy would draw it."""
    size, area, phase = (
        deal.attributes[name] for name in ("sponsor_size", "therapeutic_area", "phase")
    )
    if phase == "IV":
        return None
    if size != "large" and area in ("oncology", "rare_disease"):
        return "core"
    wanted = ("cns", "immunology", "oncology", "rare_disease")
    return "growth" if size != "small" and area in wanted and phase != "I" else "opportunistic"


def interval(won: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    z, p = 1.96, won / n
    middle, spread = p + z * z / (2 * n), z * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    return (middle - spread) / (1 + z * z / n), (middle + spread) / (1 + z * z / n)


@pytest.fixture(scope="module")
def deals() -> list[Deal]:
    by_name: dict[str, list[Said]] = defaultdict(list)
    for row in generate(SampleSpec(dirt=False)):
        if row.event != "account_profiled":
            at, recorded = (
                datetime.fromisoformat(text) for text in (row.occurred_at, row.recorded_at)
            )
            by_name[row.deal_id].append(Said(at, recorded, row.event, json.loads(row.data)))
    return [
        Deal(name, tuple(sorted(events, key=lambda one: one.at)))
        for name, events in by_name.items()
    ]


Of = Callable[[Deal], bool]


def share(deals: list[Deal], has: Of, among: Of = lambda deal: True) -> float:
    asked = [deal for deal in deals if among(deal)]
    return sum(map(has, asked)) / len(asked)


# Market and channels


def test_some_reps_spend_a_third_of_some_months_on_what_does_not_fit(deals: list[Deal]) -> None:
    minutes: dict[tuple[str, int], Counter[bool]] = defaultdict(Counter)
    for deal in deals:
        for one in deal.activities():
            window = (one.data["actor"], int(days(END - one.at)) // 28)
            minutes[window][tier(deal) is None] += one.data.get("duration_minutes", 5)
    busy = [both for both in minutes.values() if both.total() > 300]
    strays = sum(both[True] > 0.3 * both.total() for both in busy)
    assert 0.02 < strays / len(busy) < 0.30


def test_core_sponsors_fall_silent_for_two_months_but_most_are_in_touch(deals: list[Deal]) -> None:
    heard = defaultdict(list)
    for deal in deals:
        heard[deal.account] += [one.at for one in deal.activities()]
    weeks = [END - timedelta(weeks=back) for back in range(100)]
    silent = known = 0
    for account in {deal.account for deal in deals if tier(deal) == "core"}:
        for week in weeks:
            past = [at for at in heard[account] if at < week]
            known += bool(past)
            silent += bool(past) and week - max(past) > timedelta(days=60)
    assert 0.05 < silent / known < 0.45


def test_the_growth_tier_wins_ever_less_in_the_last_two_quarters(deals: list[Deal]) -> None:
    ends = [
        (deal.close.at, deal.is_won)
        for deal in deals
        if deal.close and deal.is_ended and tier(deal) == "growth"
    ]
    first, last = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 4))
    before = [won for at, won in ends if at < first]
    low, _ = interval(sum(before), len(before))
    for since, until in ((first, last), (last, END)):
        quarter = [won for at, won in ends if since <= at < until]
        assert sum(quarter) / len(quarter) < low


def test_one_study_is_open_through_a_partner_and_directly(deals: list[Deal]) -> None:
    clashes = {
        partner.name
        for partner in deals
        for own in deals
        if partner.attributes["channel"] == "partner"
        and own.attributes["channel"] in OWN_CHANNELS
        and own.account == partner.account
        and own.attributes["therapeutic_area"] == partner.attributes["therapeutic_area"]
        and own.opened.at < partner.until
        and partner.opened.at < own.until
    }
    assert 5 <= len(clashes) < 0.08 * len(deals)
    yielded = [deal for deal in deals if "same study as" in str(deal.events[-1].data.get("reason"))]
    assert yielded


def test_congress_months_bring_another_mix_of_channels(deals: list[Deal]) -> None:
    def conferences(months: tuple[int, ...]) -> float:
        return share(
            deals,
            lambda deal: deal.attributes["channel"] == "conference",
            lambda deal: deal.opened.at.month in months,
        )

    assert conferences((6, 10)) > 2 * conferences((1, 2, 3, 8, 12))


def test_the_year_has_quiet_months(deals: list[Deal]) -> None:
    opened = Counter(deal.opened.at.month for deal in deals)
    assert opened[8] < 0.6 * opened[10]
    assert opened[12] < 0.8 * opened[11]


# Competition


def test_against_one_rival_we_nearly_always_lose(deals: list[Deal]) -> None:
    met: dict[str, list[bool]] = defaultdict(list)
    for deal in deals:
        for name in {one.data["competitor"] for one in deal.of("competitor_identified")}:
            if deal.is_ended:
                met[name].append(deal.is_won)
    base = share(deals, lambda deal: deal.is_won, lambda deal: deal.is_ended)
    surely_below = {
        name
        for name, wins in met.items()
        if len(wins) >= 8 and interval(sum(wins), len(wins))[1] < base
    }
    assert surely_below == {"Arcanum"}


def test_some_proposals_go_out_without_a_known_competitor(deals: list[Deal]) -> None:
    unknown = share(
        deals,
        lambda deal: not list(deal.of("competitor_identified")),
        lambda deal: max(rank for rank, *_ in deal.stays()) >= PROPOSAL,
    )
    assert 0.1 < unknown < 0.5


# Prospecting


def first_answer_hours(deal: Deal) -> float | None:
    out = deal.activities("out")
    return (out[0].at - deal.opened.at).total_seconds() / 3600 if out else None


@pytest.mark.parametrize("channel", ["inbound", "partner", "conference"])
def test_leads_are_answered_soon_late_or_never(channel: str, deals: list[Deal]) -> None:
    waits = [first_answer_hours(deal) for deal in deals if deal.attributes["channel"] == channel]
    answered = [hours for hours in waits if hours is not None]
    assert 0 < len(waits) - len(answered) < 0.2 * len(waits)
    assert min(answered) < 4
    assert 0.02 * len(waits) < sum(hours > 72 for hours in answered) < 0.5 * len(waits)


def test_some_early_deals_are_neither_qualified_nor_let_go(deals: list[Deal]) -> None:
    def lingers(deal: Deal) -> bool:
        rank, since, left = deal.stays()[0]
        met = [one for one in deal.of("criterion_met") if one.at < left]
        return rank <= STAGES.index("rfi") and days(left - since) > 45 and not met

    assert 0.01 < share(deals, lingers) < 0.25


# Relationships


def test_champions_fall_silent(deals: list[Deal]) -> None:
    def silent(deal: Deal) -> bool:
        roles = deal.roles()
        heard = defaultdict(list)
        for one in deal.activities("in"):
            if roles.get(one.data["contact"]) in CHAMPIONS:
                heard[one.data["contact"]].append(one.at)
        for moments in heard.values():
            gaps = [days(later - earlier) for earlier, later in pairwise(moments)]
            waits = days(deal.until - moments[-1])
            if len(gaps) >= 3 and waits > max(3 * median(gaps), 7):
                return True
        return False

    assert 0.02 < share(deals, silent) < 0.35


def test_some_sponsors_send_procurement_only(deals: list[Deal]) -> None:
    def roles_met(deal: Deal) -> list[str | None]:
        roles = deal.roles()
        meetings = deal.activities(None, "meeting", "demo")
        return [roles.get(one.data["contact"]) for one in meetings]

    procurement = share(
        deals,
        lambda deal: set(roles_met(deal)[-3:]) <= set(PROCUREMENT),
        lambda deal: len(roles_met(deal)) >= 3,
    )
    assert 0.03 < procurement < 0.35


def test_buyers_stop_answering(deals: list[Deal]) -> None:
    def ghosted(deal: Deal) -> bool:
        heard = [one.at for one in deal.activities("in")] + [deal.opened.at]
        sent = [one.at for one in deal.activities("out") if one.at > max(heard)]
        return len(sent) >= 2 and days(deal.until - max(heard)) > 14

    assert 0.05 < share(deals, ghosted) < 0.45


# Process


def test_meetings_without_an_advance(deals: list[Deal]) -> None:
    def busy_but_stuck(deal: Deal) -> bool:
        steps = [one.at for one in deal.of("criterion_met", "stage_changed", "opened")]
        spans = pairwise([*steps, deal.until])
        return any(
            later - earlier > timedelta(days=35)
            and sum(earlier < one.at < later for one in deal.activities(None, "meeting")) >= 2
            for earlier, later in spans
        )

    assert 0.03 < share(deals, busy_but_stuck) < 0.40


def test_objections_stay_open_for_more_than_a_week(deals: list[Deal]) -> None:
    waits = []
    for deal in deals:
        answers = {one.data["objection"]: one.at for one in deal.of("objection_answered")}
        for one in deal.of("objection_raised"):
            waits.append(days(answers.get(one.data["objection"], deal.until) - one.at))
    assert 0.1 < sum(wait > 7 for wait in waits) / len(waits) < 0.7


def test_quotes_without_a_follow_up(deals: list[Deal]) -> None:
    idle = []
    for deal in deals:
        for one in deal.of("quote_sent"):
            if days(deal.until - one.at) > 8:
                after = one.at + timedelta(days=8)
                idle.append(not any(one.at < act.at < after for act in deal.activities("out")))
    assert 0.03 < sum(idle) / len(idle) < 0.40


def test_next_steps_are_missed(deals: list[Deal]) -> None:
    late = []
    for deal in deals:
        for one in deal.of("next_step_set"):
            due = date.fromisoformat(one.data["due"])
            limit = datetime(due.year, due.month, due.day, tzinfo=UTC) + timedelta(days=4)
            if limit < deal.until:
                done = (act.at for act in deal.activities("out") if act.at.date() >= due)
                late.append(min(done, default=END) > limit)
    assert 0.05 < sum(late) / len(late) < 0.5


def test_planned_meetings_are_recorded_before_they_take_place(deals: list[Deal]) -> None:
    planned = [one for deal in deals for one in deal.of("activity_planned")]
    assert len(planned) > 100
    assert all(one.data["due"] >= one.at.date().isoformat() for one in planned)


# Pricing and closing


def test_discounts_go_beyond_authority_and_come_too_early(deals: list[Deal]) -> None:
    offers = [(deal, one) for deal in deals for one in deal.of("discount_offered")]
    breaches = sum(
        float(one.data["percent"]) > 5 and "approved_by" not in one.data for _, one in offers
    )
    early = sum(
        any(rank < SHORTLIST and since <= one.at < left for rank, since, left in deal.stays())
        for deal, one in offers
    )
    assert 0.03 < breaches / len(offers) < 0.5
    assert 0.2 < early / len(offers) < 0.9


def test_close_dates_are_pushed_again_and_again(deals: list[Deal]) -> None:
    def pushes(deal: Deal) -> int:
        moves = [(one.data["from"], one.data["to"]) for one in deal.of("close_date_changed")]
        return sum(to[:7] > since[:7] for since, to in moves)

    assert 0.02 < share(deals, lambda deal: pushes(deal) >= 2) < 0.3
    assert share(deals, lambda deal: pushes(deal) >= 3) > 0


def test_commits_are_made_without_a_word_from_the_sponsor(deals: list[Deal]) -> None:
    commits = [
        (deal, one.at)
        for deal in deals
        for one in deal.of("forecast_category_set")
        if one.data["to"] == "commit"
        and any(r < AWARD and since <= one.at < left for r, since, left in deal.stays())
    ]
    fortnight = timedelta(days=14)
    unsupported = [
        not any(at - fortnight < act.at < at for act in deal.activities("in"))
        for deal, at in commits
    ]
    assert 0.05 < sum(unsupported) / len(unsupported) < 0.8


def test_awards_wait_for_their_signature(deals: list[Deal]) -> None:
    waits = []
    for deal in deals:
        awarded = [since for rank, since, _ in deal.stays() if rank == AWARD]
        if awarded and deal.is_won:
            waits.append(days(deal.until - awarded[0]))
    assert 0.05 < sum(wait > 56 for wait in waits) / len(waits) < 0.5
    assert median(waits) < 56


def test_work_under_a_letter_of_intent_uses_up_its_ceiling(deals: list[Deal]) -> None:
    at_risk = [deal for deal in deals if list(deal.of("attribute_changed"))]
    most = []
    for deal in at_risk:
        started = [
            one.at for one in deal.of("criterion_met") if one.data["criterion"] == "work_started"
        ]
        uses = list(deal.of("attribute_changed"))
        assert {one.data["name"] for one in uses} == {"loi_used_percent"}
        assert all(at < uses[0].at for at in started)
        used = [one.data["to"] for one in uses]
        assert used == sorted(set(used))
        most.append(max(used))
    letters = [deal for deal in deals if STAGES.index("loi") in [rank for rank, *_ in deal.stays()]]
    assert 0.3 < len(at_risk) / len(letters) < 0.7
    assert 0.1 < sum(used > 80 for used in most) / len(most) < 0.5


# The record


def test_records_are_merged_and_deals_come_back(deals: list[Deal]) -> None:
    reasons = [str(one.data["reason"]) for deal in deals for one in deal.of("voided")]
    merged = sum(reason.startswith("duplicate of CR-") for reason in reasons)
    assert 3 <= merged < 0.05 * len(deals)
    assert 0.005 < share(deals, lambda deal: bool(list(deal.of("reopened")))) < 0.08


def test_some_reps_log_late_and_some_facts_are_backdated(deals: list[Deal]) -> None:
    delays = defaultdict(list)
    for deal in deals:
        for one in deal.activities():
            delays[one.data["actor"]].append(days(one.recorded - one.at))
    late = {rep: sum(delay > 1 for delay in found) / len(found) for rep, found in delays.items()}
    assert max(late.values()) > 2 * min(late.values())
    assert any(delay > 30 for found in delays.values() for delay in found)


# The strategy


def declared(**parts: Any) -> Strategy:
    stages = {"pipelines": [{"name": "bids", "stages": [{"name": "identified"}]}]}
    return Strategy.model_validate({"name": "own", "currency": "EUR", "process": stages, **parts})


TEAMS = {"teams": [{"name": "north", "reps": list("abcdefgh")}]}


def test_a_strategy_is_published_and_acknowledged_by_some_in_time_some_late_some_never() -> None:
    strategy = declared(alignment=TEAMS, strategy_review={"approved_on": "2026-01-12"})
    published, *answers = roll_out(strategy, END)
    assert isinstance(published, StrategyPublished)
    assert published.occurred_at.date() == date(2026, 1, 12)
    waits = [days(one.occurred_at - published.occurred_at) for one in answers]
    assert 4 < len(waits) < 8
    assert 0 < sum(wait > 14 for wait in waits) < len(waits)
    assert {one.strategy_hash for one in (published, *answers)} == {strategy.content_hash}  # type: ignore[attr-defined]


def test_an_edited_strategy_is_rolled_out_as_what_it_now_is() -> None:
    first, second = (
        roll_out(declared(alignment=TEAMS, horizon_days=horizon), END)[0] for horizon in (90, 120)
    )
    assert first.source_id != second.source_id
    assert END - timedelta(days=92) < second.occurred_at < END


def test_nothing_of_a_strategy_is_known_after_the_moment_of_asking() -> None:
    strategy = declared(alignment=TEAMS, strategy_review={"approved_on": "2026-06-28"})
    assert all(one.known_at < END for one in roll_out(strategy, END))
    assert len(roll_out(strategy, END)) < len(roll_out(strategy, END + timedelta(days=40)))


def test_a_strategy_without_teams_is_published_all_the_same() -> None:
    assert [one.KIND for one in roll_out(declared(), END)] == ["strategy_published"]
