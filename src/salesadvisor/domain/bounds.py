"""Which values can a signal have, and which can it have beside another's?

What is declared here holds on every row that a fold can make. The lint of rules and the search for
equivalent conditions rest on it, so a bound that nobody has proven does not stand here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from salesadvisor.domain.rules import Test
from salesadvisor.domain.signals import SignalSpec
from salesadvisor.domain.strategy import StageRef, Strategy


@dataclass(frozen=True, slots=True)
class Bounds:
    """Known values lie in [low, high], None for no bound."""

    low: int | None
    high: int | None
    can_be_unknown: bool


@dataclass(frozen=True, slots=True)
class Implies:
    """Wherever the first test is true, the second is true too."""

    first: Test
    second: Test


@dataclass(frozen=True, slots=True)
class AtMost:
    """Where both are known, the lesser signal is at most the greater."""

    lesser: str
    greater: str


Link = Implies | AtMost

_SIGNED = frozenset(
    {
        *("days_over_stage_limit", "days_over_won_p80", "days_to_close_date"),
        *("amount_change_permille", "goal.gap_minor"),
        *("awaiting_over_p90_days", "days_over_silent_limit"),
        *("rep.effort_gap_permille", "team.effort_gap_permille", "team.channel_gap_permille"),
        *("rule.effect_low_permille", "rule.effect_high_permille", "goal.attainment_permille"),
        *("goal.pace_permille", "goal.curve_pace_permille", "goal.created_to_need_permille"),
        *("goal.days_left", "goal.coverage_permille", "goal.required_coverage_permille"),
    }
)
"""Numbers that may be negative, beside attributes and what lies beyond a learned threshold."""

_HIGHEST: Final[Mapping[str, int]] = MappingProxyType(
    {
        "contacts_reached": 62,
        "contacts_active_30d": 62,
        "discount_bp": 10_000,
        "discount_over_authority_bp": 10_000,
        "win_probability_bp": 10_000,
        "completeness_permille": 1_000,
        "logging_delay_days_median": 31,
        **dict.fromkeys(("reply_days_median", "reply_days_p90", "champion_gap_days_median"), 63),
        "matchup_won_permille": 1_000,
        "goal.hit_probability_bp": 10_000,
        **dict.fromkeys(
            (
                *("rep.unfit_effort_permille", "team.unfit_effort_permille"),
                *("rep.conformance_permille", "team.conformance_permille"),
                *("rep.advice_answered_permille", "team.advice_answered_permille"),
                *("rule.accepted_permille", "rule.dismissed_permille", "rule.expired_permille"),
                "team.acknowledged_permille",
            ),
            1_000,
        ),
    }
)

_CONSTANT_DAYS = frozenset(
    {
        *("stage_limit_days", "won_p80_days", "push_days", "first_response_hours"),
        *("reply_days_median", "reply_days_p90", "champion_gap_days_median"),
    }
)
_DAILY_UNITS = frozenset({"days", "business days", "hours"})
_DAILY_ENDINGS = ("_7d", "_14d", "_21d", "_28d", "_30d", "_90d")

# Counts over windows of which one lies inside the next.
_WINDOWS = (
    ("calls_7d", "calls_14d", "calls_30d", "calls_90d"),
    ("emails_out_7d", "emails_out_14d", "emails_out_30d", "emails_out_90d"),
    ("emails_in_7d", "emails_in_14d", "emails_in_30d", "emails_in_90d"),
    ("meetings_7d", "meetings_14d", "meetings_30d", "meetings_90d"),
    ("outbound_14d", "outbound_30d"),
    ("inbound_14d", "inbound_30d"),
)
# Known together or not at all.
_TOGETHER = (
    ("stage", "stage_rank"),
    ("stage", "stages_remaining"),
    ("stage", "stage_criteria_missing"),
    ("stage", "criteria_unmet_earlier"),
    ("days_in_stage", "business_days_in_stage"),
    ("days_to_close_date", "days_past_close_date"),
    ("days_next_step_overdue", "business_days_next_step_overdue"),
    ("days_since_contact_in", "business_days_since_inbound"),
    ("days_since_quote", "contacts_since_quote"),
)
# The first is known only where the second is.
_NEEDS = (
    ("days_over_stage_limit", "stage_limit_days"),
    ("days_over_stage_limit", "days_in_stage"),
    ("days_over_won_p80", "won_p80_days"),
    ("days_over_won_p80", "days_in_stage"),
    ("stage_limit_days", "stage"),
    ("won_p80_days", "stage"),
    ("amount_change_permille", "amount_minor"),
    ("amount_to_median_permille", "amount_minor"),
    ("days_to_next_step", "days_next_step_overdue"),
    ("discount_over_authority_bp", "discount_bp"),
)
# A flag reads yes exactly where the test of the other signal is true.
_FLAGS = (
    ("amount_known", Test("amount_minor", "not_null")),
    ("close_date_known", Test("days_to_close_date", "not_null")),
    ("next_step_set", Test("days_to_next_step", "not_null")),
    ("quote_sent", Test("quotes", "ge", 1)),
)


def bounds_of(spec: SignalSpec) -> Bounds:
    """What the values of a signal can be."""
    can_be_unknown = spec.unknown_means != "never"
    if spec.values is not None:
        return Bounds(0, len(spec.values) - 1, can_be_unknown)
    is_signed = spec.name in _SIGNED or spec.name.startswith(("attribute.", "over."))
    return Bounds(None if is_signed else 0, _HIGHEST.get(spec.name), can_be_unknown)


def changes_daily(spec: SignalSpec) -> bool:
    """Whether its value moves as time passes, though nothing happens to the deal."""
    if spec.name in _CONSTANT_DAYS:
        return False
    return (
        spec.unit in _DAILY_UNITS
        or spec.name.endswith(_DAILY_ENDINGS)
        or spec.name.endswith("win_probability_bp")
    )


def links_of(strategy: Strategy) -> tuple[Link, ...]:
    """What ties the signals of a deal to each other, the strategy's stages included."""
    return (
        *_declared(),
        *(link for ref in strategy.stages for link in _of_stage(ref)),
    )


def linked(links: Iterable[Link], names: Iterable[str]) -> tuple[Link, ...]:
    """Those that can matter between the named signals: on a way from one of them to another."""
    named, kept = set(names), list(links)
    while True:
        degree: dict[str, set[str]] = {}
        for link in kept:
            one, other = _ends(link)
            degree.setdefault(one, set()).add(other)
            degree.setdefault(other, set()).add(one)
        reached = _reached(named, degree)
        dead = {
            name
            for name, near in degree.items()
            if name not in named and (len(near) < 2 or name not in reached)
        }
        if not dead:
            return tuple(kept)
        kept = [link for link in kept if not dead & set(_ends(link))]


def _reached(named: set[str], near: Mapping[str, set[str]]) -> set[str]:
    """The signals that a way leads to from a named one."""
    reached, todo = set(named), list(named)
    while todo:
        for name in near.get(todo.pop(), ()):
            if name not in reached:
                reached.add(name)
                todo.append(name)
    return reached


def _ends(link: Link) -> tuple[str, str]:
    match link:
        case Implies(first, second):
            return first.signal, second.signal
        case AtMost(lesser, greater):
            return lesser, greater


def _declared() -> Iterator[Link]:
    for names in _WINDOWS:
        for lesser, greater in pairwise(names):
            yield AtMost(lesser, greater)
    for one, other in _TOGETHER:
        yield Implies(Test(one, "not_null"), Test(other, "not_null"))
        yield Implies(Test(other, "not_null"), Test(one, "not_null"))
    for one, other in _NEEDS:
        yield Implies(Test(one, "not_null"), Test(other, "not_null"))
    for flag, test in _FLAGS:
        yield Implies(Test(flag, "eq", 1), test)
        yield Implies(test, Test(flag, "eq", 1))
    yield Implies(Test("days_to_close_date", "ge", 0), Test("days_past_close_date", "eq", 0))
    yield Implies(Test("days_past_close_date", "eq", 0), Test("days_to_close_date", "ge", 0))
    yield Implies(Test("days_next_step_overdue", "ge", 1), Test("next_step_set", "eq", 0))
    yield Implies(Test("open_objections", "eq", 0), Test("business_days_objection_open", "is_null"))
    yield Implies(Test("business_days_objection_open", "is_null"), Test("open_objections", "eq", 0))


def _of_stage(ref: StageRef) -> Iterator[Link]:
    at = Test("stage", "eq", ref.code)
    yield Implies(at, Test("pipeline", "eq", ref.pipeline_code))
    yield Implies(at, Test("stage_rank", "eq", ref.rank))
    yield Implies(at, Test("stages_remaining", "eq", ref.stage_count - ref.rank - 1))
    if ref.stage.limit_days is None:
        yield Implies(at, Test("stage_limit_days", "is_null"))
    else:
        yield Implies(at, Test("stage_limit_days", "eq", ref.stage.limit_days))
