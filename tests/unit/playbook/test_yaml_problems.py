"""Does what a model finds wrong read as its author would say it, with line, problem and cure?"""

from pathlib import Path

import pytest

from salesadvisor.errors import PlaybookError
from salesadvisor.playbook.playbook import load_playbook
from salesadvisor.playbook.rule_tests import load_cases
from tests.unit.playbook.files import STRATEGY, playbook, rule

RULES = rule("{calls_7d: 0}")
CASES = "tests:\n  - case: quiet\n    given: {calls_7d: 0}\n    expect: {R1: fires}\n"
LAST_LINE = STRATEGY.count("\n") + 1


def problem(directory: Path, **files: str) -> str:
    """The one line that loading says, without the folder."""
    with pytest.raises(PlaybookError) as caught:
        load_cases(load_playbook(playbook(directory, **files)))
    line = str(caught.value)
    assert "\n" not in line
    return line.removeprefix(f"{directory}/")


@pytest.mark.parametrize(
    "old, new, said",
    [
        (
            "limit_days: 20",
            "limit_days: 20 days",
            "17: process.pipelines.0.stages.0.limit_days: '20 days' is not a whole number;"
            " write a whole number, such as 30, without sign or unit",
        ),
        (
            "limit_days: 20",
            "limit_days: 20.5",
            "'20.5' is not a whole number; write a whole number",
        ),
        ("limit_days: 20", "limit_days: '20'", "write a whole number, such as 30, without quotes"),
        ("limit_days: 20", "limit_days: -20", "'-20' is below 0; write 0 or more"),
        (
            "limit_days: 20",
            "limit_days: [20]",
            "a list is not a whole number; write a whole number",
        ),
        ("late: true", "late: maybe", "'maybe' is not yes or no; write yes or no"),
        (
            "percent: 7.5",
            "percent: 7.5 %",
            "'7.5 %' is not a number; write a number, such as 12.5,",
        ),
        ("percent: 7.5", "percent: 7,5", "unknown key '5'; a comma divides two values: write 7.5"),
        ("percent: 7.5", "percent: 107", "'107' is above 100; write 100 or less"),
        ("percent: 7.5", "percent: 7.555", "'7.555' has more than 2 decimal places; round it"),
        ("EUR", "eur", "2: currency: 'eur' is not of the right form; write three capital letters"),
        ("name: small", "name: 'small '", "is not of the right form; remove the blanks around it"),
        ("name: small", "name: " + "x" * 81, "is longer than 80 characters; shorten it"),
        ("name: small", "name: 2026", "1: name: '2026' is not a text; write a text, in quotes if"),
        ("name: small", "name: {small}", "keys and values stand where a text belongs; put a text"),
        ("name: small", "name:", "nothing is not a text; write a text"),
        ("roles: [buyer, boss]", "roles: buyer", "'buyer' is not a list; write a list: [a, b], or"),
        (
            "{name: first, limit_days: 20}",
            "first",
            "'first' stands where keys and values belong; write 'key: value' pairs; its keys are"
            " name, limit_days, target_days,",
        ),
        (
            "closing: {award_to_signature_days: 56}",
            "closing:",
            "closing: nothing is written here; write 'key: value' pairs, or remove the key",
        ),
    ],
)
def test_a_mistake_in_a_strategy(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in STRATEGY
    line = problem(tmp_path, strategy=STRATEGY.replace(old, new, 1))
    assert said in line


@pytest.mark.parametrize(
    "added, said",
    [
        ("calendar: {holidays: [24.12.2026]}", "'24.12.2026' is not a day; write the day as 2026-"),
        ("calendar: {holidays: [12/24/2026]}", "'12/24/2026' is not a day; write the day as 2026-"),
        ("calendar: {weekend: [Saturday]}", "unknown value 'Saturday'; use one of fri, mon, sat,"),
        (
            "accountability: {assumed_amount: '10,000'}",
            "write a whole number, such as 30, here 10000",
        ),
        ("accountability: {assumed_amount: EUR 9}", "such as 30, without sign or unit"),
        (
            "weights: {process: 120%}",
            "'120%' is not a number; write a number, such as 12.5, without",
        ),
        (
            "goals: {g: {metric: won}}",
            "keys and values stand where a list belongs; begin each item",
        ),
        (
            "thresholds: {Slow: {of: age_days}}",
            "is not of the right form; write small letters, digits",
        ),
    ],
)
def test_a_mistake_in_a_further_line(tmp_path: Path, added: str, said: str) -> None:
    line = problem(tmp_path, strategy=f"{STRATEGY}{added}\n")
    assert line.startswith(f"strategy.yaml:{LAST_LINE}: ")
    assert said in line


@pytest.mark.parametrize(
    "old, new, said",
    [
        ("action: {kind: call}", "action: call", "7: rules.0.action: 'call' stands where keys and"),
        (
            "id: R1",
            "id: R 1",
            "2: rules.0.id: 'R 1' is not of the right form; write letters, digits, - and _",
        ),
        ("    do: An action.\n", "", "2: rules.0: 'do' is missing; add 'do: ...'"),
        ("title: A title", "Title: A title", "3: rules.0.Title: unknown key 'Title'; did you mean"),
        (
            "rules:\n  - id",
            "rules:\n    id",
            "1: rules: keys and values stand where a list belongs",
        ),
    ],
)
def test_a_mistake_in_a_rule(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in RULES
    line = problem(tmp_path, closing=RULES.replace(old, new))
    assert line.startswith(f"closing.yaml:{said}")


@pytest.mark.parametrize(
    "old, new, said",
    [
        ("{R1: fires}", "[R1]", "4: tests.0.expect: a list stands where keys and values belong"),
        ("R1: fires", "R1: true", "4: tests.0.expect.R1: unknown value 'true'; use one of fires,"),
        ("    expect: {R1: fires}\n", "", "2: tests.0: 'expect' is missing; add 'expect: ...'"),
    ],
)
def test_a_mistake_in_a_test(tmp_path: Path, old: str, new: str, said: str) -> None:
    line = problem(tmp_path, closing=RULES, closing__test=CASES.replace(old, new))
    assert line.startswith(f"closing.test.yaml:{said}")
