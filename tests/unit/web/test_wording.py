"""Do figures read as people write them?"""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from salesadvisor.study.scoreboard.measure import Figure, Plan, Unit, measured
from salesadvisor.web import wording
from salesadvisor.web.palette import stage_colours


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    "value, text",
    [
        (None, "no amount"),
        (0, "0 USD"),
        (950.4, "950 USD"),
        (9_876, "9 876 USD"),
        (12_345, "12.3 k USD"),
        (1_895_791, "1.90 M USD"),
        (166_081_000, "166 M USD"),
        (-2_500_000_000, "-2.50 bn USD"),
    ],
)
def test_money_has_three_digits(value: float | None, text: str) -> None:
    assert plain(wording.money(value, "USD")) == text


@pytest.mark.parametrize(
    "value, text", [(None, "–"), (0, "0 %"), (2.08, "2.1 %"), (9.96, "10 %"), (66.7, "67 %")]
)
def test_small_percentages_have_one_digit_more(value: float | None, text: str) -> None:
    assert plain(wording.percent(value)) == text


@pytest.mark.parametrize(
    "unit, figure, plan, said, planned",
    [
        ("%", Figure(35.0, 9), Plan("near", 50.0), "35 %", "50 ± 10 %"),
        ("%", Figure(35.0, 9), Plan("at most", 20.0), "35 %", "≤ 20 %"),
        ("days", Figure(1.0, 9), Plan("at most", 3.0), "1 day", "≤ 3 days"),
        ("money", Figure(2e6, 9), Plan("at least", 1e6), "2.00 M USD", "≥ 1.00 M USD"),
        ("per week", Figure(10.25, 41), Plan("at least", 6.0), "10.2 a week", "≥ 6 a week"),
        ("count", Figure(2147.0, 9), None, "2,147", ""),
        ("%", Figure(None, 0), Plan("at most", 20.0), "", ""),
    ],
)
def test_a_measure_says_its_figure_and_its_plan(
    unit: Unit, figure: Figure, plan: Plan | None, said: str, planned: str
) -> None:
    found = measured("label", unit, figure, "deals", plan=plan)
    assert plain(wording.figure(found, "USD")) == said
    assert plain(wording.plan(found, "USD")) == planned


def test_an_estimate_says_its_interval_and_a_count_has_none() -> None:
    rate = measured("label", "%", Figure(56.0, 100, 46.2, 65.0), "deals")
    assert plain(wording.interval(rate, "USD")) == "95 % interval 46 % to 65 %"
    assert wording.interval(measured("label", "%", Figure(5.0, 9), "deals"), "USD") == ""


def test_names_lose_their_underscores_and_signs_stay_with_their_number() -> None:
    assert wording.sentence("go_no_go is at 5 %") == "Go no go is at 5\u00a0%"
    assert plain(wording.day(date(2026, 6, 3))) == "3 Jun 2026"
    assert (wording.log_odds(0.5), wording.log_odds(-0.314)) == ("+0.50", "−0.31")


@pytest.mark.parametrize("count", [1, 2, 8, 30])
def test_stages_grow_darker_step_by_step(count: int) -> None:
    colours = stage_colours(count)
    assert len(set(colours)) == count
    lightness = [_lightness(colour) for colour in colours]
    assert all(early > late for early, late in pairwise(lightness))


def _lightness(colour: str) -> float:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
