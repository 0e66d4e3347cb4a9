"""What does each kind of constraint ask of a deal?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from tests.builders import corrected, day, did, happened, moment, moved, opened, retracted
from tests.oracles.conformance import Activation
from tests.traces import activations_in, constrained, counted_rows, follow, readings

from salesadvisor.domain import conformance
from salesadvisor.domain.conformance import (
    KEPT,
    PENDING,
    conform,
    empty_trace,
    overdue_at,
    place,
    restart,
)
from salesadvisor.domain.events import Event
from salesadvisor.domain.vocabulary import CONSTRAINT_STATES
from salesadvisor.log.constraint_terms import KINDS, constraint_terms, plain_constraint_terms

CALLED = {"kind": "response", "first": "quote_sent", "then": "activity:call"}
IN_A_WEEK = {**CALLED, "within_days": 7}
NEED_FIRST = {"kind": "precedence", "first": "criterion:need", "then": "quote_sent"}
NO_DISCOUNT_AFTER = {"kind": "not_succession", "first": "quote_sent", "then": "discount_offered"}
ONE_DISCOUNT = {"kind": "absence", "first": "discount_offered", "most": 1}
STRAIGHT_ON = {"kind": "chain_response", "first": "stage:demo", "then": "stage:offer"}


def quote(at: float, **data: Any) -> Event:
    return happened("quote_sent", at, **data)


def discount(at: float) -> Event:
    return happened("discount_offered", at, percent="5")


def verdicts(
    constraint: dict[str, Any], events: Sequence[Event], as_of: float = 30
) -> list[Activation]:
    strategy = constrained(constraint)
    rows = counted_rows(events, day(as_of), strategy)
    return activations_in(rows, *follow(rows, strategy), moment(as_of))[0]


def state(constraint: dict[str, Any], events: Sequence[Event], as_of: float = 30) -> str:
    strategy = constrained(constraint)
    rows = counted_rows(events, day(as_of), strategy)
    return CONSTRAINT_STATES[readings(rows, *follow(rows, strategy), moment(as_of))[0][0]]


def test_the_states_and_kinds_have_the_codes_of_their_names() -> None:
    for code, name in enumerate(CONSTRAINT_STATES):
        assert getattr(conformance, name.upper().replace(" ", "_")) == code
    for code, name in enumerate(KINDS):
        assert getattr(conformance, name.upper()) == code


def test_a_response_that_nothing_activated_has_no_activation() -> None:
    assert verdicts(IN_A_WEEK, [opened(0), did(1)]) == []
    assert state(IN_A_WEEK, [opened(0), did(1)]) == "not activated"


def test_a_response_is_pending_until_its_limit_and_broken_after_it() -> None:
    events = [opened(0), quote(1)]
    assert state(IN_A_WEEK, events, 2) == "pending"
    assert state(IN_A_WEEK, events, 8) == "pending"
    assert verdicts(IN_A_WEEK, events, 8.01) == [Activation(moment(1), "broken", moment(8))]


def test_an_answer_at_the_limit_is_in_time_and_a_second_later_is_not() -> None:
    assert verdicts(IN_A_WEEK, [opened(0), quote(1), did(8)]) == [
        Activation(moment(1), "kept", moment(8))
    ]
    late = [opened(0), quote(1), did(8 + 1 / 86_400)]
    assert verdicts(IN_A_WEEK, late) == [Activation(moment(1), "broken", moment(8))]


def test_one_answer_serves_all_that_wait_and_each_has_its_own_limit() -> None:
    found = verdicts(IN_A_WEEK, [opened(0), quote(1), quote(6), did(10)])
    assert [one.verdict for one in found] == ["broken", "kept"]


def test_a_response_without_a_limit_waits_until_the_deal_ends() -> None:
    events = [opened(0), quote(1)]
    assert state(CALLED, events, 300) == "pending"
    lost = [*events, happened("lost", 9)]
    assert verdicts(CALLED, lost) == [Activation(moment(1), "broken", moment(9))]


def test_what_happens_after_the_end_answers_nothing_until_the_deal_is_reopened() -> None:
    lost = [opened(0), quote(1), happened("lost", 4), did(5)]
    assert [one.verdict for one in verdicts(CALLED, lost)] == ["broken"]
    again = [*lost, happened("reopened", 6), quote(7), did(8)]
    assert [one.verdict for one in verdicts(CALLED, again)] == ["broken", "kept"]


def test_a_voided_deal_is_not_reopened() -> None:
    events = [opened(0), happened("voided", 1), happened("reopened", 2), quote(3)]
    assert verdicts(CALLED, events) == []


def test_an_event_does_not_answer_itself() -> None:
    own = {"kind": "response", "first": "activity", "then": "activity:call"}
    found = verdicts(own, [opened(0), did(1), did(2)])
    assert [one.verdict for one in found] == ["kept", "pending"]


def test_precedence_judges_each_then_by_what_came_before() -> None:
    events = [opened(0), quote(1), happened("criterion_met", 2, criterion="need"), quote(3)]
    assert verdicts(NEED_FIRST, events) == [
        Activation(moment(1), "broken", moment(1)),
        Activation(moment(3), "kept", moment(3)),
    ]


def test_a_late_fact_lands_where_it_happened() -> None:
    late = happened("criterion_met", 0.5, late=10, criterion="need")
    events = [opened(0), quote(1), late]
    assert state(NEED_FIRST, events, 10) == "broken"
    assert state(NEED_FIRST, events, 11) == "kept"


def test_facts_of_one_second_stand_in_the_order_in_which_they_became_known() -> None:
    need = happened("criterion_met", 1, criterion="need")
    assert state(NEED_FIRST, [opened(0), need, quote(1)]) == "kept"
    assert state(NEED_FIRST, [opened(0), quote(1), need]) == "broken"


def test_not_succession_breaks_every_first_before_the_then() -> None:
    events = [opened(0), discount(1), quote(2), quote(3)]
    assert [one.verdict for one in verdicts(NO_DISCOUNT_AFTER, events)] == ["kept", "kept"]
    broken = verdicts(NO_DISCOUNT_AFTER, [*events, discount(4), quote(5)])
    assert [(one.verdict, one.settled) for one in broken] == [
        ("broken", moment(4)),
        ("broken", moment(4)),
        ("kept", None),
    ]


def test_absence_asks_once_of_each_deal() -> None:
    assert verdicts(ONE_DISCOUNT, [opened(0), discount(1)]) == [Activation(moment(0), "kept")]
    thrice = [opened(0), discount(1), discount(2), discount(3)]
    assert verdicts(ONE_DISCOUNT, thrice) == [Activation(moment(0), "broken", moment(2))]


def test_a_chain_sees_only_the_events_that_constraints_name() -> None:
    between = [did(2), happened("amount_changed", 2, to="5")]
    events = [opened(0), moved(1, "demo"), *between, moved(3, "offer")]
    assert [one.verdict for one in verdicts(STRAIGHT_ON, events)] == ["kept"]
    strategy = constrained(STRAIGHT_ON, CALLED)
    rows = counted_rows(events, day(30), strategy)
    trace, terms = follow(rows, strategy)
    chain = activations_in(rows, trace, terms, moment(30))[0]
    assert chain == [Activation(moment(1), "broken", moment(2))]


def test_opening_into_a_stage_enters_it() -> None:
    entered = {"kind": "precedence", "first": "stage:lead", "then": "stage:demo"}
    assert state(entered, [opened(0), moved(1, "Demo ")]) == "kept"
    assert state(entered, [opened(0, None), moved(1, "demo")]) == "broken"


def test_a_topic_stands_right_behind_its_call() -> None:
    talked = {"kind": "response", "first": "activity:call", "then": "topic:pricing"}
    events = [opened(0), did(1, topics=["Pricing"]), did(2)]
    assert [one.verdict for one in verdicts(talked, events)] == ["kept", "pending"]


def test_a_correction_moves_the_event_and_a_retraction_removes_it() -> None:
    call = did(3)
    events = [opened(0), quote(1), call]
    moved_call = [*events, corrected(call, 12, day_now=11)]
    assert state(IN_A_WEEK, moved_call, 12) == "kept"
    assert state(IN_A_WEEK, moved_call, 13) == "broken"
    assert state(CALLED, [*events, retracted(call, 12)], 13) == "pending"


@pytest.mark.parametrize("late", [(0, 0, 0, 0), (0, 9, 0, 0), (0, 0, 9, 0), (0, 9, 4, 0)])
def test_following_step_by_step_ends_where_following_at_once_does(late: Sequence[int]) -> None:
    events = [opened(0), quote(1, late=late[1]), did(2, late=late[2]), quote(3, late=late[3])]
    strategy = constrained(IN_A_WEEK, NEED_FIRST, ONE_DISCOUNT)
    rows = counted_rows(events, day(30), strategy)
    terms = plain_constraint_terms(constraint_terms(strategy))
    trace = empty_trace(len(terms.kind), len(rows))
    restart(trace)
    for index in range(len(rows)):
        place(rows, index, trace, terms)
        conform(rows, trace, terms)
    at_once, _ = follow(rows, strategy)
    assert (trace.tally, trace.order) == (at_once.tally, at_once.order)
    assert [rows[index].occurred for index in trace.order] == [moment(n) for n in range(4)]


def test_what_waits_is_overdue_after_its_limit_only() -> None:
    strategy = constrained(IN_A_WEEK)
    rows = counted_rows([opened(0), quote(1), quote(2)], day(30), strategy)
    trace, terms = follow(rows, strategy)
    at_limit, after, both = (moment(8), moment(8) + 1, moment(9) + 1)
    assert [overdue_at(0, at, rows, trace, terms) for at in (at_limit, after, both)] == [0, 1, 2]


def test_a_trace_is_used_for_one_deal_after_the_other() -> None:
    strategy = constrained(IN_A_WEEK)
    first = counted_rows([opened(0), quote(1)], day(30), strategy)
    trace, terms = follow(first, strategy)
    second = counted_rows([opened(0), quote(29)], day(30), strategy)
    restart(trace)
    for index in range(len(second)):
        place(second, index, trace, terms)
    conform(second, trace, terms)
    assert readings(second, trace, terms, moment(30))[0][0] == PENDING
    assert KEPT not in [one[0] for one in readings(second, trace, terms, moment(30))]
