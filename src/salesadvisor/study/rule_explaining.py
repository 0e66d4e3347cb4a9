"""Why does one rule fire on one deal, or keep silent, and what would have changed that?"""

from __future__ import annotations

from dataclasses import dataclass, replace

from salesadvisor.domain.rules import Rule
from salesadvisor.domain.vocabulary import told
from salesadvisor.engine.algebra import space_of
from salesadvisor.engine.boxes import compile_rules
from salesadvisor.engine.explain import (
    Flip,
    Labels,
    LeafVerdict,
    Verdict,
    explain_rule,
    flips,
    nearest,
)
from salesadvisor.playbook.playbook import Playbook
from salesadvisor.study.explaining import Explanation


@dataclass(frozen=True)
class ExplainedRule:
    """One rule on one deal; `verdict` is None where the deal was not open and was not asked.

    `flips` are the signals each of which alone would change the answer. A silent rule without any
    lacks what `missing` says, all of it.
    """

    rule: Rule
    deal: Explanation
    playbook: Playbook
    verdict: Verdict | None
    because: str
    flips: tuple[Flip, ...]
    missing: tuple[LeafVerdict, ...]

    @property
    def fires(self) -> bool:
        return self.verdict is not None and self.verdict.verdict is True

    @property
    def labels(self) -> Labels:
        """The labels of enumerated signals, by code."""
        words = self.playbook.words
        return {name: spec.values for name, spec in words.items() if spec.values}


def explain_one(rule: Rule, deal: Explanation, playbook: Playbook) -> ExplainedRule:
    """What the rule says of the explained deal."""
    if deal.open_deal is None:
        return ExplainedRule(rule, deal, playbook, None, "", (), ())
    row, words = deal.open_deal.signals, playbook.words
    explained = ExplainedRule(
        rule=rule,
        deal=deal,
        playbook=playbook,
        verdict=explain_rule(rule, row),
        because=told(rule.because, row, words, playbook.strategy.currency),
        flips=flips(rule.when, row, space_of(words)),
        missing=(),
    )
    if explained.fires or explained.flips:
        return explained
    boxset = compile_rules([rule], {name: column for column, name in enumerate(words)})
    near = nearest(boxset, 0, row, labels=explained.labels)
    missing = () if near is None else near.missing
    return replace(explained, missing=missing)
