"""Do a strategy's codes and its hash follow from what it declares, and from nothing else?"""

import copy
from datetime import date
from typing import Any, get_args

import pytest

from salesadvisor.domain.elements import FALLING_METRICS, GOAL_UNITS, GoalMetric
from salesadvisor.domain.strategy import ELEMENTS, Strategy

CONTENT: dict[str, Any] = {
    "name": "small",
    "currency": "EUR",
    "attributes": {"b": {"values": ["x", "y"]}, "a": {"number": True}},
    "weights": {"closing": 1.5},
    "target_market": {"tiers": [{"name": "core", "where": {"a": {"ge": 3}, "b": ["x", "y"]}}]},
    "process": {
        "pipelines": [
            {
                "name": "new",
                "stages": [{"name": "first", "limit_days": 5}, {"name": "offer"}],
                "allowed_moves": [{"from": "offer", "to": ["first"]}],
            },
            {
                "name": "renewal",
                "stages": [{"name": "offer", "required_topics": ["price"]}],
            },
        ]
    },
    "pricing": {"discount_authority_percent": 7.5, "rate_card": {"hour": 120}},
    "conversations": {"topics": ["price", "team"], "by_stage": {"offer": ["team", "price"]}},
    "accountability": {"minutes_per_rep_week": 100, "reps": {"Ada": 40}},
    "calendar": {"holidays": [date(2026, 12, 25)]},
}


def strategy(**changes: Any) -> Strategy:
    return Strategy.model_validate({**copy.deepcopy(CONTENT), **changes})


def test_a_stage_code_is_the_place_in_all_pipelines() -> None:
    assert [(r.code, r.pipeline, r.name, r.rank, r.stage_count) for r in strategy().stages] == [
        (0, "new", "first", 0, 2),
        (1, "new", "offer", 1, 2),
        (2, "renewal", "offer", 0, 1),
    ]
    assert strategy().stage_code("new", "offer") == 1
    assert strategy().stage_code("renewal", "offer") == 2
    assert strategy().stage_code("renewal", "first") is None
    assert strategy().stage_code("nowhere", "offer") is None


def test_an_undeclared_pipeline_reads_as_the_only_one() -> None:
    one = {"pipelines": [{"name": "bids", "stages": [{"name": "a"}, {"name": "b"}]}]}
    assert strategy(process=one, conversations={}).stage_code("default", "b") == 1
    assert strategy(process=one, conversations={}).stage_code(None, "b") == 1


def test_topics_of_a_stage_come_from_the_stage_and_the_conversations() -> None:
    assert strategy().stages[2].required_topics == ("price", "team")


def test_a_match_has_one_form_and_inclusive_bounds() -> None:
    where = strategy().target_market.tiers[0].where
    assert where["b"].any_of == ("x", "y")
    assert where["a"].bounds == (3, None)
    between = {"a": {"gt": 2, "between": [1, 9], "lt": 8}}
    tiers = {"tiers": [{"name": "core", "where": between}]}
    assert strategy(target_market=tiers).target_market.tiers[0].where["a"].bounds == (3, 7)


def test_the_hash_does_not_depend_on_key_order_or_spelt_out_defaults() -> None:
    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: turned(value[key]) for key in reversed(value)}
        return [turned(item) for item in value] if isinstance(value, list) else value

    expected = strategy().content_hash
    assert len(expected) == 12
    assert Strategy.model_validate(turned(CONTENT)).content_hash == expected
    assert strategy(horizon_days=90, goals=[]).content_hash == expected
    assert strategy(pricing={"discount_authority_percent": "7.50", "rate_card": {"hour": 120.0}}
                    ).content_hash == expected  # fmt: skip


@pytest.mark.parametrize(
    "path, value",
    [
        ("name", "large"),
        ("currency", "USD"),
        ("horizon_days", 91),
        ("attributes.b.values", ["y", "x"]),
        ("attributes.a.unit", "sites"),
        ("weights.closing", 1.51),
        ("target_market.tiers.0.name", "heart"),
        ("target_market.tiers.0.where.a.ge", 4),
        ("target_market.tiers.0.where.b", ["x"]),
        ("process.pipelines.0.name", "other"),
        ("process.pipelines.1.name", "repeat"),
        ("process.pipelines.0.stages.0.limit_days", 6),
        ("process.pipelines.0.stages.1.late", True),
        ("process.pipelines.1.stages.0.required_topics", []),
        ("process.pipelines.0.allowed_moves.0.to", ["first", "offer"]),
        ("pricing.discount_authority_percent", 7.51),
        ("pricing.rate_card.hour", 121),
        ("conversations.by_stage.offer", ["price", "team"]),
        ("accountability.reps.Ada", 41),
        ("calendar.holidays", [date(2026, 12, 26)]),
    ],
)
def test_any_changed_value_changes_the_hash(path: str, value: Any) -> None:
    content = copy.deepcopy(CONTENT)
    *parents, last = [int(key) if key.isdigit() else key for key in path.split(".")]
    inner: Any = content
    for key in parents:
        inner = inner[key]
    inner[last] = value
    assert Strategy.model_validate(content).content_hash != strategy().content_hash


def test_a_published_strategy_reads_back_as_itself() -> None:
    published = strategy().model_dump(mode="json", by_alias=True, exclude_defaults=True)
    again = Strategy.model_validate(published)
    assert again == strategy()
    assert again.content_hash == strategy().content_hash


def test_a_rep_has_the_minutes_declared_for_him_or_the_usual_ones() -> None:
    accountability = strategy().accountability
    assert accountability.minutes_for("Ada") == 40
    assert accountability.minutes_for("Bram") == 100
    assert accountability.minutes_for(None) == 100


def test_an_element_weighs_1000_permille_unless_declared() -> None:
    assert strategy().weight_permille("closing") == 1500
    assert strategy().weight_permille("pricing") == 1000


def test_there_are_seventeen_elements_and_each_has_its_section() -> None:
    assert len(ELEMENTS) == 17
    sections = {name: name for name in ELEMENTS} | {"comprehensive": "strategy_review"}
    assert set(sections.values()) <= set(Strategy.model_fields)


def test_more_stages_than_codes_are_refused() -> None:
    stages = [{"name": f"s{n}"} for n in range(63)]
    with pytest.raises(ValueError, match="63 stages in all pipelines, at most 62"):
        strategy(process={"pipelines": [{"name": "p", "stages": stages}]}, conversations={})


def test_fields_that_are_not_used_do_not_change_the_hash() -> None:
    assert strategy().content_hash == "eb64a506e7a1"


def test_a_rep_is_away_from_the_first_day_to_the_last() -> None:
    away = [{"rep": "Ada", "from": "2026-08-03", "to": "2026-08-14"}]
    declared = strategy(accountability={"away": away}).accountability
    days = [date(2026, 8, 2), date(2026, 8, 3), date(2026, 8, 14), date(2026, 8, 15)]
    assert [declared.is_away("Ada", day) for day in days] == [False, True, True, False]
    assert not declared.is_away("Bo", days[1])
    assert not declared.is_away(None, days[1])


def test_entry_criteria_are_criteria_after_all_others() -> None:
    stages = [{"name": "a", "exit_criteria": ["x"]}, {"name": "b", "entry_criteria": ["y", "x"]}]
    process = {"pipelines": [{"name": "p", "stages": stages}]}
    declared = strategy(process=process, conversations={}, closing={"steps": ["z"]})
    assert declared.criterion_names == ("x", "z", "y")


def test_every_goal_metric_has_a_unit() -> None:
    assert set(GOAL_UNITS) == set(get_args(GoalMetric))
    assert set(GOAL_UNITS) > FALLING_METRICS
