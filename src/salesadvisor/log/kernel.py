"""How do years fold in seconds? The compiled passes over the log: bind, survey, panel.

All of them work on a range of deals and release the interpreter lock, so that threads may share the
work in any split. A deal's events are taken in known order up to each checkpoint; when a correction
is met, the deal is folded again from its start over what then counts.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from salesadvisor.domain.conformance import HEAD_SIZE, TALLY_SIZE, Trace
from salesadvisor.domain.history import NO_MARKER, NO_REF
from salesadvisor.domain.observe import WINDOW_SECONDS
from salesadvisor.domain.state import (
    ATTRIBUTE_VALUE,
    CORRECTED,
    OPEN,
    OPENED,
    SECONDS_IN_STAGE,
    STATUS_VOIDED,
    UNKNOWN,
)
from salesadvisor.domain.tally import ACTIVE_SECONDS
from salesadvisor.log.gears import fast, inner

evolve = fast.evolve
observe = fast.observe
restart = fast.restart
place = fast.place
conform = fast.conform
judge = fast.judge
observe_derived = fast.observe_derived
tier_of = fast.tier_of
add_deal = fast.add_deal
clear = fast.clear
read_account = fast.read_account
read_rep = fast.read_rep
read_team = fast.read_team
bind_row = fast.bind_row
pipeline_of = fast.pipeline_of
number_in_deal = fast.number_in_deal
effective_rows = fast.effective_rows
end_of_event = fast.end_of_event
folds_again = fast.folds_again
latest_marker = fast.latest_marker

FOREVER = (1 << 62) - 1
DAY_SECONDS = 86_400
NOT_VISITED = -1
TO_ALL, TO_OWNER, TO_ACCOUNT = range(3)

kernel = numba.njit(nogil=True, cache=True)


@kernel
def bind_log(
    kind: Any,
    recorded_us: Any,
    occurred_us: Any,
    sub: Any,
    word: Any,
    other: Any,
    who: Any,
    extra: Any,
    value: Any,
    due: Any,
    ref: Any,
    starts: Any,
    tables: Any,
    terms: Any,
    limit: int,
    first_deal: int,
    after_deal: int,
    rows: Any,
) -> None:
    """Fill `rows` (records, one a log row) with the strategy's codes for a range of deals."""
    seen = np.empty(2 * limit, np.int64)
    for deal in range(first_deal, after_deal):
        first, after = starts[deal], starts[deal + 1]
        pipeline = UNKNOWN
        for index in range(first, after):
            if kind[index] == OPENED and ref[index] == NO_REF:
                pipeline = pipeline_of(other[index], tables)
                break
        for index in range(first, after):
            bind_row(
                kind[index],
                recorded_us[index],
                occurred_us[index],
                sub[index],
                word[index],
                other[index],
                who[index],
                extra[index],
                value[index],
                due[index],
                pipeline,
                tables,
                terms,
                rows[index],
            )
        number_in_deal(rows, first, after, seen, limit)


@inner
def take(
    rows: Any,
    position: Any,
    sub: Any,
    ref: Any,
    first: int,
    index: int,
    is_corrected: bool,
    deals: Any,
    blank: Any,
    book: Any,
    blank_book: Any,
    work: Any,
    size: int,
    terms: Any,
) -> int:
    """Take row `index` of a deal; returns how many rows of `work` count now.

    `work` holds the rows that count: of an uncorrected deal it is the deal's rows themselves.
    """
    if not is_corrected:
        evolve(deals[0], book, rows[index], terms)
        return size + 1
    if ref[index] == NO_REF:
        marker = latest_marker(rows, position, ref, first, index, position[index])
        if marker == NO_MARKER:
            work[size] = rows[index]
            evolve(deals[0], book, rows[index], terms)
            return size + 1
        if rows[marker].kind != CORRECTED or sub[index] != 0:
            return size
        for follower in range(marker + 1, index):  # corrected before it became known
            if position[follower] == position[marker]:
                work[size] = rows[follower]
                evolve(deals[0], book, rows[follower], terms)
                size += 1
        return size
    if not folds_again(rows, position, first, index):
        return size
    after = end_of_event(rows, position, index)
    forget(deals, blank, book, blank_book)
    size = effective_rows(rows, position, sub, ref, first, after, work)
    for step in range(size):
        evolve(deals[0], book, work[step], terms)
    return size


@inner
def forget(deals: Any, blank: Any, book: Any, blank_book: Any) -> None:
    """Make the deal and its book those of a deal of which nothing is known."""
    deals[0] = blank[0]
    for place in range(len(book)):
        book[place] = blank_book[place]


@inner
def note_close(
    closes: Any,
    stage_days: Any,
    slot: int,
    deal: int,
    state: Any,
    book: Any,
    known: int,
    terms: Any,
) -> None:
    """Write down that a deal closed: what is known of it from `known` on."""
    close = closes[slot]
    close.deal = deal
    close.cycle = state.cycle
    close.known_from = known
    close.known_until = FOREVER
    close.occurred = state.closed_at
    close.status = state.status
    close.opened = state.opened_at
    close.amount = state.amount
    close.owner = state.owner
    close.stage = state.stage
    close.pipeline = state.pipeline
    close.competitors = state.competitors
    close.tier = tier_of(book, terms)
    for stage in range(stage_days.shape[1]):
        seconds = book[SECONDS_IN_STAGE + stage]
        stage_days[slot, stage] = seconds // DAY_SECONDS if seconds > 0 else NOT_VISITED


@inner
def end_closes(closes: Any, first: int, after: int, known: int) -> None:
    """These closings count no more from `known` on."""
    for slot in range(first, after):
        closes[slot].known_until = min(closes[slot].known_until, known)


@inner
def note_closes_again(
    closes: Any,
    stage_days: Any,
    slot: int,
    deal: int,
    work: Any,
    size: int,
    known: int,
    deals: Any,
    blank: Any,
    book: Any,
    blank_book: Any,
    terms: Any,
) -> int:
    """Write down all closings of a deal as its rows in `work` now tell them; the next free slot."""
    first_slot = slot
    forget(deals, blank, book, blank_book)
    for step in range(size):
        was = deals[0].status
        evolve(deals[0], book, work[step], terms)
        if deals[0].status > OPEN and deals[0].status != was:
            note_close(closes, stage_days, slot, deal, deals[0], book, known, terms)
            slot += 1
        if deals[0].status == STATUS_VOIDED and was != STATUS_VOIDED:
            end_closes(closes, first_slot, slot - 1, known)
    return slot


@kernel
def survey(
    rows: Any,
    position: Any,
    sub: Any,
    ref: Any,
    starts: Any,
    corrected: Any,
    checkpoints: Any,
    terms: Any,
    blank: Any,
    blank_book: Any,
    first_deal: int,
    after_deal: int,
    close_slots: Any,
    closes: Any,
    stage_days: Any,
    amounts: Any,
    row_counts: Any,
) -> None:
    """One fold over a range of deals: closings, first amounts, and how many rows the panel needs.

    Closings of deal d go to `closes[close_slots[d]:close_slots[d + 1]]`, unused slots keep deal -1.
    A closing or first amount that a correction undoes gets a `known_until`.
    """
    deals = blank.copy()
    book = blank_book.copy()
    work = np.empty(longest_corrected(starts, corrected, first_deal, after_deal), rows.dtype)
    for deal in range(first_deal, after_deal):
        forget(deals, blank, book, blank_book)
        state = deals[0]
        first, after = starts[deal], starts[deal + 1]
        size = 0
        count = 0
        time = first_checkpoint_after(checkpoints, rows[first].known) if first < after else 0
        slot = close_slots[deal]
        amount_slot = slot
        amount = UNKNOWN
        for index in range(first, after):
            known = rows[index].known
            while time < len(checkpoints) and checkpoints[time] <= known:
                if state.status == OPEN:
                    count += 1
                time += 1
            was = state.status
            is_refold = (
                corrected[deal]
                and ref[index] != NO_REF
                and folds_again(rows, position, first, index)
            )
            size = take(
                rows, position, sub, ref, first, index, corrected[deal], deals, blank, book,
                blank_book, work, size, terms,
            )  # fmt: skip
            if is_refold:
                end_closes(closes, close_slots[deal], slot, known)
                slot = note_closes_again(
                    closes, stage_days, slot, deal, work, size, known, deals, blank, book,
                    blank_book, terms,
                )  # fmt: skip
            elif state.status > OPEN and state.status != was:
                if state.status == STATUS_VOIDED:
                    end_closes(closes, close_slots[deal], slot, known)
                note_close(closes, stage_days, slot, deal, state, book, known, terms)
                slot += 1
            if state.first_amount != amount:
                if amount != UNKNOWN:
                    amounts[amount_slot - 1].known_until = known
                amount = state.first_amount
                if amount != UNKNOWN:
                    amounts[amount_slot].amount = amount
                    amounts[amount_slot].known_from = known
                    amounts[amount_slot].known_until = FOREVER
                    amount_slot += 1
        if first < after and state.status == OPEN:
            count += len(checkpoints) - time
        row_counts[deal] = count


@inner
def longest_deal(starts: Any, first_deal: int, after_deal: int) -> int:
    """Rows of the longest deal of a range."""
    longest = 1
    for deal in range(first_deal, after_deal):
        longest = max(longest, starts[deal + 1] - starts[deal])
    return longest


@numba.njit(nogil=True)
def new_trace(constraints: Any, rows: int) -> Any:
    """Room to follow deals of at most so many rows."""
    count = len(constraints.kind)
    order: Any = np.zeros(rows, np.int64)
    head: Any = np.zeros(HEAD_SIZE, np.int64)
    tally: Any = np.zeros(count * TALLY_SIZE, np.int64)
    slots: Any = np.zeros((4, count * rows), np.int64)
    return Trace(order, head, tally, slots[0], slots[1], slots[2], slots[3])


@inner
def follow(
    rows: Any, placed: int, index: int, as_of: int, trace: Any, constraints: Any, states: Any
) -> int:
    """Follow an uncorrected deal up to row `index`; returns it."""
    if len(constraints.kind) == 0:
        return index
    if placed < index:
        for new in range(placed, index):
            place(rows, new, trace, constraints)
        conform(rows, trace, constraints)
    judge(as_of, rows, trace, constraints, states)
    return index


@inner
def follow_again(
    work: Any, size: int, as_of: int, trace: Any, constraints: Any, states: Any
) -> None:
    """Follow a corrected deal over the rows that count now."""
    if len(constraints.kind) == 0:
        return
    restart(trace)
    for index in range(size):
        place(work, index, trace, constraints)
    conform(work, trace, constraints)
    judge(as_of, work, trace, constraints, states)


@inner
def longest_corrected(starts: Any, corrected: Any, first_deal: int, after_deal: int) -> int:
    """Rows that the longest corrected deal of a range may need (new content counts twice)."""
    longest = 1
    for deal in range(first_deal, after_deal):
        if corrected[deal]:
            longest = max(longest, 2 * (starts[deal + 1] - starts[deal]))
    return longest


@kernel
def fill_panel(
    rows: Any,
    position: Any,
    sub: Any,
    ref: Any,
    starts: Any,
    corrected: Any,
    checkpoints: Any,
    won_p80: Any,
    median_amount: Any,
    rivals: Any,
    limits: Any,
    terms: Any,
    constraints: Any,
    blank: Any,
    blank_book: Any,
    signals: Any,
    flat_signals: Any,
    attribute_count: int,
    first_deal: int,
    after_deal: int,
    block: Any,
    row_deal: Any,
    row_time: Any,
    row_owner: Any,
) -> int:
    """Write the signals of each open deal at each checkpoint into `block[signal, row]`.

    `signals` is a scratch record and `flat_signals` the same memory as integers. Rows stand in
    (deal, checkpoint) order; returns their number.
    """
    deals = blank.copy()
    book = blank_book.copy()
    work = np.empty(longest_corrected(starts, corrected, first_deal, after_deal), rows.dtype)
    signal_count = len(flat_signals)
    longest = max(len(work), longest_deal(starts, first_deal, after_deal))
    trace = new_trace(constraints, longest)
    states = np.zeros(len(constraints.kind) + 3, np.int64)
    at = 0
    for deal in range(first_deal, after_deal):
        forget(deals, blank, book, blank_book)
        restart(trace)
        state = deals[0]
        first, after = starts[deal], starts[deal + 1]
        index = first
        placed = first
        size = 0
        low = 0
        time = first_checkpoint_after(checkpoints, rows[first].known) if first < after else 0
        for step in range(time, len(checkpoints)):
            as_of = checkpoints[step]
            while index < after and rows[index].known < as_of:
                size = take(
                    rows, position, sub, ref, first, index, corrected[deal], deals, blank, book,
                    blank_book, work, size, terms,
                )  # fmt: skip
                index += 1
            if state.status != OPEN:
                if index == after:
                    break
                continue
            if corrected[deal]:
                follow_again(work, size, as_of, trace, constraints, states)
                observe(
                    state, book, work, 0, size, as_of, terms, won_p80[step],
                    median_amount[step], rivals[step], states, signals[0],
                )  # fmt: skip
            else:
                while first + low < index and rows[first + low].known < as_of - WINDOW_SECONDS:
                    low += 1
                placed = follow(rows, placed, index, as_of, trace, constraints, states)
                observe(
                    state, book, rows, first + low, index, as_of, terms, won_p80[step],
                    median_amount[step], rivals[step], states, signals[0],
                )  # fmt: skip
            for signal in range(signal_count):
                block[signal, at] = flat_signals[signal]
            for slot in range(attribute_count):
                block[signal_count + slot, at] = book[ATTRIBUTE_VALUE + slot]
            for number in range(len(terms.derived_kind)):
                block[signal_count + attribute_count + number, at] = observe_derived(
                    state, book, terms, limits[step], states, signals[0], number
                )
            row_deal[at] = deal
            row_time[at] = step
            row_owner[at] = state.owner
            at += 1
    return at


@kernel
def add_deals(
    rows: Any,
    position: Any,
    sub: Any,
    ref: Any,
    starts: Any,
    corrected: Any,
    checkpoints: Any,
    terms: Any,
    constraints: Any,
    blank: Any,
    blank_book: Any,
    chosen: Any,
    belongs: int,
    subject: int,
    longest_after: int,
    table: Any,
) -> None:
    """Add the `chosen` deals to `table[checkpoint]`, at each checkpoint those of `subject` then.

    `belongs` says whose they must be: TO_ALL, TO_OWNER or TO_ACCOUNT. A closed deal counts for
    `longest_after` seconds more.
    """
    deals = blank.copy()
    book = blank_book.copy()
    longest = 1
    rows_of_one = 1
    for deal in chosen:
        longest = max(longest, longest_corrected(starts, corrected, deal, deal + 1))
        rows_of_one = max(rows_of_one, starts[deal + 1] - starts[deal])
    work = np.empty(longest, rows.dtype)
    trace = new_trace(constraints, max(longest, rows_of_one))
    count = len(constraints.kind)
    states = np.zeros(count + 3, np.int64)
    is_judged = belongs != TO_ACCOUNT
    for deal in chosen:
        forget(deals, blank, book, blank_book)
        restart(trace)
        state = deals[0]
        first, after = starts[deal], starts[deal + 1]
        if first == after:
            continue
        index = first
        placed = first
        size = 0
        low = 0
        for step in range(first_checkpoint_after(checkpoints, rows[first].known), len(checkpoints)):
            as_of = checkpoints[step]
            while index < after and rows[index].known < as_of:
                size = take(
                    rows, position, sub, ref, first, index, corrected[deal], deals, blank, book,
                    blank_book, work, size, terms,
                )  # fmt: skip
                index += 1
            if index == after and state.status > OPEN and as_of - state.closed_at > longest_after:
                break
            if state.status > OPEN and as_of - state.closed_at > longest_after:
                continue
            if belongs == TO_OWNER and state.owner != subject:
                continue
            if belongs == TO_ACCOUNT and state.account != subject:
                continue
            if corrected[deal]:
                if is_judged and state.status == OPEN:  # only open deals are judged
                    follow_again(work, size, as_of, trace, constraints, states)
                add_deal(
                    table[step], state, book, work, 0, size, as_of, states[count],
                    states[count + 1], terms,
                )  # fmt: skip
            else:
                while first + low < index and rows[first + low].known < as_of - ACTIVE_SECONDS:
                    low += 1
                if is_judged and state.status == OPEN:
                    placed = follow(rows, placed, index, as_of, trace, constraints, states)
                add_deal(
                    table[step], state, book, rows, first + low, index, as_of, states[count],
                    states[count + 1], terms,
                )  # fmt: skip


@kernel
def clear_tallies(table: Any) -> None:
    """Make every tally of a table that of no deal."""
    for step in range(len(table)):
        clear(table[step])


@kernel
def fill_accounts(table: Any, checkpoints: Any, terms: Any, row: Any, flat: Any, out: Any) -> None:
    """`out[signal, checkpoint]` from the tallies of one account; `flat` is `row` as integers."""
    for step in range(len(checkpoints)):
        read_account(table[step], checkpoints[step], terms, row[0])
        for signal in range(len(flat)):
            out[signal, step] = flat[signal]


@kernel
def fill_reps(
    table: Any, terms: Any, answered: Any, unacknowledged: Any, row: Any, flat: Any, out: Any
) -> None:
    """`out[signal, checkpoint]` from the tallies of one rep."""
    for step in range(len(table)):
        read_rep(table[step], terms, answered[step], unacknowledged[step], row[0])
        for signal in range(len(flat)):
            out[signal, step] = flat[signal]


@kernel
def fill_team(
    table: Any,
    terms: Any,
    drifting: Any,
    losing: Any,
    answered: Any,
    acknowledged: Any,
    unacknowledged: Any,
    row: Any,
    flat: Any,
    out: Any,
) -> None:
    """`out[signal, checkpoint]` from the tallies of all deals."""
    for step in range(len(table)):
        read_team(
            table[step], terms, drifting[step], losing[step], answered[step], acknowledged[step],
            unacknowledged[step], row[0],
        )  # fmt: skip
        for signal in range(len(flat)):
            out[signal, step] = flat[signal]


@inner
def first_checkpoint_after(checkpoints: Any, known: int) -> int:
    """The first checkpoint that can see an event known at `known`."""
    low, high = 0, len(checkpoints)
    while low < high:
        middle = (low + high) // 2
        if checkpoints[middle] <= known:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def won_percentiles(
    when: Any, sign: Any, days: Any, checkpoints: Any, least: int, longest: int
) -> Any:
    """P80 of won deals' days in each stage at each checkpoint: int64[checkpoint, stage].

    Entries (sorted by `when`) add a won deal's `days[entry, stage]` (NOT_VISITED where it never
    stayed) or take it back (`sign` -1). A stage needs `least` deals; days beyond `longest` read as
    `longest`. The percentile is the smallest day count that four deals in five did not exceed.
    """
    stages = days.shape[1]
    counts = np.zeros((stages, longest + 1), np.int64)
    totals = np.zeros(stages, np.int64)
    result = np.full((len(checkpoints), stages), UNKNOWN, np.int64)
    entry = 0
    for step in range(len(checkpoints)):
        while entry < len(when) and when[entry] < checkpoints[step]:
            for stage in range(stages):
                if days[entry, stage] >= 0:
                    counts[stage, min(days[entry, stage], longest)] += sign[entry]
                    totals[stage] += sign[entry]
            entry += 1
        for stage in range(stages):
            if totals[stage] < least:
                continue
            wanted = (totals[stage] * 4 + 4) // 5
            below = 0
            for day in range(longest + 1):
                below += counts[stage, day]
                if below >= wanted:
                    result[step, stage] = day
                    break
    return result


@kernel
def medians(when: Any, sign: Any, rank: Any, by_rank: Any, checkpoints: Any) -> Any:
    """The lower median of the values present at each checkpoint, UNKNOWN when there is none.

    Entries (sorted by `when`) add or take back (`sign`) the value of `rank` in sorted `by_rank`;
    a Fenwick tree over ranks answers in log time.
    """
    size = len(by_rank)
    tree = np.zeros(size + 1, np.int64)
    result = np.full(len(checkpoints), UNKNOWN, np.int64)
    top = 1
    while top * 2 <= size:
        top *= 2
    total = 0
    entry = 0
    for step in range(len(checkpoints)):
        while entry < len(when) and when[entry] < checkpoints[step]:
            node = rank[entry] + 1
            while node <= size:
                tree[node] += sign[entry]
                node += node & -node
            total += sign[entry]
            entry += 1
        if total <= 0:
            continue
        left = (total + 1) // 2
        node = 0
        jump = top
        while jump > 0:
            if node + jump <= size and tree[node + jump] < left:
                node += jump
                left -= tree[node]
            jump //= 2
        result[step] = by_rank[node]
    return result
