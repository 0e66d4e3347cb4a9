"""Can anything that was recorded later be seen in an earlier answer?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesadvisor.domain.events import Event
from salesadvisor.domain.rules import Rule, Test
from salesadvisor.domain.signals import SIGNAL_INDEX
from salesadvisor.domain.strategy import Strategy
from salesadvisor.log.passes import bind
from salesadvisor.study.replay import Replay, replay
from salesadvisor.study.winning import learn
from tests.builders import (
    bulk_rows,
    day,
    did,
    happened,
    log_of,
    moment,
    moved,
    opened,
    rule,
    team,
)
from tests.differential.histories import (
    TALKATIVE,
    USUAL,
    drafts,
    history,
    long_history,
    seeded_drafts,
)
from tests.differential.test_scopes_live_bulk import in_bulk
from tests.oracles.fold import second

TEAM = team(horizon_days=14, calendar={"timezone": "Europe/Berlin"})
RULES: tuple[Rule, ...] = (
    replace(rule("stuck", effort_minutes=45), when=Test("days_in_stage", "ge", 5)),
    replace(rule("likely", effort_minutes=30), when=Test("win_probability_bp", "ge", 2_000)),
    replace(rule("slow", effort_minutes=60), when=Test("days_over_won_p80", "ge", 0)),
)


def known_before(events: Sequence[Event], at: int) -> list[Event]:
    return [event for event in events if second(event.known_at) < at]


def everything_in(events: Sequence[Event], checkpoints: Sequence[int], strategy: Strategy) -> Any:
    """Signals of every scope, owners and what the whole history says, at checkpoints."""
    bound = bind(log_of(events), strategy, checkpoints[-1])
    found, rows, owners = bulk_rows(bound, checkpoints)
    learned = (found.won_p80, found.median_amount, found.rivals, found.limits)
    others = in_bulk(bound, found, workers=1)
    return rows, owners, [one.tolist() for one in learned], others


@pytest.mark.parametrize("weights", [USUAL, TALKATIVE])
@given(data=st.data())
@settings(max_examples=100, derandomize=True)
def test_a_later_recorded_event_never_changes_an_earlier_signal(
    weights: dict[str, int], data: st.DataObject
) -> None:
    events = history(data.draw(drafts(weights)))
    moments = sorted({second(event.known_at) for event in events})
    for end in {moments[0], moments[len(moments) // 2], moments[-1]}:
        checkpoints = [at for at in moments if at <= end]
        visible = known_before(events, end)
        assert everything_in(visible, checkpoints, TEAM) == everything_in(events, checkpoints, TEAM)


def test_two_years_recorded_later_leave_the_first_as_it_was_read() -> None:
    events = long_history(3)
    checkpoints = [moment(n) for n in range(40, 400, 40)]
    visible = known_before(events, checkpoints[-1])
    assert len(visible) < len(events)
    assert everything_in(visible, checkpoints, TEAM) == everything_in(events, checkpoints, TEAM)


def in_known_order(seed: int) -> list[Event]:
    """A history of many deals that win often and soon, stored as it became known."""
    events = history(seeded_drafts(seed, deals=160, events=5))
    extra = [
        happened("won", 6 + n % 50, deal=f"D-{n}", late=n % 3, id=f"w{n}") for n in range(2, 160, 3)
    ]
    return sorted([*events, *extra], key=lambda event: event.known_at)


def replayed(events: Sequence[Event], checkpoints: Sequence[int], cuts: Sequence[int]) -> Replay:
    bound = bind(log_of(events), TEAM, checkpoints[-1])
    return replay(bound, np.array(checkpoints, np.int64), RULES, learn(bound, cuts))


def answers(one: Replay) -> tuple[Any, ...]:
    """Everything that a replay says, by name."""
    words = one.history.log.words
    names = [words.deals.words[deal] for deal in one.scores["deal"]]
    scores = {name: column.tolist() for name, column in one.scores.items() if name != "deal"}
    candidates = [
        (
            words.deals.words[each["subject"]],
            *(int(each[name]) for name in ("time", "rule", "cycle", "dedupe", "priority")),
            verdict,
            rounds,
        )
        for each, verdict, rounds in zip(
            one.candidates, one.verdict.tolist(), one.rounds.tolist(), strict=True
        )
    ]
    return names, scores, candidates, one.schedule


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_later_recorded_event_never_changes_an_earlier_probability_or_advice(seed: int) -> None:
    events = in_known_order(seed)
    checkpoints = [moment(n) for n in range(10, 61, 5)]
    cuts = [moment(10), moment(35), moment(60)]
    whole = replayed(events, checkpoints, cuts)
    assert [model.kind for model in whole.schedule.models][-1] == "scorecard"
    assert len(whole.candidates) > 50
    visible = known_before(events, checkpoints[-1])
    assert len(visible) < len(events)
    assert answers(replayed(visible, checkpoints, cuts)) == answers(whole)


@pytest.mark.parametrize("seed", [4, 5])
def test_a_replay_up_to_a_day_is_the_beginning_of_a_longer_one(seed: int) -> None:
    events = in_known_order(seed)
    checkpoints = [moment(n) for n in range(10, 61, 5)]
    cuts = [moment(10), moment(35)]
    long, short = (replayed(events, checkpoints[:n], cuts) for n in (11, 7))
    end = 7
    before = long.scores["time"] < end
    for name, column in short.scores.items():
        assert long.scores[name][before].tolist() == column.tolist(), name
    first = long.candidates["time"] < end
    assert long.candidates[first].tolist() == short.candidates.tolist()
    assert long.verdict[first].tolist() == short.verdict.tolist()


def test_a_win_recorded_tomorrow_does_not_exist_today() -> None:
    events = [opened(0), moved(1, "demo"), happened("won", 3, late=2, amount="9")]
    _, rows, _ = bulk_rows(bind(log_of(events), TEAM, moment(9)), [moment(5), moment(5.01)])
    assert list(rows) == [("D-1", moment(5))]
    assert rows["D-1", moment(5)][SIGNAL_INDEX["amount_known"]] == 0


def test_a_correction_of_tomorrow_leaves_today_as_it_was_read() -> None:
    call = did(1)
    gone = happened("retracted", 6, retracts=call.source_id)
    today = [moment(n) for n in (2, 5, 6)]
    with_it, without = (
        bulk_rows(bind(log_of(events), TEAM, moment(9)), today)[1]
        for events in ([opened(0), call, gone], [opened(0), call])
    )
    assert with_it == without
    assert day(6).timestamp() == today[-1]


def test_a_late_event_from_before_all_history_moves_no_calendar() -> None:
    events = [opened(0), happened("next_step_set", 1, due=day(-28).date())]
    early = did(-60, late=90, deal="D-2")
    with_it, without = (
        bulk_rows(bind(log_of(stored), TEAM, moment(9)), [moment(5)])[1]
        for stored in ([*events, early], events)
    )
    assert with_it == without
