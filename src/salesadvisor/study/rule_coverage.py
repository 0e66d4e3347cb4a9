"""Which conditions of which rules were exercised, by tests and by history?

A test exercises a condition where that condition decides: were it otherwise, the rule would do
something else. Each must decide as true, as false and, if its signal can be unknown, as unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from salesadvisor.domain.bounds import bounds_of
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
from salesadvisor.domain.vocabulary import Vocabulary
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
    return tuple(
        _of_rule(rule, cases, playbook.words, by_scope.get(rule.scope))
        for rule in playbook.rules
        if rule.enabled
    )


def _of_rule(
    rule: Rule, cases: Sequence[RuleCase], words: Vocabulary, met: Met | None
) -> RuleCoverage:
    mine = [case for case in cases if rule.id in case.expect]
    splits = met.tests.get(rule.id, ()) if met is not None and met.rows else ()
    leaves = []
    for index, test in enumerate(each_test(rule.when)):
        if_true = _replaced(rule.when, index, _TRUE)
        if_false = _replaced(rule.when, index, _FALSE)
        decided: dict[Side, int] = dict.fromkeys(SIDES, 0)
        for case in mine:
            read = case.row.get
            if (verdict(if_true, read) is True) != (verdict(if_false, read) is True):
                decided[_SIDE_OF[verdict_of_test(test, read(test.signal))]] += 1
        leaves.append(
            LeafCoverage(
                test=test,
                place=test.place or rule.place,
                decided=decided,
                wanted=_wanted(test, words),
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


def _wanted(test: Test, words: Vocabulary) -> tuple[Side, ...]:
    is_never_unknown = test.op in ("is_null", "not_null")
    if is_never_unknown or not bounds_of(words[test.signal]).can_be_unknown:
        return ("true", "false")
    return SIDES


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
