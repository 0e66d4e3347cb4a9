"""What does the lint of rules say, and how bad is it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Severity = Literal["error", "warning"]
Kind = Literal[
    "unreadable", "too_many_alternatives", "never_true", "always_true", "empty_flag",
    "dead_alternative",
    "contradiction", "no_firing_test", "no_silent_test", "bad_tests", "duplicate", "subsumed",
    "lone_group", "empty_group", "period_over", "daily_dedupe", "silent_reason", "bold_hypothesis",
    "no_effort", "hasty_expiry", "never_fired", "always_fired", "unseen_threshold", "never_known",
]  # fmt: skip

KINDS: Final[Mapping[Kind, Severity]] = MappingProxyType(
    {
        "unreadable": "error",
        "too_many_alternatives": "error",
        "never_true": "error",
        "always_true": "error",
        "empty_flag": "error",
        "dead_alternative": "error",
        "contradiction": "error",
        "no_firing_test": "error",
        "no_silent_test": "error",
        "bad_tests": "error",
        "duplicate": "warning",
        "subsumed": "warning",
        "lone_group": "warning",
        "empty_group": "warning",
        "period_over": "warning",
        "daily_dedupe": "warning",
        "silent_reason": "warning",
        "bold_hypothesis": "warning",
        "no_effort": "warning",
        "hasty_expiry": "warning",
        "never_fired": "warning",
        "always_fired": "warning",
        "unseen_threshold": "warning",
        "never_known": "warning",
    }
)
"""An error keeps a rule from doing what it says; a warning is likely not what its author meant."""


@dataclass(frozen=True)
class Finding:
    """One thing to mend. `rule` is its id, "" where no rule is to blame; `place` "file:line"."""

    kind: Kind
    rule: str
    place: str
    problem: str
    cure: str

    @property
    def severity(self) -> Severity:
        return KINDS[self.kind]
