"""Does the declared process hold together? Limits, criteria, moves and the order of events."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from salesadvisor.domain.elements import Constraint, KeyPath, Pipeline
from salesadvisor.domain.strategy import Strategy
from salesadvisor.playbook.strategy_lint.finding import Flaw
from salesadvisor.playbook.strategy_lint.naming import named_events

_STAGE = "stage:"
_FLAGS = ("proposal", "shortlist", "late")


def process_flaws(strategy: Strategy) -> Iterator[Flaw]:
    """Flaws of the sales process."""
    for index, pipeline in enumerate(strategy.process.pipelines):
        at: KeyPath = ("process", "pipelines", index)
        yield from _stages(pipeline, at)
        yield from _moves(pipeline, at)
        yield from _unreachable(pipeline, at, strategy.process.constraints)
    yield from _criteria(strategy)
    yield from _contradictions(strategy)
    yield from _horizon(strategy)


def _stages(pipeline: Pipeline, at: KeyPath) -> Iterator[Flaw]:
    for rank, stage in enumerate(pipeline.stages):
        limit, target = stage.limit_days, stage.target_days
        if limit is not None and target is not None and limit < target:
            problem = f"stage '{stage.name}': limit of {limit} days below its target of {target}"
            cure = "raise the limit or lower the target"
            here = (*at, "stages", rank, "limit_days")
            yield Flaw("limit_below_target", "process", here, problem, cure, "fault")
    for rank, (before, after) in enumerate(pairwise(pipeline.stages), start=1):
        here = (*at, "stages", rank)
        chances = before.probability_percent, after.probability_percent
        if chances[0] is not None and chances[1] is not None and chances[1] < chances[0]:
            problem = (
                f"stage '{after.name}' is less likely to be won ({chances[1]:g} %) than"
                f" '{before.name}' before it ({chances[0]:g} %)"
            )
            cure = "let the probability rise from stage to stage"
            path = (*here, "probability_percent")
            yield Flaw("falling_probability", "process", path, problem, cure)
        for flag in _FLAGS:
            if getattr(before, flag) and not getattr(after, flag):
                problem = f"'{flag}' ends at stage '{after.name}', though it holds from a stage on"
                cure = f"write '{flag}: true' there too, or remove it before"
                yield Flaw("flag_ends", "process", here, problem, cure, "fault")


def _moves(pipeline: Pipeline, at: KeyPath) -> Iterator[Flaw]:
    forward = dict(pairwise(stage.name for stage in pipeline.stages))
    for number, move in enumerate(pipeline.allowed_moves):
        here = (*at, "allowed_moves", number)
        for to in move.to:
            if to == move.from_:
                problem = f"a move from '{to}' to itself"
            elif forward.get(move.from_) == to:
                problem = f"the move from '{move.from_}' to '{to}' is allowed anyway"
            else:
                continue
            yield Flaw("idle_move", "process", here, problem, "remove it")


def _unreachable(
    pipeline: Pipeline, at: KeyPath, constraints: tuple[Constraint, ...]
) -> Iterator[Flaw]:
    """Stages that no deal can come to without breaking a declared order of events."""
    for rank, stage in enumerate(pipeline.stages):
        for one in constraints:
            if _bars(one, stage.name, pipeline):
                problem = f"no deal can come to stage '{stage.name}' and keep the order '{one.id}'"
                cure = "allow a move around it, or drop the constraint"
                here = (*at, "stages", rank)
                yield Flaw("unreachable_stage", "process", here, problem, cure, "fault")
                break


def _bars(one: Constraint, stage: str, pipeline: Pipeline) -> bool:
    first, then = _stage_of(one.first), _stage_of(one.then)
    names = [other.name for other in pipeline.stages]
    match one.kind:
        case "absence":
            return first == stage and one.most == 0 and names[0] != stage
        case "not_succession":
            return then == stage and first in names and not _comes(pipeline, stage, without=first)
        case "precedence":
            return then == stage and first in names and not _comes(pipeline, first, without=stage)
        case _:
            return False


def _comes(pipeline: Pipeline, goal: str | None, *, without: str | None) -> bool:
    """Whether allowed moves lead from the first stage to `goal` past `without`."""
    moves: dict[str, set[str]] = {stage.name: set() for stage in pipeline.stages}
    for before, after in pairwise(stage.name for stage in pipeline.stages):
        moves[before].add(after)
    for move in pipeline.allowed_moves:
        moves[move.from_].update(move.to)
    found, ahead = set(), [pipeline.stages[0].name]
    while ahead:
        name = ahead.pop()
        if name != without and name not in found:
            found.add(name)
            ahead += moves[name]
    return goal in found


def _stage_of(event: str | None) -> str | None:
    return event.removeprefix(_STAGE) if event is not None and event.startswith(_STAGE) else None


def _criteria(strategy: Strategy) -> Iterator[Flaw]:
    said = strategy.process.criteria
    for index, pipeline in enumerate(strategy.process.pipelines):
        for rank, stage in enumerate(pipeline.stages):
            for name in (*stage.entry_criteria, *stage.exit_criteria):
                if name not in said:
                    problem = f"criterion '{name}' of stage '{stage.name}' says nothing"
                    cure = f"say when it is met: process.criteria.{name}"
                    at: KeyPath = ("process", "pipelines", index, "stages", rank)
                    yield Flaw("criterion_without_text", "process", at, problem, cure)
    for name, text in said.items():
        if text.casefold().split() == name.casefold().replace("_", " ").split():
            problem = f"criterion '{name}' only repeats its name"
            at = ("process", "criteria", name)
            cure = "say when it is met, so that two people agree"
            yield Flaw("criterion_without_text", "process", at, problem, cure)
    used = {name for ref in strategy.stages for name in ref.stage.exit_criteria}
    used |= {name for ref in strategy.stages for name in ref.stage.entry_criteria}
    used |= {*strategy.closing.steps, *named_events(strategy, "criterion")}
    for name in said:
        if name not in used:
            problem = f"criterion '{name}' is used nowhere"
            cure = "make it an exit or entry criterion, or remove it"
            yield Flaw("unused_criterion", "process", ("process", "criteria", name), problem, cure)


def _contradictions(strategy: Strategy) -> Iterator[Flaw]:
    """Pairs of constraints of which a deal must break one."""
    constraints = strategy.process.constraints
    asked = {
        (one.first, one.then): one
        for one in constraints
        if one.kind in ("response", "chain_response")
    }
    for index, one in enumerate(constraints):
        others = [other for other in asked.values() if _excludes(one, other)]
        for other in others:
            problem = f"'{one.id}' forbids what '{other.id}' demands"
            at: KeyPath = ("process", "constraints", index)
            cure = "drop one of them"
            yield Flaw("contradicting_order", "process", at, problem, cure, "fault")


def _excludes(one: Constraint, other: Constraint) -> bool:
    if one.kind == "not_succession":
        return (one.first, one.then) == (other.first, other.then)
    return one.kind == "absence" and one.most == 0 and one.first == other.then


def _horizon(strategy: Strategy) -> Iterator[Flaw]:
    for pipeline in strategy.process.pipelines:
        stages = pipeline.stages
        out = next((rank for rank, stage in enumerate(stages) if stage.proposal), None)
        targets = [stage.target_days for stage in stages[out or 0 :]]
        if out is None or any(target is None for target in targets):
            continue
        days = sum(target or 0 for target in targets)
        if strategy.horizon_days < days:
            problem = (
                f"within {strategy.horizon_days} days no deal that goes by the targets is won: from"
                f" '{stages[out].name}' to the end of '{pipeline.name}' they take {days}"
            )
            cure = f"look at least {days} days ahead, or shorten the targets"
            yield Flaw("short_horizon", "process", ("horizon_days",), problem, cure)
            return
    if strategy.horizon_days in strategy.horizons:
        problem = f"horizons names {strategy.horizon_days}, which is horizon_days already"
        yield Flaw("idle_horizon", "process", ("horizons",), problem, "remove it there")
