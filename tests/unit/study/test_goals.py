"""Do goals see what counts, when it counts, and say nothing where nothing can be said?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from tests.builders import corrected, day, happened, log_of, moment, moved, on, retracted, team

from salesadvisor.domain.events import Event
from salesadvisor.domain.state import DAY, UNKNOWN
from salesadvisor.domain.strategy import Strategy
from salesadvisor.log.passes import bind, survey
from salesadvisor.study.goals import GoalReport, goal_panel, goal_report
from salesadvisor.study.goals.facts import gather, known_at
from salesadvisor.study.goals.incidence import LOST, WON, from_opening
from salesadvisor.study.goals.outlook import levelled
from salesadvisor.study.goals.standing import SIGNALS
from salesadvisor.study.winning import learn

STAGES = [{"name": "lead"}, {"name": "offer", "proposal": True}, {"name": "closing"}]


def goal(metric: str = "won_amount", value: str = "1000", **own: Any) -> dict[str, Any]:
    return {
        "id": metric, "metric": metric, "value": value, "start": on(10), "due": on(19),
        "owner": "eve", "element": "goals", **own,
    }  # fmt: skip


def strategy(*goals: dict[str, Any]) -> Strategy:
    process = {"pipelines": [{"name": "sales", "stages": STAGES}]}
    return team(process=process, conversations={}, value_proposition={}, goals=list(goals))


def opens(deal: str, at: float = 0, **data: Any) -> Event:
    return happened("opened", at, deal=deal, pipeline="sales", stage="lead", **data)


def report(events: Sequence[Event], at: float, *goals: dict[str, Any]) -> GoalReport:
    bound = bind(log_of(events), strategy(*(goals or (goal(),))), moment(at))
    return goal_report(bound, day(at), learn(bound, [moment(at)]))


def reached(events: Sequence[Event], at: float, metric: str = "won_amount") -> float | None:
    return report(events, at, goal(metric)).standings[0].reached.value


def test_a_win_counts_from_the_start_to_the_end_of_the_due_day() -> None:
    events = [opens(deal, amount="1") for deal in "abcd"]
    events += [
        happened("won", at, deal=deal)
        for deal, at in zip("abcd", (9.99, 10, 19.99, 20), strict=True)
    ]
    assert reached(events, 25) == 200
    assert report(events, 25).standings[0].state == "ended"


def test_a_win_recorded_tomorrow_is_not_reached_today() -> None:
    events = [opens("a", amount="5"), happened("won", 12, deal="a", late=3)]
    assert reached(events, 14.9) == 0
    assert reached(events, 15.1) == 500


def test_a_win_that_is_retracted_or_voided_was_none() -> None:
    won = happened("won", 12, deal="a")
    events = [opens("a", amount="5"), won, retracted(won, 14)]
    assert reached(events, 13) == 500
    assert reached(events, 15) == 0
    voided = [opens("a", amount="5"), won, happened("voided", 14, deal="a")]
    assert reached(voided, 15) == 0


def test_of_a_reopened_deal_the_last_close_of_the_period_counts() -> None:
    events = [
        opens("a", amount="5"),
        happened("won", 11, deal="a"),
        happened("reopened", 12, deal="a"),
        happened("lost", 14, deal="a"),
    ]
    assert reached(events, 13) == 500
    assert reached(events, 15) == 0


def test_pipeline_opened_counts_with_the_amount_known_now() -> None:
    events = [opens("a", 11, amount="5"), opens("b", 9, amount="7"), opens("c", 12)]
    events += [happened("amount_changed", 15, deal="a", to="8")]
    assert reached(events, 14, "created_amount") == 500
    found = report(events, 16, goal("created_amount")).standings[0].reached
    assert (found.value, found.deals, found.left_out) == (800, 1, 1)


def test_a_proposal_belongs_to_the_day_of_its_submission() -> None:
    events = [opens(deal) for deal in "abc"]
    events += [moved(9, "offer", deal="a"), moved(11, "offer", deal="b")]
    events += [moved(11, "closing", deal="c"), moved(12, "offer", deal="c")]
    events += [happened("won", 13, deal="a"), happened("won", 13, deal="b")]
    found = report(events, 15, goal("bid_hit_rate", "50")).standings[0].reached
    assert (found.value, found.deals, found.left_out) == (100, 1, 1)


def test_a_corrected_day_of_submission_moves_the_proposal_from_then_on() -> None:
    entry = moved(9, "offer", deal="a")
    events = [opens("a"), entry, happened("lost", 13, deal="a"), corrected(entry, 15, day_now=11)]
    assert reached(events, 14, "bid_hit_rate") is None
    assert reached(events, 16, "bid_hit_rate") == 0


def test_wins_without_any_amount_are_no_zero() -> None:
    events = [opens("a"), happened("won", 12, deal="a"), opens("b", amount="5")]
    found = report(events, 15).standings[0]
    assert (found.reached.value, found.reached.left_out) == (None, 1)
    assert found.signals().gap_minor == UNKNOWN
    assert reached([opens("a")], 15) == 0


def test_where_smaller_is_better_a_longer_cycle_is_behind() -> None:
    events = [opens("a", 0), happened("won", 12, deal="a")]
    behind = report(events, 15, goal("cycle_days", "9")).standings[0]
    assert behind.attainment == 0.75
    assert behind.pace == 0.75
    assert behind.gap == 3
    assert behind.signals().gap_minor == UNKNOWN


def test_pipeline_that_is_due_in_time_covers_the_gap_and_undated_pipeline_is_no_zero() -> None:
    dated = [
        opens("a", amount="500", close_date=on(19)),
        opens("b", amount="90", close_date=on(20)),
    ]
    assert report(dated, 12).standings[0].coverage == 0.5
    undated = [opens("a", amount="500")]
    assert report(undated, 12).standings[0].coverage is None


def test_too_few_wins_give_no_chance_and_no_need() -> None:
    events = [opens(f"d{n}", amount="5") for n in range(20)]
    events += [happened("won", 5, deal=f"d{n}") for n in range(9)]
    signals = report(events, 12).standings[0].signals()
    assert signals.hit_probability_bp == UNKNOWN
    assert signals.created_to_need_permille == UNKNOWN
    assert signals.gap_minor == 100_000


def busy() -> list[Event]:
    """Three deals a day for 60 days; one of three wins after nine days, one is lost."""
    events: list[Event] = []
    for n in range(180):
        at, deal = n / 3, f"d{n}"
        events.append(opens(deal, at, amount="10", close_date=on(int(at) + 9)))
        if n % 3 < 2 and at + 9 < 60:
            events.append(happened("won" if n % 3 == 0 else "lost", at + 9, deal=deal))
    return events


PERIOD = {"start": on(40), "due": on(69)}


def test_a_steady_pipeline_reaches_what_it_always_reached() -> None:
    """A win a day of 10.00 USD: 20 days in, 10 to go."""
    chances = [
        report(busy(), 60, goal(value=value, **PERIOD)).standings[0]
        for value in ("250", "300", "400")
    ]
    assert chances[1].reached.value == 20_000
    hits = [one.expected.hit_bp for one in chances if one.expected]
    assert hits[0] > 9_000 > hits[1] > 2_000 > hits[2]
    assert chances[1].expected is not None
    assert chances[1].expected.of_open == pytest.approx(10_000, rel=0.35)


def test_a_report_says_how_far_each_lever_must_move() -> None:
    found = report(busy(), 60, goal(value="400", **PERIOD)).standings[0].expected
    assert found is not None
    changes = {one.name: one.change for one in found.levers}
    assert set(changes) == {"volume", "rate", "size", "cycle"}
    assert changes["size"] is not None
    assert changes["size"] > 0.3


def test_the_curve_of_a_report_runs_from_nothing_to_the_goal() -> None:
    curve = report(busy(), 60, goal(value="300", **PERIOD)).curves[0]
    assert curve is not None
    assert (curve.days[0], curve.days[-1]) == (on(40), on(70))
    assert (curve.reached[0], curve.reached[-1]) == (0, 20_000)
    assert curve.days[len(curve.reached) - 1] == on(60)
    assert (curve.linear[0], curve.linear[-1]) == (0, 30_000)
    assert (curve.history[0], curve.history[-1]) == (0, 30_000)


def test_a_goal_that_has_not_begun_is_told_apart() -> None:
    later = goal("won_count", "3", start=on(30), due=on(40))
    found = report([opens("a")], 12, goal(), later)
    assert [one.state for one in found.standings] == ["running", "not started"]
    assert found.standings[1].reached.value == 0
    assert found.curves[1] is None


def test_a_panel_has_a_row_for_each_checkpoint_within_the_period() -> None:
    checkpoints = [moment(n) for n in (9, 10, 15, 19.9, 20, 25)]
    asked = strategy(goal(), goal("won_count", "3", start=on(15), due=on(30)))
    bound = bind(log_of([opens("a")]), asked, checkpoints[-1])
    moments = np.array(checkpoints, np.int64)
    nothing = {"time": np.repeat(np.arange(6), 1), "p_bp": np.full(6, 3_000)}
    panel = goal_panel(bound, survey(bound, moments), nothing)
    assert panel.scope == "goal"
    assert panel.subjects == ("won_amount", "won_count")
    assert panel.subject.tolist() == [0, 0, 0, 1, 1, 1, 1]
    assert panel.time.tolist() == [1, 2, 3, 2, 3, 4, 5]
    assert panel.block.shape == (len(SIGNALS), 7)
    assert (panel.owner == UNKNOWN).all()


def test_a_strategy_without_goals_has_an_empty_panel() -> None:
    moments = np.array([moment(9)], np.int64)
    bound = bind(log_of([opens("a")]), strategy(), moment(9))
    panel = goal_panel(bound, survey(bound, moments), {})
    assert panel.count == 0
    assert panel.block.shape == (len(SIGNALS), 0)


def test_incidence_takes_open_deals_as_neither_won_nor_lost() -> None:
    """Of 10 deals opened on day 0: after 8 days 2 won; 4 others opened on day 6 are not as old."""
    events = [opens(f"d{n}") for n in range(10)] + [opens(f"e{n}", 6) for n in range(4)]
    events += [happened("won", 8, deal=f"d{n}") for n in range(2)]
    events += [happened("lost", 3, deal="d9")]
    bound = bind(log_of(events), strategy(), moment(20))
    known = known_at(gather(bound, np.array([moment(9)], np.int64)), moment(9))
    found = from_opening(known)
    first_week = 1 / (14 - 4 / 2)
    assert float(found.by(7, LOST)) == pytest.approx(first_week)
    # Seven more are censored within the second week, and half of them count as at risk.
    assert float(found.by(14, WON)) == pytest.approx((1 - first_week) * 2 / (9 - 7 / 2))
    assert float(found.by(0, WON)) == 0
    assert float(found.by(3.5, LOST)) == pytest.approx(first_week / 2)


def test_levelled_chances_have_the_sum_of_history_and_keep_their_order() -> None:
    p, share = np.array([0.1, 0.2, 0.6]), np.array([0.5, 0.4, 0.5])
    found = levelled(p, share)
    assert found.sum() == pytest.approx(1.4)
    assert (np.diff(found) > 0).all()
    assert levelled(p, p) == pytest.approx(p)


def test_as_of_is_a_moment_and_not_a_day() -> None:
    events = [opens("a", amount="5"), happened("won", 12.5, deal="a")]
    assert reached(events, 12.5) == 0
    assert reached(events, 12.5 + 1 / DAY) == 500
    assert datetime.fromtimestamp(moment(12.5), UTC).hour == 12
