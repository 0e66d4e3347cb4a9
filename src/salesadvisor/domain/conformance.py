"""Does a deal keep the declared order of events? Constraints checked along what happened.

The kinds are those of DECLARE (Pesic & van der Aalst 2006) on finite histories. A deal's trace is
its rows in the order in which they happened (ties: in which they became known), so a late fact
stands where it belongs. A row is one event; before and after mean another row. An activation is
what a constraint asks to be kept, and it is

- response: each `first`. Kept by a `then` after it, within the limit if there is one (24 hours a
  day; a `then` exactly at the limit is in time). Broken once the limit has passed, or at the end.
- precedence: each `then`. Kept if a `first` came before it.
- not_succession: each `first`. Kept as long as no `then` comes after it.
- absence: the deal itself. Kept as long as there are no more than `most` of `first`.
- chain_response: each `first`. Kept if the next row that any constraint names is a `then`; broken
  by another one, or at the end.

A closing ends an open deal: what waits is broken by it, and what happens until a reopening is no
part of the trace. Voiding ends it for good.

Written once, like the fold, for both gears. To follow a deal over checkpoints, with a `trace`
for the rows `events` of which the first `size` count so far:

    restart(trace)                                # once a deal; again when a correction changed
                                                  # earlier rows: then place all that count again
    place(events, index, trace, terms)            # once for each new row, in known order
    conform(events, trace, terms)                 # at a checkpoint, if rows were placed
    state_at(constraint, as_of, events, trace, terms)     # at every checkpoint: deadlines move on

Placing a row that happened last costs one step; `conform` goes on where it stopped, and begins
again only after a late row. For the sizes of a trace's arrays see `Trace`.
"""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence
from typing import NamedTuple

from salesadvisor.domain.state import (
    CANCELLED,
    FIRST_CLOSING_KIND,
    NOT_OPENED,
    OPEN,
    OPENED,
    REOPENED,
    STAGE,
    UNKNOWN,
    VOIDED,
    LogRow,
)

RESPONSE, PRECEDENCE, NOT_SUCCESSION, ABSENCE, CHAIN_RESPONSE = range(5)

# How a deal stands to a constraint; an activation is never the first. Their names, in this order,
# are CONSTRAINT_STATES of vocabulary.py.
NOT_ACTIVATED, KEPT, PENDING, BROKEN = range(4)

MAX_ATOMS = 62
CODES_OF_A_KIND = 64
NO_ROW = -1

# Places in `Trace.head`.
PLACED, FOLLOWED, DEAL_IS, HEAD_SIZE = range(4)

# What a deal is along its trace, besides NOT_OPENED and OPEN of state.py.
ENDED = 2
ENDED_FOR_GOOD = 3

# Places in `Trace.tally`, by constraint.
ACTIVATIONS, KEPT_COUNT, BROKEN_COUNT, DECIDED, FIRSTS, TALLY_SIZE = range(6)


class ConstraintTerms(NamedTuple):
    """The constraints of a strategy as integers, by their place in `process.constraints`.

    An atom is an event that a constraint names; `first` and `then` hold its bit (`then` is 0
    without one). `within` is in seconds, UNKNOWN without a limit. A row is the atoms
    `of_kind[kind]`, and with a code also `of_code[kind * CODES_OF_A_KIND + code]`.
    """

    kind: Sequence[int]
    first: Sequence[int]
    then: Sequence[int]
    within: Sequence[int]
    most: Sequence[int]
    of_kind: Sequence[int]
    of_code: Sequence[int]


class Trace(NamedTuple):
    """What is remembered of one deal, in arrays to be used for one deal after the other.

    `order` holds row indices in the order of happening: as many places as a deal may have rows.
    `head` has HEAD_SIZE places, `tally` TALLY_SIZE a constraint. The others have len(order) places
    a constraint, one for each activation: the row that activated it, its verdict, and the row and
    time that decided it. Late answers decide at the limit; NO_ROW while nothing has decided.
    """

    order: MutableSequence[int]
    head: MutableSequence[int]
    tally: MutableSequence[int]
    activated_by: MutableSequence[int]
    verdict: MutableSequence[int]
    decided_by: MutableSequence[int]
    decided_at: MutableSequence[int]


def restart(trace: Trace) -> None:
    """Forget the deal. The arrays need no other preparation."""
    trace.head[PLACED] = 0
    trace.head[FOLLOWED] = 0


def place(events: Sequence[LogRow], index: int, trace: Trace, terms: ConstraintTerms) -> None:
    """Put row `index` where it happened. Rows that no constraint can see are passed over."""
    row = events[index]
    if atoms_of(row, terms) == 0 and not _turns(row):
        return
    count = trace.head[PLACED]
    at = count
    while at > 0 and events[trace.order[at - 1]].occurred > row.occurred:
        trace.order[at] = trace.order[at - 1]
        at -= 1
    trace.order[at] = index
    trace.head[PLACED] = count + 1
    if at < trace.head[FOLLOWED]:
        trace.head[FOLLOWED] = 0


def conform(events: Sequence[LogRow], trace: Trace, terms: ConstraintTerms) -> None:
    """Follow the rows placed so far: activations and verdicts are those of the trace as it is."""
    if trace.head[FOLLOWED] == 0:
        trace.head[DEAL_IS] = NOT_OPENED
        for slot in range(len(trace.tally)):
            trace.tally[slot] = 0
    for step in range(trace.head[FOLLOWED], trace.head[PLACED]):
        _follow(events, trace.order[step], trace, terms)
    trace.head[FOLLOWED] = trace.head[PLACED]


def state_at(
    constraint: int, as_of: int, events: Sequence[LogRow], trace: Trace, terms: ConstraintTerms
) -> int:
    """How the deal stands at `as_of`: broken if it was ever, else pending if something waits."""
    base = constraint * TALLY_SIZE
    if trace.tally[base + BROKEN_COUNT] > 0:
        return BROKEN
    if trace.tally[base + ACTIVATIONS] == 0:
        return NOT_ACTIVATED
    if not _waits(constraint, terms):
        return KEPT
    oldest = trace.tally[base + DECIDED]
    if oldest == trace.tally[base + ACTIVATIONS]:
        return KEPT
    slot = constraint * len(trace.order) + oldest
    if as_of > limit_of(constraint, slot, events, trace, terms):
        return BROKEN
    return PENDING


def judge(
    as_of: int,
    events: Sequence[LogRow],
    trace: Trace,
    terms: ConstraintTerms,
    states: MutableSequence[int],
) -> None:
    """Fill `states`: how the deal stands to each constraint, and then how many it keeps, breaks
    and has yet to answer.
    """
    count = len(terms.kind)
    for total in range(count, count + 3):
        states[total] = 0
    for constraint in range(count):
        found = state_at(constraint, as_of, events, trace, terms)
        states[constraint] = found
        if found == KEPT:
            states[count] += 1
        elif found == BROKEN:
            states[count + 1] += 1
        elif found == PENDING:
            states[count + 2] += 1


def overdue_at(
    constraint: int, as_of: int, events: Sequence[LogRow], trace: Trace, terms: ConstraintTerms
) -> int:
    """How many activations still wait at `as_of` though their limit has passed.

    With them: kept are tally[KEPT_COUNT], broken tally[BROKEN_COUNT] + overdue, and the rest of
    tally[ACTIVATIONS] is pending.
    """
    if not _waits(constraint, terms):
        return 0
    base = constraint * TALLY_SIZE
    found = 0
    for number in range(trace.tally[base + DECIDED], trace.tally[base + ACTIVATIONS]):
        slot = constraint * len(trace.order) + number
        if as_of <= limit_of(constraint, slot, events, trace, terms):
            break
        found += 1
    return found


def limit_of(
    constraint: int, slot: int, events: Sequence[LogRow], trace: Trace, terms: ConstraintTerms
) -> int:
    """The last second in which the activation of `slot` can be answered."""
    if terms.within[constraint] == UNKNOWN:
        return -UNKNOWN
    return events[trace.activated_by[slot]].occurred + terms.within[constraint]


def atoms_of(row: LogRow, terms: ConstraintTerms) -> int:
    """The atoms that a row is, as bits. Opening or reopening into a stage is entering it."""
    kind = row.kind
    atoms = terms.of_kind[kind]
    enters = kind == OPENED or kind == REOPENED
    if enters and row.code != UNKNOWN:
        atoms |= terms.of_kind[STAGE] | terms.of_code[STAGE * CODES_OF_A_KIND + row.code]
    elif row.code >= 0 and row.code < CODES_OF_A_KIND:
        atoms |= terms.of_code[kind * CODES_OF_A_KIND + row.code]
    return atoms


def deal_after(deal_is: int, kind: int) -> int:
    """What a deal that was `deal_is` is after a row of `kind`."""
    if deal_is == ENDED_FOR_GOOD:
        return deal_is
    if kind == VOIDED and deal_is != NOT_OPENED:
        return ENDED_FOR_GOOD
    if kind == OPENED and deal_is == NOT_OPENED:
        return OPEN
    if kind == REOPENED and deal_is == ENDED:
        return OPEN
    if kind >= FIRST_CLOSING_KIND and kind <= CANCELLED and deal_is == OPEN:
        return ENDED
    return deal_is


def _turns(row: LogRow) -> bool:
    """Whether a row begins or ends the deal."""
    if row.kind == OPENED or row.kind == REOPENED:
        return True
    return row.kind >= FIRST_CLOSING_KIND and row.kind <= VOIDED


def _follow(events: Sequence[LogRow], index: int, trace: Trace, terms: ConstraintTerms) -> None:
    row = events[index]
    was = trace.head[DEAL_IS]
    trace.head[DEAL_IS] = deal_after(was, row.kind)
    if was >= ENDED and trace.head[DEAL_IS] >= ENDED:
        return
    atoms = atoms_of(row, terms)
    for constraint in range(len(terms.kind)):
        _check(constraint, atoms, events, index, trace, terms)
    if trace.head[DEAL_IS] < ENDED:
        return
    for constraint in range(len(terms.kind)):
        if _waits(constraint, terms):
            _decide(constraint, BROKEN, events, index, trace, terms)


def _check(
    constraint: int,
    atoms: int,
    events: Sequence[LogRow],
    index: int,
    trace: Trace,
    terms: ConstraintTerms,
) -> None:
    """One row against one constraint: first what it decides, then what it activates."""
    kind = terms.kind[constraint]
    base = constraint * TALLY_SIZE
    is_first = atoms & terms.first[constraint] != 0
    is_then = atoms & terms.then[constraint] != 0
    if kind == RESPONSE:
        if is_then:
            _decide(constraint, KEPT, events, index, trace, terms)
    elif kind == PRECEDENCE:
        if is_then:
            _activate(constraint, index, trace)
            came_before = trace.tally[base + FIRSTS] > 0
            _decide(constraint, KEPT if came_before else BROKEN, events, index, trace, terms)
    elif kind == NOT_SUCCESSION:
        if is_then:
            _decide(constraint, BROKEN, events, index, trace, terms)
    elif kind == CHAIN_RESPONSE:
        if atoms != 0:
            _decide(constraint, KEPT if is_then else BROKEN, events, index, trace, terms)
    elif trace.tally[base + ACTIVATIONS] == 0:
        _activate(constraint, index, trace)
        _keep_so_far(constraint, trace)
    if not is_first:
        return
    trace.tally[base + FIRSTS] += 1
    if kind == RESPONSE or kind == CHAIN_RESPONSE or kind == NOT_SUCCESSION:
        _activate(constraint, index, trace)
    if kind == NOT_SUCCESSION:
        _keep_so_far(constraint, trace)
    if kind == ABSENCE and trace.tally[base + FIRSTS] > terms.most[constraint]:
        _decide(constraint, BROKEN, events, index, trace, terms)


def _waits(constraint: int, terms: ConstraintTerms) -> bool:
    """Whether an activation of the constraint is pending until something decides it."""
    return terms.kind[constraint] == RESPONSE or terms.kind[constraint] == CHAIN_RESPONSE


def _activate(constraint: int, index: int, trace: Trace) -> None:
    base = constraint * TALLY_SIZE
    slot = constraint * len(trace.order) + trace.tally[base + ACTIVATIONS]
    trace.activated_by[slot] = index
    trace.verdict[slot] = PENDING
    trace.decided_by[slot] = NO_ROW
    trace.decided_at[slot] = UNKNOWN
    trace.tally[base + ACTIVATIONS] += 1


def _keep_so_far(constraint: int, trace: Trace) -> None:
    """The newest activation is kept until something breaks it."""
    base = constraint * TALLY_SIZE
    slot = constraint * len(trace.order) + trace.tally[base + ACTIVATIONS] - 1
    trace.verdict[slot] = KEPT
    trace.tally[base + KEPT_COUNT] += 1


def _decide(
    constraint: int,
    verdict: int,
    events: Sequence[LogRow],
    index: int,
    trace: Trace,
    terms: ConstraintTerms,
) -> None:
    """Row `index` decides all activations that are not decided; after the limit it breaks them."""
    base = constraint * TALLY_SIZE
    at = events[index].occurred
    for number in range(trace.tally[base + DECIDED], trace.tally[base + ACTIVATIONS]):
        slot = constraint * len(trace.order) + number
        if trace.verdict[slot] == KEPT:
            trace.tally[base + KEPT_COUNT] -= 1
        limit = limit_of(constraint, slot, events, trace, terms)
        decided = BROKEN if at > limit else verdict
        trace.verdict[slot] = decided
        trace.decided_by[slot] = index
        trace.decided_at[slot] = min(at, limit)
        if decided == KEPT:
            trace.tally[base + KEPT_COUNT] += 1
        else:
            trace.tally[base + BROKEN_COUNT] += 1
    trace.tally[base + DECIDED] = trace.tally[base + ACTIVATIONS]


def empty_trace(constraints: int, rows: int) -> Trace:
    """A trace for the uncompiled gear: for so many constraints and rows of a deal."""
    return Trace(
        order=[0] * rows,
        head=[0] * HEAD_SIZE,
        tally=[0] * (constraints * TALLY_SIZE),
        activated_by=[0] * (constraints * rows),
        verdict=[0] * (constraints * rows),
        decided_by=[0] * (constraints * rows),
        decided_at=[0] * (constraints * rows),
    )
