"""Do both gears agree with the oracle on every activation, whatever a CRM does to its history?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from hypothesis import given, settings

from salesadvisor.domain.events import Event
from salesadvisor.domain.vocabulary import CONSTRAINT_STATES
from tests.builders import DEAL
from tests.differential.histories import Draft, drafts, history, seeded_drafts
from tests.oracles.conformance import activations, state
from tests.oracles.fold import numbered, second
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
    {"kind": "not_succession", "first": "claim:fast", "then": "claim:fast"},
    {"kind": "absence", "first": "reopened"},
    {"kind": "absence", "first": "activity:email", "most": 2},
    {"kind": "chain_response", "first": "stage:demo", "then": "stage:offer"},
    {"kind": "chain_response", "first": "topic", "then": "contact:boss", "within_days": 3},
    {"kind": "response", "first": "opened", "then": "activity", "within_days": 9},
)


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
    events = history(seeded_drafts(3, deals=80, events=30))
    by_deal: dict[str, list[Event]] = {}
    for event in events:
        if event.STREAM == "deal":
            by_deal.setdefault(event.subject_id, []).append(event)
    seen = set().union(*(assert_agreement(own, deal) for deal, own in by_deal.items()))
    for one in TEAM.process.constraints:
        waits = one.kind in ("response", "chain_response")
        wanted = {"kept", "broken", *(["pending"] if waits else [])}
        assert {verdict for name, verdict in seen if name == one.id} == wanted, one


@given(drafts())
@settings(max_examples=150, derandomize=True, deadline=None)
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
