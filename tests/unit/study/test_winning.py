"""What may a model learn at a cut, and which model speaks when?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from tests.builders import (
    TEAM,
    corrected,
    day,
    happened,
    log_of,
    moment,
    opened,
    retracted,
)
from tests.differential.histories import history, seeded_drafts

from salesadvisor.domain.events import Event
from salesadvisor.domain.signals import SIGNAL_INDEX
from salesadvisor.log.passes import bind
from salesadvisor.model.base_rate import base_rate_model
from salesadvisor.model.training import Training
from salesadvisor.study import winning
from salesadvisor.study.winning import Lessons, Schedule, lessons, refit_cuts, walk_forward

DAY = 86_400
HORIZON = 30 * DAY


def taught(events: Sequence[Event], until: float = 200) -> Lessons:
    return lessons(bind(log_of(events), TEAM, moment(until)), moment(until))


def labels(events: Sequence[Event], cut: float, until: float = 200) -> list[tuple[int, bool]]:
    """(day of the checkpoint, won within the horizon) of what had matured at `cut`."""
    training = taught(events, until).matured(moment(cut), HORIZON)
    days = (training.as_of - moment(0)) // DAY
    return list(zip(days.tolist(), training.won_within.tolist(), strict=True))


def test_a_deal_teaches_every_fourteen_days_while_it_is_open() -> None:
    assert labels([opened(0), happened("lost", 40)], 200) == [(14, False), (28, False)]


def test_a_win_within_the_horizon_is_one_and_a_later_win_is_none() -> None:
    events = [opened(0), happened("won", 50)]
    assert labels(events, 200) == [(14, False), (28, True), (42, True)]


def test_a_win_at_the_very_end_of_the_horizon_comes_too_late() -> None:
    assert labels([opened(0), happened("won", 44)], 200)[0] == (14, False)
    assert labels([opened(0), happened("won", 43.99)], 200)[0] == (14, True)


@pytest.mark.parametrize("cut, matured", [(43.9, 0), (44, 1), (58, 2), (72, 3)])
def test_a_checkpoint_teaches_once_its_horizon_is_over(cut: float, matured: int) -> None:
    assert len(labels([opened(0), happened("won", 50)], cut)) == matured


def test_a_win_recorded_tomorrow_does_not_exist_today() -> None:
    events = [opened(0), happened("won", 20, late=40)]
    assert labels(events, 60)[:1] == [(14, False)]
    assert labels(events, 60.1)[:1] == [(14, True)]


def test_a_win_that_is_retracted_is_no_win_from_then_on() -> None:
    won = happened("won", 20)
    events = [opened(0), won, retracted(won, 70)]
    assert [labels(events, cut)[0] for cut in (50, 70, 71)] == [(14, True), (14, True), (14, False)]


def test_a_win_that_is_corrected_to_another_day_counts_by_that_day() -> None:
    won = happened("won", 20)
    events = [opened(0), won, corrected(won, 70, day_now=60)]
    assert [labels(events, cut)[0] for cut in (69, 71)] == [(14, True), (14, False)]


def test_a_voided_deal_teaches_nothing_once_that_is_known() -> None:
    events = [opened(0), happened("voided", 60)]
    assert len(labels(events, 60)) == 2
    assert labels(events, 61) == []


def test_each_cycle_of_a_deal_has_its_own_outcome() -> None:
    events = [opened(0), happened("lost", 20), happened("reopened", 25), happened("won", 40)]
    assert labels(events, 200) == [(14, False), (28, True)]


def test_signals_are_those_of_the_checkpoint_and_not_of_the_cut() -> None:
    events = [opened(0), happened("amount_changed", 10, late=20, to="9"), happened("lost", 50)]
    rows = taught(events).matured(moment(200), HORIZON).rows
    assert rows[:, SIGNAL_INDEX["amount_known"]].tolist() == [0, 0, 1]


def test_a_large_history_is_sampled_by_whole_deals(monkeypatch: pytest.MonkeyPatch) -> None:
    events = history(seeded_drafts(9, deals=60, events=6))
    whole = taught(events)
    monkeypatch.setattr(winning, "MOST_TEACHING_ROWS", len(whole.deal) // 4)
    some = taught(events)
    assert 0 < len(some.deal) < len(whole.deal)
    chosen = np.isin(whole.deal, some.deal)
    assert some.rows.tolist() == whole.rows[chosen].tolist()
    assert some.as_of.tolist() == whole.as_of[chosen].tolist()


def test_nothing_teaches_nothing() -> None:
    assert len(taught([]).matured(moment(9), HORIZON)) == 0


def test_a_replay_refits_at_its_first_checkpoint_and_after_each_period() -> None:
    moments = np.array([moment(n) for n in (0, 50, 90, 100, 179, 181)])
    assert refit_cuts(moments, 90) == [moment(0), moment(90), moment(181)]
    assert refit_cuts(moments[:0], 90) == []


def test_a_model_serves_from_its_cut_to_the_next() -> None:
    nobody = Training(**_empty())
    models = tuple(
        base_rate_model(nobody, horizon_days=30, trained_until=moment(n)) for n in (10, 20)
    )
    asked = np.array([moment(n) for n in (5, 10, 19.9, 20, 99)])
    assert Schedule(models).serving(asked).tolist() == [0, 0, 0, 1, 1]


def _empty() -> dict[str, np.ndarray]:
    return {
        "rows": np.empty((0, len(SIGNAL_INDEX)), np.int64),
        "deal": np.empty(0, np.int64),
        "as_of": np.empty(0, np.int64),
        "won_within": np.empty(0, np.bool_),
    }


def test_each_cut_learns_from_what_had_matured_by_then() -> None:
    seen: list[tuple[int, int]] = []

    def fit(training: Training, cut: int):  # type: ignore[no-untyped-def]
        seen.append((cut, len(training)))
        return base_rate_model(training, horizon_days=30, trained_until=cut)

    cuts = [moment(44), moment(58)]
    schedule = walk_forward(taught([opened(0), happened("won", 50)]), cuts, 30, fit)
    assert seen == [(moment(44), 1), (moment(58), 2)]
    assert [model.trained_until for model in schedule.models] == cuts
    assert day(44).timestamp() == cuts[0]
