"""Which rules fire on each of many rows? A compiled matcher of boxes over blocks of columns.

A leaf is a union of ranges. For each 1,024 rows, each distinct leaf is evaluated once, down its
column, into a mask of bytes; a box is the `and` of its leaves, a rule the `or` of its boxes. Where
the program's numbers allow it, a column is first narrowed to 16 bits without changing any
comparison, which makes a vector register hold four times as many rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from salesadvisor.domain.signals import UNKNOWN
from salesadvisor.engine.boxes import HIGHEST, LOWEST, Box, BoxSet, Leaf

CHUNK: Final = 1_024
RULES_PER_WORD: Final = 64
_WIDEST: Final = 32_767
_NARROW_UNKNOWN: Final = -_WIDEST - 1


class Program(NamedTuple):
    """A box set as arrays, to be handed to `match_block`. `x_start` holds where each x's items lie.

    Ranges of narrow leaves are already in the narrowed numbers. `slot` is a leaf's narrowed column,
    -1 for a leaf that reads its signal as it is.
    """

    rule_start: NDArray[np.int64]  # -> boxes
    box_start: NDArray[np.int64]  # -> box_leaf
    box_leaf: NDArray[np.int64]
    leaf_start: NDArray[np.int64]  # -> low, high
    leaf_signal: NDArray[np.int64]
    leaf_slot: NDArray[np.int64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    slot_signal: NDArray[np.int64]


class Scratch(NamedTuple):
    """Working memory of `match_block`: one per thread, reused from call to call."""

    narrow: NDArray[np.int16]  # [slots, CHUNK]
    mask: NDArray[np.uint8]  # [leaves, CHUNK]
    inside: NDArray[np.uint8]  # [CHUNK]
    fired: NDArray[np.uint8]  # [8, CHUNK]: bit r of byte b is rule 8 b + r of the word


class BulkMatcher:
    """Matches blocks of signals rows against a box set. Safe to share between threads."""

    def __init__(self, boxset: BoxSet) -> None:
        self.boxset = boxset
        self.program = program_of(boxset)
        self.words = words_for(len(boxset.rules))

    def scratch(self) -> Scratch:
        """Working memory for one thread."""
        return scratch_for(self.program)

    def match_bits(
        self,
        block: NDArray[np.int64],
        n_rows: int,
        *,
        scratch: Scratch | None = None,
        out: NDArray[np.uint64] | None = None,
    ) -> NDArray[np.uint64]:
        """Fired rules of the first `n_rows` columns of `block`: uint64[n_rows, words].

        `block` is int64[n_signals, capacity], C order, a signal a row of the array. Bit r of word w
        is the rule of index 64 w + r. Give `scratch` and `out` to reuse memory between calls.
        """
        if out is None:
            out = np.empty((n_rows, self.words), np.uint64)
        match_block(block, n_rows, self.program, scratch or self.scratch(), out)
        return out

    def match(self, block: NDArray[np.int64], n_rows: int) -> NDArray[np.uint8]:
        """The same as 0 and 1, a rule a row of the array: uint8[n_rules, n_rows]."""
        return by_rule(self.match_bits(block, n_rows), len(self.boxset.rules))

    def match_row(self, row: Sequence[int]) -> list[int]:
        """Indexes of the rules that fire on one row of signals, ascending."""
        block = np.array(row, np.int64).reshape(len(row), 1)
        fired: list[int] = np.flatnonzero(self.match(block, 1)[:, 0]).tolist()
        return fired


def by_rule(bits: NDArray[np.uint64], n_rules: int) -> NDArray[np.uint8]:
    """uint64[n_rows, words] of `match_bits` as uint8[n_rules, n_rows]."""
    rules = np.arange(n_rules)
    words = bits[:, rules // RULES_PER_WORD].T
    return (words >> (rules % RULES_PER_WORD).astype(np.uint64)[:, None] & 1).astype(np.uint8)


def words_for(n_rules: int) -> int:
    """64-bit words a row needs for that many rules; at least one."""
    return max(1, -(-n_rules // RULES_PER_WORD))


def scratch_for(program: Program) -> Scratch:
    """Working memory for one thread that runs this program."""
    return Scratch(
        narrow=np.empty((len(program.slot_signal), CHUNK), np.int16),
        mask=np.empty((len(program.leaf_signal), CHUNK), np.uint8),
        inside=np.empty(CHUNK, np.uint8),
        fired=np.empty((8, CHUNK), np.uint8),
    )


def program_of(boxset: BoxSet) -> Program:
    """The arrays of a box set. Within a box, the leaves that most boxes share come first."""
    shared = Counter(leaf for box in boxset.boxes for leaf in box.leaves)
    leaves = sorted(shared)
    number = {leaf: index for index, leaf in enumerate(leaves)}
    slot = {signal: index for index, signal in enumerate(_narrow_signals(leaves))}
    ranges = [
        [_narrowed(pair) if leaf.signal in slot else pair for pair in leaf.ranges]
        for leaf in leaves
    ]
    ordered = [sorted(box.leaves, key=lambda leaf: -shared[leaf]) for box in boxset.boxes]
    return Program(
        rule_start=_starts(_boxes_per_rule(boxset.boxes, len(boxset.rules))),
        box_start=_starts([len(leaves_of_box) for leaves_of_box in ordered]),
        box_leaf=_ints([number[leaf] for leaves_of_box in ordered for leaf in leaves_of_box]),
        leaf_start=_starts([len(pairs) for pairs in ranges]),
        leaf_signal=_ints([leaf.signal for leaf in leaves]),
        leaf_slot=_ints([slot.get(leaf.signal, -1) for leaf in leaves]),
        low=_ints([low for pairs in ranges for low, _ in pairs]),
        high=_ints([high for pairs in ranges for _, high in pairs]),
        slot_signal=_ints(list(slot)),
    )


@njit(nogil=True, cache=True)
def match_block(block, n_rows, program, scratch, out):  # type: ignore[no-untyped-def]
    """Writes the fired rules of `n_rows` rows to out[n_rows, words]; see `BulkMatcher.match_bits`.

    Callable from other compiled functions. Reads block[signal, row] for the program's signals only.
    """
    rules = len(program.rule_start) - 1
    for first in range(0, n_rows, CHUNK):
        n = min(CHUNK, n_rows - first)
        _match_leaves(block, first, n, program, scratch)
        for word in range(out.shape[1]):
            start = RULES_PER_WORD * word
            _match_rules(start, min(start + RULES_PER_WORD, rules), n, program, scratch)
            _pack(scratch.fired, out, first, word, n)


# The two functions below take arrays out of their tuples once: numba counts a reference each time.


@njit(nogil=True, cache=True)
def _match_leaves(block, first, n, program, scratch):  # type: ignore[no-untyped-def]
    """Fills scratch.mask for every leaf."""
    narrow, mask, slot_signal = scratch.narrow, scratch.mask, program.slot_signal
    leaf_start, leaf_signal, leaf_slot = program.leaf_start, program.leaf_signal, program.leaf_slot
    lows, highs = program.low, program.high
    for slot in range(len(slot_signal)):
        _narrow(narrow, slot, block[slot_signal[slot], first : first + n], n)
    for leaf in range(len(leaf_signal)):
        slot, column = leaf_slot[leaf], block[leaf_signal[leaf], first : first + n]
        _clear(mask, leaf, n)
        for place in range(leaf_start[leaf], leaf_start[leaf + 1]):
            low, high = lows[place], highs[place]
            if slot >= 0:
                _add_narrow(mask, leaf, narrow, slot, np.int16(low), np.int16(high), n)
            else:
                _add_wide(mask, leaf, column, low, high, n)


@njit(nogil=True, cache=True)
def _match_rules(start, stop, n, program, scratch):  # type: ignore[no-untyped-def]
    """Fills scratch.fired for the rules start..stop-1, at most 64, from scratch.mask."""
    rule_start, box_start, box_leaf = program.rule_start, program.box_start, program.box_leaf
    mask, inside, fired = scratch.mask, scratch.inside, scratch.fired
    fired[:] = 0
    for rule in range(start, stop):
        byte, bit = (rule - start) // 8, np.uint8(1 << (rule - start) % 8)
        for box in range(rule_start[rule], rule_start[rule + 1]):
            _fill(inside, n)
            some = True
            for position in range(box_start[box], box_start[box + 1]):
                some = _meet(inside, mask, box_leaf[position], n)
                if not some:
                    break
            if some:
                _mark(fired, byte, inside, bit, n)


@njit(nogil=True, cache=True)
def _narrow(narrow, slot, column, n):  # type: ignore[no-untyped-def]
    for row in range(n):
        value = column[row]
        narrow[slot, row] = np.int16(min(max(value, -_WIDEST), _WIDEST) - (value == UNKNOWN))


@njit(nogil=True, cache=True)
def _clear(mask, leaf, n):  # type: ignore[no-untyped-def]
    for row in range(n):
        mask[leaf, row] = np.uint8(0)


@njit(nogil=True, cache=True)
def _add_narrow(mask, leaf, narrow, slot, low, high, n):  # type: ignore[no-untyped-def]
    for row in range(n):
        value = narrow[slot, row]
        mask[leaf, row] |= np.uint8((value >= low) & (value <= high))


@njit(nogil=True, cache=True)
def _add_wide(mask, leaf, column, low, high, n):  # type: ignore[no-untyped-def]
    for row in range(n):
        value = column[row]
        mask[leaf, row] |= np.uint8((value >= low) & (value <= high))


@njit(nogil=True, cache=True)
def _fill(inside, n):  # type: ignore[no-untyped-def]
    for row in range(n):
        inside[row] = np.uint8(1)


@njit(nogil=True, cache=True)
def _meet(inside, mask, leaf, n):  # type: ignore[no-untyped-def]
    some = np.uint8(0)
    for row in range(n):
        both = np.uint8(inside[row] & mask[leaf, row])
        inside[row] = both
        some = np.uint8(some | both)
    return some != 0


@njit(nogil=True, cache=True)
def _mark(fired, byte, inside, bit, n):  # type: ignore[no-untyped-def]
    for row in range(n):
        fired[byte, row] |= np.uint8(inside[row] * bit)


@njit(nogil=True, cache=True)
def _pack(fired, out, first, word, n):  # type: ignore[no-untyped-def]
    for row in range(n):
        bits = np.uint64(0)
        for byte in range(8):
            bits |= np.uint64(fired[byte, row]) << np.uint64(8 * byte)
        out[first + row, word] = bits


def _narrow_signals(leaves: list[Leaf]) -> list[int]:
    """Signals of which 16 bits answer every leaf: each literal lies strictly inside of them."""
    wide = {leaf.signal for leaf in leaves for pair in leaf.ranges if not _fits(pair)}
    return sorted({leaf.signal for leaf in leaves} - wide)


def _fits(pair: tuple[int, int]) -> bool:
    return all(bound in (UNKNOWN, LOWEST, HIGHEST) or abs(bound) < _WIDEST for bound in pair)


def _narrowed(pair: tuple[int, int]) -> tuple[int, int]:
    if pair == (UNKNOWN, UNKNOWN):
        return _NARROW_UNKNOWN, _NARROW_UNKNOWN
    low, high = pair
    return max(low, -_WIDEST), min(high, _WIDEST)


def _boxes_per_rule(boxes: tuple[Box, ...], rules: int) -> list[int]:
    count = Counter(box.rule for box in boxes)
    return [count[rule] for rule in range(rules)]


def _starts(sizes: list[int]) -> NDArray[np.int64]:
    return np.concatenate([_ints([0]), np.cumsum(_ints(sizes))])


def _ints(numbers: list[int]) -> NDArray[np.int64]:
    return np.array(numbers, np.int64)
