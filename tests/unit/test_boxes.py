"""Rules as unions of boxes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesadvisor.domain.rules import All, Any, Condition, Not, Test
from salesadvisor.domain.signals import UNKNOWN
from salesadvisor.engine.boxes import (
    HIGHEST,
    LOWEST,
    MAX_CONJUNCTIONS,
    Leaf,
    compile_rules,
    leaf,
    leaves_of,
)
from salesadvisor.errors import PlaybookError
from tests.differential.rule_cases import SIGNAL_INDEX, rule, rules

STAGE, FLAG, DAYS = (SIGNAL_INDEX[name] for name in ("stage", "flag", "days"))


def boxes(when: Condition) -> list[tuple[Leaf, ...]]:
    return [box.leaves for box in compile_rules([rule("r", when)], SIGNAL_INDEX).boxes]


def test_tests_of_one_signal_become_one_range() -> None:
    when = All((Test("days", "gt", 7), Test("days", "le", 30), Test("days", "ne", 30)))

    assert boxes(when) == [(Leaf(DAYS, 8, 29),)]


def test_a_list_of_codes_stays_one_leaf() -> None:
    assert boxes(Test("stage", "in", (2, 5))) == [(Leaf(STAGE, 2, 5, 0b11000),)]
    assert boxes(Test("stage", "not_in", (2, 5))) == [(Leaf(STAGE, LOWEST, HIGHEST, 0b100100),)]


def test_an_excluded_value_beyond_the_codes_splits_the_range() -> None:
    assert boxes(Test("days", "ne", 90)) == [
        (Leaf(DAYS, LOWEST, 89),),
        (Leaf(DAYS, 91, HIGHEST),),
    ]


def test_neighbours_beyond_the_codes_are_one_range() -> None:
    assert boxes(Test("days", "in", (90, 92, 91, -1))) == [
        (Leaf(DAYS, -1, -1),),
        (Leaf(DAYS, 90, 92),),
    ]


def test_a_not_is_pushed_to_the_tests() -> None:
    when = Not(Any((Test("days", "between", (3, 5)), Test("flag", "eq", 1))))

    assert boxes(when) == [
        (Leaf(FLAG, LOWEST, HIGHEST, 0b10), Leaf(DAYS, LOWEST, 2)),
        (Leaf(FLAG, LOWEST, HIGHEST, 0b10), Leaf(DAYS, 6, HIGHEST)),
    ]


def test_no_range_contains_the_unknown_but_its_own_cell() -> None:
    assert boxes(Test("days", "is_null")) == [(Leaf(DAYS, UNKNOWN, UNKNOWN),)]
    assert not any(
        one.holds(UNKNOWN)
        for op in ("lt", "le", "ne", "gt")
        for one in leaves_of(Test("days", op, 5), DAYS)
    )


def test_a_rule_that_can_never_fire_has_no_box() -> None:
    assert boxes(All((Test("days", "is_null"), Test("days", "lt", 5)))) == []
    assert boxes(All((Test("days", "gt", 5), Test("days", "lt", 6)))) == []
    assert boxes(Test("days", "between", (5, 3))) == []


def test_a_box_inside_another_of_its_rule_is_dropped() -> None:
    when = Any((Test("days", "gt", 30), Test("days", "gt", 7), Test("days", "gt", 7)))

    assert boxes(when) == [(Leaf(DAYS, 8, HIGHEST),)]


def test_boxes_can_be_compared() -> None:
    inner, outer, apart = compile_rules(
        rules(
            [
                All((Test("days", "between", (5, 6)), Test("stage", "eq", 1))),
                Test("days", "gt", 4),
                All((Test("days", "lt", 5), Test("stage", "eq", 1))),
            ]
        ),
        SIGNAL_INDEX,
    ).boxes

    assert outer.covers(inner)
    assert not inner.covers(outer)
    assert inner.meets(outer)
    assert not inner.meets(apart)


def test_too_many_alternatives_are_refused_with_the_place_of_the_rule() -> None:
    pair = Any((Test("days", "ne", 90), Test("amount", "ne", 2**31)))
    wide = Any(tuple(Test("days", "eq", 100 + 2 * day) for day in range(MAX_CONJUNCTIONS + 1)))

    assert len(boxes(pair)) == 4
    with pytest.raises(PlaybookError, match=r"rules/r.yaml:1: rule 'r' has 61 alternatives.*split"):
        boxes(wide)


def test_a_blow_up_is_refused_before_it_fills_the_memory() -> None:
    signals = {f"s{index}": index for index in range(24)}
    when = All(
        tuple(
            Any((Test(f"s{2 * pair}", "eq", 1), Test(f"s{2 * pair + 1}", "eq", 1)))
            for pair in range(12)
        )
    )

    with pytest.raises(PlaybookError, match="more than 300 alternatives"):
        compile_rules([rule("r", when)], signals)


def test_an_unknown_signal_is_named_with_the_one_that_was_meant() -> None:
    written = Test("dayz", "gt", 1, place="rules/closing.yaml:14")

    with pytest.raises(PlaybookError) as refused:
        boxes(All((written,)))
    assert str(refused.value) == (
        "rules/closing.yaml:14: unknown signal 'dayz'; did you mean 'days'?"
    )


def test_two_rules_of_one_id_are_refused() -> None:
    twice = [rule("r", Test("days", "gt", 1)), rule("r", Test("days", "gt", 2))]

    with pytest.raises(PlaybookError, match="used twice"):
        compile_rules(twice, SIGNAL_INDEX)


SMALL = st.integers(-4, 66)


@settings(max_examples=300, derandomize=True)
@given(SMALL, SMALL, st.sets(st.integers(0, 61)), SMALL, SMALL, st.sets(st.integers(0, 61)))
def test_leaves_meet_cover_and_split_as_the_sets_they_stand_for(
    low: int, high: int, out: set[int], other_low: int, other_high: int, other_out: set[int]
) -> None:
    def bits(codes: set[int]) -> int:
        return sum(1 << code for code in codes)

    def values(one: Leaf | None) -> set[int]:
        return {value for value in range(-9, 75) if one is not None and one.holds(value)}

    mine, theirs = leaf(0, low, high, bits(out)), leaf(0, other_low, other_high, bits(other_out))

    assert values(mine) == set(range(low, high + 1)) - out
    if mine is not None and theirs is not None:
        assert values(mine.meet(theirs)) == values(mine) & values(theirs)
        assert mine.covers(theirs) == (values(mine) >= values(theirs))
        assert values(mine) == {v for a, b in mine.ranges for v in range(a, b + 1)}
