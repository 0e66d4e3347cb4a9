"""Which signals can be asked for under a strategy, and how do their values read to people?

The catalogue leaves open what only a strategy knows: the names of stages, pipelines and tiers, and
one more signal for each attribute, `attribute.<name>`, after the catalogue in order of name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from string import Formatter

from salesadvisor.domain.events import minor_units
from salesadvisor.domain.signals import CATALOGUE, SignalSpec
from salesadvisor.domain.strategy import Strategy

ATTRIBUTE_PREFIX = "attribute."
Vocabulary = Mapping[str, SignalSpec]


def vocabulary(strategy: Strategy, catalogue: Iterable[SignalSpec] = CATALOGUE) -> Vocabulary:
    """Every signal by name, in column order, its labels filled in (`values[code]`)."""
    named = {
        "stage": tuple(ref.name for ref in strategy.stages),
        "pipeline": tuple(strategy.pipeline_codes),
        "tier": tuple(strategy.tier_codes),
    }
    specs = [
        replace(spec, values=named[spec.name]) if spec.name in named else spec for spec in catalogue
    ]
    return {spec.name: spec for spec in (*specs, *_attributes(strategy))}


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
