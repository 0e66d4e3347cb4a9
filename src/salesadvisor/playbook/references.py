"""What number does the strategy give for a name such as `pricing.discount_authority_percent`?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from salesadvisor.domain.naming import did_you_mean
from salesadvisor.domain.strategy import Strategy

# What a signal's unit makes of a strategy value whose name ends like this.
_PER_UNIT: Mapping[tuple[str, str], int] = {
    ("percent", "basis points"): 100,
    ("percent", "per mille"): 10,
    ("days", "days"): 1,
    ("days", "business days"): 1,
    ("hours", "hours"): 1,
}
_SUFFIXES = ("percent", "days", "hours")


class NoNumber(Exception):
    """The strategy gives no number for the name: what is wrong, and the cure."""

    def __init__(self, problem: str, cure: str) -> None:
        super().__init__(problem, cure)
        self.problem = problem
        self.cure = cure


def strategy_number(strategy: Strategy, name: str, *, unit: str, fallback: int | None) -> int:
    """The strategy's value under a dotted name, in the unit of a signal.

    Items of a list go by `name` or `id`: `process.pipelines.bids.stages.rfi.limit_days`.
    `fallback`, in the signal's unit, stands in where the strategy leaves the value open. Raises
    NoNumber if there is none, or if its unit is another one.
    """
    value = _value_at(strategy, name)
    if value is None:
        if fallback is None:
            cure = f"declare it there, or write {{strategy: {name}, else: NUMBER}}"
            raise NoNumber(f"the strategy declares no {name}", cure)
        return fallback
    if not isinstance(value, int | float | Decimal) or isinstance(value, bool):
        raise NoNumber(f"'{name}' of the strategy is no number", "name one of its numbers")
    scaled = Decimal(str(value)) * _factor(name, unit)
    if scaled != int(scaled):
        raise NoNumber(f"{name} is {value}, not a whole number of {unit}", "declare a whole one")
    return int(scaled)


def _factor(name: str, unit: str) -> int:
    suffix = name.rpartition("_")[2]
    if suffix not in _SUFFIXES:
        return 1
    factor = _PER_UNIT.get((suffix, unit))
    if factor is None:
        raise NoNumber(f"'{name}' is in {suffix}, the signal in {unit}", "compare like with like")
    return factor


def _value_at(strategy: Strategy, name: str) -> Any:
    value: Any = strategy
    walked: list[str] = []
    for key in name.split("."):
        parts = _parts(value)
        if key not in parts:
            where = ".".join(walked) or "the strategy"
            raise NoNumber(f"'{name}': no '{key}' in {where}", did_you_mean(key, parts))
        value = parts[key]
        walked.append(key)
    return value


def _parts(value: Any) -> Mapping[str, Any]:
    match value:
        case BaseModel():
            return {name: getattr(value, name) for name in type(value).model_fields}
        case Mapping():
            return value
        case str():
            return {}
        case Sequence():
            return {str(_label(item)): item for item in value}
        case _:
            return {}


def _label(item: Any) -> Any:
    return getattr(item, "name", None) or getattr(item, "id", None)
