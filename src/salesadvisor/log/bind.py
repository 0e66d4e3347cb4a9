"""What do the log's words mean under a strategy? Binding turns labels into the strategy's codes.

`bind_row` is written once, like the fold: live it reads the tables of one deal's few words, in bulk
it is compiled and reads those of the whole log.
"""

from __future__ import annotations

from collections.abc import Iterable, MutableSequence, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np

from salesadvisor.domain import state
from salesadvisor.domain.events import minor_units
from salesadvisor.domain.observe import local_day
from salesadvisor.domain.state import UNKNOWN, LogRow, Terms
from salesadvisor.domain.strategy import Strategy
from salesadvisor.log.columns import NO_DAY, Vocabulary, Words
from salesadvisor.log.terms import Codes

NOT_DECLARED = -1
MONEY_KINDS = (state.OPENED, state.AMOUNT, state.QUOTE, state.WON)


class Tables(NamedTuple):
    """By label code: what the strategy knows it as, NOT_DECLARED where it doesn't.

    `competitor` goes by the code of a name instead. `stage` is indexed by [pipeline, label],
    `attribute_value` by [slot, label]; `is_number` tells by slot whether an attribute is a number.
    `own_currency` is 1 for the strategy's currency, one of which has `own_minor` minor units.
    """

    pipeline: Any
    stage: Any
    role: Any
    criterion: Any
    claim: Any
    topic: Any
    competitor: Any
    attribute: Any
    attribute_value: Any
    is_number: Any
    own_currency: Any
    own_minor: int


# The columns of the log that `bind_row` reads, in its order.
BOUND_COLUMNS = (
    "kind", "recorded_us", "occurred_us", "sub", "word", "other", "who", "extra", "value", "due",
)  # fmt: skip


def tables_of(strategy: Strategy, codes: Codes, words: Words, rivals: Iterable[int]) -> Tables:
    """The tables for the words of a log; `rivals` are the names in its rows of competitors.

    Names match whatever their case.
    """
    labels = words.labels
    forms = _forms(labels)
    pipelines = [pipeline.name for pipeline in strategy.process.pipelines]
    return Tables(
        pipeline=_table(forms, len(labels), {name: code for code, name in enumerate(pipelines)}),
        stage=np.stack(
            [
                _table(forms, len(labels), _stage_codes(strategy, code))
                for code in range(len(pipelines))
            ]
        ),
        role=_table(forms, len(labels), _numbered(codes.roles)),
        criterion=_table(forms, len(labels), _numbered(codes.criteria)),
        claim=_table(forms, len(labels), _numbered(codes.claims)),
        topic=_table(forms, len(labels), _numbered(codes.topics)),
        competitor=_competitors(codes.competitors, words, rivals),
        attribute=_table(forms, len(labels), _numbered(codes.attributes)),
        attribute_value=np.stack(
            [
                _table(forms, len(labels), _numbered(strategy.attributes[name].values))
                for name in codes.attributes
            ]
            or [np.full(len(labels), NOT_DECLARED, dtype=np.int64)]
        ),
        is_number=np.array(
            [int(strategy.attributes[name].number) for name in codes.attributes] or [0],
            dtype=np.int64,
        ),
        own_currency=_table(forms, len(labels), {strategy.currency: 1}),
        own_minor=minor_units(Decimal(1), strategy.currency),
    )


def bind_row(
    kind: int,
    recorded_us: int,
    occurred_us: int,
    sub: int,
    word: int,
    other: int,
    who: int,
    extra: int,
    value: int,
    due: int,
    pipeline: int,
    tables: Tables,
    terms: Terms,
    row: LogRow,
) -> None:
    """Fill `row` from one row of the log. `pipeline` is the deal's pipeline code or UNKNOWN.

    Names in `who` are kept as they are: contacts and objections are numbered by deal afterwards.
    """
    row.kind = kind
    row.known = max(recorded_us, occurred_us) // 1_000_000
    row.occurred = occurred_us // 1_000_000
    row.day = local_day(row.occurred, terms)
    row.delay = UNKNOWN if sub > 0 else (recorded_us - occurred_us) // 1_000_000
    row.code = UNKNOWN
    row.other = UNKNOWN
    row.who = UNKNOWN if who < 0 else who
    row.value = value
    row.due = UNKNOWN if due == NO_DAY else due
    if kind == state.ACTIVITY or kind == state.PLANNED:
        row.code = word
        row.other = UNKNOWN if other < 0 else other
    elif kind == state.STAGE or kind == state.REOPENED or kind == state.OPENED:
        if pipeline != UNKNOWN and word >= 0:
            row.code = declared(tables.stage[pipeline, word])
        if kind == state.OPENED:
            row.other = pipeline
    elif kind == state.ATTRIBUTE:
        bind_attribute(word, other, value, tables, row)
    elif kind == state.COMPETITOR:
        row.other = other
        if who >= 0:
            row.code = declared(tables.competitor[who])
    elif kind == state.FORECAST:
        row.code = word
    elif word >= 0:
        if kind == state.CONTACT:
            row.code = declared(tables.role[word])
        elif kind == state.CRITERION:
            row.code = declared(tables.criterion[word])
        elif kind == state.CLAIM:
            row.code = declared(tables.claim[word])
        elif kind == state.TOPIC:
            row.code = declared(tables.topic[word])
    if kind in MONEY_KINDS and value != UNKNOWN:
        if extra < 0:  # no currency named: the strategy's, projected in hundredths
            row.value = value * tables.own_minor // 100
        elif tables.own_currency[extra] != 1:
            row.value = UNKNOWN


def bind_attribute(word: int, other: int, value: int, tables: Tables, row: LogRow) -> None:
    """An attribute's slot, and its number or the code of its value."""
    row.value = UNKNOWN
    slot = tables.attribute[word]
    if slot < 0:
        return
    row.code = slot
    if tables.is_number[slot] == 1:
        row.value = value
    elif other >= 0:
        row.value = declared(tables.attribute_value[slot, other])


def declared(code: int) -> int:
    return UNKNOWN if code < 0 else code


def pipeline_of(word: int, tables: Tables) -> int:
    """A deal's pipeline code. One that isn't declared reads as the only one, if there is one."""
    if word >= 0 and tables.pipeline[word] >= 0:
        return tables.pipeline[word]
    if len(tables.stage) == 1:
        return 0
    return UNKNOWN


def number_in_deal(
    rows: Sequence[LogRow], first: int, after: int, seen: MutableSequence[int], limit: int
) -> None:
    """Number a deal's contacts, then its objections, in the order in which they appear.

    Those beyond `limit` share the last number: a mask has no more bits. `seen` is scratch.
    """
    contacts = 0
    objections = 0
    for index in range(first, after):
        row = rows[index]
        if row.who == UNKNOWN:
            continue
        kind = row.kind
        if kind == state.ACTIVITY or kind == state.PLANNED or kind == state.CONTACT:
            place = position_in(seen, 0, contacts, row.who)
            if place == contacts and contacts < limit:
                seen[contacts] = row.who
                contacts += 1
            row.who = min(place, limit - 1)
        elif kind == state.OBJECTION_RAISED or kind == state.OBJECTION_ANSWERED:
            place = position_in(seen, limit, objections, row.who)
            if place == objections and objections < limit:
                seen[limit + objections] = row.who
                objections += 1
            row.code = min(place, limit - 1)


def position_in(seen: Sequence[int], offset: int, count: int, value: int) -> int:
    """Where `value` stands among `seen[offset:offset + count]`; `count` if it doesn't."""
    for index in range(count):
        if seen[offset + index] == value:
            return index
    return count


def _forms(labels: Vocabulary) -> dict[str, list[int]]:
    """Label codes by their case-folded, trimmed form."""
    forms: dict[str, list[int]] = {}
    for code, word in enumerate(labels.words):
        forms.setdefault(_form(word), []).append(code)
    return forms


def _form(word: str) -> str:
    return word.strip().casefold()


def _competitors(known: Sequence[str], words: Words, rivals: Iterable[int]) -> Any:
    numbered = {_form(name): code for name, code in _numbered(known).items()}
    table = np.full(max(len(words.names), 1), NOT_DECLARED, dtype=np.int64)
    for name in rivals:
        table[name] = numbered.get(_form(words.names.words[name]), NOT_DECLARED)
    return table


def _numbered(names: Sequence[str]) -> dict[str, int]:
    return {name: code for code, name in enumerate(names)}


def _stage_codes(strategy: Strategy, pipeline: int) -> dict[str, int]:
    return {ref.name: ref.code for ref in strategy.stages if ref.pipeline_code == pipeline}


def _table(forms: dict[str, list[int]], size: int, wanted: dict[str, int]) -> Any:
    table = np.full(max(size, 1), NOT_DECLARED, dtype=np.int64)
    for name, code in wanted.items():
        for label in forms.get(_form(name), ()):
            table[label] = code
    return table
