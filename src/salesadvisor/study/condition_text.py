"""How is a condition told in one line, and where does it stand?"""

from __future__ import annotations

from typing import assert_never

from salesadvisor.domain.rules import All, Any, Condition, Not, Test


def place_of(condition: Condition, otherwise: str) -> str:
    """Where its first test stands."""
    match condition:
        case Test():
            return condition.place or otherwise
        case Not(item):
            return place_of(item, otherwise)
        case All(items) | Any(items):
            return place_of(items[0], otherwise) if items else otherwise
        case _:
            assert_never(condition)


def told(condition: Condition) -> str:
    """The condition in one line."""
    match condition:
        case Test():
            return str(condition)
        case Not(item):
            return f"not {told(item)}"
        case All(items):
            return "(" + " and ".join(map(told, items)) + ")"
        case Any(items):
            return "(" + " or ".join(map(told, items)) + ")"
        case _:
            assert_never(condition)
