"""Why is something not advised: held back for which reason, or silent for want of what?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from salesadvisor.domain import advice as verdicts
from salesadvisor.domain.advice import ALREADY_OPEN, RANKED_SCOPES, SHOWN
from salesadvisor.domain.naming import did_you_mean
from salesadvisor.domain.rules import Rule
from salesadvisor.domain.vocabulary import Vocabulary
from salesadvisor.errors import BadInput
from salesadvisor.study.advising import Advice, Recommendation, Subject
from salesadvisor.study.near_rules import NearRule, nearest_of

_ANSWERED = {"accepted": "accepted, not done", "dismissed": "dismissed", "done": "done"}


@dataclass(frozen=True)
class Silent:
    """A rule that does not fire on a subject, and what its nearest alternative lacks."""

    about: Subject
    near: NearRule


@dataclass(frozen=True)
class WhyNot:
    """What was asked for that nobody sees: `held` back, or `silent` (the nearest, of `silents`)."""

    held: tuple[Recommendation, ...]
    silent: tuple[Silent, ...]
    silents: int
    off: tuple[Rule, ...]
    """Rules that don't speak on that day."""


def why_not(
    advice: Advice, rules: Sequence[Rule], words: Vocabulary, names: Sequence[str], *, today: date,
    most: int,
) -> WhyNot:  # fmt: skip
    """What is not shown of the subjects and rules in `names`: of a pair, just that.

    A single subject is asked about all rules, a single rule about all subjects; at most `most`
    silent pairs are told, the nearest first. Raises BadInput for a name that is neither.
    """
    asked_rules, asked_subjects = _asked(advice, rules, names)
    subjects = [one for one in advice.subjects if _fits(one.name, asked_subjects)]
    chosen = [rule for rule in rules if _fits(rule.id, asked_rules) and rule.scope in RANKED_SCOPES]
    fired = [
        one
        for one in advice.recommendations
        if _fits(one.subject, asked_subjects) and _fits(one.rule.id, asked_rules)
    ]
    pairs = {(one.scope, one.subject, one.rule.id) for one in fired}
    speaking = [
        rule for rule in chosen if rule.is_effective(today) and rule.id not in advice.groundless
    ]
    silent = [
        Silent(about, near)
        for about in subjects
        for near in nearest_of(
            [
                rule
                for rule in speaking
                if rule.scope == about.scope and (about.scope, about.name, rule.id) not in pairs
            ],
            about.signals,
            words,
        )
    ]
    silent.sort(key=lambda one: (*one.near.distance, one.about.name, one.near.rule.id))
    return WhyNot(
        held=tuple(one for one in fired if one.verdict not in (SHOWN, ALREADY_OPEN)),
        silent=tuple(silent[:most]),
        silents=len(silent),
        off=tuple(rule for rule in chosen if rule not in speaking) if asked_rules else (),
    )


def reason_of(one: Recommendation) -> str:
    """Why a recommendation is not shown, with what is known of it."""
    until = one.quiet_until
    if until is not None and one.before is not None:
        quiet = f"quiet until {until:%Y-%m-%d}"
        said = _ANSWERED.get(one.before.answer or "")
        if said is None:
            return f"{one.verdict_text}, {quiet}"
        why = f": {one.before.why}" if one.before.answer == "dismissed" and one.before.why else ""
        return f"{said}{why}, {quiet}"
    if one.verdict == verdicts.BETTER_IN_GROUP and one.rule.group:
        return f"{one.verdict_text} '{one.rule.group}'"
    if one.verdict == verdicts.ESCALATED and one.before is not None:
        return f"{one.verdict_text} (last given {one.before.event.occurred_at:%Y-%m-%d})"
    return one.verdict_text


def by_reason(held: Sequence[Recommendation]) -> list[tuple[str, int]]:
    """How many are held back for each reason, most first."""
    texts = sorted(one.verdict_text for one in held)
    counted = [(text, len(list(group))) for text, group in groupby(texts)]
    return sorted(counted, key=lambda pair: (-pair[1], pair[0]))


def _asked(
    advice: Advice, rules: Sequence[Rule], names: Sequence[str]
) -> tuple[set[str], set[str]]:
    """Which of the names are rules, and which are subjects."""
    ids = {rule.id for rule in rules}
    subjects = {one.name for one in advice.subjects}
    for name in names:
        if name not in ids and name not in subjects:
            cure = did_you_mean(name, ids | subjects)
            raise BadInput(
                "--why-not", f"'{name}' is no rule, open deal, account, rep, team or goal", cure
            )
    return {name for name in names if name in ids}, {name for name in names if name in subjects}


def _fits(name: str, asked: set[str]) -> bool:
    return not asked or name in asked
