"""What do the rule files of a playbook say? One file for each element of the strategy.

`closing.yaml` holds the rules of the element closing, under `rules:`; a top-level `owner:` is the
owner of every rule that names none, and `groups:` says what is shown of the rules of a group, in
whichever file they stand. Tests stand beside it in `closing.test.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from salesadvisor.domain.elements import ELEMENTS, Days, KeyPath, Name, Text, Whole
from salesadvisor.domain.events import EVENT_TYPES
from salesadvisor.domain.naming import did_you_mean
from salesadvisor.domain.rules import (
    FIELD_EVENTS,
    Action,
    ActionKind,
    Evidence,
    HitPolicy,
    Rule,
    Scope,
    Stake,
    Stance,
    Urgency,
)
from salesadvisor.domain.strategy import Strategy
from salesadvisor.domain.vocabulary import Vocabulary, names_in, vocabulary
from salesadvisor.errors import BadInput, PlaybookError
from salesadvisor.playbook.conditions import ConditionReader
from salesadvisor.playbook.yaml_file import Document, load_yaml, validate

STRATEGY_FILE = "strategy.yaml"
TEST_SUFFIX = ".test.yaml"

DeclaredGroup = tuple[str, HitPolicy, Document, KeyPath]
Hits = Mapping[str, HitPolicy]
Permille = Annotated[int, Field(strict=True, ge=0, le=1000)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


_EVENTS_OF_A_DEAL = tuple(
    kind
    for kind, event in EVENT_TYPES.items()
    if event.STREAM == "deal" and not kind.startswith(("recommendation_", "corrected", "retracted"))
)


class TakenEntry(_Part):
    """What shows the action as taken, beyond its kind, role and topic."""

    field: Name | None = None
    event: Name | None = None
    within_days: Annotated[Days, Field(ge=1)] | None = None


class ActionEntry(_Part):
    kind: ActionKind
    role: Name | None = None
    topic: Name | None = None
    stance: Stance | None = None
    taken: TakenEntry = TakenEntry()


class GroupEntry(_Part):
    hit: HitPolicy


class UrgencyEntry(_Part):
    signal: Name
    per_unit_permille: Whole
    max_permille: Annotated[int, Field(strict=True, ge=1000, le=10_000)] = 3000


class RuleEntry(_Part):
    """A rule as it is written; `when` is read by conditions.py, with labels and strategy values."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")]
    version: Annotated[int, Field(strict=True, ge=1)] = 1
    title: Text
    owner: Name | None = None
    enabled: bool = True
    scope: Scope = "deal"
    when: dict[str, Any] = Field(min_length=1)
    because: Text
    do: Text
    action: ActionEntry
    within_days: Days = 7
    evidence: Evidence = "hypothesis"
    source: Text | None = None
    effect_permille: Permille | None = None
    effort_minutes: Whole = 30
    cooldown_days: Days = 7
    expires_days: Annotated[Days, Field(ge=1)] = 14
    stake: Stake = "amount"
    stake_minor: Whole = 0
    urgency: UrgencyEntry | None = None
    salience: Annotated[int, Field(strict=True, ge=-1000, le=1000)] = 0
    group: Name | None = None
    dedupe: tuple[Name, ...] | None = None
    effective_from: date | None = None
    effective_to: date | None = None


class RuleFile(_Part):
    owner: Name = "sales operations"
    groups: dict[Name, GroupEntry] = Field(default_factory=dict)
    rules: tuple[RuleEntry, ...] = Field(min_length=1)


def rule_paths(directory: Path) -> tuple[Path, ...]:
    """The rule files of a playbook, in the order of the elements.

    Raises PlaybookError for a YAML file that is neither strategy, rules nor tests.
    """
    found = {}
    for path in sorted((*directory.glob("*.yaml"), *directory.glob("*.yml"))):
        if path.name == STRATEGY_FILE or path.name.endswith(TEST_SUFFIX):
            continue
        if path.suffix == ".yml":
            raise PlaybookError(str(path), "ends in .yml", f"rename it to {path.stem}.yaml")
        if path.stem not in ELEMENTS:
            cure = did_you_mean(path.stem, ELEMENTS)
            if not cure.startswith("did you mean"):
                cure = f"put its rules into the file of one of {', '.join(ELEMENTS)}"
            raise PlaybookError(str(path), "is not named after an element of the strategy", cure)
        found[path.stem] = path
    return tuple(found[element] for element in ELEMENTS if element in found)


def load_rules(
    directory: Path, strategy: Strategy, words: Vocabulary | None = None
) -> tuple[Rule, ...]:
    """Every rule of the playbook in `directory`, resolved with its strategy.

    `words` are the signals that may be asked for; by default the catalogue under the strategy.
    Raises PlaybookError with file and line.
    """
    known = vocabulary(strategy) if words is None else words
    documents = [load_yaml(path) for path in rule_paths(directory)]
    hits = hit_policies(documents)
    rules = tuple(rule for doc in documents for rule in read_rules(doc, strategy, known, hits))
    first: dict[str, Rule] = {}
    for rule in rules:
        if rule.id in first:
            raise said_twice(rule, first[rule.id])
        first[rule.id] = rule
    return rules


def hit_policies(documents: Iterable[Document]) -> Hits:
    """What the files declare of their groups. Raises PlaybookError if two say different things."""
    files = [(document, validate(RuleFile, document)) for document in documents]
    declared = list(declared_groups(files))
    for problem in group_conflicts(declared):
        raise problem
    return {name: hit for name, hit, _, _ in declared}


def declared_groups(
    files: Iterable[tuple[Document, RuleFile]],
) -> Iterator[DeclaredGroup]:
    """Every declaration of a group, in the order of the files."""
    for document, file in files:
        for name, group in file.groups.items():
            yield name, group.hit, document, ("groups", name, "hit")


def group_conflicts(
    declared: Iterable[DeclaredGroup],
) -> Iterator[BadInput]:
    """Each declaration that says something else than the first of its group."""
    first: dict[str, tuple[HitPolicy, str]] = {}
    for name, hit, document, at in declared:
        other, place = first.setdefault(name, (hit, document.place(at)))
        if hit != other:
            problem = f"group '{name}' is {hit} here and {other} at {place}"
            yield document.wrong(at, problem, "declare it once")


def said_twice(rule: Rule, first: Rule) -> PlaybookError:
    """The problem of a rule whose id another has."""
    problem = f"duplicate rule '{rule.id}', first at {first.place}"
    return PlaybookError(rule.place, problem, "rename or remove one")


def read_rules(
    document: Document, strategy: Strategy, words: Vocabulary, hits: Hits
) -> Iterator[Rule]:
    """The rules of one file, `hits` by group; its name says of which element they are."""
    file = validate(RuleFile, document)
    for index, entry in enumerate(file.rules):
        at: KeyPath = ("rules", index)
        reader = ConditionReader(document, strategy, words, entry.scope)
        for problem in _problems_beside(entry, at, reader):
            raise problem
        yield made_rule(entry, at, reader, file.owner, hits)


def made_rule(
    entry: RuleEntry, at: KeyPath, reader: ConditionReader, owner: str, hits: Hits
) -> Rule:
    return Rule(
        id=entry.id,
        version=entry.version,
        element=next(name for name in ELEMENTS if name == reader.document.path.stem),
        title=entry.title,
        scope=entry.scope,
        owner=entry.owner or owner,
        enabled=entry.enabled,
        when=reader.condition(entry.when, (*at, "when")),
        because=entry.because,
        do=entry.do,
        action=_action(entry.action),
        within_days=entry.within_days,
        evidence=entry.evidence,
        source=entry.source or "",
        effect_stated_permille=entry.effect_permille,
        effort_minutes=entry.effort_minutes,
        cooldown_days=entry.cooldown_days,
        expires_days=entry.expires_days,
        stake=entry.stake,
        stake_minor=entry.stake_minor,
        urgency=None if entry.urgency is None else _urgency(entry.urgency),
        salience=entry.salience,
        group=entry.group,
        hit=hits.get(entry.group or "", "priority"),
        dedupe=_dedupe(entry),
        effective_from=entry.effective_from,
        effective_to=entry.effective_to,
        place=reader.document.place(at),
    )


def _action(entry: ActionEntry) -> Action:
    return Action(
        kind=entry.kind,
        role=entry.role,
        topic=entry.topic,
        field=entry.taken.field,
        event=entry.taken.event,
        taken_within_days=entry.taken.within_days,
        stance=entry.stance,
    )


def _urgency(entry: UrgencyEntry) -> Urgency:
    return Urgency(
        signal=entry.signal,
        per_unit_permille=entry.per_unit_permille,
        max_permille=entry.max_permille,
    )


def _dedupe(entry: RuleEntry) -> tuple[str, ...]:
    """What makes the same advice new again; of a deal, unless said, another visit of a stage."""
    if entry.dedupe is not None:
        return entry.dedupe
    return ("stage", "stage_visits") if entry.scope == "deal" else ()


def entry_problems(entry: RuleEntry, at: KeyPath, reader: ConditionReader) -> Iterator[BadInput]:
    """Everything that is wrong with one entry beyond its form."""
    yield from reader.problems(entry.when, (*at, "when"))
    yield from _problems_beside(entry, at, reader)


def _problems_beside(entry: RuleEntry, at: KeyPath, reader: ConditionReader) -> Iterator[BadInput]:
    """The same, its condition left aside."""
    wrong = reader.document.wrong
    yield from _unknown_signals(entry, at, reader)
    if entry.evidence == "published" and not entry.source:
        yield wrong((*at, "evidence"), "published evidence without a source", "add 'source: ...'")
    if entry.stake == "fixed" and not entry.stake_minor:
        yield wrong((*at, "stake"), "a fixed stake of nothing", "add 'stake_minor: ...'")
    if entry.effective_from and entry.effective_to and entry.effective_from > entry.effective_to:
        yield wrong((*at, "effective_to"), "ends before it begins", "correct one of the two days")
    for keys, spoken, known in _spoken_of(entry.action, reader.strategy):
        if spoken is not None and known and spoken not in known:
            cure = did_you_mean(spoken, known)
            yield wrong((*at, "action", *keys), f"unknown {keys[-1]} '{spoken}'", cure)


def _unknown_signals(entry: RuleEntry, at: KeyPath, reader: ConditionReader) -> Iterator[BadInput]:
    """Of the signals that are named beside the condition."""
    named: list[tuple[str, KeyPath]] = []
    for key, template in (("because", entry.because), ("do", entry.do)):
        try:
            named += [(name, (*at, key)) for name in names_in(template)]
        except ValueError as error:
            cure = "write {signal}, and {{ for a brace"
            yield reader.document.wrong((*at, key), f"braces don't match: {error}", cure)
    named += [(name, (*at, "dedupe", i)) for i, name in enumerate(entry.dedupe or ())]
    if entry.urgency is not None:
        named.append((entry.urgency.signal, (*at, "urgency", "signal")))
    for name, where in named:
        try:
            reader.spec(name, where)
        except BadInput as problem:
            yield problem


def _spoken_of(
    action: ActionEntry, strategy: Strategy
) -> Iterator[tuple[KeyPath, str | None, Sequence[str]]]:
    """What an action names, and the names there are."""
    conversations = strategy.conversations
    yield ("role",), action.role, (*strategy.relationships.roles, *conversations.team_roles)
    yield ("topic",), action.topic, conversations.topics
    yield ("taken", "field"), action.taken.field, (*FIELD_EVENTS, *strategy.attributes)
    yield ("taken", "event"), action.taken.event, _EVENTS_OF_A_DEAL


def rule_data(directory: Path) -> Mapping[str, Any]:
    """What the rule files say, by element, as plain data."""
    return {path.stem: load_yaml(path).data for path in rule_paths(directory)}
