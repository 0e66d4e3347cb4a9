"""What does a recommendation look like to another program? One row, in plain values."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True)
class AdviceRow:
    """One recommendation as a target gets it; the order of the fields is that of the columns.

    `priority` is in `currency`, `win_probability` a fraction of 1, `evidence` the class of what is
    known of the rule's effect; `event_ids` are the events behind it and `strategy` is the content
    hash of the strategy that asked for it. `subject` is what it is about, a deal or something else
    (`scope`), which has no `deal_id` and no probability then.
    """

    recommendation_id: str
    deal_id: str | None
    owner: str | None
    rule: str
    element: str
    action: str
    because: str
    due: date
    expires: datetime
    priority: Decimal
    currency: str
    win_probability: Decimal | None
    evidence: str
    event_ids: tuple[str, ...]
    strategy: str
    scope: str
    subject: str


COLUMNS: tuple[str, ...] = tuple(item.name for item in fields(AdviceRow))


def texts(row: AdviceRow) -> dict[str, str | None]:
    """The row with every value as text: ISO times, decimal strings; event ids between spaces."""
    return {
        **{name: getattr(row, name) for name in COLUMNS},
        "due": row.due.isoformat(),
        "expires": row.expires.isoformat(),
        "priority": str(row.priority),
        "win_probability": None if row.win_probability is None else str(row.win_probability),
        "event_ids": " ".join(row.event_ids),
    }
