"""Which of the rules that fired become advice, and why not the others?

Priority = chance that the action helps x value at stake x strategy weight x urgency - cost of the
rep's time. Each rep has minutes a week, each deal a number of recommendations it may carry; advice
that is open or cooling down is not given again, and a step that is planned is not advised. Nothing
is dropped without its reason. Advice is about a subject: a deal, an account, a rep, the team or a
goal; all of it competes for the same minutes.

Like the fold, `arbitrate` is plain Python on integers and runs in both gears.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, MutableSequence, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

from salesadvisor.domain.rules import Evidence, HitPolicy, Scope
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
STEP_PLANNED = 8
ESCALATED = 9
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
    "a step is already planned",
    "left unanswered, now with the manager",
)
NO_GROUP = -1
COLLECT, FIRST, BEST = range(3)
HIT_CODES: Final[Mapping[HitPolicy, int]] = MappingProxyType(
    {"collect": COLLECT, "first": FIRST, "priority": BEST}
)
HYPOTHESIS, PUBLISHED, MEASURED = range(3)
EVIDENCE_CODES: Final[Mapping[Evidence, int]] = MappingProxyType(
    {"hypothesis": HYPOTHESIS, "published": PUBLISHED, "measured": MEASURED}
)
UNLIMITED = 1 << 40
"""Minutes, or recommendations, that nobody reaches."""
RANKED_SCOPES: Final[tuple[Scope, ...]] = ("deal", "account", "rep", "team", "goal")
"""The scopes whose advice competes, in the order in which their subjects are numbered."""
EVEN_ODDS_BP = 5_000
"""Where no deal says how open the outcome is, an action has all its room."""
_HASH_MODULUS = 2_147_483_647
_HASH_FACTOR = 1_000_003


class RuleTerms(NamedTuple):
    """What arbitration needs of the rules, by rule index. Times in seconds, money in minor units.

    `stake_minor` is UNKNOWN where the subject's amount is at stake; `urgency_column` is -1 where a
    rule states none. The dedupe signals of rule r are
    `dedupe_column[dedupe_start[r]:dedupe_start[r+1]]`. A rule whose group collects has no group.
    `step_kind` is the kind of activity that takes the advice (UNKNOWN for none), `step_days` within
    how many days a planned one does.
    """

    effect_permille: Sequence[int]
    weight_permille: Sequence[int]
    cost_minor: Sequence[int]
    effort_minutes: Sequence[int]
    cooldown: Sequence[int]
    expiry: Sequence[int]
    group: Sequence[int]
    hit: Sequence[int]
    evidence: Sequence[int]
    step_kind: Sequence[int]
    step_days: Sequence[int]
    salience: Sequence[int]
    stake_minor: Sequence[int]
    urgency_column: Sequence[int]
    urgency_per_unit: Sequence[int]
    urgency_most: Sequence[int]
    dedupe_start: Sequence[int]
    dedupe_column: Sequence[int]


class Candidates(NamedTuple):
    """Rules that fired at one checkpoint, in (subject, rule) order: parallel sequences.

    `slot` numbers the pairs of subject and rule that ever fired, `subject` numbers the deals and
    what else is advised on, `rep` those who act (UNKNOWN without one); `planned` says whether the
    step is planned already. Filled are `rounds`, how often the rule advised the subject before, and
    `first_key` and `second_key`, by which candidates are ranked: salience and priority, capped for
    a hypothesis.
    """

    subject: Sequence[int]
    rule: Sequence[int]
    rep: Sequence[int]
    slot: Sequence[int]
    dedupe: Sequence[int]
    priority: Sequence[int]
    stake: Sequence[int]
    planned: Sequence[int]
    verdict: MutableSequence[int]
    rounds: MutableSequence[int]
    first_key: MutableSequence[int]
    second_key: MutableSequence[int]


class Memory(NamedTuple):
    """What was advised before: by slot, by rep and by subject. Lives from checkpoint to checkpoint.

    `closed_at` is when the rep answered the advice (UNKNOWN while unanswered), `ignored` how often
    in a row it expired without an answer; `used` are minutes taken in `used_week`; the counts of
    subjects are valid while `counted_at` is the present checkpoint: `carried` advice, `groups` that
    have their advice and `first_hits`, groups whose first rule was met.
    """

    issued_at: MutableSequence[int]
    issued_dedupe: MutableSequence[int]
    issued_rounds: MutableSequence[int]
    closed_at: MutableSequence[int]
    ignored: MutableSequence[int]
    used: MutableSequence[int]
    used_week: MutableSequence[int]
    carried: MutableSequence[int]
    groups: MutableSequence[int]
    first_hits: MutableSequence[int]
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


def is_planned(days_to_step: int, step_kind: int, action_kind: int, within_days: int) -> int:
    """Whether the planned step is the advised action, due within the days it should take: 0 or 1.

    A planned step that names no kind of activity may be anything and silences nothing.
    """
    if days_to_step == UNKNOWN or step_kind == UNKNOWN or step_kind != action_kind:
        return 0
    return 1 if days_to_step <= within_days else 0


def mix(dedupe: int, value: int) -> int:
    """Fold one more signal value into a dedupe key (a number below 2^31)."""
    return (dedupe * _HASH_FACTOR + value) % _HASH_MODULUS


def settle_standing(
    candidates: Candidates, memory: Memory, rules: RuleTerms, escalate_after: int, as_of: int
) -> int:
    """Decide the candidates that need no comparison; returns how many stay UNDECIDED.

    Advice still open counts against what its subject may carry. Advice that expired unanswered
    `escalate_after` times in a row (0: never) is no longer the rep's.
    """
    undecided = 0
    for index in range(len(candidates.subject)):
        rule = candidates.rule[index]
        _count_anew(memory, candidates.subject[index], as_of)
        candidates.rounds[index] = memory.issued_rounds[candidates.slot[index]]
        candidates.first_key[index] = rules.salience[rule]
        candidates.second_key[index] = candidates.priority[index]
        verdict = standing_verdict(candidates, index, memory, rules, escalate_after, as_of)
        candidates.verdict[index] = verdict
        if verdict == ALREADY_OPEN:
            _carry(memory, candidates.subject[index], rules.group[rule])
        elif verdict == UNDECIDED:
            undecided += 1
    return undecided


def standing_verdict(
    candidates: Candidates,
    index: int,
    memory: Memory,
    rules: RuleTerms,
    escalate_after: int,
    as_of: int,
) -> int:
    """The verdict on one candidate by itself, UNDECIDED if it may compete."""
    slot, rule = candidates.slot[index], candidates.rule[index]
    issued, answered = memory.issued_at[slot], memory.closed_at[slot]
    same = issued != UNKNOWN and memory.issued_dedupe[slot] == candidates.dedupe[index]
    if same and answered == UNKNOWN:
        if as_of < issued + rules.expiry[rule]:
            return ALREADY_OPEN
        if 0 < escalate_after <= memory.ignored[slot]:
            return ESCALATED
    if same and as_of < max(issued, answered) + rules.cooldown[rule]:
        return COOLING_DOWN
    if candidates.planned[index]:
        return STEP_PLANNED
    if candidates.rep[index] == UNKNOWN:
        return NO_OWNER
    if candidates.priority[index] <= 0:
        return NOT_WORTH_IT
    group = rules.group[rule]
    if group != NO_GROUP and rules.hit[rule] == FIRST:
        subject = candidates.subject[index]
        if memory.first_hits[subject] >> group & 1:
            return BETTER_IN_GROUP
        memory.first_hits[subject] |= 1 << group
    return UNDECIDED


def _count_anew(memory: Memory, subject: int, as_of: int) -> None:
    if memory.counted_at[subject] != as_of:
        memory.counted_at[subject] = as_of
        memory.carried[subject] = 0
        memory.groups[subject] = 0
        memory.first_hits[subject] = 0


def _carry(memory: Memory, subject: int, group: int) -> None:
    memory.carried[subject] += 1
    if group != NO_GROUP:
        memory.groups[subject] |= 1 << group


def cap_hypotheses(candidates: Candidates, by_stake: Sequence[int], rules: RuleTerms) -> None:
    """Let no hypothesis outrank a measured rule where the same is at stake for the same rep.

    Its key becomes at most the least key of those measured rules, so the order stays transitive; on
    a tie the measured rule comes first. `by_stake` lists candidates so that those of one rep and
    stake stand together; what is neither open nor undecided doesn't count.
    """
    start = 0
    while start < len(by_stake):
        after = _run_end(candidates, by_stake, start)
        least = _least_measured(candidates, by_stake, start, after, rules)
        if least >= 0:
            for place in range(start, after):
                index = by_stake[place]
                is_hypothesis = rules.evidence[candidates.rule[index]] == HYPOTHESIS
                if is_hypothesis and outranks(candidates, index, least):
                    candidates.first_key[index] = candidates.first_key[least]
                    candidates.second_key[index] = candidates.second_key[least]
        start = after


def _run_end(candidates: Candidates, by_stake: Sequence[int], start: int) -> int:
    """The place after the last candidate with the rep and stake of the one at `start`."""
    rep, stake = candidates.rep[by_stake[start]], candidates.stake[by_stake[start]]
    after = start + 1
    while after < len(by_stake):
        index = by_stake[after]
        if candidates.rep[index] != rep or candidates.stake[index] != stake:
            break
        after += 1
    return after


def _least_measured(
    candidates: Candidates, by_stake: Sequence[int], start: int, after: int, rules: RuleTerms
) -> int:
    """The measured candidate of the run that ranks last, -1 without any."""
    least = -1
    for place in range(start, after):
        index = by_stake[place]
        verdict = candidates.verdict[index]
        if verdict != UNDECIDED and verdict != ALREADY_OPEN:
            continue
        if rules.evidence[candidates.rule[index]] != MEASURED:
            continue
        if least < 0 or outranks(candidates, least, index):
            least = index
    return least


def outranks(candidates: Candidates, one: int, other: int) -> bool:
    """Whether a candidate's keys are greater than another's."""
    if candidates.first_key[one] != candidates.first_key[other]:
        return candidates.first_key[one] > candidates.first_key[other]
    return candidates.second_key[one] > candidates.second_key[other]


def arbitrate(
    candidates: Candidates,
    order: Sequence[int],
    memory: Memory,
    rules: RuleTerms,
    capacity: Sequence[int],
    most: Sequence[int],
    as_of: int,
    week: int,
) -> int:
    """Fill each rep's week with the undecided candidates in `order`; returns how many are shown.

    `order` lists the UNDECIDED candidates, best first within each rep. `capacity` are the minutes
    of this week by rep, `most` how much advice a subject may carry, `week` this week's number.
    """
    shown = 0
    for place in range(len(order)):
        index = order[place]
        subject = candidates.subject[index]
        rule = candidates.rule[index]
        rep = candidates.rep[index]
        group = rules.group[rule]
        if memory.used_week[rep] != week:
            memory.used_week[rep] = week
            memory.used[rep] = 0
        if group != NO_GROUP and memory.groups[subject] >> group & 1:
            candidates.verdict[index] = BETTER_IN_GROUP
        elif memory.carried[subject] >= most[subject]:
            candidates.verdict[index] = DEAL_IS_FULL
        elif memory.used[rep] + rules.effort_minutes[rule] > capacity[rep]:
            candidates.verdict[index] = OVER_CAPACITY
        else:
            candidates.verdict[index] = SHOWN
            memory.used[rep] += rules.effort_minutes[rule]
            _carry(memory, subject, group)
            slot = candidates.slot[index]
            memory.issued_at[slot] = as_of
            memory.issued_dedupe[slot] = candidates.dedupe[index]
            memory.issued_rounds[slot] = candidates.rounds[index] + 1
            memory.closed_at[slot] = UNKNOWN
            shown += 1
    return shown


def recommendation_id(
    subject: str, rule: str, cycle: int, dedupe: int, rounds: int, scope: Scope = "deal"
) -> str:
    """The stable name of a piece of advice: the same situation gets the same id in every run."""
    of = subject if scope == "deal" else f"{scope}\n{subject}"
    text = f"{of}\n{rule}\n{cycle}\n{dedupe}\n{rounds}"
    return "rec-" + hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
