"""Can a rule fire, does one rule say what another says, do two rules meet? Exact, on the boxes.

A region gives for some signals the values that it allows, as ranges; every other signal is free.
A rule is a union of regions. Unknown is a value like any other, the smallest. Within a `Space`,
signals have bounds and links to each other, so that "no row" means: no row that can come to be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final, assert_never

from salesadvisor.domain.bounds import AtMost, Bounds, Implies, Link, bounds_of, linked
from salesadvisor.domain.rules import Rule, Test
from salesadvisor.domain.signals import UNKNOWN
from salesadvisor.domain.vocabulary import Vocabulary
from salesadvisor.engine.boxes import HIGHEST, LOWEST, conjunctions_of, leaves_of

Ranges = tuple[tuple[int, int], ...]
"""Ascending, apart from each other, both ends included; empty for no value."""
Region = Mapping[str, Ranges]
Point = Mapping[str, int | None]
"""Values of some signals, None for unknown, for which all others can be found."""

EVERYTHING: Final[Ranges] = ((UNKNOWN, HIGHEST),)


@dataclass(frozen=True)
class Space:
    """The rows that can come to be: values of each signal, and links between signals."""

    domains: Mapping[str, Ranges]
    links: tuple[Link, ...] = ()

    def point_in(self, regions: Iterable[Region], *, but: Sequence[Region] = ()) -> Point | None:
        """A row of one of the regions that is in none of `but`; None if there is no such row."""
        inside = list(regions)
        barred = self._barred([*inside, *but])
        for region in inside:
            if (own := self._bounded(region)) is not None:
                found = self._search(own, [*but, *barred], 0)
                if found is not None:
                    return found
        return None

    def meeting(
        self, one: Sequence[Region], other: Sequence[Region], *, but: Sequence[Region] = ()
    ) -> Point | None:
        """A row that is in a region of both and in none of `but`; None if there is none."""
        met = (_meet(first, second) for first in one for second in other)
        return self.point_in([region for region in met if region is not None], but=but)

    def covers(self, outer: Sequence[Region], inner: Sequence[Region]) -> bool:
        """Whether every row of the inner regions is in one of the outer."""
        return self.point_in(inner, but=outer) is None

    def same(self, one: Sequence[Region], other: Sequence[Region]) -> bool:
        """Whether both hold the same rows."""
        return self.covers(one, other) and self.covers(other, one)

    def domain(self, name: str) -> Ranges:
        """The values that a signal can have."""
        return self.domains.get(name, EVERYTHING)

    def _bounded(self, region: Region) -> dict[str, Ranges] | None:
        own = {name: intersection(ranges, self.domain(name)) for name, ranges in region.items()}
        return own if all(own.values()) else None

    def _search(
        self, region: dict[str, Ranges], outside: Sequence[Region], first: int
    ) -> Point | None:
        """Takes the regions of `outside` away one after the other, until a part is left over."""
        for index in range(first, len(outside)):
            other = outside[index]
            if any(not intersection(self._of(region, name), other[name]) for name in other):
                continue
            inside = dict(region)
            for name, taken in other.items():
                ranges = self._of(inside, name)
                rest = difference(ranges, taken)
                if rest:
                    found = self._search({**inside, name: rest}, outside, index + 1)
                    if found is not None:
                        return found
                inside[name] = intersection(ranges, taken)
            return None
        return self._point(region)

    def _of(self, region: Region, name: str) -> Ranges:
        return region.get(name) or self.domain(name)

    def _point(self, region: Region) -> Point:
        point = {name: _plainest(ranges) for name, ranges in region.items()}
        for link in self.links:
            if isinstance(link, AtMost) and link.lesser in point and link.greater in point:
                lesser, greater = point[link.lesser], point[link.greater]
                if UNKNOWN not in (lesser, greater) and greater < lesser:
                    higher = intersection(region[link.greater], ((lesser, HIGHEST),))
                    point[link.greater] = _plainest(higher)
        return {name: None if value == UNKNOWN else value for name, value in point.items()}

    def _barred(self, regions: Sequence[Region]) -> list[Region]:
        """The rows that the links forbid, as far as they touch the regions."""
        names = {name for region in regions for name in region}
        found: list[Region] = []
        for link in linked(self.links, names):
            match link:
                case Implies(first, second):
                    found += self._not_implied(first, second)
                case AtMost(lesser, greater):
                    found += _not_at_most(lesser, greater, regions)
                case _:
                    assert_never(link)
        return found

    def _not_implied(self, first: Test, second: Test) -> Iterator[Region]:
        true = values_of(first)
        wrong = difference(self.domain(second.signal), values_of(second))
        if true and wrong:
            yield {first.signal: true, second.signal: wrong}


def space_of(words: Vocabulary, links: tuple[Link, ...] = ()) -> Space:
    """The space of the signals of a vocabulary."""
    return Space({name: _domain(bounds_of(spec)) for name, spec in words.items()}, links)


def regions_of(rule: Rule, signal_index: Mapping[str, int]) -> tuple[Region, ...]:
    """A rule's normal form; errors as for `compile_rules`."""
    names = {column: name for name, column in signal_index.items()}
    return tuple(
        {names[leaf.signal]: leaf.ranges for leaf in conjunction}
        for conjunction in conjunctions_of(rule, signal_index)
    )


@lru_cache(maxsize=4096)
def values_of(test: Test) -> Ranges:
    """The values of its signal for which a test is true."""
    return union(pair for leaf in leaves_of(test, 0) for pair in leaf.ranges)


def union(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Any ranges in their one form."""
    found: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return tuple(found)


def intersection(one: Ranges, other: Ranges) -> Ranges:
    """The values of both."""
    return tuple(
        (max(low, floor), min(high, ceiling))
        for low, high in one
        for floor, ceiling in other
        if max(low, floor) <= min(high, ceiling)
    )


def difference(one: Ranges, other: Ranges) -> Ranges:
    """The values of the one that are not of the other."""
    left = one
    for floor, ceiling in other:
        parts = (
            part
            for low, high in left
            for part in ((low, min(high, floor - 1)), (max(low, ceiling + 1), high))
        )
        left = tuple((low, high) for low, high in parts if low <= high)
    return left


def parted(domain: Ranges, by: Iterable[Ranges]) -> Iterator[tuple[int, int]]:
    """The domain in parts, none of which is only partly in one of the ranges; unknown is a part."""
    cuts = {LOWEST, *(cut for ranges in by for low, high in ranges for cut in (low, high + 1))}
    for low, high in domain:
        inside = sorted(cut for cut in cuts if low < cut <= high)
        for first, after in pairwise([low, *inside, high + 1]):
            yield first, after - 1


def _meet(one: Region, other: Region) -> Region | None:
    met = dict(one)
    for name, ranges in other.items():
        met[name] = intersection(met[name], ranges) if name in met else ranges
    return met if all(met.values()) else None


def _domain(bounds: Bounds) -> Ranges:
    low = LOWEST if bounds.low is None else bounds.low
    high = HIGHEST if bounds.high is None else bounds.high
    known = ((low, high),)
    return union([(UNKNOWN, UNKNOWN), *known]) if bounds.can_be_unknown else known


def _not_at_most(lesser: str, greater: str, regions: Sequence[Region]) -> Iterator[Region]:
    """Between the values at which the regions cut, a part that obeys the link has a row of it."""
    cuts = {
        cut
        for region in regions
        for name in (lesser, greater)
        for low, high in region.get(name, ())
        for cut in (low, high + 1)
    }
    for cut in sorted(cuts):
        if LOWEST < cut <= HIGHEST:
            yield {lesser: ((cut, HIGHEST),), greater: ((LOWEST, cut - 1),)}


def _plainest(ranges: Ranges) -> int:
    """The smallest value that is not negative, else the largest known, else unknown."""
    natural = intersection(ranges, ((0, HIGHEST),))
    if natural:
        return natural[0][0]
    known = intersection(ranges, ((LOWEST, -1),))
    return known[-1][1] if known else UNKNOWN
