"""Which constraints does a deal keep? The oracle: lists of events in the order of happening.

It reads domain events and says for every activation what became of it, each from the whole trace.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from salesadvisor.domain.elements import Constraint
from salesadvisor.domain.events import (
    Activity,
    CriterionMet,
    Event,
    Opened,
    Reopened,
    StageChanged,
    Voided,
)
from salesadvisor.domain.strategy import Strategy
from tests.oracles.fold import CLOSINGS, Fact, Numbered, facts_known, pipeline_of, same_word, second

DAY = 86_400
_TURNS = {"opened", "reopened", *(model.KIND for model in CLOSINGS)}


class Moment(NamedTuple):
    """One event of the trace: when, under which names, and whether the deal ends with it."""

    at: int
    names: frozenset[str]
    is_end: bool


@dataclass(frozen=True)
class Activation:
    """What a constraint asked: since when, what became of it, and when that was settled."""

    at: int
    verdict: str
    settled: int | None = None


def activations(
    events: Sequence[Numbered],
    deal: str,
    as_of: datetime,
    constraint: Constraint,
    strategy: Strategy,
) -> list[Activation]:
    """Every activation of `constraint` in the deal whose key is `deal`, as known at `as_of`."""
    trace = trace_of(facts_known(events, deal, as_of), _pipeline(events, deal, strategy), strategy)
    now = second(as_of)
    asked = {name for one in strategy.process.constraints for name in (one.first, one.then) if name}
    check = {
        "response": _response,
        "precedence": _precedence,
        "not_succession": _not_succession,
        "absence": _absence,
        "chain_response": _chain_response,
    }[constraint.kind]
    return list(check(constraint, trace, now, asked))


def state(found: Sequence[Activation]) -> str:
    verdicts = {one.verdict for one in found}
    return next((one for one in ("broken", "pending", "kept") if one in verdicts), "not activated")


def trace_of(facts: Sequence[Fact], pipeline: str | None, strategy: Strategy) -> list[Moment]:
    """What happened while the deal could still be worked on, in the order of happening."""
    trace = []
    is_opened = is_closed = is_void = False
    for fact in sorted(facts, key=lambda fact: fact.occurred):
        event = fact.event
        if isinstance(event, Reopened) and not is_void:
            is_closed = False
        if is_closed:
            is_void = is_void or isinstance(event, Voided)
            continue
        is_end = is_opened and isinstance(event, CLOSINGS)
        names = list(_names(event, pipeline, strategy))
        trace += [Moment(fact.occurred, frozenset(one), False) for one in names[:-1]]
        trace.append(Moment(fact.occurred, frozenset(names[-1]), is_end))
        is_opened = is_opened or isinstance(event, Opened)
        is_closed = is_end
        is_void = is_void or (is_end and isinstance(event, Voided))
    return trace


def _pipeline(events: Sequence[Numbered], deal: str, strategy: Strategy) -> str | None:
    """The pipeline that the deal was first said to be opened in, whatever became of that."""
    openings = [
        one for one in events if isinstance(one.event, Opened) and one.event.subject_key == deal
    ]
    openings.sort(key=lambda one: (one.event.known_at, one.position))
    return pipeline_of([Fact(one.event, 0, None) for one in openings], strategy)


def _names(event: Event, pipeline: str | None, strategy: Strategy) -> Iterator[set[str]]:
    """The names of an event, then those of what it says besides."""
    if isinstance(event, Opened | Reopened):
        stage = _stage(event.stage, pipeline, strategy)
        yield {event.KIND} | ({"stage_changed", f"stage:{stage}"} if stage else set())
    elif isinstance(event, StageChanged):
        stage = _stage(event.to, pipeline, strategy)
        yield {event.KIND} | ({f"stage:{stage}"} if stage else set())
    elif isinstance(event, CriterionMet):
        known = _like(event.criterion, strategy.criterion_names)
        yield {event.KIND} | ({f"criterion:{known}"} if known else set())
    elif isinstance(event, Activity):
        yield {event.KIND, f"activity:{event.kind}"}
        for topic in event.topics:
            named = _like(topic, strategy.conversations.topics)
            yield {f"topic:{named}"} if named else set()
    else:
        yield {event.KIND}


def _like(word: str, known: Sequence[str]) -> str | None:
    return next((one for one in known if same_word(one, word)), None)


def _stage(word: str | None, pipeline: str | None, strategy: Strategy) -> str | None:
    stages = [ref.name for ref in strategy.stages if ref.pipeline == pipeline]
    return _like(word, stages) if word else None


def _until_end(trace: Sequence[Moment], start: int) -> list[Moment]:
    """What follows `start` up to the end of the deal; nothing if it ends there."""
    found: list[Moment] = []
    for place in range(start, len(trace)):
        if place > start:
            found.append(trace[place])
        if trace[place].is_end:
            break
    return found


def _end(trace: Sequence[Moment], start: int) -> int | None:
    return next((one.at for one in trace[start:] if one.is_end), None)


def _response(
    one: Constraint, trace: Sequence[Moment], now: int, asked: set[str]
) -> Iterator[Activation]:
    for place, moment in enumerate(trace):
        if one.first not in moment.names:
            continue
        limit = None if one.within_days is None else moment.at + one.within_days * DAY
        answers = [at.at for at in _until_end(trace, place) if one.then in at.names]
        in_time = [at for at in answers if limit is None or at <= limit]
        end = _end(trace, place)
        if in_time:
            yield Activation(moment.at, "kept", in_time[0])
        elif limit is not None and now > limit and (end is None or end > limit):
            yield Activation(moment.at, "broken", limit)
        elif end is not None:
            yield Activation(moment.at, "broken", end)
        else:
            yield Activation(moment.at, "pending")


def _precedence(
    one: Constraint, trace: Sequence[Moment], now: int, asked: set[str]
) -> Iterator[Activation]:
    for place, moment in enumerate(trace):
        if one.then in moment.names:
            before = any(one.first in earlier.names for earlier in trace[:place])
            yield Activation(moment.at, "kept" if before else "broken", moment.at)


def _not_succession(
    one: Constraint, trace: Sequence[Moment], now: int, asked: set[str]
) -> Iterator[Activation]:
    for place, moment in enumerate(trace):
        if one.first in moment.names:
            after = [later.at for later in trace[place + 1 :] if one.then in later.names]
            yield (
                Activation(moment.at, "broken", after[0])
                if after
                else Activation(moment.at, "kept")
            )


def _absence(
    one: Constraint, trace: Sequence[Moment], now: int, asked: set[str]
) -> Iterator[Activation]:
    visible = [at for at in trace if at.names & (asked | _TURNS)]
    times = [moment.at for moment in trace if one.first in moment.names]
    if visible and len(times) > one.most:
        yield Activation(visible[0].at, "broken", times[one.most])
    elif visible:
        yield Activation(visible[0].at, "kept")


def _chain_response(
    one: Constraint, trace: Sequence[Moment], now: int, asked: set[str]
) -> Iterator[Activation]:
    limited = one.within_days is not None
    for place, moment in enumerate(trace):
        if one.first not in moment.names:
            continue
        limit = moment.at + one.within_days * DAY if limited else None
        named = [at for at in _until_end(trace, place) if at.names & asked]
        settled = named[0].at if named else _end(trace, place)
        if limit is not None and (now if settled is None else settled) > limit:
            yield Activation(moment.at, "broken", limit)
        elif settled is None:
            yield Activation(moment.at, "pending")
        else:
            kept = bool(named) and one.then in named[0].names
            yield Activation(moment.at, "kept" if kept else "broken", settled)


def moves(
    events: Sequence[Numbered], deal: str, as_of: datetime, strategy: Strategy
) -> list[tuple[int, str, str]]:
    """Every move of a deal between declared stages, in the order of happening.

    A win is a move to 'won'.
    """
    facts = facts_known(events, deal, as_of)
    trace = trace_of(facts, _pipeline(events, deal, strategy), strategy)
    found = []
    here = None
    is_opened = False
    for moment in trace:
        stage = next((name[6:] for name in moment.names if name.startswith("stage:")), None)
        if "opened" in moment.names or "reopened" in moment.names:
            is_entry = not is_opened or "reopened" in moment.names
            here = stage if stage and is_entry else here
            is_opened = is_opened or "opened" in moment.names
        elif "stage_changed" in moment.names:
            if here and stage and stage != here:
                found.append((moment.at, here, stage))
            here = stage
        elif "won" in moment.names and here:
            found.append((moment.at, here, "won"))
    return found


def unmet_at_exit(
    events: Sequence[Numbered], deal: str, as_of: datetime, strategy: Strategy
) -> list[tuple[int, str, bool]]:
    """Each criterion of a stage that was left forward: when, which, and whether it was unmet."""
    facts = facts_known(events, deal, as_of)
    trace = trace_of(facts, _pipeline(events, deal, strategy), strategy)
    own = _pipeline(events, deal, strategy)
    stages = [ref for ref in strategy.stages if ref.pipeline == own]
    ranks = {ref.name: ref.rank for ref in stages} | {"won": len(stages)}
    criteria = {ref.name: ref.stage.exit_criteria for ref in stages}
    return [
        (at, name, not any(f"criterion:{name}" in one.names for one in trace if one.at <= at))
        for at, left, to in moves(events, deal, as_of, strategy)
        if ranks[to] > ranks[left]
        for name in criteria[left]
    ]


def is_judged(events: Sequence[Numbered], deal: str, as_of: datetime) -> bool:
    """Whether the deal was opened, and not voided while it was open or closed."""
    is_opened = False
    for fact in sorted(facts_known(events, deal, as_of), key=lambda fact: fact.occurred):
        is_opened = is_opened or isinstance(fact.event, Opened)
        if is_opened and isinstance(fact.event, Voided):
            return False
    return is_opened
