"""Which signals does the model look at, and in which words does it speak of them?

A feature cuts the values of one signal into levels. The list is explicit: a signal that is filled
only once a deal is decided, or that repeats somebody's guess of the outcome (`forecast_category`,
`win_probability_bp`), has no place in it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

Shown = Literal["count", "percent"]


@dataclass(frozen=True, slots=True)
class NumberSpec:
    """A signal cut into quantile bins. `{}` in `phrase` takes the range, in `one` nothing."""

    signal: str
    phrase: str
    unknown: str
    one: str = ""
    shown: Shown = "count"


@dataclass(frozen=True, slots=True)
class CodeSpec:
    """A signal whose values are codes, one level each; `{}` in `phrase` takes the label."""

    signal: str
    phrase: str
    unknown: str
    labels: tuple[str, ...] = ()


FeatureSpec = NumberSpec | CodeSpec


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a feature: what it is called, what it adds, and the deals it was learned from.

    `seen_permille` is the share of the training deals' weight on this level.
    """

    text: str
    log_odds_micro: int
    seen_permille: int


@dataclass(frozen=True, slots=True)
class Feature:
    """A learned feature: every integer falls on one level.

    `edges` ascend; the segment of a value is the number of edges at or below it, and
    `level_of_segment` names that segment's level. Unknown lies below the first edge: level 0.
    """

    signal: str
    column: int
    edges: tuple[int, ...]
    level_of_segment: tuple[int, ...]
    levels: tuple[Level, ...]

    def level_index(self, value: int) -> int:
        """The level on which `value` falls."""
        return self.level_of_segment[bisect_right(self.edges, value)]


def days(signal: str, tail: str, unknown: str) -> NumberSpec:
    """A feature counted in days."""
    return NumberSpec(signal, f"{{}} days {tail}", unknown, one=f"1 day {tail}")


def count(signal: str, one: str, many: str, tail: str = "") -> NumberSpec:
    """A feature that counts things: one call, {} calls."""
    end = f" {tail}" if tail else ""
    return NumberSpec(signal, f"{{}} {many}{end}", f"{many}{end}: unknown", one=f"1 {one}{end}")


def flag(signal: str, no: str, yes: str) -> CodeSpec:
    """A feature that is true or not."""
    return CodeSpec(signal, "{}", f"unknown whether {yes}", labels=(no, yes))


DEFAULT_FEATURES: tuple[FeatureSpec, ...] = (
    CodeSpec("stage", "stage {}", "stage not in the strategy"),
    CodeSpec("tier", "tier {}", "no tier fits, or attributes not recorded"),
    days("days_in_stage", "in this stage", "no stage recorded"),
    days("age_days", "since it was opened", "opening not recorded"),
    days("days_since_contact_in", "since the buyer was heard", "buyer never heard"),
    days("days_since_contact_out", "since we made contact", "no contact made"),
    count("unanswered_outbound", "unanswered contact", "unanswered contacts"),
    count("meetings_30d", "meeting", "meetings", "in 30 days"),
    count("calls_30d", "call", "calls", "in 30 days"),
    count("emails_in_30d", "e-mail received", "e-mails received", "in 30 days"),
    count("activities_21d", "activity", "activities", "in 21 days"),
    count("contacts_reached", "contact reached", "contacts reached"),
    count("roles_covered", "buying role covered", "buying roles covered"),
    count("close_date_pushes", "push of the close date", "pushes of the close date"),
    days("days_past_close_date", "past the close date", "no close date recorded"),
    NumberSpec(
        "amount_to_median_permille", "amount {} of the median", "no amount", shown="percent"
    ),
    count("stage_moves", "stage change", "stage changes"),
    count("stage_regressions", "move back", "moves back"),
    count("criteria_met", "exit criterion met", "exit criteria met"),
    count("claims_presented", "claim presented", "claims presented"),
    count("open_objections", "open objection", "open objections"),
    flag("next_step_set", "no next step is set", "a next step is set"),
    flag("quote_sent", "no quote was sent", "a quote was sent"),
    flag("competitor_known", "no competitor is known", "a competitor is known"),
)


def attribute_features(labels: Mapping[str, Sequence[str]]) -> tuple[FeatureSpec, ...]:
    """One feature for each declared attribute with a list of values, given as name -> labels.

    The caller answers for the attributes: one filled in only after the decision leaks it.
    """
    return tuple(
        CodeSpec(
            f"attribute.{name}", f"{_words(name)} {{}}", f"{_words(name)} unknown", tuple(values)
        )
        for name, values in labels.items()
    )


def with_labels(
    specs: Iterable[FeatureSpec], labels: Mapping[str, Sequence[str]]
) -> tuple[FeatureSpec, ...]:
    """The same features, speaking of codes by these labels (signal -> label of each code)."""
    return tuple(
        replace(spec, labels=tuple(labels[spec.signal]))
        if isinstance(spec, CodeSpec) and spec.signal in labels
        else spec
        for spec in specs
    )


def number_text(spec: NumberSpec, low: int | None, high: int | None) -> str:
    """Words for the values from `low` up to `high`, both included; None is open."""
    match low, high:
        case None, None:
            return spec.phrase.format("any number of" if spec.shown == "count" else "any share")
        case None, int(top):
            amount = f"at most {_shown(spec, top)}"
        case int(bottom), None:
            amount = f"at least {_shown(spec, bottom)}"
        case int(bottom), int(top) if bottom == top == 1 and spec.one:
            return spec.one
        case int(bottom), int(top) if bottom == top:
            amount = _shown(spec, bottom)
        case _:
            amount = f"{_shown(spec, low)} to {_shown(spec, high)}"
    return spec.phrase.format(amount)


def code_text(spec: CodeSpec, code: int) -> str:
    """Words for one code."""
    label = spec.labels[code] if 0 <= code < len(spec.labels) else f"number {code}"
    return spec.phrase.format(label)


def other_text(spec: CodeSpec) -> str:
    """Words for all codes that were too rare to learn from one by one."""
    return f"{_words(spec.signal.removeprefix('attribute.'))}: any other"


def _shown(spec: NumberSpec, value: int | None) -> str:
    if spec.shown == "percent":
        return f"{round((value or 0) / 10)} %"
    return str(value)


def _words(name: str) -> str:
    return name.replace("_", " ")
