"""Is a condition only called exercised where it decides the case?"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.builders import team
from tests.differential.rule_cases import SIGNALS, seeded_condition, seeded_row
from tests.differential.rule_cases import rule as bare_rule
from tests.oracles.three_valued import truth
from tests.unit.playbook.files import playbook, rule

from salesadvisor.domain.rules import Test, each_test
from salesadvisor.domain.signals import UNKNOWN
from salesadvisor.domain.vocabulary import words_of
from salesadvisor.log.scopes import ScopePanel
from salesadvisor.playbook.playbook import find_playbook, load_playbook
from salesadvisor.playbook.rule_tests import load_cases
from salesadvisor.study.rule_coverage import LeafCoverage, coverage
from salesadvisor.study.rule_history import Range, RuleWatch, Split, met_by_subjects


def leaves(directory: Path, when: str, cases: str) -> tuple[LeafCoverage, ...]:
    loaded = load_playbook(playbook(directory, closing=rule(when), closing__test=cases))
    (found,) = coverage(loaded, load_cases(loaded))
    return found.leaves


def case(given: str, expected: str) -> str:
    return f"  - {{case: c, given: {given}, expect: {{R1: {expected}}}}}\n"


def test_a_condition_decides_only_where_the_others_hold(tmp_path: Path) -> None:
    cases = (
        "tests:\n"
        + case("{days_in_stage: 31, calls_7d: 0}", "fires")
        + case("{days_in_stage: 30, calls_7d: 0}", "silent")
        + case("{days_in_stage: 30, calls_7d: 1}", "silent")
    )
    days, calls = leaves(tmp_path, "{days_in_stage: {gt: 30}, calls_7d: 0}", cases)
    assert days.decided == {"true": 1, "false": 1, "unknown": 0}
    assert days.missing == ("unknown",)
    assert calls.decided == {"true": 1, "false": 0, "unknown": 0}
    assert calls.missing == ("false",)  # a count is never unknown


def test_an_alternative_decides_only_where_the_other_is_not_true(tmp_path: Path) -> None:
    cases = (
        "tests:\n"
        + case("{days_in_stage: 31, age_days: 99}", "fires")
        + case("{days_in_stage: 31, age_days: 0}", "fires")
        + case("{age_days: 0}", "silent")
    )
    when = "{any: [{days_in_stage: {gt: 30}}, {age_days: {gt: 90}}]}"
    days, age = leaves(tmp_path, when, cases)
    assert days.decided == {"true": 1, "false": 0, "unknown": 1}
    assert age.decided == {"true": 0, "false": 1, "unknown": 0}


def test_a_condition_under_a_not_decides_as_itself(tmp_path: Path) -> None:
    cases = "tests:\n" + case("{days_in_stage: 31}", "silent") + case("{days_in_stage: 3}", "fires")
    (days,) = leaves(tmp_path, "{not: {days_in_stage: {gt: 30}}}", cases)
    assert days.decided == {"true": 1, "false": 1, "unknown": 0}


def test_asking_for_unknown_itself_is_never_unknown(tmp_path: Path) -> None:
    cases = "tests:\n" + case("{}", "fires")
    (tier,) = leaves(tmp_path, "{tier: {is_null: true}}", cases)
    assert tier.wanted == ("true", "false")
    assert tier.missing == ("false",)


def test_an_answer_by_which_it_can_never_decide_is_not_wanted(tmp_path: Path) -> None:
    """While the stage is unknown, neither end of its range decides alone."""
    cases = "tests:\n" + case("{stage: offer}", "fires").replace("offer", "new/offer")
    at_least, at_most = leaves(tmp_path, "{stage: {at_least: new/offer, at_most: last}}", cases)
    assert at_least.wanted == ("true", "false")
    assert at_most.wanted == ("true",)  # last is the last


@pytest.mark.parametrize("name", ["clinical_research", "generic_b2b"])
def test_the_tests_of_the_shipped_playbooks_show_every_answer(name: str) -> None:
    shipped = load_playbook(find_playbook(name))
    gaps = [
        (one.rule.id, str(leaf.test), leaf.missing)
        for one in coverage(shipped, load_cases(shipped))
        for leaf in one.leaves
        if leaf.missing
    ]
    assert gaps == []


@pytest.mark.parametrize("seed", range(5))
def test_what_is_met_in_a_block_is_what_the_oracle_says_of_each_row(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rules = [bare_rule(f"r{number}", seeded_condition(rng, 2)) for number in range(8)]
    rows = [seeded_row(rng) for _ in range(150)]
    codes = [[UNKNOWN if row[name] is None else row[name] for name in SIGNALS] for row in rows]
    block = np.array(codes, np.int64).T.copy()
    watch = RuleWatch("deal", rules, SIGNALS)
    met = watch.total([watch.look(block[:, :70].copy(), 70), watch.look(block[:, 70:].copy(), 80)])
    assert met.rows == 150
    for one in rules:
        assert met.fired[one.id] == sum(truth(one.when, row) is True for row in rows)
        for test, split in zip(each_test(one.when), met.tests[one.id], strict=True):
            said = [truth(test, row) for row in rows]
            assert split == Split(said.count(True), said.count(False), said.count(None))
    for name in SIGNALS:
        known = [row[name] for row in rows if row[name] is not None]
        assert met.signals[name] == Range(min(known), max(known), len(known))


def test_the_rules_of_reps_are_asked_about_reps() -> None:
    words = list(words_of(team(), "rep"))
    block = np.full((len(words), 3), UNKNOWN, np.int64)
    block[words.index("rep.deals_silent")] = (0, 4, 7)
    when = Test("rep.deals_silent", "gt", 3)
    silent = replace(bare_rule("R1", when), scope="rep")
    panel = ScopePanel("rep", ["ada", "bo", "cy"], block, np.arange(3), np.zeros(3), np.arange(3))
    met = met_by_subjects(panel, [silent, bare_rule("D1", when)], words)
    assert (met.scope, met.rows, met.fired) == ("rep", 3, {"R1": 2})
    assert met.tests == {"R1": (Split(2, 1, 0),)}


def test_a_rule_that_asks_for_a_signal_which_is_not_read_is_left_out() -> None:
    rules = [bare_rule("r1", seeded_condition(np.random.default_rng(1), 2))]
    assert RuleWatch("deal", rules, ["nothing"]).rules == ()
    assert RuleWatch("rep", rules, SIGNALS).rules == ()
