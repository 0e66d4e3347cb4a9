"""Which conditions may a rule have? As JSON Schema: the signals of a scope, and what each allows.

What only a strategy knows stays open: the names of its stages, and of the signals it makes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from salesadvisor.domain.elements import LearnedFrom, Stage
from salesadvisor.domain.rules import LARGEST, SCOPES, Comparison, Scope
from salesadvisor.domain.scopes import CATALOGUES
from salesadvisor.domain.signals import YES_NO, SignalSpec
from salesadvisor.domain.strategy import Strategy
from salesadvisor.domain.vocabulary import (
    ATTRIBUTE_PREFIX,
    CLAIM,
    COMPETITOR,
    CONSTRAINT,
    CONSTRAINT_STATES,
    CRITERION,
    ROLE,
    THRESHOLD,
    TOPIC,
)
from salesadvisor.playbook.json_schema import Schema, any_of, closed, list_of, ref

# What the strategy's names become, and what is said of such a signal.
_FLAGS_BY_NAME: Mapping[str, str] = {
    CRITERION: "Whether this exit criterion of the strategy is met: yes or no.",
    CLAIM: "Whether this claim of the strategy was presented: yes or no.",
    TOPIC: "Whether this topic of the strategy was talked about: yes or no.",
    ROLE: "Whether a contact of this role was reached: yes or no.",
    COMPETITOR: "Whether this competitor is recorded: yes or no.",
}
_SAID_BY_THE_SENTENCE = ("code", "yes/no", "count", "rank", "stages")
_STAGE_FLAGS = [name for name, field in Stage.model_fields.items() if field.annotation is bool]
_COMPARED: Mapping[str, str] = {
    "eq": "Equal.",
    "ne": "Not equal.",
    "lt": "Less than.",
    "le": "At most.",
    "gt": "More than.",
    "ge": "At least.",
}
_LABEL = {"type": ["string", "number"]}
_YES_OR_NO = {"enum": [*YES_NO, True, False]}
_INTEGER = {"type": "integer", "minimum": -LARGEST, "maximum": LARGEST}
_NULL_TESTS: Mapping[str, Schema] = {
    "is_null": {"type": "boolean", "description": "Unknown: it is not recorded."},
    "not_null": {"type": "boolean", "description": "Known."},
}
_UNKNOWN = {"enum": [None, "unknown"], "description": "Not recorded."}


def condition_definitions() -> dict[str, Schema]:
    """The definitions `condition_SCOPE` and `signal_SCOPE` of every scope, and what they use."""
    return {
        **{f"condition_{scope}": _condition(scope) for scope in SCOPES},
        **{f"signal_{scope}": _signal_name(scope) for scope in SCOPES},
        "number": any_of(_INTEGER, ref("strategy_number")),
        "strategy_number": _of_strategy(),
        "learnable_test": _number_test(learnable=True),
        "number_test": _number_test(learnable=False),
        "name_test": _label_test(_LABEL),
        "stage_test": _label_test(_LABEL, flagged=_stage_flag()),
        "yes_no_test": _label_test(_YES_OR_NO),
    }


def state_definitions() -> dict[str, Schema]:
    """The definition `state`, what a test may give for each signal, and what it uses."""
    signals = {
        spec.name: {**_given(spec), "description": _meaning(spec)}
        for scope in SCOPES
        for spec in CATALOGUES[scope]
    }
    number, name = ref("number_given"), _one_or_more(_LABEL)
    state = closed(
        signals,
        patternProperties=_named_signals(
            number=number, name=name, flag=_one_or_more(_YES_OR_NO), states=_one_or_more
        ),
        description="Signals with their values; a list makes a case of each of its values."
        " What is not given is unknown. A stage says its pipeline and rank too.",
    )
    return {
        "state": state,
        "number_given": _one_or_more(any_of({"type": "integer"}, ref("strategy_number"))),
        "strategy_number": _of_strategy(),
    }


def _condition(scope: Scope) -> Schema:
    inner = ref(f"condition_{scope}")
    groups: dict[str, Schema] = {
        "all": {**list_of(inner), "description": "Each of these conditions holds."},
        "any": {**list_of(inner), "description": "One of these conditions holds."},
        "not": {**inner, "description": "This condition is known not to hold."},
    }
    signals = {
        spec.name: {**_test(spec), "description": _meaning(spec)} for spec in CATALOGUES[scope]
    }
    named = {
        "patternProperties": _named_signals(
            number=ref("number_test"),
            name=ref("name_test"),
            flag=ref("yes_no_test"),
            states=_label_test,
        )
    }
    return closed(
        {**groups, **signals},
        **(named if scope == "deal" else {}),
        minProperties=1,
        description="Signals and what they are compared with; all of it must hold.",
    )


def _named_signals(*, number: Schema, name: Schema, flag: Schema, states: Any) -> dict[str, Schema]:
    """The signals that a strategy makes, by the pattern of their names."""
    attribute = "An attribute that the strategy declares: one of its values, or a number."
    return {
        **{
            _named(prefix): {**flag, "description": text} for prefix, text in _FLAGS_BY_NAME.items()
        },
        _named(ATTRIBUTE_PREFIX): {**any_of(number, name), "description": attribute},
        _named(THRESHOLD): {
            **number,
            "description": "The value beyond a learned threshold; negative while within it.",
        },
        _named(CONSTRAINT): {
            **states({"enum": list(CONSTRAINT_STATES)}),
            "description": "How the deal stands to a declared order of events.",
        },
    }


def _named(prefix: str) -> str:
    return "^" + prefix.replace(".", r"\.") + r"\S"


def _signal_name(scope: Scope) -> Schema:
    names: Schema = {"enum": [spec.name for spec in CATALOGUES[scope]]}
    if scope != "deal":
        return names
    prefixes = (*_FLAGS_BY_NAME, ATTRIBUTE_PREFIX, THRESHOLD, CONSTRAINT)
    return any_of(names, *({"type": "string", "pattern": _named(prefix)} for prefix in prefixes))


def _meaning(spec: SignalSpec) -> str:
    unit = "" if spec.unit in _SAID_BY_THE_SENTENCE else f" In {spec.unit}."
    unknown = "" if spec.unknown_means == "never" else f" Unknown when {spec.unknown_means}."
    return f"{spec.sentence}{unit}{unknown}"


def _test(spec: SignalSpec) -> Schema:
    if spec.name == "stage":
        return ref("stage_test")
    if spec.name in get_args(LearnedFrom):
        return ref("learnable_test")
    if spec.values == YES_NO:
        return ref("yes_no_test")
    if spec.values is not None:
        return _label_test({"enum": list(spec.values)})
    return ref("name_test" if spec.unit == "code" else "number_test")


def _given(spec: SignalSpec) -> Schema:
    if spec.values == YES_NO:
        return _one_or_more(_YES_OR_NO)
    if spec.values is not None:
        return _one_or_more({"enum": list(spec.values)})
    return _one_or_more(_LABEL) if spec.unit == "code" else ref("number_given")


def _one_or_more(value: Schema) -> Schema:
    return any_of(value, _UNKNOWN, list_of(any_of(value, _UNKNOWN)))


def _label_test(label: Schema, **more: Schema) -> Schema:
    several = list_of(label)
    either = any_of(label, several)
    operators = {
        "eq": {**either, "description": _COMPARED["eq"]},
        "ne": {**either, "description": _COMPARED["ne"]},
        "in": {**several, "description": "One of these."},
        "not_in": {**several, "description": "None of these."},
        "at_least": {**label, "description": "This value or a later one, in declared order."},
        "at_most": {**label, "description": "This value or an earlier one, in declared order."},
        **_NULL_TESTS,
        **more,
    }
    return any_of(label, several, closed(operators, minProperties=1))


def _stage_flag() -> Schema:
    text = "A stage that the strategy marks so."
    return {"enum": _STAGE_FLAGS, "description": text}


def _number_test(*, learnable: bool) -> Schema:
    learned = closed(
        {"learned": {"type": "string", "description": "One of the strategy's thresholds."}},
        required=["learned"],
    )
    value = any_of(ref("number"), learned) if learnable else ref("number")
    several = list_of(ref("number"))
    operators = {
        **{op: {**value, "description": _COMPARED[op]} for op in get_args(Comparison)},
        "between": {
            **several,
            "minItems": 2,
            "maxItems": 2,
            "description": "From the first number to the second, both included.",
        },
        "in": {**several, "description": "One of these."},
        "not_in": {**several, "description": "None of these."},
        **_NULL_TESTS,
    }
    return any_of(ref("number"), several, closed(operators, minProperties=1))


def _of_strategy() -> Schema:
    """A number that the strategy gives, by its dotted name."""
    paths = [path.removeprefix(".") for path in _number_paths(Strategy)]
    fixed = [path for path in paths if "*" not in path]
    open_ones = [path.replace(".", r"\.").replace("*", "[^.]+") for path in paths if "*" in path]
    name = any_of(
        {"enum": fixed}, {"type": "string", "pattern": f"^({'|'.join(sorted(set(open_ones)))})$"}
    )
    return closed(
        {
            "strategy": {
                **name,
                "description": "A number of the strategy by its place, parts of lists by name:"
                " process.pipelines.bids.stages.rfi.limit_days.",
            },
            "else": {
                "type": ["integer", "null"],
                "description": "What counts where the strategy leaves it open, in the signal's"
                " unit.",
            },
        },
        required=["strategy"],
    )


def _number_paths(kind: Any) -> Iterator[str]:
    """The dotted names of the numbers in a model; `*` stands for a name that its author chose."""
    if kind in (int, float, Decimal):
        yield ""
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            yield from (f".{name}{path}" for path in _number_paths(field.annotation))
    elif get_origin(kind) is dict:
        yield from (f".*{path}" for path in _number_paths(get_args(kind)[1]))
    elif get_origin(kind) is tuple:
        item = get_args(kind)[0]
        yield from (f".*{path}" for path in _number_paths(item) if _has_a_name(item))
    else:
        for part in get_args(kind):
            yield from _number_paths(part)


def _has_a_name(item: Any) -> bool:
    fields = getattr(item, "model_fields", {})
    return "name" in fields or "id" in fields
