"""Which of the rules that fired become advice, and why not the others?

Priority = chance that the action helps x value at stake x strategy weight x urgency - cost of the
rep's time. Each rep has minutes a week, each deal a number of recommendations it may carry; advice
that is open or cooling down is not given again. Nothing is dropped without its reason.

Like the fold, `arbitrate` is plain Python on integers and runs in both gears.
"""

from __future__ import annotations

import hashlib
from collections.abc import MutableSequence, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from salesadvisor.domain.state import UNKNOWN

# What became of a candidate.
SHOWN = 0
ALREADY_OPEN = 1
COOLING_DOWN = 2
NO_OWNER = 3
NOT_WORTH_IT = 4
BETTER_IN_GROUP = 5
DEAL_IS_FULL = 6
OVER_CAPACITY = 7
UNDECIDED = -1
VERDICTS = (
    "shown",
    "same action already open",
    "cooling down",
    "deal has no owner",
    "worth less than the rep's time",
    "better advice in its group",
    "deal has enough advice",
    "over the rep's capacity",
)
NO_GROUP = -1
_HASH_MODULUS = 2_147_483_647
_HASH_FACTOR = 1_000_003


class RuleTerms(NamedTuple):
    """What arbitration needs of the rules, by rule index. Times in seconds, money in minor units.

    `stake_minor` is UNKNOWN where the deal's amount is at stake; `urgency_column` is -1 where a
    rule states none. The dedupe signals of rule r are
    `dedupe_column[dedupe_start[r]:dedupe_start[r+1]]`.
    """

    effect_permille: Sequence[int]
    weight_permille: Sequence[int]
    cost_minor: Sequence[int]
    effort_minutes: Sequence[int]
    cooldown: Sequence[int]
    expiry: Sequence[int]
    group: Sequence[int]
    salience: Sequence[int]
    stake_minor: Sequence[int]
    urgency_column: Sequence[int]
    urgency_per_unit: Sequence[int]
    urgency_most: Sequence[int]
    dedupe_start: Sequence[int]
    dedupe_column: Sequence[int]


class Candidates(NamedTuple):
    """Rules that fired at one checkpoint, in (deal, rule) order: parallel sequences.

    `slot` numbers the pairs of deal and rule that ever fired, `deal` numbers the deals and `rep`
    the owners (UNKNOWN without one); `rounds` is filled with how often the rule advised the
    deal before.
    """

    deal: Sequence[int]
    rule: Sequence[int]
    rep: Sequence[int]
    slot: Sequence[int]
    dedupe: Sequence[int]
    priority: Sequence[int]
    verdict: MutableSequence[int]
    rounds: MutableSequence[int]


class Memory(NamedTuple):
    """What was advised before: by slot, by rep and by deal. Lives from checkpoint to checkpoint.

    `closed_at` is when the rep answered the advice (UNKNOWN while unanswered); `used` are minutes
    taken in `used_week`; the deal counts are valid while `counted_at` is the present checkpoint.
    """

    issued_at: MutableSequence[int]
    issued_dedupe: MutableSequence[int]
    issued_rounds: MutableSequence[int]
    closed_at: MutableSequence[int]
    used: MutableSequence[int]
    used_week: MutableSequence[int]
    deal_count: MutableSequence[int]
    deal_groups: MutableSequence[int]
    counted_at: MutableSequence[int]


@dataclass(frozen=True, slots=True)
class PriorityParts:
    """A priority and what it is made of."""

    priority_minor: int
    chance_bp: int
    stake_minor: int
    weight_permille: int
    urgency_permille: int
    cost_minor: int


def headroom_bp(win_probability_bp: int) -> int:
    """How much an action can still move a deal: 4 p (1 - p) in basis points, full at even odds.

    An effect that adds to the log-odds moves the probability by p (1 - p) times itself.
    """
    return 4 * win_probability_bp * (10_000 - win_probability_bp) // 10_000


def chance_bp(effect_permille: int, win_probability_bp: int) -> int:
    """The chance that following the advice changes the outcome, in basis points."""
    return effect_permille * headroom_bp(win_probability_bp) // 1_000


def priority_minor(chance: int, stake: int, weight_permille: int, urgency: int, cost: int) -> int:
    """Expected worth of following the advice, less the rep's time, in minor units."""
    gain = share_of(stake, chance, 10_000)
    return share_of(share_of(gain, weight_permille, 1_000), urgency, 1_000) - cost


def share_of(amount: int, part: int, whole: int) -> int:
    """`amount * part // whole`, without a product that 64 bits can't hold."""
    return amount // whole * part + amount % whole * part // whole


def urgency_permille(value: int, per_unit: int, most: int) -> int:
    """1,000 per mille, plus `per_unit` for each unit of the signal, at most `most`."""
    if value == UNKNOWN or value <= 0:
        return 1_000
    return min(1_000 + per_unit * value, most)


def mix(dedupe: int, value: int) -> int:
    """Fold one more signal value into a dedupe key (a number below 2^31)."""
    return (dedupe * _HASH_FACTOR + value) % _HASH_MODULUS


def settle_standing(candidates: Candidates, memory: Memory, rules: RuleTerms, as_of: int) -> int:
    """Decide the candidates that need no comparison; returns how many stay UNDECIDED.

    Advice still open counts against what its deal may carry.
    """
    undecided = 0
    for index in range(len(candidates.deal)):
        slot = candidates.slot[index]
        rule = candidates.rule[index]
        deal = candidates.deal[index]
        if memory.counted_at[deal] != as_of:
            memory.counted_at[deal] = as_of
            memory.deal_count[deal] = 0
            memory.deal_groups[deal] = 0
        issued = memory.issued_at[slot]
        same = issued != UNKNOWN and memory.issued_dedupe[slot] == candidates.dedupe[index]
        candidates.rounds[index] = memory.issued_rounds[slot]
        answered = memory.closed_at[slot]
        if issued != UNKNOWN and answered == UNKNOWN and as_of < issued + rules.expiry[rule]:
            if same:
                candidates.verdict[index] = ALREADY_OPEN
                memory.deal_count[deal] += 1
                if rules.group[rule] != NO_GROUP:
                    memory.deal_groups[deal] |= 1 << rules.group[rule]
                continue
        quiet_from = max(issued, answered)
        if same and as_of < quiet_from + rules.cooldown[rule]:
            candidates.verdict[index] = COOLING_DOWN
        elif candidates.rep[index] == UNKNOWN:
            candidates.verdict[index] = NO_OWNER
        elif candidates.priority[index] <= 0:
            candidates.verdict[index] = NOT_WORTH_IT
        else:
            candidates.verdict[index] = UNDECIDED
            undecided += 1
    return undecided


def arbitrate(
    candidates: Candidates,
    order: Sequence[int],
    memory: Memory,
    rules: RuleTerms,
    capacity: Sequence[int],
    most_per_deal: int,
    as_of: int,
    week: int,
) -> int:
    """Fill each rep's week with the undecided candidates in `order`; returns how many are shown.

    `order` lists the UNDECIDED candidates, best first within each rep. `capacity` are minutes a
    week by rep, `week` the number of the present one.
    """
    shown = 0
    for place in range(len(order)):
        index = order[place]
        deal = candidates.deal[index]
        rule = candidates.rule[index]
        rep = candidates.rep[index]
        group = rules.group[rule]
        if memory.used_week[rep] != week:
            memory.used_week[rep] = week
            memory.used[rep] = 0
        if group != NO_GROUP and memory.deal_groups[deal] >> group & 1:
            candidates.verdict[index] = BETTER_IN_GROUP
        elif memory.deal_count[deal] >= most_per_deal:
            candidates.verdict[index] = DEAL_IS_FULL
        elif memory.used[rep] + rules.effort_minutes[rule] > capacity[rep]:
            candidates.verdict[index] = OVER_CAPACITY
        else:
            candidates.verdict[index] = SHOWN
            memory.used[rep] += rules.effort_minutes[rule]
            memory.deal_count[deal] += 1
            if group != NO_GROUP:
                memory.deal_groups[deal] |= 1 << group
            slot = candidates.slot[index]
            memory.issued_at[slot] = as_of
            memory.issued_dedupe[slot] = candidates.dedupe[index]
            memory.issued_rounds[slot] = candidates.rounds[index] + 1
            memory.closed_at[slot] = UNKNOWN
            shown += 1
    return shown


def recommendation_id(deal: str, rule: str, cycle: int, dedupe: int, rounds: int) -> str:
    """The stable name of a piece of advice: the same situation gets the same id in every run."""
    text = f"{deal}\n{rule}\n{cycle}\n{dedupe}\n{rounds}"
    return "rec-" + hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
