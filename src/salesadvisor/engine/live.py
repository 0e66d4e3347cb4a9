"""Which rules fire on one deal, now? The only door to durable_rules, and what stands in for it.

durable_rules can kill the process when it is used in other ways than this one: one flat fact at a
time, no join, one constant sid and id, at most 60 conjunctions a ruleset, numbers within 2^53, and
assert -> drain -> retract under one lock. It is never told that a value is null: an absent signal
is left out, and a flag says so to the rules that ask.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from salesadvisor.domain.rules import LARGEST, verdict
from salesadvisor.domain.signals import UNKNOWN
from salesadvisor.engine.boxes import HIGHEST, LOWEST, MAX_CONJUNCTIONS, Box, BoxSet, Leaf, Row
from salesadvisor.errors import BadInput, Fault

try:
    import durable_rules_engine
except ImportError:  # not installed, or built for Python 3.13, where it lacks a symbol
    durable_rules_engine = None

if TYPE_CHECKING:
    from salesadvisor.engine.bulk import BulkMatcher

MAX_PROPERTIES: Final = 200
"""Properties of one fact; durable_rules refuses a fact with more than 255."""
_NOTHING_MATCHED: Final = 1
_LOCK: Final = threading.Lock()  # one for the process: durable_rules loses firings between threads
_CONSTANTS: Final[Mapping[str, int | str]] = {"sid": "d", "id": "s", "always": 1}


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule that fires, and the first of its boxes (by number in the rule) that holds."""

    rule_id: str
    conjunction: int


class LiveEngine(Protocol):
    """Decides one deal at a time. `note` is something a person should hear once, or None."""

    note: str | None

    def evaluate(self, row: Row) -> list[Firing]:
        """Rules that fire, each once, highest salience first, then by id.

        Raises BadInput for a value beyond 2^53.
        """

    def close(self) -> None:
        """Frees what the engine holds; it can't be used afterwards."""


def open_live_engine(boxset: BoxSet, *, examples: Iterable[Row] = ()) -> LiveEngine:
    """durable_rules where it can be imported, else the block matcher with a note that says so.

    Every example is decided before the engine is handed out. Raises Fault when the engine and the
    rules' own conditions disagree on one of them.
    """
    engine: LiveEngine
    if durable_rules_engine is None:
        # Here, because the compiler behind it takes half a second to import.
        from salesadvisor.engine.bulk import BulkMatcher

        engine = BlockEngine(BulkMatcher(boxset), note=_why_not_durable_rules())
    else:
        engine = DurableEngine(boxset)
    try:
        check(engine, boxset, examples)
    except Fault:
        engine.close()
        raise
    return engine


def check(engine: LiveEngine, boxset: BoxSet, examples: Iterable[Row]) -> None:
    """Raises Fault, with the rule's place, where the engine and a rule's condition disagree."""
    for example in examples:
        known = {name: None if value == UNKNOWN else value for name, value in example.items()}
        fired = {firing.rule_id for firing in engine.evaluate(example)}
        for rule in boxset.rules:
            expected = verdict(rule.when, known.get) is True
            if expected is not (rule.id in fired):
                said = "fires" if rule.id in fired else "does not fire"
                asked = {name: known.get(name) for name in rule.signals}
                problem = f"the live engine says that rule '{rule.id}' {said} on {asked}"
                raise Fault(rule.place or rule.id, f"{problem}; its condition says otherwise")


class DurableEngine:
    """Rules on durable_rules, in shards small enough to be safe. May be shared between threads."""

    note: str | None = None

    def __init__(self, boxset: BoxSet) -> None:
        self._boxset = boxset
        self._is_closed = False
        self._number = _numbers_within_rules(boxset)
        self._shards = [
            _Shard(f"shard-{index}", boxes) for index, boxes in enumerate(_sharded(boxset.boxes))
        ]

    def evaluate(self, row: Row) -> list[Firing]:
        """See LiveEngine."""
        values = _checked(self._boxset, row)
        fired: list[int] = []
        with _LOCK:
            if self._is_closed:
                raise Fault("engine/live", "a rule engine was asked after it was closed")
            for shard in self._shards:
                fired += shard.evaluate(values)
        return _firings(self._boxset, self._number, fired)

    def close(self) -> None:
        """See LiveEngine. Python never frees a ruleset by itself."""
        with _LOCK:
            for shard in self._shards:
                shard.close()
            self._shards = []
            self._is_closed = True


class BlockEngine:
    """The block matcher, one row at a time."""

    def __init__(self, matcher: BulkMatcher, *, note: str | None = None) -> None:
        self.note = note
        self._boxset = matcher.boxset
        self._number = _numbers_within_rules(self._boxset)
        self._matcher = matcher

    def evaluate(self, row: Row) -> list[Firing]:
        """See LiveEngine."""
        values = _checked(self._boxset, row)
        rules = set(self._matcher.match_row(values))
        fired = [
            index
            for index, box in enumerate(self._boxset.boxes)
            if box.rule in rules and box.holds(values)
        ]
        return _firings(self._boxset, self._number, fired)

    def close(self) -> None:
        """See LiveEngine: nothing is held."""


class _Shard:
    """A ruleset of durable_rules: at most 60 conjunctions, each a rule named by its box's index."""

    def __init__(self, name: str, boxes: Sequence[tuple[int, Box]]) -> None:
        leaves = [leaf for _, box in boxes for leaf in box.leaves]
        self._signals = sorted({leaf.signal for leaf in leaves})
        self._flagged = sorted({leaf.signal for leaf in leaves if _asks_flag(leaf)})
        rules = {str(index): {"all": [{"m": _expression(box)}]} for index, box in boxes}
        self._handle = durable_rules_engine.create_ruleset(name, json.dumps(rules))

    def evaluate(self, values: Sequence[int]) -> list[int]:
        """Indexes of the boxes that hold. Call it under the lock."""
        fact = json.dumps(self._fact(values))
        code, state = durable_rules_engine.assert_fact(self._handle, fact)
        if code == _NOTHING_MATCHED:
            return []
        if code:
            raise Fault("engine/live", f"durable_rules answered {code} to a fact")
        try:
            return self._drain(state)
        finally:
            durable_rules_engine.retract_fact(self._handle, fact)

    def close(self) -> None:
        durable_rules_engine.delete_ruleset(self._handle)

    def _fact(self, values: Sequence[int]) -> dict[str, int | str]:
        known = {_name(s): values[s] for s in self._signals if values[s] != UNKNOWN}
        flags = {_flag(s): int(values[s] == UNKNOWN) for s in self._flagged}
        return {**known, **flags, **_CONSTANTS}

    def _drain(self, state: int) -> list[int]:
        fired = []
        started = durable_rules_engine.start_action_for_state(self._handle, state)
        match: str | None = started[1] if started else None
        while match:
            fired.append(int(match[2 : match.index('"', 2)]))  # {"17":{"m":{...}}}
            match = durable_rules_engine.complete_and_start_action(self._handle, state)
        return fired


def _sharded(boxes: Sequence[Box]) -> list[list[tuple[int, Box]]]:
    """Boxes with their indexes, cut where a shard would hold too many boxes or properties."""
    shards: list[list[tuple[int, Box]]] = []
    properties: set[str] = set()
    for index, box in enumerate(boxes):
        mine = {name for leaf in box.leaves for name in (_name(leaf.signal), _flag(leaf.signal))}
        full = shards and len(shards[-1]) == MAX_CONJUNCTIONS
        if not shards or full or len(properties | mine) > MAX_PROPERTIES:
            shards.append([])
            properties = set()
        shards[-1].append((index, box))
        properties |= mine
    return shards


def _expression(box: Box) -> dict[str, object]:
    """A box as one flat `$and`."""
    parts = [part for leaf in box.leaves for part in _parts(leaf)] or [{"always": 1}]
    return {"$and": parts} if len(parts) > 1 else parts[0]


def _parts(leaf: Leaf) -> list[dict[str, object]]:
    """The comparisons that say what a leaf asks. A comparison of an absent property is false."""
    name = _name(leaf.signal)
    if leaf.is_null:
        return [{_flag(leaf.signal): 1}]
    if _asks_flag(leaf):
        return [{_flag(leaf.signal): 0}]
    if leaf.low == leaf.high:
        return [{name: leaf.low}]
    parts: list[dict[str, object]] = []
    if leaf.low > LOWEST:
        parts.append({"$gte": {name: leaf.low}})
    if leaf.high < HIGHEST:
        parts.append({"$lte": {name: leaf.high}})
    parts += [{"$neq": {name: code}} for code in leaf.excluded_codes]
    return parts


def _asks_flag(leaf: Leaf) -> bool:
    """Whether a leaf asks only if the signal is known."""
    return leaf.is_null or (leaf.low, leaf.high, leaf.excluded) == (LOWEST, HIGHEST, 0)


def _name(signal: int) -> str:
    return f"s{signal}"


def _flag(signal: int) -> str:
    return f"s{signal}__n"


def _checked(boxset: BoxSet, row: Row) -> list[int]:
    values = boxset.row(row)
    for name, value in zip(boxset.signals, values, strict=True):
        if abs(value) > LARGEST and value != UNKNOWN:
            cure = "correct it in the CRM: rules compare numbers within 2^53 either way"
            raise BadInput(f"signal '{name}'", f"{value} is too large for rules", cure)
    return values


def _numbers_within_rules(boxset: BoxSet) -> list[int]:
    """For each box, its number among its rule's boxes."""
    return [
        number
        for rule in range(len(boxset.rules))
        for number, _ in enumerate(boxset.boxes_of(rule))
    ]


def _firings(boxset: BoxSet, number: Sequence[int], fired: Iterable[int]) -> list[Firing]:
    first: dict[int, int] = {}
    for index in sorted(fired):
        first.setdefault(boxset.boxes[index].rule, number[index])
    rules = boxset.rules
    order = sorted(first, key=lambda rule: (-rules[rule].salience, rules[rule].id))
    return [Firing(rules[rule].id, first[rule]) for rule in order]


def _why_not_durable_rules() -> str:
    version = ".".join(map(str, sys.version_info[:2]))
    return (
        f"durable_rules can't be imported on this Python {version}: "
        "the block matcher decides single deals too"
    )
