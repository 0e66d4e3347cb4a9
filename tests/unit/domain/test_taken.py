"""Which later events take advice, and what overtakes it?"""

from __future__ import annotations

from typing import Any

import pytest
from tests.builders import day, did, happened, opened, retracted

from salesadvisor.domain.events import Event, RecommendationIssued
from salesadvisor.domain.rules import Action
from salesadvisor.domain.taken import Outcome, outcome_of


def issued(at: float = 5, **fields: Any) -> RecommendationIssued:
    event = happened(
        "recommendation_issued", at, recommendation_id="rec-1", rule="r", rule_version=1,
        strategy_hash="s", cycle=1, dedupe="0", owner="eve", action="call", because="quiet",
        priority_minor=1, expires_at=day(at + 14), **fields,
    )  # fmt: skip
    assert isinstance(event, RecommendationIssued)
    return event


CALL = Action(kind="call")


def taken_in(action: Action, *events: Event) -> str | None:
    found = outcome_of(issued(), action, [opened(), *events])
    return found.why if found is not None and found.kind == "done" else None


def test_the_first_call_after_the_advice_takes_it() -> None:
    events = [did(4, id="before"), did(7, id="first"), did(8, id="second")]
    assert outcome_of(issued(), CALL, events) == Outcome("done", day(7), "first")


@pytest.mark.parametrize("at, is_taken", [(4.9, False), (5, True), (19, True), (19.1, False)])
def test_only_what_happens_while_the_advice_is_open_takes_it(at: float, is_taken: bool) -> None:
    assert (taken_in(CALL, did(at, id="c")) == "c") is is_taken


def test_a_rule_may_say_for_how_long_its_action_counts() -> None:
    quick = Action(kind="call", taken_within_days=2)
    assert taken_in(quick, did(7, id="c")) == "c"
    assert taken_in(quick, did(7.1, id="c")) is None
    assert taken_in(Action(kind="call", taken_within_days=30), did(30, id="c")) == "c"


@pytest.mark.parametrize(
    "kind, direction, is_taken",
    [
        ("call", "out", True), ("call", None, True), ("call", "in", False),
        ("email", "out", False), ("meeting", "out", False),
    ],
)  # fmt: skip
def test_another_kind_of_activity_or_the_buyers_own_call_takes_nothing(
    kind: str, direction: str | None, is_taken: bool
) -> None:
    assert (taken_in(CALL, did(6, kind, direction, id="c")) is not None) is is_taken


def test_a_demonstration_is_a_meeting_whoever_invited() -> None:
    assert taken_in(Action(kind="meeting"), did(6, "demo", "in", id="d")) == "d"
    assert taken_in(Action(kind="demo"), did(6, "meeting", id="m")) is None


def test_role_and_topic_must_be_those_that_were_asked_for() -> None:
    boss = happened("contact_added", 1, contact="c-1", role="Boss")
    asked = Action(kind="call", role="boss", topic="pricing")
    assert taken_in(asked, boss, did(6, contact="c-1", topics=["Pricing"], id="c")) == "c"
    assert taken_in(asked, boss, did(6, contact="c-1", id="c")) is None
    assert taken_in(asked, boss, did(6, contact="c-2", topics=["pricing"], id="c")) is None


@pytest.mark.parametrize(
    "action, kind, data",
    [
        (Action(kind="crm_update", field="close_date"), "close_date_changed", {"to": "2024-03-01"}),
        (Action(kind="crm_update", field="next_step"), "next_step_set", {"due": "2024-03-01"}),
        (Action(kind="quote"), "quote_sent", {}),
        (Action(kind="decision"), "criterion_met", {"criterion": "need"}),
        (Action(kind="task", event="objection_answered"), "objection_answered", {"objection": "x"}),
        (Action(kind="crm_update", field="contact", role="boss"), "contact_added",
         {"contact": "c", "role": "boss"}),
    ],
)  # fmt: skip
def test_an_action_is_seen_in_the_event_of_its_field_or_kind(
    action: Action, kind: str, data: dict[str, Any]
) -> None:
    assert taken_in(action, happened(kind, 6, id="e", **data)) == "e"
    assert taken_in(action, did(6, "other")) is None


def test_what_no_event_shows_is_never_found_done() -> None:
    assert taken_in(Action(kind="review"), did(6), happened("quote_sent", 7)) is None


def test_a_retracted_call_took_nothing() -> None:
    call = did(6, id="c")
    assert taken_in(CALL, call, retracted(call, 7)) is None


@pytest.mark.parametrize("ending", ["won", "lost", "no_decision", "cancelled", "voided"])
def test_the_end_of_a_deal_withdraws_its_advice(ending: str) -> None:
    found = outcome_of(issued(), CALL, [opened(), happened(ending, 9)])
    assert found == Outcome("withdrawn", day(9), f"the deal is {ending.replace('_', ' ')}")


def test_a_withdrawal_says_what_the_crm_says_of_the_end() -> None:
    events = [opened(), happened("voided", 9, reason="merged into D-2")]
    found = outcome_of(issued(), None, events)
    assert found is not None
    assert found.why == "the deal is voided: merged into D-2"


def test_what_was_done_before_the_end_is_done_and_a_reopened_deal_goes_on() -> None:
    ended = [opened(), did(6, id="c"), happened("won", 9)]
    assert outcome_of(issued(), CALL, ended) == Outcome("done", day(6), "c")
    assert outcome_of(issued(), CALL, [happened("lost", 6), happened("reopened", 7)]) is None


def test_the_rep_who_was_asked_to_must_acknowledge() -> None:
    advice = issued(scope="rep", about="eve")
    action = Action(kind="review", event="strategy_acknowledged")
    ole, eve = (
        happened("strategy_acknowledged", at, strategy_hash="s", rep=rep, id=rep)
        for at, rep in ((6, "ole"), (7, "eve"))
    )
    found = outcome_of(advice, action, [ole, eve])
    assert found is not None
    assert found.why == "eve"


@pytest.mark.parametrize(
    "scope, stream", [(None, "deal"), ("account", "account"), ("rep", "strategy"),
                      ("team", "strategy"), ("goal", "strategy")],
)  # fmt: skip
def test_advice_stands_in_the_stream_of_what_it_is_about(scope: Any, stream: str) -> None:
    assert issued(scope=scope).stream == stream
    assert issued(scope=scope).advised == "D-1"
