"""From when on does a correction speak, and what does it leave of a deal's history?"""

from __future__ import annotations

from collections.abc import Sequence

from tests.builders import (
    corrected,
    day,
    did,
    happened,
    moved,
    opened,
    profiled,
    retracted,
    signals,
    standing,
)

from salesadvisor.domain.events import Event
from salesadvisor.domain.history import end_of_event, folds_again
from salesadvisor.domain.state import CORRECTED, STAGE, LogRow


def read(events: Sequence[Event], at: float, name: str) -> int | None:
    return signals(events, day(at))[name]


def test_a_correction_speaks_from_the_moment_after_it_is_known() -> None:
    amount = happened("amount_changed", 1, to="5")
    events = [opened(), amount, corrected(amount, 9, to="7")]
    assert [read(events, at, "amount_minor") for at in (2, 9, 9.01)] == [500, 500, 700]


def test_a_corrected_event_stays_where_it_stood() -> None:
    first = happened("amount_changed", 1, to="5")
    events = [opened(), first, happened("amount_changed", 3, to="6"), corrected(first, 9, to="7")]
    assert read(events, 10, "amount_minor") == 600
    assert read(events, 10, "amount_changes") == 2


def test_a_correction_may_move_the_event_in_time() -> None:
    call = did(1)
    events = [opened(), call, corrected(call, 9, day_now=5)]
    assert [read(events, at, "days_since_contact_out") for at in (9, 10)] == [8, 5]


def test_an_event_that_is_moved_ahead_is_gone_until_it_happens() -> None:
    call = did(1)
    events = [opened(), call, corrected(call, 3, day_now=6)]
    assert [read(events, at, "calls_30d") for at in (2, 4, 6, 7)] == [1, 0, 0, 1]


def test_an_event_that_is_moved_ahead_of_its_correction_and_corrected_again() -> None:
    call = did(1)
    events = [opened(), call, corrected(call, 3, day_now=6), corrected(call, 4, day_now=5)]
    assert [read(events, at, "calls_30d") for at in (4.5, 5.5, 7)] == [0, 1, 1]
    assert read(events, 9, "days_since_contact_out") == 4


def test_the_last_known_correction_decides() -> None:
    amount = happened("amount_changed", 1, to="5")
    events = [opened(), amount, corrected(amount, 9, to="7"), corrected(amount, 5, to="6")]
    assert [read(events, at, "amount_minor") for at in (6, 10)] == [600, 700]


def test_a_retracted_event_never_happened() -> None:
    call = did(1, contact="ann", topics=["pricing"])
    events = [opened(), call, retracted(call, 9)]
    names = ("calls_30d", "contacts_reached", "pricing_discussed", "days_since_activity")
    assert [read(events, 8, name) for name in names] == [1, 1, 1, 7]
    assert [read(events, 10, name) for name in names] == [0, 0, 0, None]


def test_a_correction_brings_an_event_back_that_was_retracted() -> None:
    call = did(1)
    events = [opened(), call, retracted(call, 3), corrected(call, 5)]
    assert [read(events, at, "calls_30d") for at in (4, 6)] == [0, 1]


def test_a_retracted_win_opens_the_deal_again_in_the_same_cycle() -> None:
    won = happened("won", 3)
    events = [opened(), won, did(4), retracted(won, 6)]
    assert [standing(events, day(at)).deal.status for at in (5, 7)] == [2, 1]
    assert (read(events, 7, "cycle"), read(events, 7, "days_since_activity")) == (1, 3)


def test_a_win_that_is_corrected_to_a_loss_is_a_loss() -> None:
    won = happened("won", 3)
    correction = happened(
        "corrected", 6, corrects=won.source_id, event="lost", fact={}, fact_occurred_at=day(3)
    )
    events = [opened(), won, correction]
    assert [standing(events, day(at)).deal.status for at in (5, 7)] == [2, 3]


def test_a_retracted_opening_leaves_no_deal() -> None:
    first = opened()
    assert standing([first, did(1), retracted(first, 3)], day(4)).deal.status == 0


def test_an_event_that_is_known_only_after_its_correction_reads_as_corrected() -> None:
    amount = happened("amount_changed", 1, late=8, to="5")
    events = [opened(), amount, corrected(amount, 4, to="7")]
    assert [read(events, at, "amount_minor") for at in (5, 10)] == [None, 700]
    gone = [opened(), amount, retracted(amount, 4)]
    assert read(gone, 10, "amount_minor") is None


def test_a_correction_of_what_was_never_stored_changes_nothing() -> None:
    stray = happened("corrected", 2, corrects="x", event="won", fact={}, fact_occurred_at=day(1))
    events = [opened(), stray, happened("retracted", 3, retracts="y"), did(4)]
    assert (read(events, 5, "calls_7d"), read(events, 5, "cycle")) == (1, 1)


def test_a_correction_that_was_stored_before_its_event_does_not_mean_it() -> None:
    amount = happened("amount_changed", 1, to="5")
    assert read([opened(), corrected(amount, 4, to="7"), amount], 9, "amount_minor") == 500


def test_corrections_of_one_deal_leave_others_alone() -> None:
    amount = happened("amount_changed", 1, id="x", to="5")
    other = happened("amount_changed", 1, id="x", deal="D-2", to="6")
    events = [opened(), opened(deal="D-2"), amount, other, corrected(other, 3, to="8")]
    assert read(events, 4, "amount_minor") == 500
    assert signals(events, day(4), deal="D-2")["amount_minor"] == 800


def test_a_corrected_activity_brings_its_topics_along() -> None:
    call = did(1)
    events = [opened(), call, corrected(call, 3, topics=["pricing", "timeline"])]
    assert read(events, 4, "pricing_discussed") == 1


def test_the_topics_of_an_activity_go_with_it() -> None:
    call = did(1, topics=["pricing"])
    without = happened(
        "corrected",
        3,
        corrects=call.source_id,
        event="activity",
        fact={"kind": "call"},
        fact_occurred_at=day(1),
    )
    assert [read([opened(), call, without], at, "pricing_discussed") for at in (2, 4)] == [1, 0]


def test_the_rows_of_an_event_end_with_its_position_or_when_they_are_known_later() -> None:
    rows = [LogRow(known=known) for known in (5, 5, 5, 7, 7, 7)]
    position = [3, 3, 4, 4, 4, 5]
    assert [end_of_event(rows, position, index) for index in range(6)] == [2, 2, 3, 5, 5, 6]


def test_new_content_folds_again_where_it_stands_apart_from_its_marker() -> None:
    marker, content = LogRow(known=5, kind=CORRECTED), LogRow(known=5, kind=STAGE)
    later = LogRow(known=9, kind=STAGE)
    rows, position = [marker, content, later, later], [4, 4, 4, 4]
    assert [folds_again(rows, position, 0, index) for index in range(4)] == [
        True,
        False,
        True,
        False,
    ]
    assert folds_again([content], [4], 0, 0)


def test_a_new_account_is_not_shown_before_the_correction_that_named_it() -> None:
    first = opened(0, account="A-1")
    profiles = [profiled(1, "A-2", size="large")]
    events = [first, *profiles, corrected(first, 9, account="A-2")]
    assert [read(events, at, "attribute.size") for at in (5, 10)] == [None, 2]
    later = [first, corrected(first, 9, account="A-2"), *profiles]
    assert [read(later, at, "attribute.size") for at in (5, 10)] == [None, 2]


def test_an_account_that_a_correction_took_away_leaves_nothing_behind() -> None:
    first = opened(0, account="A-1")
    events = [profiled(0, "A-1", size="large"), first, corrected(first, 9, account="A-2")]
    assert read(events, 10, "attribute.size") is None


def test_a_corrected_pipeline_leaves_the_stages_bound_to_the_first_one() -> None:
    first = opened(0, "lead")
    events = [first, corrected(first, 2, pipeline="renewals", stage="review"), moved(3, "offer")]
    assert (read(events, 4, "pipeline"), read(events, 4, "stage")) == (0, 2)


def test_a_retracted_correction_lets_the_event_read_as_it_did() -> None:
    amount = happened("amount_changed", 1, to="5")
    correction = corrected(amount, 3, to="7")
    events = [opened(), amount, correction, retracted(correction, 5)]
    assert read(events, 6, "amount_minor") == 500
