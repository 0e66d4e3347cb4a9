"""Random rules and rows for the engines: nested conditions, unknowns, codes, numbers to 2^53."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from salesadvisor.domain.rules import LARGEST, Action, All, Any, Condition, Not, Rule, Test

# Few values a signal, and literals beside them, so that tests are often just true or just false.
VALUES = {
    "stage": tuple(range(10)),
    "flag": (0, 1),
    "days": (-3, -1, 0, 1, 7, 14, 15, 61, 62, 63, 90),
    "permille": (-1000, 0, 999, 1000, 32_766, 32_767, 32_768, -32_768, -32_769),
    "amount": (0, 100_000, 2**31, 2**53 - 1, 2**53, -(2**53)),
    "attribute.phase": (0, 1, 2, 61),
}
SIGNALS = tuple(VALUES)
SIGNAL_INDEX = {name: index for index, name in enumerate(SIGNALS)}
COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")


DRAFT = Rule(
    id="draft",
    element="process",
    title="",
    when=All(()),
    because="",
    do="",
    action=Action(kind="call"),
    owner="sales operations",
)


def rule(identity: str, when: Condition, **fields: object) -> Rule:
    """A rule of which only the condition matters, and what else is given."""
    return replace(DRAFT, id=identity, when=when, place=f"rules/{identity}.yaml:1", **fields)


def rules(conditions: Iterable[Condition]) -> list[Rule]:
    return [rule(f"r{index:03}", when) for index, when in enumerate(conditions)]


def rows() -> SearchStrategy[dict[str, int | None]]:
    """About a quarter of the values unknown."""
    known = {name: st.sampled_from(values) for name, values in VALUES.items()}
    return st.fixed_dictionaries(
        {name: st.one_of(value, value, value, st.none()) for name, value in known.items()}
    )


def conditions() -> SearchStrategy[Condition]:
    def nested(inner: SearchStrategy[Condition]) -> SearchStrategy[Condition]:
        items = st.lists(inner, min_size=1, max_size=3).map(tuple)
        return st.one_of(items.map(All), items.map(Any), inner.map(Not))

    return st.recursive(single_tests(), nested, max_leaves=6)


@st.composite
def single_tests(draw: st.DrawFn) -> Test:
    signal = draw(st.sampled_from(SIGNALS))
    literal = st.sampled_from(VALUES[signal])
    op = draw(st.sampled_from((*COMPARISONS, "between", "in", "not_in", "is_null", "not_null")))
    if op in COMPARISONS:
        return Test(signal, op, draw(literal))
    if op == "between":
        return Test(signal, op, tuple(sorted((draw(literal), draw(literal)))))
    if op in ("in", "not_in"):
        return Test(signal, op, tuple(draw(st.lists(literal, min_size=1, max_size=3))))
    return Test(signal, op)


def seeded_condition(rng: np.random.Generator, depth: int = 4) -> Condition:
    """The same by a seed, for volumes that hypothesis would take minutes to draw."""
    kind = rng.integers(7) if depth else 6
    if kind < 2:
        return All(_seeded_items(rng, depth))
    if kind < 4:
        return Any(_seeded_items(rng, depth))
    if kind == 4:
        return Not(seeded_condition(rng, depth - 1))
    return _seeded_test(rng)


def seeded_row(rng: np.random.Generator) -> dict[str, int | None]:
    row: dict[str, int | None] = {}
    for name, values in VALUES.items():
        row[name] = None if rng.random() < 0.25 else values[rng.integers(len(values))]
        if name == "amount" and rng.random() < 0.3:
            row[name] = int(rng.integers(-LARGEST, LARGEST))
    return row


def _seeded_items(rng: np.random.Generator, depth: int) -> tuple[Condition, ...]:
    return tuple(seeded_condition(rng, depth - 1) for _ in range(rng.integers(1, 4)))


def _seeded_test(rng: np.random.Generator) -> Test:
    signal = SIGNALS[rng.integers(len(SIGNALS))]
    values = VALUES[signal]
    literals = [values[index] for index in rng.integers(len(values), size=3)]
    kind = rng.integers(10)
    if kind < 6:
        return Test(signal, COMPARISONS[kind], literals[0])
    if kind == 6:
        return Test(signal, "between", (min(literals), max(literals)))
    if kind < 9:
        return Test(signal, "in" if kind == 7 else "not_in", tuple(literals))
    return Test(signal, "is_null" if rng.random() < 0.5 else "not_null")
