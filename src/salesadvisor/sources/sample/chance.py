"""Where does chance come from? One seeded stream of uniform numbers, drawn in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from math import exp
from statistics import NormalDist
from typing import TypeVar

from numpy.random import PCG64, Generator

T = TypeVar("T")
Draw = Callable[[], float]
_BLOCK = 1 << 14
_normal = NormalDist().inv_cdf


def draws(seed: int, stream: int) -> Draw:
    """A function that returns the next number in [0, 1) of an independent stream of `seed`."""
    return chain.from_iterable(_blocks(Generator(PCG64([seed, stream])))).__next__


def _blocks(generator: Generator) -> Iterator[list[float]]:
    # Only `random` is used: its stream is the same in every version of numpy.
    while True:
        yield generator.random(_BLOCK).tolist()


def normal(draw: Draw) -> float:
    return _normal(draw() or 0.5)


def lognormal(draw: Draw, median: float, sigma: float) -> float:
    return median * exp(sigma * normal(draw))


def pick(draw: Draw, items: Sequence[T]) -> T:
    return items[int(draw() * len(items))]


def weighted(draw: Draw, weights: Sequence[tuple[T, float]]) -> T:
    """One of the items by its weight; weights add up to 1."""
    left = draw()
    for item, weight in weights:
        left -= weight
        if left < 0:
            return item
    return weights[-1][0]
