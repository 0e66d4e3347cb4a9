"""Does the scoreboard count what it says, and say "cannot tell" where it can't?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from tests.builders import rule
from tests.unit.study.standpoints import (
    MOMENT,
    accountable,
    audit,
    closes,
    flow,
    line,
    measure,
    standing,
    standpoint,
    strategy,
)

from salesadvisor.domain import metrics, state
from salesadvisor.domain.advice import OVER_CAPACITY
from salesadvisor.domain.elements import ELEMENTS, Goal
from salesadvisor.domain.goals import METRICS, Period
from salesadvisor.domain.rules import Rule
from salesadvisor.domain.state import STATUS_LOST, STATUS_WON, UNKNOWN
from salesadvisor.playbook.strategy_lint import Flaw
from salesadvisor.study.accountability import Alignment, Line, Part
from salesadvisor.study.conformance import Line as ConformanceLine
from salesadvisor.study.conformance import Tally
from salesadvisor.study.goals import GoalReport, GoalStanding
from salesadvisor.study.goals.measures import Reached
from salesadvisor.study.scoreboard import Measure, scoreboard
from salesadvisor.study.scoreboard.standing import latest_close_of_each_deal

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


def goal(metric: str, **own: Any) -> GoalStanding:
    """A goal of 1000 in the unit of its metric, of which half the time has passed."""
    declared = Goal(
        id="g", metric=metric, value=1000, start=date(2026, 1, 1), due=date(2026, 12, 31),
        owner="Ada", element="goals",
    )  # fmt: skip
    fields: dict[str, Any] = {
        "goal": declared,
        "metric": METRICS[metric],
        "period": Period(declared.start, declared.due),
        "state": "running",
        "target": 1_000.0,
        "reached": Reached(None, 0),
        "passed": 0.5,
        "days_left": 183,
        "earlier": (),
    }
    return GoalStanding(**{**fields, **own})


def of_goal(stands: GoalStanding) -> Measure:
    report = GoalReport(datetime(2026, 7, 1, tzinfo=UTC), "USD", (stands,), (None,))
    at = standpoint(strategy(), audit=audit(goals=report))
    (found,) = line(at, "goals").measures
    return found


@pytest.mark.parametrize("cents, status", [(50_000, "on plan"), (49_900, "off plan")])
def test_money_won_is_held_against_the_share_of_the_time_that_passed(
    cents: int, status: str
) -> None:
    found = of_goal(goal("won_amount", target=100_000.0, reached=Reached(float(cents), 5)))
    assert (found.figure.value, found.unit, found.status) == (cents / 100, "money", status)
    assert found.plan == ("at least", 500.0)


def test_a_rate_whose_interval_holds_the_goal_cannot_be_told() -> None:
    def status(won: int, n: int) -> str | None:
        return of_goal(goal("win_rate", target=50.0, reached=Reached(100 * won / n, n))).status

    assert status(12, 20) == "cannot tell"
    assert status(19, 20) == "on plan"
    assert status(1, 20) == "off plan"
    assert status(4, 4) == "cannot tell"


@pytest.mark.parametrize("days, status", [(60.0, "on plan"), (60.5, "off plan")])
def test_of_the_days_to_a_win_less_is_better(days: float, status: str) -> None:
    found = of_goal(goal("cycle_days", target=60.0, reached=Reached(days, 20)))
    assert (found.plan, found.status) == (("at most", 60.0), status)


def test_a_goal_without_a_value_or_before_its_start_cannot_be_told() -> None:
    assert of_goal(goal("won_amount")).status == "cannot tell"
    early = of_goal(goal("won_count", state="not started"))
    assert (early.status, early.note) == (
        "cannot tell",
        "not measured yet: it starts on 2026-01-01",
    )


def test_owners_in_no_team_are_named() -> None:
    declared = strategy(alignment={"teams": [{"name": "one", "reps": ["Ada"]}]})
    nobody = standpoint(declared, names=("Ada", "Bo"))
    assert measure(nobody, "alignment", "owners").status == "cannot tell"
    at = replace(nobody, now=standing(MOMENT, [{}] * 3, [0, 1, UNKNOWN]))
    found = measure(at, "alignment", "owners")
    assert (found.figure.value, found.figure.n, found.status) == (50.0, 2, "off plan")
    assert found.note == "in no team: Bo"


def test_who_has_not_acknowledged_the_strategy_is_named() -> None:
    def stands(name: str, share: float | None, n: int = 1) -> Alignment:
        return Alignment(name, (Part("acknowledged", "", 1, share, n, "reps"),))

    team = (stands("Ada", 1.0), stands("Bo", 0.0), stands("team", 0.5, 2))
    at = standpoint(strategy(), audit=audit(accountability=accountable(None, *team)))
    found = measure(at, "alignment", "acknowledged")
    assert (found.figure.value, found.figure.n, found.status) == (50.0, 2, "off plan")
    assert found.note == "not yet: Bo"
    unpublished = measure(standpoint(strategy()), "alignment", "acknowledged")
    assert unpublished.note == "not measured yet: no version of the strategy was published"


def test_answers_are_those_that_accountability_counts() -> None:
    counted = Line("all", None, 9, {}, 0, metrics.rate(3, 6), None, 8.5)
    at = standpoint(strategy(), audit=audit(accountability=accountable(counted)))
    answered, waited = (measure(at, "accountability", one) for one in ("answered", "days until"))
    assert (answered.figure.value, answered.figure.n, answered.status) == (50.0, 6, "off plan")
    assert (waited.figure.value, waited.status) == (8.5, "off plan")
    silent = measure(standpoint(strategy()), "accountability", "answered")
    assert silent.note == "not measured yet: no advice was issued before"


def test_hours_to_the_first_answer_are_told_but_not_judged() -> None:
    declared = strategy(prospecting={"response_hours": 4})
    team = {"team.response_hours_median": 30, "team.unanswered_deals": 2}
    found = measure(standpoint(declared, team=team), "prospecting", "first answer")
    assert (found.figure.value, found.status) == (30.0, None)
    assert "2 of the open ones wait" in found.note
    assert measure(standpoint(declared), "prospecting", "first answer").status == "cannot tell"


def test_a_rule_says_what_it_advises_now_and_did_in_the_replay() -> None:
    def advice(rule: Rule) -> Any:
        return SimpleNamespace(rule=rule, owner="Ada", verdict=OVER_CAPACITY)

    one, two = rule("R1"), rule("R2")
    at = standpoint(
        strategy(), rules=(one, two), shown=(advice(one),), held_back=(advice(one), advice(one)),
        times_advised={"R1": 9, "R2": 0},
    )  # fmt: skip
    found = line(at, "process")
    assert [(rule.shown, rule.held_back, rule.in_replay) for rule in found.rules] == [
        (1, 2, 9),
        (0, 0, 0),
    ]
    assert (found.open_recommendations, found.silence) == (1, "")
    assert line(at, "review").findings == (
        "1 rule of 2 never gave advice in all of the replay: R2",
    )
    assert line(at, "accountability").findings == (
        "2 recommendations had no room in the week of Ada",
    )


def test_an_element_with_nothing_to_say_says_why() -> None:
    quiet = standpoint(strategy(), rules=(rule("R1"),), times_advised={"R1": 0})
    assert line(quiet, "process").silence.startswith("its rule found nothing")
    assert line(quiet, "pricing").silence.startswith("the playbook has no rule for it")


def test_flaws_of_the_strategy_are_findings_and_counted() -> None:
    flaw = Flaw("x", "pricing", (), "no floor is declared", "declare one", "fault")
    at = standpoint(strategy(), audit=audit(flaws=(flaw,)))
    assert line(at, "comprehensive").findings == (
        "fault in pricing: no floor is declared; declare one",
    )
    assert measure(at, "comprehensive", "faults").status == "off plan"
    assert measure(standpoint(strategy()), "comprehensive", "faults").status == "on plan"


def test_the_constraint_that_is_kept_least_is_named() -> None:
    lines = (
        ConformanceLine("often", Tally(8, 2), ()),
        ConformanceLine("seldom", Tally(2, 4), ()),
        ConformanceLine("too few to say", Tally(0, 2), ()),
    )
    found = audit()
    found = replace(found, conformance=replace(found.conformance, by_constraint=lines))
    assert line(standpoint(strategy(), audit=found), "process").findings == (
        "'seldom' is kept least of what the process declares: 2 of 6 times (33 %)",
    )


def test_what_the_meta_rules_find_stands_with_their_element() -> None:
    rule = SimpleNamespace(id="AC9", title="Left alone", element="accountability")
    one = SimpleNamespace(rule=rule, subject="D1: R1", because="Nobody answered.", action="Ask.")
    at = standpoint(strategy(), audit=audit(findings=(one,)))
    assert line(at, "accountability").findings == (
        "Left alone (AC9) on D1: R1: Nobody answered. Ask.",
    )
    assert line(at, "activity").findings == ()


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
