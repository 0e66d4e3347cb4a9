"""What is wrong with the rule files of a playbook? Everything at once, and what can be read.

Loading a playbook stops at the first problem; this doesn't.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from salesadvisor.domain.elements import KeyPath
from salesadvisor.domain.rules import Rule
from salesadvisor.domain.strategy import Strategy
from salesadvisor.domain.vocabulary import Vocabulary
from salesadvisor.errors import BadInput, PlaybookError
from salesadvisor.playbook.conditions import ConditionReader
from salesadvisor.playbook.rule_files import (
    Hits,
    RuleEntry,
    RuleFile,
    declared_groups,
    entry_problems,
    group_conflicts,
    made_rule,
    rule_paths,
    said_twice,
)
from salesadvisor.playbook.yaml_file import Document, form_problems, load_yaml, validate


@dataclass(frozen=True)
class Examined:
    """The rules that can be read, and every problem that keeps another from being read.

    `groups` gives by name the place of each declared group.
    """

    rules: tuple[Rule, ...]
    problems: tuple[BadInput, ...]
    groups: Mapping[str, str]


@dataclass(frozen=True)
class _Readable:
    """A file without the rules that have not the form of one; `indexes` are those of the rest."""

    document: Document
    file: RuleFile
    indexes: tuple[int, ...]


def examine_rules(directory: Path, strategy: Strategy, words: Vocabulary) -> Examined:
    """Every rule of the playbook in `directory`, as far as it can be read.

    Raises PlaybookError for a file that is no part of a playbook.
    """
    problems: list[BadInput] = []
    files = list(_files(directory, problems))
    declared = list(declared_groups((one.document, one.file) for one in files))
    problems += group_conflicts(declared)
    hits = {name: hit for name, hit, _, _ in declared}
    rules: dict[str, Rule] = {}
    for file in files:
        for rule in _rules(file, strategy, words, hits, problems):
            first = rules.setdefault(rule.id, rule)
            if first is not rule:
                problems.append(said_twice(rule, first))
    each_once = {str(problem): problem for problem in problems}
    groups = {name: document.place(at) for name, _, document, at in reversed(declared)}
    return Examined(tuple(rules.values()), tuple(each_once.values()), groups)


def _files(directory: Path, problems: list[BadInput]) -> Iterator[_Readable]:
    for path in rule_paths(directory):
        try:
            document = load_yaml(path)
            entries = document.data.get("rules") if isinstance(document.data, dict) else None
            if not isinstance(entries, list) or not entries:
                validate(RuleFile, document)  # says why
                continue
            indexes = tuple(_well_formed(document, len(entries), problems))
            if indexes:
                rest = {**document.data, "rules": [entries[index] for index in indexes]}
                file = validate(RuleFile, replace(document, data=rest))
                yield _Readable(document, file, indexes)
        except PlaybookError as problem:
            problems.append(problem)


def _well_formed(document: Document, count: int, problems: list[BadInput]) -> Iterator[int]:
    for index in range(count):
        found = list(form_problems(RuleEntry, document, at=("rules", index)))
        problems += found
        if not found:
            yield index


def _rules(
    read: _Readable,
    strategy: Strategy,
    words: Vocabulary,
    hits: Hits,
    problems: list[BadInput],
) -> Iterator[Rule]:
    for index, entry in zip(read.indexes, read.file.rules, strict=True):
        at: KeyPath = ("rules", index)
        reader = ConditionReader(read.document, strategy, words, entry.scope)
        found = list(entry_problems(entry, at, reader))
        problems += found
        if not found:
            yield made_rule(entry, at, reader, read.file.owner, hits)
