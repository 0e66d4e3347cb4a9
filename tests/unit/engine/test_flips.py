"""Is it exactly the named values of a signal, and no other, that turn a rule's answer around?"""

from hypothesis import given
from hypothesis import strategies as st

from salesadvisor.domain.rules import All, Any, Condition, Not, Test, each_test
from salesadvisor.domain.signals import UNKNOWN
from salesadvisor.engine.algebra import Space
from salesadvisor.engine.explain import asks_values, flips
from tests.differential.rule_cases import VALUES, conditions, rows
from tests.oracles.three_valued import truth

FREE = Space({})
COUNTS = Space({"days": ((0, 2**62),), "flag": ((0, 1),)})


@given(conditions(), rows())
def test_flips_are_what_the_oracle_says_of_every_value(
    when: Condition, row: dict[str, int | None]
) -> None:
    found = {one.signal: one for one in flips(when, row, FREE)}
    fires = truth(when, row) is True
    asked = {test.signal for test in each_test(when)}
    assert set(found) <= asked
    for signal in asked:
        turning = found[signal].values if signal in found else ()
        for value in (*VALUES[signal], 2, 8, 10**6, -7, None):
            code = UNKNOWN if value is None else value
            turned = (truth(when, {**row, signal: value}) is True) is not fires
            assert any(low <= code <= high for low, high in turning) == turned, (signal, value)


def test_values_beyond_the_bounds_are_not_proposed() -> None:
    when = Test("days", "lt", 5)
    (flip,) = flips(when, {"days": 9}, COUNTS)
    assert (flip.value, flip.values) == (9, ((0, 4),))


def test_a_rule_that_lacks_two_things_has_no_flip() -> None:
    when = All((Test("days", "gt", 5), Test("flag", "eq", 1)))
    assert flips(when, {"days": 0, "flag": 0}, COUNTS) == ()
    assert [one.signal for one in flips(when, {"days": 9, "flag": 0}, COUNTS)] == ["flag"]


def test_two_alternatives_that_hold_are_not_turned_by_one() -> None:
    when = Any((Test("days", "gt", 5), Test("flag", "eq", 1)))
    assert flips(when, {"days": 9, "flag": 1}, COUNTS) == ()
    assert flips(Not(when), {"days": 9, "flag": 1}, COUNTS) == ()


def test_values_read_as_people_say_them() -> None:
    labels = {"stage": ("rfi", "offer", "last")}
    assert asks_values(((15, (1 << 63) - 1),), "days") == "15 or more"
    assert (
        asks_values(((UNKNOWN, 4), (7, 7), (9, 12)), "days")
        == "4 or less or 7 or 9 to 12 or unknown"
    )
    assert asks_values(((UNKNOWN, UNKNOWN),), "days") == "unknown"
    assert asks_values(((UNKNOWN, UNKNOWN), (0, 1)), "stage", labels) == "rfi, offer or unknown"


@given(st.integers(-5, 5))
def test_a_signal_that_is_known_or_not_reads_as_known(value: int) -> None:
    (flip,) = flips(Test("x", "is_null"), {"x": None}, FREE)
    assert asks_values(flip.values, "x") == "known"
    (flip,) = flips(Test("x", "is_null"), {"x": value}, FREE)
    assert asks_values(flip.values, "x") == "unknown"
