"""Would a rule's tests notice if its condition were a little different?

A mutant is the condition with one change: a threshold moved by one, an operator replaced by its
neighbour, a label more or less, all and any exchanged, a part dropped, a `not` removed. The tests
kill it when a case fails on it. A mutant that fires on the same rows as the rule, as far as the
bounds of the signals and their links allow any row, is the same rule and doesn't count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, assert_never

from salesadvisor.domain.bounds import links_of
from salesadvisor.domain.rules import LARGEST, All, Any, Condition, Not, Op, Rule, Test, verdict
from salesadvisor.domain.vocabulary import Vocabulary, written
from salesadvisor.engine.algebra import Point, Region, Space, regions_of, space_of
from salesadvisor.errors import PlaybookError
from salesadvisor.playbook.playbook import Playbook
from salesadvisor.playbook.rule_tests import Expected, RuleCase
from salesadvisor.study.condition_text import place_of, told

LEAST_KILLED_PERCENT: Final = 95

_NEIGHBOURS: Final[Mapping[Op, Op]] = MappingProxyType(
    {
        "lt": "le",
        "le": "lt",
        "gt": "ge",
        "ge": "gt",
        "eq": "ne",
        "ne": "eq",
        "in": "not_in",
        "not_in": "in",
        "is_null": "not_null",
        "not_null": "is_null",
    }
)
_ALWAYS: Final = All(())


@dataclass(frozen=True)
class Mutant:
    """A condition that differs from its rule's in one place, `place` "file:line"."""

    place: str
    change: str
    when: Condition


@dataclass(frozen=True)
class Survivor:
    """A mutant that passes every test, and a case that would tell it from the rule.

    `given` are values as a test writes them; None where the mutant has more alternatives than a
    rule may have.
    """

    mutant: Mutant
    given: Mapping[str, str] | None
    expect: Expected


@dataclass(frozen=True)
class MissingCase:
    """What to add to a rule's tests; `given` holds one value or more for each signal.

    `changes` are the mutants that it kills, `place` is that of the first.
    """

    place: str
    changes: tuple[str, ...]
    given: Mapping[str, tuple[str, ...]] | None
    expect: Expected

    @classmethod
    def of(cls, survivor: Survivor) -> MissingCase:
        given = survivor.given
        values = None if given is None else {name: (value,) for name, value in given.items()}
        return cls(survivor.mutant.place, (survivor.mutant.change,), values, survivor.expect)

    def with_same(self, other: MissingCase) -> MissingCase | None:
        """Both, if the same case kills them."""
        if not self.given or (self.given, self.expect) != (other.given, other.expect):
            return None
        return replace(self, changes=(*self.changes, *other.changes))

    def with_other(self, other: MissingCase) -> MissingCase | None:
        """Both as one case, if they stand in one line and differ in one signal."""
        mine, theirs = self.given, other.given
        if (self.place, self.expect) != (other.place, other.expect) or not mine or not theirs:
            return None
        differing = [name for name in mine if mine[name] != theirs.get(name)]
        if mine.keys() != theirs.keys() or len(differing) != 1:
            return None
        name = differing[0]
        values = tuple(dict.fromkeys((*mine[name], *theirs[name])))
        changes = (*self.changes, *other.changes)
        return replace(self, changes=changes, given={**mine, name: values})


@dataclass(frozen=True)
class Mutation:
    """What became of one rule's mutants; those that are the same rule count as `equal` only."""

    rule: Rule
    killed: int
    equal: int
    survivors: tuple[Survivor, ...]

    @property
    def count(self) -> int:
        """Mutants that differ from the rule."""
        return self.killed + len(self.survivors)

    @property
    def missing(self) -> tuple[MissingCase, ...]:
        """Cases that would kill the survivors, as few as can be told at a glance."""
        found: list[MissingCase] = []
        for survivor in self.survivors:
            case = MissingCase.of(survivor)
            for index, other in enumerate(found):
                merged = other.with_same(case) or other.with_other(case)
                if merged is not None:
                    found[index] = merged
                    break
            else:
                found.append(case)
        return tuple(found)


def killed_permille(found: Sequence[Mutation]) -> int | None:
    """Killed of all mutants that differ, rounded down; None if there is none."""
    count = sum(one.count for one in found)
    return sum(one.killed for one in found) * 1000 // count if count else None


def is_enough(found: Sequence[Mutation]) -> bool:
    """Whether at least 95 % of the mutants are killed; also where there is none."""
    permille = killed_permille(found)
    return permille is None or permille >= LEAST_KILLED_PERCENT * 10


def mutate(
    playbook: Playbook, cases: Sequence[RuleCase], only: str | None = None
) -> tuple[Mutation, ...]:
    """Every mutant of every rule that is switched on, against the playbook's own test cases.

    `only` names the one rule to look at.
    """
    space = space_of(playbook.words, links_of(playbook.strategy))
    return tuple(
        _mutation(rule, cases, playbook, space)
        for rule in playbook.rules
        if rule.enabled and only in (None, rule.id)
    )


def mutants_of(rule: Rule, words: Vocabulary) -> Iterator[Mutant]:
    """Every mutant of a rule's condition, in the order of the text."""
    yield from _changed(rule.when, rule.place, words)
    if isinstance(rule.when, Test):
        yield Mutant(rule.when.place or rule.place, f"{rule.when} dropped", _ALWAYS)


def _mutation(rule: Rule, cases: Sequence[RuleCase], playbook: Playbook, space: Space) -> Mutation:
    expected = [(case.row, case.expect[rule.id]) for case in cases if rule.id in case.expect]
    own = regions_of(rule, _columns(playbook.words))
    killed = equal = 0
    survivors = []
    for mutant in mutants_of(rule, playbook.words):
        if any((verdict(mutant.when, row.get) is True) != (e == "fires") for row, e in expected):
            killed += 1
            continue
        survivor = _survivor(rule, own, mutant, playbook, space)
        if survivor is None:
            equal += 1
        else:
            survivors.append(survivor)
    return Mutation(rule, killed, equal, tuple(survivors))


def _survivor(
    rule: Rule, own: Sequence[Region], mutant: Mutant, playbook: Playbook, space: Space
) -> Survivor | None:
    """The mutant as a survivor; None if it is the same rule."""
    try:
        other = regions_of(replace(rule, when=mutant.when), _columns(playbook.words))
    except PlaybookError:  # more alternatives than a rule may have
        return Survivor(mutant, None, "fires")
    missed = space.point_in(own, but=other)
    if missed is not None:
        return Survivor(mutant, _given(missed, rule, playbook), "fires")
    added = space.point_in(other, but=own)
    return None if added is None else Survivor(mutant, _given(added, rule, playbook), "silent")


def _given(point: Point, rule: Rule, playbook: Playbook) -> dict[str, str]:
    """The point as a test writes it, without signals that only tie the others together."""
    words, strategy = playbook.words, playbook.strategy
    return {
        name: written(words[name], point[name], strategy) for name in rule.signals if name in point
    }


def _columns(words: Vocabulary) -> dict[str, int]:
    return {name: column for column, name in enumerate(words)}


def _changed(condition: Condition, place: str, words: Vocabulary) -> Iterator[Mutant]:
    match condition:
        case Test():
            for test, change in _changed_test(condition, words):
                yield Mutant(condition.place or place, change, test)
        case Not(item):
            yield Mutant(place_of(item, place), "not removed", item)
            for mutant in _changed(item, place, words):
                yield replace(mutant, when=Not(mutant.when))
        case All(items) | Any(items):
            yield from _changed_group(condition, items, place, words)
        case _:
            assert_never(condition)


def _changed_group(
    group: All | Any, items: tuple[Condition, ...], place: str, words: Vocabulary
) -> Iterator[Mutant]:
    own = place_of(group, place)
    if len(items) > 1:
        is_all = isinstance(group, All)
        other = Any(items) if is_all else All(items)
        yield Mutant(own, "all made any" if is_all else "any made all", other)
        for index, item in enumerate(items):
            rest = (*items[:index], *items[index + 1 :])
            yield Mutant(place_of(item, own), f"{told(item)} dropped", replace(group, items=rest))
    for index, item in enumerate(items):
        for mutant in _changed(item, own, words):
            changed = (*items[:index], mutant.when, *items[index + 1 :])
            yield replace(mutant, when=replace(group, items=changed))


def _changed_test(test: Test, words: Vocabulary) -> Iterator[tuple[Test, str]]:
    neighbour = _NEIGHBOURS.get(test.op)
    if neighbour is not None:
        other = replace(test, op=neighbour)
        yield other, f"{test} -> {other}" if str(other) != str(test) else f"{test} -> not {test}"
    labels = words[test.signal].values
    if test.value is None:
        return
    if labels is not None:
        yield from _other_labels(test, labels)
        return
    for value in _moved(test):
        moved = replace(test, value=value, text="")
        yield moved, f"{test} -> {moved}"


def _moved(test: Test) -> Iterator[int | tuple[int, ...]]:
    """The test's literal with one of its numbers moved by one, or left out of a list."""
    if isinstance(test.value, int):
        yield from (value for value in _beside(test.number))
        return
    numbers = test.numbers
    for index, number in enumerate(numbers):
        before, after = numbers[:index], numbers[index + 1 :]
        yield from ((*before, value, *after) for value in _beside(number))
        if test.op != "between" and len(numbers) > 1:
            yield (*before, *after)


def _beside(number: int) -> Iterator[int]:
    return (value for value in (number - 1, number + 1) if abs(value) <= LARGEST)


def _other_labels(test: Test, labels: Sequence[str]) -> Iterator[tuple[Test, str]]:
    """The test with one label less, and with one more."""
    codes = (test.number,) if isinstance(test.value, int) else test.numbers
    op: Op = "in" if test.op in ("eq", "in") else "not_in"
    if len(codes) > 1:
        for code in codes:
            rest = tuple(one for one in codes if one != code)
            yield Test(test.signal, op, rest), f"{test} without {labels[code]}"
    for code, label in enumerate(labels):
        if code not in codes:
            yield Test(test.signal, op, (*codes, code)), f"{test} with {label}"
