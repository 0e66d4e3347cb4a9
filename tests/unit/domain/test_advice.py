"""What is advice worth, and what is it called?"""

from __future__ import annotations

import pytest

from salesadvisor.domain.advice import (
    ALREADY_OPEN,
    BEST,
    COOLING_DOWN,
    ESCALATED,
    HYPOTHESIS,
    MEASURED,
    NO_GROUP,
    PUBLISHED,
    SHOWN,
    STEP_PLANNED,
    UNDECIDED,
    VERDICTS,
    Candidates,
    Memory,
    RuleTerms,
    arbitrate,
    cap_hypotheses,
    chance_bp,
    headroom_bp,
    is_planned,
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
    assert len(VERDICTS) == len(set(VERDICTS)) == 10
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
            "hit": [BEST],
            "dedupe_start": [0, 0],
            "dedupe_column": [],
        }
    )


def memory(*, issued: int, answered: int = UNKNOWN, dedupe: int = 5, ignored: int = 0) -> Memory:
    return Memory(
        issued_at=[issued], issued_dedupe=[dedupe], issued_rounds=[1], closed_at=[answered],
        ignored=[ignored], used=[0], used_week=[0], carried=[0], groups=[0], first_hits=[0],
        counted_at=[UNKNOWN],
    )  # fmt: skip


def competing(*subjects: int, dedupe: int = 5, planned: int = 0) -> Candidates:
    """One candidate a subject, each with its own slot, all of the rule 0 and the rep 0."""
    count = len(subjects)
    return Candidates(
        subject=list(subjects), rule=[0] * count, rep=[0] * count, slot=list(subjects),
        dedupe=[dedupe] * count, priority=[10 - place for place in range(count)],
        stake=[0] * count, planned=[planned] * count, verdict=[UNDECIDED] * count,
        rounds=[0] * count, first_key=[0] * count, second_key=[0] * count,
    )  # fmt: skip


def verdict(
    remembered: Memory, at: int, *, dedupe: int = 5, planned: int = 0, escalate_after: int = 2
) -> tuple[int, int]:
    one = competing(0, dedupe=dedupe, planned=planned)
    settle_standing(one, remembered, rules(), escalate_after, at)
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
        issued_at=[UNKNOWN] * 3, issued_dedupe=[UNKNOWN] * 3, issued_rounds=[0] * 3,
        closed_at=[UNKNOWN] * 3, ignored=[0] * 3, used=[0], used_week=[UNKNOWN], carried=[0] * 3,
        groups=[0] * 3, first_hits=[0] * 3, counted_at=[0] * 3,
    )  # fmt: skip
    three, last = competing(0, 1, 2), competing(2)
    most = [9] * 3
    assert arbitrate(three, [0, 1, 2], remembered, rules(), [60], most, 0, 100) == 2
    assert arbitrate(last, [0], remembered, rules(), [60], most, DAY, 100) == 0
    assert arbitrate(last, [0], remembered, rules(), [60], most, 7 * DAY, 101) == 1


def test_what_was_ignored_so_often_is_the_managers() -> None:
    assert verdict(memory(issued=0, ignored=2), 4 * DAY)[0] == ESCALATED
    assert verdict(memory(issued=0, ignored=1), 4 * DAY)[0] == COOLING_DOWN
    assert verdict(memory(issued=0, ignored=2), 4 * DAY, escalate_after=0)[0] == COOLING_DOWN
    # Not while it is open, nor once it is answered, nor in another situation.
    assert verdict(memory(issued=0, ignored=2), 2 * DAY)[0] == ALREADY_OPEN
    assert verdict(memory(issued=0, ignored=2, answered=DAY), 9 * DAY)[0] == UNDECIDED
    assert verdict(memory(issued=0, ignored=2), 4 * DAY, dedupe=6)[0] == UNDECIDED


def test_a_step_that_is_planned_is_not_advised_but_stays_where_it_is_open() -> None:
    assert verdict(memory(issued=UNKNOWN), DAY, planned=1)[0] == STEP_PLANNED
    assert verdict(memory(issued=0), DAY, planned=1)[0] == ALREADY_OPEN


@pytest.mark.parametrize(
    "days, kind, expected",
    [(0, 2, 1), (7, 2, 1), (8, 2, 0), (3, 1, 0), (3, UNKNOWN, 0), (UNKNOWN, 2, 0)],
)
def test_a_step_is_planned_when_its_kind_comes_within_the_days_of_the_action(
    days: int, kind: int, expected: int
) -> None:
    assert is_planned(days, kind, 2, 7) == expected


def test_a_rule_that_no_activity_takes_is_never_planned() -> None:
    assert is_planned(3, UNKNOWN, UNKNOWN, 7) == 0


def ranked(*made: tuple[int, int, int, int]) -> list[tuple[int, int]]:
    """The keys of candidates, (stake, evidence, salience, priority) each, once capped."""
    one = competing(*range(len(made)))
    terms = rules()._replace(evidence=[evidence for _, evidence, _, _ in made])
    capped = one._replace(
        rule=list(range(len(made))),
        stake=[stake for stake, *_ in made],
        first_key=[salience for *_, salience, _ in made],
        second_key=[priority for *_, priority in made],
    )
    cap_hypotheses(capped, sorted(range(len(made)), key=lambda n: capped.stake[n]), terms)
    return list(zip(capped.first_key, capped.second_key, strict=True))


def test_a_hypothesis_is_ranked_no_higher_than_any_measured_rule_of_its_stake() -> None:
    assert ranked((7, HYPOTHESIS, 5, 90), (7, MEASURED, 0, 40), (7, MEASURED, 0, 10)) == [
        (0, 10),
        (0, 40),
        (0, 10),
    ]
    assert ranked((7, HYPOTHESIS, 0, 5), (7, MEASURED, 0, 40)) == [(0, 5), (0, 40)]


def test_only_a_hypothesis_is_capped_and_only_where_the_same_is_at_stake() -> None:
    untouched = [(8, HYPOTHESIS, 5, 90), (7, PUBLISHED, 5, 90), (7, MEASURED, 0, 10)]
    assert ranked(*untouched) == [(5, 90), (5, 90), (0, 10)]


def test_a_name_says_of_which_scope_it_is() -> None:
    of_a_rep = recommendation_id("D-1", "call_them", 1, 77, 0, "rep")
    assert of_a_rep != recommendation_id("D-1", "call_them", 1, 77, 0)
    assert of_a_rep != recommendation_id("D-1", "call_them", 1, 77, 0, "account")
