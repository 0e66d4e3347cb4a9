"""Why does a rule fire on a row, or how far is it from firing?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, assert_never

from salesadvisor.domain.rules import (
    All,
    Any,
    Condition,
    Not,
    Rule,
    Test,
    all_of,
    any_of,
    each_test,
    verdict,
    verdict_of_test,
)
from salesadvisor.domain.signals import UNKNOWN
from salesadvisor.engine.algebra import Ranges, Space, intersection, parted, union, values_of
from salesadvisor.engine.boxes import HIGHEST, LOWEST, BoxSet, Leaf, Row

Labels = Mapping[str, tuple[str, ...]]
"""Labels of enumerated signals, by code."""

_NO_LABELS: Final[Labels] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Verdict:
    """One node of a condition: true, false or None for unknown, and the verdicts below it.

    `text` is the test ("days_in_stage gt 14") or the node's word (all, any, not). `value` is what
    the signal of a test was, None for unknown; `place` is the "file:line" of a test.
    """

    text: str
    verdict: bool | None
    signal: str | None = None
    value: int | None = None
    items: tuple[Verdict, ...] = ()
    place: str = ""


@dataclass(frozen=True, slots=True)
class LeafVerdict:
    """What a box asks of one signal, and what the row has.

    `gap` is how far the value is from the nearest one that holds, in the signal's unit: 0 if it
    holds, None if no distance can be told because the value is unknown or has to be.
    """

    signal: str
    asks: str
    value: int | None
    holds: bool
    gap: int | None


@dataclass(frozen=True, slots=True)
class Nearest:
    """The alternative of a rule that is nearest to firing; it fires when nothing is missing."""

    conjunction: int
    leaves: tuple[LeafVerdict, ...]

    @property
    def missing(self) -> tuple[LeafVerdict, ...]:
        """The leaves that do not hold."""
        return tuple(leaf for leaf in self.leaves if not leaf.holds)


@dataclass(frozen=True, slots=True)
class Flip:
    """One signal that alone decides: with one of `values` the rule would do the opposite."""

    signal: str
    value: int | None
    values: Ranges


def explain_rule(rule: Rule, row: Row) -> Verdict:
    """The rule's condition with the verdict of every node on a row of signals by name.

    A signal that is left out, None or UNKNOWN is unknown.
    """
    return explain_condition(rule.when, row)


def explain_condition(condition: Condition, row: Row) -> Verdict:
    """The same for a condition."""
    match condition:
        case Test(signal):
            value = _value(row, signal)
            return Verdict(
                str(condition), verdict_of_test(condition, value), signal, value,
                place=condition.place,
            )  # fmt: skip
        case Not(item):
            inner = explain_condition(item, row)
            return Verdict(
                "not", None if inner.verdict is None else not inner.verdict, items=(inner,)
            )
        case All(items):
            below = tuple(explain_condition(item, row) for item in items)
            return Verdict("all", all_of([item.verdict for item in below]), items=below)
        case Any(items):
            below = tuple(explain_condition(item, row) for item in items)
            return Verdict("any", any_of([item.verdict for item in below]), items=below)
        case _:
            assert_never(condition)


def nearest(boxset: BoxSet, rule: int, row: Row, *, labels: Labels = _NO_LABELS) -> Nearest | None:
    """Of the boxes of the rule with that index, the one nearest to holding; None if it has none.

    Nearest is: fewest leaves that fail, then fewest of them without a distance, then the smallest
    sum of gaps (a tie-break only: their units differ), then the first.
    """
    candidates = [
        Nearest(
            number, tuple(_leaf_verdict(leaf, boxset.signals, row, labels) for leaf in box.leaves)
        )
        for number, box in enumerate(boxset.boxes_of(rule))
    ]
    return min(candidates, key=_distance, default=None)


def flips(condition: Condition, row: Row, space: Space) -> tuple[Flip, ...]:
    """Every signal that could change whether the condition is true, all others left as they are.

    In the order of the text; the values are exact, within the bounds of the signal.
    """
    tests = list(each_test(condition))
    fires = verdict(condition, lambda name: _value(row, name)) is True
    found = []
    for signal in dict.fromkeys(test.signal for test in tests):
        cuts = [values_of(test) for test in tests if test.signal == signal]
        other = union(
            part
            for part in parted(space.domain(signal), cuts)
            if _fires_with(condition, row, signal, part[0]) is not fires
        )
        if other:
            found.append(Flip(signal, _value(row, signal), other))
    return tuple(found)


def _fires_with(condition: Condition, row: Row, signal: str, value: int) -> bool:
    changed = {**row, signal: value}
    return verdict(condition, lambda name: _value(changed, name)) is True


def asks_values(ranges: Ranges, signal: str, labels: Labels = _NO_LABELS) -> str:
    """Ranges for people: "15 or more", "rfi, rfp_received", "1 to 3 or unknown"."""
    names = labels.get(signal)
    if names is not None:
        known = [name for code, name in enumerate(names) if _within(code, ranges)]
        parts = [", ".join(known)] if known else []
    else:
        numbers = intersection(ranges, ((LOWEST, HIGHEST),))
        parts = [_asks_numbers(low, high) for low, high in numbers]
    if _within(UNKNOWN, ranges):
        parts.append("unknown")
    return " or ".join(parts)


def _within(value: int, ranges: Ranges) -> bool:
    return any(low <= value <= high for low, high in ranges)


def _asks_numbers(low: int, high: int) -> str:
    if low == high:
        return f"{low}"
    if (low, high) == (LOWEST, HIGHEST):
        return "known"
    if high == HIGHEST:
        return f"{low} or more"
    return f"{high} or less" if low == LOWEST else f"{low} to {high}"


def asks(leaf: Leaf, signal: str, labels: Labels = _NO_LABELS) -> str:
    """A leaf for people: "days_in_stage >= 15", "stage in [rfi, rfp_received]"."""
    if leaf.is_null:
        return f"{signal} is unknown"
    if (leaf.low, leaf.high, leaf.excluded) == (LOWEST, HIGHEST, 0):
        return f"{signal} is known"
    names = labels.get(signal)
    if names is not None:
        allowed = [name for code, name in enumerate(names) if leaf.holds(code)]
        return _asks_names(signal, allowed)
    if leaf.low == leaf.high:
        return f"{signal} = {leaf.low}"
    but = ", ".join(map(str, leaf.excluded_codes))
    if leaf.low == LOWEST and leaf.high == HIGHEST:
        return f"{signal} not in [{but}]" if "," in but else f"{signal} != {but}"
    return _asks_range(signal, leaf) + (f" but not in [{but}]" if but else "")


def _asks_names(signal: str, allowed: list[str]) -> str:
    return (
        f"{signal} = {allowed[0]}" if len(allowed) == 1 else f"{signal} in [{', '.join(allowed)}]"
    )


def _asks_range(signal: str, leaf: Leaf) -> str:
    if leaf.high == HIGHEST:
        return f"{signal} >= {leaf.low}"
    if leaf.low == LOWEST:
        return f"{signal} <= {leaf.high}"
    return f"{signal} between {leaf.low} and {leaf.high}"


def _leaf_verdict(leaf: Leaf, signals: tuple[str, ...], row: Row, labels: Labels) -> LeafVerdict:
    signal = signals[leaf.signal]
    value = _value(row, signal)
    return LeafVerdict(
        signal=signal,
        asks=asks(leaf, signal, labels),
        value=value,
        holds=leaf.holds(UNKNOWN if value is None else value),
        gap=_gap(leaf, value),
    )


def _gap(leaf: Leaf, value: int | None) -> int | None:
    if leaf.holds(UNKNOWN if value is None else value):
        return 0
    if value is None or leaf.is_null:
        return None
    return min(max(low - value, value - high) for low, high in leaf.ranges)


def _distance(candidate: Nearest) -> tuple[int, int, int]:
    gaps = [leaf.gap for leaf in candidate.missing]
    return len(gaps), gaps.count(None), sum(gap for gap in gaps if gap is not None)


def _value(row: Row, signal: str) -> int | None:
    value = row.get(signal)
    return None if value == UNKNOWN else value
