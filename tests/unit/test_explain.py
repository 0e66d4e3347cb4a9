"""Why a rule fires, and how far it is from firing."""

from salesadvisor.domain.rules import All, Any, Condition, Not, Test
from salesadvisor.domain.signals import UNKNOWN
from salesadvisor.engine.boxes import compile_rules
from salesadvisor.engine.explain import Nearest, explain_rule, nearest
from tests.differential.rule_cases import SIGNAL_INDEX, rule

SILENT = Test("days", "gt", 14)
LABELS = {"stage": ("identified", "rfi", "proposal", "loi")}


def nearest_of(when: Condition, row: dict[str, int | None]) -> Nearest | None:
    return nearest(compile_rules([rule("r", when)], SIGNAL_INDEX), 0, row, labels=LABELS)


def test_every_node_of_a_condition_has_its_verdict_and_every_test_its_value() -> None:
    when = All((SILENT, Not(Test("stage", "eq", 3, text="loi")), Any((Test("flag", "eq", 1),))))
    told = explain_rule(rule("r", when), {"days": 15, "stage": 3, "flag": UNKNOWN})

    assert (told.text, told.verdict) == ("all", False)
    silent, not_loi, flagged = told.items
    assert (silent.text, silent.verdict, silent.value) == ("days gt 14", True, 15)
    assert (not_loi.verdict, not_loi.items[0].text) == (False, "stage eq loi")
    assert (flagged.verdict, flagged.items[0].value) == (None, None)


def test_the_nearest_alternative_is_the_one_with_the_fewest_tests_missing() -> None:
    when = Any((All((SILENT, Test("flag", "eq", 1))), All((SILENT, Test("stage", "in", (0, 2))))))
    found = nearest_of(when, {"days": 12, "flag": 0, "stage": 2})

    assert found is not None
    assert found.conjunction == 1
    assert [leaf.asks for leaf in found.leaves] == [
        "stage in [identified, proposal]",
        "days >= 15",
    ]
    (missing,) = found.missing
    assert (missing.signal, missing.value, missing.gap) == ("days", 12, 3)


def test_a_gap_to_or_from_the_unknown_has_no_size() -> None:
    unknown = nearest_of(SILENT, {})
    known = nearest_of(Test("days", "is_null"), {"days": 3})

    assert unknown is not None
    assert known is not None
    assert unknown.leaves[0].gap is None
    assert known.leaves[0].gap is None
    assert known.leaves[0].asks == "days is unknown"


def test_the_gap_leads_to_the_nearest_code_that_is_allowed() -> None:
    found = nearest_of(Test("days", "in", (2, 9)), {"days": 5})

    assert found is not None
    assert found.leaves[0].gap == 3
    assert found.leaves[0].asks == "days between 2 and 9 but not in [3, 4, 5, 6, 7, 8]"


def test_a_rule_that_fires_misses_nothing_and_one_that_cannot_has_no_nearest() -> None:
    found = nearest_of(SILENT, {"days": 15})

    assert found is not None
    assert found.missing == ()
    assert nearest_of(Test("days", "between", (5, 3)), {"days": 4}) is None
