"""Does the scoreboard count what it says, and say "cannot tell" where it can't?"""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from tests.unit.study.standpoints import (
    MOMENT,
    closes,
    flow,
    line,
    measure,
    standing,
    standpoint,
    strategy,
)

from salesadvisor.domain import state
from salesadvisor.domain.elements import ELEMENTS
from salesadvisor.domain.state import STATUS_LOST, STATUS_WON, UNKNOWN
from salesadvisor.study.scoreboard import scoreboard
from salesadvisor.study.scoreboard.standing import latest_close_of_each_deal
from salesadvisor.study.scoreboard.upkeep import median_with_interval

TIERS = {
    "attributes": {"size": {"values": ["small", "large"]}},
    "target_market": {
        "tiers": [
            {"name": "core", "where": {"size": "small"}, "effort_share_percent": 60},
            {"name": "rest", "where": {"size": "large"}, "effort_share_percent": 40},
        ]
    },
}


def test_every_element_has_its_line_in_the_declared_order() -> None:
    lines = scoreboard(standpoint(strategy()))
    assert tuple(one.element for one in lines) == ELEMENTS


def test_what_is_not_declared_cannot_be_told_whatever_was_measured() -> None:
    deals = [{"close_date_known": 1, "days_past_close_date": 9}] * 6
    found = line(standpoint(strategy(), deals), "closing")
    assert found.declared == ""
    assert found.measures[0].figure == (100.0, 6, None, None)
    assert found.status == "cannot tell"


def test_one_deal_in_five_over_its_limit_is_on_plan_and_two_are_not() -> None:
    within, over = {"days_over_stage_limit": -2}, {"days_over_stage_limit": 1}
    one = measure(standpoint(strategy(), [over] + [within] * 4), "process", "limit")
    two = measure(standpoint(strategy(), [over] * 2 + [within] * 3), "process", "limit")
    assert (one.figure.value, one.figure.n, one.status) == (20.0, 5, "on plan")
    assert (two.figure.value, two.figure.n, two.status) == (40.0, 5, "off plan")


def test_a_deal_at_no_stage_is_not_asked_about_its_limit() -> None:
    deals = [{"days_over_stage_limit": -2}] * 5 + [{"stage": UNKNOWN}]
    assert measure(standpoint(strategy(), deals), "process", "limit").figure.n == 5


def test_below_five_deals_nothing_is_judged() -> None:
    found = measure(standpoint(strategy(), [{"days_over_stage_limit": 1}] * 4), "process", "limit")
    assert found.figure.value == 100.0
    assert found.status == "cannot tell"
    assert found.note.startswith("too few to tell: 4 ")


def test_a_share_that_fell_towards_its_plan_got_better() -> None:
    within, over = {"days_over_stage_limit": 0}, {"days_over_stage_limit": 1}
    now, before = [over] * 3 + [within] * 3, [over] * 5 + [within]
    better = measure(standpoint(strategy(), now, before), "process", "limit")
    worse = measure(standpoint(strategy(), before, now), "process", "limit")
    same = measure(standpoint(strategy(), now, now), "process", "limit")
    assert better.before == pytest.approx(500 / 6)
    assert (better.trend, worse.trend, same.trend) == ("better", "worse", "steady")


def test_too_few_deals_before_give_no_trend() -> None:
    deals = [{"days_over_stage_limit": 1}] * 6
    found = measure(standpoint(strategy(), deals, deals[:3]), "process", "limit")
    assert (found.before, found.trend) == (None, "unknown")


def test_effort_by_tier_counts_activities_not_deals() -> None:
    deals = [{"tier": 0, "calls_30d": 6, "meetings_30d": 1}, {"tier": 1, "emails_out_30d": 2}]
    deals += [{"calls_30d": 1}]
    at = standpoint(strategy(**TIERS), deals)
    core, rest = measure(at, "target_market", "on core"), measure(at, "target_market", "on rest")
    assert (core.figure.value, core.figure.n, core.status) == (70.0, 10, "on plan")
    assert (rest.figure.value, rest.status) == (20.0, "off plan")
    assert line(at, "target_market").status == "off plan"


def test_open_value_in_the_first_tier_leaves_out_unknown_amounts() -> None:
    deals = [{"tier": 0, "amount_minor": 300}, {"tier": 1, "amount_minor": 100}, {"tier": 0}]
    found = measure(standpoint(strategy(**TIERS), deals), "target_market", "open value")
    assert (found.figure.value, found.figure.n, found.status) == (75.0, 2, None)


def test_a_rival_that_was_never_recorded_is_not_measured_yet() -> None:
    declared = strategy(competition={"competitors": [{"name": "Arcanum"}]})
    deals = [{"stage": 1, "competitor_known": 0}] * 6
    silent = measure(standpoint(declared, deals), "competition", "competitor")
    assert (silent.figure.value, silent.status) == (None, "cannot tell")
    assert silent.note == "not measured yet: no competitor was ever recorded"
    heard = standpoint(declared, deals, flow=flow([{"kind": state.COMPETITOR}]))
    assert measure(heard, "competition", "competitor").status == "off plan"


def test_discounts_within_authority_are_asked_of_deals_with_a_discount_only() -> None:
    declared = strategy(pricing={"discount_authority_percent": 5})
    fine = {"discount_over_authority_bp": 0, "discount_bp": 300}
    too_much = {"discount_over_authority_bp": 100, "discount_bp": 600}
    none = {"discount_over_authority_bp": UNKNOWN, "discount_bp": UNKNOWN}
    at = standpoint(
        declared, [fine] * 4 + [too_much] + [none] * 9, flow=flow([{"kind": state.DISCOUNT}])
    )
    found = measure(at, "pricing", "authority")
    assert (found.figure.value, found.figure.n, found.status) == (80.0, 5, "on plan")


def test_the_strictest_standard_that_speaks_of_a_deal_counts() -> None:
    declared = strategy(
        activity={"standards": [{"stage": "offer", "max_silent_days": 4}, {"max_silent_days": 21}]}
    )
    deals = [{"stage": 1, "days_since_activity": 5}] * 2 + [{"days_since_activity": 5}] * 3
    found = measure(standpoint(declared, deals), "activity", "silent")
    assert (found.figure.value, found.figure.n) == (40.0, 5)


def test_a_deal_without_any_activity_is_as_silent_as_it_is_old() -> None:
    declared = strategy(activity={"standards": [{"max_silent_days": 21}]})
    deals = [{"days_since_activity": UNKNOWN, "age_days": 30}]
    assert measure(standpoint(declared, deals), "activity", "silent").figure.value == 100.0


def test_contacts_due_are_more_in_late_stages() -> None:
    declared = strategy(relationships={"required_contacts": 2, "required_contacts_late": 3})
    deals = [{"contacts_reached": 2}] * 4 + [{"stage": 2, "contacts_reached": 2}]
    at = standpoint(declared, deals, flow=flow([{"kind": state.CONTACT, "who": 1}]))
    assert measure(at, "relationships", "contacts").figure.value == 20.0


def test_delay_is_not_measured_in_a_history_without_recording_times() -> None:
    declared = strategy(crm={"logging_days": 3})
    deals = [{"logging_delay_days_median": days} for days in (0, 1, 2, 9, 9)]
    with_times = measure(standpoint(declared, deals), "crm", "recording")
    without = measure(standpoint(declared, deals, has_recording_times=False), "crm", "recording")
    assert (with_times.figure.value, with_times.status) == (2.0, "on plan")
    assert (without.figure.value, without.status) == (None, "cannot tell")


def test_a_contact_is_new_once_a_deal() -> None:
    declared = strategy(prospecting={"new_contacts_per_week": 1})
    rows = [
        {"kind": state.CONTACT, "deal": 1, "who": 7, "days_ago": 300},
        {"kind": state.CONTACT, "deal": 1, "who": 7, "days_ago": 3},
        {"kind": state.CONTACT, "deal": 2, "who": 7, "days_ago": 3},
        {"kind": state.CONTACT, "deal": 2, "who": 8, "days_ago": 27},
    ]
    found = measure(standpoint(declared, flow=flow(rows)), "prospecting", "contacts")
    assert (found.figure.value, found.status) == (0.5, "off plan")


def test_the_channel_mix_is_that_of_new_deals() -> None:
    declared = strategy(
        attributes={"channel": {"values": ["direct", "inbound"]}},
        channels={"mix": [{"name": "direct", "share_percent": 50}]},
    )
    rows = [
        {"kind": state.OPENED, "deal": deal, "days_ago": days}
        for deal, days in enumerate((5, 5, 5, 5, 200))
    ]
    rows += [
        {"kind": state.ATTRIBUTE, "deal": deal, "days_ago": 5, "code": 0, "value": value}
        for deal, value in ((0, 0), (1, 1), (2, 1), (3, UNKNOWN), (4, 0))
    ]
    found = measure(standpoint(declared, flow=flow(rows)), "channels", "direct")
    assert (found.figure.value, found.figure.n) == (pytest.approx(100 / 3), 3)


GOAL = {
    "id": "g", "value": 1000, "start": "2026-01-01", "due": "2026-12-31", "owner": "Ada",
    "element": "goals",
}  # fmt: skip
WON = {"status": STATUS_WON, "amount": 20_000}


def test_won_amount_is_held_against_the_share_of_the_time_that_passed() -> None:
    declared = strategy(goals=[{**GOAL, "metric": "won_amount"}])
    won = [{**WON, "deal": deal, "days_ago": 10 + deal} for deal in range(5)]
    old = [{**WON, "deal": 9, "days_ago": 300}]
    on = measure(standpoint(declared, closes=closes(won + old)), "goals", "won amount")
    assert (on.figure.value, on.figure.n, on.status) == (1000.0, 5, "on plan")
    assert on.plan is not None
    assert on.plan.value == pytest.approx(1000 * 181 / 364)
    cheap = [{**row, "amount": 5_000} for row in won]
    off = measure(standpoint(declared, closes=closes(cheap)), "goals", "won amount")
    assert (off.figure.value, off.status) == (250.0, "off plan")


def test_a_rate_whose_interval_holds_the_goal_cannot_be_told() -> None:
    declared = strategy(goals=[{**GOAL, "metric": "win_rate", "value": 50}])
    rows = [
        {"deal": deal, "days_ago": 5, "status": STATUS_WON if deal % 2 else STATUS_LOST}
        for deal in range(20)
    ]
    found = measure(standpoint(declared, closes=closes(rows)), "goals", "won of won")
    assert (found.figure.value, found.status) == (50.0, "cannot tell")
    many = closes([{**row, "status": STATUS_WON} for row in rows])
    assert measure(standpoint(declared, closes=many), "goals", "won of won").status == "on plan"


@pytest.mark.parametrize("goal, status", [(40, "off plan"), (60, "cannot tell"), (100, "on plan")])
def test_a_median_is_off_plan_only_when_its_whole_interval_is(goal: int, status: str) -> None:
    declared = strategy(goals=[{**GOAL, "metric": "cycle_days", "value": goal}])
    rows = [
        {**WON, "deal": deal, "days_ago": 1, "opened_days_ago": 52 + deal} for deal in range(20)
    ]
    found = measure(standpoint(declared, closes=closes(rows)), "goals", "median days")
    assert (found.figure.value, found.figure.n, found.status) == (60.5, 20, status)


def test_a_bid_hit_rate_counts_deals_from_the_offer_on() -> None:
    declared = strategy(goals=[{**GOAL, "metric": "bid_hit_rate", "value": 50}])
    rows = [
        {"deal": 0, "days_ago": 5, "status": STATUS_WON, "stage": 2},
        {"deal": 1, "days_ago": 5, "status": STATUS_LOST, "stage": 1},
        {"deal": 2, "days_ago": 5, "status": STATUS_LOST, "stage": 0},
        {"deal": 3, "days_ago": 5, "status": STATUS_LOST, "stage": UNKNOWN},
    ]
    found = measure(standpoint(declared, closes=closes(rows)), "goals", "won of won")
    assert (found.figure.value, found.figure.n) == (50.0, 2)


def test_a_goal_with_a_metric_that_is_not_reckoned_cannot_be_told() -> None:
    declared = strategy(goals=[{**GOAL, "metric": "created_amount"}])
    found = measure(standpoint(declared), "goals", "g")
    assert found.status == "cannot tell"
    assert "metric 'created_amount' is none of won_amount" in found.note


def test_owners_in_no_team_are_named() -> None:
    declared = strategy(alignment={"teams": [{"name": "one", "reps": ["Ada"]}]})
    nobody = standpoint(declared, names=("Ada", "Bo"))
    assert measure(nobody, "alignment", "owners").status == "cannot tell"
    at = replace(nobody, now=standing(MOMENT, [{}] * 3, [0, 1, UNKNOWN]))
    found = measure(at, "alignment", "owners")
    assert (found.figure.value, found.figure.n, found.status) == (50.0, 2, "off plan")
    assert found.note == "in no team: Bo"


def test_advice_that_is_not_due_an_answer_yet_is_not_counted() -> None:
    declared = strategy(accountability={"response_days": 7})
    day = 86_400

    def issued(days_ago: int, answered_after: int | None) -> SimpleNamespace:
        at = MOMENT - days_ago * day
        answer = None if answered_after is None else at + answered_after * day
        return SimpleNamespace(issued_at=at, answered_at=answer)

    ripe = [issued(10, 2), issued(10, 9), issued(20, None), issued(30, 7)]
    found = measure(
        standpoint(declared, issued=(*ripe, issued(3, None))), "accountability", "answered"
    )
    assert (found.figure.value, found.figure.n, found.status) == (50.0, 4, "cannot tell")


def test_missing_elements_are_named() -> None:
    declared = strategy(strategy_review={"required_elements": ["process", "pricing"]})
    found = line(standpoint(declared), "comprehensive")
    assert (found.status, found.measures[0].figure.value) == ("off plan", 50.0)
    assert found.measures[0].note == "missing: pricing"


def test_a_reopened_deal_counts_by_its_last_close() -> None:
    rows = [
        {"deal": 1, "cycle": 2, "days_ago": 5, "status": STATUS_WON},
        {"deal": 1, "cycle": 1, "days_ago": 50, "status": STATUS_LOST},
        {"deal": 2, "cycle": 1, "days_ago": 50, "status": STATUS_LOST},
    ]
    last = latest_close_of_each_deal(closes(rows))
    assert dict(zip(last["deal"].tolist(), last["status"].tolist(), strict=True)) == {
        1: STATUS_WON,
        2: STATUS_LOST,
    }
    assert len(latest_close_of_each_deal(closes())) == 0


def test_the_interval_of_a_median_holds_it() -> None:
    figure = median_with_interval(np.arange(1.0, 102.0))
    assert figure.value == 51.0
    assert figure.low is not None
    assert figure.high is not None
    assert 38 <= figure.low < 51 < figure.high <= 64
    assert median_with_interval(np.empty(0)).value is None
