"""A summary made by hand, with whatever names a test wants to see on the page."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from salesadvisor.domain import metrics
from salesadvisor.domain.conformance import BROKEN
from salesadvisor.domain.elements import Goal
from salesadvisor.domain.goals import METRICS, Lever, Period
from salesadvisor.domain.metrics import CalibrationBin
from salesadvisor.study.accountability import Alignment, Line, Part
from salesadvisor.study.answers import STATUSES
from salesadvisor.study.audit import Audit
from salesadvisor.study.conformance import (
    Conformance,
    DealConformance,
    Deviation,
    Measure,
    Tally,
)
from salesadvisor.study.conformance import Line as ConformanceLine
from salesadvisor.study.evaluate import Estimate, Evaluation
from salesadvisor.study.goals import GoalCurve, GoalReport, GoalStanding
from salesadvisor.study.goals.measures import Reached
from salesadvisor.study.goals.standing import Cover, Expected
from salesadvisor.study.reliability import Reliability
from salesadvisor.study.scoreboard import scoreboard
from salesadvisor.study.stages_over_time import StagesOverTime
from salesadvisor.study.storyline import (
    AdviceGiven,
    Chance,
    RuleNow,
    StageBand,
    StoryEvent,
    Storyline,
)
from salesadvisor.study.summary import Header, Outcomes, Summary
from salesadvisor.study.weekly_advice import (
    AdviceLine,
    HeldBack,
    HeldLine,
    Parts,
    RepWeek,
    ScopeCount,
    WeeklyAdvice,
)
from tests.unit.study.standpoints import accountable, audit, standpoint, strategy

AS_OF = datetime(2026, 7, 1, 9, 30, tzinfo=UTC)


def summary(*, name: str = "CR-1", rep: str = "Ada Abend", with_amounts: bool = True) -> Summary:
    """Every part of the report, once; `name` is used wherever a CRM could name something."""
    return Summary(
        header=header(with_amounts=with_amounts),
        scoreboard=scoreboard(standpoint(strategy(), [{"days_over_stage_limit": 1}] * 6)),
        stages=StagesOverTime(
            days=(date(2026, 6, 24), date(2026, 7, 1)),
            stages=("open", name),
            deals=((1, 2), (3, 4)),
            amounts=((1.5, 2.0), (3.0, 4.0)) if with_amounts else (),
            without_amount=0,
        ),
        advice=WeeklyAdvice(
            reps=(
                RepWeek(
                    rep,
                    30,
                    300,
                    (line(name),),
                    (HeldLine("cooling down until 2026-07-05", line(name)),),
                ),
            ),
            held_back=(
                HeldBack("over the rep's capacity", 1, 1, (("R1", name, 1),), (line(name),)),
            ),
            scopes=(ScopeCount("deal", 1, 1),),
        ),
        audit=audited(name),
        reliability=reliability(),
        story=story(name),
    )


def audited(name: str) -> Audit:
    """One goal, one constraint broken by one deal, one rep who left advice unanswered."""
    goal = Goal(
        id=name[:80], metric="won_amount", value=Decimal(1000), start=date(2026, 1, 1),
        due=date(2026, 12, 31), owner=name[:80], element="goals",
    )  # fmt: skip
    stands = GoalStanding(
        goal, METRICS["won_amount"], Period(goal.start, goal.due), "running", 100_000.0,
        Reached(40_000.0, 3), 0.5, 183, (),
        Expected(10_000.0, 20_000.0, 1_200, (Lever("volume", 0.5),)),
        Cover(50_000.0, 1.7, 1.0, 2.0),
    )  # fmt: skip
    curve = GoalCurve(
        (goal.start, date(2026, 7, 1)), (0.0, 40_000.0), (0.0, 50_000.0), (None, None)
    )
    asked = ConformanceLine(name, Tally(6, 2, 1), ())
    return audit(
        goals=GoalReport(AS_OF, "USD", (stands,), (curve,)),
        conformance=Conformance(
            AS_OF, (Measure(name, "response", name),), asked, (asked,), (asked,), (asked,),
            (DealConformance(name, (BROKEN,)),),
            (Deviation(name, name, "response", f"{name} did not follow", AS_OF, name, None, (1,),
                       (f"event of {name}",)),),
        ),
        accountability=accountable(
            Line("all", None, 8, dict.fromkeys(STATUSES, 2), 1, metrics.rate(3, 8), None, 4.25),
            Alignment(name, (Part("cadence", name, 1, 0.75, 8, "open deals"),
                             Part("acknowledged", name, 1, None, 0, "reps"))),
            Alignment("team", (Part("cadence", name, 1, 0.5, 9, "open deals"),
                               Part("acknowledged", name, 1, None, 0, "reps"))),
        ),
    )  # fmt: skip


def header(*, with_amounts: bool = True) -> Header:
    return Header(
        strategy="clinical_research",
        strategy_hash="0123456789ab",
        currency="USD",
        timezone="UTC",
        as_of=AS_OF,
        first_day=date(2024, 6, 3),
        last_day=date(2026, 7, 1),
        events=23_544,
        checkpoints=109,
        outcomes=Outcomes(6, 10, 20, 1, 0, 0, metrics.win_rate(10, 20)),
        open_amount=1_500_000.0 if with_amounts else None,
        rules=33,
        model_kind="scorecard",
        model_deals=30,
        model_won=10,
        horizon_days=90,
        digest="fedcba9876543210",
    )


def line(name: str) -> AdviceLine:
    return AdviceLine(
        id="rec-1",
        scope="deal",
        deal=name,
        stage=name,
        amount=2_000_000.0,
        stake_is_assumed=False,
        rule="R1",
        title=name,
        element="process",
        action=f"Call {name}.",
        because=f"Nobody spoke to {name}.",
        due=date(2026, 7, 3),
        expires_at=AS_OF + timedelta(days=14),
        is_new=True,
        evidence="published",
        source=name,
        effort_minutes=30,
        win_percent=40.0,
        win_low=20.0,
        win_high=60.0,
        parts=Parts(1_234.0, 5.0, 2_000_000.0, 1.2, 1.5, 50.0),
        win_reasons=((name, 0.5),),
        event_ids=(name,),
        strategy_hash="0123456789ab",
    )


def reliability() -> Reliability:
    won = metrics.rate(12.0, 40.0)
    assert won is not None
    figure = Estimate(0.2, 0.1, 0.3)
    return Reliability(
        evaluation=Evaluation(
            n_rows=400,
            n_deals=40,
            won=won,
            mean_probability=0.31,
            base_rate=0.25,
            brier=figure,
            skill=figure,
            log_loss=figure,
            log_loss_gain=figure,
            ece=figure,
            auc=figure,
            calibration=(CalibrationBin(0.2, 0.4, 0.31, won),),
        ),
        horizon_days=90,
        first=date(2024, 6, 10),
        last=date(2026, 4, 1),
        by_base_rate_percent=10.0,
        verdict="better",
        sentence="The probabilities beat the base rate.",
    )


def without_probabilities(found: Summary) -> Summary:
    """The same report of a history in which no probability met its outcome."""
    nothing = Evaluation(0, 0, None, None, 0.25, None, None, None, None, None, None, ())
    told = replace(
        found.reliability,
        evaluation=nothing,
        first=None,
        last=None,
        by_base_rate_percent=None,
        verdict="cannot tell",
        sentence="Cannot tell: nothing yet.",
    )
    return replace(found, reliability=told)


def story(name: str) -> Storyline:
    start = AS_OF - timedelta(days=20)
    return Storyline(
        deal=name,
        owner=name,
        status="open",
        cycle=1,
        stage="open",
        amount=None,
        close_date_in_days=-1,
        facts=(("sponsor", name),),
        events=(StoryEvent("process", start, AS_OF, f"opened by {name}", name),),
        events_not_yet_known=0,
        chances=(Chance(start, 20.0, 10.0, 30.0), Chance(AS_OF, 40.0, 20.0, 60.0)),
        reasons=((name, -0.5),),
        bands=(StageBand(name, start, AS_OF),),
        advice=(AdviceGiven(start, "R1", name),),
        rules_now=(RuleNow("R1", name, f"Because of {name}."),),
    )
