"""What does the page show of process conformance, and what does it cut short?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from salesadvisor.domain.conformance import BROKEN
from salesadvisor.study.conformance import Conformance, DealConformance, Deviation, Line, Measure

MOST_DEALS = 8
MOST_DEVIATIONS = 12


@dataclass(frozen=True)
class WorstDeal:
    """A deal that keeps little of what is declared: `fitness` 0 to 1, how often it deviated, how.

    `broken` are the names of what it doesn't keep.
    """

    deal: str
    fitness: float
    deviations: int
    broken: tuple[str, ...]


@dataclass(frozen=True)
class ConformanceView:
    """Constraints with their meaning, the worst deals and the newest deviations."""

    constraints: tuple[tuple[Measure, Line], ...]
    worst: tuple[WorstDeal, ...]
    newest: tuple[Deviation, ...]


def conformance_view(found: Conformance) -> ConformanceView:
    """The deals with the lowest fitness first; of equals those with more deviations."""
    times = Counter(one.deal for one in found.deviations)
    worst = [_worst(one, found, times[one.deal]) for one in found.deals if times[one.deal]]
    worst.sort(key=lambda one: (one.fitness, -one.deviations, one.deal))
    return ConformanceView(
        constraints=tuple(zip(found.measures, found.by_constraint, strict=True)),
        worst=tuple(worst[:MOST_DEALS]),
        newest=found.deviations[:MOST_DEVIATIONS],
    )


def _worst(one: DealConformance, found: Conformance, deviations: int) -> WorstDeal:
    return WorstDeal(
        deal=one.deal,
        fitness=one.fitness or 0.0,
        deviations=deviations,
        broken=tuple(
            measure.name
            for measure, state in zip(found.measures, one.states, strict=True)
            if state == BROKEN
        ),
    )
