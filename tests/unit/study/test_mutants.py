"""Do mutants change a rule in one place, and do tests kill those that are another rule?"""

from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.oracles.three_valued import truth
from tests.unit.playbook.files import playbook, rule

from salesadvisor.playbook.playbook import Playbook, find_playbook, load_playbook
from salesadvisor.playbook.rule_tests import load_cases
from salesadvisor.study.mutants import Mutation, is_enough, killed_permille, mutants_of, mutate

SHIPPED = ("clinical_research", "generic_b2b")


def made(directory: Path, when: str, tests: Sequence[tuple[str, str]] = ()) -> Playbook:
    """A playbook of one rule with cases (given, expected)."""
    cases = "".join(
        f"  - {{case: c, given: {given}, expect: {{R1: {does}}}}}\n" for given, does in tests
    )
    files = {"closing__test": f"tests:\n{cases}"} if cases else {}
    return load_playbook(playbook(directory, closing=rule(when), **files))


def changes(directory: Path, when: str) -> list[str]:
    loaded = made(directory, when)
    return [mutant.change for mutant in mutants_of(loaded.rules[0], loaded.words)]


def mutation(directory: Path, when: str, tests: Sequence[tuple[str, str]]) -> Mutation:
    loaded = made(directory, when, tests)
    (found,) = mutate(loaded, load_cases(loaded))
    return found


@pytest.mark.parametrize(
    "when, expected",
    [
        (
            "{days_in_stage: {gt: 30}}",
            [
                "days_in_stage gt 30 -> days_in_stage ge 30",
                "days_in_stage gt 30 -> days_in_stage gt 29",
                "days_in_stage gt 30 -> days_in_stage gt 31",
                "days_in_stage gt 30 dropped",
            ],
        ),
        (
            "{calls_7d: {between: [1, 3]}}",
            [
                "calls_7d between [1, 3] -> calls_7d between [0, 3]",
                "calls_7d between [1, 3] -> calls_7d between [2, 3]",
                "calls_7d between [1, 3] -> calls_7d between [1, 2]",
                "calls_7d between [1, 3] -> calls_7d between [1, 4]",
                "calls_7d between [1, 3] dropped",
            ],
        ),
        (
            "{attribute.phase: [I, II]}",
            [
                "attribute.phase in [I, II] -> attribute.phase not_in [I, II]",
                "attribute.phase in [I, II] without I",
                "attribute.phase in [I, II] without II",
                "attribute.phase in [I, II] with III",
                "attribute.phase in [I, II] dropped",
            ],
        ),
        (
            "{not: {tier: {is_null: true}}}",
            ["not removed", "tier is_null -> tier not_null"],
        ),
        (
            "{any: [{quotes: {lt: 1}}, {attribute.listed: no}]}",
            [
                "any made all",
                "quotes lt 1 dropped",
                "attribute.listed eq no dropped",
                "quotes lt 1 -> quotes le 1",
                "quotes lt 1 -> quotes lt 0",
                "quotes lt 1 -> quotes lt 2",
                "attribute.listed eq no -> attribute.listed ne no",
                "attribute.listed eq no with yes",
            ],
        ),
    ],
)
def test_every_part_is_changed_once(tmp_path: Path, when: str, expected: list[str]) -> None:
    assert changes(tmp_path, when) == expected


def test_an_author_reads_the_stages_of_a_mutant_by_their_name(tmp_path: Path) -> None:
    found = changes(tmp_path, "{stage: {at_least: last}}")
    assert found[:2] == [
        "stage at_least last -> not stage at_least last",
        "stage at_least last with first",
    ]


def test_a_test_on_each_side_of_a_threshold_kills_all_its_mutants(tmp_path: Path) -> None:
    sides = [("{days_in_stage: 31}", "fires"), ("{days_in_stage: 30}", "silent")]
    found = mutation(tmp_path, "{days_in_stage: {gt: 30}}", sides)
    assert (found.killed, found.survivors, found.equal) == (4, (), 0)


def test_a_survivor_comes_with_the_case_that_kills_it(tmp_path: Path) -> None:
    sides = [("{days_in_stage: 40}", "fires"), ("{days_in_stage: 30}", "silent")]
    when = "{days_in_stage: {gt: 30}}"
    (missing,) = mutation(tmp_path, when, sides).missing
    assert missing.changes == ("days_in_stage gt 30 -> days_in_stage gt 31",)
    assert (missing.given, missing.expect) == ({"days_in_stage": ("31",)}, "fires")
    assert missing.place.endswith("closing.yaml:4")
    more = [*sides, ("{days_in_stage: 31}", "fires")]
    assert mutation(tmp_path, when, more).missing == ()


def test_labels_that_no_case_has_are_one_missing_case(tmp_path: Path) -> None:
    sides = [("{stage: last}", "fires"), ("{}", "silent")]
    (missing,) = mutation(tmp_path, "{stage: last}", sides).missing
    stages = ("first", "new/offer", "renewal/offer", "signing")
    assert (missing.given, missing.expect) == ({"stage": stages}, "silent")
    assert len(missing.changes) == 4


def test_what_is_the_same_rule_within_its_bounds_is_no_survivor(tmp_path: Path) -> None:
    """Calls are never negative: none at all is less than one, and at most none."""
    sides = [("{calls_7d: 0}", "fires"), ("{calls_7d: 1}", "silent"), ("{}", "silent")]
    found = mutation(tmp_path, "{calls_7d: {lt: 1, ge: 0}}", sides)
    assert found.missing == ()
    assert found.equal == 2  # calls_7d ge 0 dropped, and moved to ge -1


def test_a_rule_without_a_case_has_only_survivors(tmp_path: Path) -> None:
    loaded = made(tmp_path, "{days_in_stage: {gt: 30}}")
    found = mutate(loaded, ())
    assert killed_permille(found) == 0
    assert not is_enough(found)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_tests_of_the_shipped_playbooks_kill_their_mutants(name: str) -> None:
    shipped = load_playbook(find_playbook(name))
    found = mutate(shipped, load_cases(shipped))
    assert sum(one.count for one in found) > 100
    assert [(one.rule.id, case.changes) for one in found for case in one.missing] == []
    assert is_enough(found)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_missing_case_tells_the_mutant_from_its_rule(name: str) -> None:
    """With a single test case, nearly every mutant survives; each comes with its killer."""
    shipped = load_playbook(find_playbook(name))
    killers = 0
    for found in mutate(shipped, load_cases(shipped)[:1]):
        for survivor in found.survivors:
            assert survivor.given is not None
            row = {
                signal: code_of(shipped, signal, text) for signal, text in survivor.given.items()
            }
            fires = truth(found.rule.when, row) is True
            assert fires == (survivor.expect == "fires")
            assert fires != (truth(survivor.mutant.when, row) is True), survivor
            killers += 1
    assert killers > 100


def code_of(shipped: Playbook, signal: str, text: str) -> int | None:
    values = shipped.words[signal].values
    if text == "unknown":
        return None
    return int(text) if values is None else values.index(text)
