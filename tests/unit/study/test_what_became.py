"""What became of advice: escalation, digest, why-not, churn, accountability and the meta rules."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.builders import TEAM, day, did, happened, log_of, moment, opened, rule, team

from salesadvisor.advisor import Advisor
from salesadvisor.domain.advice import ALREADY_OPEN, COOLING_DOWN, ESCALATED, SHOWN
from salesadvisor.domain.events import RecommendationIssued
from salesadvisor.domain.rules import Rule, Test
from salesadvisor.errors import BadInput
from salesadvisor.log.passes import bind
from salesadvisor.model.scorecard import BaseRate, WinModel, WinProbability
from salesadvisor.settings import Settings, open_advisor
from salesadvisor.study.accountability import WEIGHTS, accountability
from salesadvisor.study.advising import Advice, Churn, OpenDeal, Recommendation
from salesadvisor.study.answers import Answer, Issued
from salesadvisor.study.churn import replay_churn
from salesadvisor.study.digest import digest
from salesadvisor.study.meta import Effect, MetaRow, findings, meta_rows
from salesadvisor.study.replay import replay
from salesadvisor.study.why_not import reason_of, why_not
from salesadvisor.study.winning import learn


@pytest.fixture
def advisor(sample_store: Path, tmp_path: Path) -> Iterator[Advisor]:
    folder = shutil.copytree(sample_store.parent, tmp_path / "store")
    with open_advisor(Settings(str(folder / sample_store.name), workers=1)) as chosen:
        yield chosen


def find(advice: Advice, like: Recommendation) -> Recommendation:
    return next(
        one
        for one in advice.recommendations
        if (one.subject, one.rule.id) == (like.subject, like.rule.id)
    )


# Answers, seen through the advisor


def test_a_dismissal_is_told_with_its_reason_and_until_when(advisor: Advisor) -> None:
    end = advisor.end_of_history()
    first = advisor.advise(end)
    advisor.issue(first)
    chosen = next(one for one in first.new if one.rule.cooldown_days > 1)
    advisor.reply(chosen.id, "dismiss", "we met at the fair", end)
    assert advisor.newest_reply() == end
    one = find(advisor.advise(end + timedelta(seconds=1)), chosen)
    until = end + timedelta(days=chosen.rule.cooldown_days)
    assert one.verdict == COOLING_DOWN
    assert reason_of(one) == f"dismissed: we met at the fair, quiet until {until:%Y-%m-%d}"


def test_what_was_accepted_stays_in_the_queue(advisor: Advisor) -> None:
    end = advisor.end_of_history()
    first = advisor.advise(end)
    advisor.issue(first)
    advisor.reply(first.new[0].id, "accept", None, end)
    one = find(advisor.advise(end + timedelta(seconds=1)), first.new[0])
    assert (one.verdict, one.id) == (ALREADY_OPEN, first.new[0].id)


def test_what_expires_unanswered_twice_goes_to_the_manager_until_it_is_answered(
    advisor: Advisor,
) -> None:
    end = advisor.end_of_history()
    for weeks in range(9):
        advice = advisor.advise(end + timedelta(weeks=weeks))
        advisor.issue(advice)
    assert advisor.playbook.strategy.accountability.escalate_after == 2
    before = advisor.ledger.before(advice.as_of)
    assert advice.escalated
    for one in advice.escalated:
        given = [
            each
            for each in before
            if (each.subject, each.event.rule, each.event.dedupe)
            == (one.subject, one.rule.id, str(one.dedupe))
        ]
        assert [each.status(advice.as_of) for each in given[-2:]] == ["expired"] * 2
        assert one.id == given[-1].event.recommendation_id
    found = digest(advice, advisor.playbook.strategy)
    assert sum(len(team.escalated) for team in found.teams) == len(advice.escalated)
    mended = advice.escalated[0]
    advisor.reply(mended.id, "dismiss", "not our business", advice.as_of)
    again = find(advisor.advise(advice.as_of + timedelta(seconds=1)), mended)
    assert again.verdict != ESCALATED
    rules = {one.rule.id for one in advisor.findings(advice)}
    assert "AC01" in rules


def test_the_queue_changes_for_no_reason_only_as_weeks_begin_or_advice_lapses(
    advisor: Advisor,
) -> None:
    end = advisor.end_of_history()
    advisor.issue(advisor.advise(end))
    same = advisor.advise(end + timedelta(seconds=1))
    assert same.churn is not None
    assert (same.churn.changed, same.churn.share) == (0, 0.0)
    later = advisor.advise(end + timedelta(days=30)).churn
    assert later is not None
    assert later.lapsed > 0
    assert later.without_facts <= later.changed <= later.seen


# By hand

RULES = (rule("one", element="process"), rule("two", element="closing"))
MODEL = WinModel("scorecard", 90, moment(0), 100, 60, 20, BaseRate(3_000, 1_000, 5_000), 0)


def deal(name: str, owner: str | None = "eve", **signals: int | None) -> OpenDeal:
    win = WinProbability(4_000, 2_000, 6_000, 90, "scorecard", 50)
    return OpenDeal(name, owner, (), {"age_days": 9, **signals}, win, ())


def advice_of(*deals: OpenDeal, at: datetime | None = None) -> Advice:
    return Advice(at or day(40), deals, (), MODEL)


def given(
    at: float, by: str = "one", *, answer: Answer | None = None, after: float = 1,
    owner: str = "eve", on: str = "D-1", detected: bool = False,
) -> Issued:  # fmt: skip
    event = happened(
        "recommendation_issued", at, deal=on, recommendation_id=f"{on}-{by}-{at}", rule=by,
        rule_version=1, strategy_hash="s", cycle=1, dedupe="0", owner=owner, action="call",
        because="quiet", priority_minor=1, expires_at=day(at + 10),
    )  # fmt: skip
    assert isinstance(event, RecommendationIssued)
    one = Issued(event)
    return one if answer is None else one.with_answer(answer, day(at + after), None, detected)


def test_each_piece_of_advice_is_counted_once_and_rates_are_of_what_is_due() -> None:
    issued = [
        given(1, answer="done", detected=True), given(2, answer="dismissed"), given(3),
        given(35), given(4, answer="withdrawn"), given(5, "two", owner="ole", answer="accepted"),
    ]  # fmt: skip
    found = accountability(issued, advice_of(deal("D-1"), deal("D-2")), RULES, TEAM, None)
    eve, ole = found.lines
    assert dict(eve.counts) == {
        "open": 1, "accepted": 0, "dismissed": 1, "done": 1, "withdrawn": 1, "expired": 1,
    }  # fmt: skip
    assert (eve.name, eve.issued, eve.open_deals, eve.issued_per_deal) == ("eve", 5, 2, 2.5)
    assert eve.answered is not None
    assert eve.taken is not None
    assert (eve.answered.hits, eve.answered.n, eve.taken.hits, eve.detected) == (2, 3, 1, 1)
    assert (ole.open_deals, ole.issued_per_deal) == (0, None)
    assert found.total.issued == 6
    by_element = accountability(issued, advice_of(), RULES, TEAM, None, by="element").lines
    assert [(one.name, one.issued, one.open_deals) for one in by_element] == [
        ("process", 5, None),
        ("closing", 1, None),
    ]
    (gone,) = accountability([given(1, "old")], advice_of(), RULES, TEAM, None, by="element").lines
    assert gone.name == "rules no longer in the playbook"


def test_without_advice_nothing_has_a_value() -> None:
    found = accountability([], advice_of(), RULES, TEAM, None)
    assert (found.total.answered, found.total.response_days) == (None, None)
    (everybody,) = found.alignment
    assert everybody.share is None
    assert [one.share for one in everybody.parts] == [None] * len(WEIGHTS)


def test_the_median_wait_counts_the_unanswered_as_still_waiting() -> None:
    quick = [given(n, answer="done", after=n) for n in (1, 2, 3)]
    slow = [given(20 + n / 10) for n in range(2)]
    line = accountability([*quick, *slow], advice_of(), RULES, TEAM, None).total
    assert line.response_days == 3
    assert accountability(slow, advice_of(), RULES, TEAM, None).total.response_days is None


def test_an_alignment_is_the_mean_of_its_known_parts_by_weight() -> None:
    deals = [
        deal("D-1", completeness_permille=500, days_since_activity=3, next_step_set=1),
        deal("D-2", completeness_permille=1_000, days_since_activity=30, next_step_set=0),
        deal("D-3", days_since_activity=None, age_days=2, next_step_set=0),
    ]
    issued = [given(1, answer="done"), given(2)]
    eve, everybody = accountability(
        issued, advice_of(*deals), RULES, TEAM, {"eve": day(3)}
    ).alignment
    shares = {one.name: one.share for one in eve.parts}
    assert shares == {
        "effort on plan": None, "effort that fits": None, "answered": 0.5, "order kept": None,
        "fields": 0.75, "cadence": 2 / 3, "next step": 1 / 3, "acknowledged": 1.0,
    }  # fmt: skip
    expected = (2 * 0.5 + 0.75 + 2 / 3 + 1 / 3 + 1) / 6
    assert eve.share == pytest.approx(expected)
    assert everybody.share == pytest.approx(expected)


def signals_of(rows: tuple[MetaRow, ...], scope: str, subject: str) -> dict[str, int | None]:
    (one,) = [row for row in rows if (row.scope, row.subject) == (scope, subject)]
    return {name.partition(".")[2]: value for name, value in one.signals.items()}


def test_meta_rows_say_how_advice_and_rules_did() -> None:
    issued = [
        given(-80), given(-60, answer="accepted"), given(1), given(12), given(38),
        given(9, "two", on="D-9"),
    ]  # fmt: skip
    rows = meta_rows(advice_of(deal("D-1")), issued, RULES, psi_permille=250)
    assert signals_of(rows, "recommendation", "D-1: one") == {
        "times_issued": 5, "expired_unanswered": 2, "days_open": 2, "dismissed": 0,
    }  # fmt: skip
    one = signals_of(rows, "rule", "one")
    assert (one["issued_90d"], one["accepted_permille"], one["expired_permille"]) == (3, 0, 1_000)
    assert one["effect_deals"] is None
    # D-9 is open no more, and so nobody needs to answer for it.
    assert not [row for row in rows if row.subject.startswith("D-9")]
    assert signals_of(rows, "model", "scorecard")["score_psi_permille"] == 250
    measured = meta_rows(advice_of(), [], RULES, effects={"one": Effect(300, -5, 8)})
    assert signals_of(measured, "rule", "one")["effect_low_permille"] == -5


def test_a_rule_that_was_never_due_an_answer_has_no_rates() -> None:
    rows = meta_rows(advice_of(), [given(38)], RULES)
    one = signals_of(rows, "rule", "one")
    assert (one["issued_90d"], one["accepted_permille"]) == (1, None)
    assert signals_of(rows, "rule", "two")["issued_90d"] == 0


def test_meta_rules_fire_on_the_rows_of_their_scope_only() -> None:
    watching = (
        rule("m", scope="recommendation", when=Test("recommendation.times_issued", "ge", 2),
             because="{recommendation.times_issued} times"),
        rule("r", scope="rule", when=Test("rule.issued_90d", "ge", 9)),
        rule("off", scope="rule", when=Test("rule.issued_90d", "ge", 0), enabled=False),
        rule("e", scope="rule", when=Test("rule.effect_deals", "ge", 0)),
    )  # fmt: skip
    rows = meta_rows(advice_of(deal("D-1")), [given(1), given(12)], RULES)
    found = findings(rows, watching, TEAM, day(40))
    assert [(one.rule.id, one.subject, one.because) for one in found] == [
        ("m", "D-1: one", "2 times")
    ]


# Why not


def test_a_silent_rule_says_what_it_lacks_and_a_wrong_name_what_was_meant() -> None:
    rules: tuple[Rule, ...] = (
        rule("near", when=Test("age_days", "ge", 10)),
        rule("far", when=Test("age_days", "ge", 10), scope="rep"),
        rule("off", enabled=False),
    )
    advice = advice_of(deal("D-1", age_days=7), deal("D-2", age_days=9))
    words: Any = {name: _Spec() for name in ("age_days",)}

    def asked(*names: str, most: int = 5) -> list[tuple[str, str, int | None]]:
        found = why_not(advice, rules, words, names, today=day(40).date(), most=most)
        return [(s.about.name, s.near.rule.id, s.near.missing[0].gap) for s in found.silent]

    assert asked("D-1") == [("D-1", "near", 3)]
    assert asked("near") == [("D-1", "near", 3), ("D-2", "near", 1)]
    assert asked("near", "D-2") == [("D-2", "near", 1)]
    assert asked("near", most=1) == [("D-1", "near", 3)]
    found = why_not(advice, rules, words, ["off"], today=day(40).date(), most=5)
    assert ([one.id for one in found.off], found.silent) == (["off"], ())
    with pytest.raises(BadInput, match="did you mean 'near'"):
        asked("neat")


class _Spec:
    values = None


# Churn


def test_churn_counts_what_changed_though_nothing_happened() -> None:
    events = [opened(0, deal="D-1", owner="eve"), opened(0, deal="D-2", owner="eve"),
              did(9.5, deal="D-2")]  # fmt: skip
    strategy = team(accountability={"minutes_per_rep_week": 500, "cost_per_hour": 0})
    moments = np.array([moment(n) for n in range(8, 15)], np.int64)  # Tuesday to Monday
    bound = bind(log_of(events), strategy, moment(14))
    # Fires on the days 10 and later by time alone, and on the second deal while it is quiet.
    rules = (
        rule("time", when=Test("age_days", "ge", 10), expires_days=2, cooldown_days=9),
        rule("event", when=Test("outbound_14d", "ge", 1), expires_days=9, cooldown_days=9),
    )
    found = replay(bound, moments, rules, learn(bound, [moment(8)]))
    # In: time on both deals (day 10, of which D-2 was touched), event on D-2 (touched).
    # Out: time on both deals as it expires on day 12.
    assert replay_churn(found) == Churn(
        seen=(1 + 2) + (1 + 2) + 3 + 1 + 1, changed=5, without_facts=3, new_week=0, lapsed=2
    )


def test_a_queue_that_is_empty_has_no_churn() -> None:
    moments = np.array([moment(1), moment(8)])
    bound = bind(log_of([]), TEAM, moment(8))
    nothing = replay_churn(replay(bound, moments, RULES, learn(bound, [moment(1)])))
    assert nothing.share is None


# Digest


def test_a_digest_adds_up_each_reps_week() -> None:
    strategy = team(
        accountability={"minutes_per_rep_week": 100, "manager": "max",
                        "away": [{"rep": "ole", "from": "2024-02-08", "to": "2024-02-09"}]},
        alignment={"teams": [{"name": "north", "reps": ["eve", "ole"]}]},
    )  # fmt: skip
    at = day(40)  # Saturday, 10 February

    def advised(name: str, verdict: int, **fields: Any) -> Recommendation:
        before = fields.pop("before", None)
        return Recommendation(
            id=name, about=deal(name, fields.pop("owner", "eve")), rule=RULES[0], verdict=verdict,
            parts=_parts(), cycle=1, dedupe=0, because="", action="",
            due=fields.pop("due", at.date()), expires_at=at, before=before,
        )  # fmt: skip

    shown = [
        advised("D-1", SHOWN),
        advised("D-2", ALREADY_OPEN, before=given(30), due=day(39).date()),
        advised("D-3", 7),
        advised("D-4", ESCALATED),
        advised("D-5", SHOWN, owner="zoe"),
        advised("D-6", SHOWN, owner="max"),
    ]
    deals = (deal("D-1"), deal("D-2"), deal("D-7", "ole"), deal("D-5", "zoe"))
    found = digest(replace(advice_of(*deals), recommendations=tuple(shown)), strategy)
    north, others = found.teams
    eve, ole = north.reps
    assert (eve.minutes, eve.carried, eve.capacity, eve.is_away) == (30, 30, 100, False)
    assert (eve.open_deals, eve.shown, eve.overdue, eve.escalated) == (2, 2, 1, 1)
    assert (eve.waiting, eve.waiting_minutes) == (1, 30)
    assert (ole.capacity, ole.is_away, ole.open_deals, ole.shown) == (60, True, 1, 0)
    assert (others.team, [one.rep for one in others.reps]) == ("reps of no team", ["zoe"])
    assert [one.id for one in north.escalated] == ["D-4"]
    assert [one.id for one in north.overdue] == ["D-2"]
    assert (found.manager, [one.id for one in found.own]) == ("max", ["D-6"])


def _parts() -> Any:
    from salesadvisor.domain.advice import PriorityParts

    return PriorityParts(1, 1, 1, 1, 1, 1)
