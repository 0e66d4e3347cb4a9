"""What do the signals of accounts, reps and the team read at each checkpoint?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from salesadvisor.domain.rules import Scope


@dataclass(frozen=True)
class ScopePanel:
    """The signals of every subject of one scope at every checkpoint, in (subject, time) order.

    `block[signal, row]` has the signals in the order of `domain.vocabulary.words_of(scope)`;
    `subject` indexes `subjects` (names), `time` the checkpoints; `owner` is the code of the rep who
    should act among the log's names, UNKNOWN for whoever leads the team.
    """

    scope: Scope
    subjects: Sequence[str]
    block: Any
    subject: Any
    time: Any
    owner: Any

    @property
    def count(self) -> int:
        return len(self.subject)
