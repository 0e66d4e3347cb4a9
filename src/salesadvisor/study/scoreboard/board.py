"""The board: one line an element, its measures and its standing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from salesadvisor.domain.elements import ELEMENTS, Element
from salesadvisor.study.scoreboard import execution, intent, upkeep
from salesadvisor.study.scoreboard.declared import TITLES, declaration
from salesadvisor.study.scoreboard.findings import findings_about
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
class RuleAtWork:
    """How many recommendations of a rule are shown now, held back now, and were in the replay.

    `in_replay` is None for a rule about the advice itself: it makes findings, no advice.
    """

    id: str
    title: str
    shown: int
    held_back: int
    in_replay: int | None


@dataclass(frozen=True)
class ElementLine:
    """One element: what was declared and measured, what its rules advise, and what was found."""

    element: Element
    title: str
    declared: str
    status: Status
    measures: tuple[Measure, ...]
    rules: tuple[RuleAtWork, ...]
    findings: tuple[str, ...]

    @property
    def open_recommendations(self) -> int:
        """Those of its rules that the reps see now."""
        return sum(rule.shown for rule in self.rules)

    @property
    def speaks(self) -> bool:
        """Whether there is any advice, now or in the replay, or any finding."""
        return bool(self.findings) or any(
            rule.shown or rule.held_back or rule.in_replay for rule in self.rules
        )

    @property
    def silence(self) -> str:
        """Why nothing is said of it; empty where something is."""
        if self.speaks:
            return ""
        if not self.rules:
            return "the playbook has no rule for it, and no check found anything"
        count = f"{len(self.rules)} rules" if len(self.rules) > 1 else "rule"
        return f"its {count} found nothing, neither now nor in the replay of the history"


def scoreboard(at: Standpoint) -> tuple[ElementLine, ...]:
    """All 17 elements, in their order."""
    shown = Counter(one.rule.id for one in at.shown)
    held_back = Counter(one.rule.id for one in at.held_back)
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
                rules=tuple(
                    RuleAtWork(
                        rule.id,
                        rule.title,
                        shown[rule.id],
                        held_back[rule.id],
                        at.times_advised.get(rule.id),
                    )
                    for rule in at.rules
                    if rule.enabled and rule.element == element
                ),
                findings=findings_about(at, element),
            )
        )
    return tuple(lines)


def _status(measures: Sequence[Measure]) -> Status:
    """Off plan if one measure is; on plan if none is and at least one is on plan."""
    found = {measure.status for measure in measures}
    if "off plan" in found:
        return "off plan"
    return "on plan" if "on plan" in found else "cannot tell"
