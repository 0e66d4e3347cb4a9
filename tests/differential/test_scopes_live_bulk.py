"""Do plain Python, the bulk gear and the oracle read the same of accounts, reps and the team?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from salesadvisor.domain import tally
from salesadvisor.domain.events import Event
from salesadvisor.domain.rules import Scope
from salesadvisor.domain.scopes import AccountSignals, RepSignals, TeamSignals
from salesadvisor.domain.state import UNKNOWN
from salesadvisor.domain.strategy import Strategy
from salesadvisor.domain.vocabulary import words_of
from salesadvisor.log import learned
from salesadvisor.log.live import DealRows, LiveFold, Standing
from salesadvisor.log.passes import History, Survey, bind, survey
from salesadvisor.log.scopes import TEAM, scope_panels
from salesadvisor.log.terms import live_terms
from salesadvisor.settings import Settings, open_advisor
from tests.builders import Positions, log_of, stored, team
from tests.differential.histories import Draft, drafts, history, long_history, seeded_drafts
from tests.differential.test_live_equals_bulk import BERLIN, moments_of
from tests.oracles.fold import deals_in, numbered, second
from tests.oracles.observe import ends_known
from tests.oracles.scopes import (
    account_owners,
    account_signals,
    accounts_named,
    deals_known,
    rep_signals,
    reps_named,
    team_signals,
)

SCOPES: tuple[Scope, ...] = ("account", "rep", "team")
Row = dict[str, int]
Rows = dict[tuple[Scope, str, int], Row]
"""Signals by scope, subject and moment."""
Owners = dict[tuple[str, int], str | None]
"""Who should act, by account and moment."""


def in_bulk(bound: History, found: Survey, workers: int) -> tuple[Rows, Owners]:
    rows: Rows = {}
    owners: Owners = {}
    people = bound.log.words.names.words
    for scope in SCOPES:
        names = list(words_of(bound.strategy, scope))
        for panel in scope_panels(bound, found, scope, workers=workers):
            for place in range(panel.count):
                subject = panel.subjects[panel.subject[place]]
                moment = int(found.checkpoints[panel.time[place]])
                values = dict(zip(names, panel.block[:, place].tolist(), strict=True))
                assert (scope, subject, moment) not in rows
                rows[scope, subject, moment] = values
                owner = panel.owner[place]
                if scope == "account":
                    owners[subject, moment] = None if owner == UNKNOWN else people[owner]
    return rows, owners


def in_plain_python(
    bound: History, found: Survey, live: Mapping[str, DealRows], fold: LiveFold
) -> Rows:
    """The deals one by one, added up by the same functions uncompiled."""
    terms = live_terms(bound.terms)
    tiers = len(bound.strategy.tier_codes)
    drifting = learned.drifting_tiers(found.closes, found.checkpoints, tiers)
    rows: Rows = {}
    for step, moment in enumerate(found.checkpoints.tolist()):
        stands = [fold.stand(deal, moment) for deal in live.values()]
        names = [deal.words.names.words for deal in live.values()]
        accounts: dict[str, list[Standing]] = defaultdict(list)
        reps: dict[str, list[Standing]] = defaultdict(list)
        for one, known in zip(stands, names, strict=True):
            if one.deal.account != UNKNOWN:
                accounts[known[one.deal.account]].append(one)
            if one.owner is not None:
                reps[one.owner].append(one)
        for account, own in accounts.items():
            added = summed(fold, own, moment, terms, tally.ACCOUNT_SIZE)
            if added[tally.NEWEST_OPENING] != UNKNOWN:
                row = AccountSignals()
                tally.read_account(added, moment, terms, row)
                rows["account", account, moment] = as_row("account", row)
        for rep, own in reps.items():
            added = summed(fold, own, moment, terms, tally.TALLY_SIZE)
            busy = (tally.OPEN_DEALS, tally.ACTIVITIES, tally.WON, tally.LOST)
            if added[tally.NEWEST_OPENING] != UNKNOWN and any(added[one] for one in busy):
                mine = RepSignals()
                tally.read_rep(added, terms, UNKNOWN, UNKNOWN, mine)
                rows["rep", rep, moment] = as_row("rep", mine)
        added = summed(fold, stands, moment, terms, tally.TALLY_SIZE)
        if added[tally.NEWEST_OPENING] != UNKNOWN:
            ours = TeamSignals()
            losing = int(found.rivals[step][1::2].sum())
            tally.read_team(
                added, terms, int(drifting[step]), losing, UNKNOWN, UNKNOWN, UNKNOWN, ours
            )
            rows["team", TEAM, moment] = as_row("team", ours)
    return rows


def summed(
    fold: LiveFold, deals: Sequence[Standing], as_of: int, terms: Any, size: int
) -> list[int]:
    added = [0] * size
    tally.clear(added)
    for one in deals:
        *_, kept, broken, _ = fold.constraints(one, as_of)
        tally.add_deal(
            added, one.deal, one.book, one.rows, 0, len(one.rows), as_of, kept, broken, terms
        )  # fmt: skip
    return added


def as_row(scope: Scope, row: Any) -> Row:
    return {f"{scope}.{item.name}": getattr(row, item.name) for item in fields(row)}


def by_oracle(events: Sequence[Event], moments: Sequence[int], strategy: Strategy) -> Rows:
    known = numbered(events)
    rows: Rows = {}
    for moment in moments:
        as_of = datetime.fromtimestamp(moment, UTC)
        deals = deals_known(known, as_of, strategy)
        for account in accounts_named(known):
            put(rows, ("account", account, moment), account_signals(deals, account, strategy))
        for rep in reps_named(known):
            put(rows, ("rep", rep, moment), rep_signals(deals, rep, strategy))
        ends = list(ends_known(known, as_of, strategy))
        put(rows, ("team", TEAM, moment), team_signals(deals, strategy, ends, moment))
    return rows


def put(rows: Rows, key: tuple[Scope, str, int], read: Mapping[str, int | None] | None) -> None:
    if read is not None:
        rows[key] = {name: UNKNOWN if one is None else one for name, one in read.items()}


def wrong(expected: Rows, got: Rows) -> list[Any]:
    """Where two answers differ: (subject at a moment, {signal: (expected, got)})."""
    found: list[Any] = [("only in one", key) for key in expected.keys() ^ got.keys()]
    for key in expected.keys() & got.keys():
        a, b = expected[key], got[key]
        assert a.keys() == b.keys(), key
        if a != b:
            found.append((key, {name: (a[name], b[name]) for name in a if a[name] != b[name]}))
    return found


def bound_live(events: Sequence[Event], fold: LiveFold) -> dict[str, DealRows]:
    rows = stored(events)
    pairs = list(zip(rows, events, strict=True))
    profiles = [row for row, event in pairs if event.STREAM == "account"]
    return {
        deal: fold.bind(
            [row for row, event in pairs if event.subject_key == deal], Positions(events), profiles
        )
        for deal in deals_in(numbered(events))
    }


def compare(events: Sequence[Event], strategy: Strategy, moments: Sequence[int]) -> Rows:
    """Compares all three at the moments; returns the rows."""
    bound = bind(log_of(events), strategy, moments[-1])
    found = survey(bound, np.array(moments, np.int64))
    fold = LiveFold(strategy, bound.terms)
    bulk, owners = in_bulk(bound, found, workers=1)
    assert (bulk, owners) == in_bulk(bound, found, workers=2)
    plain = in_plain_python(bound, found, bound_live(events, fold), fold)
    assert not wrong(plain, bulk)[:3]
    assert not wrong(by_oracle(events, moments, strategy), bulk)[:3]
    known = numbered(events)
    for moment in moments:
        deals = deals_known(known, datetime.fromtimestamp(moment, UTC), strategy)
        for (account, at), owner in owners.items():
            if at == moment:
                assert owner in account_owners(deals, account)
    return bulk


ORDERLY = team(
    calendar=BERLIN.calendar.model_dump(mode="json"),
    activity=BERLIN.activity.model_dump(mode="json", exclude_defaults=True),
    process={
        **BERLIN.process.model_dump(mode="json", by_alias=True, exclude_defaults=True),
        "constraints": [
            {"id": "answered", "kind": "response", "first": "quote_sent", "then": "activity:call",
             "within_days": 5},
            {"id": "asked_first", "kind": "precedence", "first": "criterion:need",
             "then": "stage:offer"},
        ],
    },
)  # fmt: skip


@given(drafts())
@settings(max_examples=300, derandomize=True)
def test_the_oracle_plain_python_and_bulk_agree_on_random_histories(
    given_drafts: list[Draft],
) -> None:
    events = history(given_drafts)
    moments = moments_of(events)
    compare(events, ORDERLY, moments)


@pytest.mark.parametrize("seed, deals, events_each", [(1, 60, 10), (2, 25, 40), (3, 150, 6)])
def test_they_agree_on_many_deals_that_make_up_one_history(
    seed: int, deals: int, events_each: int
) -> None:
    events = history(seeded_drafts(seed, deals, events_each))
    moments = [second(events[0].known_at) + 86_400 * number for number in range(9, 260, 25)]
    rows = compare(events, ORDERLY, moments)
    assert {scope for scope, _, _ in rows} == set(SCOPES)


def test_they_agree_on_two_years_in_which_a_tier_drifts_and_a_rival_wins() -> None:
    events = long_history(3)
    moments = [second(events[0].known_at) + 86_400 * number for number in range(40, 700, 60)]
    rows = compare(events, ORDERLY, moments)
    read = [row for (scope, _, _), row in rows.items() if scope == "team"]
    for signal in (
        "drifting_tiers", "losing_competitors", "channel_gap_permille", "conformance_permille",
    ):  # fmt: skip
        assert max(row[f"team.{signal}"] for row in read) > 0, signal


def test_they_agree_on_the_sample(sample_store: Path) -> None:
    with open_advisor(Settings(str(sample_store))) as advisor:
        events = [stored_one.event for stored_one in advisor.store.events()]
        strategy = advisor.playbook.strategy
    known = [event for event in events if event.STREAM != "strategy"]
    last = max(second(event.known_at) for event in known)
    rows = compare(known, strategy, [last - 86_400 * days for days in (300, 120, 20)])
    assert len(rows) > 30
