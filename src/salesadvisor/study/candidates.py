"""Which advice could be given at each checkpoint, and what is it worth? Compiled.

Turns the fired rules of a panel into candidates with their priority, then, once all candidates are
known, arbitrates checkpoint after checkpoint with the functions of domain/advice.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import numba
import numpy as np

from salesadvisor.domain import advice
from salesadvisor.domain.advice import NO_GROUP, UNDECIDED, Candidates, Memory, RuleTerms
from salesadvisor.domain.events import minor_units
from salesadvisor.domain.rules import Rule
from salesadvisor.domain.signals import SIGNAL_INDEX
from salesadvisor.domain.state import DAY, UNKNOWN
from salesadvisor.domain.strategy import Strategy
from salesadvisor.log.gears import compiled

# Without numba's reference counts: threads that count references to the same arrays wait for each
# other, and counting costs more than the work. In return an inner function can't make an array.
inner = numba.njit(nogil=True, _nrt=False)
fast = compiled(advice)
_headroom_chance = fast.chance_bp
_priority = fast.priority_minor
_urgency = fast.urgency_permille
_mix = fast.mix
_settle_standing = fast.settle_standing
_arbitrate = fast.arbitrate

_AMOUNT = SIGNAL_INDEX["amount_minor"]
_CYCLE = SIGNAL_INDEX["cycle"]
_PROBABILITY = SIGNAL_INDEX["win_probability_bp"]
_CANDIDATE_FIELDS = (
    "deal", "time", "rep", "rule", "cycle", "dedupe", "priority", "chance_bp", "stake", "urgency",
    "win_bp",
)  # fmt: skip
CANDIDATE = np.dtype([(name, np.int64) for name in _CANDIDATE_FIELDS])


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
        group=_ints(groups[rule.group] if rule.group else NO_GROUP for rule in rules),
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
    row_deal: Any,
    row_time: Any,
    row_owner: Any,
    median_amount: Any,
    effective: Any,
    rules: Any,
) -> Any:
    """The candidates of a panel, in (row, rule) order: records of CANDIDATE.

    `bits[row, word]` are the fired rules. A deal without an amount stakes `median_amount`, which
    holds a number for every checkpoint (`stakes_without_amount`).
    """
    rule_count = len(rules.effect_permille)
    total = 0
    for row in range(count):
        for rule in range(rule_count):
            if bits[row, rule // 64] >> np.uint64(rule % 64) & np.uint64(1):
                total += effective[rule, row_time[row]]
    found = np.empty(total, CANDIDATE)
    at = 0
    for row in range(count):
        for word in range(bits.shape[1]):
            left = bits[row, word]
            rule = 64 * word
            while left != 0:
                if left & np.uint64(1) and effective[rule, row_time[row]]:
                    one = found[at]
                    at += 1
                    one.deal = row_deal[row]
                    one.time = row_time[row]
                    one.rep = row_owner[row]
                    one.rule = rule
                    one.cycle = block[_CYCLE, row]
                    one.win_bp = block[_PROBABILITY, row]
                    one.dedupe = _dedupe(block, row, rules, rule)
                    _value(one, block, row, median_amount, rules, rule)
                left >>= np.uint64(1)
                rule += 1
    return found


@inner
def _dedupe(block: Any, row: int, rules: Any, rule: int) -> int:
    key = 0
    for place in range(rules.dedupe_start[rule], rules.dedupe_start[rule + 1]):
        key = _mix(key, block[rules.dedupe_column[place], row])
    return key


@inner
def _value(one: Any, block: Any, row: int, median_amount: Any, rules: Any, rule: int) -> None:
    stake = rules.stake_minor[rule]
    if stake == UNKNOWN:
        stake = block[_AMOUNT, row]
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
    """All candidates ordered by (checkpoint, deal, rule), and where each checkpoint starts."""
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


def numbered_pairs(found: Any, rule_count: int, deal_count: int) -> tuple[Any, int]:
    """By candidate a number for its (deal, rule), and how many such pairs there are."""
    seen = np.zeros(deal_count * rule_count, np.bool_)
    pairs = found["deal"] * rule_count + found["rule"]
    seen[pairs] = True
    numbers = np.cumsum(seen, dtype=np.int32)
    return numbers[pairs].astype(np.int64) - 1, int(numbers[-1]) if len(numbers) else 0


def new_memory(slots: int, reps: int, deals: int) -> Memory:
    """A memory in which nothing was ever advised."""

    def numbers(size: int, value: int) -> Any:
        return np.full(size, value, np.int64)

    return Memory(
        issued_at=numbers(slots, UNKNOWN),
        issued_dedupe=numbers(slots, UNKNOWN),
        issued_rounds=numbers(slots, 0),
        closed_at=numbers(slots, UNKNOWN),
        used=numbers(reps, 0),
        used_week=numbers(reps, UNKNOWN),
        deal_count=numbers(deals, 0),
        deal_groups=numbers(deals, 0),
        counted_at=numbers(deals, UNKNOWN),
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
    most_per_deal: int,
    verdict: Any,
    rounds: Any,
) -> None:
    """Arbitrate every checkpoint in turn; fills `verdict` and `rounds` by candidate."""
    deal = found["deal"].copy()
    rule = found["rule"].copy()
    rep = found["rep"].copy()
    dedupe = found["dedupe"].copy()
    priority = found["priority"].copy()
    for step in range(len(checkpoints)):
        first, after = starts[step], starts[step + 1]
        if first == after:
            continue
        candidates = Candidates(
            deal[first:after],
            rule[first:after],
            rep[first:after],
            slot[first:after],
            dedupe[first:after],
            priority[first:after],
            verdict[first:after],
            rounds[first:after],
        )
        undecided = _settle_standing(candidates, memory, rules, checkpoints[step])
        order = best_first(candidates, rules, undecided)
        _arbitrate(
            candidates, order, memory, rules, capacity, most_per_deal, checkpoints[step],
            weeks[step],
        )  # fmt: skip


@numba.njit(nogil=True)
def best_first(candidates: Any, rules: Any, undecided: int) -> Any:
    """The undecided candidates by falling salience and priority, ties in (deal, rule) order."""
    chosen = np.empty(undecided, np.int64)
    worth = np.empty(undecided, np.int64)
    rank = np.empty(undecided, np.int64)
    at = 0
    for index in range(len(candidates.deal)):
        if candidates.verdict[index] == UNDECIDED:
            chosen[at] = index
            worth[at] = -candidates.priority[index]
            rank[at] = -rules.salience[candidates.rule[index]]
            at += 1
    by_worth = np.argsort(worth, kind="mergesort")
    return chosen[by_worth[np.argsort(rank[by_worth], kind="mergesort")]]


def _ints(values: Any) -> Any:
    return np.array(list(values), dtype=np.int64)
