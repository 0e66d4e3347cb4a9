"""What is advised, what is it called, and what happens when it is asked for again?"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from salesadvisor.advisor import Advisor
from salesadvisor.domain.advice import (
    ALREADY_OPEN,
    COOLING_DOWN,
    OVER_CAPACITY,
    SHOWN,
    UNDECIDED,
)
from salesadvisor.domain.events import RecommendationDismissed, RecommendationIssued
from salesadvisor.domain.strategy import Strategy
from salesadvisor.settings import Settings, open_advisor
from salesadvisor.study.advising import Advice, Recommendation, money


@pytest.fixture
def advisor(sample_store: Path, tmp_path: Path) -> Iterator[Advisor]:
    folder = shutil.copytree(sample_store.parent, tmp_path / "store")
    with open_advisor(Settings(str(folder / sample_store.name), workers=1)) as opened:
        yield opened


def by_deal_and_rule(advice: Advice) -> dict[tuple[str, str], Recommendation]:
    return {(one.subject, one.rule.id): one for one in advice.recommendations}


def test_advising_twice_issues_nothing_new(advisor: Advisor) -> None:
    end = advisor.end_of_history()
    first = advisor.advise(end)
    assert advisor.issue(first) == len(first.new) > 0
    events = advisor.store.head().events
    for later in (timedelta(0), timedelta(seconds=1), timedelta(hours=3)):
        again = advisor.advise(end + later)
        assert advisor.issue(again) == 0
    assert advisor.store.head().events == events
    assert {one.id for one in again.shown} == {one.id for one in first.new}
    assert {one.verdict for one in again.shown} == {ALREADY_OPEN}


def test_advice_for_the_past_is_given_and_not_recorded(advisor: Advisor) -> None:
    before = advisor.store.head()
    past = advisor.advise(advisor.end_of_history() - timedelta(days=100))
    assert past.new
    assert advisor.issue(past) is None
    assert advisor.store.head() == before


def test_the_same_moment_gives_the_same_advice_under_the_same_names(advisor: Advisor) -> None:
    end = advisor.end_of_history()
    one, other = advisor.advise(end), advisor.advise(end)
    assert one == other
    names = Counter(each.id for each in one.recommendations)
    assert max(names.values()) == 1


def test_what_is_issued_can_be_derived_again(advisor: Advisor) -> None:
    end = advisor.end_of_history()
    advice = advisor.advise(end)
    advisor.issue(advice)
    issued = {
        one.event.recommendation_id: one.event
        for one in advisor.store.advice()
        if isinstance(one.event, RecommendationIssued)
    }
    for one in advice.new:
        event = issued[one.id]
        assert (event.about or event.subject_key) == one.subject
        assert (event.rule, event.owner, event.because) == (
            one.rule.id, one.owner, one.because,
        )  # fmt: skip
        assert event.strategy_hash == advisor.playbook.strategy.content_hash
        assert event.signals == one.asked_signals
        assert event.event_ids == one.event_ids != ()
        assert event.expires_at == one.expires_at
        assert event.occurred_at == end


def test_issued_advice_is_an_event_that_changes_no_signal(advisor: Advisor) -> None:
    end = advisor.end_of_history()
    before = advisor.advise(end)
    advisor.issue(before)
    after = advisor.advise(end + timedelta(seconds=1))
    assert [one.row for one in after.deals] == [one.row for one in before.deals]
    assert advisor.end_of_history() == end


def test_advice_that_is_dismissed_cools_down_and_makes_room(advisor: Advisor) -> None:
    end = advisor.end_of_history()
    first = advisor.advise(end)
    advisor.issue(first)
    chosen = first.new[0]
    answer = end + timedelta(hours=1)
    crm, subject = advisor.locate(chosen.subject)
    advisor.store.append(
        [
            RecommendationDismissed(
                crm=crm,
                subject_id=subject,
                occurred_at=answer,
                recorded_at=answer,
                source_id=f"{chosen.id}:no",
                recommendation_id=chosen.id,
                reason="not now",
            )
        ],
        learned_at=answer,
    )
    again = by_deal_and_rule(advisor.advise(answer + timedelta(seconds=1)))
    one = again[chosen.subject, chosen.rule.id]
    assert (one.verdict, one.id) == (COOLING_DOWN, chosen.id)


def test_advice_that_expired_and_cooled_down_comes_again_under_a_new_name(
    advisor: Advisor,
) -> None:
    end = advisor.end_of_history()
    first = advisor.advise(end)
    advisor.issue(first)
    old = {(one.subject, one.rule.id): one for one in first.new}
    # Weeks later nothing has happened, so the same rules fire on the same deals.
    rounds = 0
    for weeks in range(1, 16):
        later = advisor.advise(end + timedelta(weeks=weeks))
        advisor.issue(later)
        names = {one.id for one in later.new}
        assert not names & {one.id for one in first.new}
        rounds += sum((one.subject, one.rule.id) in old for one in later.new)
    assert rounds > 0
    recorded = [
        one.event.recommendation_id
        for one in advisor.store.advice()
        if isinstance(one.event, RecommendationIssued)
    ]
    assert len(set(recorded)) == len(recorded) > len(first.new)


def with_minutes(advisor: Advisor, minutes: int) -> Advisor:
    """The advisor under a strategy that gives each rep so many minutes a week."""
    strategy = advisor.playbook.strategy
    declared = strategy.model_dump(by_alias=True, exclude_defaults=True)
    declared["accountability"] = {"minutes_per_rep_week": minutes, "cost_per_hour": 0}
    busy = Strategy.model_validate(declared)
    return replace(advisor, playbook=replace(advisor.playbook, strategy=busy))


def test_what_was_given_this_week_uses_up_this_weeks_minutes(advisor: Advisor) -> None:
    busy = with_minutes(advisor, 60)
    end = busy.end_of_history()
    first = busy.advise(end)
    assert any(one.verdict == OVER_CAPACITY for one in first.recommendations)
    busy.issue(first)
    spent = Counter[str | None]()
    for one in first.new:
        spent[one.owner] += one.rule.effort_minutes
    assert spent
    assert max(spent.values()) <= 60
    again = busy.advise(end + timedelta(seconds=1))
    assert not again.new
    next_week = busy.advise(end + timedelta(days=7))
    assert next_week.new


def test_everything_is_decided_and_best_comes_first(advisor: Advisor) -> None:
    advice = advisor.advise(advisor.end_of_history())
    assert all(one.verdict != UNDECIDED for one in advice.recommendations)
    by_owner: dict[str | None, list[Recommendation]] = {}
    for one in advice.recommendations:
        by_owner.setdefault(one.owner, []).append(one)
    for mine in by_owner.values():
        shown = [one.verdict == SHOWN for one in mine]
        assert shown == sorted(shown, reverse=True)
        ranks = [(-one.rule.salience, -one.parts.priority_minor) for one in mine]
        cut = sum(shown)
        assert ranks[:cut] == sorted(ranks[:cut])
        assert ranks[cut:] == sorted(ranks[cut:])


def test_a_deal_knows_its_probability_and_why(advisor: Advisor) -> None:
    advice = advisor.advise(advisor.end_of_history())
    for deal in advice.deals:
        assert deal.signals["win_probability_bp"] == deal.win.p_bp
        assert deal.win.low_bp <= deal.win.p_bp <= deal.win.high_bp


def test_a_moment_before_all_history_has_nothing_to_advise(advisor: Advisor) -> None:
    advice = advisor.advise(datetime.fromisoformat("2001-01-01T00:00:00+00:00"))
    assert (advice.deals, advice.recommendations) == ((), ())


def test_workers_do_not_change_advice(advisor: Advisor) -> None:
    end = advisor.end_of_history()
    assert replace(advisor, workers=2).advise(end) == advisor.advise(end)


def test_minor_units_become_money_of_their_currency() -> None:
    assert [str(money(12_345, name)) for name in ("USD", "JPY", "KWD")] == [
        "123.45",
        "12345",
        "12.345",
    ]
