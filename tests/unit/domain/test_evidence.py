"""Are the events that make a signal among those that are named for it?"""

from __future__ import annotations

import pytest
from tests.builders import signals
from tests.unit.domain.test_observe import CASES

from salesadvisor.domain.events import EVENT_TYPES
from salesadvisor.domain.evidence import SIGNALS_WITHOUT_EVIDENCE, kinds_behind
from salesadvisor.domain.signals import CATALOGUE

# These read every kind of event, or the stage beside their own; their own come first.
OF_MORE_THAN_THEY_NAME = {
    "roles_missing",
    "topics_missing",
    "required_fields",
    "missing_fields",
    "completeness_permille",
    "logging_delay_days_median",
    "backdated_events",
    "contacts_reached",
}


def test_every_signal_names_kinds_of_events() -> None:
    assert SIGNALS_WITHOUT_EVIDENCE == ()
    for spec in CATALOGUE:
        assert set(kinds_behind([spec.name])) <= set(EVENT_TYPES), spec.name


def test_each_kind_is_named_once_in_order_of_mention() -> None:
    kinds = kinds_behind(["quotes", "contacts_reached", "calls_7d", "attribute.size"])
    assert kinds == (
        "quote_sent", "activity", "contact_added", "opened", "account_profiled",
        "attribute_changed",
    )  # fmt: skip
    assert kinds_behind([]) == kinds_behind(["no such signal"]) == ()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_without_the_other_events_a_signal_reads_the_same(case) -> None:  # type: ignore[no-untyped-def]
    for name, value in case.reads.items():
        if name in OF_MORE_THAN_THEY_NAME:
            continue
        behind = {*kinds_behind([name]), "opened", "lost"}  # only what closed can be reopened
        kept = [event for event in case.events if event.KIND in behind]
        read = signals(kept, case.as_of, strategy=case.strategy, reference=case.reference)
        assert read[name] == value, name
