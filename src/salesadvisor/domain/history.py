"""Which rows count after corrections? The rows of a deal as a correction leaves them.

A correction or retraction speaks from the moment it became known: until then history reads as it
did. Where `folds_again` says so, the deal is folded again from its start over the rows given here.
Like the fold itself this is written once and runs in both gears.
"""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence

from salesadvisor.domain.state import CORRECTED, RETRACTED, LogRow

NO_REF = -1  # an ordinary row
UNRESOLVED_REF = -2  # belongs to a correction of an event that is not there
NO_MARKER = -1


def effective_rows(
    rows: Sequence[LogRow],
    position: Sequence[int],
    sub: Sequence[int],
    ref: Sequence[int],
    first: int,
    after: int,
    work: MutableSequence[LogRow],
) -> int:
    """Copy the rows of `rows[first:after]` that count into `work`; returns how many.

    New content stands where the corrected event stood. The latest marker for an event decides. Its
    new content stands behind it, but not next to it when it happens later than its correction.
    """
    size = 0
    for index in range(first, after):
        if ref[index] != NO_REF:
            continue
        marker = latest_marker(rows, position, ref, first, after, position[index])
        if marker == NO_MARKER:
            work[size] = rows[index]
            size += 1
        elif rows[marker].kind == CORRECTED and sub[index] == 0:
            for follower in range(marker + 1, after):
                if position[follower] == position[marker]:
                    work[size] = rows[follower]
                    size += 1
    return size


def folds_again(rows: Sequence[LogRow], position: Sequence[int], first: int, index: int) -> bool:
    """Whether row `index`, a marker or new content, changes what counts of the rows before it.

    New content that is known together with its marker was taken with it.
    """
    if is_marker(rows[index]) or index == first:
        return True
    return end_of_event(rows, position, index - 1) == index


def end_of_event(rows: Sequence[LogRow], position: Sequence[int], index: int) -> int:
    """The first row behind `index` that is of another event, or known later."""
    after = index + 1
    while (
        after < len(rows)
        and position[after] == position[index]
        and rows[after].known == rows[index].known
    ):
        after += 1
    return after


def latest_marker(
    rows: Sequence[LogRow],
    position: Sequence[int],
    ref: Sequence[int],
    first: int,
    after: int,
    meant: int,
) -> int:
    """The last correction or retraction of the event at position `meant` that was not retracted.

    NO_MARKER if there is none.
    """
    for index in range(after - 1, first - 1, -1):
        if ref[index] == meant and is_marker(rows[index]):
            if not is_retracted(rows, ref, index + 1, after, position[index]):
                return index
    return NO_MARKER


def is_retracted(
    rows: Sequence[LogRow], ref: Sequence[int], first: int, after: int, meant: int
) -> bool:
    """Whether a row of `rows[first:after]` takes back the event at position `meant`."""
    for index in range(first, after):
        if ref[index] == meant and rows[index].kind == RETRACTED:
            return True
    return False


def is_marker(row: LogRow) -> bool:
    return row.kind == CORRECTED or row.kind == RETRACTED
