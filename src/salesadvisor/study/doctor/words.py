"""Which words of the history does the strategy not know, and which ones did they mean?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

import numpy as np

from salesadvisor.domain import state
from salesadvisor.domain.naming import did_you_mean
from salesadvisor.domain.state import UNKNOWN
from salesadvisor.study.doctor.facts import NONE, Facts, example_in
from salesadvisor.study.doctor.finding import Hit

_EXAMPLES = 3
_LISTED = 12
_ATTRIBUTE_COLUMNS = ("deal", "position", "occurred_us", "who", "word", "other", "value")

Told = Callable[[int], str]


def word_faults(facts: Facts) -> Iterator[Hit]:
    """Labels of the history that the strategy doesn't declare, one example a label."""
    yield from _stages(facts)
    yield _pipelines(facts)
    codes, tables = facts.codes, facts.tables
    yield _undeclared(facts, "unknown_criterion", state.CRITERION, tables.criterion, codes.criteria)
    yield _undeclared(facts, "unknown_claim", state.CLAIM, tables.claim, codes.claims)
    yield _undeclared(facts, "unknown_role", state.CONTACT, tables.role, codes.roles)
    yield _undeclared(facts, "unknown_topic", state.TOPIC, tables.topic, codes.topics)
    yield from _attributes(facts)


def _undeclared(facts: Facts, code: str, kind: int, table: Any, declared: Collection[str]) -> Hit:
    word = facts.columns["word"]
    rows = np.flatnonzero((facts.columns["kind"] == kind) & (word >= 0))
    unknown = rows[table[word[rows]] < 0]
    told = _meant(facts, declared)
    return _by_label(facts, code, facts.columns, unknown, word[unknown], len(rows), told)


def _stages(facts: Facts) -> Iterator[Hit]:
    columns, table = facts.columns, facts.tables.stage
    rows = facts.of_kind(state.STAGE, state.OPENED, state.REOPENED)
    rows = rows[columns["word"][rows] >= 0]
    word = columns["word"][rows]
    pipeline = facts.pipeline[columns["deal"][rows]]
    in_its_own = table[np.maximum(pipeline, 0), word] >= 0
    is_known = np.where(pipeline == NONE, (table >= 0).any(axis=0)[word], in_its_own)
    names = {ref.name for ref in facts.strategy.stages}
    unknown, told = rows[~is_known], _meant(facts, names)
    yield _by_label(facts, "unknown_stage", columns, unknown, word[~is_known], len(rows), told)
    labels = facts.log.words.labels.words
    is_exact = np.array([label in names for label in labels], np.bool_)
    odd = np.flatnonzero(is_known)
    odd = odd[~is_exact[word[odd]]]
    told = _meant(facts, ())
    yield _by_label(facts, "stage_spelling", columns, rows[odd], word[odd], len(rows), told)


def _pipelines(facts: Facts) -> Hit:
    opened = facts.opening[facts.opened_deals]
    word = facts.columns["other"]
    unknown = opened[(word[opened] >= 0) & (facts.tables.pipeline[word[opened]] < 0)]
    told = _meant(facts, facts.strategy.pipeline_codes)
    return _by_label(
        facts, "unknown_pipeline", facts.columns, unknown, word[unknown], len(opened), told
    )


def _attributes(facts: Facts) -> Iterator[Hit]:
    """Of the deals' own attributes and the accounts' profiles, each profile once."""
    own = np.flatnonzero((facts.columns["kind"] == state.ATTRIBUTE) & (facts.columns["who"] < 0))
    columns = {
        name: np.concatenate((facts.columns[name][own], facts.log.accounts[name]))
        for name in _ATTRIBUTE_COLUMNS
    }
    name, value = columns["word"], columns["other"]
    slot = facts.tables.attribute[name]
    strange = np.flatnonzero(slot < 0)
    told = _meant(facts, facts.strategy.attribute_names)
    yield _by_label(facts, "unknown_attribute", columns, strange, name[strange], len(name), told)
    declared = np.flatnonzero((slot >= 0) & (value >= 0))
    is_number = facts.tables.is_number[slot[declared]] == 1
    code = facts.tables.attribute_value[slot[declared], value[declared]]
    wrong = np.where(is_number, columns["value"][declared] == UNKNOWN, code < 0)
    rows = declared[wrong]
    label_count = len(facts.log.words.labels)

    def told_value(key: int) -> str:
        attribute, label = (facts.label(code) for code in divmod(key, label_count))
        return f"'{attribute}: {label}'; {_cure(facts, attribute, label)}"

    keys = name[rows].astype(np.int64) * label_count + value[rows]
    yield _by_label(facts, "unknown_value", columns, rows, keys, len(declared), told_value)


def _cure(facts: Facts, attribute: str, label: str) -> str:
    folded = {name.strip().casefold(): name for name in facts.strategy.attribute_names}
    declared = facts.strategy.attributes[folded[attribute.strip().casefold()]]
    return "a number is wanted" if declared.number else did_you_mean(label, declared.values)


def _meant(facts: Facts, declared: Collection[str]) -> Told:
    def told(label: int) -> str:
        word = facts.label(label)
        return f"'{word}'; {did_you_mean(word, declared)}" if declared else f"'{word}'"

    return told


def _by_label(
    facts: Facts, code: str, columns: dict[str, Any], rows: Any, key: Any, of: int, told: Told
) -> Hit:
    """A fault of labels: an example for each of the commonest, with what it may have meant."""
    keys, first, counts = np.unique(key, return_index=True, return_counts=True)
    commonest = np.argsort(-counts, kind="stable")
    examples = tuple(
        example_in(
            facts.log, columns, int(rows[first[place]]),
            f"{told(int(keys[place]))} ({_times(int(counts[place]))})",
        )
        for place in commonest[:_EXAMPLES].tolist()
    )  # fmt: skip
    return Hit(code, len(rows), of, examples, _listed(keys[commonest], told))


def _listed(keys: Any, told: Told) -> str:
    if len(keys) <= _EXAMPLES:
        return ""
    names = ", ".join(told(int(key)).partition(";")[0] for key in keys[:_LISTED])
    rest = len(keys) - _LISTED
    return f"{len(keys)} different ones: {names}" + (f" and {rest} more." if rest > 0 else ".")


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"
