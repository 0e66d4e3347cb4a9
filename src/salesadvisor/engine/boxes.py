"""What is the one normal form of rules, which every engine, the lint and the explanations share?

A rule becomes a union of boxes. A box asks one thing of each signal that it names: a value in
[low, high] that is not one of a few excluded codes. That form is closed under intersection, so a
conjunction never asks twice about one signal. Unknown is a cell of its own, [UNKNOWN, UNKNOWN],
and no other range contains it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise
from typing import Final, assert_never

from salesadvisor.domain.rules import All, Any, Condition, Not, Rule, Test
from salesadvisor.domain.signals import UNKNOWN
from salesadvisor.errors import PlaybookError

LOWEST: Final = UNKNOWN + 1
HIGHEST: Final = (1 << 63) - 1
CODES: Final = 62
"""Values 0..61 can be excluded one by one; any other exclusion splits a range in two."""
MAX_CONJUNCTIONS: Final = 60
_MAX_ON_THE_WAY: Final = 300  # before boxes that lie inside others are dropped

Conjunction = tuple["Leaf", ...]
Row = Mapping[str, int | None]
"""Signals by name. Left out, None and UNKNOWN all mean unknown."""


@dataclass(frozen=True, slots=True, order=True)
class Leaf:
    """What a box asks of one signal (its column): low <= value <= high, and not an excluded code.

    Bit c of `excluded` excludes the value c. Made by `leaf`, a Leaf is never empty and has one form
    only: neither end is excluded, and no bit lies outside of the range.
    """

    signal: int
    low: int
    high: int
    excluded: int = 0

    def holds(self, value: int) -> bool:
        """Whether a value (UNKNOWN included) is inside."""
        if not self.low <= value <= self.high:
            return False
        return not (0 <= value < CODES and self.excluded >> value & 1)

    def meet(self, other: Leaf) -> Leaf | None:
        """What both ask together; None when no value can satisfy both."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        return leaf(self.signal, low, high, self.excluded | other.excluded)

    def covers(self, other: Leaf) -> bool:
        """Whether every value of the other is one of this."""
        return self.meet(other) == other

    @property
    def is_null(self) -> bool:
        """Whether it asks for an unknown value."""
        return self.low == UNKNOWN

    @property
    def ranges(self) -> tuple[tuple[int, int], ...]:
        """The same as ranges without exclusions, ascending and apart from each other."""
        return _ranges_between(self.low, self.high, self.excluded_codes)

    @property
    def excluded_codes(self) -> tuple[int, ...]:
        """The codes of `excluded`, ascending."""
        return tuple(code for code in range(CODES) if self.excluded >> code & 1)


@dataclass(frozen=True, slots=True)
class Box:
    """One way for a rule to fire: every leaf holds. Leaves are in order of signal, one each."""

    rule: int
    leaves: Conjunction

    def holds(self, row: Sequence[int]) -> bool:
        """Whether a signals row (UNKNOWN for unknown) is inside."""
        return all(leaf.holds(row[leaf.signal]) for leaf in self.leaves)

    def covers(self, other: Box) -> bool:
        """Whether every row of the other is one of this."""
        return _covers(self.leaves, other.leaves)

    def meets(self, other: Box) -> bool:
        """Whether some row is inside both."""
        return _meet(self.leaves, other.leaves) is not None


@dataclass(frozen=True, slots=True)
class BoxSet:
    """Rules with their boxes. `boxes` are in order of rule; a rule that can't fire has none."""

    rules: tuple[Rule, ...]
    signals: tuple[str, ...]
    boxes: tuple[Box, ...]

    def boxes_of(self, rule: int) -> tuple[Box, ...]:
        """The boxes of the rule with that index."""
        return tuple(box for box in self.boxes if box.rule == rule)

    def row(self, values: Row) -> list[int]:
        """A signals row in column order; what `values` lacks, or has as None, is UNKNOWN."""
        read = (values.get(name) for name in self.signals)
        return [UNKNOWN if value is None else value for value in read]


def compile_rules(rules: Iterable[Rule], signal_index: Mapping[str, int]) -> BoxSet:
    """The rules as boxes over the columns of `signal_index`, rules in the order given.

    Every rule given is compiled: leave out those that are not effective. Raises PlaybookError, with
    the rule's place, for a signal without a column, an id used twice, or a rule that needs more
    than 60 boxes.
    """
    compiled = tuple(rules)
    _no_id_twice(compiled)
    return BoxSet(
        rules=compiled,
        signals=tuple(sorted(signal_index, key=signal_index.__getitem__)),
        boxes=tuple(
            Box(index, conjunction)
            for index, rule in enumerate(compiled)
            for conjunction in conjunctions_of(rule, signal_index)
        ),
    )


def conjunctions_of(rule: Rule, signal_index: Mapping[str, int]) -> tuple[Conjunction, ...]:
    """A rule's disjunctive normal form; errors as for `compile_rules`."""
    found = _Normalizer(rule, signal_index).boxes_of(rule.when)
    if len(found) > MAX_CONJUNCTIONS:
        raise _too_many(rule, f"{len(found)}")
    return tuple(found)


def leaf(signal: int, low: int, high: int, excluded: int = 0) -> Leaf | None:
    """A leaf in its one form; None when nothing is left."""
    while 0 <= low < CODES and low <= high and excluded >> low & 1:
        low += 1
    while 0 <= high < CODES and low <= high and excluded >> high & 1:
        high -= 1
    if low > high:
        return None
    first, last = max(low, 0), min(high, CODES - 1)
    window = (1 << last + 1) - (1 << first) if first <= last else 0
    return Leaf(signal, low, high, excluded & window)


def leaves_of(test: Test, signal: int) -> list[Leaf]:
    """The leaves of which one must hold for the test to be true."""
    found: list[Leaf | None]
    match test.op:
        case "is_null":
            found = [leaf(signal, UNKNOWN, UNKNOWN)]
        case "not_null":
            found = [leaf(signal, LOWEST, HIGHEST)]
        case "eq":
            found = [leaf(signal, test.number, test.number)]
        case "ne":
            found = _all_but(signal, (test.number,))
        case "lt":
            found = [leaf(signal, LOWEST, test.number - 1)]
        case "le":
            found = [leaf(signal, LOWEST, test.number)]
        case "gt":
            found = [leaf(signal, test.number + 1, HIGHEST)]
        case "ge":
            found = [leaf(signal, test.number, HIGHEST)]
        case "between":
            low, high = test.numbers
            found = [leaf(signal, low, high)]
        case "in":
            found = _one_of(signal, test.numbers)
        case "not_in":
            found = _all_but(signal, test.numbers)
        case _:
            assert_never(test.op)
    return [one for one in found if one is not None]


def negated(test: Test) -> Condition:
    """A condition that is true exactly when the test is false, and unknown when it is unknown."""
    signal, value = test.signal, test.value
    match test.op:
        case "eq":
            return Test(signal, "ne", value)
        case "ne":
            return Test(signal, "eq", value)
        case "lt":
            return Test(signal, "ge", value)
        case "le":
            return Test(signal, "gt", value)
        case "gt":
            return Test(signal, "le", value)
        case "ge":
            return Test(signal, "lt", value)
        case "between":
            low, high = test.numbers
            return Any((Test(signal, "lt", low), Test(signal, "gt", high)))
        case "in":
            return Test(signal, "not_in", value)
        case "not_in":
            return Test(signal, "in", value)
        case "is_null":
            return Test(signal, "not_null")
        case "not_null":
            return Test(signal, "is_null")
        case _:
            assert_never(test.op)


class _Normalizer:
    """Turns one rule's condition into boxes; `negate` carries a `not` down to the tests.

    That is sound because a rule fires on TRUE only: where a test is unknown, neither it nor its
    negation is true.
    """

    def __init__(self, rule: Rule, signal_index: Mapping[str, int]) -> None:
        self._rule = rule
        self._signal_index = signal_index

    def boxes_of(self, condition: Condition, negate: bool = False) -> list[Conjunction]:
        match condition:
            case Test():
                if negate:
                    return self.boxes_of(negated(condition))
                return [(one,) for one in leaves_of(condition, self._column(condition))]
            case Not(item):
                return self.boxes_of(item, not negate)
            case All(items):
                return self._union(items, negate) if negate else self._product(items, negate)
            case Any(items):
                return self._product(items, negate) if negate else self._union(items, negate)
            case _:
                assert_never(condition)

    def _union(self, items: tuple[Condition, ...], negate: bool) -> list[Conjunction]:
        return self._tidy([box for item in items for box in self.boxes_of(item, negate)])

    def _product(self, items: tuple[Condition, ...], negate: bool) -> list[Conjunction]:
        boxes: list[Conjunction] = [()]
        for alternatives in sorted((self.boxes_of(item, negate) for item in items), key=len):
            met = (_meet(box, other) for box in boxes for other in alternatives)
            boxes = self._tidy([box for box in met if box is not None])
        return boxes

    def _tidy(self, boxes: list[Conjunction]) -> list[Conjunction]:
        distinct = list(dict.fromkeys(boxes))
        if len(distinct) > _MAX_ON_THE_WAY:
            raise _too_many(self._rule, f"more than {_MAX_ON_THE_WAY}")
        return [
            box
            for box in distinct
            if not any(other is not box and _covers(other, box) for other in distinct)
        ]

    def _column(self, test: Test) -> int:
        column = self._signal_index.get(test.signal)
        if column is None:
            near = get_close_matches(test.signal, self._signal_index, n=1)
            cure = f"did you mean '{near[0]}'?" if near else "docs/signals.md lists them all"
            place = test.place or _place(self._rule)
            raise PlaybookError(place, f"unknown signal '{test.signal}'", cure)
        return column


def _meet(box: Conjunction, other: Conjunction) -> Conjunction | None:
    leaves = {leaf.signal: leaf for leaf in box}
    for one in other:
        mine = leaves.get(one.signal)
        met = one if mine is None else mine.meet(one)
        if met is None:
            return None
        leaves[one.signal] = met
    return tuple(sorted(leaves.values()))


def _covers(box: Conjunction, other: Conjunction) -> bool:
    if len(box) > len(other):
        return False
    theirs = {leaf.signal: leaf for leaf in other}
    return all(one.signal in theirs and one.covers(theirs[one.signal]) for one in box)


def _one_of(signal: int, numbers: tuple[int, ...]) -> list[Leaf | None]:
    codes = sorted({number for number in numbers if 0 <= number < CODES})
    others = sorted(set(numbers) - set(codes))
    found = [leaf(signal, low, high) for low, high in _runs(others)]
    if codes:
        wanted = sum(1 << code for code in codes)
        found.append(leaf(signal, codes[0], codes[-1], (1 << CODES) - 1 & ~wanted))
    return found


def _all_but(signal: int, numbers: tuple[int, ...]) -> list[Leaf | None]:
    excluded = sum(1 << code for code in {number for number in numbers if 0 <= number < CODES})
    others = sorted({number for number in numbers if not 0 <= number < CODES})
    return [
        leaf(signal, low, high, excluded) for low, high in _ranges_between(LOWEST, HIGHEST, others)
    ]


def _ranges_between(low: int, high: int, holes: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """[low, high] without the holes, which are ascending and inside."""
    edges = [low - 1, *holes, high + 1]
    return tuple((left + 1, right - 1) for left, right in pairwise(edges) if right - left > 1)


def _runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Ascending numbers as ranges of neighbours."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def _place(rule: Rule) -> str:
    return rule.place or f"rule '{rule.id}'"


def _too_many(rule: Rule, count: str) -> PlaybookError:
    problem = f"rule '{rule.id}' has {count} alternatives after its conditions are multiplied out"
    cure = f"split it into rules of at most {MAX_CONJUNCTIONS}"
    return PlaybookError(_place(rule), problem, cure)


def _no_id_twice(rules: Sequence[Rule]) -> None:
    seen: dict[str, Rule] = {}
    for rule in rules:
        if rule.id in seen:
            where = f"the other is at {_place(seen[rule.id])}"
            raise PlaybookError(_place(rule), f"rule id '{rule.id}' is used twice", where)
        seen[rule.id] = rule
