"""Do the rules of a playbook fire and keep silent where their authors say so?

`closing.test.yaml` stands beside `closing.yaml`:

    tests:
      - case: the close date passed and nobody re-dated it
        given: {days_past_close_date: 3, stage: [rfi, loi]}
        expect: {CL01: fires, CL02: silent}

Labels are written as in rules, and a list gives a case for each of its values. Signals that are
not given are unknown, except that a stage says its pipeline, rank and stages remaining too. A rule
needs a case in which it fires and one in which it is silent; one that lacks either has failed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Literal, assert_never

from pydantic import BaseModel, ConfigDict, Field

from salesadvisor.domain.elements import KeyPath, Name, Text
from salesadvisor.domain.naming import did_you_mean
from salesadvisor.domain.rules import All, Condition, Not, Rule, Test, verdict
from salesadvisor.domain.rules import Any as AnyOf
from salesadvisor.domain.vocabulary import shown
from salesadvisor.errors import PlaybookError
from salesadvisor.playbook.conditions import ConditionReader
from salesadvisor.playbook.playbook import Playbook, load_playbook
from salesadvisor.playbook.rule_files import TEST_SUFFIX, rule_paths
from salesadvisor.playbook.yaml_file import Document, load_yaml, validate

Row = Mapping[str, int | None]
Evaluate = Callable[[tuple[Rule, ...], Row], Set[str]]
Expected = Literal["fires", "silent"]


class Case(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    case: Text
    given: dict[Name, Any] = Field(default_factory=dict)
    expect: dict[Name, Expected] = Field(min_length=1)


class CaseFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    tests: tuple[Case, ...] = Field(min_length=1)


@dataclass(frozen=True)
class RuleCase:
    """A state of a deal, and what each of some rules must do in it. `row` holds every signal."""

    case: str
    row: Row
    expect: Mapping[str, Expected]
    place: str


@dataclass(frozen=True)
class RuleTestResult:
    """One rule in one case; `text` is the line to show, for a failure with the condition below."""

    rule_id: str
    case: str
    place: str
    passed: bool
    text: str


def run_rule_tests(directory: Path, evaluate: Evaluate) -> tuple[RuleTestResult, ...]:
    """Every expectation of the playbook's tests, and a failure for each case that is missing.

    `evaluate(rules, row)` gives the ids of the rules that fire on a row of signals (None: unknown).
    Raises PlaybookError for a test file that can't be read.
    """
    playbook = load_playbook(directory)
    cases = load_cases(playbook)
    results = [result for case in cases for result in _outcomes(playbook, case, evaluate)]
    return (*results, *_missing(playbook.rules, cases))


def load_cases(playbook: Playbook) -> tuple[RuleCase, ...]:
    """The test cases beside the playbook's rule files; raises PlaybookError with file and line."""
    return tuple(
        case
        for path in _test_paths(playbook.directory)
        for case in _cases(load_yaml(path), playbook)
    )


def _test_paths(directory: Path) -> Iterator[Path]:
    files = {path.stem for path in rule_paths(directory)}
    for path in sorted(directory.glob(f"*{TEST_SUFFIX}")):
        stem = path.name.removesuffix(TEST_SUFFIX)
        if stem not in files:
            raise PlaybookError(str(path), f"tests no file {stem}.yaml", did_you_mean(stem, files))
        yield path


def _cases(document: Document, playbook: Playbook) -> Iterator[RuleCase]:
    ids = [rule.id for rule in playbook.rules]
    reader = ConditionReader(document, playbook.strategy, playbook.words, scope=None)
    for index, case in enumerate(validate(CaseFile, document).tests):
        at: KeyPath = ("tests", index)
        for rule_id in case.expect:
            if rule_id not in ids:
                cure = did_you_mean(rule_id, ids)
                raise document.wrong((*at, "expect", rule_id), f"unknown rule '{rule_id}'", cure)
        for name, value in case.given.items():
            if value == []:
                cure = "give a value, or leave the signal out"
                raise document.wrong((*at, "given", name), f"'{name}' is an empty list", cure)
        for given in _each(case.given):
            row = _row(given, (*at, "given"), reader)
            yield RuleCase(case.case, row, case.expect, document.place(at))


def _each(given: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every combination of one value from each list."""
    choices = [value if isinstance(value, list) else [value] for value in given.values()]
    return (dict(zip(given, chosen, strict=True)) for chosen in product(*choices))


def _row(given: Mapping[str, Any], at: KeyPath, reader: ConditionReader) -> Row:
    """Every signal by name; a stage given says its pipeline, rank and stages remaining too."""
    row: dict[str, int | None] = dict.fromkeys(reader.words)
    for name, written in given.items():
        row[name] = reader.value(reader.spec(name, (*at, name)), written, (*at, name))
    stage = row["stage"]
    if stage is None:
        return row
    ref = reader.strategy.stages[stage]
    place = {
        "pipeline": ref.pipeline_code,
        "stage_rank": ref.rank,
        "stages_remaining": ref.stage_count - ref.rank - 1,
    }
    return {**row, **{name: value for name, value in place.items() if name not in given}}


def _outcomes(playbook: Playbook, case: RuleCase, evaluate: Evaluate) -> Iterator[RuleTestResult]:
    fired = evaluate(playbook.rules, case.row)
    by_id = {rule.id: rule for rule in playbook.rules}
    for rule_id, expected in case.expect.items():
        passed = (rule_id in fired) == (expected == "fires")
        text = f"{rule_id} {expected}: {case.case}"
        if not passed:
            did = "fired" if rule_id in fired else "was silent"
            lines = condition_lines(by_id[rule_id].when, case.row, playbook)
            text = "\n".join([f"{case.place}: {rule_id} {did}, expected {text}", *lines])
        yield RuleTestResult(rule_id, case.case, case.place, passed, text)


def _missing(rules: tuple[Rule, ...], cases: tuple[RuleCase, ...]) -> Iterator[RuleTestResult]:
    seen = {(rule_id, expected) for case in cases for rule_id, expected in case.expect.items()}
    wanted: tuple[Expected, Expected] = ("fires", "silent")
    for rule in rules:
        for expected in wanted:
            if (rule.id, expected) not in seen:
                problem = "no case in which it " + ("fires" if expected == "fires" else "is silent")
                text = (
                    f"{rule.place}: {rule.id} has {problem}; add one to {rule.element}{TEST_SUFFIX}"
                )
                yield RuleTestResult(rule.id, problem, rule.place, False, text)


def condition_lines(
    condition: Condition, row: Row, playbook: Playbook, depth: int = 1
) -> list[str]:
    """The condition as an indented tree, each part with its verdict, each test with its value."""
    indent = "  " * depth
    said = {True: "true", False: "false", None: "unknown"}[verdict(condition, row.get)]
    match condition:
        case Test(signal):
            value = shown(playbook.words[signal], row.get(signal), playbook.strategy.currency)
            return [f"{indent}{condition}  -- is {value}: {said}"]
        case Not(item):
            inner = condition_lines(item, row, playbook, depth + 1)
            return [f"{indent}not: {said}", *inner]
        case All(items) | AnyOf(items):
            title = "all" if isinstance(condition, All) else "any"
            inner = [line for i in items for line in condition_lines(i, row, playbook, depth + 1)]
            return [f"{indent}{title}: {said}", *inner]
        case _:
            assert_never(condition)
