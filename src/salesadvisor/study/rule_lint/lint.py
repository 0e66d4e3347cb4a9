"""What is wrong with the rules of a playbook? All of it, in the order of the files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from salesadvisor.domain.bounds import links_of
from salesadvisor.domain.rules import Rule
from salesadvisor.domain.vocabulary import vocabulary
from salesadvisor.engine.algebra import space_of
from salesadvisor.errors import BadInput, PlaybookError
from salesadvisor.playbook.examination import examine_rules
from salesadvisor.playbook.playbook import Playbook, load_strategy
from salesadvisor.playbook.rule_files import STRATEGY_FILE, TEST_SUFFIX
from salesadvisor.playbook.rule_tests import RuleCase, load_cases
from salesadvisor.study.rule_history import Met
from salesadvisor.study.rule_lint.conditions import Shapes, shapes_of
from salesadvisor.study.rule_lint.entries import entry_findings, group_findings
from salesadvisor.study.rule_lint.finding import Finding
from salesadvisor.study.rule_lint.past import past_findings

_LINE = re.compile(r":(\d+)$")


def lint(directory: Path, *, today: date, history: Sequence[Met] = ()) -> tuple[Finding, ...]:
    """Every finding about the rules in `directory`; `history` is what they met, by scope.

    A rule that is switched off is read, not judged. Raises PlaybookError where the strategy itself
    can't be read.
    """
    strategy = load_strategy(directory / STRATEGY_FILE)
    words = vocabulary(strategy)
    examined = examine_rules(directory, strategy, words)
    rules = [rule for rule in examined.rules if rule.enabled]
    columns = {name: at for at, name in enumerate(words)}
    shapes, findings = shapes_of(rules, columns)
    space = space_of(words, links_of(strategy))
    findings += (_unreadable(problem) for problem in examined.problems)
    findings += Shapes(tuple(shapes), space, words, strategy, columns).findings()
    decided = {one.rule for one in findings if one.kind in ("never_true", "always_true")}
    for rule in rules:
        findings += entry_findings(rule, words, today)
        for met in history:
            if met.scope == rule.scope and rule.id not in decided:
                findings += past_findings(rule, met, words)
    findings += group_findings(rules, examined.groups)
    playbook = Playbook(directory, strategy, examined.rules, "")
    findings += _test_findings(playbook, rules, is_whole=not examined.problems)
    order = {str(directory / f"{rule.element}.yaml"): at for at, rule in enumerate(examined.rules)}
    return tuple(sorted(findings, key=lambda one: _by_place(one.place, order)))


def _by_place(place: str, order: dict[str, int]) -> tuple[int, str, int]:
    file, line = _LINE.sub("", place), _LINE.search(place)
    return order.get(file, -1), file, int(line[1]) if line else 0


def _unreadable(problem: BadInput) -> Finding:
    return Finding("unreadable", "", problem.place, problem.problem, problem.cure)


def _test_findings(
    playbook: Playbook, rules: Sequence[Rule], *, is_whole: bool
) -> Iterator[Finding]:
    """Which rules have no test; where rules are unreadable, tests of theirs are no finding."""
    try:
        cases = load_cases(playbook)
    except PlaybookError as problem:
        if is_whole:
            yield Finding("bad_tests", "", problem.place, problem.problem, problem.cure)
        return
    for rule in rules:
        yield from _untested(rule, cases)


def _untested(rule: Rule, cases: Sequence[RuleCase]) -> Iterator[Finding]:
    expected = {case.expect[rule.id] for case in cases if rule.id in case.expect}
    file = f"{rule.element}{TEST_SUFFIX}"
    if "fires" not in expected:
        yield Finding(
            "no_firing_test", rule.id, rule.place, "no test shows it firing", f"add one to {file}"
        )
    if "silent" not in expected:
        yield Finding(
            "no_silent_test", rule.id, rule.place, "no test shows it silent", f"add one to {file}"
        )
