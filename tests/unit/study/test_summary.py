"""Are the report's figures those of the replay and the advice, counted by hand?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.unit.study.replays import model, replay, rule
from tests.unit.study.standpoints import MOMENT, closes, standpoint, strategy

from salesadvisor.domain.advice import (
    ALREADY_OPEN,
    COOLING_DOWN,
    OVER_CAPACITY,
    SHOWN,
    PriorityParts,
)
from salesadvisor.domain.rules import Rule
from salesadvisor.domain.state import STATUS_LOST, STATUS_VOIDED, STATUS_WON, UNKNOWN
from salesadvisor.model.scorecard import Reason, WinProbability
from salesadvisor.study.advising import Advice, OpenDeal, Recommendation
from salesadvisor.study.explaining import Explanation, RuleLine, Told
from salesadvisor.study.reliability import reliability
from salesadvisor.study.stages_over_time import NO_STAGE, stages_over_time
from salesadvisor.study.storyline import deal_to_tell, storyline
from salesadvisor.study.summary import outcomes
from salesadvisor.study.weekly_advice import NO_OWNER, weekly_advice

AS_OF = datetime.fromtimestamp(MOMENT, UTC)


def open_deal(name: str, owner: str | None = "Ada", **signals: int | None) -> OpenDeal:
    return OpenDeal(
        deal=name,
        owner=owner,
        row=(),
        signals={"stage": 1, "amount_minor": 200_000, "days_to_close_date": 5, **signals},
        win=WinProbability(4_000, 2_000, 6_000, 90, "scorecard", 50),
        win_reasons=(Reason("stage", 1, "stage offer", 500_000),),
    )


def recommendation(
    deal: str, fired: Rule, verdict: int = SHOWN, priority: int = 1_000, owner: str | None = "Ada"
) -> Recommendation:
    return Recommendation(
        id=f"rec-{deal}-{fired.id}",
        about=open_deal(deal, owner),
        rule=fired,
        verdict=verdict,
        parts=PriorityParts(priority, 500, 200_000, 1_200, 1_500, 5_000),
        cycle=1,
        dedupe=0,
        because="It is 4 days old.",
        action="Call.",
        due=date(2026, 7, 3),
        expires_at=AS_OF + timedelta(days=14),
    )


def advice(*found: Recommendation) -> Advice:
    return Advice(AS_OF, (), found, model())


# Outcomes


def test_an_open_deal_is_not_counted_among_the_lost_of_an_earlier_cycle() -> None:
    rows = [
        {"deal": 0, "days_ago": 90, "status": STATUS_LOST},
        {"deal": 5, "days_ago": 9, "status": STATUS_WON},
        {"deal": 6, "days_ago": 9, "status": STATUS_LOST},
        {"deal": 7, "days_ago": 9, "status": STATUS_VOIDED},
    ]
    found = outcomes(standpoint(strategy(), [{}], closes=closes(rows)))
    assert (found.open, found.won, found.lost, found.voided, found.deals) == (1, 1, 1, 1, 4)
    assert found.win_rate is not None
    assert (found.win_rate.value, found.win_rate.n) == (0.5, 2)


# Pipeline


def test_deals_and_amounts_are_summed_by_stage_and_checkpoint() -> None:
    rows = [
        {"deal": 0, "time": 0, "stage": 0, "amount": 10_000},
        {"deal": 0, "time": 1, "stage": 1, "amount": 30_000},
        {"deal": 1, "time": 1, "stage": 1, "amount": 5_050},
        {"deal": 2, "time": 1, "stage": UNKNOWN},
    ]
    found = stages_over_time(replay(strategy(), rows, weeks_ago=(1, 0)))
    assert found.days == (date(2026, 6, 24), date(2026, 7, 1))
    assert found.stages == ("open", "offer", NO_STAGE)
    assert found.deals == ((1, 0), (0, 2), (0, 1))
    assert found.amounts == ((100.0, 0.0), (0.0, 350.5), (0.0, 0.0))
    assert found.without_amount == 1


def test_without_any_amount_there_are_no_amounts_not_zeros() -> None:
    found = stages_over_time(replay(strategy(), [{"deal": 0}], weeks_ago=(0,)))
    assert found.amounts == ()


# Advice


def test_advice_is_grouped_by_rep_and_the_rest_by_reason() -> None:
    call, meet = rule("R1", effort_minutes=20), rule("R2", effort_minutes=40)
    found = weekly_advice(
        advice(
            recommendation("D1", call, priority=5_000),
            recommendation("D2", meet, ALREADY_OPEN, priority=9_000),
            recommendation("D3", call, owner="Bo", priority=90_000),
            recommendation("D4", call, owner=None),
            recommendation("D5", call, OVER_CAPACITY, priority=3_000),
            recommendation("D5", meet, OVER_CAPACITY, priority=4_000),
            recommendation("D6", call, COOLING_DOWN),
        ),
        strategy(accountability={"reps": {"Ada": 120}}),
    )
    assert [(rep.rep, rep.minutes, rep.capacity) for rep in found.reps] == [
        ("Bo", 20, 300),
        ("Ada", 60, 120),
        (NO_OWNER, 20, 300),
    ]
    assert [line.is_new for line in found.reps[1].lines] == [True, False]
    assert (found.shown, found.suppressed) == (4, 3)
    first = found.held_back[0]
    assert (first.reason, first.count, first.deals) == ("over the rep's capacity", 2, 1)
    assert [line.rule for line in first.best] == ["R2", "R1"]


def test_a_line_has_money_in_the_currency_and_chances_in_percent() -> None:
    (rep,) = weekly_advice(advice(recommendation("D1", rule("R1"))), strategy()).reps
    (line,) = rep.lines
    assert (line.amount, line.stage) == (2_000.0, "offer")
    assert (line.win_percent, line.win_low, line.win_high) == (40.0, 20.0, 60.0)
    parts = line.parts
    assert (parts.chance_percent, parts.stake, parts.weight) == (5.0, 2_000.0, 1.2)
    assert (parts.urgency, parts.cost, parts.priority) == (1.5, 50.0, 10.0)
    assert line.win_reasons == (("stage offer", 0.5),)


# Reliability


def many_deals(count: int, won_of_ten: int, p_bp: int) -> tuple[list[dict[str, int]], Any]:
    rows = [{"deal": deal, "time": 0, "p_bp": p_bp} for deal in range(count)]
    ended = [
        {"deal": deal, "days_ago": 100, "status": STATUS_WON if deal % 10 < won_of_ten else 3}
        for deal in range(count)
    ]
    return rows, closes(ended)


def test_only_checkpoints_a_horizon_ago_are_judged() -> None:
    rows, ended = many_deals(40, 5, 5_000)
    late = [{"deal": deal, "time": 1, "p_bp": 9_000} for deal in range(40)]
    found = reliability(replay(strategy(), rows + late, weeks_ago=(20, 12)), ended, MOMENT)
    assert (found.evaluation.n_rows, found.evaluation.n_deals) == (40, 40)
    assert found.evaluation.won is not None
    assert found.evaluation.won.value == 0.5
    assert found.first == found.last


def test_voided_deals_are_left_out() -> None:
    rows, ended = many_deals(40, 5, 5_000)
    ended["status"][:10] = STATUS_VOIDED
    found = reliability(replay(strategy(), rows, weeks_ago=(20,)), ended, MOMENT)
    assert found.evaluation.n_deals == 30


def test_true_probabilities_beat_the_base_rate() -> None:
    sure, sure_ends = many_deals(60, 9, 9_000)
    poor, poor_ends = many_deals(60, 1, 1_000)
    for row in poor:
        row["deal"] += 60
    poor_ends["deal"] += 60
    ended = closes([])
    ended = type(ended)((120,), ended.dtype)
    ended[:60], ended[60:] = sure_ends, poor_ends
    found = reliability(
        replay(strategy(), sure + poor, weeks_ago=(20,), models=[model(base_rate_bp=5_000)]),
        ended,
        MOMENT,
    )
    assert found.verdict == "better"
    assert found.sentence.startswith("The probabilities beat the base rate: 64 % less")
    assert found.evaluation.base_rate == 0.5
    assert found.by_base_rate_percent == 0.0


def test_few_deals_cannot_tell() -> None:
    rows, ended = many_deals(20, 5, 5_000)
    found = reliability(replay(strategy(), rows, weeks_ago=(20,)), ended, MOMENT)
    assert found.verdict == "cannot tell"
    assert found.sentence.startswith("Cannot tell: 20 deals with 10 wins are too few")


def test_base_rates_alone_cannot_tell() -> None:
    rows, ended = many_deals(60, 5, 2_500)
    plain = replay(strategy(), rows, weeks_ago=(20,), models=[model("base_rate", 2_500)])
    found = reliability(plain, ended, MOMENT)
    assert (found.verdict, found.by_base_rate_percent) == ("cannot tell", 100.0)
    assert "plain base rate" in found.sentence


def test_a_history_younger_than_the_horizon_cannot_tell() -> None:
    rows, ended = many_deals(60, 5, 2_500)
    found = reliability(replay(strategy(), rows, weeks_ago=(3,)), ended, MOMENT)
    assert found.verdict == "cannot tell"
    assert found.first is None
    assert found.sentence.startswith("Cannot tell: no checkpoint lies 90 days back")


# One deal


def told_deal() -> Any:
    rows = [
        {"deal": 1, "time": time, "stage": stage, "p_bp": 1_000 * (time + 1)}
        for time, stage in ((0, 0), (1, 0), (2, 1), (4, 1), (5, UNKNOWN))
    ]
    given = [
        {"deal": 1, "time": 2, "rule": 0, "verdict": SHOWN},
        {"deal": 1, "time": 4, "rule": 0, "verdict": COOLING_DOWN},
        {"deal": 0, "time": 4, "rule": 0, "verdict": SHOWN},
    ]
    return replay(
        strategy(),
        rows,
        weeks_ago=(6, 5, 4, 3, 2, 1),
        deals=("D0", "D1"),
        given=given,
        rules=[rule("R1")],
    )


def explanation(deal: OpenDeal | None) -> Explanation:
    early, late = AS_OF - timedelta(days=40), AS_OF - timedelta(days=2)
    verdict: Any = None
    return Explanation(
        deal="D1",
        as_of=AS_OF,
        status="open" if deal else "won",
        owner="Ada",
        cycle=1,
        events_known=3,
        events_not_yet_known=0,
        story=(
            Told("e1", "opened", early, early, "opened in open"),
            Told("e2", "activity", early, late, "call"),
            Told("e3", "recommendation_issued", late, late, "advised (R1): Call."),
        ),
        signals=(),
        open_deal=deal,
        rules=(
            RuleLine(rule("R1"), True, "It is old.", verdict),
            RuleLine(rule("R2"), False, "It is not.", verdict),
        )
        if deal
        else (),
        issued=(),
    )


def test_a_stage_band_ends_where_the_stage_or_the_open_time_ends() -> None:
    found = storyline(told_deal(), explanation(open_deal("D1")))
    week = timedelta(weeks=1)
    assert [(band.stage, band.first, band.until) for band in found.bands] == [
        ("open", AS_OF - 6 * week, AS_OF - 4 * week),
        ("offer", AS_OF - 4 * week, AS_OF - 3 * week),
        ("offer", AS_OF - 2 * week, AS_OF - week),
        (NO_STAGE, AS_OF - week, AS_OF),
    ]


def test_the_story_joins_events_chances_and_advice() -> None:
    found = storyline(told_deal(), explanation(open_deal("D1")))
    assert [(event.lane, event.event_id) for event in found.events] == [
        ("process", "e1"),
        ("activities", "e2"),
    ]
    assert [chance.percent for chance in found.chances] == [10, 20, 30, 50, 60, 40]
    assert found.chances[-1].at == AS_OF
    assert [(one.rule, one.at) for one in found.advice] == [("R1", AS_OF - timedelta(weeks=4))]
    assert [one.rule for one in found.rules_now] == ["R1"]
    assert (found.stage, found.amount) == ("offer", 2_000.0)


def test_a_closed_deal_has_a_story_without_a_present() -> None:
    found = storyline(told_deal(), explanation(None))
    assert (found.status, found.stage, found.amount, found.rules_now) == ("won", None, None, ())
    assert len(found.chances) == 5


def test_the_deal_to_tell_is_one_that_is_advised_now() -> None:
    assert deal_to_tell(told_deal(), advice(recommendation("D0", rule("R1")))) == "D0"


def test_without_advice_the_deal_watched_longest_is_told() -> None:
    assert deal_to_tell(told_deal(), advice()) == "D1"


def test_without_a_deal_there_is_no_story() -> None:
    assert deal_to_tell(replay(strategy(), [], weeks_ago=(1,), deals=("D0",)), advice()) is None


@pytest.mark.parametrize("count", [0, 1])
def test_a_week_without_advice_has_only_what_is_held_back(count: int) -> None:
    held = [recommendation("D1", rule("R1"), OVER_CAPACITY)] * count
    found = weekly_advice(advice(*held), strategy())
    assert (found.shown, found.suppressed) == (0, count)
    assert [(week.lines, week.minutes) for week in found.reps] == [((), 0)] * count
    assert [one.reason for week in found.reps for one in week.held] == (
        ["over the rep's capacity"] * count
    )
