"""Is what the algebra says of rules true of every row there is? Small spaces, counted out."""

from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesadvisor.domain.bounds import AtMost, Implies
from salesadvisor.domain.rules import All, Any, Condition, Not, Test
from salesadvisor.domain.signals import UNKNOWN
from salesadvisor.engine.algebra import Region, Space, regions_of
from tests.differential.rule_cases import rule
from tests.oracles.three_valued import truth

INDEX = {"a": 0, "b": 1, "c": 2}
NUMBERS = ((UNKNOWN, UNKNOWN), (0, 3))
PLAIN = Space({"a": NUMBERS, "b": NUMBERS, "c": ((0, 2),)})
TIED = Space(
    PLAIN.domains,
    (
        AtMost("a", "b"),
        Implies(Test("c", "eq", 2), Test("a", "is_null")),
        Implies(Test("b", "is_null"), Test("c", "in", (0, 2))),
    ),
)


def rows(space: Space) -> Iterator[dict[str, int | None]]:
    """Every row that the space allows."""
    numbers = (None, 0, 1, 2, 3)
    for a, b, c in product(numbers, numbers, (0, 1, 2)):
        if space is TIED:
            if a is not None and b is not None and a > b:
                continue
            if (c == 2 and a is not None) or (b is None and c == 1):
                continue
        yield {"a": a, "b": b, "c": c}


def single_tests() -> st.SearchStrategy[Test]:
    value = st.integers(-1, 4)
    single = st.sampled_from(("eq", "ne", "lt", "le", "gt", "ge"))
    signal = st.sampled_from(tuple(INDEX))
    return st.one_of(
        st.builds(Test, signal, single, value),
        st.builds(Test, signal, st.sampled_from(("is_null", "not_null"))),
        st.builds(
            Test,
            signal,
            st.sampled_from(("in", "not_in")),
            st.lists(value, min_size=1, max_size=3).map(tuple),
        ),
    )


def nested(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    items = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.one_of(items.map(All), items.map(Any), inner.map(Not))


conditions = st.recursive(single_tests(), nested, max_leaves=6)
spaces = st.sampled_from((PLAIN, TIED))


def regions(when: Condition) -> tuple[Region, ...]:
    return regions_of(rule("r", when), INDEX)


def fires(when: Condition, space: Space) -> list[dict[str, int | None]]:
    return [row for row in rows(space) if truth(when, row) is True]


@given(conditions, spaces)
def test_a_point_is_found_exactly_where_a_row_fires(when: Condition, space: Space) -> None:
    point = space.point_in(regions(when))
    firing = fires(when, space)
    assert (point is None) == (firing == [])
    if point is not None:
        assert any(point.items() <= row.items() for row in firing)


@given(conditions, conditions, spaces)
def test_one_rule_covers_another_exactly_where_each_row_says_so(
    one: Condition, other: Condition, space: Space
) -> None:
    mine, theirs = fires(one, space), fires(other, space)
    covers = all(row in mine for row in theirs)
    assert space.covers(regions(one), regions(other)) == covers
    assert space.same(regions(one), regions(other)) == (mine == theirs)


@given(conditions, conditions, spaces)
def test_two_rules_meet_exactly_where_a_row_fires_both(
    one: Condition, other: Condition, space: Space
) -> None:
    both = [row for row in fires(one, space) if truth(other, row) is True]
    point = space.meeting(regions(one), regions(other))
    assert (point is None) == (both == [])
    if point is not None:
        assert any(point.items() <= row.items() for row in both)


def test_a_chain_of_links_is_followed_through_signals_that_nobody_names() -> None:
    chain = Space(dict.fromkeys("abc", ((0, 99),)), (AtMost("a", "b"), AtMost("b", "c")))
    assert chain.point_in([{"a": ((5, 9),), "c": ((0, 5),)}]) is not None
    assert chain.point_in([{"a": ((5, 9),), "c": ((0, 4),)}]) is None


@pytest.mark.parametrize(
    "when, is_always",
    [
        (All(()), True),
        (Test("c", "le", 2), True),
        (Test("a", "ge", 0), False),
        (Any((Test("a", "is_null"), Test("a", "ge", 0))), True),
    ],
)
def test_a_condition_that_is_always_true_covers_the_empty_region(
    when: Condition, is_always: bool
) -> None:
    assert PLAIN.covers(regions(when), [{}]) == is_always
