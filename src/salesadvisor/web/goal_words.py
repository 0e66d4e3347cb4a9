"""What does the page say of each goal, beside its figure?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from salesadvisor.domain.events import minor_units
from salesadvisor.domain.goals import cheapest
from salesadvisor.study.goals import GoalReport, GoalStanding
from salesadvisor.web.wording import NBSP, day, days, money, percent, whole

_LEVERS = {
    "volume": "new deals",
    "rate": "the win rate",
    "size": "the value of a win",
    "cycle": "the sales cycle",
}


@dataclass(frozen=True)
class GoalCard:
    """One goal in words. `figure` is the id of its figure's place, None before the goal starts."""

    name: str
    says: str
    facts: tuple[tuple[str, str], ...]
    figure: str | None

    @property
    def text(self) -> str:
        """For those who don't see the figure."""
        return "; ".join(f"{label}: {value}" for label, value in self.facts)


def goal_cards(report: GoalReport) -> tuple[GoalCard, ...]:
    """The cards in the order of the declared goals."""
    return tuple(
        GoalCard(
            name=stands.goal.id,
            says=(
                f"{stands.metric.says}, {day(stands.goal.start)} to {day(stands.goal.due)};"
                f" owned by {stands.goal.owner}, for {stands.goal.element}"
            ),
            facts=tuple(_facts(stands, report.currency)),
            figure=None if curve is None else f"goal-{number}",
        )
        for number, (stands, curve) in enumerate(
            zip(report.standings, report.curves, strict=True), start=1
        )
    )


def _facts(stands: GoalStanding, currency: str) -> Iterator[tuple[str, str]]:
    def in_unit(value: float) -> str:
        return _in_unit(value, stands, currency)

    if stands.state == "not started":
        yield "goal", in_unit(stands.target)
        yield "state", f"starts on {day(stands.goal.start)}"
        return
    reached = stands.reached
    value = "no value yet" if reached.value is None else in_unit(reached.value)
    yield "reached", f"{value} of {in_unit(stands.target)}, from {reached.deals} deals"
    if stands.pace is not None and stands.metric.grows:
        yield "against even steps", f"{percent(100 * stands.pace)} of the pace"
    if stands.curve_pace is not None:
        yield "against earlier periods", f"{percent(100 * stands.curve_pace)} of their pace"
    if stands.state == "ended":
        yield "state", "ended"
        return
    if stands.expected is not None:
        chance = stands.expected.hit_bp / 100
        told = f"below 1{NBSP}%" if chance < 1 else f"{chance:.0f}{NBSP}%"
        yield "chance of reaching it", f"{told}, with {days(stands.days_left)} left"
    if stands.metric.unit == "money" and stands.expected is not None:
        coming = (in_unit(stands.expected.of_open), in_unit(stands.expected.of_coming))
        yield "expected to come", f"{coming[0]} from open deals, {coming[1]} from new ones"
    if stands.coverage is not None:
        required = stands.cover.required if stands.cover else None
        told = "" if required is None else f"; history needed {required:.1f}"
        yield "coverage", f"{stands.coverage:.1f} of what is missing{told}"
    lever = cheapest(stands.expected.levers) if stands.expected else None
    if lever is not None and lever.change:
        sign = "+" if lever.change > 0 else "−"
        yield (
            "shortest way",
            f"{_LEVERS[lever.name]} {sign}{percent(100 * abs(lever.change))}, all else equal",
        )


def _in_unit(value: float, stands: GoalStanding, currency: str) -> str:
    match stands.metric.unit:
        case "money":
            return money(value / minor_units(Decimal(1), currency), currency)
        case "percent":
            return percent(value)
        case "days":
            return days(round(value))
        case "count":
            return whole(value)
