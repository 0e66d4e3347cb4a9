"""Does a terminal show a goal as it stands, in columns that line up?"""

from __future__ import annotations

import pytest

from salesadvisor.cli.goals_text import chance, figure, goals_document, goals_page
from salesadvisor.cli.moments import Moment
from salesadvisor.domain.strategy import Strategy
from salesadvisor.log.passes import bind
from salesadvisor.study.goals import GoalReport, goal_report
from salesadvisor.study.winning import learn
from tests.builders import day, happened, log_of, moment, on, team

PERIOD = {"start": on(0), "due": on(27), "owner": "eve", "element": "goals"}
GOALS = [
    {"id": "money", "metric": "won_amount", "value": "1000", **PERIOD},
    {"id": "quick", "metric": "cycle_days", "value": "4", **PERIOD},
]
MOMENT = Moment(day(14), "asked", "as asked")


def told(goals: list[dict[str, object]]) -> tuple[GoalReport, Strategy]:
    strategy = team(goals=goals)
    events = [
        happened("opened", 1, deal="a", pipeline="sales", stage="lead", amount="250"),
        happened("won", 8, deal="a"),
    ]
    bound = bind(log_of(events), strategy, moment(14))
    return goal_report(bound, day(14), learn(bound, [moment(14)])), strategy


def page(goals: list[dict[str, object]]) -> list[str]:
    report, strategy = told(goals)
    return goals_page(MOMENT, report, strategy).text(80).splitlines()


def test_the_table_has_a_line_a_goal_and_says_what_has_no_value() -> None:
    lines = page(GOALS)
    assert any(line.split() == ["money", "25", "%", "50", "%", "-", "-", "13"] for line in lines)
    assert any(line.split() == ["quick", "57", "%", "57", "%", "-", "-", "13"] for line in lines)


def test_a_goal_is_told_with_its_units_and_drawn_up_to_the_present() -> None:
    lines = page(GOALS)
    assert "  reached  250 USD of 1,000 USD (1 deal)" in lines
    assert "  missing  750 USD" in lines
    assert "  reached  7.0 days of 4.0 days (1 deal)" in lines
    drawn = next(line for line in lines if line.startswith("  reached") and "\u2581" in line)
    assert drawn.endswith("25 %")
    bars = drawn.removeprefix("  reached").removesuffix("25 %").strip()
    assert len(bars) == 26  # half of 52 steps
    assert bars == "".join(sorted(bars))


def test_a_strategy_without_goals_says_so() -> None:
    assert "The strategy declares no goals; docs/goals.md shows how to." in page([])


def test_a_program_gets_money_as_text_and_no_value_as_null() -> None:
    report, strategy = told(GOALS)
    document = goals_document(MOMENT, report, strategy)
    money = document["goals"][0]
    assert (money["reached"], money["gap"], money["value"]) == ("250.00", "750.00", "1000.00")
    assert (money["hit_probability"], money["coverage"], money["needed_28d"]) == (None, None, None)
    assert document["goals"][1]["reached"] == 7.0


@pytest.mark.parametrize(
    "bp, text", [(0, "< 1 %"), (99, "< 1 %"), (100, "1.0 %"), (4_000, "40 %"), (9_950, "> 99 %")]
)
def test_a_chance_is_never_told_as_a_certainty(bp: int, text: str) -> None:
    assert chance(bp) == text


def test_a_figure_has_its_unit() -> None:
    report, _ = told(GOALS)
    assert figure(None, report.standings[0], "USD") == "no value"
    assert figure(123_456, report.standings[0], "USD") == "1,235 USD"
