"""Which events do the constraints of a strategy name?"""

from __future__ import annotations

import pytest
from tests.traces import constrained

from salesadvisor.domain import state
from salesadvisor.domain.conformance import atoms_of
from salesadvisor.domain.elements import Constraint
from salesadvisor.domain.state import DAY, UNKNOWN, LogRow
from salesadvisor.errors import PlaybookError
from salesadvisor.log.constraint_terms import constraint_terms


def test_terms_stand_in_the_declared_order() -> None:
    terms = constraint_terms(
        constrained(
            {"kind": "response", "first": "quote_sent", "then": "won", "within_days": 2},
            {"kind": "absence", "first": "quote_sent", "most": 3},
        )
    )
    assert terms.kind.tolist() == [0, 3]
    assert terms.first.tolist() == [1, 1]
    assert terms.then.tolist() == [2, 0]
    assert terms.within.tolist() == [2 * DAY, UNKNOWN]
    assert terms.most.tolist() == [0, 3]


@pytest.mark.parametrize(
    "name,kind,code",
    [
        ("activity", state.ACTIVITY, state.TASK),
        ("activity:meeting", state.ACTIVITY, state.MEETING),
        ("stage:closing", state.STAGE, 3),
        ("stage_changed", state.OPENED, 0),
        ("stage:offer", state.STAGE, 2),
        ("stage:offer", state.REOPENED, 5),  # of the other pipeline
        ("opened", state.OPENED, UNKNOWN),
        ("criterion:budget", state.CRITERION, 1),
        ("criterion_met", state.CRITERION, UNKNOWN),
        ("topic:timeline", state.TOPIC, 1),
        ("claim_presented", state.CLAIM, 2),
        ("contact_added", state.CONTACT, 2),
        ("attribute_changed", state.ATTRIBUTE, 1),
        ("discount_offered", state.DISCOUNT, UNKNOWN),
        ("no_decision", state.NO_DECISION, UNKNOWN),
    ],
)
def test_an_event_is_known_by_its_name(name: str, kind: int, code: int) -> None:
    terms = constraint_terms(constrained({"kind": "absence", "first": name}))
    assert atoms_of(LogRow(kind=kind, code=code), terms) == 1


@pytest.mark.parametrize(
    "name,kind,code",
    [
        ("activity:meeting", state.ACTIVITY, state.CALL),
        ("activity:meeting", state.PLANNED, state.MEETING),
        ("stage:offer", state.STAGE, UNKNOWN),
        ("stage_changed", state.OPENED, UNKNOWN),
        ("stage:lead", state.CRITERION, 0),
        ("opened", state.REOPENED, UNKNOWN),
    ],
)
def test_another_event_is_not_taken_for_it(name: str, kind: int, code: int) -> None:
    terms = constraint_terms(constrained({"kind": "absence", "first": name}))
    assert atoms_of(LogRow(kind=kind, code=code), terms) == 0


def test_more_events_than_a_mask_has_bits_are_refused() -> None:
    declared = constrained({"kind": "absence", "first": "opened"})
    topics = tuple(f"n{n}" for n in range(62))
    orders = tuple(Constraint(id=name, kind="absence", first=f"topic:{name}") for name in topics)
    process = declared.process.model_copy(
        update={"constraints": (*declared.process.constraints, *orders)}
    )
    with pytest.raises(PlaybookError, match="name 63 events, at most 62 are possible"):
        constraint_terms(declared.model_copy(update={"process": process}))
