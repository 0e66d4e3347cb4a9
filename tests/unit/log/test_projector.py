"""Which rows does each event make, and do large or odd numbers survive?"""

from __future__ import annotations

import numpy as np
import pytest
from tests.builders import corrected, day, did, happened, log_of, opened, profiled, retracted

from salesadvisor.domain import state
from salesadvisor.domain.events import EVENT_TYPES, Event
from salesadvisor.domain.history import NO_REF, UNRESOLVED_REF
from salesadvisor.log.columns import ACCOUNT_ROWS, COLUMN_TYPES, Log
from salesadvisor.log.projector import PROJECTED_KINDS


def column(log: Log, name: str) -> list[int]:
    return log.columns[name].tolist()


def test_columns_keep_their_types() -> None:
    log = log_of([opened(), profiled(1, size="mid")])
    assert {name: array.dtype for name, array in log.columns.items()} == {
        name: np.dtype(kind) for name, kind in COLUMN_TYPES.items()
    }


def test_an_activity_has_a_row_and_one_more_for_each_topic() -> None:
    log = log_of([did(1, contact="ann", topics=["pricing", "risk"], duration_minutes=30)])
    assert column(log, "kind") == [state.ACTIVITY, state.TOPIC, state.TOPIC]
    assert column(log, "sub") == [0, 1, 2]
    assert column(log, "value")[0] == 30
    assert log.words.labels.words == ["pricing", "risk"]
    assert log.words.names.words == ["ann"]


def test_an_opening_names_its_account_and_attributes_in_rows_of_their_own() -> None:
    log = log_of([opened(account="A-1", attributes={"size": "mid", "seats": 7, "old": None})])
    kinds = [state.OPENED, state.ACCOUNT, state.ATTRIBUTE, state.ATTRIBUTE, state.ATTRIBUTE]
    assert column(log, "kind") == kinds
    assert column(log, "value")[2:] == [state.UNKNOWN, 7, state.UNKNOWN]


def test_a_changed_attribute_is_a_row_with_its_new_value() -> None:
    log = log_of([opened(), happened("attribute_changed", 1, name="seats", to=9)])
    assert column(log, "kind") == [state.OPENED, state.ATTRIBUTE]
    assert column(log, "value")[1] == 9
    assert log.words.labels.words[column(log, "word")[1]] == "seats"


def test_every_kind_of_deal_event_is_projected_but_for_advice() -> None:
    of_deals = {kind for kind, model in EVENT_TYPES.items() if model.STREAM == "deal"}
    assert set(of_deals - PROJECTED_KINDS) == {
        kind for kind in EVENT_TYPES if kind.startswith("recommendation_")
    }


def test_rows_stand_by_deal_and_then_as_they_became_known() -> None:
    log = log_of([did(5, deal="B"), did(3, deal="A", late=9), did(4, deal="B"), did(4, deal="A")])
    assert log.words.deals.words == ["B", "A"]
    assert column(log, "position") == [3, 1, 4, 2]
    assert log.starts.tolist() == [0, 2, 4]


def test_a_correction_names_the_event_that_it_means() -> None:
    call = did(1)
    log = log_of([opened(), call, corrected(call, 3, topics=["risk"]), retracted(call, 4)])
    refs = dict(zip(column(log, "position"), column(log, "ref"), strict=True))
    assert refs == {1: NO_REF, 2: NO_REF, 3: 2, 4: 2}
    assert column(log, "kind")[2:5] == [state.CORRECTED, state.ACTIVITY, state.TOPIC]


def test_a_correction_of_what_is_not_there_is_kept_without_effect() -> None:
    stray = happened("corrected", 2, corrects="x", event="won", fact={}, fact_occurred_at=day(1))
    assert column(log_of([stray]), "ref") == [UNRESOLVED_REF] * 2


def test_the_profile_of_an_account_is_kept_once_and_copied_into_its_deals() -> None:
    events = [
        profiled(1, size="mid"),
        opened(2, account="A-1"),
        opened(3, deal="D-2", account="A-1"),
    ]
    log = log_of(events)
    assert log.accounts["deal"].tolist() == [ACCOUNT_ROWS]
    assert column(log, "kind").count(state.ATTRIBUTE) == 2


def test_a_corrected_account_states_its_profile_anew() -> None:
    restated = happened("account_profiled", 5, deal="A-1", attributes={"size": "large"})
    log = log_of([opened(account="A-1"), profiled(1, size="mid"), restated])
    assert column(log, "kind").count(state.ATTRIBUTE) == 2


def test_two_crms_may_use_the_same_ids() -> None:
    log = log_of([opened(), opened(crm="other"), did(1, crm="other")])
    assert log.words.deals.words == ["D-1", "other/D-1"]
    assert log.starts.tolist() == [0, 1, 3]


def test_money_is_in_the_minor_unit_of_its_currency() -> None:
    amounts = [("10.005", "USD"), ("10", "JPY"), ("1.2345", "KWD"), ("3", None)]
    log = log_of([opened(amount=amount, currency=currency) for amount, currency in amounts])
    assert column(log, "value") == [1_000, 10, 1_234, 300]


@pytest.mark.parametrize(
    "event",
    [
        opened(amount="999999999999999999"),
        opened(attributes={"seats": 1e30}),
        did(1, duration_minutes=10**20),
    ],
    ids=["amount", "attribute", "duration"],
)
def test_a_number_that_no_column_holds_is_unknown(event: Event) -> None:
    assert set(column(log_of([event]), "value")) == {state.UNKNOWN}
