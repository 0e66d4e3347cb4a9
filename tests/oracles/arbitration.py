"""Which candidates are shown, and why not the others? The oracle of arbitration: dicts over weeks.

It knows nothing of slots, arrays or scratch memory: only what was said to whom, and when.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class RuleSays:
    """What arbitration asks of a rule. Days are days, minutes are minutes."""

    effort_minutes: int
    cooldown_days: int
    expires_days: int
    group: str | None
    salience: int


@dataclass(frozen=True)
class Fired:
    """A rule that fired on a deal at a checkpoint."""

    deal: str
    rule: str
    rep: str | None
    dedupe: int
    priority: int


@dataclass
class Given:
    """The last time that a rule's advice was given on a deal."""

    at: int
    dedupe: int
    times: int


@dataclass
class Arbiter:
    """Remembers from checkpoint to checkpoint."""

    rules: Mapping[str, RuleSays]
    capacity: Mapping[str, int]
    most_per_deal: int
    given: dict[tuple[str, str], Given] = field(default_factory=dict)
    minutes: dict[tuple[str, int], int] = field(default_factory=dict)

    def decide(self, fired: Sequence[Fired], at: int, week: int) -> list[tuple[str, int]]:
        """The verdict on each, and how often its rule had advised its deal before."""
        found = [self._alone(one, at) for one in fired]
        carried: dict[str, int] = {}
        groups: dict[str, set[str]] = {}
        for one, (verdict, _) in zip(fired, found, strict=True):
            if verdict == "same action already open":
                self._carry(one, carried, groups)
        waiting = [place for place, (verdict, _) in enumerate(found) if not verdict]
        waiting.sort(key=lambda place: -fired[place].priority)
        waiting.sort(key=lambda place: -self.rules[fired[place].rule].salience)
        for place in waiting:
            one, (_, times) = fired[place], found[place]
            verdict = self._among_others(one, week, carried, groups)
            found[place] = (verdict, times)
            if verdict == "shown":
                self._carry(one, carried, groups)
                spent = self.minutes.get((str(one.rep), week), 0)
                self.minutes[str(one.rep), week] = spent + self.rules[one.rule].effort_minutes
                self.given[one.deal, one.rule] = Given(at, one.dedupe, times + 1)
        return found

    def _alone(self, one: Fired, at: int) -> tuple[str, int]:
        rule, last = self.rules[one.rule], self.given.get((one.deal, one.rule))
        times = last.times if last else 0
        if last is not None and last.dedupe == one.dedupe:
            if at < last.at + rule.expires_days * 86_400:
                return "same action already open", times
            if at < last.at + rule.cooldown_days * 86_400:
                return "cooling down", times
        if one.rep is None:
            return "deal has no owner", times
        return ("worth less than the rep's time" if one.priority <= 0 else ""), times

    def _among_others(
        self, one: Fired, week: int, carried: dict[str, int], groups: dict[str, set[str]]
    ) -> str:
        rule = self.rules[one.rule]
        if rule.group and rule.group in groups.get(one.deal, ()):
            return "better advice in its group"
        if carried.get(one.deal, 0) >= self.most_per_deal:
            return "deal has enough advice"
        spent = self.minutes.get((str(one.rep), week), 0)
        if spent + rule.effort_minutes > self.capacity[str(one.rep)]:
            return "over the rep's capacity"
        return "shown"

    def _carry(self, one: Fired, carried: dict[str, int], groups: dict[str, set[str]]) -> None:
        carried[one.deal] = carried.get(one.deal, 0) + 1
        group = self.rules[one.rule].group
        if group:
            groups.setdefault(one.deal, set()).add(group)
