"""Which deals does a `where` let through? None at all, or all of another one's?"""

from __future__ import annotations

from salesadvisor.domain.elements import Match, Where


def is_empty(where: Where) -> bool:
    """Whether no deal can fit, whatever its attributes."""
    return any(_fits_nothing(match) for match in where.values())


def covers(outer: Where, inner: Where) -> bool:
    """Whether every deal that fits `inner` fits `outer`; an empty `outer` says nothing."""
    return bool(outer) and all(
        name in inner and _within(inner[name], match) for name, match in outer.items()
    )


def _fits_nothing(match: Match) -> bool:
    low, high = match.bounds
    if match.any_of:
        return not any(_fits(value, match) for value in match.any_of)
    return low is not None and high is not None and low > high


def _within(inner: Match, outer: Match) -> bool:
    if inner.any_of:
        return all(_fits(value, outer) for value in inner.any_of if _fits(value, inner))
    if outer.any_of:
        return False
    (low, high), (lowest, highest) = inner.bounds, outer.bounds
    return (lowest is None or (low is not None and low >= lowest)) and (
        highest is None or (high is not None and high <= highest)
    )


def _fits(value: str | int, match: Match) -> bool:
    low, high = match.bounds
    if match.any_of and value not in match.any_of:
        return False
    if isinstance(value, str):
        return low is None and high is None
    return (low is None or value >= low) and (high is None or value <= high)
