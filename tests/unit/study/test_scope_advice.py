"""Does advice on accounts, reps, the team and goals compete with that on deals, in both gears?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
from tests.builders import happened, log_of, moment, opened, rule, team

from salesadvisor.domain.advice import EVEN_ODDS_BP, UNLIMITED, VERDICTS
from salesadvisor.domain.events import Event
from salesadvisor.domain.rules import Rule, Scope, Test, Urgency
from salesadvisor.domain.scopes import CATALOGUES
from salesadvisor.domain.state import UNKNOWN
from salesadvisor.domain.strategy import Strategy
from salesadvisor.engine.boxes import compile_rules
from salesadvisor.engine.live import open_live_engine
from salesadvisor.log.passes import History, Survey, bind
from salesadvisor.log.scopes import ScopePanel
from salesadvisor.study.advising import Advice, advise, outlook
from salesadvisor.study.candidates import rule_terms
from salesadvisor.study.replay import Replay, replay
from salesadvisor.study.subjects import (
    Panels,
    Scores,
    Subjects,
    capacity,
    columns_in,
    columns_of,
    in_scope_order,
    minutes_in,
)
from salesadvisor.study.winning import learn

CHECKPOINTS = [moment(20), moment(27), moment(34)]
REPS = ["eve", "ole"]


def said(identity: str, scope: Scope, signal: str, **fields: Any) -> Rule:
    base: dict[str, Any] = {"effort_minutes": 30, "dedupe": (), "because": f"{{{signal}}}"}
    return rule(identity, scope=scope, when=Test(signal, "ge", 1), **{**base, **fields})


RULES = (
    said("goal", "goal", "goal.gap_minor"),
    said("old", "deal", "age_days", dedupe=("stage",)),
    said("quiet", "account", "account.open_deals", dedupe=("account.open_deals",)),
    said("again", "account", "account.activities_28d"),
    said("third", "account", "account.won_deals", group="x"),
    said("effort", "rep", "rep.open_deals", stake="fixed", stake_minor=900_000),
    said("silent", "rep", "rep.deals_silent"),
    said(
        "mix", "team", "team.open_deals",
        urgency=Urgency(signal="team.open_deals", per_unit_permille=200),
    ),
)  # fmt: skip


def strategy(**accountability: Any) -> Strategy:
    given = {"minutes_per_rep_week": 240, "cost_per_hour": 0, "max_per_deal": 2, **accountability}
    return team(accountability=given)


def events() -> list[Event]:
    found: list[Event] = []
    for number in range(8):
        owner = REPS[number % 2]
        deal = f"D-{number}"
        found.append(opened(number, deal=deal, owner=owner, amount=100 * (number + 1)))
        found.append(happened("activity", number + 1, deal=deal, kind="call", direction="out"))
    return found


def panel(
    scope: Scope, subjects: Sequence[str], values: Mapping[str, Any], owners: Sequence[int]
) -> ScopePanel:
    """Every subject at every checkpoint; a value may differ by (subject, time)."""
    names = [spec.name for spec in CATALOGUES[scope]]
    rows = [(s, t) for s in range(len(subjects)) for t in range(len(CHECKPOINTS))]
    block = np.full((len(names), len(rows)), UNKNOWN, np.int64)
    for name, value in values.items():
        column = names.index(f"{scope}.{name}")
        block[column] = [value(s, t) if callable(value) else value for s, t in rows]
    return ScopePanel(
        scope=scope,
        subjects=tuple(subjects),
        block=block,
        subject=np.array([s for s, _ in rows], np.int64),
        time=np.array([t for _, t in rows], np.int64),
        owner=np.array([owners[s] for s, _ in rows], np.int64),
    )


def all_panels(history: History, found: Survey, scores: Scores) -> Panels:
    codes = [history.log.words.names.words.index(name) for name in REPS]
    made = {
        "team": panel(
            "team", ["team"], {"open_deals": 3, "open_amount_minor": 700_000}, [UNKNOWN]
        ),
        "account": panel(
            "account", ["Aldabra", "Borneo", "D-1"],
            {
                "open_deals": lambda s, t: s + t,
                "open_amount_minor": lambda s, t: 50_000 * (s + 1),
                "activities_28d": 2,
                "won_deals": lambda s, t: s,
            },
            [codes[0], codes[1], codes[0]],
        ),
        "rep": panel(
            "rep", REPS, {"open_deals": 4, "deals_silent": lambda s, t: s}, codes
        ),
        "goal": panel(
            "goal", ["revenue", "count"],
            {"gap_minor": lambda s, t: 80_000 if s == 0 else UNKNOWN}, [UNKNOWN, codes[1]],
        ),
    }  # fmt: skip
    kept = np.isin(found.checkpoints, CHECKPOINTS)
    return {scope: _at(one, found, kept) for scope, one in made.items()}  # type: ignore[misc]


def _at(one: ScopePanel, found: Survey, kept: Any) -> ScopePanel:
    """The panel at the survey's checkpoints only."""
    times = {CHECKPOINTS.index(int(at)): n for n, at in enumerate(found.checkpoints)}
    rows = np.flatnonzero(np.isin(one.time, list(times)))
    time = np.array([times[int(t)] for t in one.time[rows]], np.int64)
    return ScopePanel(
        one.scope, one.subjects, np.ascontiguousarray(one.block[:, rows]), one.subject[rows], time,
        one.owner[rows],
    )  # fmt: skip


def bound(declared: Strategy) -> History:
    return bind(log_of(events()), declared, CHECKPOINTS[-1])


def replayed(declared: Strategy, checkpoints: Sequence[int], workers: int = 1) -> Replay:
    history = bound(declared)
    moments = np.array(checkpoints, np.int64)
    models = learn(history, [CHECKPOINTS[0]])
    return replay(history, moments, RULES, models, workers, all_panels)


def advised(declared: Strategy, at: int) -> Advice:
    history = bound(declared)
    as_of = datetime.fromtimestamp(at, UTC)
    model = learn(history, [CHECKPOINTS[0]]).models[0]
    now = outlook(history, as_of, model, 1, all_panels)
    ranked = in_scope_order(RULES)
    names = history.signal_names
    with ExitStack() as stack:
        engines = {}
        for scope in ("deal", *CATALOGUES):
            own = [one for one in ranked if one.scope == scope]
            engines[scope] = open_live_engine(compile_rules(own, columns_in(scope, names)))
            stack.callback(engines[scope].close)
        return advise(
            now, as_of=as_of, strategy=declared, rules=RULES,
            terms=rule_terms(ranked, declared, columns_of(names)), engines=engines, model=model,
            before=(),
        )  # fmt: skip


def rows_of(one: Replay) -> list[tuple[Any, ...]]:
    people = [*one.history.log.words.names.words, "manager"]
    return sorted(
        (
            *one.subjects.named(int(row["subject"])), one.rules[row["rule"]].id,
            people[row["rep"]], int(row["priority"]), int(row["stake"]), int(row["dedupe"]),
            VERDICTS[verdict],
        )
        for row, verdict in zip(one.candidates, one.verdict.tolist(), strict=True)
    )  # fmt: skip


@pytest.mark.parametrize("at", CHECKPOINTS)
@pytest.mark.parametrize("minutes", [30, 90, 240])
def test_both_gears_say_the_same_of_every_scope(at: int, minutes: int) -> None:
    declared = strategy(minutes_per_rep_week=minutes, manager_minutes_per_week=minutes)
    live = sorted(
        (
            one.scope, one.subject, one.rule.id, one.owner, one.parts.priority_minor,
            one.parts.stake_minor, one.dedupe, one.verdict_text,
        )
        for one in advised(declared, at).recommendations
    )  # fmt: skip
    assert rows_of(replayed(declared, [at])) == live
    assert {scope for scope, *_ in live} == {"deal", "account", "rep", "team", "goal"}


def test_every_scope_fills_the_same_weeks() -> None:
    one = replayed(strategy(minutes_per_rep_week=60), CHECKPOINTS)
    minutes: Counter[tuple[int, int]] = Counter()
    for row, verdict in zip(one.candidates, one.verdict.tolist(), strict=True):
        minutes[int(row["rep"]), int(row["time"])] += 30 * (VERDICTS[verdict] == "shown")
    reps = range(len(one.history.log.words.names))
    assert max(minutes[rep, time] for rep in reps for time in range(3)) == 60


def test_what_is_at_stake_depends_on_the_scope() -> None:
    one = replayed(strategy(), CHECKPOINTS[:1])
    stakes = {(name, rule): stake for _, name, rule, _, _, stake, _, _ in rows_of(one)}
    assert stakes["Aldabra", "again"] == 50_000
    assert stakes["eve", "effort"] == 900_000
    assert stakes["team", "mix"] == 700_000
    assert stakes["revenue", "goal"] == 80_000
    # Without an amount of its own: the (lower) median amount of deals, here of 100 to 800.
    assert stakes["ole", "silent"] == 40_000
    beyond = one.candidates["subject"] >= len(one.subjects.deals)
    assert set(one.candidates["win_bp"][beyond].tolist()) == {EVEN_ODDS_BP}


def test_an_account_carries_as_much_as_a_deal_and_the_team_without_limit() -> None:
    subjects = replayed(strategy(), CHECKPOINTS[:1]).subjects
    limits = subjects.most(strategy()).tolist()
    most = {subjects.named(number): limit for number, limit in enumerate(limits)}
    assert most["deal", "D-1"] == most["account", "D-1"] == 2
    assert most["rep", "eve"] == most["team", "team"] == most["goal", "revenue"] == UNLIMITED


def test_one_name_in_two_scopes_is_two_subjects() -> None:
    one = advised(strategy(), CHECKPOINTS[0])
    named = [each.id for each in one.recommendations]
    assert len(set(named)) == len(named)
    assert {each.scope for each in one.recommendations if each.subject == "D-1"} == {
        "deal",
        "account",
    }


def test_workers_change_no_digest_and_another_scope_does() -> None:
    digests = {replayed(strategy(), CHECKPOINTS, workers).digest() for workers in (1, 2)}
    history = bound(strategy())
    moments = np.array(CHECKPOINTS, np.int64)
    deals_only = replay(history, moments, RULES, learn(history, [CHECKPOINTS[0]]))
    assert len(digests) == 1
    assert deals_only.digest() not in digests
    assert {one.scope for one in deals_only.rules} == {one.scope for one in RULES}
    assert (deals_only.candidates["rule"] == 0).all()


def test_the_manager_acts_where_no_rep_does_and_may_have_a_limit() -> None:
    declared = strategy(manager="ole", manager_minutes_per_week=30)
    found = advised(declared, CHECKPOINTS[0]).recommendations
    owners = {(one.scope, one.subject): one.owner for one in found}
    assert owners["team", "team"] == owners["goal", "revenue"] == "ole"
    shown = sum(30 for one in found if one.owner == "ole" and one.verdict_text == "shown")
    assert shown == 30
    assert rows_of(replayed(declared, CHECKPOINTS[:1])) == sorted(
        (
            one.scope, one.subject, one.rule.id, one.owner, one.parts.priority_minor,
            one.parts.stake_minor, one.dedupe, one.verdict_text,
        )
        for one in found
    )  # fmt: skip


MONDAY = date(2024, 1, 1)


def test_a_week_has_less_minutes_in_proportion_to_the_business_days_away() -> None:
    declared = strategy(
        away=[
            {"rep": "eve", "from": "2024-01-04", "to": "2024-01-09"},
            {"rep": "eve", "from": "2024-01-20", "to": "2024-01-21"},
        ]
    )
    weeks = [MONDAY, date(2024, 1, 8), date(2024, 1, 15)]
    assert [minutes_in(week, "eve", declared) for week in weeks] == [144, 144, 240]
    assert minutes_in(MONDAY, "ole", declared) == 240
    table = capacity(["eve", "ole"], [MONDAY, date(2024, 1, 7), weeks[2]], declared)
    assert table.tolist() == [[144, 240, UNLIMITED], [144, 240, UNLIMITED], [240, 240, UNLIMITED]]


def test_subjects_without_panels_are_the_deals() -> None:
    subjects = Subjects(["D-1", "D-2"], {})
    assert (len(subjects), subjects.named(1), subjects.others) == (2, ("deal", "D-2"), ())
