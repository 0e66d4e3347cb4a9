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
    hit: str = "priority"
    evidence: str = "hypothesis"


@dataclass(frozen=True)
class Fired:
    """A rule that fired on a deal at a checkpoint. `planned`: the step is planned already."""

    deal: str
    rule: str
    rep: str | None
    dedupe: int
    priority: int
    stake: int = 0
    planned: bool = False


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
    escalate_after: int = 0
    ignored: Mapping[tuple[str, str], int] = field(default_factory=dict)
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
        self._first_hits(fired, found)
        waiting = [place for place, (verdict, _) in enumerate(found) if not verdict]
        keys = self._keys(fired, found)
        waiting.sort(key=lambda place: self.rules[fired[place].rule].evidence == "hypothesis")
        waiting.sort(key=lambda place: keys[place], reverse=True)
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
            if 0 < self.escalate_after <= self.ignored.get((one.deal, one.rule), 0):
                return "left unanswered, now with the manager", times
            if at < last.at + rule.cooldown_days * 86_400:
                return "cooling down", times
        if one.planned:
            return "a step is already planned", times
        if one.rep is None:
            return "deal has no owner", times
        return ("worth less than the rep's time" if one.priority <= 0 else ""), times

    def _first_hits(self, fired: Sequence[Fired], found: list[tuple[str, int]]) -> None:
        """In a group whose first rule counts, the others have nothing to say."""
        met: set[tuple[str, str]] = set()
        for place, one in enumerate(fired):
            rule = self.rules[one.rule]
            if found[place][0] or rule.hit != "first" or not rule.group:
                continue
            if (one.deal, rule.group) in met:
                found[place] = ("better advice in its group", found[place][1])
            met.add((one.deal, rule.group))

    def _keys(
        self, fired: Sequence[Fired], found: Sequence[tuple[str, int]]
    ) -> list[tuple[int, int]]:
        """Salience and priority; a hypothesis gets no more than any measured rule of its stake."""
        keys = [(self.rules[one.rule].salience, one.priority) for one in fired]
        capped = []
        for one, key in zip(fired, keys, strict=True):
            measured = [
                keys[place]
                for place, other in enumerate(fired)
                if (other.rep, other.stake) == (one.rep, one.stake)
                and self.rules[other.rule].evidence == "measured"
                and found[place][0] in ("", "same action already open")
            ]
            is_guess = self.rules[one.rule].evidence == "hypothesis"
            capped.append(min([key, *measured]) if is_guess else key)
        return capped

    def _among_others(
        self, one: Fired, week: int, carried: dict[str, int], groups: dict[str, set[str]]
    ) -> str:
        rule = self.rules[one.rule]
        if rule.group and rule.hit != "collect" and rule.group in groups.get(one.deal, ()):
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
        if group and self.rules[one.rule].hit != "collect":
            groups.setdefault(one.deal, set()).add(group)
