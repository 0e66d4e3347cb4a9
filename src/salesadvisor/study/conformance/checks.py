"""What did the process ask of a deal, and what became of each?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from salesadvisor.domain.conformance import (
    ACTIVATIONS,
    BROKEN,
    NO_ROW,
    PENDING,
    TALLY_SIZE,
    ConstraintTerms,
    Trace,
    atoms_of,
    conform,
    limit_of,
    place,
    restart,
)
from salesadvisor.domain.elements import Constraint
from salesadvisor.domain.state import DAY, FIRST_CLOSING_KIND, UNKNOWN, VOIDED
from salesadvisor.domain.strategy import Strategy
from salesadvisor.study.conformance.walk import Walk

STAGE_ORDER = "stage order"
EXIT_CRITERIA = "exit criteria"
CLOSINGS = range(FIRST_CLOSING_KIND, VOIDED + 1)


@dataclass(frozen=True)
class Measure:
    """One thing that the process declares: `name` is a constraint's id, or one of the two above."""

    name: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Check:
    """What was asked once of a deal; times in epoch seconds, codes of the log and the strategy.

    `since` is when it was asked and `stage` where the deal then stood; `at` is when it was decided
    (UNKNOWN: not yet, or kept only so far) and `owner` who owned the deal then. `kind` and `text`
    say how it was broken, `log_rows` by which rows of the log.
    """

    measure: int
    verdict: int
    since: int
    at: int
    stage: int
    owner: int
    log_rows: tuple[int, ...] = ()
    kind: str = ""
    text: str = ""


def measures_of(strategy: Strategy) -> tuple[Measure, ...]:
    """The constraints in their declared order, then the order of stages and their exit criteria."""
    declared = [
        Measure(one.id, one.kind, one.text or described(one))
        for one in strategy.process.constraints
    ]
    order = "each stage is followed by the next, or by one that is listed as an allowed move"
    left = "whoever moves a deal on, or wins it, has met the exit criteria of the stage it leaves"
    return (
        *declared,
        Measure(STAGE_ORDER, "order of stages", order),
        Measure(EXIT_CRITERIA, "exit criteria", left),
    )


def said(event: str | None) -> str:
    """An event of a constraint as people say it: stage rfi, call, quote sent."""
    kind, named, name = (event or "").partition(":")
    if not named:
        return kind.replace("_", " ")
    return name if kind == "activity" else f"{kind} {name}"


def described(one: Constraint) -> str:
    """A constraint in words."""
    limit = "" if one.within_days is None else f" within {counted(one.within_days, 'day')}"
    match one.kind:
        case "response":
            return f"after {said(one.first)} comes {said(one.then)}{limit}"
        case "precedence":
            return f"{said(one.then)} comes only after {said(one.first)}"
        case "not_succession":
            return f"after {said(one.first)} never {said(one.then)}"
        case "absence":
            most = f"at most {_times(one.most)}" if one.most else "never"
            return f"{said(one.first)} happens {most}"
        case "chain_response":
            return f"the next declared event after {said(one.first)} is {said(one.then)}{limit}"


def constraint_checks(
    walk: Walk, strategy: Strategy, trace: Trace, terms: ConstraintTerms
) -> Iterator[Check]:
    """Every activation of every constraint. `trace` is scratch with room for the deal's rows."""
    restart(trace)
    for index in range(len(walk.rows)):
        place(walk.rows, index, trace, terms)
    conform(walk.rows, trace, terms)
    stages = {step.index: step.stage for step in walk.steps}
    for constraint, declared in enumerate(strategy.process.constraints):
        count = trace.tally[constraint * TALLY_SIZE + ACTIVATIONS]
        first = constraint * len(trace.order)
        for slot in range(first, first + count):
            limit = limit_of(constraint, slot, walk.rows, trace, terms)
            then = 0
            if (decided := trace.decided_by[slot]) != NO_ROW:
                then = atoms_of(walk.rows[decided], terms) & terms.then[constraint]
            yield _check(walk, stages, trace, constraint, declared, slot, limit, then)


def _check(
    walk: Walk,
    stages: dict[int, int],
    trace: Trace,
    constraint: int,
    declared: Constraint,
    slot: int,
    limit: int,
    then: int,
) -> Check:
    """`limit` is the activation's, `then` tells whether the row that decided it is a `then`."""
    activated, decided = trace.activated_by[slot], trace.decided_by[slot]
    verdict, at = trace.verdict[slot], trace.decided_at[slot]
    if verdict == PENDING and walk.as_of > limit:
        verdict, at = BROKEN, limit
    check = partial(
        Check,
        measure=constraint,
        verdict=verdict,
        since=walk.rows[activated].occurred,
        at=at,
        stage=stages[activated],
        owner=walk.owner_at(walk.as_of if at == UNKNOWN else at),
    )
    if verdict != BROKEN:
        return check()
    shown = [decided] if declared.kind == "absence" else [activated, decided]
    cited = dict.fromkeys(walk.log_row[one] for one in shown if one != NO_ROW)
    if declared.kind not in ("response", "chain_response"):
        text = _disorder(declared)
    elif at != limit:
        text = _no_answer(declared, is_end=walk.rows[decided].kind in CLOSINGS and not then)
    else:
        late = walk.rows[decided].occurred - limit if then else 0
        text = _too_late(declared, late)
    return check(log_rows=tuple(cited), kind=declared.kind, text=text)


def _disorder(one: Constraint) -> str:
    match one.kind:
        case "precedence":
            return f"{said(one.then)} without {said(one.first)} before it"
        case "not_succession":
            return f"{said(one.then)} after {said(one.first)}"
        case _:
            more = f" more than {_times(one.most)}" if one.most else ""
            return f"{said(one.first)} happened{more}"


def _no_answer(one: Constraint, *, is_end: bool) -> str:
    if is_end:
        return f"the deal ended without {said(one.then)} after {said(one.first)}"
    return f"something else than {said(one.then)} came next after {said(one.first)}"


def _too_late(one: Constraint, late: int) -> str:
    """`late` is how many seconds the answer came after the limit, 0 if none came yet."""
    limit = counted(one.within_days or 0, "day")
    if late:
        return f"{said(one.then)} came {counted(-(-late // DAY), 'day')} after the limit of {limit}"
    return f"no {said(one.then)} within {limit} of {said(one.first)}"


def counted(count: int, what: str) -> str:
    """1 day, 2 days"""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count) or counted(count, "time")
