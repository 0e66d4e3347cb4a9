"""By which conditions does a rule fire, and what do the silent ones lack that are nearest to it?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from salesadvisor.domain.rules import Rule
from salesadvisor.domain.vocabulary import Vocabulary
from salesadvisor.engine.boxes import compile_rules
from salesadvisor.engine.explain import LeafVerdict, Nearest, nearest
from salesadvisor.study.explaining import Explanation

Signals = Mapping[str, int | None]


@dataclass(frozen=True)
class NearRule:
    """A rule that is silent, and what would have to hold for its nearest alternative to fire."""

    rule: Rule
    missing: tuple[LeafVerdict, ...]

    @property
    def distance(self) -> tuple[int, int]:
        """Conditions that are missing, and how many of these are unknown."""
        return len(self.missing), sum(leaf.value is None for leaf in self.missing)


def near_rules(explanation: Explanation, words: Vocabulary, most: int) -> tuple[NearRule, ...]:
    """At most so many silent rules of the explained deal, the nearest first.

    A rule is nearer when fewer conditions are missing, then when fewer of them are unknown.
    """
    if explanation.open_deal is None:
        return ()
    silent = [line.rule for line in explanation.rules if not line.fires and line.rule.enabled]
    return nearest_of(silent, explanation.open_deal.signals, words)[:most]


def nearest_of(silent: Iterable[Rule], signals: Signals, words: Vocabulary) -> tuple[NearRule, ...]:
    """The rules that do not fire on these signals, with what each lacks, the nearest first."""
    found = []
    for rule, near in _alternatives(silent, signals, words):
        if near is not None and near.missing:
            found.append(NearRule(rule, near.missing))
    return tuple(sorted(found, key=lambda one: (*one.distance, one.rule.id)))


def holding(rule: Rule, signals: Signals, words: Vocabulary) -> tuple[LeafVerdict, ...]:
    """The conditions by which a rule fires: signal, value and what it is asked to be."""
    ((_, near),) = _alternatives([rule], signals, words)
    return () if near is None else near.leaves


def _alternatives(
    rules: Iterable[Rule], signals: Signals, words: Vocabulary
) -> list[tuple[Rule, Nearest | None]]:
    boxset = compile_rules(rules, {name: column for column, name in enumerate(words)})
    labels = {name: spec.values for name, spec in words.items() if spec.values}
    return [
        (rule, nearest(boxset, index, signals, labels=labels))
        for index, rule in enumerate(boxset.rules)
    ]
