"""How is a fault told? With its share, three examples and what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from salesadvisor.study.doctor.ailments import AILMENTS

Level = Literal["fine", "care", "unusable"]


@dataclass(frozen=True)
class Example:
    """One place where the fault is: a deal, its event by position or source id, and when."""

    deal: str
    position: int | None
    at: datetime | None
    text: str
    source_id: str | None = None


@dataclass(frozen=True)
class Hit:
    """`count` faults of the code `code` among `of`; `harmful` of them (None: all) do harm."""

    code: str
    count: int
    of: int
    examples: tuple[Example, ...] = ()
    detail: str = ""
    harmful: int | None = None


@dataclass(frozen=True)
class Finding:
    """One fault of the history: `count` of `of` `unit`, what it is, and what it costs.

    `level` is what it makes of its area: "fine" for a remark that harms nothing by itself.
    """

    code: str
    area: str
    title: str
    unit: str
    count: int
    of: int
    level: Level
    costs: str
    unusable_for: str
    detail: str
    examples: tuple[Example, ...]

    @property
    def share(self) -> float:
        return self.count / self.of if self.of else 0.0

    @property
    def share_text(self) -> str:
        """'12 of 3,000 activities (0.4 %)'."""
        return f"{self.count:,} of {self.of:,} {self.unit} ({shown_share(self.share)})"


def finding_of(hit: Hit) -> Finding:
    """The finding that `hit` makes under its ailment's limits."""
    ailment = AILMENTS[hit.code]
    harmful = hit.count if hit.harmful is None else hit.harmful
    permille = 1000 * harmful / hit.of if hit.of else 0
    level: Level = "fine"
    if permille >= ailment.unusable_from:
        level = "unusable"
    elif permille >= ailment.care_from:
        level = "care"
    return Finding(
        code=ailment.code,
        area=ailment.area,
        title=ailment.title,
        unit=ailment.unit,
        count=hit.count,
        of=hit.of,
        level=level,
        costs=ailment.costs,
        unusable_for=ailment.unusable_for,
        detail=hit.detail,
        examples=hit.examples,
    )


def shown_share(share: float) -> str:
    """A share in percent: '6.9 %', and never '0 %' for something that is there."""
    percent = 100 * share
    if 0 < percent < 0.1:
        return "under 0.1 %"
    return f"{percent:.1f} %" if percent < 10 else f"{percent:.0f} %"
