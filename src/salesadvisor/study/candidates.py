"""Which advice could be given at each checkpoint, and what is it worth? Compiled.

Turns the fired rules of a panel, of deals or of another scope, into candidates with their priority;
then, once all candidates are known, arbitrates checkpoint after checkpoint with the functions of
domain/advice.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import numba
import numpy as np

from salesadvisor.domain import advice
from salesadvisor.domain.advice import (
    EVEN_ODDS_BP,
    EVIDENCE_CODES,
    HIT_CODES,
    HYPOTHESIS,
    MEASURED,
    NO_GROUP,
    UNDECIDED,
    Candidates,
    Memory,
    RuleTerms,
)
from salesadvisor.domain.events import minor_units
from salesadvisor.domain.rules import Rule, Scope
from salesadvisor.domain.signals import ACTIVITY_KINDS
from salesadvisor.domain.state import DAY, UNKNOWN
from salesadvisor.domain.strategy import Strategy
from salesadvisor.log.gears import compiled
from salesadvisor.study.subjects import AMOUNT_OF

# Without numba's reference counts: threads that count references to the same arrays wait for each
# other, and counting costs more than the work. In return an inner function can't make an array.
inner = numba.njit(nogil=True, _nrt=False)
fast = compiled(advice)
_headroom_chance = fast.chance_bp
_priority = fast.priority_minor
_urgency = fast.urgency_permille
_mix = fast.mix
_settle_standing = fast.settle_standing
_cap_hypotheses = fast.cap_hypotheses
_arbitrate = fast.arbitrate
_is_planned = fast.is_planned

_CANDIDATE_FIELDS = (
    "subject", "time", "rep", "rule", "cycle", "dedupe", "priority", "chance_bp", "stake",
    "urgency", "win_bp", "planned",
)  # fmt: skip
CANDIDATE = np.dtype([(name, np.int64) for name in _CANDIDATE_FIELDS])
_NO_COLUMN = -1


class Reading(NamedTuple):
    """Where a panel of one scope says what candidates need; -1 for what the scope doesn't say.

    The rules of the scope are those from `first_rule` on, its subjects those from `first_subject`.
    """

    amount: int
    cycle: int
    probability: int
    step_days: int
    step_kind: int
    first_rule: int
    first_subject: int


def reading(scope: Scope, columns: dict[str, int], first_rule: int, first_subject: int) -> Reading:
    """How the panels of `scope` are read; `columns` gives each signal's row in its panel."""

    def of_a_deal(name: str) -> int:
        return columns[name] if scope == "deal" else _NO_COLUMN

    return Reading(
        amount=columns[AMOUNT_OF[scope]] if scope in AMOUNT_OF else _NO_COLUMN,
        cycle=of_a_deal("cycle"),
        probability=of_a_deal("win_probability_bp"),
        step_days=of_a_deal("days_to_next_step"),
        step_kind=of_a_deal("next_step_kind"),
        first_rule=first_rule,
        first_subject=first_subject,
    )


def rule_terms(rules: Sequence[Rule], strategy: Strategy, columns: dict[str, int]) -> RuleTerms:
    """The numbers of the rules as arrays; `columns` gives each signal's row in a panel."""
    groups = {name: code for code, name in enumerate(sorted({r.group for r in rules if r.group}))}
    dedupe = [[columns[name] for name in rule.dedupe] for rule in rules]
    hourly = minor_units(Decimal(strategy.accountability.cost_per_hour), strategy.currency)
    return RuleTerms(
        effect_permille=_ints(rule.effect_permille for rule in rules),
        weight_permille=_ints(strategy.weight_permille(rule.element) for rule in rules),
        cost_minor=_ints(rule.effort_minutes * hourly // 60 for rule in rules),
        effort_minutes=_ints(rule.effort_minutes for rule in rules),
        cooldown=_ints(rule.cooldown_days * DAY for rule in rules),
        expiry=_ints(rule.expires_days * DAY for rule in rules),
        group=_ints(
            groups[rule.group] if rule.group and rule.hit != "collect" else NO_GROUP
            for rule in rules
        ),
        hit=_ints(HIT_CODES[rule.hit] for rule in rules),
        evidence=_ints(EVIDENCE_CODES[rule.evidence] for rule in rules),
        step_kind=_ints(
            ACTIVITY_KINDS.index(rule.action.kind)
            if rule.action.kind in ACTIVITY_KINDS
            else UNKNOWN
            for rule in rules
        ),
        step_days=_ints(rule.within_days for rule in rules),
        salience=_ints(rule.salience for rule in rules),
        stake_minor=_ints(
            UNKNOWN if rule.stake == "amount" else rule.stake_minor for rule in rules
        ),
        urgency_column=_ints(
            columns[rule.urgency.signal] if rule.urgency else -1 for rule in rules
        ),
        urgency_per_unit=_ints(
            rule.urgency.per_unit_permille if rule.urgency else 0 for rule in rules
        ),
        urgency_most=_ints(rule.urgency.max_permille if rule.urgency else 1_000 for rule in rules),
        dedupe_start=_ints(np.cumsum([0, *(len(one) for one in dedupe)]).tolist()),
        dedupe_column=_ints(column for one in dedupe for column in one),
    )


def stakes_without_amount(median_amount: Any, strategy: Strategy) -> Any:
    """By checkpoint, what is at stake in a deal without an amount: the median, else the assumed."""
    assumed = minor_units(Decimal(strategy.accountability.assumed_amount), strategy.currency)
    return np.where(median_amount == UNKNOWN, assumed, median_amount)


def effective_rules(rules: Sequence[Rule], days: Sequence[date]) -> Any:
    """uint8[rule, checkpoint]: whether each rule speaks on each day."""
    table = [[rule.is_effective(day) for day in days] for rule in rules]
    return np.array(table, dtype=np.uint8).reshape(len(rules), len(days))


@numba.njit(nogil=True, cache=True)
def collect(
    bits: Any,
    block: Any,
    count: int,
    row_subject: Any,
    row_time: Any,
    row_rep: Any,
    median_amount: Any,
    effective: Any,
    rules: Any,
    reads: Any,
) -> Any:
    """The candidates of a panel, in (row, rule) order: records of CANDIDATE.

    `bits[row, word]` are the fired rules of the panel's scope. A subject without an amount stakes
    `median_amount`, which holds a number for every checkpoint (`stakes_without_amount`).
    """
    total = 0
    for row in range(count):
        for word in range(bits.shape[1]):
            left = bits[row, word]
            rule = reads.first_rule + 64 * word
            while left != 0:
                if left & np.uint64(1):
                    total += effective[rule, row_time[row]]
                left >>= np.uint64(1)
                rule += 1
    found = np.empty(total, CANDIDATE)
    at = 0
    for row in range(count):
        for word in range(bits.shape[1]):
            left = bits[row, word]
            rule = reads.first_rule + 64 * word
            while left != 0:
                if left & np.uint64(1) and effective[rule, row_time[row]]:
                    one = found[at]
                    at += 1
                    one.subject = reads.first_subject + row_subject[row]
                    one.time = row_time[row]
                    one.rep = row_rep[row]
                    one.rule = rule
                    one.cycle = _read(block, reads.cycle, row, 1)
                    one.win_bp = _read(block, reads.probability, row, EVEN_ODDS_BP)
                    one.planned = _is_planned(
                        _read(block, reads.step_days, row, UNKNOWN),
                        _read(block, reads.step_kind, row, UNKNOWN),
                        rules.step_kind[rule],
                        rules.step_days[rule],
                    )
                    one.dedupe = _dedupe(block, row, rules, rule)
                    _value(one, block, row, median_amount, rules, rule, reads.amount)
                left >>= np.uint64(1)
                rule += 1
    return found


@inner
def _read(block: Any, column: int, row: int, otherwise: int) -> int:
    """A signal of a row, or what stands in where the scope has no such signal."""
    return block[column, row] if column >= 0 else otherwise


@inner
def _dedupe(block: Any, row: int, rules: Any, rule: int) -> int:
    key = 0
    for place in range(rules.dedupe_start[rule], rules.dedupe_start[rule + 1]):
        key = _mix(key, block[rules.dedupe_column[place], row])
    return key


@inner
def _value(
    one: Any, block: Any, row: int, median_amount: Any, rules: Any, rule: int, amount: int
) -> None:
    stake = rules.stake_minor[rule]
    if stake == UNKNOWN:
        stake = _read(block, amount, row, UNKNOWN)
    if stake == UNKNOWN:
        stake = median_amount[one.time]
    value = UNKNOWN
    if rules.urgency_column[rule] >= 0:
        value = block[rules.urgency_column[rule], row]
    one.stake = stake
    one.urgency = _urgency(value, rules.urgency_per_unit[rule], rules.urgency_most[rule])
    one.chance_bp = _headroom_chance(rules.effect_permille[rule], one.win_bp)
    one.priority = _priority(
        one.chance_bp, stake, rules.weight_permille[rule], one.urgency, rules.cost_minor[rule]
    )


def by_checkpoint(parts: Sequence[Any], checkpoint_count: int) -> tuple[Any, Any]:
    """All candidates ordered by (checkpoint, subject, rule), and where each checkpoint starts."""
    counts = np.zeros(checkpoint_count + 1, np.int64)
    for part in parts:
        counts[1:] += np.bincount(part["time"], minlength=checkpoint_count)
    starts = np.cumsum(counts)
    found = np.empty(starts[-1], CANDIDATE)
    place = starts.copy()
    for part in parts:
        _deal_out(part, place, found)
    return found, starts


@numba.njit(nogil=True, cache=True)
def _deal_out(part: Any, place: Any, found: Any) -> None:
    """Put each candidate behind those of its checkpoint; `place` is where each goes on."""
    for index in range(len(part)):
        time = part[index].time
        found[place[time]] = part[index]
        place[time] += 1


def numbered_pairs(found: Any, rule_count: int, subject_count: int) -> tuple[Any, int]:
    """By candidate a number for its (subject, rule), and how many such pairs there are."""
    seen = np.zeros(subject_count * rule_count, np.bool_)
    pairs = found["subject"] * rule_count + found["rule"]
    seen[pairs] = True
    numbers = np.cumsum(seen, dtype=np.int32)
    return numbers[pairs].astype(np.int64) - 1, int(numbers[-1]) if len(numbers) else 0


def new_memory(slots: int, reps: int, subjects: int) -> Memory:
    """A memory in which nothing was ever advised."""

    def numbers(size: int, value: int) -> Any:
        return np.full(size, value, np.int64)

    return Memory(
        issued_at=numbers(slots, UNKNOWN),
        issued_dedupe=numbers(slots, UNKNOWN),
        issued_rounds=numbers(slots, 0),
        closed_at=numbers(slots, UNKNOWN),
        ignored=numbers(slots, 0),
        used=numbers(reps, 0),
        used_week=numbers(reps, UNKNOWN),
        carried=numbers(subjects, 0),
        groups=numbers(subjects, 0),
        first_hits=numbers(subjects, 0),
        counted_at=numbers(subjects, UNKNOWN),
    )


@numba.njit(nogil=True, cache=True)
def arbitrate_all(
    found: Any,
    slot: Any,
    starts: Any,
    checkpoints: Any,
    weeks: Any,
    memory: Any,
    rules: Any,
    capacity: Any,
    most: Any,
    escalate_after: int,
    verdict: Any,
    rounds: Any,
) -> None:
    """Arbitrate every checkpoint in turn; fills `verdict` and `rounds` by candidate.

    `capacity[checkpoint, rep]` are the minutes of its week, `most[subject]` how much advice each
    may carry.
    """
    subject = found["subject"].copy()
    rule = found["rule"].copy()
    rep = found["rep"].copy()
    dedupe = found["dedupe"].copy()
    priority = found["priority"].copy()
    stake = found["stake"].copy()
    planned = found["planned"].copy()
    keys: Any = np.empty((2, len(found)), np.int64)
    is_mixed = (rules.evidence == HYPOTHESIS).any() and (rules.evidence == MEASURED).any()
    for step in range(len(checkpoints)):
        first, after = starts[step], starts[step + 1]
        if first == after:
            continue
        candidates = Candidates(
            subject[first:after],
            rule[first:after],
            rep[first:after],
            slot[first:after],
            dedupe[first:after],
            priority[first:after],
            stake[first:after],
            planned[first:after],
            verdict[first:after],
            rounds[first:after],
            keys[0, first:after],
            keys[1, first:after],
        )
        undecided = _settle_standing(candidates, memory, rules, escalate_after, checkpoints[step])
        if is_mixed:
            _cap_hypotheses(candidates, _by_stake(candidates), rules)
        order = best_first(candidates, rules, undecided)
        _arbitrate(
            candidates, order, memory, rules, capacity[step], most, checkpoints[step], weeks[step]
        )


@numba.njit(nogil=True)
def _by_stake(candidates: Any) -> Any:
    """All candidates, those of one rep and stake together."""
    by_stake = np.argsort(candidates.stake, kind="mergesort")
    return by_stake[np.argsort(candidates.rep[by_stake], kind="mergesort")]


@numba.njit(nogil=True)
def best_first(candidates: Any, rules: Any, undecided: int) -> Any:
    """The undecided candidates by falling keys, at a tie what is no hypothesis, then in order."""
    chosen = np.empty(undecided, np.int64)
    keys = np.empty((3, undecided), np.int64)
    at = 0
    for index in range(len(candidates.subject)):
        if candidates.verdict[index] == UNDECIDED:
            chosen[at] = index
            keys[0, at] = 1 if rules.evidence[candidates.rule[index]] == HYPOTHESIS else 0
            keys[1, at] = -candidates.second_key[index]
            keys[2, at] = -candidates.first_key[index]
            at += 1
    order = np.arange(undecided)
    for key in keys:
        order = order[np.argsort(key[order], kind="mergesort")]
    return chosen[order]


def _ints(values: Any) -> Any:
    return np.array(list(values), dtype=np.int64)
