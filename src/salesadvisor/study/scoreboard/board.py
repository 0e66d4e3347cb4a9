"""The board: one line an element, its measures and its standing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from salesadvisor.domain.elements import ELEMENTS, Element
from salesadvisor.study.scoreboard import execution, intent, upkeep
from salesadvisor.study.scoreboard.declared import TITLES, declaration
from salesadvisor.study.scoreboard.measure import Measure, Status
from salesadvisor.study.scoreboard.standpoint import Standpoint

__all__ = ["ElementLine", "Standpoint", "scoreboard"]

MEASURES: Mapping[Element, Callable[[Standpoint], Iterable[Measure]]] = MappingProxyType(
    {
        "target_market": intent.target_market,
        "value_proposition": intent.value_proposition,
        "process": intent.process,
        "channels": intent.channels,
        "pricing": intent.pricing,
        "competition": intent.competition,
        "prospecting": execution.prospecting,
        "conversations": execution.conversations,
        "relationships": execution.relationships,
        "closing": execution.closing,
        "activity": execution.activity,
        "crm": execution.crm,
        "comprehensive": upkeep.comprehensive,
        "alignment": upkeep.alignment,
        "goals": upkeep.goals,
        "accountability": upkeep.accountability,
        "review": upkeep.review,
    }
)


@dataclass(frozen=True)
class ElementLine:
    """One element: what was declared, what was measured, and what is being done about it.

    `open_recommendations` are those of its rules that the reps see now.
    """

    element: Element
    title: str
    declared: str
    status: Status
    measures: tuple[Measure, ...]
    rules: int
    open_recommendations: int


def scoreboard(at: Standpoint) -> tuple[ElementLine, ...]:
    """All 17 elements, in their order."""
    rules = Counter(rule.element for rule in at.rules if rule.enabled)
    shown = Counter(one.rule.element for one in at.shown)
    lines = []
    for element in ELEMENTS:
        measures = tuple(MEASURES[element](at))
        lines.append(
            ElementLine(
                element=element,
                title=TITLES[element],
                declared=declaration(at.strategy, element),
                status=_status(measures) if at.strategy.declares(element) else "cannot tell",
                measures=measures,
                rules=rules[element],
                open_recommendations=shown[element],
            )
        )
    return tuple(lines)


def _status(measures: Sequence[Measure]) -> Status:
    """Off plan if one measure is; on plan if none is and at least one is on plan."""
    found = {measure.status for measure in measures}
    if "off plan" in found:
        return "off plan"
    return "on plan" if "on plan" in found else "cannot tell"
