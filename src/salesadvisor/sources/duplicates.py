"""Does an earlier row of this file have the same id, and does it say the same?"""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple

_LINE_BITS = 40
_WORD = (1 << 64) - 1


class Again(NamedTuple):
    """An id that was there before: on `line` first, `times` so far with different contents.

    `same_line`: where a row with the very content stands, or None.
    """

    times: int
    line: int
    same_line: int | None


class Ids:
    """The ids of one file, about 150 bytes each.

    Ids are kept as 64-bit hashes. Should two of a file collide (once in 40 million files of a
    million rows), the later row counts as a repeated id; it is taken for a copy, and so dropped,
    only if its content collides as well.
    """

    def __init__(self) -> None:
        self._first: dict[int, int] = {}
        self._others: dict[int, list[int]] = {}

    def see(self, key: Hashable, *, content: Hashable, line: int) -> Again | None:
        """Notes the row at `line`; None if its id `key` is new."""
        id_ = hash(key)
        packed = (hash(content) & _WORD) << _LINE_BITS | line
        first = self._first.setdefault(id_, packed)
        if first is packed:
            return None
        others = self._others.setdefault(id_, [])
        for earlier in (first, *others):
            if earlier >> _LINE_BITS == packed >> _LINE_BITS:
                return Again(len(others) + 1, _line(first), _line(earlier))
        others.append(packed)
        return Again(len(others) + 1, _line(first), None)


def _line(packed: int) -> int:
    return packed & ((1 << _LINE_BITS) - 1)
