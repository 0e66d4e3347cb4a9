"""A condition's truth, by the plainest interpreter: the oracle of every engine.

It shares the shape of a condition with the product, and nothing of how one is decided.
"""

from collections.abc import Mapping

from salesadvisor.domain.rules import All, Any, Condition, Not, Test


def truth(condition: Condition, row: Mapping[str, int | None]) -> bool | None:
    """True, False, or None for unknown; a signal that the row lacks is unknown."""
    if isinstance(condition, Test):
        return _truth_of_test(condition, row.get(condition.signal))
    if isinstance(condition, Not):
        inner = truth(condition.item, row)
        if inner is None:
            return None
        return not inner
    if isinstance(condition, All):
        worst: bool | None = True
        for item in condition.items:
            part = truth(item, row)
            if part is False:
                return False
            if part is None:
                worst = None
        return worst
    if isinstance(condition, Any):
        best: bool | None = False
        for item in condition.items:
            part = truth(item, row)
            if part is True:
                return True
            if part is None:
                best = None
        return best
    raise TypeError(condition)


def _truth_of_test(test: Test, value: int | None) -> bool | None:
    if test.op in ("is_null", "not_null"):
        return (value is None) == (test.op == "is_null")
    if value is None:
        return None
    literal = test.value
    if test.op == "between":
        return literal[0] <= value and value <= literal[1]
    if test.op in ("in", "not_in"):
        return (value in literal) == (test.op == "in")
    return {
        "eq": value == literal,
        "ne": value != literal,
        "lt": value < literal,
        "le": value <= literal,
        "gt": value > literal,
        "ge": value >= literal,
    }[test.op]
