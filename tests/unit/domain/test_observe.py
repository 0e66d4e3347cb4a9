"""What does each signal of the catalogue read, by values worked out by hand?

1 January 2024, day 0, is a Monday. The team's calendar is UTC without holidays unless said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pytest
from tests.builders import (
    NOTHING_KNOWN,
    TEAM,
    corrected,
    day,
    did,
    happened,
    moved,
    on,
    opened,
    profiled,
    retracted,
    signals,
    team,
)

from salesadvisor.domain.events import Event
from salesadvisor.domain.observe import WINDOW_SECONDS, bits_in, over
from salesadvisor.domain.signals import CATALOGUE, UNKNOWN
from salesadvisor.domain.state import month_of
from salesadvisor.domain.strategy import Strategy
from salesadvisor.log.live import Reference

NAMES = [spec.name for spec in CATALOGUE]
MAY_BE_UNKNOWN = {spec.name for spec in CATALOGUE if spec.unknown_means != "never"}
# The fold leaves it to the model.
FILLED_LATER = {"win_probability_bp"}
# The team declares no orders of events.
OF_ORDERS = {"constraints_broken", "constraints_pending", "conformance_permille"}
# An open deal is in its stage, declared or not, since its opening at the latest.
KNOWN_OF_EVERY_OPEN_DEAL = {"days_in_stage", "business_days_in_stage"}

# A deal opened on Monday in the stage 'lead', read on Tuesday. What is left out reads 0.
BARE: dict[str, int | None] = {
    "stages_remaining": 3,
    "days_in_stage": 1,
    "business_days_in_stage": 1,
    "stage_limit_days": 10,
    "days_over_stage_limit": -9,
    "won_p80_days": None,
    "days_over_won_p80": None,
    "stage_visits": 1,
    "days_since_regression": None,
    "age_days": 1,
    "cycle": 1,
    "amount_minor": None,
    "amount_change_permille": None,
    "amount_to_median_permille": None,
    "days_to_close_date": None,
    "days_past_close_date": None,
    "days_since_contact_out": None,
    "days_since_contact_in": None,
    "business_days_since_inbound": None,
    "days_since_activity": None,
    "days_since_decision_role": None,
    "days_to_next_step": None,
    "next_step_kind": None,
    "days_next_step_overdue": None,
    "business_days_next_step_overdue": None,
    "hours_unanswered": 24,
    "first_response_hours": None,
    "days_awaiting_reply": None,
    "reply_days_median": None,
    "reply_days_p90": None,
    "awaiting_over_p90_days": None,
    "awaiting_to_median_permille": None,
    "days_over_silent_limit": None,
    "activities_short_7d": 2,
    "contacts_short": 2,
    "days_since_champion": None,
    "champion_gap_days_median": None,
    "champion_silent_permille": None,
    "days_quote_unfollowed": None,
    "matchup_won_permille": None,
    "matchup_losing": None,
    "days_criterion_unmet": 1,
    "conformance_permille": None,
    "days_since_quote": None,
    "contacts_since_quote": None,
    "discount_bp": None,
    "discount_over_authority_bp": None,
    "business_days_objection_open": None,
    "stage_criteria_missing": 1,
    "days_since_criterion": None,
    "forecast_category": None,
    "required_fields": 2,
    "missing_fields": 2,
    "tier": None,
    "win_probability_bp": None,
}


@pytest.mark.parametrize("signal", NAMES)
def test_of_a_deal_of_which_little_is_known(signal: str) -> None:
    assert signals([opened()], day(1))[signal] == BARE.get(signal, 0)


@dataclass(frozen=True)
class Case:
    """A story and what some signals read at its end."""

    story: str
    events: Sequence[Event]
    as_of: datetime
    reads: dict[str, int | None]
    strategy: Strategy = TEAM
    reference: Reference = NOTHING_KNOWN

    def __str__(self) -> str:
        return self.story


def touches(kind: str, direction: str | None) -> list[Event]:
    """One in each ring of the windows before day 100: 7, 14, 30 and 90 days."""
    return [did(at, kind, direction) for at in (20, 75, 90, 99)]


CASES = (
    Case(
        "a deal that jumped ahead and fell back",
        [opened(), moved(3, "demo"), moved(5, "closing"), moved(8, "demo")],
        day(31),  # Thursday, 1 February
        {
            "stage": 1,
            "stage_rank": 1,
            "stages_remaining": 2,
            "days_in_stage": 23,
            "business_days_in_stage": 17,
            "stage_limit_days": 20,
            "days_over_stage_limit": 3,
            "won_p80_days": 15,
            "days_over_won_p80": 8,
            "stage_moves": 3,
            "stage_visits": 4,
            "stage_regressions": 1,
            "days_since_regression": 23,
            "stage_skips": 1,
            "age_days": 31,
            "roles_missing": 1,
            "claims_missing": 1,
            "stage_criteria_missing": 2,
            "criteria_unmet_earlier": 1,
        },
        reference=replace(NOTHING_KNOWN, won_p80=[UNKNOWN, 15, *[UNKNOWN] * 4]),
    ),
    Case(
        "a deal that was lost and came back",
        [opened(), happened("lost", 2), happened("reopened", 5, stage="demo")],
        day(9),
        {
            "cycle": 2,
            "age_days": 4,
            "stage_visits": 1,
            "stage_moves": 0,
            "days_in_stage": 4,
            "hours_unanswered": 96,
        },
    ),
    Case(
        "a deal of the second pipeline",
        [happened("opened", 0, pipeline="renewals", stage="offer")],
        day(1),
        {"pipeline": 1, "stage": 5, "stage_rank": 1, "stages_remaining": 0},
    ),
    Case(
        "an amount that grew by half and then shrank",
        [
            opened(amount="1000.00", currency="USD"),
            happened("amount_changed", 2, to="1500", currency="usd"),
            happened("amount_changed", 3, to="1250"),
        ],
        day(4),
        {
            "amount_minor": 125_000,
            "amount_known": 1,
            "amount_changes": 2,
            "amount_change_permille": 250,
            "amount_to_median_permille": 1_250,
        },
        reference=replace(NOTHING_KNOWN, median_amount=100_000),
    ),
    Case(
        "a close date that was pushed, pulled in, and moved within its month",
        [
            opened(close_date=on(19)),
            happened("close_date_changed", 2, to=on(40)),
            happened("close_date_changed", 3, to=on(35)),
            happened("close_date_changed", 4, to=on(36)),
        ],
        day(40),
        {
            "close_date_known": 1,
            "close_date_pushes": 1,
            "push_days": 22,
            "close_date_pull_ins": 1,
            "days_to_close_date": -4,
            "days_past_close_date": 4,
        },
    ),
    Case(
        "activities of every kind in every window",
        [
            opened(),
            *touches("call", None),
            *touches("email", "out"),
            *touches("email", "in"),
            *touches("meeting", None),
        ],
        day(100),
        {
            **{f"calls_{days}d": n for days, n in ((7, 1), (14, 2), (30, 3), (90, 4))},
            **{f"emails_out_{days}d": n for days, n in ((7, 1), (14, 2), (30, 3), (90, 4))},
            **{f"emails_in_{days}d": n for days, n in ((7, 1), (14, 2), (30, 3), (90, 4))},
            **{f"meetings_{days}d": n for days, n in ((7, 1), (14, 2), (30, 3), (90, 4))},
            "outbound_14d": 2,
            "outbound_30d": 3,
            "inbound_14d": 2,
            "inbound_30d": 3,
            "activities_21d": 8,
        },
    ),
    Case(
        "a champion who wrote once and did not answer two calls to the user",
        [
            opened(),
            happened("contact_added", 1, contact="ann", role="user"),
            happened("contact_added", 1, contact="bob", role="boss"),
            did(12.5, "email", "in", contact="bob"),  # Saturday noon
            did(13, "call", "out", contact="ann"),
            did(14, "call", "out", contact="ann"),
        ],
        day(20),  # Sunday
        {
            "days_since_contact_out": 6,
            "days_since_contact_in": 7,
            "business_days_since_inbound": 5,
            "days_since_activity": 6,
            "unanswered_outbound": 2,
            "contacts_reached": 2,
            "contacts_active_30d": 2,
            "roles_covered": 2,
            "has_decision_role": 1,
            "days_since_decision_role": 7,
        },
    ),
    Case(
        "a next step ahead",
        [opened(), happened("next_step_set", 1, due=on(10))],
        day(5),
        {"next_step_set": 1, "days_to_next_step": 5, "days_next_step_overdue": 0},
    ),
    Case(
        "a planned meeting that comes before the next step",
        [
            opened(),
            happened("next_step_set", 1, due=on(10)),
            happened("activity_planned", 2, kind="meeting", due=on(9)),
        ],
        day(5),
        {
            "next_step_set": 1,
            "days_to_next_step": 4,
            "next_step_kind": 2,
            "days_next_step_overdue": 0,
        },
    ),
    Case(
        "a next step that nobody took",
        [opened(), happened("next_step_set", 1, due=on(10))],  # Thursday
        day(15),  # Tuesday
        {
            "next_step_set": 0,
            "days_to_next_step": None,
            "days_next_step_overdue": 5,
            "business_days_next_step_overdue": 3,
        },
    ),
    Case(
        "an offer with a discount that came too early and too high",
        [
            opened(),
            happened("quote_sent", 3, amount="900"),
            happened("discount_offered", 4, percent="12.5"),
            happened("objection_raised", 4, objection="price"),  # Friday
            happened("competitor_identified", 5, competitor="Arcanum", incumbent=True),
            happened("quote_sent", 8, amount="800"),
            did(9),
            did(10),
        ],
        day(12),  # Saturday
        {
            "quote_sent": 1,
            "quotes": 2,
            "days_since_quote": 4,
            "contacts_since_quote": 2,
            "discount_bp": 1_250,
            "discount_over_authority_bp": 250,
            "discount_before_shortlist": 1,
            "competitor_known": 1,
            "incumbent_rival": 1,
            "open_objections": 1,
            "business_days_objection_open": 5,
        },
    ),
    Case(
        "a deal about to be signed, with half of its work done",
        [
            opened(stage="closing"),
            happened("claim_presented", 1, claim="fast"),
            happened("claim_presented", 1, claim="cheap"),
            happened("criterion_met", 2, criterion="need"),
            happened("criterion_met", 3, criterion="terms"),
            did(4, topics=["pricing"]),
            happened("forecast_category_set", 5, to="best_case"),
        ],
        day(9),
        {
            "claims_presented": 2,
            "claims_missing": 1,
            "criteria_met": 2,
            "criteria_unmet_earlier": 2,
            "stage_criteria_missing": 0,
            "days_since_criterion": 6,
            "topics_missing": 1,
            "pricing_discussed": 1,
            "forecast_category": 2,
        },
    ),
    Case(
        "a deal that changed hands twice, once said again and once told too late to count",
        [
            opened(owner="eve"),
            happened("owner_changed", 3, to="max"),
            happened("owner_changed", 4, to="max"),
            happened("owner_changed", 2, to="ann", late=4),
            happened("owner_changed", 7, to="eve"),
            happened("owner_changed", 7.5, to=None),
            happened("owner_changed", 8, to="max"),
        ],
        day(9),
        {"owner_known": 1, "owner_changes": 2},
    ),
    Case(
        "a reopened deal, which counts its owners anew",
        [
            opened(owner="eve"),
            happened("owner_changed", 2, to="max"),
            happened("lost", 3),
            happened("reopened", 5),
            happened("owner_changed", 6, to="ann"),
        ],
        day(9),
        {"cycle": 2, "owner_changes": 1},
    ),
    Case(
        "a deal whose work is written down days later, with half of its fields",
        [
            opened(stage="demo", owner="eve", account="A-1"),
            did(2, late=5, contact="ann"),
            did(3, late=5),
        ],
        day(9),
        {
            "owner_known": 1,
            "logging_delay_days_median": 5,
            "backdated_events": 2,
            "required_fields": 5,
            "missing_fields": 2,
            "completeness_permille": 600,
        },
    ),
    Case(
        "a customer of the second tier",
        [opened(account="A-1"), profiled(1, size="Mid")],
        day(2),
        {"tier": 1, "is_excluded": 0, "attribute.size": 1, "attribute.seats": None},
    ),
    Case(
        "a customer that is too small",
        [opened(attributes={"size": "large", "seats": 4})],
        day(1),
        {"tier": 1, "is_excluded": 1, "attribute.size": 2, "attribute.seats": 4},
    ),
    Case(
        "attributes that changed, of which the older value was recorded last",
        [
            opened(attributes={"size": "mid", "seats": 4}),
            happened("attribute_changed", 3, name="seats", to=250),
            happened("attribute_changed", 2, late=2, name="seats", to=90),
            happened("attribute_changed", 3, name="size"),
        ],
        day(5),
        {"attribute.seats": 250, "attribute.size": None},
    ),
    Case(
        "a buyer who takes longer every time, and is awaited",
        [
            opened(0.25),
            did(1, "email", "out"),
            did(1.5, "email", "out"),
            did(3, "email", "in"),  # after two days
            did(4, "call", "out"),
            did(8, "meeting", "out"),  # a meeting answers: after four
            did(10, "email", "out"),
            did(16, "email", "in"),  # after six
            did(20, "email", "out"),
            did(25, "email", "out"),
        ],
        day(29),
        {
            "first_response_hours": 18,
            "hours_unanswered": None,
            "days_awaiting_reply": 9,
            "reply_days_median": 4,
            "reply_days_p90": 6,
            "awaiting_over_p90_days": 3,
            "awaiting_to_median_permille": 2_250,
        },
    ),
    Case(
        "a champion who was heard four times and then no more",
        [
            opened(),
            happened("contact_added", 0.5, contact="ann", role="user"),
            *(did(at, "email", "in", contact="ann") for at in (1, 3, 6, 11)),
        ],
        day(31),
        {
            "champion_known": 1,
            "days_since_champion": 20,
            "champion_gap_days_median": 3,
            "champion_silent_permille": 6_666,
        },
    ),
    Case(
        "a deal below what the standards and the strategy ask of it",
        [
            opened(stage="demo", attributes={"size": "mid"}),
            did(1, contact="ann"),
            did(9, contact="ann"),
        ],
        day(12),
        {"activities_short_7d": 2, "days_over_silent_limit": -2, "contacts_short": 1},
    ),
    Case(
        "meetings that got nowhere, the last two with the buyer only",
        [
            opened(),
            happened("contact_added", 1, contact="ann", role="user"),
            happened("contact_added", 1, contact="bob", role="buyer"),
            did(2, "meeting", contact="bob"),
            happened("criterion_met", 2.5, criterion="need"),
            moved(3, "demo"),
            did(4, "demo", contact="ann"),
            did(5, "meeting", contact="bob"),
            did(6, "meeting", contact="bob"),
            did(7, "meeting", contact="cyd"),  # of no known role
        ],
        day(9),
        {
            "meetings_without_advance": 4,
            "meetings_procurement_only": 2,
            "days_criterion_unmet": 6,
        },
    ),
    Case(
        "a quote that nobody followed, against a competitor who wins",
        [
            opened(),
            did(2),
            happened("quote_sent", 3, amount="900"),
            happened("competitor_identified", 4, competitor="arcanum"),
        ],
        day(8),
        {"days_quote_unfollowed": 5, "matchup_won_permille": 250, "matchup_losing": 1},
        reference=replace(NOTHING_KNOWN, rivals=[250, 1, 900, 0]),
    ),
    Case(
        "a deal whose names are all told apart",
        [
            opened(amount="60"),
            happened("criterion_met", 1, criterion="Need"),
            happened("claim_presented", 1, claim="safe"),
            happened("contact_added", 1, contact="ann", role="boss"),
            did(2, "call", "out", contact="ann", topics=["timeline"]),
            happened("competitor_identified", 2, competitor="Helixon"),
        ],
        day(5),
        {
            "criterion.need": 1,
            "criterion.budget": 0,
            "claim.safe": 1,
            "claim.fast": 0,
            "topic.timeline": 1,
            "topic.pricing": 0,
            "role.boss": 1,
            "role.user": 0,
            "competitor.Helixon": 1,
            "competitor.Arcanum": 0,
        },
    ),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_of(case: Case) -> None:
    read = signals(case.events, case.as_of, strategy=case.strategy, reference=case.reference)
    assert {name: read[name] for name in case.reads} == case.reads


NO_STAGE = Case(
    "no declared stage",
    [opened(stage="elsewhere")],
    day(1),
    {
        "stage": None,
        "stage_rank": None,
        "stages_remaining": None,
        "stage_limit_days": None,
        "days_over_stage_limit": None,
        "stage_criteria_missing": None,
        "criteria_unmet_earlier": None,
        "days_in_stage": 1,
        "stage_visits": 0,
    },
)
UNKNOWNS = (
    NO_STAGE,
    Case(
        "a pipeline that is not declared",
        [happened("opened", 0, pipeline="leasing", stage="lead")],
        day(1),
        {"pipeline": None, "stage": None, "discount_before_shortlist": None},
    ),
    Case(
        "no decision role declared",
        [opened()],
        day(1),
        {"has_decision_role": None},
        team(relationships={"roles": ["user", "boss"]}),
    ),
    Case(
        "no champion, procurement role or number of contacts declared",
        [opened()],
        day(1),
        {"champion_known": None, "meetings_procurement_only": None, "contacts_short": None},
        team(relationships={"roles": ["user", "boss"]}),
    ),
    Case(
        "no activity standard that fits",
        [opened()],
        day(1),
        {"activities_short_7d": None, "days_over_silent_limit": None},
        team(activity={"standards": [{"stage": "offer", "min_per_week": 1, "max_silent_days": 3}]}),
    ),
    Case(
        "an answer to the opening",
        [opened(), did(0.5)],
        day(1),
        {"hours_unanswered": None, "first_response_hours": 12},
    ),
    Case(
        "every exit criterion of the stage met",
        [opened(), happened("criterion_met", 0.5, criterion="need")],
        day(1),
        {"days_criterion_unmet": None},
    ),
    Case(
        "no pricing among the topics",
        [opened()],
        day(1),
        {"pricing_discussed": None},
        team(
            conversations={"topics": ["timeline", "pricing or so"]},
            process={"pipelines": [{"name": "sales", "stages": [{"name": "lead"}]}]},
            value_proposition={},
            activity={},
        ),
    ),
    Case(
        "no field required",
        [opened()],
        day(1),
        {"completeness_permille": None, "required_fields": 0, "missing_fields": 0},
        team(crm={}),
    ),
    Case(
        "no authority and no shortlist declared",
        [
            happened("opened", 0, pipeline="renewals", stage="review"),
            happened("discount_offered", 1, percent="30"),
        ],
        day(2),
        {
            "discount_bp": 3_000,
            "discount_over_authority_bp": None,
            "discount_before_shortlist": None,
        },
        team(pricing={}),
    ),
)


@pytest.mark.parametrize("case", UNKNOWNS, ids=str)
def test_of_a_deal_under(case: Case) -> None:
    test_of(case)


def test_every_signal_of_the_catalogue_has_a_case_in_which_it_says_something() -> None:
    said = {
        name
        for case in CASES
        for name, value in case.reads.items()
        if value is not None and (value != 0 or name in MAY_BE_UNKNOWN)
    }
    assert set(NAMES) - said == FILLED_LATER | OF_ORDERS


def test_every_signal_that_may_be_unknown_has_a_case_in_which_it_is() -> None:
    bare = {name for name, value in BARE.items() if value is None}
    unknown = {name for case in UNKNOWNS for name, value in case.reads.items() if value is None}
    assert bare | unknown == MAY_BE_UNKNOWN - KNOWN_OF_EVERY_OPEN_DEAL


# Windows


@pytest.mark.parametrize("days", [7, 14, 30, 90])
def test_a_window_holds_its_first_second_and_not_the_one_before(days: int) -> None:
    second = 1 / 86_400
    read = signals(
        [opened(), did(100 - days), did(100 - days - second), did(100 - days + second)], day(100)
    )
    assert read[f"calls_{days}d"] == 2


def test_a_call_at_the_very_moment_of_asking_is_not_known_yet() -> None:
    events = [opened(), did(5)]
    assert signals(events, day(5))["calls_7d"] == 0
    assert signals(events, day(5, hour=1 / 3_600))["calls_7d"] == 1


def test_a_call_recorded_late_counts_in_the_window_of_when_it_happened() -> None:
    events = [opened(), did(5, late=10)]
    assert signals(events, day(15))["calls_90d"] == 0
    read = signals(events, day(16))
    assert (read["calls_7d"], read["calls_14d"], read["days_since_contact_out"]) == (0, 1, 11)


def test_a_call_of_the_last_cycle_still_counts_in_its_window() -> None:
    events = [opened(), did(3), happened("lost", 4), happened("reopened", 6)]
    assert signals(events, day(7))["calls_7d"] == 1


def test_demos_count_as_meetings_and_both_as_having_heard_the_buyer() -> None:
    read = signals([opened(), did(2, "demo", "out"), did(3, "call", "out")], day(5))
    assert (read["meetings_7d"], read["outbound_14d"], read["unanswered_outbound"]) == (1, 2, 1)
    assert read["days_since_contact_in"] == 3


def test_the_longest_window_is_the_one_that_the_bulk_gear_looks_back_through() -> None:
    assert WINDOW_SECONDS == 90 * 86_400


def test_an_activity_long_ago_is_still_the_last_one() -> None:
    read = signals([opened(), did(1, contact="ann")], day(200))
    assert (read["calls_90d"], read["days_since_activity"], read["contacts_reached"]) == (0, 199, 1)
    assert (read["unanswered_outbound"], read["contacts_active_30d"]) == (0, 0)


# Business days and time zones


@pytest.mark.parametrize(
    "entered, asked, business_days",
    [
        (0, 0.9, 0),  # Monday, the same day
        (0, 1, 1),  # Tuesday, 00:00
        (4, 6.9, 0),  # Friday to Sunday
        (4, 7, 1),  # Friday to Monday
        (5, 7, 1),  # Saturday to Monday
        (0, 7, 5),  # a week
        (0, 28, 20),  # four weeks
    ],
)
def test_business_days_are_those_begun_after_the_day(
    entered: float, asked: float, business_days: int
) -> None:
    assert signals([opened(entered)], day(asked, 0.1))["business_days_in_stage"] == business_days


def test_a_holiday_is_no_business_day_nor_is_a_weekend_of_another_country() -> None:
    holiday = team(calendar={"holidays": [on(2), on(5)]})
    assert signals([opened()], day(7), strategy=holiday)["business_days_in_stage"] == 4
    friday = team(calendar={"weekend": ["fri"]})
    assert signals([opened()], day(7), strategy=friday)["business_days_in_stage"] == 6


def test_a_day_begins_where_the_team_works() -> None:
    events = [opened(0, close_date=on(10))]
    late_in_utc = day(9, 23.5)  # half past midnight of the close date in Berlin
    berlin = team(calendar={"timezone": "Europe/Berlin"})
    assert signals(events, late_in_utc)["days_to_close_date"] == 1
    assert signals(events, late_in_utc, strategy=berlin)["days_to_close_date"] == 0
    new_york = team(calendar={"timezone": "America/New_York"})
    assert signals(events, day(10, 4), strategy=new_york)["days_to_close_date"] == 1


def test_days_follow_the_clock_when_it_is_put_forward_and_back() -> None:
    berlin = team(calendar={"timezone": "Europe/Berlin"})
    events = [opened(85), did(85)]  # Tuesday, 26 March; the clock goes forward on the 31st
    spring = signals(events, day(90, 22.5), strategy=berlin)  # Monday, 00:30 in Berlin
    assert (spring["business_days_in_stage"], spring["days_in_stage"]) == (4, 5)
    before = signals(events, day(90, 21.9), strategy=berlin)  # Sunday, 23:54
    assert before["business_days_in_stage"] == 3
    autumn = [opened(299, close_date=on(302))]  # the clock goes back on Sunday, 27 October
    assert signals(autumn, day(299, 22.5), strategy=berlin)["days_to_close_date"] == 2
    assert signals(autumn, day(300, 22.5), strategy=berlin)["days_to_close_date"] == 2
    assert signals(autumn, day(300, 23), strategy=berlin)["days_to_close_date"] == 1


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "Pacific/Kiritimati", "Etc/GMT+12"])
def test_an_overdue_step_counts_the_business_days_after_its_date_in_every_zone(zone: str) -> None:
    strategy = team(calendar={"timezone": zone})
    events = [opened(), happened("next_step_set", 1, due=on(10))]  # Thursday
    asked = day(14, 12) if zone == "Etc/GMT+12" else day(13, 12.5)
    read = signals(events, asked, strategy=strategy)
    days = read["days_next_step_overdue"]
    assert days is not None
    assert read["business_days_next_step_overdue"] == max(1, days - 2)


# Amounts, dates, steps


def test_a_smaller_amount_is_a_negative_change_rounded_down() -> None:
    events = [opened(amount="1000"), happened("amount_changed", 1, to="999.99")]
    assert signals(events, day(2))["amount_change_permille"] == -1


def test_a_first_amount_of_nothing_has_no_change_in_per_mille() -> None:
    events = [opened(amount="0"), happened("amount_changed", 1, to="10")]
    read = signals(events, day(2))
    assert (read["amount_minor"], read["amount_change_permille"]) == (1_000, None)


def test_an_amount_in_another_currency_is_unknown_not_wrong() -> None:
    assert signals([opened(amount="10", currency="EUR")], day(1))["amount_minor"] is None
    assert signals([opened(amount="10", currency="usd")], day(1))["amount_minor"] == 1_000


def test_an_amount_without_a_currency_is_in_the_teams() -> None:
    yen = team(currency="JPY")
    with_it, without = (
        signals([opened(amount="1000", **given)], day(1), strategy=yen)["amount_minor"]
        for given in ({"currency": "JPY"}, {})
    )
    assert with_it == without == 1_000


@pytest.mark.parametrize(
    "first, then, pushes, push_days",
    [(30, 31, 1, 1), (5, 30, 0, 25), (5, 31, 1, 26), (31, 30, 0, 0), (364, 366, 1, 2)],
)
def test_a_push_crosses_into_a_later_month(
    first: int, then: int, pushes: int, push_days: int
) -> None:
    events = [opened(close_date=on(first)), happened("close_date_changed", 1, to=on(then))]
    read = signals(events, day(2))
    assert (read["close_date_pushes"], read["push_days"]) == (pushes, push_days)


def test_months_are_counted_on_through_leap_days_and_years() -> None:
    months = [month_of((day(n).date() - day(0).date()).days + 19_723) for n in range(1_500)]
    dates = [day(n).date() for n in range(1_500)]
    assert [month - months[0] for month in months] == [
        (one.year - 2024) * 12 + one.month - 1 for one in dates
    ]


def test_a_close_date_that_is_taken_back_is_no_pull_in() -> None:
    events = [opened(close_date=on(20)), happened("close_date_changed", 1, to=None)]
    events += [happened("close_date_changed", 2, to=on(50))]
    read = signals(events, day(3))
    assert (read["close_date_pushes"], read["close_date_pull_ins"]) == (0, 0)
    assert read["days_to_close_date"] == 47


def test_the_nearest_step_ahead_counts_whichever_way_it_was_planned() -> None:
    step = happened("next_step_set", 1, due=on(10))
    planned = happened("activity_planned", 1, kind="call", due=on(8))
    assert signals([opened(), step, planned], day(5))["days_to_next_step"] == 3
    assert signals([opened(), step, planned], day(9))["days_to_next_step"] == 1
    overdue = happened("next_step_set", 1, due=on(3))
    read = signals([opened(), overdue, planned], day(5))
    assert (read["next_step_set"], read["days_next_step_overdue"]) == (1, 0)


def test_a_step_today_is_still_set() -> None:
    read = signals([opened(), happened("next_step_set", 1, due=on(5))], day(5, 23))
    assert (read["next_step_set"], read["days_to_next_step"]) == (1, 0)


def test_an_activity_on_the_day_of_a_step_takes_it_and_an_earlier_one_does_not() -> None:
    step = happened("next_step_set", 1, due=on(5))
    assert signals([opened(), step, did(4)], day(6))["days_next_step_overdue"] == 1
    assert signals([opened(), step, did(5.1)], day(6))["days_next_step_overdue"] is None


# People, quotes, objections


def test_62_contacts_are_told_apart_and_the_rest_share_one_number() -> None:
    events = [opened(), *(did(1, contact=f"c{n}") for n in range(70))]
    read = signals(events, day(2))
    assert (read["contacts_reached"], read["contacts_active_30d"]) == (62, 62)
    assert read["calls_7d"] == 70


def test_a_contact_who_was_only_added_is_not_reached_and_covers_no_role() -> None:
    read = signals([opened(), happened("contact_added", 1, contact="ann", role="boss")], day(2))
    assert (read["contacts_reached"], read["roles_covered"], read["has_decision_role"]) == (0, 0, 0)


def test_a_role_that_is_learned_after_the_meeting_counts_from_the_meeting() -> None:
    events = [
        opened(),
        did(2, "meeting", contact="ann"),
        happened("contact_added", 6, contact="ann", role="boss"),
    ]
    read = signals(events, day(9))
    assert (read["roles_covered"], read["days_since_decision_role"]) == (1, 7)


def test_a_role_that_the_team_does_not_know_covers_none() -> None:
    events = [opened(), happened("contact_added", 1, contact="ann", role="gardener")]
    assert signals([*events, did(2, contact="ann")], day(3))["roles_covered"] == 0


def test_a_discount_from_the_shortlist_on_is_not_early() -> None:
    events = [opened(), moved(1, "offer"), happened("discount_offered", 2, percent="10")]
    read = signals(events, day(3))
    assert (read["discount_before_shortlist"], read["discount_over_authority_bp"]) == (0, 0)


def test_a_team_may_name_the_stage_from_which_discounts_are_allowed() -> None:
    strategy = team(pricing={"no_discount_before_stage": "closing"})
    events = [opened(stage="offer"), happened("discount_offered", 2, percent="10")]
    assert signals(events, day(3), strategy=strategy)["discount_before_shortlist"] == 1


def test_the_oldest_open_objection_is_the_one_that_waits() -> None:
    events = [
        opened(),
        happened("objection_raised", 1, objection="risk"),
        happened("objection_raised", 4, objection="price"),
    ]
    assert signals(events, day(8))["business_days_objection_open"] == 5
    answered = [*events, happened("objection_answered", 5, objection="risk")]
    read = signals(answered, day(8))
    assert (read["open_objections"], read["business_days_objection_open"]) == (1, 2)


def test_a_number_that_is_required_of_an_attribute_must_lie_in_all_that_is_given() -> None:
    strategy = team(
        target_market={
            "tiers": [{"name": "few", "where": {"seats": {"any_of": [5, 50], "ge": 10}}}]
        },
        value_proposition={},
        activity={},
    )
    tiers = [
        signals([opened(attributes={"seats": seats})], day(1), strategy=strategy)["tier"]
        for seats in (5, 10, 50)
    ]
    assert tiers == [None, None, 0]


def test_yes_no_and_numbers_are_read_as_the_labels_that_they_are_written_as() -> None:
    strategy = team(
        attributes={
            "msa": {"values": ["no", "yes"]},
            "phase": {"values": ["1", "2"]},
            "size": {"values": ["small"]},
            "seats": {"number": True},
        },
        target_market={},
        value_proposition={},
        activity={},
        channels={},
        thresholds={},
    )
    attributes = {"msa": True, "Phase": 2, "size": " SMALL ", "seats": 99.5}
    read = signals([opened(attributes=attributes)], day(1), strategy=strategy)
    names = ("msa", "phase", "size", "seats")
    assert [read[f"attribute.{name}"] for name in names] == [1, 1, 0, 100]


def test_a_value_that_was_taken_back_is_missing_again() -> None:
    strategy = team(crm={"required_fields": ["size"]})
    known = [opened(account="A-1"), profiled(1, size="large")]
    assert signals(known, day(2), strategy=strategy)["missing_fields"] == 0
    taken_back = [*known, profiled(3, size=None)]
    assert signals(taken_back, day(4), strategy=strategy)["missing_fields"] == 1


# Recording


@pytest.mark.parametrize(
    "delays, median",
    [([], 0), ([3], 0), ([3, 3], 3), ([1, 2], 1), ([40, 50], 31), ([-2, -2, 1], 0)],
)
def test_the_lower_median_of_delays_counts_31_days_and_more_as_31(
    delays: list[float], median: int
) -> None:
    events = [opened(), *(did(60, late=late) for late in delays)]
    assert signals(events, day(200))["logging_delay_days_median"] == median


def test_exactly_as_late_as_allowed_is_not_backdated() -> None:
    read = signals([opened(), did(1, late=2), did(1, late=2.01)], day(9))
    assert read["backdated_events"] == 1


def test_a_correction_or_a_retraction_does_not_count_as_a_late_event() -> None:
    call = did(1)
    assert signals([opened(), call, corrected(call, 50)], day(60))["backdated_events"] == 0
    assert signals([opened(), call, retracted(call, 50)], day(60))["backdated_events"] == 0


def test_how_far_over_a_limit_needs_both_and_a_mask_is_counted_by_its_bits() -> None:
    assert over(UNKNOWN, 3) == over(3, UNKNOWN) == UNKNOWN
    assert over(3, 5) == -2
    assert bits_in(0b1011) == 3


# Answers and silence


def test_a_call_before_the_opening_is_no_answer_to_it_and_a_late_call_may_be_the_first() -> None:
    events = [opened(2), did(1), did(5), did(3, late=4)]
    assert signals(events, day(6))["first_response_hours"] == 72
    assert signals(events, day(8))["first_response_hours"] == 24


def test_what_was_known_before_a_late_opening_answers_it_unless_it_came_before() -> None:
    early = [did(1), did(1.5)]
    assert signals([*early, opened(0.5, late=3)], day(5))["first_response_hours"] == 12
    assert signals([*early, opened(1.25, late=3)], day(5))["first_response_hours"] == 6


def test_a_reopened_deal_waits_for_an_answer_of_its_own() -> None:
    events = [opened(), did(1), happened("lost", 2), did(3), happened("reopened", 4)]
    row = signals(events, day(6))
    assert (row["first_response_hours"], row["hours_unanswered"]) == (None, 48)


def test_the_hours_of_an_answer_are_whole_and_begun_ones_do_not_count() -> None:
    assert signals([opened(), did(0.99 / 24)], day(1))["first_response_hours"] == 0
    assert signals([opened(), did(1 / 24)], day(1))["first_response_hours"] == 1


def test_an_outbound_call_recorded_late_is_what_the_buyer_is_awaited_since() -> None:
    events = [opened(), did(5), did(3, late=4)]
    assert signals(events, day(6))["days_awaiting_reply"] == 1
    assert signals(events, day(8))["days_awaiting_reply"] == 5


def test_an_answer_recorded_late_leaves_us_waiting_since_the_last_call_after_it() -> None:
    events = [opened(), did(1), did(4), did(6), did(3, "email", "in", late=5)]
    assert signals(events, day(7))["days_awaiting_reply"] == 6
    assert signals(events, day(9))["days_awaiting_reply"] == 3


def test_two_answers_are_no_habit_yet() -> None:
    events = [opened(), did(1, "email", "out"), did(2, "email", "in")]
    events += [did(3, "email", "out"), did(5, "email", "in")]
    assert signals(events, day(6))["reply_days_median"] is None
    events += [did(6, "email", "out"), did(9, "email", "in")]
    assert signals(events, day(10))["reply_days_median"] == 2


def test_a_champion_who_is_known_as_one_later_was_one_when_last_heard() -> None:
    events = [
        opened(),
        did(2, "email", "in", contact="ann"),
        happened("contact_added", 5, contact="ann", role="user"),
    ]
    before, after = (signals(events, day(at)) for at in (4, 6))
    assert (before["champion_known"], before["days_since_champion"]) == (0, None)
    assert (after["champion_known"], after["days_since_champion"]) == (1, 4)


def test_writing_to_a_champion_is_not_hearing_one() -> None:
    events = [
        opened(),
        happened("contact_added", 1, contact="ann", role="user"),
        did(2, "email", "out", contact="ann"),
    ]
    row = signals(events, day(6))
    assert (row["champion_known"], row["days_since_champion"]) == (1, None)


# Meetings


def buyers_and_users() -> list[Event]:
    return [
        opened(),
        happened("contact_added", 0, contact="ann", role="user"),
        happened("contact_added", 0, contact="bob", role="buyer"),
    ]


def test_a_meeting_recorded_late_does_not_break_the_row_it_came_before() -> None:
    events = [*buyers_and_users(), did(3, "meeting", contact="bob")]
    events += [did(2, "meeting", contact="ann", late=4), did(4, "meeting", contact="bob")]
    assert signals(events, day(8))["meetings_procurement_only"] == 2


def test_the_row_begins_anew_after_a_meeting_with_anyone_else() -> None:
    events = [*buyers_and_users(), did(3, "meeting", contact="bob")]
    events += [did(4, "meeting", contact="ann"), did(4, "meeting", contact="bob")]
    assert signals(events, day(8))["meetings_procurement_only"] == 0


def test_a_role_that_is_learned_later_turns_the_row_of_meetings() -> None:
    events = [opened(), did(1, "meeting", contact="bob"), did(2, "meeting", contact="bob")]
    events.append(happened("contact_added", 5, contact="bob", role="buyer"))
    assert signals(events, day(4))["meetings_procurement_only"] == 0
    assert signals(events, day(6))["meetings_procurement_only"] == 2


def test_a_meeting_of_91_days_ago_belongs_to_no_row() -> None:
    events = [*buyers_and_users(), did(1, "meeting", contact="bob")]
    assert signals(events, day(91))["meetings_procurement_only"] == 1
    assert signals(events, day(91, 0.001))["meetings_procurement_only"] == 0


def test_a_meeting_at_the_moment_of_the_advance_was_not_without_it() -> None:
    events = [opened(), did(3, "meeting"), moved(3, "demo"), did(4, "meeting")]
    assert signals(events, day(5))["meetings_without_advance"] == 1


# Standards, claims and limits


def test_the_first_standard_that_fits_decides_each_of_its_numbers() -> None:
    wide = [opened(stage="demo", attributes={"size": "mid"}), did(1)]
    core = [opened(stage="demo", attributes={"size": "large", "seats": 200}), did(1)]
    names = ("activities_short_7d", "days_over_silent_limit")
    assert [signals(wide, day(9))[name] for name in names] == [3, 3]
    assert [signals(core, day(9))[name] for name in names] == [None, 3]


def test_an_activity_of_exactly_seven_days_ago_still_counts_for_the_week() -> None:
    events = [opened(), did(2), did(2)]
    assert signals(events, day(9))["activities_short_7d"] == 0
    assert signals(events, day(9, 0.001))["activities_short_7d"] == 2


def test_silence_is_counted_from_the_opening_until_there_was_an_activity() -> None:
    assert signals([opened(stage="offer")], day(9))["days_over_silent_limit"] == 2


def test_a_late_stage_wants_more_contacts() -> None:
    events = [opened(stage="closing"), did(1, contact="ann"), did(2, contact="bob")]
    assert signals(events, day(3))["contacts_short"] == 1
    assert signals(events, day(32, 0.001))["contacts_short"] == 3
    assert signals([opened(stage="elsewhere")], day(1))["contacts_short"] == 2


def test_a_claim_meant_for_one_tier_is_not_missed_on_another_deal() -> None:
    core, wide = ([opened(attributes={"size": size, "seats": 200})] for size in ("large", "mid"))
    assert [signals(one, day(1))["claims_missing"] for one in (core, wide)] == [1, 0]


def test_a_competitor_whom_nobody_declared_is_no_matchup() -> None:
    events = [opened(), happened("competitor_identified", 1, competitor="Nobody")]
    row = signals(events, day(2))
    assert (row["competitor_known"], row["matchup_losing"]) == (1, None)


def test_of_several_competitors_the_one_who_beats_us_most_counts() -> None:
    events = [
        opened(),
        happened("competitor_identified", 1, competitor="Helixon"),
        happened("competitor_identified", 2, competitor="Arcanum"),
    ]
    reference = replace(NOTHING_KNOWN, rivals=[250, 1, 900, 0])
    names = ("matchup_won_permille", "matchup_losing")
    one, both = (signals(events, day(at), reference=reference) for at in (1.5, 3))
    assert [one[name] for name in names] == [900, 0]
    assert [both[name] for name in names] == [250, 1]


def limits(**cells: int) -> Reference:
    """Learned limits, unknown but for the cells of a threshold: the place of the first, a value."""
    values = [UNKNOWN] * (18 + 6 + 1 + 6)
    for name, value in cells.items():
        values[int(name.removeprefix("at"))] = value
    return replace(NOTHING_KNOWN, limits=values)


def test_a_limit_is_that_of_the_stage_and_tier_of_the_deal() -> None:
    core = [opened(stage="demo", amount="60", attributes={"size": "large", "seats": 200})]
    cells = limits(at3=7, at0=1, at24=5_000)
    row = signals(core, day(9), reference=cells)
    assert (row["over.stalled"], row["over.slow"], row["over.large"]) == (2, None, 1_000)
    no_tier = [opened(stage="demo")]
    row = signals(no_tier, day(9), reference=limits(at5=10))
    assert (row["over.stalled"], row["over.large"]) == (-1, None)


def test_a_deal_in_no_stage_has_no_limit_by_stage() -> None:
    cells = limits(**{f"at{place}": 1 for place in range(31)})
    row = signals([opened(stage="elsewhere", amount="1")], day(9), reference=cells)
    assert (row["over.stalled"], row["over.late"]) == (None, None)
    assert (row["over.slow"], row["over.large"]) == (8, 99)
