"""What does history say against a rule: never fired, always fired, thresholds nobody ever saw?"""

from __future__ import annotations

from collections.abc import Iterator

from salesadvisor.domain.rules import Rule, Test, each_test
from salesadvisor.domain.vocabulary import Vocabulary
from salesadvisor.study.rule_history import Met, Range
from salesadvisor.study.rule_lint.finding import Finding

ALWAYS_PERCENT = 95
_TELLS_NOTHING = ("is_null", "not_null")


def past_findings(rule: Rule, met: Met, words: Vocabulary) -> Iterator[Finding]:
    """What a rule met on the rows of its scope; nothing where there was no row."""
    if not met.rows or rule.id not in met.fired:
        return
    fired = met.fired[rule.id]
    rows = f"{met.rows:,} rows of history"
    if fired == 0:
        yield Finding(
            "never_fired", rule.id, rule.place, f"it fired on none of {rows}",
            "see 'rules coverage' for the condition that stops it",
        )  # fmt: skip
    if fired * 100 > met.rows * ALWAYS_PERCENT:
        share = fired * 1000 // met.rows / 10
        yield Finding(
            "always_fired", rule.id, rule.place, f"it fired on {share:g} % of {rows}",
            "ask for what is special about the deals that it is for",
        )  # fmt: skip
    # Of a signal whose absence the rule asks for, its author knew that it may be unknown.
    may_be_unknown = {test.signal for test in each_test(rule.when) if test.op == "is_null"}
    told: set[str] = set()
    for test in each_test(rule.when):
        if test.op in _TELLS_NOTHING or test.signal in told:
            continue
        finding = _of_test(test, rule, met.signals[test.signal], words)
        if finding is None or (finding.kind == "never_known" and test.signal in may_be_unknown):
            continue
        told.add(test.signal)
        yield finding


def _of_test(test: Test, rule: Rule, seen: Range, words: Vocabulary) -> Finding | None:
    place = test.place or rule.place
    if seen.low is None or seen.high is None:
        return Finding(
            "never_known", rule.id, place, f"'{test.signal}' was unknown on every row of history",
            "record what it is read from, or leave the rule out",
        )  # fmt: skip
    if words[test.signal].values is not None:
        return None
    numbers = (test.number,) if isinstance(test.value, int) else test.numbers
    outside = [number for number in numbers if not seen.low <= number <= seen.high]
    if not outside:
        return None
    return Finding(
        "unseen_threshold", rule.id, place,
        f"'{test}' compares with {outside[0]:,}; history only saw {seen.low:,} to {seen.high:,}",
        "choose a threshold that parts what was seen",
    )  # fmt: skip
