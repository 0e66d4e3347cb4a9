"""What was advised before, and is everything recorded once?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from tests.builders import TEAM, corrected, day, did, happened, moved, opened, retracted, team

from salesadvisor.domain.advice import SHOWN, PriorityParts
from salesadvisor.domain.events import (
    Event,
    RecommendationAccepted,
    RecommendationDismissed,
    RecommendationDone,
    RecommendationExpired,
    RecommendationExported,
    RecommendationIssued,
    RecommendationWithdrawn,
    StrategyPublished,
)
from salesadvisor.domain.rules import Action
from salesadvisor.errors import BadInput
from salesadvisor.store import Store
from salesadvisor.study.advising import Advice, Recommendation
from salesadvisor.study.ledger import Ledger


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.open("sqlite:///:memory:") as opened_store:
        yield opened_store


def ledger(store: Store) -> Ledger:
    return Ledger(store, lambda deal: ("crm", deal))


def advised(name: str = "rec-1", *, on_day: float = 5, signals: tuple[str, ...] = ()) -> Any:
    """Advice on the deal D-1; only what the ledger reads of it is there."""
    at = day(on_day)
    asked = SimpleNamespace(id="call", version=1, signals=signals)
    deal = SimpleNamespace(scope="deal", name="D-1", owner="eve", signals={})
    one = Recommendation(
        id=name,
        about=deal,  # type: ignore[arg-type]
        rule=asked,  # type: ignore[arg-type]
        verdict=SHOWN,
        parts=PriorityParts(7, 1, 1, 1, 1, 1),
        cycle=1,
        dedupe=42,
        because="it is quiet",
        action="call",
        due=at.date(),
        expires_at=at,
    )
    return Advice(at, (), (one,), None)  # type: ignore[arg-type]


ACTIONS = {"call": Action(kind="call")}


def settled(store: Store, at: float) -> list[tuple[str, str | None]]:
    """What is recorded of the advice once it is settled: status and why, by id."""
    own = Ledger(store, lambda deal: ("crm", deal), ACTIONS)
    own.settle(day(at))
    assert own.settle(day(at)) == own.settle(day(at + 0.01)) == 0
    return [(one.status(day(at)), one.why) for one in own.before(day(at + 0.02))]


def long_advice(name: str = "rec-1", *, on_day: float = 5) -> Any:
    """Advice that is open for ten days."""
    advice = advised(name, on_day=on_day)
    one = replace(advice.recommendations[0], expires_at=day(on_day + 10))
    return replace(advice, recommendations=(one,))


def test_a_call_in_the_crm_is_found_and_recorded_once(store: Store) -> None:
    ledger(store).issue(long_advice(), TEAM)
    store.append([opened(), did(7, id="c")], learned_at=day(7))
    assert settled(store, 8) == [("done", "c")]
    (event,) = recorded(store, RecommendationDone)
    assert (event.actor, event.taken_in, event.occurred_at) == ("detected", "c", day(7))


def test_a_look_back_sees_what_was_done_by_then_without_recording(store: Store) -> None:
    ledger(store).issue(long_advice(), TEAM)
    store.append([opened(), did(7, id="c", late=3)], learned_at=day(10))
    own = Ledger(store, lambda deal: ("crm", deal), ACTIONS)
    assert [one.answer for at in (9, 10.1) for one in own.before(day(at))] == [None, "done"]
    assert recorded(store, RecommendationDone) == []


def test_the_end_of_the_deal_withdraws_open_advice_and_not_what_had_expired(store: Store) -> None:
    ledger(store).issue(long_advice(), TEAM)
    ledger(store).issue(long_advice("rec-2", on_day=-6), TEAM)
    store.append([opened(-9), happened("lost", 9, reason="price")], learned_at=day(9))
    assert settled(store, 10) == [("withdrawn", "the deal is lost: price"), ("expired", None)]
    assert len(recorded(store, RecommendationWithdrawn)) == 1


def test_what_nobody_did_or_answered_expires(store: Store) -> None:
    ledger(store).issue(long_advice(), TEAM)
    store.append([opened()], learned_at=day(1))
    assert settled(store, 14.9) == [("open", None)]
    assert settled(store, 15) == [("expired", None)]
    (event,) = recorded(store, RecommendationExpired)
    assert (event.occurred_at, event.recorded_at) == (day(15), day(15))


def test_a_reply_is_recorded_once_and_another_one_refused(store: Store) -> None:
    own = ledger(store)
    own.issue(long_advice(), TEAM)
    assert own.reply("rec-1", "accept", None, day(5)).answer == "accepted"
    assert own.reply("rec-1", "dismiss", "no budget", day(6)).why == "no budget"
    own.reply("rec-1", "dismiss", "no budget", day(7))
    assert len(recorded(store, RecommendationDismissed)) == 1
    with pytest.raises(BadInput, match="is dismissed already \\(no budget\\)"):
        own.reply("rec-1", "done", None, day(8))
    with pytest.raises(BadInput, match="no such recommendation"):
        own.reply("rec-7", "done", None, day(8))
    assert own.newest_reply() == day(6)


def test_advice_given_for_a_later_moment_can_be_answered(store: Store) -> None:
    own = ledger(store)
    own.issue(long_advice(on_day=9), TEAM)
    own.reply("rec-1", "dismiss", "no budget", day(5))
    (event,) = recorded(store, RecommendationDismissed)
    assert event.occurred_at > day(5)
    assert own.newest_reply() == event.known_at


def test_what_was_accepted_is_done_when_it_is_done_and_its_first_answer_counts(
    store: Store,
) -> None:
    own = Ledger(store, lambda deal: ("crm", deal), ACTIONS)
    own.issue(long_advice(), TEAM)
    own.reply("rec-1", "accept", None, day(6))
    store.append([opened(), did(8, id="c")], learned_at=day(8))
    assert settled(store, 9) == [("done", "c")]
    (one,) = own.before(day(10))
    assert one.first_answered_at == int(day(6).timestamp())


def test_advice_beyond_deals_goes_to_the_stream_of_the_account_or_the_strategy(
    store: Store,
) -> None:
    store.append([happened("account_profiled", 1, deal="A-1", crm="north")], learned_at=day(1))
    for name, scope, subject in (
        ("rec-1", "account", "north/A-1"), ("rec-2", "account", "B/2"), ("rec-3", "rep", "eve"),
        ("rec-4", "team", "team"),
    ):  # fmt: skip
        advice = long_advice(name)
        about = SimpleNamespace(scope=scope, name=subject, owner="eve", signals={})
        one = replace(advice.recommendations[0], about=about)
        ledger(store).issue(replace(advice, recommendations=(one,)), TEAM)
    places = [
        (event.stream, event.crm, event.subject_id, event.advised)
        for event in recorded(store, RecommendationIssued)
    ]
    assert places == [
        ("account", "north", "A-1", "north/A-1"),
        ("account", "crm", "B/2", "B/2"),
        ("strategy", "crm", "team", "eve"),
        ("strategy", "crm", "team", "team"),
    ]
    found = [(one.scope, one.subject) for one in ledger(store).before(day(6))]
    assert found == [
        ("account", "north/A-1"), ("account", "B/2"), ("rep", "eve"), ("team", "team"),
    ]  # fmt: skip


def test_who_acknowledged_is_known_once_the_strategy_is_published(store: Store) -> None:
    own = ledger(store)
    assert own.acknowledged(TEAM, day(9)) is None
    own.publish(TEAM, day(1))
    for at, rep, version in ((2, "eve", TEAM.content_hash), (3, "ole", "older")):
        event = happened(
            "strategy_acknowledged", at, deal=TEAM.name, strategy_hash=version, rep=rep
        )
        store.append([event], learned_at=day(at))
    assert own.acknowledged(TEAM, day(9)) == {"eve": day(2)}
    assert own.acknowledged(TEAM, day(2)) == {}


def answer(model: type[Event], at: float, name: str = "rec-1") -> Event:
    return happened(model.KIND, at, recommendation_id=name)


def recorded(store: Store, model: type[Event]) -> list[Any]:
    return [one.event for one in store.events() if isinstance(one.event, model)]


def test_advice_is_recorded_once_under_its_name(store: Store) -> None:
    assert ledger(store).issue(advised(), TEAM) == 1
    assert ledger(store).issue(advised(on_day=6), TEAM) == 0
    assert ledger(store).issue(advised("rec-2", on_day=6), TEAM) == 1
    assert [one.recommendation_id for one in recorded(store, RecommendationIssued)] == [
        "rec-1",
        "rec-2",
    ]


def test_a_strategy_is_published_with_its_first_advice_and_again_when_it_changes(
    store: Store,
) -> None:
    ledger(store).issue(advised(), TEAM)
    ledger(store).issue(advised("rec-2"), TEAM)
    ledger(store).issue(advised("rec-3"), team(horizon_days=30))
    hashes = [one.strategy_hash for one in recorded(store, StrategyPublished)]
    assert hashes == [TEAM.content_hash, team(horizon_days=30).content_hash]
    assert not ledger(store).publish(team(horizon_days=30), day(9))
    assert ledger(store).publish(TEAM, day(9))


def test_nothing_new_publishes_nothing(store: Store) -> None:
    nothing = Advice(day(5), (), (), None)  # type: ignore[arg-type]
    assert ledger(store).issue(nothing, TEAM) == 0
    assert store.head().events == 0


def test_before_a_moment_only_what_was_issued_and_answered_by_then_is_known(store: Store) -> None:
    ledger(store).issue(advised(), TEAM)
    store.append([answer(RecommendationAccepted, 7)], learned_at=day(7))
    store.append([answer(RecommendationDone, 9)], learned_at=day(9))

    def answered(at: float) -> list[int | None]:
        return [one.answered_at for one in ledger(store).before(day(at))]

    assert answered(5) == []
    assert answered(6) == [None]
    assert answered(8) == [int(day(7).timestamp())]
    assert answered(9.1) == [int(day(9).timestamp())]


def test_an_answer_to_advice_that_was_never_issued_is_ignored(store: Store) -> None:
    store.append([answer(RecommendationDone, 3, "rec-9")], learned_at=day(3))
    assert ledger(store).before(day(9)) == []


def test_advice_is_marked_as_exported_once_a_target(store: Store) -> None:
    shown = advised().recommendations
    assert ledger(store).mark_exported(shown, "crm", day(5), TEAM) == 1
    assert ledger(store).mark_exported(shown, "crm", day(6), TEAM) == 0
    assert ledger(store).mark_exported(shown, "csv", day(6), TEAM) == 1
    assert [one.target for one in recorded(store, RecommendationExported)] == ["crm", "csv"]


def cited(store: Store, events: list[Event], *signals: str, at: float = 9) -> tuple[str, ...]:
    store.append(events, learned_at=day(30))
    with_ids = ledger(store).with_evidence(advised(on_day=at, signals=signals))
    return with_ids.recommendations[0].event_ids


def test_the_newest_event_of_each_kind_behind_the_rules_signals_is_cited(store: Store) -> None:
    events = [
        opened(id="o"),
        moved(1, "demo", id="m1"),
        moved(2, "offer", id="m2"),
        did(3, id="a1"),
        happened("quote_sent", 4, id="q"),
    ]
    assert cited(store, events, "stage", "calls_7d") == ("o", "m2", "a1")


def test_an_event_that_was_not_known_yet_is_not_cited(store: Store) -> None:
    events = [opened(id="o"), did(3, id="a1"), did(4, id="a2", late=20)]
    assert cited(store, events, "calls_7d") == ("a1",)


def test_what_is_not_shown_cites_nothing(store: Store) -> None:
    advice = advised(signals=("calls_7d",))
    store.append([opened(), did(1)], learned_at=day(9))
    hidden = replace(advice, recommendations=(replace(advice.recommendations[0], verdict=7),))
    assert ledger(store).with_evidence(hidden).recommendations[0].event_ids == ()


def test_a_retracted_event_is_not_cited(store: Store) -> None:
    call, other = did(2, id="a1"), did(3, id="a2")
    events = [opened(id="o"), call, other, retracted(other, 5)]
    assert cited(store, events, "calls_7d") == ("a1",)


def test_a_corrected_event_is_cited_with_its_correction(store: Store) -> None:
    call = did(2, id="a1")
    correction = corrected(call, 5)
    ids = cited(store, [opened(id="o"), call, correction], "calls_7d")
    assert correction.source_id in ids
