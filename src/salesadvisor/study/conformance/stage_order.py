"""Did the deal take its stages in the declared order, and leave each with its criteria met?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from salesadvisor.domain.conformance import BROKEN, KEPT
from salesadvisor.domain.state import CRITERION, STAGE, UNKNOWN, WON
from salesadvisor.domain.strategy import StageRef, Strategy
from salesadvisor.study.conformance.checks import EXIT_CRITERIA, STAGE_ORDER, Check, Measure
from salesadvisor.study.conformance.walk import Step, Walk

SKIPPED = "stage skipped"
MOVED_BACK = "moved back"
UNMET = "criterion unmet at exit"


@dataclass(frozen=True)
class Order:
    """The declared order: the stages by code, the moves allowed besides one forward."""

    stages: tuple[StageRef, ...]
    allowed: frozenset[tuple[int, int]]
    criteria: tuple[str, ...]
    order_measure: int
    exit_measure: int


def order_of(strategy: Strategy, measures: tuple[Measure, ...]) -> Order:
    """The order that the pipelines of `strategy` declare."""
    code = {(ref.pipeline, ref.name): ref.code for ref in strategy.stages}
    names = [measure.name for measure in measures]
    return Order(
        stages=strategy.stages,
        allowed=frozenset(
            (code[pipeline.name, move.from_], code[pipeline.name, to])
            for pipeline in strategy.process.pipelines
            for move in pipeline.allowed_moves
            for to in move.to
        ),
        criteria=strategy.criterion_names,
        order_measure=names.index(STAGE_ORDER),
        exit_measure=names.index(EXIT_CRITERIA),
    )


def stage_checks(walk: Walk, order: Order) -> Iterator[Check]:
    """Each move between declared stages, and each criterion of a stage that was left forward.

    Entering a stage by opening or reopening is no move, and from or to a stage that the strategy
    doesn't know nothing is judged. A criterion that is met in the second of the move is met.
    """
    met = _first_met(walk)
    stage = UNKNOWN
    for step in walk.steps:
        left, stage = stage, step.stage
        if left == UNKNOWN:
            continue
        if step.row.kind == STAGE and stage != UNKNOWN and stage != left:
            yield _move(walk, step, left, order)
            if order.stages[stage].rank > order.stages[left].rank:
                yield from _exit(walk, step, left, met, order)
        elif step.row.kind == WON:
            yield from _exit(walk, step, left, met, order)


def _move(walk: Walk, step: Step, left: int, order: Order) -> Check:
    origin, now = order.stages[left], order.stages[step.stage]
    is_kept = now.rank == origin.rank + 1 or (left, step.stage) in order.allowed
    kind = text = ""
    if not is_kept and now.rank < origin.rank:
        kind, text = MOVED_BACK, f"back from {origin.name} to {now.name}"
    elif not is_kept:
        between = [
            ref.name
            for ref in order.stages
            if ref.pipeline == now.pipeline and origin.rank < ref.rank < now.rank
        ]
        kind, text = SKIPPED, f"from {origin.name} to {now.name} without {', '.join(between)}"
    return _judged(walk, step, order.order_measure, left, kind, text)


def _exit(walk: Walk, step: Step, left: int, met: dict[int, int], order: Order) -> Iterator[Check]:
    origin = order.stages[left]
    for name in origin.stage.exit_criteria:
        met_at = met.get(order.criteria.index(name))
        is_kept = met_at is not None and met_at <= step.row.occurred
        kind, text = ("", "") if is_kept else (UNMET, f"left {origin.name} without {name}")
        yield _judged(walk, step, order.exit_measure, left, kind, text)


def _judged(walk: Walk, step: Step, measure: int, left: int, kind: str, text: str) -> Check:
    at = step.row.occurred
    return Check(
        measure=measure,
        verdict=BROKEN if kind else KEPT,
        since=at,
        at=at,
        stage=left,
        owner=walk.owner_at(at),
        log_rows=(walk.log_row[step.index],) if kind else (),
        kind=kind,
        text=text,
    )


def _first_met(walk: Walk) -> dict[int, int]:
    """When each criterion was first met, by its code."""
    met: dict[int, int] = {}
    for step in walk.steps:
        if step.row.kind == CRITERION and step.row.code != UNKNOWN:
            met.setdefault(step.row.code, step.row.occurred)
    return met
