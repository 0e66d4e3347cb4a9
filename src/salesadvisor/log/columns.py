"""What does the log hold? Integer columns, one row or more an event, and the words they stand for.

The columns are independent of any strategy. `word`, `other` and `extra` are codes of labels
(stages, roles, criteria, attribute names and values, currencies), `who` is a code of a name
(owner, contact, account, objection); UNKNOWN_CODE where there is none. What each means, by kind,
stands in `projector.py`, which writes them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

UNKNOWN_CODE = -1
ACCOUNT_ROWS = -1  # the `deal` of rows that belong to an account, not to a deal

# name -> type, in file order. Times are microseconds, `due` is a day number, `ref` a position.
COLUMN_TYPES: dict[str, type[np.integer]] = {
    "position": np.int64,
    "sub": np.int16,
    "deal": np.int32,
    "recorded_us": np.int64,
    "occurred_us": np.int64,
    "kind": np.int8,
    "word": np.int32,
    "other": np.int32,
    "who": np.int32,
    "extra": np.int32,
    "value": np.int64,
    "due": np.int32,
    "ref": np.int64,
}
COLUMN_NAMES = tuple(COLUMN_TYPES)
NO_DAY = -(1 << 31)  # `due` of a row without a date
Ints = npt.NDArray[np.int64]


@dataclass
class Vocabulary:
    """Words in the order in which they were first seen; a word's code is its place."""

    words: list[str] = field(default_factory=list)
    codes: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, words: Iterable[str]) -> Vocabulary:
        listed = list(words)
        return cls(listed, {word: code for code, word in enumerate(listed)})

    def code(self, word: str | None) -> int:
        """The code of `word`, a new one if need be; UNKNOWN_CODE for None."""
        if word is None:
            return UNKNOWN_CODE
        code = self.codes.get(word)
        if code is None:
            code = self.codes[word] = len(self.words)
            self.words.append(word)
        return code

    def __len__(self) -> int:
        return len(self.words)


@dataclass
class Words:
    """The vocabularies of a log: deals, labels of the process, names of people and things."""

    deals: Vocabulary = field(default_factory=Vocabulary)
    labels: Vocabulary = field(default_factory=Vocabulary)
    names: Vocabulary = field(default_factory=Vocabulary)

    def sizes(self) -> tuple[int, int, int]:
        return len(self.deals), len(self.labels), len(self.names)


@dataclass(frozen=True)
class Log:
    """The whole log in deal order.

    `columns[name]` are equally long arrays sorted by (deal, known, position, sub); the rows of deal
    d are `starts[d]:starts[d + 1]`. Rows of accounts are kept apart in `accounts`. `last_position`
    is the newest store position the log has seen.
    """

    columns: dict[str, npt.NDArray[np.integer]]
    accounts: dict[str, npt.NDArray[np.integer]]
    starts: Ints
    words: Words
    last_position: int

    @property
    def deal_count(self) -> int:
        return len(self.starts) - 1

    @property
    def row_count(self) -> int:
        return len(self.columns["deal"])


def known_us(
    recorded_us: npt.NDArray[np.integer], occurred_us: npt.NDArray[np.integer]
) -> npt.NDArray[np.int64]:
    """The moment from which each row may be used: the later of recorded and occurred."""
    return np.maximum(recorded_us, occurred_us).astype(np.int64, copy=False)


def in_deal_order(columns: dict[str, npt.NDArray[np.integer]]) -> Ints:
    """The order of rows by (deal, known, position, sub)."""
    known = known_us(columns["recorded_us"], columns["occurred_us"])
    return np.lexsort((columns["sub"], columns["position"], known, columns["deal"]))
