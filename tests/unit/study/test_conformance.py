"""What does the study say of deals that leave the declared process, and whose are they?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.builders import corrected, day, did, happened, log_of, moment, moved, opened
from tests.traces import constrained

from salesadvisor.domain.conformance import BROKEN, KEPT, NOT_ACTIVATED, PENDING
from salesadvisor.domain.events import Event
from salesadvisor.domain.strategy import Strategy
from salesadvisor.log.passes import bind
from salesadvisor.store import Store
from salesadvisor.study.conformance import Conformance, Line, Tally, conformance, with_event_ids

CALL_WITHIN_2 = {"kind": "response", "first": "quote_sent", "then": "activity:call"}
CALLED = constrained({**CALL_WITHIN_2, "within_days": 2})


def found(
    events: Sequence[Event], strategy: Strategy = CALLED, as_of: float = 60, deal: int | None = None
) -> Conformance:
    return conformance(bind(log_of(events), strategy, moment(as_of)), day(as_of), deal)


def line(lines: Sequence[Line], name: str | None) -> Tally:
    return next(one.tally for one in lines if one.name == name)


def texts(answer: Conformance) -> list[str]:
    return [one.text for one in answer.deviations]


def quote(at: float, **data: Any) -> Event:
    return happened("quote_sent", at, **data)


def need(at: float) -> Event:
    return happened("criterion_met", at, criterion="need")


def test_a_deal_that_keeps_everything_has_no_deviation() -> None:
    answer = found([opened(0), need(1), moved(2, "demo"), quote(3), did(4)])
    assert answer.deviations == ()
    assert answer.deals[0].states == (KEPT, KEPT, KEPT)
    assert answer.mean_fitness == 1.0
    assert answer.without_deviation is not None
    assert answer.without_deviation.hits == answer.without_deviation.n == 1


def test_without_anything_decided_there_is_no_value() -> None:
    answer = found([opened(0), quote(59)])
    assert answer.deals[0].states == (PENDING, NOT_ACTIVATED, NOT_ACTIVATED)
    assert answer.deals[0].fitness is None
    assert (answer.mean_fitness, answer.without_deviation) == (None, None)
    assert answer.total.tally == Tally(pending=1)
    assert [one.tally.conformance for one in answer.by_constraint] == [None, None, None]


def test_a_history_without_deals_has_no_value() -> None:
    answer = found([])
    assert (answer.deals, answer.deviations, answer.mean_fitness) == ((), (), None)


def test_skipped_stages_are_named() -> None:
    answer = found([opened(0), need(1), moved(2, "closing")])
    assert texts(answer) == ["from lead to closing without demo, offer"]
    assert answer.deviations[0].kind == "stage skipped"
    assert answer.deviations[0].stage == "lead"


def test_moving_back_is_told_and_asks_no_criterion() -> None:
    answer = found([opened(0, "demo"), moved(2, "lead")])
    assert [(one.kind, one.text) for one in answer.deviations] == [
        ("moved back", "back from demo to lead")
    ]


def test_a_move_that_the_pipeline_lists_is_kept() -> None:
    allowing = constrained(allowed=[{"from": "demo", "to": ["lead", "closing"]}])
    met = [happened("criterion_met", 1, criterion=name) for name in ("need", "budget", "sponsor")]
    moves = [moved(1, "demo"), moved(2, "lead"), moved(3, "demo"), moved(4, "closing")]
    assert texts(found([opened(0), *met, *moves], allowing)) == []


def test_a_criterion_must_be_met_by_the_second_of_leaving() -> None:
    late = [opened(0), moved(2, "demo"), need(3)]
    assert texts(found(late)) == ["left lead without need"]
    assert texts(found([opened(0), moved(2, "demo"), need(2)])) == []


def test_a_win_leaves_the_stage_and_a_loss_does_not() -> None:
    won = found([opened(0, "demo"), happened("won", 1)])
    assert sorted(texts(won)) == ["left demo without budget", "left demo without sponsor"]
    assert texts(found([opened(0, "demo"), happened("lost", 1)])) == []


def test_nothing_is_judged_from_or_to_an_unknown_stage() -> None:
    assert texts(found([opened(0), moved(1, "elsewhere"), moved(2, "closing")])) == []


def test_reopening_into_a_stage_is_no_move() -> None:
    events = [opened(0, "offer"), happened("lost", 1), happened("reopened", 2, stage="lead")]
    assert texts(found(events)) == []


def test_voided_and_unopened_deals_are_left_out() -> None:
    voided = [opened(0), moved(1, "closing"), happened("lost", 2), happened("voided", 3)]
    assert found([*voided, quote(1, deal="D-2")]).deals == ()


def test_a_missed_limit_is_certain_when_it_passes_and_a_late_answer_is_told() -> None:
    waiting = found([opened(0), quote(1)], as_of=10)
    assert texts(waiting) == ["no call within 2 days of quote sent"]
    assert waiting.deviations[0].at == day(3)
    answered = found([opened(0), quote(1), did(4.5)], as_of=10)
    assert texts(answered) == ["call came 2 days after the limit of 2 days"]
    assert answered.deviations[0].at == day(3)
    ended = found([opened(0), quote(1), happened("lost", 2)], as_of=10)
    assert texts(ended) == ["the deal ended without call after quote sent"]
    assert ended.deviations[0].at == day(2)
    later = found([opened(0), quote(1), happened("lost", 9)], as_of=10)
    assert texts(later) == ["no call within 2 days of quote sent"]


@pytest.mark.parametrize(
    "constraint,events,text",
    [
        (
            {"kind": "precedence", "first": "topic:pricing", "then": "quote_sent"},
            [quote(1)],
            "quote sent without topic pricing before it",
        ),
        (
            {"kind": "not_succession", "first": "quote_sent", "then": "discount_offered"},
            [quote(1), happened("discount_offered", 2, percent="5")],
            "discount offered after quote sent",
        ),
        ({"kind": "absence", "first": "quote_sent"}, [quote(1)], "quote sent happened"),
        (
            {"kind": "absence", "first": "quote_sent", "most": 1},
            [quote(1), quote(2), quote(3)],
            "quote sent happened more than once",
        ),
        (
            {"kind": "chain_response", "first": "quote_sent", "then": "activity:call"},
            [quote(1), quote(2), did(3)],
            "something else than call came next after quote sent",
        ),
        (
            {"kind": "chain_response", "first": "quote_sent", "then": "activity:call"},
            [quote(1), happened("lost", 2)],
            "the deal ended without call after quote sent",
        ),
    ],
)
def test_each_kind_tells_how_it_was_broken(
    constraint: dict[str, Any], events: list[Event], text: str
) -> None:
    assert texts(found([opened(0), *events], constrained(constraint))) == [text]


def test_a_deviation_is_of_whoever_owned_the_deal_when_it_was_certain() -> None:
    events = [opened(0, owner="eve"), quote(1), happened("owner_changed", 2, to="ole")]
    answer = found(events)
    assert [one.owner for one in answer.deviations] == ["ole"]
    assert line(answer.by_rep, "ole") == Tally(broken=1)
    unowned = found([opened(0), quote(1)])
    assert [one.name for one in unowned.by_rep] == [None]


def test_stages_and_months_are_those_of_asking() -> None:
    in_zone = constrained(
        {**CALL_WITHIN_2, "within_days": 2}, calendar={"timezone": "Pacific/Auckland"}
    )
    events = [opened(0), need(1), moved(2, "demo"), quote(30.9), did(31)]
    answer = found(events, in_zone)
    assert line(answer.by_stage, "demo") == Tally(kept=1)
    assert line(answer.by_stage, "lead") == Tally(kept=2)
    assert [month for month, _ in answer.total.months] == [date(2024, 1, 1), date(2024, 2, 1)]
    assert answer.by_constraint[0].months == ((date(2024, 2, 1), Tally(kept=1)),)


def test_one_deal_can_be_asked_for_alone() -> None:
    events = [opened(0), quote(1), opened(0, deal="D-2"), quote(1, deal="D-2")]
    assert [one.deal for one in found(events, deal=1).deals] == ["D-2"]
    assert [one.deal for one in found(events, deal=1).deviations] == ["D-2"]


def test_what_is_recorded_later_is_not_seen() -> None:
    events = [opened(0), quote(1), did(2, late=10)]
    assert texts(found(events, as_of=11)) == ["no call within 2 days of quote sent"]
    assert texts(found(events, as_of=13)) == []


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.open("sqlite:///:memory:") as opened_store:
        yield opened_store


def test_deviations_name_their_events_and_those_that_corrected_them(store: Store) -> None:
    call = did(2, id="call")
    moved_call = corrected(call, 20, day_now=4)
    events = [opened(0, id="open"), quote(1, id="quote"), call, moved_call]
    store.append(events, learned_at=datetime(2024, 3, 1, tzinfo=UTC))
    history = bind(log_of(events), CALLED, moment(60))
    named = with_event_ids(conformance(history, day(60)), history.log, store.read_raw)
    assert [one.event_ids for one in named.deviations] == [("quote", "call", moved_call.source_id)]
    assert conformance(history, day(10)).deviations == ()


def test_the_state_of_a_deal_is_its_worst() -> None:
    answer = found([opened(0), quote(1), quote(10), did(11), quote(59)])
    assert answer.by_constraint[0].tally == Tally(kept=1, broken=1, pending=1)
    assert answer.deals[0].states[0] == BROKEN
