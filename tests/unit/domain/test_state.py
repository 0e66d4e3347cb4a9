"""What does a deal remember of its events, whatever the order in which they became known?"""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests.builders import DEAL, day, did, happened, moment, moved, on, opened, signals, standing

from salesadvisor.domain.events import Event
from salesadvisor.domain.state import BOOK_SIZE, SECONDS_IN_STAGE, STATUS_NAMES, UNKNOWN, empty_book

CLOSINGS = ("won", "lost", "no_decision", "cancelled", "voided")


def status(events: Sequence[Event], at: float) -> str:
    return STATUS_NAMES[standing(events, day(at)).deal.status]


def reads(events: Sequence[Event], at: float, *names: str) -> list[int | None]:
    row = signals(events, day(at))
    return [row[name] for name in names]


# Opening, closing, reopening


def test_a_deal_is_open_from_the_moment_after_its_opening_is_known() -> None:
    late = [opened(1, late=2)]
    assert status(late, 3) == "not opened"
    assert status(late, 3.01) == "open"
    assert reads(late, 4, "age_days") == [3]


def test_what_is_known_before_the_opening_counts_once_it_is_open() -> None:
    events = [did(1, contact="ann"), happened("owner_changed", 1, to="eve"), opened(1, late=3)]
    assert status(events, 2) == "not opened"
    assert reads(events, 5, "calls_7d", "contacts_reached", "owner_known") == [1, 1, 1]


@pytest.mark.parametrize("kind", CLOSINGS)
def test_each_closing_closes(kind: str) -> None:
    assert status([opened(), happened(kind, 2)], 3) == kind.replace("_", " ")


def test_a_deal_that_was_never_opened_cannot_be_closed() -> None:
    assert status([happened("won", 2)], 3) == "not opened"


def test_the_first_closing_stands() -> None:
    events = [opened(), happened("lost", 2), happened("won", 3)]
    assert status(events, 4) == "lost"


def test_a_second_opening_of_an_open_deal_changes_nothing_but_its_attributes() -> None:
    again = opened(3, "closing", amount="5", owner="ole", attributes={"size": "mid"})
    events = [opened(owner="eve"), again]
    assert reads(events, 4, "stage", "amount_known", "age_days", "attribute.size") == [0, 0, 4, 1]
    assert standing(events, day(4)).owner == "eve"


def test_a_closed_deal_is_frozen() -> None:
    frozen = [
        moved(3, "offer"),
        did(3, contact="ann"),
        happened("amount_changed", 3, to="7"),
        happened("quote_sent", 3),
        happened("contact_added", 3, contact="ann", role="boss"),
    ]
    closed = [opened(amount="5"), happened("lost", 2)]
    before, after = (standing(events, day(5)) for events in (closed, [*closed, *frozen]))
    assert after.deal.frozen == len(frozen)
    after.deal.frozen = 0
    assert after.deal.account_out_at == moment(3)  # its account heard from us all the same
    after.deal.account_out_at = UNKNOWN
    assert (after.deal, after.book) == (before.deal, before.book)


def test_what_happened_while_it_was_closed_stays_out_after_reopening() -> None:
    events = [opened(), happened("lost", 2), moved(3, "offer"), happened("reopened", 4)]
    assert reads(events, 5, "stage", "stage_moves", "cycle") == [0, 0, 2]


def test_reopening_starts_a_cycle_and_forgets_what_belongs_to_the_last_one() -> None:
    events = [
        opened(close_date=on(20)),
        moved(1, "offer"),
        moved(2, "lead"),
        happened("close_date_changed", 2, to=on(60)),
        happened("close_date_changed", 2, to=on(50)),
        happened("quote_sent", 3),
        happened("lost", 4),
        happened("reopened", 10),
    ]
    of_the_cycle = (
        "stage_moves", "stage_regressions", "stage_skips", "close_date_pushes", "push_days",
        "close_date_pull_ins",
    )  # fmt: skip
    assert reads(events, 4, *of_the_cycle) == [2, 1, 1, 1, 40, 1]
    assert reads(events, 12, *of_the_cycle) == [0] * 6
    assert reads(events, 12, "cycle", "age_days", "days_in_stage", "stage") == [2, 2, 2, 0]
    assert reads(events, 12, "quotes", "days_to_close_date") == [1, 38]


def test_reopening_in_a_stage_is_a_visit_and_no_stage_change() -> None:
    events = [
        opened(),
        moved(1, "offer"),
        happened("lost", 2),
        happened("reopened", 3, stage="demo"),
    ]
    names = ("stage", "stage_visits", "stage_moves", "stage_regressions", "days_in_stage")
    assert reads(events, 5, *names) == [1, 1, 0, 0, 2]


def test_reopening_counts_even_when_it_happened_before_the_last_stage_change() -> None:
    events = [opened(), moved(5, "offer"), happened("lost", 6)]
    events += [happened("reopened", 4, late=4, stage="demo")]
    assert reads(events, 9, "stage", "days_in_stage") == [1, 5]


@pytest.mark.parametrize("kind", ["opened", "voided"])
def test_only_a_closed_deal_that_is_no_mistake_can_be_reopened(kind: str) -> None:
    events = [opened(), happened(kind, 1), happened("reopened", 2)]
    assert status(events, 3) == ("open" if kind == "opened" else "voided")
    assert standing(events, day(3)).deal.cycle == 1


def test_a_won_deal_that_turns_out_to_be_a_duplicate_is_voided() -> None:
    assert status([opened(), happened("won", 2), happened("voided", 3)], 4) == "voided"


# Late facts


def test_a_late_stage_change_does_not_undo_a_newer_one() -> None:
    events = [opened(), moved(5, "offer"), moved(3, "demo", late=4)]
    names = ("stage", "days_in_stage", "stage_moves", "stage_visits", "stage_regressions")
    assert reads(events, 8, *names) == [2, 3, 2, 2, 0]


def test_a_late_stage_change_does_not_undo_a_newer_one_that_only_confirmed_the_stage() -> None:
    events = [opened(), moved(5, "offer"), moved(9, "offer"), moved(7, "demo", late=4)]
    assert reads(events, 12, "stage", "days_in_stage", "stage_regressions") == [2, 7, 0]


def test_an_opening_that_is_recorded_after_a_move_keeps_the_move() -> None:
    events = [opened(0, late=3), moved(1, "demo")]
    names = ("stage", "stage_moves", "days_in_stage", "age_days")
    assert reads(events, 5, *names) == [1, 1, 4, 5]


def test_an_opening_without_a_stage_that_is_recorded_late_does_not_turn_the_clock_back() -> None:
    events = [opened(0, stage=None, late=3), moved(1, "elsewhere")]
    assert reads(events, 5, "stage", "days_in_stage") == [None, 4]


@pytest.mark.parametrize(
    "newer, late, signal, value",
    [
        (
            happened("amount_changed", 5, to="9"),
            happened("amount_changed", 3, late=4, to="7"),
            "amount_minor",
            900,
        ),
        (
            happened("close_date_changed", 5, to=on(30)),
            happened("close_date_changed", 3, late=4, to=on(60)),
            "days_to_close_date",
            22,
        ),
        (
            happened("forecast_category_set", 5, to="commit"),
            happened("forecast_category_set", 3, late=4, to="omitted"),
            "forecast_category",
            3,
        ),
        (
            happened("discount_offered", 5, percent="5"),
            happened("discount_offered", 3, late=4, percent="9"),
            "discount_bp",
            500,
        ),
        (
            happened("next_step_set", 5, due=on(30)),
            happened("next_step_set", 3, late=4, due=on(60)),
            "days_to_next_step",
            22,
        ),
        (
            happened("activity_planned", 5, kind="call", due=on(30)),
            happened("activity_planned", 3, late=4, kind="call", due=on(60)),
            "days_to_next_step",
            22,
        ),
        (did(5), did(3, late=4), "days_since_contact_out", 3),
        (did(5, "email", "in"), did(3, "email", "in", late=4), "days_since_contact_in", 3),
        (
            happened("criterion_met", 5, criterion="need"),
            happened("criterion_met", 3, late=4, criterion="budget"),
            "days_since_criterion",
            3,
        ),
        (happened("quote_sent", 5), happened("quote_sent", 3, late=4), "days_since_quote", 3),
    ],
    ids=lambda value: getattr(value, "KIND", None),
)
def test_a_late_fact_does_not_undo_a_newer_one(
    newer: Event, late: Event, signal: str, value: int
) -> None:
    assert reads([opened(), newer, late], 8, signal) == [value]


def test_a_late_owner_does_not_undo_a_newer_one() -> None:
    events = [
        opened(owner="eve"),
        happened("owner_changed", 5, to="ole"),
        happened("owner_changed", 3, late=4, to="ann"),
    ]
    assert standing(events, day(8)).owner == "ole"


def test_an_objection_that_is_written_down_after_its_answer_is_answered() -> None:
    raised = happened("objection_raised", 1, late=8, objection="price")
    answered = happened("objection_answered", 5, objection="price")
    assert reads([opened(), answered, raised], 10, "open_objections") == [0]


def test_an_objection_that_was_raised_again_is_not_answered_by_an_older_answer() -> None:
    raised = [happened("objection_raised", at, objection="price") for at in (1, 6)]
    answered = happened("objection_answered", 3, late=5, objection="price")
    assert reads([opened(), *raised, answered], 10, "open_objections") == [1]
    raised_late = happened("objection_raised", 2, late=7, objection="price")
    assert reads([opened(), *raised, answered, raised_late], 10, "open_objections") == [1]


def test_a_late_attribute_does_not_undo_a_newer_one() -> None:
    newer = happened("account_profiled", 5, deal="A-1", attributes={"size": "large"})
    late = happened("account_profiled", 3, late=4, deal="A-1", attributes={"size": "small"})
    assert reads([opened(account="A-1"), newer, late], 8, "attribute.size") == [2]


def test_a_step_that_is_written_down_after_it_was_taken_is_not_overdue() -> None:
    step = happened("next_step_set", 1, late=8, due=on(5))
    assert reads([opened(), did(6), step], 10, "days_next_step_overdue") == [None]


def test_of_facts_at_the_same_moment_the_last_known_stands() -> None:
    events = [opened(amount="1"), happened("amount_changed", 0, to="2"), moved(0, "demo")]
    assert reads(events, 1, "amount_minor", "stage", "stage_visits") == [200, 1, 2]
    plans = [happened("activity_planned", 0, kind="call", due=on(due)) for due in (20, 9)]
    assert reads([opened(), *plans], 1, "days_to_next_step") == [8]


# Stages


def test_a_step_back_is_a_regression_and_a_jump_ahead_skips() -> None:
    events = [opened(), moved(1, "closing"), moved(2, "demo"), moved(3, "offer")]
    names = ("stage_regressions", "stage_skips", "days_since_regression")
    assert reads(events, 4, *names) == [1, 2, 2]


def test_a_stage_that_is_said_again_is_a_change_but_no_visit() -> None:
    events = [opened(), moved(1, "demo"), moved(3, "Demo ")]
    assert reads(events, 4, "stage_moves", "stage_visits", "days_in_stage") == [2, 2, 3]


def test_through_an_undeclared_stage_there_is_neither_regression_nor_skip() -> None:
    events = [opened(stage="offer"), moved(1, "elsewhere"), moved(2, "lead")]
    names = ("stage_regressions", "stage_skips", "stage_visits", "stage")
    assert reads(events, 3, *names) == [0, 0, 3, 0]


def test_the_book_keeps_the_seconds_in_each_stage_until_the_closing() -> None:
    events = [opened(), moved(2, "demo"), moved(5, "lead"), happened("won", 6)]
    book = standing(events, day(9)).book
    days = [book[SECONDS_IN_STAGE + stage] / 86_400 for stage in range(3)]
    assert days == [3, 3, 0]


# Amounts, people


def test_a_win_may_state_the_amount_and_no_older_change_undoes_it() -> None:
    events = [opened(amount="5"), happened("won", 3, amount="8"), happened("reopened", 5)]
    assert reads(events, 6, "amount_minor") == [800]
    late = happened("amount_changed", 2, late=5, to="6")
    assert reads([*events, late], 8, "amount_minor") == [800]


def test_a_win_for_nothing_is_an_amount_too() -> None:
    events = [opened(amount="5"), happened("won", 3, amount="0"), happened("reopened", 5)]
    assert reads(events, 6, "amount_minor", "amount_known") == [0, 1]


def test_amounts_that_say_the_same_are_no_change() -> None:
    events = [opened(amount="5"), happened("amount_changed", 1, to="5.00")]
    assert reads(events, 2, "amount_changes") == [0]


def test_an_owner_may_leave() -> None:
    events = [opened(owner="eve"), happened("owner_changed", 2, to=None)]
    assert reads(events, 1, "owner_known") == [1]
    assert reads(events, 3, "owner_known") == [0]


def test_an_account_that_is_profiled_before_its_deal_lends_it_its_attributes() -> None:
    profile = happened("account_profiled", 0, deal="A-1", attributes={"size": "mid"})
    other = happened("account_profiled", 0, deal="A-2", attributes={"size": "large"})
    events = [profile, other, opened(2, account="A-1")]
    assert reads(events, 3, "attribute.size", "tier") == [1, 1]
    own = opened(2, account="A-1", attributes={"size": "small"})
    assert reads([profile, own], 3, "attribute.size") == [0]


def test_another_deal_is_another_story() -> None:
    events = [opened(), did(1), opened(0, deal="D-2"), did(1, deal="D-2"), did(2, deal="D-2")]
    assert reads(events, 3, "calls_7d") == [1]
    assert signals(events, day(3), deal="D-2")["calls_7d"] == 2
    assert DEAL == "D-1"


def test_nothing_is_known_of_a_deal_without_events() -> None:
    assert status([], 1) == "not opened"
    book = empty_book()
    assert len(book) == BOOK_SIZE
    assert set(book) == {0, UNKNOWN}
