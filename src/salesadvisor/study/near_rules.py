"""Which silent rules are nearest to firing on a deal, and what is missing?"""

from __future__ import annotations

from dataclasses import dataclass

from salesadvisor.domain.rules import Rule
from salesadvisor.domain.vocabulary import Vocabulary
from salesadvisor.engine.boxes import compile_rules
from salesadvisor.engine.explain import LeafVerdict, nearest
from salesadvisor.study.explaining import Explanation


@dataclass(frozen=True)
class NearRule:
    """A rule that is silent, and what would have to hold for its nearest alternative to fire."""

    rule: Rule
    missing: tuple[LeafVerdict, ...]


def near_rules(explanation: Explanation, words: Vocabulary, most: int) -> tuple[NearRule, ...]:
    """At most so many silent rules of the explained deal, the nearest first.

    A rule is nearer when fewer conditions are missing, then when fewer of them are unknown.
    """
    if explanation.open_deal is None:
        return ()
    silent = [line.rule for line in explanation.rules if not line.fires and line.rule.enabled]
    boxset = compile_rules(silent, {name: column for column, name in enumerate(words)})
    labels = {name: spec.values for name, spec in words.items() if spec.values}
    found = []
    for index, rule in enumerate(silent):
        near = nearest(boxset, index, explanation.open_deal.signals, labels=labels)
        if near is not None and near.missing:
            found.append(NearRule(rule, near.missing))
    found.sort(key=lambda one: (len(one.missing), _unknown(one), one.rule.id))
    return tuple(found[:most])


def _unknown(one: NearRule) -> int:
    return sum(leaf.value is None for leaf in one.missing)
