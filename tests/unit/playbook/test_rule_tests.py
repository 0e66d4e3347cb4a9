"""Do rule tests fail when a rule doesn't do what its author wrote, and does the text say why?"""

from collections.abc import Mapping
from pathlib import Path

import pytest

from salesadvisor.domain.rules import Rule
from salesadvisor.errors import PlaybookError
from salesadvisor.playbook.rule_tests import RuleTestResult, run_rule_tests
from tests.oracles.three_valued import truth
from tests.unit.playbook.files import playbook, rule

CASES = """\
tests:
  - case: late
    given: {stage: last, days_in_stage: 31}
    expect: {R1: fires}
  - case: in time
    given: {stage: last, days_in_stage: 30}
    expect: {R1: silent}
"""
LATE = rule("{stage: last, days_in_stage: {gt: 30}}")


def fired(rules: tuple[Rule, ...], row: Mapping[str, int | None]) -> set[str]:
    return {rule.id for rule in rules if truth(rule.when, row) is True}


def run(directory: Path, **files: str) -> tuple[RuleTestResult, ...]:
    return run_rule_tests(playbook(directory, **files), fired)


def test_a_rule_that_keeps_its_word_passes(tmp_path: Path) -> None:
    results = run(tmp_path, closing=LATE, closing__test=CASES)
    assert [(r.rule_id, r.case, r.passed) for r in results] == [
        ("R1", "late", True),
        ("R1", "in time", True),
    ]


def test_a_failure_shows_each_condition_with_its_value(tmp_path: Path) -> None:
    wrong = rule("{stage: last, not: {days_in_stage: {le: 31}}, discount_bp: {gt: 50}}")
    failed = [r for r in run(tmp_path, closing=wrong, closing__test=CASES) if not r.passed]
    assert [r.text for r in failed] == [
        f"""\
{tmp_path}/closing.test.yaml:2: R1 was silent, expected R1 fires: late
  all: false
    stage eq last  -- is last: true
    not: false
      days_in_stage le 31  -- is 31: true
    discount_bp gt 50  -- is unknown: unknown"""
    ]


def test_a_rule_without_a_firing_or_a_silent_case_fails(tmp_path: Path) -> None:
    only_late = "\n".join(CASES.splitlines()[:4])
    (result,) = [r for r in run(tmp_path, closing=LATE, closing__test=only_late) if not r.passed]
    assert result.text == (
        f"{tmp_path}/closing.yaml:2: R1 has no case in which it is silent; "
        "add one to closing.test.yaml"
    )


def test_a_rule_without_any_test_fails_twice(tmp_path: Path) -> None:
    assert [r.passed for r in run(tmp_path, closing=LATE)] == [False, False]


def test_a_stage_given_says_its_place_too(tmp_path: Path) -> None:
    ranked = rule("{pipeline: new, stage_rank: 2, stages_remaining: 0}")
    cases = CASES.replace("stage: last, days_in_stage: 30", "stage: first")
    assert all(r.passed for r in run(tmp_path, closing=ranked, closing__test=cases))


def test_a_stage_of_several_pipelines_needs_its_pipeline(tmp_path: Path) -> None:
    cases = CASES.replace("stage: last, days_in_stage: 31", "stage: offer")
    with pytest.raises(PlaybookError, match="'offer' is in several pipelines; write 'new/offer'"):
        run(tmp_path, closing=LATE, closing__test=cases)
    offered = rule("{stage: renewal/offer, pipeline: renewal}")
    cases = CASES.replace("stage: last, days_in_stage: 31", "stage: renewal/offer")
    assert all(r.passed for r in run(tmp_path, closing=offered, closing__test=cases))


@pytest.mark.parametrize(
    "old, new, said",
    [
        ("R1: fires", "R11: fires", "closing.test.yaml:4: unknown rule 'R11'; did you mean 'R1'?"),
        ("R1: fires", "R1: fire", "unknown value 'fire'; did you mean 'fires'?"),
        ("days_in_stage: 31", "days_in_stge: 31", "did you mean 'days_in_stage'?"),
        ("days_in_stage: 31", "days_in_stage: long", "'long' is not a whole number"),
        ("stage: last", "stage: []", "closing.test.yaml:3: 'stage' is an empty list; give a value"),
        ("stage: last", "stage: lasst", "did you mean 'last'?"),
        ("stage: last", "stage: none", "write 'stage: unknown', or leave it out"),
        (
            "days_in_stage: 31",
            "days_in_stage: {gt: 30}",
            "'days_in_stage' is given a condition; write the value itself, as in 'days_in_stage: 4",
        ),
        ("case: late", "name: late", "unknown key 'name'"),
    ],
)
def test_a_wrong_test_is_one_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(PlaybookError) as caught:
        run(tmp_path, closing=LATE, closing__test=CASES.replace(old, new, 1))
    assert said in str(caught.value)


def test_unknown_can_be_said(tmp_path: Path) -> None:
    unheard = rule("{days_since_contact_in: {is_null: true}}")
    cases = """\
tests:
  - case: never heard
    given: {days_since_contact_in: unknown}
    expect: {R1: fires}
  - case: heard
    given: {days_since_contact_in: 3}
    expect: {R1: silent}
"""
    assert all(r.passed for r in run(tmp_path, closing=unheard, closing__test=cases))


def test_a_list_gives_a_case_for_each_of_its_values(tmp_path: Path) -> None:
    cases = CASES.replace("days_in_stage: 31", "days_in_stage: [30, 31]")
    results = run(tmp_path, closing=LATE, closing__test=cases)
    assert [(r.case, r.passed) for r in results] == [
        ("late", False),
        ("late", True),
        ("in time", True),
    ]


def test_tests_of_no_rule_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(PlaybookError, match=r"tests no file closng\.yaml; did you mean 'closing'"):
        run(tmp_path, closing=LATE, closng__test=CASES)
