"""Do candidates get their worth and their verdict as plain dictionaries over weeks would say?"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import TEAM, rule, team
from tests.oracles.arbitration import Arbiter, Fired, RuleSays

from salesadvisor.domain import advice
from salesadvisor.domain.advice import VERDICTS
from salesadvisor.domain.rules import LARGEST, Rule, Urgency
from salesadvisor.domain.signals import SIGNAL_INDEX
from salesadvisor.domain.state import UNKNOWN
from salesadvisor.study.candidates import (
    CANDIDATE,
    Reading,
    arbitrate_all,
    by_checkpoint,
    collect,
    effective_rules,
    new_memory,
    numbered_pairs,
    reading,
    rule_terms,
    stakes_without_amount,
)

DAY = 86_400
MOST_PER_DEAL = 2
OF_DEALS: Reading = reading("deal", dict(SIGNAL_INDEX), 0, 0)


@dataclass(frozen=True)
class World:
    """Rules and what fired at each checkpoint, a week's number beside."""

    rules: tuple[Rule, ...]
    weeks: tuple[tuple[int, int, tuple[Fired, ...]], ...]
    capacity: dict[str, int]
    escalate_after: int
    ignored: dict[tuple[str, str], int]


def world(seed: int, *, saliences: Sequence[int] = (-500, 0, 0, 500)) -> World:
    dice = random.Random(seed)
    rules = tuple(
        rule(
            f"r{n}",
            effort_minutes=dice.choice([0, 15, 30, 60]),
            cooldown_days=dice.choice([0, 3, 7, 30]),
            expires_days=dice.choice([0, 1, 7, 14]),
            group=dice.choice([None, None, "a", "b"]),
            hit=dice.choice(["collect", "first", "priority", "priority"]),
            evidence=dice.choice(["hypothesis", "hypothesis", "published", "measured"]),
            salience=dice.choice(saliences),
        )
        for n in range(dice.randrange(1, 6))
    )
    reps = ["eve", "ole", "ann"]
    weeks = []
    day = 0
    for _ in range(dice.randrange(1, 15)):
        day += dice.choice([1, 1, 2, 7])
        fired = tuple(
            Fired(
                deal=f"D{deal}",
                rule=one.id,
                rep=None if dice.random() < 0.1 else reps[deal % 3],
                dedupe=dice.choice([5, 5, 5, 6]),
                priority=dice.choice([-5, 0, 1, 10, 10, 500, 2**40]),
                stake=dice.choice([7, 7, 8]),
                planned=dice.random() < 0.1,
            )
            for deal in range(6)
            for one in rules
            if dice.random() < 0.5
        )
        weeks.append((day * DAY, day // 7, fired))
    return World(
        rules,
        tuple(weeks),
        {rep: dice.choice([0, 60, 300]) for rep in reps},
        dice.choice([0, 2]),
        {(f"D{deal}", one.id): dice.choice([0, 0, 2, 3]) for deal in range(6) for one in rules},
    )


def by_the_oracle(given_world: World) -> list[tuple[str, int]]:
    says = {
        one.id: RuleSays(
            one.effort_minutes,
            one.cooldown_days,
            one.expires_days,
            one.group,
            one.salience,
            one.hit,
            one.evidence,
        )
        for one in given_world.rules
    }
    arbiter = Arbiter(
        says, given_world.capacity, MOST_PER_DEAL, given_world.escalate_after, given_world.ignored
    )
    return [
        answer
        for moment, week, fired in given_world.weeks
        for answer in arbiter.decide(fired, moment, week)
    ]


def by_the_product(given_world: World) -> list[tuple[str, int]]:
    number = {one.id: place for place, one in enumerate(given_world.rules)}
    reps = list(given_world.capacity)
    rows = [(time, one) for time, (_, _, fired) in enumerate(given_world.weeks) for one in fired]
    found = np.zeros(len(rows), CANDIDATE)
    for place, (time, one) in enumerate(rows):
        found[place]["subject"] = int(one.deal[1:])
        found[place]["rule"] = number[one.rule]
        found[place]["rep"] = UNKNOWN if one.rep is None else reps.index(one.rep)
        found[place]["time"] = time
        found[place]["dedupe"] = one.dedupe
        found[place]["priority"] = one.priority
        found[place]["stake"] = one.stake
        found[place]["planned"] = one.planned
    found, starts = by_checkpoint([found], len(given_world.weeks))
    slot, slots = numbered_pairs(found, len(number), 6)
    verdict, rounds = np.full(len(rows), 99, np.int8), np.zeros(len(rows), np.int64)
    memory = new_memory(slots, len(reps), 6)
    for place, (deal, rule_number) in enumerate(found[["subject", "rule"]].tolist()):
        pair = f"D{deal}", given_world.rules[rule_number].id
        memory.ignored[slot[place]] = given_world.ignored[pair]
    minutes = np.array(list(given_world.capacity.values()), np.int64)
    arbitrate_all(
        found,
        slot,
        starts,
        np.array([moment for moment, _, _ in given_world.weeks], np.int64),
        np.array([week for _, week, _ in given_world.weeks], np.int64),
        memory,
        rule_terms(given_world.rules, TEAM, SIGNAL_INDEX),  # type: ignore[arg-type]
        np.tile(minutes, (len(given_world.weeks), 1)),
        np.full(6, MOST_PER_DEAL),
        given_world.escalate_after,
        verdict,
        rounds,
    )
    return [
        (VERDICTS[code], times)
        for code, times in zip(verdict.tolist(), rounds.tolist(), strict=True)
    ]


@given(st.integers(0, 10**9))
@settings(max_examples=300, derandomize=True)
def test_arbitration_is_what_dictionaries_over_weeks_say(seed: int) -> None:
    given_world = world(seed)
    assert by_the_product(given_world) == by_the_oracle(given_world)


def test_every_salience_that_a_rule_may_have_comes_in_its_order() -> None:
    worlds = [world(seed, saliences=(-1_000, -600, 0, 600, 1_000)) for seed in range(60)]
    assert [by_the_product(one) for one in worlds] == [by_the_oracle(one) for one in worlds]


def test_random_worlds_know_every_verdict() -> None:
    seen = Counter(verdict for seed in range(60) for verdict, _ in by_the_product(world(seed)))
    assert set(seen) == set(VERDICTS)


def test_no_rep_week_and_no_deal_gets_more_than_it_may() -> None:
    for seed in range(60):
        given_world = world(seed)
        effort = {one.id: one.effort_minutes for one in given_world.rules}
        answers = iter(by_the_product(given_world))
        minutes: Counter[tuple[str | None, int]] = Counter()
        for _, week, fired in given_world.weeks:
            shown: Counter[str] = Counter()
            carried: Counter[str] = Counter()
            for one in fired:
                verdict, _ = next(answers)
                minutes[one.rep, week] += effort[one.rule] if verdict == "shown" else 0
                shown[one.deal] += verdict == "shown"
                carried[one.deal] += verdict in ("shown", "same action already open")
            assert all(carried[deal] <= MOST_PER_DEAL for deal in +shown)
        assert all(used <= given_world.capacity[str(rep)] for (rep, _), used in (+minutes).items())


def test_the_same_advice_is_not_given_again_before_it_expired_and_cooled_down() -> None:
    for seed in range(60):
        given_world = world(seed)
        rules = {one.id: one for one in given_world.rules}
        answers = iter(by_the_product(given_world))
        last: dict[tuple[str, str], tuple[int, int]] = {}
        for moment, _, fired in given_world.weeks:
            for one in fired:
                verdict, _ = next(answers)
                if verdict != "shown":
                    continue
                at, dedupe = last.get((one.deal, one.rule), (-(10**9), -1))
                quiet = max(rules[one.rule].expires_days, rules[one.rule].cooldown_days) * DAY
                assert dedupe != one.dedupe or moment >= at + quiet
                last[one.deal, one.rule] = (moment, one.dedupe)


def test_a_candidate_is_worth_what_the_domain_says() -> None:
    rules = (
        rule("amount", urgency=Urgency(signal="days_in_stage", per_unit_permille=100)),
        rule("fixed", stake="fixed", stake_minor=5_000, evidence="measured", effort_minutes=10),
        rule("silent"),
    )
    terms = rule_terms(rules, TEAM, SIGNAL_INDEX)  # type: ignore[arg-type]
    block = np.full((len(SIGNAL_INDEX), 3), UNKNOWN, np.int64)
    for name, values in {
        "amount_minor": [9_000_000, UNKNOWN, 10],
        "win_probability_bp": [5_000, 2_000, 9_000],
        "days_in_stage": [7, UNKNOWN, 100],
        "cycle": [1, 2, 1],
        "stage": [3, UNKNOWN, 0],
        "stage_visits": [2, 0, 1],
    }.items():
        block[SIGNAL_INDEX[name]] = values
    bits = np.array([[0b011], [0b011], [0b010]], np.uint64)
    effective = np.array([[1, 1], [1, 0], [1, 1]], np.uint8)
    found = collect(
        bits, block, 3, np.array([4, 5, 6]), np.array([0, 1, 1]), np.array([0, UNKNOWN, 1]),
        np.array([70_000, 80_000]), effective, terms, OF_DEALS,
    )  # fmt: skip
    assert found[["subject", "rule", "rep"]].tolist() == [(4, 0, 0), (4, 1, 0), (5, 0, UNKNOWN)]
    assert found["stake"].tolist() == [9_000_000, 5_000, 80_000]
    assert found["urgency"].tolist() == [1_700, 1_000, 1_000]
    # 30 per mille at even odds; 150 per mille; 30 per mille of 4 x 0.2 x 0.8.
    assert found["chance_bp"].tolist() == [300, 1_500, 192]
    # 9,000,000 x 3 % x 1.7 - half an hour; 5,000 x 15 % - ten minutes; 80,000 x 1.92 % - ...
    assert found["priority"].tolist() == [459_000 - 5_000, 750 - 1_666, 1_536 - 5_000]
    dedupe = advice.mix(advice.mix(0, 3), 2)
    assert found["dedupe"].tolist()[:2] == [dedupe, dedupe]
    assert found["dedupe"][2] == advice.mix(advice.mix(0, UNKNOWN), 0)


def test_the_largest_amount_is_worth_what_it_is() -> None:
    rules = (rule("x", evidence="measured", effort_minutes=0),)
    terms = rule_terms(rules, TEAM, SIGNAL_INDEX)  # type: ignore[arg-type]
    block = np.full((len(SIGNAL_INDEX), 1), 5_000, np.int64)
    block[SIGNAL_INDEX["amount_minor"]] = LARGEST
    found = collect(
        np.array([[1]], np.uint64), block, 1, np.array([0]), np.array([0]), np.array([0]),
        np.array([0]), np.ones((1, 1), np.uint8), terms, OF_DEALS,
    )  # fmt: skip
    assert found["priority"].tolist() == [LARGEST * 1_500 // 10_000]
    assert advice.priority_minor(1_500, LARGEST, 1_000, 1_000, 0) == LARGEST * 1_500 // 10_000


def test_a_deal_without_an_amount_stakes_the_median_else_what_the_team_assumes() -> None:
    strategy = team(accountability={"assumed_amount": 250})
    stakes = stakes_without_amount(np.array([UNKNOWN, 700]), strategy)
    assert stakes.tolist() == [25_000, 700]


def test_a_rule_speaks_on_the_days_of_its_period_only() -> None:
    rules = (
        rule("always"),
        rule("off", enabled=False),
        rule("june", effective_from=date(2024, 6, 1), effective_to=date(2024, 6, 30)),
    )
    days = [date(2024, 5, 31), date(2024, 6, 1), date(2024, 6, 30), date(2024, 7, 1)]
    table = effective_rules(rules, days)
    assert table.tolist() == [[1, 1, 1, 1], [0, 0, 0, 0], [0, 1, 1, 0]]
    assert effective_rules((), days).shape == (0, 4)


def test_candidates_of_several_panels_stand_by_checkpoint_then_deal() -> None:
    parts = [np.zeros(3, CANDIDATE), np.zeros(0, CANDIDATE), np.zeros(2, CANDIDATE)]
    parts[0]["time"], parts[0]["subject"] = [0, 2, 2], [1, 1, 1]
    parts[2]["time"], parts[2]["subject"] = [0, 1], [2, 2]
    found, starts = by_checkpoint(parts, 4)
    assert found[["time", "subject"]].tolist() == [(0, 1), (0, 2), (1, 2), (2, 1), (2, 1)]
    assert starts.tolist() == [0, 2, 3, 5, 5]
    nothing, starts = by_checkpoint([], 2)
    assert (len(nothing), starts.tolist()) == (0, [0, 0, 0])
