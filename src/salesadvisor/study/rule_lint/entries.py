"""What is odd about a rule beside its condition?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from salesadvisor.domain.bounds import changes_daily
from salesadvisor.domain.rules import EFFECT_PERMILLE, Rule
from salesadvisor.domain.vocabulary import Vocabulary, names_in
from salesadvisor.study.rule_lint.finding import Finding

_MEASURED = EFFECT_PERMILLE["measured"]


def entry_findings(rule: Rule, words: Vocabulary, today: date) -> Iterator[Finding]:
    """What one rule declares that can hardly be meant."""
    if rule.effective_to is not None and rule.effective_to < today:
        yield Finding(
            "period_over", rule.id, rule.place,
            f"its period ended on {rule.effective_to}",
            "remove the rule, or give it a new effective_to",
        )  # fmt: skip
    for name in rule.dedupe:
        if changes_daily(words[name]):
            yield Finding(
                "daily_dedupe", rule.id, rule.place,
                f"dedupe names '{name}', which changes from day to day: its advice would be new"
                " every time",
                "dedupe by a signal that changes when something happens",
            )  # fmt: skip
    if rule.signals and not set(names_in(rule.because)) & set(rule.signals):
        yield Finding(
            "silent_reason", rule.id, rule.place,
            "its because names no signal that its condition asks for",
            f"write {{{rule.signals[0]}}} into it",
        )  # fmt: skip
    if rule.evidence == "hypothesis" and rule.effect_permille > _MEASURED:
        yield Finding(
            "bold_hypothesis", rule.id, rule.place,
            f"a hypothesis claims an effect of {rule.effect_permille} per mille, more than a"
            f" measured rule has by default ({_MEASURED})",
            "measure it with a backtest, or claim less",
        )  # fmt: skip
    if rule.effort_minutes == 0:
        yield Finding(
            "no_effort", rule.id, rule.place,
            "its action takes 0 minutes, so it would always be worth it",
            "say how long it takes: effort_minutes",
        )  # fmt: skip
    if rule.expires_days < rule.within_days:
        yield Finding(
            "hasty_expiry", rule.id, rule.place,
            f"its advice expires after {rule.expires_days} days and is due in {rule.within_days}",
            "make expires_days at least within_days",
        )  # fmt: skip


def group_findings(rules: Sequence[Rule], declared: Mapping[str, str]) -> Iterator[Finding]:
    """Groups in which nothing can be chosen; `declared` gives the places of their declarations."""
    members = Counter(rule.group for rule in rules if rule.group is not None)
    for rule in rules:
        if rule.group is not None and members[rule.group] == 1:
            yield Finding(
                "lone_group", rule.id, rule.place,
                f"it is the only rule of group '{rule.group}'",
                "leave the group out, or correct its name",
            )  # fmt: skip
    for name, place in declared.items():
        if name not in members:
            yield Finding(
                "empty_group", "", place,
                f"group '{name}' is declared and no rule is in it",
                "remove it, or correct its name",
            )  # fmt: skip
