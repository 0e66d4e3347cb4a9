"""A rule and the truth of its condition."""

from datetime import date

import pytest

from salesadvisor.domain.rules import (
    EFFECT_PERMILLE,
    LARGEST,
    All,
    Any,
    Not,
    Test,
    Urgency,
    each_test,
    verdict,
)
from salesadvisor.errors import PlaybookError
from tests.differential.rule_cases import rule

SILENT = Test("days", "gt", 14)
EARLY = Test("stage", "in", (0, 1))


def test_a_comparison_with_an_unknown_value_is_unknown_and_so_is_its_negation() -> None:
    assert verdict(SILENT, {}.get) is None
    assert verdict(Not(SILENT), {}.get) is None


def test_one_false_test_settles_all_and_one_true_test_settles_any() -> None:
    row = {"days": 3, "stage": 1}.get
    unknown = Test("amount", "gt", 0)

    assert verdict(All((unknown, SILENT)), row) is False
    assert verdict(Any((unknown, EARLY)), row) is True
    assert verdict(All((unknown, EARLY)), row) is None
    assert verdict(Any((unknown, SILENT)), row) is None


def test_only_is_null_and_not_null_know_something_about_the_unknown() -> None:
    assert verdict(Test("days", "is_null"), {}.get) is True
    assert verdict(Test("days", "not_null"), {}.get) is False


@pytest.mark.parametrize(
    "op, value",
    [
        ("eq", None),
        ("eq", True),
        ("gt", (1, 2)),
        ("gt", LARGEST + 1),
        ("between", (1,)),
        ("between", 1),
        ("in", ()),
        ("in", (1, None)),
        ("not_in", (1, -LARGEST - 1)),
        ("is_null", 1),
    ],
)
def test_a_literal_that_does_not_fit_its_comparison_is_refused(op: str, value: object) -> None:
    with pytest.raises(PlaybookError, match=r"^rules/closing.yaml:14: '\w+' "):
        Test("days", op, value, place="rules/closing.yaml:14")


def test_how_a_literal_was_written_changes_nothing_but_its_text() -> None:
    written = Test("stage", "eq", 5, text="proposal_submitted", place="a.yaml:3")

    assert written == Test("stage", "eq", 5)
    assert str(written) == "stage eq proposal_submitted"
    assert str(EARLY) == "stage in [0, 1]"


def test_a_rule_lists_its_signals_once_in_the_order_of_its_text() -> None:
    when = All((SILENT, Not(Any((EARLY, SILENT)))))

    assert rule("a", when).signals == ("days", "stage")
    assert list(each_test(when)) == [SILENT, EARLY, SILENT]


def test_the_effect_follows_the_evidence_unless_the_author_states_one() -> None:
    assert rule("a", SILENT).effect_permille == EFFECT_PERMILLE["hypothesis"]
    assert rule("a", SILENT, effect_stated_permille=7).effect_permille == 7
    effects = [EFFECT_PERMILLE[one] for one in ("measured", "published", "hypothesis")]
    assert effects == sorted(effects, reverse=True)


def test_a_rule_speaks_on_both_ends_of_its_period_and_not_when_disabled() -> None:
    first, last = date(2026, 1, 1), date(2026, 1, 31)
    january = rule("a", SILENT, effective_from=first, effective_to=last)

    assert january.is_effective(first)
    assert january.is_effective(last)
    assert not january.is_effective(date(2026, 2, 1))
    assert not rule("a", SILENT, enabled=False).is_effective(first)


def test_urgency_grows_with_its_signal_up_to_its_limit() -> None:
    urgency = Urgency(signal="days", per_unit_permille=100, max_permille=1_500)

    assert [urgency.permille(days) for days in (None, -1, 0, 2, 90)] == [
        *(1_000, 1_000, 1_000),
        *(1_200, 1_500),
    ]
