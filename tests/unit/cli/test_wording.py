"""Do figures read as they should, and come out exact for programs?"""

from __future__ import annotations

import pytest

from salesadvisor.cli.signal_groups import ATTRIBUTES, grouped
from salesadvisor.cli.wording import amount, counted, decimal_text, percent, win_text
from salesadvisor.domain.signals import CATALOGUE
from salesadvisor.model.scorecard import WinProbability


@pytest.mark.parametrize(
    "minor, currency, shown, exact",
    [
        (189_579_100, "USD", "1,895,791 USD", "1895791.00"),
        (3_333, "EUR", "33.33 EUR", "33.33"),
        (3_300, "EUR", "33 EUR", "33.00"),
        (-5, "EUR", "-0.05 EUR", "-0.05"),
        (1_234, "JPY", "1,234 JPY", "1234"),
        (0, "USD", "0 USD", "0.00"),
    ],
)
def test_money_is_short_for_people_and_exact_for_programs(
    minor: int, currency: str, shown: str, exact: str
) -> None:
    assert amount(minor, currency) == shown
    assert decimal_text(minor, currency) == exact


@pytest.mark.parametrize(
    "basis_points, shown", [(4_012, "40 %"), (852, "8.5 %"), (4, "0.0 %"), (10_000, "100 %")]
)
def test_a_small_probability_has_a_decimal(basis_points: int, shown: str) -> None:
    assert percent(basis_points) == shown


def test_a_probability_says_its_interval_horizon_and_what_it_rests_on() -> None:
    win = WinProbability(4_000, 1_900, 6_500, 90, "scorecard", 1_214)
    assert win_text(win) == "40 % (19 to 65 %) within 90 days, learned from 1,214 deals"
    base = win._replace(kind="base_rate")
    assert win_text(base).endswith("deals, the base rate")


def test_counting_knows_one_from_many() -> None:
    assert [counted(n, "event") for n in (0, 1, 1_000)] == ["0 events", "1 event", "1,000 events"]


def test_every_signal_stands_under_a_heading_and_only_attributes_under_theirs() -> None:
    names = [*(spec.name for spec in CATALOGUE), "attribute.phase"]
    groups = grouped(names)
    assert [name for group in groups.values() for name in group] == names
    assert groups[ATTRIBUTES] == ["attribute.phase"]
    assert len(groups) > 10
