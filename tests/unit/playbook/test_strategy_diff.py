"""Is every difference between two strategies told, once, in words and by name?"""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from salesadvisor.domain.strategy import Strategy
from salesadvisor.playbook.playbook import find_playbook, load_playbook
from salesadvisor.playbook.strategy_diff import diff

SHIPPED = load_playbook(find_playbook("clinical_research")).strategy
CONTENT = SHIPPED.model_dump(mode="json", by_alias=True)
MISSING = object()


def changed(path: str, value: Any) -> Strategy:
    """The shipped strategy with another value at a dotted path; items of lists go by position."""
    content = copy.deepcopy(CONTENT)
    *way, last = (int(key) if key.isdecimal() else key for key in path.split("."))
    place: Any = content
    for key in way:
        place = place[key]
    if value is MISSING:
        del place[last]
    elif callable(value):
        place[last] = value(place[last])
    else:
        place[last] = value
    return Strategy.model_validate(content)


STAGES = "process.pipelines.0.stages"


@pytest.mark.parametrize(
    "path, value, told",
    [
        (f"{STAGES}.3.limit_days", 5, "* process Stage rfp_received: limit 7 -> 5 days"),
        (f"{STAGES}.3.limit_days", None, "* process Stage rfp_received: limit 7 days -> none"),
        (f"{STAGES}.1.late", True, "* process Stage cda_signed: late no -> yes"),
        (
            f"{STAGES}.5.required_fields",
            ["quote", "account"],
            "* process Stage proposal_submitted: required fields account added; competitor removed",
        ),
        (
            f"{STAGES}.5.required_fields",
            ["competitor", "quote"],
            "~ process Stage proposal_submitted: order of required fields quote, competitor ->"
            " competitor, quote",
        ),
        (
            "target_market.tiers.0.effort_share_percent",
            45,
            "* target_market Tier core: effort share 50 % -> 45 %",
        ),
        (
            "target_market.tiers.2.where",
            {"phase": "III", "region": "europe"},
            "* target_market Tier opportunistic: phase I, II, III -> III"
            " | + target_market Tier opportunistic: region none -> europe",
        ),
        (
            "competition.competitors",
            lambda rivals: [one for one in rivals if one["name"] != "Meridia"],
            "- competition Competitor Meridia removed",
        ),
        (
            "competition.competitors",
            lambda rivals: [{"name": "Zenith"}, *rivals],
            "+ competition Competitor Zenith added",
        ),
        (
            "target_market.tiers",
            lambda tiers: tiers[::-1],
            "~ target_market Order of tiers core, growth, opportunistic -> opportunistic, growth,"
            " core",
        ),
        ("pricing.floor_margin_percent", 24.5, "* pricing Floor margin 22 % -> 24.5 %"),
        ("pricing.rate_card.data_manager_hour", 125,
         "* pricing Rate data_manager_hour: 120 -> 125"),
        ("pricing.rate_card.data_manager_hour", MISSING,
         "- pricing Rate data_manager_hour: 120 -> none"),
        (
            "pricing.discount_authority.2.percent",
            18,
            "* pricing Discount authority of executive: 20 % -> 18 %",
        ),
        (
            "conversations.by_stage.go_no_go",
            ["timeline", "risk"],
            "+ conversations Topics at go_no_go: risk added",
        ),
        ("weights.closing", 1.5, "+ general Weight of closing: none -> 1.5"),
        ("currency", "EUR", "* general Currency USD -> EUR"),
        ("calendar.timezone", "Europe/Berlin", "* general Timezone UTC -> Europe/Berlin"),
        ("thresholds.stalled.percentile", 75,
         "* general Learned limit stalled: percentile 80 -> 75"),
        ("thresholds.stalled.else", 40, "* general Learned limit stalled: else 30 -> 40"),
        ("goals.0.due", "2027-03-31", "* goals Goal awards_2026: due 2026-12-31 -> 2027-03-31"),
        (
            "activity.standards.0.min_per_week",
            3,
            "* activity Activity standard for core: min per week 2 -> 3",
        ),
        (
            "accountability.away",
            [{"rep": "Ada Abend", "from": "2026-08-01", "to": "2026-08-09"}],
            "+ accountability Absence of Ada Abend from 2026-08-01 added",
        ),
        ("accountability.reps", {"Ada Abend": 90},
         "+ accountability Minutes a week of Ada Abend: none -> 90"),
        (
            "strategy_review.approved_on",
            "2026-06-01",
            "* comprehensive Approved on 2026-01-12 -> 2026-06-01",
        ),
        ("process.constraints.0.within_days", 10,
         "* process Order of events quote_followed_up: within 7 -> 10 days"),
        (
            "process.pipelines.0.allowed_moves.1.to",
            ["rfp_received", "go_no_go"],
            "+ process Moves from cda_signed: to go_no_go added",
        ),
    ],
)  # fmt: skip
def test_a_change_is_told_in_words(path: str, value: Any, told: str) -> None:
    marks = {"added": "+", "removed": "-", "changed": "*", "moved": "~"}
    found = diff(SHIPPED, changed(path, value))
    assert " | ".join(f"{marks[one.kind]} {one.element} {one.text}" for one in found) == told


def test_a_new_part_tells_its_numbers() -> None:
    stage = {"name": "pilot", "limit_days": 9, "target_days": 4, "late": False}
    found = diff(SHIPPED, changed(STAGES, lambda stages: [*stages[:1], stage, *stages[1:]]))
    assert [one.text for one in found] == ["Stage pilot added (limit 9 days, target 4 days)"]
    assert found[0].at == "process.pipelines.bids.stages.pilot"


def test_a_change_names_its_path_and_both_values() -> None:
    (one,) = diff(SHIPPED, changed(f"{STAGES}.3.limit_days", 5))
    assert (one.at, one.before, one.after) == (
        "process.pipelines.bids.stages.rfp_received.limit_days", "7", "5",
    )  # fmt: skip


def test_equal_strategies_differ_in_nothing() -> None:
    assert diff(SHIPPED, Strategy.model_validate(CONTENT)) == ()


def leaves(value: Any, path: tuple[str, ...] = ()) -> list[tuple[str, Any]]:
    """Every number, yes/no and day of the strategy with its dotted path."""
    match value:
        case dict():
            pairs = list(value.items())
        case list():
            pairs = list(enumerate(value))
        case bool() | int():
            return [(".".join(path), value)]
        case _:
            return []
    return [leaf for key, inner in pairs for leaf in leaves(inner, (*path, str(key)))]


NUMBERS = [
    (path, value) for path, value in leaves(CONTENT)
    if not isinstance(value, bool) and "where" not in path and not path.endswith(".most")
]  # fmt: skip


@given(st.sampled_from(NUMBERS))
def test_any_number_that_changes_is_told_once_with_both_values(leaf: tuple[str, int]) -> None:
    path, value = leaf
    after = changed(path, value + 1)
    found = diff(SHIPPED, after)
    assert after.content_hash != SHIPPED.content_hash
    assert len(found) == 1
    if not path.startswith("horizons"):
        assert f"{value:,} -> {value + 1:,}" in found[0].text
    back = diff(after, SHIPPED)
    assert [(one.after, one.before) for one in back] == [(one.before, one.after) for one in found]


def mutated(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str() if value.replace(".", "").isdecimal():
            return f"{float(value) + 0.5:g}"
        case _:
            return f"{value} too"


def every_leaf(value: Any, path: tuple[str, ...] = ()) -> list[str]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    return [
        leaf
        for key, inner in pairs
        for leaf in (
            every_leaf(inner, (*path, str(key)))
            if isinstance(inner, dict | list)
            else [".".join((*path, str(key)))]
        )
    ]


def at(path: str) -> Any:
    value: Any = CONTENT
    for key in path.split("."):
        value = value[int(key) if isinstance(value, list) else key]
    return value


def test_whatever_changes_the_hash_is_told() -> None:
    tried = 0
    for path in every_leaf(CONTENT):
        for change in (mutated(at(path)), MISSING):
            try:
                after = changed(path, change)
            except ValidationError:  # no strategy any more
                continue
            if after.content_hash != SHIPPED.content_hash:
                tried += 1
                assert diff(SHIPPED, after) != (), path
    assert tried > 400


def test_of_two_items_of_one_name_neither_is_lost() -> None:
    standard = {"tier": "core", "max_silent_days": 5}
    before, after = (
        changed("activity.standards", [standard, {**standard, "max_silent_days": days}])
        for days in (6, 7)
    )
    assert [one.text for one in diff(before, after)] == [
        "Activity standard for core (2): max silent 6 -> 7 days"
    ]


def test_with_several_pipelines_a_stage_is_told_with_its_own() -> None:
    def two(days: int) -> Strategy:
        second = {"name": "renewals", "stages": [{"name": "loi", "limit_days": days}]}
        return changed("process.pipelines", lambda pipelines: [*pipelines, second])

    assert [one.text for one in diff(two(5), two(6))] == [
        "Stage loi of renewals: limit 5 -> 6 days"
    ]


def test_a_holiday_more_is_told_among_the_general_parts() -> None:
    found = diff(SHIPPED, changed("calendar.holidays", lambda days: [*days, date(2027, 1, 1)]))
    assert [(one.element, one.text) for one in found] == [("general", "Holidays: 2027-01-01 added")]
