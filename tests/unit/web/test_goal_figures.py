"""Does a goal's figure show what was reached, and nothing that was not?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from salesadvisor.domain.elements import Goal
from salesadvisor.domain.goals import METRICS, Period
from salesadvisor.study.goals import GoalCurve, GoalReport, GoalStanding
from salesadvisor.study.goals.measures import Reached
from salesadvisor.web.goal_figures import goal_figures
from tests.builders import day, on

DAYS = tuple(on(n) for n in (0, 10, 20))
CURVE = GoalCurve(DAYS, (0.0, 50_000.0), (0.0, 50_000.0, 100_000.0), (None, 40_000.0, 100_000.0))


def standing(metric: str) -> GoalStanding:
    start, due = date(2024, 1, 1), date(2024, 1, 20)
    goal = Goal(
        id="<b>g</b>", metric=metric, value=Decimal(1000), start=start, due=due, owner="eve",
        element="goals",
    )  # fmt: skip
    return GoalStanding(
        goal, METRICS[metric], Period(start, due), "running", 100_000.0, Reached(50_000.0, 3), 0.5,
        10, (),
    )  # fmt: skip


def lines(metric: str, curve: GoalCurve | None) -> dict[str, Any]:
    report = GoalReport(day(10), "USD", (standing(metric),), (curve,))
    found = goal_figures(report)
    return {line["name"]: line for figure in found.values() for line in figure["data"]}


def test_money_is_drawn_in_whole_units_up_to_the_present() -> None:
    found = lines("won_amount", CURVE)
    assert found["reached"]["y"] == [0, 500]
    assert found["reached"]["x"] == ["2024-01-01", "2024-01-11"]
    assert found["even steps"]["y"] == [0, 500, 1000]
    assert found["as earlier periods went"]["y"] == [None, 400, 1000]


def test_a_rate_has_its_goal_instead_of_even_steps() -> None:
    assert set(lines("win_rate", CURVE)) == {"goal", "reached", "as earlier periods went"}


def test_without_an_earlier_period_or_a_beginning_there_is_no_line() -> None:
    alone = replace(CURVE, history=(None, None, None))
    assert set(lines("won_count", alone)) == {"even steps", "reached"}
    assert lines("won_amount", None) == {}
