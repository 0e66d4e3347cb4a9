"""Small histories for tests of the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from salesadvisor.domain.events import Activity, Event, Opened, StageChanged
from salesadvisor.store import Store

DAY_ONE = datetime(2024, 1, 1, 9, tzinfo=UTC)
LEARNED = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    return DAY_ONE + timedelta(days=number)


def call(source_id: str = "a-1", *, deal: str = "D-1", on: float = 1, **data: Any) -> Activity:
    fields = {"kind": "call", "direction": "out", "recorded_at": day(on), **data}
    return Activity(subject_id=deal, source_id=source_id, occurred_at=day(on), **fields)


def history(deals: int, *, first: int = 1) -> list[Event]:
    """`deals` deals of three events each: opened, a call, a stage change."""
    events: list[Event] = []
    for number in range(first, first + deals):
        deal = f"D-{number}"
        opened = {"stage": "identified", "amount": "1000.00", "currency": "USD"}
        events += [
            Opened(
                subject_id=deal,
                source_id=f"{deal}/open",
                occurred_at=day(0),
                recorded_at=day(0),
                **opened,
            ),
            call(f"{deal}/call", deal=deal),
            StageChanged(
                subject_id=deal,
                source_id=f"{deal}/stage",
                occurred_at=day(2),
                recorded_at=day(3),
                to="rfi",
            ),
        ]
    return events


def stored_events(store: Store) -> list[Event]:
    return [stored.event for stored in store.events()]


def counts(store: Store, events: Sequence[Event]) -> tuple[int, int, int, int, int]:
    """What an append of `events` came to: added, known, corrected, superseded, conflicts."""
    done = store.append(events, learned_at=LEARNED)
    assert done.rows == len(events)
    return done.added, done.known, done.corrected, done.superseded, len(done.conflicts)
