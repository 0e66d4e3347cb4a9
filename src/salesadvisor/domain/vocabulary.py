"""Which signals can be asked for under a strategy, and how do their values read to people?

The catalogue leaves open what only a strategy knows: the names of stages, pipelines and tiers, and
one more signal of the deal for each attribute (`attribute.<name>`, in order of name) and then for
each criterion, claim, topic, role, competitor, learned threshold and constraint it declares. The
signals of the other scopes follow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from string import Formatter

from salesadvisor.domain.events import minor_units
from salesadvisor.domain.rules import Scope
from salesadvisor.domain.scopes import CATALOGUES
from salesadvisor.domain.signals import SignalSpec
from salesadvisor.domain.strategy import Strategy

ATTRIBUTE_PREFIX = "attribute."
Vocabulary = Mapping[str, SignalSpec]


# What a strategy's names become: the beginning of the signal's name, and what it says.
CRITERION, CLAIM, TOPIC, ROLE, COMPETITOR = "criterion.", "claim.", "topic.", "role.", "competitor."
THRESHOLD, CONSTRAINT = "over.", "constraint."
CONSTRAINT_STATES = ("not activated", "kept", "pending", "broken")
_UNIT_LEARNED = {"days_in_stage": "days", "age_days": "days", "amount_minor": "minor units"}


def vocabulary(strategy: Strategy) -> Vocabulary:
    """Every signal by name, in column order within its scope, labels filled in (`values[code]`)."""
    specs = [
        *(_named(spec, strategy) for spec in CATALOGUES["deal"]),
        *_attributes(strategy),
        *derived(strategy),
        *(
            _named(spec, strategy)
            for scope, catalogue in CATALOGUES.items()
            if scope != "deal"
            for spec in catalogue
        ),
    ]
    return {spec.name: spec for spec in specs}


def words_of(strategy: Strategy, scope: Scope) -> Vocabulary:
    """The signals of one scope by name, in column order."""
    return {name: spec for name, spec in vocabulary(strategy).items() if spec.scope == scope}


def derived(strategy: Strategy) -> tuple[SignalSpec, ...]:
    """The deal signals that the strategy's own names make, in column order."""
    flags = [
        (CRITERION, strategy.criterion_names, "Whether the exit criterion '{}' is met."),
        (CLAIM, strategy.claim_names, "Whether the claim '{}' was presented."),
        (TOPIC, strategy.conversations.topics, "Whether '{}' was a topic."),
        (ROLE, strategy.relationships.roles, "Whether a contact of the role '{}' was reached."),
        (COMPETITOR, strategy.competitor_names, "Whether '{}' is recorded as a competitor."),
    ]
    told_apart = [
        SignalSpec(prefix + name, "yes/no", "never", sentence.format(name), values=("no", "yes"))
        for prefix, names, sentence in flags
        for name in names
    ]
    learned = [
        SignalSpec(
            THRESHOLD + name,
            _UNIT_LEARNED[limit.of],
            "the deal has no such value, or neither history nor the strategy gives a limit",
            f"{limit.of} beyond the P{limit.percentile} of won deals; negative while within it.",
        )
        for name, limit in strategy.thresholds.items()
    ]
    constraints = [
        SignalSpec(
            CONSTRAINT + one.id,
            "code",
            "never",
            f"How the deal stands to the declared order '{one.id}'.",
            values=CONSTRAINT_STATES,
        )
        for one in strategy.process.constraints
    ]
    return (*told_apart, *learned, *constraints)


def _named(spec: SignalSpec, strategy: Strategy) -> SignalSpec:
    """`spec` with the strategy's names as its labels, where its codes are such names."""
    match spec.name.rpartition(".")[2]:
        case "stage":
            return replace(spec, values=tuple(ref.name for ref in strategy.stages))
        case "pipeline":
            return replace(spec, values=tuple(strategy.pipeline_codes))
        case "tier" | "effort_short_tier" | "drifting_tier":
            return replace(spec, values=tuple(strategy.tier_codes))
        case "channel_off_plan":
            return replace(spec, values=tuple(one.name for one in strategy.channels.mix))
        case _:
            return spec


def _attributes(strategy: Strategy) -> Iterator[SignalSpec]:
    for name in strategy.attribute_names:
        attribute = strategy.attributes[name]
        yield SignalSpec(
            name=ATTRIBUTE_PREFIX + name,
            unit=(attribute.unit or "count") if attribute.number else "code",
            unknown_means="it is not recorded",
            sentence=f"What the strategy calls '{name}' of the deal or its account.",
            values=None if attribute.number else attribute.values,
        )


def codes_of(spec: SignalSpec, label: str) -> tuple[int, ...]:
    """The codes of a label: several where pipelines share a stage name, none if it is unknown."""
    return tuple(code for code, name in enumerate(spec.values or ()) if name == label)


def shown(spec: SignalSpec, value: int | None, currency: str) -> str:
    """A signal's value for people: the label, 12.5 % for basis points and per mille, money whole.

    An amount gets its currency; other units stay with the sentence around it.
    """
    if value is None:
        return "unknown"
    if spec.values is not None:
        return spec.values[value] if 0 <= value < len(spec.values) else str(value)
    match spec.unit:
        case "basis points":
            return f"{Decimal(value) / 100:g} %"
        case "per mille":
            return f"{Decimal(value) / 10:g} %"
        case "minor units":
            return f"{value // minor_units(Decimal(1), currency):,} {currency}"
        case _:
            return str(value)


def written(spec: SignalSpec, value: int | None, strategy: Strategy) -> str:
    """A value as a rule or a test writes it: a label, `pipeline/stage` if needed, or a number."""
    if value is None:
        return "unknown"
    if spec.values is None or not 0 <= value < len(spec.values):
        return str(value)
    label = spec.values[value]
    if spec.name == "stage" and spec.values.count(label) > 1:
        return f"{strategy.stages[value].pipeline}/{label}"
    return label


def names_in(template: str) -> tuple[str, ...]:
    """The signals named in braces; raises ValueError where the braces don't match."""
    return tuple(name for _, name, _, _ in Formatter().parse(template) if name is not None)


def told(template: str, row: Mapping[str, int | None], words: Vocabulary, currency: str) -> str:
    """The template with each `{signal}` replaced by its value for people."""
    parts = []
    for text, name, _, _ in Formatter().parse(template):
        parts.append(text)
        if name is not None:
            parts.append(shown(words[name], row.get(name), currency))
    return "".join(parts)
