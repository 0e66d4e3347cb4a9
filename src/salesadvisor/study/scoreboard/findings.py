"""What was found about an element, in a sentence each, beside its measures and its advice?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from salesadvisor.domain.advice import OVER_CAPACITY
from salesadvisor.domain.elements import Element
from salesadvisor.study.accountability import Alignment
from salesadvisor.study.goals import GoalStanding
from salesadvisor.study.scoreboard.measure import LEAST_N
from salesadvisor.study.scoreboard.standpoint import Standpoint


def findings_about(at: Standpoint, element: Element) -> tuple[str, ...]:
    """The element's own findings, then those of the meta rules."""
    own = _FOUND.get(element, _nothing)
    return (*own(at), *_of_meta_rules(at, element))


def _nothing(at: Standpoint) -> Iterator[str]:
    yield from ()


def _process(at: Standpoint) -> Iterator[str]:
    """The constraint that is kept least, of those asked often enough."""
    found = [
        (rate, line.name)
        for line in at.audit.conformance.by_constraint
        if (rate := line.tally.conformance) is not None and rate.n >= LEAST_N and rate.value < 1
    ]
    if found:
        rate, name = min(found, key=lambda one: one[0].value)
        yield (
            f"'{name}' is kept least of what the process declares: {rate.hits:,.0f} of"
            f" {rate.n:,.0f} times ({100 * rate.value:.0f} %)"
        )


def _comprehensive(at: Standpoint) -> Iterator[str]:
    for flaw in at.audit.flaws:
        where = flaw.element.replace("_", " ")
        yield f"{flaw.severity} in {where}: {flaw.problem}; {flaw.cure}"
    if not at.audit.flaws:
        yield "lint finds nothing missing or contradicting, and the history nothing against it"


def _alignment(at: Standpoint) -> Iterator[str]:
    weakest = _weakest(at.audit.accountability.alignment[-1])
    if weakest is not None:
        part, share = weakest
        yield f"the team's weakest part of alignment is '{part}', at {100 * share:.0f} %"


def _weakest(one: Alignment) -> tuple[str, float] | None:
    known = [(part.name, part.share) for part in one.parts if part.share is not None]
    return min(known, key=lambda pair: pair[1], default=None)


def _goals(at: Standpoint) -> Iterator[str]:
    for stands in at.audit.goals.standings:
        if stands.state == "running":
            yield _of_goal(stands)


def _of_goal(stands: GoalStanding) -> str:
    told = [
        _share(stands.attainment, "of the goal is reached"),
        _share(stands.pace if stands.metric.grows else None, "of an even pace"),
    ]
    if stands.expected is not None:
        chance = stands.expected.hit_bp / 100
        told.append(f"a chance of {'below 1' if chance < 1 else f'{chance:.0f}'} %")
    told = [one for one in told if one]
    return f"{stands.goal.id}, {stands.days_left} days left: " + (
        ", ".join(told) if told else "nothing can be said yet"
    )


def _share(value: float | None, of: str) -> str:
    return "" if value is None else f"{100 * value:.0f} % {of}"


def _accountability(at: Standpoint) -> Iterator[str]:
    left = [one for one in at.held_back if one.verdict == OVER_CAPACITY]
    if left:
        owners = sorted({one.owner for one in left if one.owner is not None})
        yield (
            f"{_counted(len(left), 'recommendation')} had no room in the week of"
            f" {', '.join(owners)}"
        )


def _review(at: Standpoint) -> Iterator[str]:
    approved, cadence = at.strategy.strategy_review.approved_on, at.strategy.review.cadence_days
    if approved is not None and (at.today - approved).days > cadence:
        yield (
            f"the strategy was approved {(at.today - approved).days} days ago, and is to be"
            f" reviewed every {cadence} days"
        )
    never = [rule for rule, times in at.times_advised.items() if not times]
    if never:
        yield (
            f"{_counted(len(never), 'rule')} of {len(at.times_advised)} never gave advice in all"
            f" of the replay: {', '.join(never)}"
        )


def _of_meta_rules(at: Standpoint, element: Element) -> Iterator[str]:
    for one in at.audit.findings:
        if one.rule.element == element:
            yield f"{one.rule.title} ({one.rule.id}) on {one.subject}: {one.because} {one.action}"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" + ("" if count == 1 else "s")


_FOUND: Mapping[Element, Callable[[Standpoint], Iterator[str]]] = MappingProxyType(
    {
        "process": _process,
        "comprehensive": _comprehensive,
        "alignment": _alignment,
        "goals": _goals,
        "accountability": _accountability,
        "review": _review,
    }
)
