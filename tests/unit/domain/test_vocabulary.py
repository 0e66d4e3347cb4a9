"""Do signals read to people as they should under a strategy?"""

import pytest

from salesadvisor.domain.signals import CATALOGUE
from salesadvisor.domain.strategy import Strategy
from salesadvisor.domain.vocabulary import codes_of, names_in, shown, told, vocabulary, words_of

STRATEGY = Strategy.model_validate(
    {
        "name": "small",
        "currency": "EUR",
        "attributes": {
            "phase": {"values": ["I", "II"]},
            "beds": {"number": True, "unit": "beds"},
        },
        "target_market": {"tiers": [{"name": "core", "where": {"phase": "II"}}]},
        "process": {
            "pipelines": [
                {"name": "new", "stages": [{"name": "offer"}, {"name": "last"}]},
                {"name": "renewal", "stages": [{"name": "offer"}]},
            ]
        },
    }
)
WORDS = vocabulary(STRATEGY)


def test_attributes_follow_the_catalogue_in_order_of_name() -> None:
    names = [spec.name for spec in CATALOGUE]
    assert list(words_of(STRATEGY, "deal")) == [*names, "attribute.beds", "attribute.phase"]


def test_a_stage_name_that_pipelines_share_has_several_codes() -> None:
    assert codes_of(WORDS["stage"], "offer") == (0, 2)
    assert codes_of(WORDS["stage"], "none") == ()


@pytest.mark.parametrize(
    "signal, value, text",
    [
        ("days_in_stage", 12, "12"),
        ("days_in_stage", None, "unknown"),
        ("stage", 1, "last"),
        ("tier", 0, "core"),
        ("attribute.phase", 1, "II"),
        ("attribute.beds", 300, "300"),
        ("next_step_set", 0, "no"),
        ("forecast_category", 3, "commit"),
        ("discount_bp", 1250, "12.5 %"),
        ("discount_bp", 1000, "10 %"),
        ("amount_to_median_permille", 3200, "320 %"),
        ("amount_minor", 123_456_789, "1,234,567 EUR"),
    ],
)
def test_a_value_reads_as_people_say_it(signal: str, value: int | None, text: str) -> None:
    assert shown(WORDS[signal], value, "EUR") == text


def test_an_amount_without_minor_units_is_whole() -> None:
    assert shown(WORDS["amount_minor"], 5000, "JPY") == "5,000 JPY"


def test_a_template_is_told_with_the_values_of_a_row() -> None:
    template = "{days_in_stage} days in {stage}, phase {attribute.phase} {{sic}}"
    assert names_in(template) == ("days_in_stage", "stage", "attribute.phase")
    row = {"days_in_stage": 3, "stage": 1}
    assert told(template, row, WORDS, "EUR") == "3 days in last, phase unknown {sic}"
