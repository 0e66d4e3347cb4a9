"""What is advice worth, and what is it called?"""

from __future__ import annotations

import pytest

from salesadvisor.domain.advice import (
    ALREADY_OPEN,
    COOLING_DOWN,
    NO_GROUP,
    SHOWN,
    UNDECIDED,
    VERDICTS,
    Candidates,
    Memory,
    RuleTerms,
    arbitrate,
    chance_bp,
    headroom_bp,
    mix,
    priority_minor,
    recommendation_id,
    settle_standing,
    urgency_permille,
)
from salesadvisor.domain.state import UNKNOWN

DAY = 86_400


@pytest.mark.parametrize(
    "probability, headroom", [(0, 0), (5_000, 10_000), (10_000, 0), (2_500, 7_500), (1, 3)]
)
def test_an_action_moves_most_at_even_odds_and_nothing_that_is_certain(
    probability: int, headroom: int
) -> None:
    assert headroom_bp(probability) == headroom


def test_the_chance_is_the_effect_in_the_room_there_is() -> None:
    assert chance_bp(150, 5_000) == 1_500
    assert chance_bp(150, 1_000) == 540
    assert chance_bp(0, 5_000) == 0


def test_a_priority_is_the_gain_weighed_and_urged_less_the_reps_time() -> None:
    assert priority_minor(1_500, 1_000_000, 2_000, 1_500, 5_000) == 445_000
    assert priority_minor(0, 1_000_000, 2_000, 1_500, 5_000) == -5_000


@pytest.mark.parametrize(
    "value, urgency", [(UNKNOWN, 1_000), (-3, 1_000), (0, 1_000), (4, 1_400), (99, 3_000)]
)
def test_urgency_grows_with_its_signal_up_to_a_limit(value: int, urgency: int) -> None:
    assert urgency_permille(value, 100, 3_000) == urgency


def test_a_dedupe_key_depends_on_every_value_and_their_order() -> None:
    keys = {mix(mix(0, a), b) for a in (UNKNOWN, 0, 1, 2) for b in (UNKNOWN, 0, 1, 2)}
    assert len(keys) == 16
    assert all(0 <= key < 2**31 for key in keys)


def test_a_name_is_the_same_in_every_run_and_another_for_another_situation() -> None:
    name = recommendation_id("D-1", "call_them", 1, 77, 0)
    assert name == "rec-9ee99eb07450009e" == recommendation_id("D-1", "call_them", 1, 77, 0)
    others = {
        recommendation_id(*situation)
        for situation in [
            ("D-2", "call_them", 1, 77, 0),
            ("D-1", "write_them", 1, 77, 0),
            ("D-1", "call_them", 2, 77, 0),
            ("D-1", "call_them", 1, 78, 0),
            ("D-1", "call_them", 1, 77, 1),
        ]
    }
    assert len(others | {name}) == 6


def test_every_verdict_reads_as_words() -> None:
    assert len(VERDICTS) == len(set(VERDICTS)) == 8
    assert VERDICTS[SHOWN] == "shown"


def rules(*, cooldown: int = 7, expiry: int = 3) -> RuleTerms:
    one = {name: [0] for name in RuleTerms._fields}
    return RuleTerms(
        **{
            **one,
            "effort_minutes": [30],
            "cooldown": [cooldown * DAY],
            "expiry": [expiry * DAY],
            "group": [NO_GROUP],
            "dedupe_start": [0, 0],
            "dedupe_column": [],
        }
    )


def memory(*, issued: int, answered: int = UNKNOWN, dedupe: int = 5) -> Memory:
    return Memory([issued], [dedupe], [1], [answered], [0], [0], [0], [0], [UNKNOWN])


def verdict(remembered: Memory, at: int, *, dedupe: int = 5) -> tuple[int, int]:
    one = Candidates([0], [0], [0], [0], [dedupe], [10], [UNDECIDED], [0])
    settle_standing(one, remembered, rules(), at)
    return one.verdict[0], one.rounds[0]


@pytest.mark.parametrize(
    "days, expected",
    [(0, ALREADY_OPEN), (2.9, ALREADY_OPEN), (3, COOLING_DOWN), (6.9, COOLING_DOWN)],
)
def test_advice_is_open_until_it_expires_and_then_cools_down(days: float, expected: int) -> None:
    assert verdict(memory(issued=0), int(days * DAY)) == (expected, 1)
    assert verdict(memory(issued=0), 7 * DAY) == (UNDECIDED, 1)


def test_answered_advice_cools_down_from_its_answer() -> None:
    answered = memory(issued=0, answered=2 * DAY)
    assert verdict(answered, 2 * DAY + 1) == (COOLING_DOWN, 1)
    assert verdict(answered, 9 * DAY - 1) == (COOLING_DOWN, 1)
    assert verdict(answered, 9 * DAY) == (UNDECIDED, 1)


def test_advice_on_another_situation_is_new_at_once() -> None:
    assert verdict(memory(issued=0), DAY, dedupe=6) == (UNDECIDED, 1)


def test_a_week_that_is_full_is_empty_again_on_the_next_monday() -> None:
    remembered = Memory(
        [UNKNOWN] * 3, [UNKNOWN] * 3, [0] * 3, [UNKNOWN] * 3, [0], [UNKNOWN], [0] * 3, [0] * 3,
        [0] * 3,
    )  # fmt: skip
    three = Candidates(
        [0, 1, 2], [0] * 3, [0] * 3, [0, 1, 2], [5] * 3, [3, 2, 1], [UNDECIDED] * 3, [0] * 3
    )
    assert arbitrate(three, [0, 1, 2], remembered, rules(), [60], 9, 0, 100) == 2
    last = Candidates([2], [0], [0], [2], [5], [1], [UNDECIDED], [0])
    assert arbitrate(last, [0], remembered, rules(), [60], 9, DAY, 100) == 0
    assert arbitrate(last, [0], remembered, rules(), [60], 9, 7 * DAY, 101) == 1
