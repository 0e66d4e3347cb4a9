"""How does a condition that people write in YAML become a condition of the domain?

    when:
      stage: {at_least: rfi, at_most: loi}        several keys: all of them
      any:
        - days_over_won_p80: {gt: 0}
        - days_in_stage: {gt: {strategy: process.pipelines.bids.stages.rfi.limit_days, else: 30}}
        - age_days: {gt: {learned: slow}}         one of the strategy's thresholds, at each moment
      not: {attribute.phase: [II, III]}           a list: one of them; a single value: equal

A stage whose name several pipelines use means all of them; `pipeline/stage` means one.

Labels become codes and strategy values become numbers here, so that the domain compares integers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, get_args

from salesadvisor.domain import rules
from salesadvisor.domain.elements import KeyPath
from salesadvisor.domain.naming import did_you_mean
from salesadvisor.domain.rules import Comparison, Condition, Not, Op, Scope, Test
from salesadvisor.domain.signals import SignalSpec
from salesadvisor.domain.strategy import StageRef, Strategy
from salesadvisor.domain.vocabulary import THRESHOLD, Vocabulary, codes_of
from salesadvisor.errors import BadInput
from salesadvisor.playbook.references import NoNumber, strategy_number
from salesadvisor.playbook.yaml_file import Document

_GROUPS = ("all", "any", "not")
_NULLS = ("is_null", "not_null")
_LABEL_OPS = ("eq", "ne", "in", "not_in", "at_least", "at_most", *_NULLS)
_NUMBER_OPS = rules.OPS
_FLAGS = ("late", "proposal", "shortlist")
_COMPARISONS: Mapping[str, Comparison] = {word: word for word in get_args(Comparison)}
_YES_NO = ("no", "yes")
_UNKNOWN = ("unknown", "none", "null", "n/a")
# What people write who know other languages, and what it is called here.
_GROUP_WORDS = {"and": "all", "or": "any"}
_OP_WORDS = {
    ">": "gt", ">=": "ge", "<": "lt", "<=": "le", "=": "eq", "==": "eq", "!=": "ne", "<>": "ne",
    "gte": "ge", "lte": "le", "neq": "ne", "at_least": "ge", "at_most": "le",
}  # fmt: skip
_ONE_PERCENT = {"basis points": 100, "per mille": 10}
_PERCENT = re.compile(r"(\d+(?:\.\d+)?) ?%?")
_COMPARED = re.compile(r"([<>=!]+) ?(-?\d+)")


@dataclass(frozen=True)
class ConditionReader:
    """Reads conditions of one file; every problem is raised as PlaybookError with its line."""

    document: Document
    strategy: Strategy
    words: Vocabulary
    scope: Scope | None = "deal"
    """Whose signals may be asked for; None: any."""

    def condition(self, data: Any, at: KeyPath) -> Condition:
        """The condition written under the key path `at`."""
        if not isinstance(data, dict) or not data:
            raise self._wrong(at, "is no condition", "write 'signal: value' or all, any, not")
        parts = tuple(self._part(key, value, (*at, key)) for key, value in data.items())
        return parts[0] if len(parts) == 1 else rules.All(parts)

    def problems(self, data: Any, at: KeyPath) -> Iterator[BadInput]:
        """Everything that is wrong with the condition, where `condition` raises the first."""
        if not isinstance(data, dict) or not data:
            yield from self._tried(lambda: self.condition(data, at))
            return
        for key, value in data.items():
            here = (*at, key)
            match key, value:
                case "all" | "any", list() if value:
                    for index, item in enumerate(value):
                        yield from self.problems(item, (*here, index))
                case "not", _:
                    yield from self.problems(value, here)
                case _, dict() if len(value) > 1 and "strategy" not in value:
                    for op in value:
                        yield from self._tried(partial(self._part, key, {op: value[op]}, here))
                case _:
                    yield from self._tried(partial(self._part, key, value, here))

    def _tried(self, read: Callable[[], Condition]) -> Iterator[BadInput]:
        try:
            read()
        except BadInput as problem:
            yield problem

    def spec(self, name: str, at: KeyPath) -> SignalSpec:
        """The signal of that name in the reader's scope."""
        known = [word for word, spec in self.words.items() if self.scope in (spec.scope, None)]
        if name in known:
            return self.words[name]
        if name in self.words:
            scope = self.words[name].scope
            problem = f"'{name}' is a signal of scope {scope}, and the rule has scope {self.scope}"
            raise self._wrong(
                at, problem, f"ask for one of scope {self.scope}, or change the scope"
            )
        near = did_you_mean(name, known)
        if not near.startswith("did you mean"):
            near = f"those of scope {self.scope or 'deal'} are listed in docs/signals.md"
        raise self._wrong(at, f"unknown signal '{name}'", near)

    def value(self, spec: SignalSpec, written: Any, at: KeyPath) -> int | None:
        """One value as a rule test gives it: a label or a number, None for `unknown`."""
        if written is None or written == "unknown":
            return None
        if isinstance(written, dict):
            cure = f"write the value itself, as in '{spec.name}: {_example(spec)}'"
            raise self._wrong(at, f"'{spec.name}' is given a condition", cure)
        if _says_unknown(spec, written):
            cure = f"write '{spec.name}: unknown', or leave it out"
            raise self._wrong(at, f"'{written}' is no value of '{spec.name}'", cure)
        if spec.values is None:
            return self._number(spec, written, at)
        codes = self._codes(spec, written, at)
        if len(codes) > 1:
            cure = f"write '{self.strategy.stages[codes[0]].pipeline}/{written}'"
            raise self._wrong(at, f"'{written}' is in several pipelines", cure)
        return codes[0]

    def _part(self, key: str, value: Any, at: KeyPath) -> Condition:
        if key == "not":
            if isinstance(value, list):
                cure = "write 'not: {any: [...]}' for none of them, 'not: {all: [...]}' for not all"
                raise self._wrong(at, "'not' holds a list", cure)
            return Not(self.condition(value, at))
        if key not in _GROUPS:
            return self._tests(self._signal(key, at), value, at)
        if not isinstance(value, list) or not value:
            raise self._wrong(
                at, f"'{key}' holds no list", f"write the conditions under '{key}' with '-'"
            )
        items = tuple(self.condition(item, (*at, index)) for index, item in enumerate(value))
        return rules.All(items) if key == "all" else rules.Any(items)

    def _signal(self, key: str, at: KeyPath) -> SignalSpec:
        if key in self.words:
            return self.spec(key, at)
        if key in _GROUP_WORDS:
            raise self._wrong(at, f"unknown condition '{key}'", f"write '{_GROUP_WORDS[key]}:'")
        op = _OP_WORDS.get(key, key)
        if op in _NUMBER_OPS:
            cure = f"write the signal before it, as in 'days_in_stage: {{{op}: ...}}'"
            raise self._wrong(at, f"'{key}' stands where a signal belongs", cure)
        near = did_you_mean(key, (*self.words, *_GROUPS))
        if any(near == f"did you mean '{group}'?" for group in _GROUPS):
            raise self._wrong(at, f"unknown condition '{key}'", near)
        return self.spec(key, at)

    def _tests(self, spec: SignalSpec, value: Any, at: KeyPath) -> Condition:
        match value:
            case {"strategy": _}:
                return self._test(spec, "eq", value, at)
            case dict() if value:
                items = value.items()
                parts = tuple(self._test(spec, op, each, (*at, op)) for op, each in items)
                return parts[0] if len(parts) == 1 else rules.All(parts)
            case list():
                return self._test(spec, "in", value, at)
            case str() | int() | float():
                return self._test(spec, "eq", value, at)
            case _:
                cure = "for unknown write is_null: true"
                raise self._wrong(at, f"'{spec.name}' is compared with nothing", cure)

    def _test(self, spec: SignalSpec, op: str, value: Any, at: KeyPath) -> Condition:
        if op == "flagged" and spec.name == "stage":
            return self._flagged(value, at)
        known = _NUMBER_OPS if spec.values is None else _LABEL_OPS
        if op not in known:
            raise self._no_comparison(spec, op, known, at)
        if op in _NULLS:
            return self._null_test(spec, op, value, at)
        if spec.values is not None:
            return self._label_test(spec, op, value, at)
        return self._number_test(spec, op, value, at)

    def _no_comparison(
        self, spec: SignalSpec, op: str, known: tuple[str, ...], at: KeyPath
    ) -> BadInput:
        problem = f"unknown comparison '{op}'"
        if op in (*_NUMBER_OPS, *_LABEL_OPS):
            holds = "numbers" if spec.values is None else "names"
            problem = f"'{op}' doesn't fit '{spec.name}', which holds {holds}"
        word = _OP_WORDS.get(op, "")
        if word in known:
            return self._wrong(at, problem, f"write '{word}'")
        if op.isdigit():
            return self._wrong(at, problem, "write numbers without commas")
        if op in (*_NUMBER_OPS, *_LABEL_OPS):
            return self._wrong(at, problem, f"use one of {', '.join(known)}")
        return self._wrong(at, problem, did_you_mean(op, known))

    def _null_test(self, spec: SignalSpec, op: str, value: Any, at: KeyPath) -> Test:
        if not isinstance(value, bool):
            raise self._wrong(at, f"'{op}' takes true or false", f"write '{op}: true'")
        wants_null = (op == "is_null") == value
        return self._made(spec, "is_null" if wants_null else "not_null", None, "", at)

    def _number_test(self, spec: SignalSpec, op: str, value: Any, at: KeyPath) -> Test:
        comparison = _COMPARISONS.get(op)
        if comparison and isinstance(value, dict) and "learned" in value:
            return self._learned(spec, comparison, value, at)
        if comparison:
            number = self._number(spec, value, at)
            return self._made(spec, comparison, number, self._text(value), at)
        if not isinstance(value, list) or not value:
            raise self._wrong(at, f"'{op}' takes a list", f"write '{op}: [1, 2]'")
        numbers = tuple(self._number(spec, each, at) for each in value)
        text = "[" + ", ".join(self._text(each) or str(each) for each in value) + "]"
        if op != "between":
            return self._made(spec, "in" if op == "in" else "not_in", numbers, text, at)
        if len(numbers) != 2 or numbers[0] > numbers[1]:
            raise self._wrong(at, f"'between' can't hold {text}", "write [low, high]")
        return self._made(spec, "between", numbers, text, at)

    def _learned(
        self, spec: SignalSpec, op: Comparison, value: dict[str, Any], at: KeyPath
    ) -> Test:
        """`days_in_stage: {gt: {learned: stalled}}` asks how far it is beyond that threshold."""
        thresholds = self.strategy.thresholds
        name = value["learned"]
        if len(value) > 1 or name not in thresholds:
            cure = did_you_mean(str(name), thresholds) if thresholds else "declare thresholds"
            raise self._wrong(at, f"unknown threshold '{name}'", cure)
        if thresholds[name].of != spec.name:
            problem = f"threshold '{name}' is of {thresholds[name].of}, not of {spec.name}"
            raise self._wrong(at, problem, "compare like with like")
        return self._made(self.words[THRESHOLD + name], op, 0, f"learned {name}", at)

    def _label_test(self, spec: SignalSpec, op: str, value: Any, at: KeyPath) -> Test:
        if op in ("at_least", "at_most"):
            codes = self._from_label_on(spec, value, at, upwards=op == "at_least")
            return self._made(spec, "in", codes, f"{op} {value}", at)
        labels = value if isinstance(value, list) else [value]
        if op in ("in", "not_in") and not isinstance(value, list):
            raise self._wrong(at, f"'{op}' takes a list", f"write '{op}: [{value}]'")
        codes = tuple(code for label in labels for code in self._codes(spec, label, at))
        text = ", ".join(self._label(spec, label) for label in labels)
        if op in ("eq", "ne") and len(codes) == 1:
            return self._made(spec, "eq" if op == "eq" else "ne", codes[0], text, at)
        return self._made(spec, "in" if op in ("eq", "in") else "not_in", codes, f"[{text}]", at)

    def _flagged(self, flag: Any, at: KeyPath) -> Condition:
        """The stages that the strategy marks so; if it marks none, a condition that never holds."""
        if flag not in _FLAGS:
            raise self._wrong(at, f"unknown stage flag '{flag}'", did_you_mean(str(flag), _FLAGS))
        codes = tuple(ref.code for ref in self.strategy.stages if getattr(ref.stage, flag))
        if not codes:
            return rules.Any((), text=f"stage flagged {flag}", place=self.document.place(at))
        return self._made(self.words["stage"], "in", codes, f"flagged {flag}", at)

    def _from_label_on(
        self, spec: SignalSpec, label: Any, at: KeyPath, *, upwards: bool
    ) -> tuple[int, ...]:
        """A label's code and all after (or before) it; for a stage, those of its own pipeline."""
        codes = self._codes(spec, label, at)
        if spec.name == "stage":
            return tuple(self._stages_from(codes, upwards=upwards))
        code, last = codes[0], len(spec.values or ()) - 1
        return tuple(range(code, last + 1)) if upwards else tuple(range(code + 1))

    def _stages_from(self, codes: tuple[int, ...], *, upwards: bool) -> Iterator[int]:
        stages = self.strategy.stages
        for ref in stages:
            for start in (stages[code] for code in codes):
                if ref.pipeline == start.pipeline and _is_beyond(ref, start, upwards=upwards):
                    yield ref.code

    def _codes(self, spec: SignalSpec, label: Any, at: KeyPath) -> tuple[int, ...]:
        name = self._label(spec, label)
        codes = codes_of(spec, name) or self._qualified(spec, name)
        if not codes:
            cure = did_you_mean(name, spec.values or ())
            if _says_unknown(spec, label):
                cure = f"for unknown write '{spec.name}: {{is_null: true}}'"
            raise self._wrong(at, f"'{name}' is no value of '{spec.name}'", cure)
        return codes

    def _qualified(self, spec: SignalSpec, name: str) -> tuple[int, ...]:
        """The code of a stage written as pipeline/stage."""
        stages = self.strategy.stages if spec.name == "stage" else ()
        return tuple(ref.code for ref in stages if f"{ref.pipeline}/{ref.name}" == name)

    def _label(self, spec: SignalSpec, label: Any) -> str:
        if spec.values == _YES_NO and isinstance(label, bool):
            return _YES_NO[label]
        return str(label)

    def _number(self, spec: SignalSpec, value: Any, at: KeyPath) -> int:
        match value:
            case {"strategy": str(name), **rest} if rest.keys() <= {"else"}:
                return self._from_strategy(spec, name, rest.get("else"), at)
            case int() if not isinstance(value, bool):
                return value
            case dict():
                cure = (
                    "write {strategy: a.b.c}, {strategy: a.b.c, else: 30} or {learned: threshold}"
                )
                raise self._wrong(at, f"keys {', '.join(map(str, value))} give no number", cure)
            case _:
                cure = self._number_cure(spec, str(value))
                raise self._wrong(at, f"'{value}' is not a whole number", cure)

    def _number_cure(self, spec: SignalSpec, written: str) -> str:
        if written.casefold() in _UNKNOWN:
            return f"for unknown write '{spec.name}: {{is_null: true}}'"
        if written in self.strategy.thresholds:
            return f"write {{gt: {{learned: {written}}}}} for the threshold"
        if re.fullmatch(r"[a-z]\w*(\.\w+)+", written):
            return f"write {{strategy: {written}}} for a number of the strategy"
        compared = _COMPARED.fullmatch(written)
        if compared and compared[1] in _OP_WORDS:
            return f"write {{{_OP_WORDS[compared[1]]}: {compared[2]}}}"
        percent = _PERCENT.fullmatch(written)
        each = _ONE_PERCENT.get(spec.unit)
        if percent and each:
            whole = round(float(percent[1]) * each)
            return f"'{spec.name}' is in {spec.unit}: write {whole} for {percent[1]} %"
        unit = "a count" if spec.unit == "count" else f"in {spec.unit}"
        return f"'{spec.name}' is {unit}: write a whole number"

    def _from_strategy(self, spec: SignalSpec, name: str, fallback: Any, at: KeyPath) -> int:
        if fallback is not None and (not isinstance(fallback, int) or isinstance(fallback, bool)):
            raise self._wrong(at, f"'{fallback}' is not a whole number", "correct 'else'")
        try:
            return strategy_number(self.strategy, name, unit=spec.unit, fallback=fallback)
        except NoNumber as error:
            raise self._wrong(at, error.problem, error.cure) from None

    def _text(self, value: Any) -> str:
        return str(value["strategy"]) if isinstance(value, dict) else ""

    def _made(self, spec: SignalSpec, op: Op, value: rules.Value, text: str, at: KeyPath) -> Test:
        return Test(spec.name, op, value, text=text, place=self.document.place(at))

    def _wrong(self, at: KeyPath, problem: str, cure: str) -> BadInput:
        return self.document.wrong(at, problem, cure)


def _says_unknown(spec: SignalSpec, written: Any) -> bool:
    """Whether a word stands for no value, where the signal has no label of that name."""
    return str(written).casefold() in _UNKNOWN and str(written) not in (spec.values or ())


def _example(spec: SignalSpec) -> str:
    return spec.values[0] if spec.values else "4"


def _is_beyond(ref: StageRef, start: StageRef, *, upwards: bool) -> bool:
    return ref.rank >= start.rank if upwards else ref.rank <= start.rank
