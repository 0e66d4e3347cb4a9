"""What did the rules of a scope meet in history: which values, which verdicts, how many firings?

A `RuleWatch` looks at blocks of signals, whatever subjects their rows are of, and what it met in
several blocks adds up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from salesadvisor.domain.rules import Rule, Scope, Test, each_test
from salesadvisor.domain.signals import UNKNOWN
from salesadvisor.engine.algebra import values_of
from salesadvisor.engine.boxes import compile_rules
from salesadvisor.engine.bulk import BulkMatcher
from salesadvisor.log.passes import History, Panel, panels, survey
from salesadvisor.log.scopes import ScopePanel
from salesadvisor.study.replay import judge_of
from salesadvisor.study.winning import Schedule


@dataclass(frozen=True)
class Range:
    """The values of a signal: the smallest and largest known one, None if it never was known."""

    low: int | None
    high: int | None
    known: int


@dataclass(frozen=True)
class Split:
    """On how many rows a test was true, false and unknown."""

    true: int
    false: int
    unknown: int


@dataclass(frozen=True)
class Met:
    """What the rules of one scope met on so many rows.

    `signals` by name; `fired` by rule id; `tests` by rule id, a Split for each test in the order of
    the text. A rule that asks for a signal which no row has is in neither.
    """

    scope: Scope
    rows: int
    signals: Mapping[str, Range]
    fired: Mapping[str, int]
    tests: Mapping[str, tuple[Split, ...]]


class RuleWatch:
    """Looks at blocks of one scope. Safe to share between threads."""

    def __init__(self, scope: Scope, rules: Iterable[Rule], names: Sequence[str]) -> None:
        self.scope = scope
        self.names = tuple(names)
        self.rules = tuple(
            rule for rule in rules if rule.scope == scope and set(rule.signals) <= set(names)
        )
        self._columns = {name: column for column, name in enumerate(names)}
        self._matcher = BulkMatcher(compile_rules(self.rules, self._columns))

    def look(self, block: Any, count: int) -> Met:
        """What the first `count` columns of `block` (int64[signal, row], as `names`) hold."""
        splits: dict[Test, Split] = {}
        for rule in self.rules:
            for test in each_test(rule.when):
                if test not in splits:
                    splits[test] = _split(test, block[self._columns[test.signal], :count])
        fired = self._matcher.match(block, count).sum(axis=1, dtype=np.int64)
        return Met(
            scope=self.scope,
            rows=count,
            signals={name: _range(block[at, :count]) for name, at in self._columns.items()},
            fired={rule.id: int(n) for rule, n in zip(self.rules, fired, strict=True)},
            tests={
                rule.id: tuple(splits[test] for test in each_test(rule.when)) for rule in self.rules
            },
        )

    def total(self, parts: Sequence[Met]) -> Met:
        """What all of them met; the parts are this watch's own."""
        return Met(
            scope=self.scope,
            rows=sum(part.rows for part in parts),
            signals={name: _widest([p.signals[name] for p in parts]) for name in self.names},
            fired={rule.id: sum(part.fired[rule.id] for part in parts) for rule in self.rules},
            tests={
                rule.id: tuple(
                    _sum([part.tests[rule.id][index] for part in parts])
                    for index, _ in enumerate(each_test(rule.when))
                )
                for rule in self.rules
            },
        )


def met_by_deals(
    history: History,
    checkpoints: Any,
    rules: Iterable[Rule],
    schedule: Schedule,
    workers: int = 1,
) -> Met:
    """What the rules of deals met on every deal open at a checkpoint (epoch seconds, ascending)."""
    watch = RuleWatch("deal", rules, history.signal_names)
    found = survey(history, checkpoints, workers)
    judge = judge_of(history, found, watch.rules, schedule)

    def look(panel: Panel) -> Met:
        judge.score(panel)  # fills the win probability in
        return watch.look(panel.block, panel.count)

    return watch.total(list(panels(history, found, look, workers)))


def met_by_subjects(panel: ScopePanel, rules: Iterable[Rule], names: Sequence[str]) -> Met:
    """What the rules of another scope met; `names` are the signals of the panel's block."""
    watch = RuleWatch(panel.scope, rules, names)
    return watch.total([watch.look(panel.block, panel.count)])


def _split(test: Test, column: Any) -> Split:
    inside = np.zeros(len(column), np.bool_)
    for low, high in values_of(test):
        inside |= (column >= low) & (column <= high)
    true = int(inside.sum())
    unknown = 0
    if test.op not in ("is_null", "not_null"):
        unknown = int((column == UNKNOWN).sum())
    return Split(true, len(column) - true - unknown, unknown)


def _range(column: Any) -> Range:
    known = column[column != UNKNOWN]
    if not len(known):
        return Range(None, None, 0)
    return Range(int(known.min()), int(known.max()), len(known))


def _widest(ranges: Sequence[Range]) -> Range:
    return Range(
        min((one.low for one in ranges if one.low is not None), default=None),
        max((one.high for one in ranges if one.high is not None), default=None),
        sum(one.known for one in ranges),
    )


def _sum(splits: Sequence[Split]) -> Split:
    return Split(
        sum(one.true for one in splits),
        sum(one.false for one in splits),
        sum(one.unknown for one in splits),
    )
