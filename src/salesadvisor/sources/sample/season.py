"""What does the month of the year change? How much comes up, where from, and how fast it moves."""

from __future__ import annotations

from salesadvisor.sources.sample.chance import Draw
from salesadvisor.sources.sample.clock import BusinessClock

# January first. Budgets are new in spring and spent in autumn; August and December are quiet.
OPENINGS = (1.05, 1.10, 1.15, 1.00, 1.05, 1.10, 0.80, 0.55, 1.20, 1.30, 1.10, 0.60)
PACE = (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.85, 0.65, 1.0, 1.0, 1.0, 0.80)
CONFERENCES = (0.10, 0.10, 0.10, 0.12, 0.20, 0.38, 0.16, 0.08, 0.20, 0.36, 0.14, 0.08)


def opening(draw: Draw, clock: BusinessClock) -> float:
    """A moment of the history, more likely in a month in which much comes up."""
    while True:
        moment = draw() * clock.days
        if draw() * max(OPENINGS) < OPENINGS[clock.month(moment)]:
            return moment


def pace(moment: float, clock: BusinessClock) -> float:
    """How much of a usual week's work is done at `moment`."""
    return PACE[clock.month(moment)]


def conference_share(moment: float, clock: BusinessClock) -> float:
    """The share of what comes up off the lists that was met at a congress."""
    return CONFERENCES[clock.month(moment)]
