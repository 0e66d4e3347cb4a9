"""Does the lint of rules find every planted fault, and nothing else?"""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from tests.unit.playbook.files import playbook, rule
from tests.unit.study.planted import planted, planted_playbook

from salesadvisor.domain.signals import UNKNOWN
from salesadvisor.domain.vocabulary import words_of
from salesadvisor.playbook.examination import examine_rules
from salesadvisor.playbook.playbook import find_playbook, load_strategy
from salesadvisor.study.rule_history import Met, RuleWatch
from salesadvisor.study.rule_lint import KINDS, Finding, lint

TODAY = date(2026, 11, 24)
PLANTED = (
    *(("unreadable", ""),) * 2,
    *(("never_true", f"F{number:02}") for number in range(3, 8)),
    *(("always_true", "F08"), ("empty_flag", "F09"), ("duplicate", "F10"), ("subsumed", "F11")),
    *(("contradiction", "F12"), ("no_silent_test", "F13"), ("no_firing_test", "F14")),
    *(("lone_group", "F15"), ("period_over", "F16"), ("daily_dedupe", "F17")),
    *(("silent_reason", "F18"), ("bold_hypothesis", "F19"), ("no_effort", "F20")),
    *(("hasty_expiry", "F21"), ("too_many_alternatives", "F22"), ("empty_group", "")),
    *(("never_fired", "F23"), ("always_fired", "F24"), ("unseen_threshold", "F25")),
    *(("never_known", "F26"), ("dead_alternative", "F27")),
)


def met_by(directory: Path, rows: list[dict[str, int]]) -> Met:
    strategy = load_strategy(directory / "strategy.yaml")
    words = words_of(strategy, "deal")
    block = np.full((len(words), len(rows)), UNKNOWN, np.int64)
    for column, row in enumerate(rows):
        for name, value in row.items():
            block[list(words).index(name), column] = value
    rules = examine_rules(directory, strategy, words).rules
    short = [one for one in rules if one.id != "F22"]
    watch = RuleWatch("deal", short, list(words))
    half = len(rows) // 2
    return watch.total([watch.look(block, half), watch.look(block[:, half:].copy(), half)])


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Finding, ...]:
    directory = planted_playbook(tmp_path_factory.mktemp("planted"))
    return lint(directory, today=TODAY, history=[met_by(directory, HISTORY)])


def seen(days: int, phase: int) -> dict[str, int]:
    """A row on which whatever asks for days in stage can be read."""
    return {
        "days_in_stage": days, "age_days": days % 100 + 3, "stage": days % 3, "calls_7d": days % 7,
        "calls_30d": 9, "stage_rank": days % 3, "stage_limit_days": 20, "quotes": days % 101,
        "days_over_stage_limit": days - 20, "cycle": days % 101, "stage_skips": days % 101,
        "attribute.phase": phase, "pipeline": 0,
    }  # fmt: skip


HISTORY = [seen(days, phase) for days in (*range(111), 112) for phase in (0, 1)]


@pytest.mark.parametrize("kind, identity", sorted(set(PLANTED)))
def test_a_planted_fault_is_found(found: tuple[Finding, ...], kind: str, identity: str) -> None:
    mine = [one for one in found if (one.kind, one.rule) == (kind, identity)]
    assert len(mine) == PLANTED.count((kind, identity))
    for one in mine:
        assert one.place.rpartition("/")[2].startswith("closing.yaml:")
        assert len(one.problem) > 20
        assert len(one.cure) > 10


def test_nothing_else_is_found(found: tuple[Finding, ...]) -> None:
    """But that rules whose signals never went that far never fired."""
    never_fired = {("never_fired", "F25"), ("never_fired", "F26")}
    assert {(one.kind, one.rule) for one in found} == set(PLANTED) | never_fired


def test_every_kind_of_finding_is_planted_but_unreadable_tests() -> None:
    assert {kind for kind, _ in PLANTED} == set(KINDS) - {"bad_tests"}


def test_findings_stand_in_the_order_of_the_file(found: tuple[Finding, ...]) -> None:
    lines = [int(one.place.rpartition(":")[2]) for one in found]
    assert lines == sorted(lines)


@pytest.mark.parametrize(
    "identity, reason",
    [
        ("F03", "'days_in_stage gt 9' and 'days_in_stage lt 10' never hold together"),
        ("F04", "'calls_7d lt 0' never holds"),
        ("F05", "'days_over_stage_limit gt 3' and 'stage_limit_days is_null' never hold together"),
        ("F06", "'calls_7d gt 5' and 'calls_30d lt 3' never hold together"),
        ("F07", "'stage eq first' and 'stage_rank ge 1' never hold together"),
    ],
)
def test_a_rule_that_can_never_fire_is_told_by_what_stops_it(
    found: tuple[Finding, ...], identity: str, reason: str
) -> None:
    (mine,) = [one for one in found if (one.kind, one.rule) == ("never_true", identity)]
    assert mine.problem == f"it can never fire: {reason}"


@pytest.mark.parametrize("name", ["clinical_research", "generic_b2b"])
def test_the_shipped_playbooks_are_clean(name: str) -> None:
    assert [str(one) for one in lint(find_playbook(name), today=TODAY)] == []


def test_tests_that_cannot_be_read_are_a_finding(tmp_path: Path) -> None:
    directory = playbook(
        tmp_path, closing=rule("{calls_7d: 0}"), closing__test="tests:\n  - {case: x}\n"
    )
    kinds = [one.kind for one in lint(directory, today=TODAY)]
    assert kinds == ["bad_tests", "silent_reason"]


@pytest.mark.parametrize(
    "one, other, kinds",
    [
        ("stance: advance", "stance: withdraw", ["contradiction"]),
        ("stance: advance", "stance: hold", ["contradiction"]),
        ("stance: hold", "stance: withdraw", []),
        ("stance: advance", "stance: advance", []),
        ("stance: advance", "role: boss", []),
    ],
)
def test_only_pushing_on_and_not_pushing_on_contradict(
    tmp_path: Path, one: str, other: str, kinds: list[str]
) -> None:
    assert kinds_of(tmp_path, two_stances(one, other)) == kinds


@pytest.mark.parametrize("hit, kinds", [("first", []), ("collect", ["contradiction"])])
def test_a_group_that_shows_one_rule_has_no_contradiction(
    tmp_path: Path, hit: str, kinds: list[str]
) -> None:
    rules = two_stances("stance: advance", "stance: withdraw", "group: step")
    assert kinds_of(tmp_path, f"groups: {{step: {{hit: {hit}}}}}\n{rules}") == kinds


def test_rules_of_different_years_are_not_compared(tmp_path: Path) -> None:
    rules = two_stances("stance: advance", "stance: withdraw", "effective_to: 2027-01-01")
    later = rules.replace("to: 2027-01-01", "from: 2027-01-02", 1)
    assert kinds_of(tmp_path, rules) == ["contradiction"]
    assert kinds_of(tmp_path, later) == []


def test_a_stronger_rule_inside_another_is_no_fault(tmp_path: Path) -> None:
    wide = planted("R1", "{days_in_stage: {gt: 3}}")
    narrow = planted("R2", "{days_in_stage: {gt: 9}}")
    assert kinds_of(tmp_path, f"rules:\n{wide}{narrow}") == ["subsumed"]
    urgent = planted("R2", "{days_in_stage: {gt: 9}}", "salience: 5")
    assert kinds_of(tmp_path, f"rules:\n{wide}{urgent}") == []
    another = planted("R2", "{days_in_stage: {gt: 9}}", action="{kind: email}")
    assert kinds_of(tmp_path, f"rules:\n{wide}{another}") == []


def test_a_signal_whose_absence_the_rule_asks_for_may_be_unknown(tmp_path: Path) -> None:
    when = "{any: [{discount_bp: {gt: 5}}, {discount_bp: {is_null: true}, days_in_stage: {gt: 3}}]}"
    directory = playbook(tmp_path, closing=f"rules:\n{planted('R1', when)}")
    found = lint(directory, today=TODAY, history=[met_by(directory, HISTORY)])
    assert {one.kind for one in found} <= {"no_firing_test", "no_silent_test", "always_fired"}


def test_a_rule_that_is_switched_off_is_not_judged(tmp_path: Path) -> None:
    off = planted("R1", "{calls_7d: {lt: 0}}", "enabled: false")
    on = planted("R2", "{days_in_stage: {gt: 9}}")
    assert kinds_of(tmp_path, f"rules:\n{off}{on}") == []


def two_stances(one: str, other: str, more: str = "") -> str:
    first = planted("R1", "{days_in_stage: {gt: 3}}", more, action=f"{{kind: call, {one}}}")
    second = planted("R2", "{days_in_stage: {lt: 9}}", more, action=f"{{kind: call, {other}}}")
    return f"rules:\n{first}{second}"


def kinds_of(directory: Path, rules: str) -> list[str]:
    """What is found beside missing tests."""
    found = lint(playbook(directory, closing=rules), today=TODAY)
    return [one.kind for one in found if not one.kind.endswith("_test")]
