"""How does each kind of event read to a person?"""

from __future__ import annotations

from typing import Any

import pytest
from tests.builders import corrected, day, did, happened, on, opened

from salesadvisor.domain.events import EVENT_TYPES
from salesadvisor.domain.telling import told

RECOMMENDATION = {
    "recommendation_id": "rec-1",
    "rule": "call_back",
    "rule_version": 1,
    "strategy_hash": "abc",
    "cycle": 1,
    "dedupe": "5",
    "owner": "eve",
    "action": "Call Ann",
    "because": "it is quiet",
    "priority_minor": 5,
    "expires_at": day(9),
}
LINES: list[tuple[str, dict[str, Any], str]] = [
    ("opened", {}, "opened"),
    (
        "opened",
        {"stage": "lead", "amount": "1234567.5", "currency": "USD", "owner": "eve"},
        "opened in lead, 1,234,567.5 USD, owner eve",
    ),
    ("stage_changed", {"to": "demo"}, "moved to demo"),
    ("amount_changed", {"to": "12", "currency": "EUR"}, "amount now 12 EUR"),
    ("amount_changed", {"to": None}, "amount now unknown"),
    ("close_date_changed", {"to": on(3)}, "close date now 2024-01-04"),
    ("close_date_changed", {}, "close date now unknown"),
    ("owner_changed", {"to": "ole"}, "owner now ole"),
    ("owner_changed", {}, "owner now nobody"),
    ("activity_planned", {"kind": "call", "due": on(3)}, "planned a call for 2024-01-04"),
    ("next_step_set", {"text": "send paper"}, "next step: send paper"),
    ("next_step_set", {"due": on(3)}, "next step for 2024-01-04"),
    ("contact_added", {"contact": "ann", "role": "boss"}, "contact ann added (boss)"),
    ("criterion_met", {"criterion": "need"}, "criterion met: need"),
    ("quote_sent", {"amount": "5"}, "quote sent: 5"),
    ("discount_offered", {"percent": "12.5"}, "offered 12.5 % discount"),
    (
        "competitor_identified",
        {"competitor": "Arcanum", "incumbent": True},
        "competitor Arcanum (incumbent)",
    ),
    ("claim_presented", {"claim": "fast"}, "claim presented: fast"),
    ("objection_raised", {"objection": "o1", "text": "too dear"}, "objection raised: too dear"),
    ("objection_answered", {"objection": "o1"}, "objection answered: o1"),
    ("forecast_category_set", {"to": "best_case"}, "forecast category best case"),
    ("won", {"amount": "7", "currency": "USD"}, "won, 7 USD"),
    ("won", {}, "won"),
    ("lost", {"reason": "price"}, "lost: price"),
    ("no_decision", {}, "no decision"),
    ("cancelled", {"reason": "budget"}, "cancelled: budget"),
    ("voided", {}, "voided"),
    ("reopened", {"stage": "lead"}, "reopened in lead"),
    ("retracted", {"retracts": "x"}, "retraction of x"),
    ("recommendation_issued", RECOMMENDATION, "advised (call_back): Call Ann"),
    ("recommendation_accepted", {"recommendation_id": "r"}, "recommendation accepted"),
    ("recommendation_dismissed", {"recommendation_id": "r"}, "recommendation dismissed"),
    ("recommendation_done", {"recommendation_id": "r"}, "recommendation done"),
    ("recommendation_expired", {"recommendation_id": "r"}, "recommendation expired"),
    (
        "recommendation_withdrawn",
        {"recommendation_id": "r", "reason": "the deal is lost"},
        "recommendation withdrawn: the deal is lost",
    ),
    (
        "recommendation_exported",
        {"recommendation_id": "r", "target": "crm"},
        "recommendation exported",
    ),
    ("attribute_changed", {"name": "loi_used_percent", "to": 85}, "loi used percent now 85"),
    ("attribute_changed", {"name": "phase"}, "phase now unknown"),
    ("account_profiled", {}, "account profiled"),
    ("strategy_published", {"strategy_hash": "x"}, "strategy published"),
    ("goal_set", {"goal": "x"}, "goal set"),
    ("strategy_acknowledged", {"strategy_hash": "x", "rep": "eve"}, "strategy acknowledged"),
]


@pytest.mark.parametrize("kind, data, line", LINES)
def test_a_line_for(kind: str, data: dict[str, Any], line: str) -> None:
    assert told(happened(kind, 1, **data)) == line


def test_an_activity_says_with_whom_and_which_way() -> None:
    lines = [
        told(did(1, "call", "out", contact="ann")),
        told(did(1, "email", "in", contact="ann")),
        told(did(1, "meeting", None, contact="ann")),
        told(did(1, "task", None)),
    ]
    assert all(
        kind in line for kind, line in zip(("call", "email", "meeting", "task"), lines, strict=True)
    )
    assert [" to ann" in lines[0], " from ann" in lines[1], " with ann" in lines[2]] == [True] * 3


def test_a_correction_says_what_the_event_now_reads_as() -> None:
    first = opened(id="e1")
    assert told(corrected(first, 2, stage="demo")) == "correction of e1: opened in demo"


def test_every_kind_has_a_line() -> None:
    assert {kind for kind, _, _ in LINES} | {"activity", "corrected"} == set(EVENT_TYPES)
