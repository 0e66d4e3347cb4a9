"""Can every event that was ever stored still be read?

`stored_events.tsv` holds one stored event for each kind and schema version: kind, version, state.
Its lines are kept for ever. A new schema version adds a line and, in `NOW`, changes what the old
ones read as; it never changes an old line.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from salesadvisor.domain import events as e
from salesadvisor.store.mapper import EventMapper

GOLDEN = Path(__file__).with_name("stored_events.tsv")
OCCURRED = datetime(2024, 3, 5, 14, 30, tzinfo=UTC)
RECORDED = datetime(2024, 3, 6, 8, 0, 0, 250_000, tzinfo=UTC)
ADVICE = {"recommendation_id": "rec-1"}

# What each golden event reads as today, without the envelope.
NOW: dict[str, dict[str, object]] = {
    "opened": {
        "pipeline": "bids",
        "stage": "identified",
        "amount": Decimal("1250000.50"),
        "currency": "USD",
        "close_date": date(2024, 9, 30),
        "owner": "Kim Park",
        "account": "Aldabra Bio",
        "attributes": {"phase": "II", "patients": 240, "share": 0.5, "msa_on_file": True},
    },
    "stage_changed": {"from_": "identified", "to": "rfp_received"},
    "amount_changed": {"from_": Decimal("1000"), "to": Decimal("1200.10"), "currency": "EUR"},
    "close_date_changed": {"from_": date(2024, 9, 30), "to": date(2024, 12, 1), "reason": "budget"},
    "owner_changed": {"from_": "Kim Park", "to": "Lou Ray"},
    "activity": {
        "kind": "call",
        "direction": "out",
        "contact": "c-1",
        "duration_minutes": 25,
        "outcome": "reached",
        "topics": ("pricing", "risk"),
    },
    "activity_planned": {"kind": "meeting", "due": date(2024, 3, 20), "contact": "c-1"},
    "next_step_set": {"due": date(2024, 3, 12), "text": "send the grid — “final”"},
    "contact_added": {"contact": "c-1", "role": "clin_ops"},
    "criterion_met": {"criterion": "budget_confirmed"},
    "quote_sent": {
        "amount": Decimal("980000"),
        "currency": "USD",
        "version": "2",
        "model": "milestone",
    },
    "discount_offered": {"percent": Decimal("7.5"), "approved_by": "Lou Ray"},
    "competitor_identified": {"competitor": "Arcanum", "incumbent": True},
    "claim_presented": {"claim": "recruitment_record", "proof": "case 7"},
    "objection_raised": {"objection": "price", "text": "too high"},
    "objection_answered": {"objection": "price", "text": "unit grid"},
    "forecast_category_set": {"to": "best_case"},
    "attribute_changed": {"name": "loi_used_percent", "to": 85},
    "won": {"amount": Decimal("1200000"), "currency": "USD"},
    "lost": {"reason": "price"},
    "no_decision": {"reason": "study stopped"},
    "cancelled": {"reason": "sponsor merged"},
    "voided": {"reason": "duplicate"},
    "reopened": {"stage": "bid_defense", "reason": "new budget"},
    "corrected": {
        "corrects": "a-1",
        "event": "activity",
        "fact": {"kind": "email", "direction": "in", "topics": []},
        "fact_occurred_at": datetime(2024, 3, 1, 9, 0, tzinfo=UTC),
    },
    "retracted": {"retracts": "a-2", "reason": "wrong deal"},
    "account_profiled": {"attributes": {"sponsor_size": "large", "region": "apac"}},
    "strategy_published": {
        "strategy_hash": "0f3a9c21b7de",
        "label": "2024 H1",
        "content": {"horizon_days": 90},
    },
    "goal_set": {
        "goal": "g-1",
        "metric": "win_rate",
        "value": Decimal("0.35"),
        "due": date(2024, 12, 31),
    },
    "strategy_acknowledged": {"strategy_hash": "0f3a9c21b7de", "rep": "Kim Park"},
    "recommendation_issued": {
        **ADVICE,
        "rule": "closing.next_step",
        "rule_version": 3,
        "strategy_hash": "0f3a9c21b7de",
        "cycle": 1,
        "dedupe": "stage=3",
        "owner": "Kim Park",
        "action": "Call clin_ops",
        "because": "silent for 21 days",
        "priority_minor": 12_345,
        "expires_at": datetime(2024, 3, 19, 14, 30, tzinfo=UTC),
        "signals": {"days_since_contact_out": 21, "days_to_close_date": None},
        "event_ids": ("a-1", "D-1/open"),
    },
    "recommendation_accepted": ADVICE,
    "recommendation_dismissed": {**ADVICE, "reason": "already done"},
    "recommendation_done": ADVICE,
    "recommendation_expired": ADVICE,
    "recommendation_exported": {**ADVICE, "target": "csv"},
    "recommendation_withdrawn": {**ADVICE, "reason": "the deal is lost"},
}


def lines() -> list[tuple[str, int, bytes]]:
    rows = (line.split("\t") for line in GOLDEN.read_text(encoding="utf-8").splitlines())
    return [(kind, int(version), state.encode()) for kind, version, state in rows]


def now(kind: str) -> e.Event:
    envelope = {
        "subject_id": "D-1",
        "occurred_at": OCCURRED,
        "recorded_at": RECORDED,
        "source_id": f"{kind}-1",
        "crm": "north",
        "actor": "Kim Park",
        "custom_field": "kept",
    }
    return e.EVENT_TYPES[kind].model_validate({**envelope, **NOW[kind]})


def test_every_kind_has_a_golden_event_for_each_of_its_versions() -> None:
    have = {(kind, version) for kind, version, _state in lines()}
    wanted = {
        (kind, version)
        for kind, model in e.EVENT_TYPES.items()
        for version in range(1, model.SCHEMA_VERSION + 1)
    }
    assert have == wanted


@pytest.mark.parametrize(
    "kind, state",
    [pytest.param(kind, state, id=f"{kind}-{version}") for kind, version, state in lines()],
)
def test_a_stored_event_reads_as_ever(kind: str, state: bytes) -> None:
    assert EventMapper().decode(kind, state) == now(kind)


@pytest.mark.parametrize(
    "kind, state",
    [
        (kind, state)
        for kind, version, state in lines()
        if version == e.EVENT_TYPES[kind].SCHEMA_VERSION
    ],
)
def test_an_event_is_stored_in_the_same_bytes_as_ever(kind: str, state: bytes) -> None:
    assert e.event_payload(now(kind)) == state


def test_the_corrected_golden_event_still_replaces_a_fact() -> None:
    corrected = now("corrected")
    assert isinstance(corrected, e.Corrected)
    assert isinstance(corrected.replacement(), e.Activity)
