"""What is a rule, and when is its condition true? Not how it is matched: that is engine/.

A condition has three values. A test of an unknown signal is unknown (`is_null` and `not_null`
excepted), `not` of unknown is unknown, and a rule fires on TRUE only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final, Literal, assert_never, get_args

from salesadvisor.domain.elements import Element
from salesadvisor.errors import PlaybookError

Comparison = Literal["eq", "ne", "lt", "le", "gt", "ge"]
Op = Literal["eq", "ne", "lt", "le", "gt", "ge", "between", "in", "not_in", "is_null", "not_null"]
Value = int | tuple[int, ...] | None
Read = Callable[[str], int | None]

Scope = Literal["deal", "account", "rep", "team", "goal", "recommendation", "rule", "model"]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
META_SCOPES: Final[tuple[Scope, ...]] = ("recommendation", "rule", "model")
"""What a meta rule watches: the advice itself. Its findings stay outside the ranking."""

Evidence = Literal["measured", "published", "hypothesis"]
Stake = Literal["amount", "fixed"]
ActionKind = Literal[
    "call", "email", "meeting", "demo", "task", "quote", "crm_update", "decision", "review"
]
Stance = Literal["advance", "hold", "withdraw"]
HitPolicy = Literal["collect", "first", "priority"]
"""What is shown of the rules of one group that fire on one deal: each of them, the first in the
order of the files, or the one of highest priority."""

OPS: Final[tuple[Op, ...]] = get_args(Op)
_OPS_IN_TEXT = ("at_least ", "at_most ", "flagged ")
LARGEST: Final = 1 << 53
"""Literals and values beyond it are refused: some engines compare numbers as doubles."""

EFFECT_PERMILLE: Final[Mapping[Evidence, int]] = MappingProxyType(
    {"measured": 150, "published": 80, "hypothesis": 30}
)
"""Chance, per mille, that following a rule changes the outcome, before this team's history says.

Defaults by how well the effect is known (measured > published > hypothesis); a backtest moves them.
"""

FIELD_EVENTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "amount": "amount_changed",
        "close_date": "close_date_changed",
        "competitor": "competitor_identified",
        "contact": "contact_added",
        "forecast_category": "forecast_category_set",
        "next_step": "next_step_set",
        "owner": "owner_changed",
        "quote": "quote_sent",
        "stage": "stage_changed",
    }
)
"""The event in which a field of a deal gets its value."""

KIND_EVENTS: Final[Mapping[ActionKind, str]] = MappingProxyType(
    {
        "call": "activity",
        "email": "activity",
        "meeting": "activity",
        "demo": "activity",
        "task": "activity",
        "quote": "quote_sent",
        "decision": "criterion_met",
    }
)
"""The event that shows an action of a kind, where its rule declares neither field nor event."""


@dataclass(frozen=True, slots=True)
class Test:
    """One comparison of a signal with literals.

    `value` is an int for eq ne lt le gt ge; (low, high), both included, for between; one int or
    more for in and not_in; None for is_null and not_null. `text` is the value as its author wrote
    it ("proposal_submitted"), `place` the file and line: neither changes what the test means.
    Raises PlaybookError for a value that doesn't fit its op or is beyond 2^53.
    """

    __test__ = False  # not a test of pytest's

    signal: str
    op: Op
    value: Value = None
    text: str = field(default="", compare=False)
    place: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        problem = _problem_of_value(self.op, self.value)
        if problem:
            raise PlaybookError(self.place or self.signal, f"'{self.op}' {problem[0]}", problem[1])

    def __str__(self) -> str:
        op = "" if self.text.startswith(_OPS_IN_TEXT) else self.op
        return " ".join(part for part in (self.signal, op, self.value_text) if part)

    @property
    def value_text(self) -> str:
        """The literal for people: as written, else its numbers."""
        if self.text:
            return self.text
        match self.value:
            case None:
                return ""
            case int():
                return str(self.value)
            case tuple():
                return "[" + ", ".join(map(str, self.value)) + "]"
            case _:
                assert_never(self.value)

    @property
    def number(self) -> int:
        """The literal of a comparison (eq ne lt le gt ge)."""
        if not isinstance(self.value, int):
            raise TypeError(f"{self} has no single number")
        return self.value

    @property
    def numbers(self) -> tuple[int, ...]:
        """The literals of between, in and not_in."""
        if not isinstance(self.value, tuple):
            raise TypeError(f"{self} has no list of numbers")
        return self.value


@dataclass(frozen=True, slots=True)
class All:
    """True when every item is; of no item: true."""

    items: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """True when one item is; of no item: false.

    `text` and `place` are what its author wrote, where no item is left to say it.
    """

    items: tuple[Condition, ...]
    text: str = field(default="", compare=False)
    place: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """True when the item is false; unknown stays unknown."""

    item: Condition


Condition = All | Any | Not | Test


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What taking a rule's advice looks like in the CRM, so that it can be recognised there.

    `field` is a field of the deal whose change counts as taken, `event` the kind of event that
    does, `taken_within_days` for how long after the advice (None: while it is open). `stance` says
    where the action takes the deal: two rules of one state that say advance and withdraw
    contradict each other.
    """

    kind: ActionKind
    role: str | None = None
    topic: str | None = None
    field: str | None = None
    event: str | None = None
    taken_within_days: int | None = None
    stance: Stance | None = None

    @property
    def event_taken(self) -> str | None:
        """The kind of event that shows the action as taken, as declared or by field or kind.

        None where no event of a deal shows it.
        """
        return self.event or FIELD_EVENTS.get(self.field or "") or KIND_EVENTS.get(self.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Urgency:
    """How much sooner pays: 1,000 per mille, plus `per_unit_permille` for each unit of a signal."""

    signal: str
    per_unit_permille: int
    max_permille: int = 3_000

    def permille(self, value: int | None) -> int:
        """The factor for a value of the signal; 1,000 where it is unknown or not positive."""
        if value is None or value <= 0:
            return 1_000
        return min(1_000 + self.per_unit_permille * value, self.max_permille)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One piece of the strategy's advice: when it applies, why, and what to do.

    `because` and `do` are texts with `{signal}` in braces. `effect_stated_permille` is the
    author's prior chance that the action helps; without it the evidence class decides. A rule with
    `stake` "fixed" is worth `stake_minor` wherever it fires, with "amount" the deal's amount.
    Of the rules of one `group` those are shown that its `hit` policy says. Higher `salience` comes
    first. `dedupe` names the signals whose change makes the same advice new again. `place` is
    "file:line".
    """

    id: str
    element: Element
    title: str
    when: Condition
    because: str
    do: str
    action: Action
    owner: str
    version: int = 1
    scope: Scope = "deal"
    enabled: bool = True
    within_days: int = 7
    evidence: Evidence = "hypothesis"
    source: str = ""
    effect_stated_permille: int | None = None
    effort_minutes: int = 30
    cooldown_days: int = 7
    expires_days: int = 14
    stake: Stake = "amount"
    stake_minor: int = 0
    urgency: Urgency | None = None
    salience: int = 0
    group: str | None = None
    hit: HitPolicy = "priority"
    dedupe: tuple[str, ...] = ("stage", "stage_visits")
    effective_from: date | None = None
    effective_to: date | None = None
    place: str = field(default="", compare=False)

    @property
    def effect_permille(self) -> int:
        """Prior chance, per mille, that the action helps."""
        if self.effect_stated_permille is not None:
            return self.effect_stated_permille
        return EFFECT_PERMILLE[self.evidence]

    @property
    def signals(self) -> tuple[str, ...]:
        """The signals its condition asks for, each once, in the order of the text."""
        return tuple(dict.fromkeys(test.signal for test in each_test(self.when)))

    @property
    def needs(self) -> frozenset[str]:
        """Every signal that decides what it does: of its condition, urgency and dedupe key."""
        urgent = () if self.urgency is None else (self.urgency.signal,)
        return frozenset((*self.signals, *urgent, *self.dedupe))

    def is_effective(self, on: date) -> bool:
        """Whether the rule speaks on that day; both ends of its period are included."""
        return (
            self.enabled
            and (self.effective_from is None or self.effective_from <= on)
            and (self.effective_to is None or on <= self.effective_to)
        )


def each_test(condition: Condition) -> Iterator[Test]:
    """Every test of a condition, in the order of the text."""
    match condition:
        case Test():
            yield condition
        case Not(item):
            yield from each_test(item)
        case All(items) | Any(items):
            for item in items:
                yield from each_test(item)
        case _:
            assert_never(condition)


def verdict(condition: Condition, read: Read) -> bool | None:
    """True, false, or None for unknown; `read(signal)` gives a signal's value, None if unknown."""
    match condition:
        case Test():
            return verdict_of_test(condition, read(condition.signal))
        case Not(item):
            inner = verdict(item, read)
            return None if inner is None else not inner
        case All(items):
            return all_of([verdict(item, read) for item in items])
        case Any(items):
            return any_of([verdict(item, read) for item in items])
        case _:
            assert_never(condition)


def verdict_of_test(test: Test, value: int | None) -> bool | None:
    """One test's verdict on one value."""
    if test.op == "is_null":
        return value is None
    if test.op == "not_null":
        return value is not None
    if value is None:
        return None
    match test.op:
        case "eq":
            return value == test.number
        case "ne":
            return value != test.number
        case "lt":
            return value < test.number
        case "le":
            return value <= test.number
        case "gt":
            return value > test.number
        case "ge":
            return value >= test.number
        case "between":
            low, high = test.numbers
            return low <= value <= high
        case "in":
            return value in test.numbers
        case "not_in":
            return value not in test.numbers
        case _:
            assert_never(test.op)


def all_of(verdicts: list[bool | None]) -> bool | None:
    """False if one is, else unknown if one is, else true."""
    if False in verdicts:
        return False
    return None if None in verdicts else True


def any_of(verdicts: list[bool | None]) -> bool | None:
    """True if one is, else unknown if one is, else false."""
    if True in verdicts:
        return True
    return None if None in verdicts else False


def _problem_of_value(op: Op, value: Value) -> tuple[str, str] | None:
    """What is wrong with a literal, and the cure."""
    numbers: tuple[int, ...]
    match op:
        case "is_null" | "not_null":
            return None if value is None else (f"takes no value, not {value!r}", "leave it out")
        case "between":
            numbers = value if isinstance(value, tuple) and len(value) == 2 else ()
            cure = "write [low, high]"
        case "in" | "not_in":
            numbers = value if isinstance(value, tuple) else ()
            cure = "write a list of one value or more; for unknown use is_null"
        case "eq" | "ne" | "lt" | "le" | "gt" | "ge":
            numbers = (value,) if isinstance(value, int) else ()
            cure = "write one whole number; for unknown use is_null"
        case _:
            assert_never(op)
    if not numbers or not all(type(number) is int for number in numbers):
        return f"can't compare with {value!r}", cure
    if any(abs(number) > LARGEST for number in numbers):
        return f"can't compare with {value!r}", "stay within 2^53 either way"
    return None
