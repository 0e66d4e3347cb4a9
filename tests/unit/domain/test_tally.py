"""Do an account, a rep and the team read what their deals come to? Small cases by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from tests.builders import did, happened, log_of, moment, opened, team

from salesadvisor.domain.events import Event
from salesadvisor.domain.rules import Scope
from salesadvisor.domain.state import UNKNOWN
from salesadvisor.domain.strategy import Strategy
from salesadvisor.domain.tally import HOUR_SLOTS, hour_slot, hours_of, share
from salesadvisor.domain.vocabulary import words_of
from salesadvisor.log.passes import bind, survey
from salesadvisor.log.scopes import scope_panels

TEAM = team()
CORE = {"size": "large", "seats": 200}
Read = dict[str, int | None]


def read(
    scope: Scope, events: Sequence[Event], at: float, subject: str, strategy: Strategy = TEAM
) -> Read | None:
    """The signals of a subject on day `at`, without their prefix; None where it has none."""
    bound = bind(log_of(events), strategy, moment(at))
    names = [name.partition(".")[2] for name in words_of(strategy, scope)]
    for panel in scope_panels(bound, survey(bound, np.array([moment(at)])), scope):
        for place in range(panel.count):
            if panel.subjects[panel.subject[place]] == subject:
                values = panel.block[:, place].tolist()
                known = [None if one == UNKNOWN else one for one in values]
                return dict(zip(names, known, strict=True))
    return None


def account(events: Sequence[Event], at: float, name: str = "A-1") -> Read:
    found = read("account", events, at, name)
    assert found is not None
    return found


def rep(events: Sequence[Event], at: float, name: str = "eve", **changes: Any) -> Read:
    found = read("rep", events, at, name, team(**changes))
    assert found is not None
    return found


def everyone(events: Sequence[Event], at: float, **changes: Any) -> Read:
    found = read("team", events, at, "team", team(**changes))
    assert found is not None
    return found


def deal(name: str, at: float = 0, **data: Any) -> Event:
    return opened(at, deal=name, account="A-1", **data)


# Accounts


def test_an_account_has_its_open_and_its_closed_deals() -> None:
    events = [
        deal("D-1", amount="10", attributes={"size": "mid"}),
        deal("D-2", 3, amount="5", attributes=CORE),
        deal("D-3"),
        happened("won", 4, deal="D-2"),
        happened("lost", 4, deal="D-3"),
        did(5, "email", "in", contact="ann"),
        did(2, "call", "out", deal="D-3", contact="ann"),
    ]
    row = account(events, 9)
    assert (row["open_deals"], row["open_amount_minor"]) == (1, 1_000)
    assert (row["won_deals"], row["lost_deals"], row["tier"]) == (1, 1, 0)
    assert (row["days_since_inbound"], row["days_since_outbound"]) == (4, 7)
    assert (row["days_since_contact"], row["days_since_opened"]) == (4, 6)
    assert (row["activities_28d"], row["contacts_active_30d"]) == (2, 2)


def test_a_call_to_a_customer_whose_deals_are_all_closed_is_contact_with_the_account() -> None:
    events = [deal("D-1"), did(1), happened("won", 2), did(40)]
    assert account(events, 39)["days_since_contact"] == 38
    assert account(events, 41)["days_since_contact"] == 1


def test_a_voided_deal_is_no_deal_of_the_account() -> None:
    events = [deal("D-1"), happened("voided", 3)]
    assert account(events, 2)["open_deals"] == 1
    assert read("account", events, 4, "A-1") is None


def test_a_study_that_is_ours_and_a_partners_is_a_conflict_while_both_deals_are_open() -> None:
    def of(name: str, channel: str, study: str) -> Event:
        return deal(name, attributes={"channel": channel, "study": study})

    both = [of("D-1", "direct", "alpha"), of("D-2", "partner", "alpha")]
    assert account(both, 1)["channel_conflict"] == 1
    assert account([*both, happened("lost", 2, deal="D-2")], 3)["channel_conflict"] == 0
    apart = [of("D-1", "direct", "alpha"), of("D-2", "partner", "beta")]
    assert account(apart, 1)["channel_conflict"] == 0
    fair = [of("D-1", "direct", "alpha"), of("D-2", "fair", "alpha")]
    assert account(fair, 1)["channel_conflict"] == 0


# Reps


def test_effort_is_minutes_as_recorded_or_as_the_strategy_says() -> None:
    events = [opened(owner="eve"), did(1, duration_minutes=90), did(2), did(2, "email")]
    assert rep(events, 3)["effort_minutes_28d"] == 90 + 25 + 10
    assert rep(events, 29.5)["effort_minutes_28d"] == 25 + 10
    assert rep(events, 31)["activities_28d"] == 0


def test_a_deal_counts_for_whoever_owns_it_then() -> None:
    events = [opened(owner="eve"), did(1), happened("owner_changed", 5, to="ole")]
    assert rep(events, 4)["open_deals"] == 1
    assert read("rep", events, 6, "eve") is None
    assert rep(events, 6, "ole")["effort_minutes_28d"] == 25


def test_effort_falls_short_of_the_tier_that_is_furthest_below_its_share() -> None:
    events = [
        opened(owner="eve", attributes=CORE),
        opened(deal="D-2", owner="eve", attributes={"size": "mid"}),
        opened(deal="D-3", owner="eve"),
        did(1, duration_minutes=50),
        did(1, duration_minutes=25, deal="D-2"),
        did(1, duration_minutes=25, deal="D-3"),
    ]
    row = rep(events, 2)
    assert row["unfit_effort_permille"] == 250
    assert (row["effort_gap_permille"], row["effort_short_tier"]) == (100, 0)


def test_nothing_done_is_no_share_of_anything() -> None:
    row = rep([opened(owner="eve")], 2)
    assert row["unfit_effort_permille"] is row["effort_gap_permille"] is None
    assert row["response_hours_median"] is row["effort_short_tier"] is None


def test_open_deals_may_be_silent_without_a_step_or_past_their_close_date() -> None:
    late = happened("close_date_changed", 1, to="2024-01-10")
    events = [opened(owner="eve"), late, did(2)]
    row = rep(events, 16)
    assert (row["deals_silent"], row["deals_without_step"], row["deals_past_close_date"]) == (
        0,
        1,
        1,
    )
    assert rep(events, 16.01)["deals_silent"] == 1
    planned = [*events, happened("next_step_set", 3, due="2024-01-20")]
    assert rep(planned, 16)["deals_without_step"] == 0


def test_a_win_counts_for_90_days_and_then_the_rep_has_no_signals() -> None:
    events = [opened(owner="eve", amount="7"), happened("won", 10)]
    assert rep(events, 20)["amount_opened_28d_minor"] == 700
    assert rep(events, 100)["won_90d"] == 1
    assert read("rep", events, 100.01, "eve") is None


def test_what_is_recorded_later_of_a_deal_closed_long_ago_changes_no_earlier_row() -> None:
    base = [
        opened(owner="eve"),
        opened(deal="D-2", owner="eve"),
        happened("lost", 1),
        did(95, late=1),
    ]
    later = happened("reopened", 300)
    assert rep(base, 110)["activities_28d"] == rep([*base, later], 110)["activities_28d"] == 0


# The team


def test_the_median_answer_takes_only_deals_of_90_days() -> None:
    events = []
    for number, hours in enumerate((2, 30, 60)):
        name = f"D-{number}"
        events += [opened(deal=name), did(hours / 24, deal=name)]
    events.append(opened(deal="D-9"))
    assert everyone(events, 10)["response_hours_median"] == 30
    assert everyone(events, 10)["unanswered_deals"] == 1
    assert everyone(events, 90.01)["response_hours_median"] is None


def test_an_open_deal_of_nobody_counts_from_a_day_after_its_opening() -> None:
    events = [opened(deal="D-1"), opened(deal="D-2", owner="eve"), opened(deal="D-3")]
    events.append(happened("lost", 2, deal="D-3"))
    assert everyone(events, 0.99)["deals_without_owner"] == 0
    assert everyone(events, 1)["deals_without_owner"] == 2
    assert everyone(events, 2.5)["deals_without_owner"] == 1
    taken = [*events, happened("owner_changed", 3, deal="D-1", to="eve")]
    assert everyone(taken, 4)["deals_without_owner"] == 0


def test_the_channel_furthest_from_plan_is_told_in_its_period_of_any_deal_open_or_closed() -> None:
    channels = ("direct", "direct", "direct", "partner")
    events = [opened(deal=f"D-{n}", attributes={"channel": one}) for n, one in enumerate(channels)]
    events.append(happened("lost", 1, deal="D-0"))
    row = everyone(events, 100)
    assert row["channel_deals"] == 4
    assert (row["channel_gap_permille"], row["channel_off_plan"]) == (250, 0)
    assert everyone(events, 121)["channel_deals"] == 0
    assert everyone(events, 100, channels={})["channel_gap_permille"] is None


# Small parts


@pytest.mark.parametrize(
    "hours, counted_as", [(-3, 0), (0, 0), (47, 47), (48, 48), (71, 48), (72, 72), (9_999, 744)]
)
def test_hours_are_counted_singly_for_two_days_and_then_by_the_day(
    hours: int, counted_as: int
) -> None:
    assert hours_of(hour_slot(hours)) == counted_as
    assert 0 <= hour_slot(hours) < HOUR_SLOTS


def test_a_share_of_nothing_is_unknown() -> None:
    assert (share(1, 3), share(0, 0)) == (333, UNKNOWN)
