"""Do both gears agree with the oracle on every activation, whatever a CRM does to its history?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings

from salesadvisor.domain.events import Event
from salesadvisor.domain.vocabulary import CONSTRAINT_STATES
from salesadvisor.log.passes import bind
from salesadvisor.study.conformance import conformance
from salesadvisor.study.conformance.checks import EXIT_CRITERIA, STAGE_ORDER
from tests.builders import DEAL, log_of
from tests.differential.histories import Draft, drafts, history, seeded_drafts
from tests.oracles.conformance import activations, is_judged, moves, state, unmet_at_exit
from tests.oracles.fold import Numbered, numbered, second
from tests.traces import (
    Counted,
    activations_in,
    compiled_readings,
    constrained,
    follow,
    readings,
)

TEAM = constrained(
    {"kind": "response", "first": "stage:demo", "then": "activity:call", "within_days": 5},
    {"kind": "response", "first": "quote_sent", "then": "activity"},
    {"kind": "precedence", "first": "criterion:need", "then": "stage:offer"},
    {"kind": "precedence", "first": "quote_sent", "then": "won"},
    {"kind": "not_succession", "first": "stage:closing", "then": "discount_offered"},
    {"kind": "not_succession", "first": "claim_presented", "then": "claim_presented"},
    {"kind": "absence", "first": "reopened"},
    {"kind": "absence", "first": "activity:email", "most": 2},
    {"kind": "chain_response", "first": "stage:demo", "then": "stage:offer"},
    {"kind": "response", "first": "topic:pricing", "then": "contact_added", "within_days": 3},
    {"kind": "response", "first": "opened", "then": "activity", "within_days": 9},
    allowed=[{"from": "lead", "to": ["offer"]}],
)


# One forward, and what the pipeline of TEAM lists besides.
ALLOWED = {("lead", "demo"), ("demo", "offer"), ("offer", "closing"), ("lead", "offer")}


def moments_of(events: Sequence[Event]) -> list[int]:
    known = sorted({second(event.known_at) for event in events})
    wanted = {known[0], known[len(known) // 2], known[-1] + 1, known[-1] + 6 * 86_400}
    return sorted(wanted | {at + 1 for at in known[:: max(len(known) // 3, 1)]})


def assert_agreement(events: Sequence[Event], deal: str) -> set[tuple[str, str]]:
    """The verdicts that were agreed on, by constraint."""
    seen: set[tuple[str, str]] = set()
    counted = Counted(events, TEAM, deal)
    for at in moments_of(events):
        as_of = datetime.fromtimestamp(at, UTC)
        rows = counted.rows(at)
        trace, terms = follow(rows, TEAM)
        got = activations_in(rows, trace, terms, at)
        told = readings(rows, trace, terms, at)
        for place, constraint in enumerate(TEAM.process.constraints):
            expected = activations(numbered(events), deal, as_of, constraint, TEAM)
            assert got[place] == expected, (constraint.id, at)
            code, overdue, count, kept, broken, _, _ = told[place]
            assert CONSTRAINT_STATES[code] == state(expected)
            verdicts = [one.verdict for one in expected]
            assert (count, kept, broken + overdue) == (
                len(expected),
                verdicts.count("kept"),
                verdicts.count("broken"),
            )
            seen |= {(constraint.id, verdict) for verdict in verdicts}
    return seen


@given(drafts())
@settings(max_examples=300, derandomize=True, deadline=None)
def test_the_live_gear_agrees_with_the_oracle(given_drafts: list[Draft]) -> None:
    assert_agreement(history(given_drafts), DEAL)


def test_long_histories_agree_too_and_see_every_verdict_of_every_constraint() -> None:
    events = history(seeded_drafts(6, deals=80, events=30))
    seen = set().union(*(assert_agreement(own, deal) for deal, own in own_events(events).items()))
    for one in TEAM.process.constraints:
        waits = one.kind in ("response", "chain_response")
        wanted = {"kept", "broken", *(["pending"] if waits else [])}
        assert {verdict for name, verdict in seen if name == one.id} == wanted, one


@given(drafts())
@settings(max_examples=100, derandomize=True, deadline=None)
def test_the_compiled_gear_step_by_step_reads_what_the_live_one_reads_at_once(
    given_drafts: list[Draft],
) -> None:
    events = [one for one in history(given_drafts) if one.KIND not in ("corrected", "retracted")]
    checkpoints = moments_of(events)
    rows = Counted(events, TEAM).rows(checkpoints[-1] + 100 * 86_400)
    stepwise = compiled_readings(rows, TEAM, checkpoints)
    for at, got in zip(checkpoints, stepwise, strict=True):
        known = [row for row in rows if row.known < at]
        assert got == readings(known, *follow(known, TEAM), at)


def own_events(events: Sequence[Event]) -> dict[str, list[Event]]:
    by_deal: dict[str, list[Event]] = {}
    for event in events:
        if event.STREAM == "deal":
            by_deal.setdefault(event.subject_id, []).append(event)
    return by_deal


@pytest.mark.parametrize("seed", [7, 8])
def test_the_study_tells_what_the_oracle_does_of_every_deal(seed: int) -> None:
    events = history(seeded_drafts(seed, deals=60, events=25))
    mine: dict[str, list[Numbered]] = {}
    for one in numbered(events):
        mine.setdefault(one.event.subject_id, []).append(one)
    deals = sorted(own_events(events))
    for at in moments_of(events)[1:]:
        as_of = datetime.fromtimestamp(at, UTC)
        found = conformance(bind(log_of(events), TEAM, at), as_of)
        judged = [deal for deal in deals if is_judged(mine[deal], deal, as_of)]
        assert sorted(one.deal for one in found.deals) == judged
        expected: Counter[tuple[str, str]] = Counter()
        broken = set()
        for deal in judged:
            numbers = mine[deal]
            for one in TEAM.process.constraints:
                told = activations(numbers, deal, as_of, one, TEAM)
                expected.update((one.id, each.verdict) for each in told)
                broken |= {(deal, one.id, x.settled) for x in told if x.verdict == "broken"}
            for moved_at, left, to in moves(numbers, deal, as_of, TEAM):
                if to != "won":
                    kept = (left, to) in ALLOWED
                    expected[STAGE_ORDER, "kept" if kept else "broken"] += 1
                    broken |= set() if kept else {(deal, STAGE_ORDER, moved_at)}
            for left_at, _, unmet in unmet_at_exit(numbers, deal, as_of, TEAM):
                expected[EXIT_CRITERIA, "broken" if unmet else "kept"] += 1
                broken |= {(deal, EXIT_CRITERIA, left_at)} if unmet else set()
        for line in found.by_constraint:
            for verdict in ("kept", "broken", "pending"):
                assert getattr(line.tally, verdict) == expected[line.name or "", verdict], line.name
        assert {(x.deal, x.measure, second(x.at)) for x in found.deviations} == broken
        assert sum(line.tally.broken for line in found.by_rep) == len(found.deviations)
        assert sum(line.tally.broken for line in found.by_stage) == len(found.deviations)
    assert len(found.deviations) > 150
