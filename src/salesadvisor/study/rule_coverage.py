"""Which conditions of which rules were exercised, by tests and by history?

A test exercises a condition where that condition decides: were it otherwise, the rule would do
something else. Each should decide as true, as false and as unknown, as far as there is a row on
which it can: of two conditions on one signal, neither decides alone while the signal is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from salesadvisor.domain.bounds import links_of
from salesadvisor.domain.rules import (
    All,
    Any,
    Condition,
    Not,
    Rule,
    Test,
    each_test,
    verdict,
    verdict_of_test,
)
from salesadvisor.domain.signals import UNKNOWN
from salesadvisor.engine.algebra import (
    EVERYTHING,
    Ranges,
    Space,
    difference,
    regions_of,
    space_of,
    values_of,
)
from salesadvisor.playbook.playbook import Playbook
from salesadvisor.playbook.rule_tests import RuleCase
from salesadvisor.study.rule_history import Met, Split

Side = Literal["true", "false", "unknown"]
SIDES: tuple[Side, ...] = ("true", "false", "unknown")
_SIDE_OF: dict[bool | None, Side] = {True: "true", False: "false", None: "unknown"}
_TRUE, _FALSE = All(()), Any(())


@dataclass(frozen=True)
class LeafCoverage:
    """One condition: in how many cases it decided as what, and its share of history's rows.

    `wanted` are the sides that a test should show. `met` is None where history was not asked, or
    has no rows that the rule can read.
    """

    test: Test
    place: str
    decided: dict[Side, int]
    wanted: tuple[Side, ...]
    met: Split | None

    @property
    def missing(self) -> tuple[Side, ...]:
        """The sides as which it never decided a case."""
        return tuple(side for side in self.wanted if not self.decided[side])


@dataclass(frozen=True)
class RuleCoverage:
    """One rule's conditions in the order of the text, its cases, and its firings in history."""

    rule: Rule
    cases: int
    leaves: tuple[LeafCoverage, ...]
    fired: int | None
    rows: int | None

    @property
    def wanted(self) -> int:
        return sum(len(leaf.wanted) for leaf in self.leaves)

    @property
    def covered(self) -> int:
        return self.wanted - sum(len(leaf.missing) for leaf in self.leaves)


def coverage(
    playbook: Playbook, cases: Sequence[RuleCase], history: Sequence[Met] = ()
) -> tuple[RuleCoverage, ...]:
    """Every rule that is switched on; `history` is what the rules met, by scope."""
    by_scope = {met.scope: met for met in history}
    words = playbook.words
    space = space_of(words, links_of(playbook.strategy))
    columns = {name: column for column, name in enumerate(words)}
    return tuple(
        _of_rule(rule, cases, space, columns, by_scope.get(rule.scope))
        for rule in playbook.rules
        if rule.enabled
    )


def _of_rule(
    rule: Rule,
    cases: Sequence[RuleCase],
    space: Space,
    columns: Mapping[str, int],
    met: Met | None,
) -> RuleCoverage:
    mine = [case for case in cases if rule.id in case.expect]
    splits = met.tests.get(rule.id, ()) if met is not None and met.rows else ()
    leaves = []
    for index, test in enumerate(each_test(rule.when)):
        if_true = replace(rule, when=_replaced(rule.when, index, _TRUE))
        if_false = replace(rule, when=_replaced(rule.when, index, _FALSE))
        decided: dict[Side, int] = dict.fromkeys(SIDES, 0)
        for case in mine:
            read = case.row.get
            if (verdict(if_true.when, read) is True) != (verdict(if_false.when, read) is True):
                decided[_SIDE_OF[verdict_of_test(test, read(test.signal))]] += 1
        leaves.append(
            LeafCoverage(
                test=test,
                place=test.place or rule.place,
                decided=decided,
                wanted=tuple(_can_decide(test, if_true, if_false, space, columns)),
                met=splits[index] if splits else None,
            )
        )
    return RuleCoverage(
        rule=rule,
        cases=len(mine),
        leaves=tuple(leaves),
        fired=met.fired.get(rule.id) if met is not None else None,
        rows=met.rows if met is not None else None,
    )


def _can_decide(
    test: Test, if_true: Rule, if_false: Rule, space: Space, columns: Mapping[str, int]
) -> Iterator[Side]:
    """The sides as which it decides on some row that can come to be."""
    fires, otherwise = regions_of(if_true, columns), regions_of(if_false, columns)
    unknown: Ranges = () if test.op in ("is_null", "not_null") else ((UNKNOWN, UNKNOWN),)
    true = values_of(test)
    values = {"true": true, "false": difference(difference(EVERYTHING, true), unknown)}
    for side in SIDES:
        here = [{test.signal: values.get(side, unknown)}]
        for one, other in ((fires, otherwise), (otherwise, fires)):
            if here[0][test.signal] and space.meeting(one, here, but=other) is not None:
                yield side
                break


def _replaced(condition: Condition, index: int, other: Condition) -> Condition:
    """The condition with its test of that index exchanged."""
    numbers: Iterator[int] = iter(range(sum(1 for _ in each_test(condition))))

    def rebuilt(part: Condition) -> Condition:
        match part:
            case Test():
                return other if next(numbers) == index else part
            case Not(item):
                return Not(rebuilt(item))
            case All(items):
                return All(tuple(rebuilt(item) for item in items))
            case Any(items):
                return Any(tuple(rebuilt(item) for item in items))

    return rebuilt(condition)
