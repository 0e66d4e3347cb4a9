"""Which rules can never fire, always fire, say the same or contradict each other? Exactly.

By box algebra over the normal form that the engines share, within the bounds of the signals and
the links between them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from typing import Final, assert_never

from salesadvisor.domain.rules import All, Any, Condition, Not, Rule, Stance, Test
from salesadvisor.domain.strategy import Strategy
from salesadvisor.domain.vocabulary import Vocabulary, written
from salesadvisor.engine.algebra import Point, Region, Space, regions_of
from salesadvisor.errors import PlaybookError
from salesadvisor.study.condition_text import place_of, told
from salesadvisor.study.rule_lint.finding import Finding

_OPPOSED: Final[frozenset[frozenset[Stance]]] = frozenset(
    {frozenset({"advance", "withdraw"}), frozenset({"advance", "hold"})}
)
_FOREVER = (date.min, date.max)


@dataclass(frozen=True)
class Shape:
    """A rule with its normal form."""

    rule: Rule
    regions: tuple[Region, ...]


@dataclass(frozen=True)
class Shapes:
    """The rules that are switched on, in the space of their signals."""

    shapes: tuple[Shape, ...]
    space: Space
    words: Vocabulary
    strategy: Strategy
    columns: Mapping[str, int]

    def findings(self) -> Iterator[Finding]:
        """What is wrong with each of them, then with pairs of them."""
        part_rows = []
        for shape in self.shapes:
            yield from _empty_parts(shape.rule.when, shape.rule)
            if self.space.point_in(shape.regions) is None:
                yield self._never(shape.rule)
            elif self.space.covers(shape.regions, [{}]):
                yield _always(shape.rule)
            else:
                yield from self._dead_parts(shape.rule, shape.rule.when)
                part_rows.append(shape)
        for one, other in combinations(part_rows, 2):
            if one.rule.scope == other.rule.scope and _overlap_in_time(one.rule, other.rule):
                yield from self._of_pair(one, other)

    def _of_pair(self, one: Shape, other: Shape) -> Iterator[Finding]:
        wider = self.space.covers(one.regions, other.regions)
        narrower = self.space.covers(other.regions, one.regions)
        if wider and narrower:
            if _same_action(one.rule, other.rule) or not _share_group(one.rule, other.rule):
                yield _duplicate(one.rule, other.rule)
        elif wider and _is_superfluous(other.rule, one.rule):
            yield _subsumed(other.rule, one.rule)
        elif narrower and _is_superfluous(one.rule, other.rule):
            yield _subsumed(one.rule, other.rule)
        if _contradict(one.rule, other.rule):
            point = self.space.meeting(one.regions, other.regions)
            if point is not None:
                yield self._contradiction(one.rule, other.rule, point)

    def _can_hold(self, rule: Rule, *parts: Condition) -> bool:
        try:
            regions = regions_of(replace(rule, when=All(parts)), self.columns)
        except PlaybookError:  # parts may have more alternatives than their rule
            return True
        return self.space.point_in(regions) is not None

    def _never(self, rule: Rule) -> Finding:
        clash = self._clash(rule)
        place, reason = rule.place, "no values of its signals make its condition true"
        if clash:
            place = place_of(clash[-1], rule.place)
            reason = " and ".join(f"'{told(part)}'" for part in clash)
            reason += " never hold together" if len(clash) > 1 else " never holds"
        cure = "correct the condition; docs/signals.md says what a signal can be"
        return Finding("never_true", rule.id, place, f"it can never fire: {reason}", cure)

    def _clash(self, rule: Rule) -> tuple[Condition, ...]:
        """The part of a conjunction, or the first two, that stop it; none where it takes more."""
        parts = rule.when.items if isinstance(rule.when, All) else (rule.when,)
        flat = [one for part in parts for one in (part.items if isinstance(part, All) else [part])]
        for count in (1, 2):
            for some in combinations(flat, count):
                if not self._can_hold(rule, *some):
                    return some
        return ()

    def _dead_parts(self, rule: Rule, condition: Condition) -> Iterator[Finding]:
        """Alternatives that can't hold, in a rule that can fire by others."""
        match condition:
            case Test() | Not():
                return
            case All(items):
                for item in items:
                    yield from self._dead_parts(rule, item)
            case Any(items):
                for item in items:
                    if self._can_hold(rule, item):
                        yield from self._dead_parts(rule, item)
                    elif not isinstance(item, Any) or item.items:
                        yield Finding(
                            "dead_alternative", rule.id, place_of(item, rule.place),
                            f"the alternative '{told(item)}' never holds",
                            "correct it, or leave it out",
                        )  # fmt: skip
            case _:
                assert_never(condition)

    def _contradiction(self, one: Rule, other: Rule, point: Point) -> Finding:
        asked = {*one.signals, *other.signals}
        example = ", ".join(
            f"{name}: {written(self.words[name], value, self.strategy)}"
            for name, value in sorted(point.items())
            if name in asked
        )
        return Finding(
            "contradiction", other.id, other.place,
            f"it says {other.action.stance} where {one.id} ({one.place}) says"
            f" {one.action.stance}, for instance on {example}",
            "part their conditions, or put both into one group that shows a single rule",
        )  # fmt: skip


def shapes_of(
    rules: Sequence[Rule],
    columns: Mapping[str, int],
) -> tuple[list[Shape], list[Finding]]:
    """The rules with their normal forms, and a finding for each that has too large a one."""
    shapes, findings = [], []
    for rule in rules:
        try:
            shapes.append(Shape(rule, regions_of(rule, columns)))
        except PlaybookError as error:
            findings.append(
                Finding("too_many_alternatives", rule.id, error.place, error.problem, error.cure)
            )
    return shapes, findings


def _empty_parts(condition: Condition, rule: Rule) -> Iterator[Finding]:
    """Parts that ask for a flag which no stage carries."""
    match condition:
        case Test():
            return
        case Any(()):
            yield Finding(
                "empty_flag", rule.id, condition.place or rule.place,
                f"'{condition.text}' never holds: no stage of the strategy carries that flag",
                "flag a stage in strategy.yaml, or name the stages",
            )  # fmt: skip
        case Not(item):
            yield from _empty_parts(item, rule)
        case All(items) | Any(items):
            for item in items:
                yield from _empty_parts(item, rule)
        case _:
            assert_never(condition)


def _always(rule: Rule) -> Finding:
    return Finding(
        "always_true", rule.id, rule.place,
        "it always fires: its condition is true whatever its signals are",
        "ask for what is special about the deals that it is for",
    )  # fmt: skip


def _duplicate(one: Rule, other: Rule) -> Finding:
    return Finding(
        "duplicate", other.id, other.place,
        f"it fires on exactly the same rows as {one.id} ({one.place})",
        "keep one of the two",
    )  # fmt: skip


def _subsumed(inner: Rule, outer: Rule) -> Finding:
    return Finding(
        "subsumed", inner.id, inner.place,
        f"wherever it fires, {outer.id} ({outer.place}) fires too, with the same action and no"
        " lower rank",
        "remove it, or give it an action, effect or salience of its own",
    )  # fmt: skip


def _same_action(one: Rule, other: Rule) -> bool:
    return one.action == other.action


def _is_superfluous(inner: Rule, outer: Rule) -> bool:
    """Whether the outer rule says the same and ranks no lower, as far as the rule decides it."""
    return (
        _same_action(inner, outer)
        and inner.salience <= outer.salience
        and inner.effect_permille <= outer.effect_permille
        and (inner.stake, inner.stake_minor) == (outer.stake, outer.stake_minor)
        and inner.urgency in (None, outer.urgency)
    )


def _share_group(one: Rule, other: Rule) -> bool:
    return one.group is not None and one.group == other.group


def _contradict(one: Rule, other: Rule) -> bool:
    """Whether one says push on and the other says don't, and both may be shown of one deal."""
    stances = {one.action.stance, other.action.stance}
    shows_one = _share_group(one, other) and one.hit != "collect"
    return stances in _OPPOSED and not shows_one


def _overlap_in_time(one: Rule, other: Rule) -> bool:
    first, last = _FOREVER
    return max(one.effective_from or first, other.effective_from or first) <= min(
        one.effective_to or last, other.effective_to or last
    )
