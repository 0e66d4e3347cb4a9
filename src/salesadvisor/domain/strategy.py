"""What did the team declare? The strategy: typed, frozen, and named by the hash of its content.

Codes are positions: a stage's code is its place in the pipelines, flattened in declared order;
an attribute value's and a tier's code is its place in its list.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator

from salesadvisor.domain.elements import (
    ELEMENTS,
    MAX_CODES,
    Accountability,
    ActivityName,
    ActivityPlan,
    Alignment,
    Attribute,
    Channels,
    Closing,
    Competition,
    Conversations,
    CrmUse,
    Days,
    Declared,
    Element,
    Goal,
    KeyPath,
    Misfit,
    Name,
    Pricing,
    Process,
    Prospecting,
    Relationships,
    Review,
    Stage,
    StrategyReview,
    TargetMarket,
    Threshold,
    ValueProposition,
    Where,
)
from salesadvisor.domain.events import EVENT_TYPES
from salesadvisor.domain.naming import did_you_mean
from salesadvisor.domain.state import FIELD_BITS

__all__ = ["DEAL_FIELDS", "ELEMENTS", "Calendar", "Element", "StageRef", "Strategy"]

# Where an element's section of the strategy is not named after it.
SECTIONS: Mapping[Element, str] = MappingProxyType({"comprehensive": "strategy_review"})

# What the part before the colon makes of an event's name in a constraint: the kind of its name.
NAMED_EVENTS = {
    "stage": "stage", "criterion": "used criterion", "topic": "topic", "activity": "activity",
}  # fmt: skip
_ABOUT_OTHERS = ("corrected", "retracted")
_DEAL_EVENTS = frozenset(
    kind
    for kind, event in EVENT_TYPES.items()
    if event.STREAM == "deal"
    and kind not in _ABOUT_OTHERS
    and not kind.startswith("recommendation_")
)

_ENDS = ("won", "lost", "no_decision", "cancelled", "voided")

# What `required_fields` may ask for, besides the declared attributes.
DEAL_FIELDS = tuple(FIELD_BITS)

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_WEEKDAYS = get_args(Weekday)


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise Misfit((), f"unknown time zone '{name}'", "use a name like Europe/Berlin") from None
    return name


class Calendar(Declared):
    """Which days are business days, and in which time zone a day begins."""

    timezone: Annotated[str, AfterValidator(_known_zone)] = "UTC"
    weekend: tuple[Weekday, ...] = Field(default=("sat", "sun"), max_length=6)
    holidays: tuple[date, ...] = ()

    def is_business_day(self, day: date) -> bool:
        """Whether it is neither of the weekend nor a holiday."""
        return _WEEKDAYS[day.weekday()] not in self.weekend and day not in self.holidays


@dataclass(frozen=True)
class StageRef:
    """One stage with its place: `rank` is its position in its pipeline of `stage_count` stages."""

    code: int
    pipeline: str
    pipeline_code: int
    name: str
    rank: int
    stage_count: int
    stage: Stage
    required_topics: tuple[str, ...]


class Strategy(Declared):
    """The declared intent: 17 elements, the calendar and the vocabulary they use."""

    name: Name
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    horizon_days: Annotated[Days, Field(ge=1)] = 90
    horizons: tuple[Annotated[Days, Field(ge=1)], ...] = ()
    calendar: Calendar = Calendar()
    attributes: dict[Name, Attribute] = Field(default_factory=dict)
    thresholds: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")], Threshold] = Field(
        default_factory=dict
    )
    weights: dict[Element, Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]] = Field(
        default_factory=dict
    )

    target_market: TargetMarket = TargetMarket()
    value_proposition: ValueProposition = ValueProposition()
    process: Process = Process()
    channels: Channels = Channels()
    pricing: Pricing = Pricing()
    competition: Competition = Competition()
    prospecting: Prospecting = Prospecting()
    conversations: Conversations = Conversations()
    relationships: Relationships = Relationships()
    closing: Closing = Closing()
    activity: ActivityPlan = ActivityPlan()
    crm: CrmUse = CrmUse()
    strategy_review: StrategyReview = StrategyReview()
    alignment: Alignment = Alignment()
    goals: tuple[Goal, ...] = ()
    accountability: Accountability = Accountability()
    review: Review = Review()

    @model_validator(mode="after")
    def _holds_together(self) -> Strategy:
        for misfit in _misfits(self):
            raise misfit
        return self

    @cached_property
    def content_hash(self) -> str:
        """12 hex digits of what is declared; key order, comments and spelt-out defaults are not."""
        content = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()[:12]

    @cached_property
    def stages(self) -> tuple[StageRef, ...]:
        """All stages of all pipelines; the index is the stage's code."""
        return tuple(self._stage_refs())

    @cached_property
    def attribute_names(self) -> tuple[str, ...]:
        """The attributes in the order of their signals: by name, as key order is no content."""
        return tuple(sorted(self.attributes))

    @cached_property
    def criterion_names(self) -> tuple[str, ...]:
        """Every criterion named anywhere, in the order of its code."""
        used = [name for ref in self.stages for name in ref.stage.exit_criteria]
        entry = [name for ref in self.stages for name in ref.stage.entry_criteria]
        return tuple(dict.fromkeys([*self.process.criteria, *used, *self.closing.steps, *entry]))

    @cached_property
    def claim_names(self) -> tuple[str, ...]:
        return tuple(claim.id for claim in self.value_proposition.claims)

    @cached_property
    def competitor_names(self) -> tuple[str, ...]:
        return tuple(rival.name for rival in self.competition.competitors)

    @cached_property
    def tier_codes(self) -> Mapping[str, int]:
        return {tier.name: code for code, tier in enumerate(self.target_market.tiers)}

    @cached_property
    def pipeline_codes(self) -> Mapping[str, int]:
        return {pipeline.name: code for code, pipeline in enumerate(self.process.pipelines)}

    def section(self, element: Element) -> Any:
        """What is declared about an element: a part of the strategy, or the goals."""
        return getattr(self, SECTIONS.get(element, element))

    def declares(self, element: Element) -> bool:
        """Whether anything of its own is said about the element."""
        name = SECTIONS.get(element, element)
        return name in self.model_fields_set and bool(getattr(self, name))

    def stage_code(self, pipeline: str | None, name: str) -> int | None:
        """The code of a stage as a CRM names it, or None if the strategy doesn't know it.

        A pipeline that isn't declared reads as the declared one if there is only one: many CRMs
        don't name their only pipeline.
        """
        code = self._stage_codes.get((pipeline, name))
        if code is None and len(self.pipeline_codes) == 1 and pipeline not in self.pipeline_codes:
            code = self._stage_codes.get((self.process.pipelines[0].name, name))
        return code

    def weight_permille(self, element: Element) -> int:
        """How much the element counts in a priority; 1000 unless declared."""
        return round(self.weights.get(element, 1.0) * 1000)

    @cached_property
    def _stage_codes(self) -> Mapping[tuple[str | None, str], int]:
        return {(ref.pipeline, ref.name): ref.code for ref in self.stages}

    def _stage_refs(self) -> Iterator[StageRef]:
        code = 0
        for pipeline_code, pipeline in enumerate(self.process.pipelines):
            for rank, stage in enumerate(pipeline.stages):
                topics = (*stage.required_topics, *self.conversations.by_stage.get(stage.name, ()))
                yield StageRef(
                    code=code,
                    pipeline=pipeline.name,
                    pipeline_code=pipeline_code,
                    name=stage.name,
                    rank=rank,
                    stage_count=len(pipeline.stages),
                    stage=stage,
                    required_topics=tuple(dict.fromkeys(topics)),
                )
                code += 1


def _misfits(strategy: Strategy) -> Iterator[Misfit]:
    """Every declaration that contradicts another; what others rest on comes first."""
    yield from _stage_misfits(strategy)
    yield from _code_misfits(strategy)
    yield from _name_misfits(strategy)
    yield from _where_misfits(strategy)
    yield from _share_misfits(strategy)
    yield from _reference_misfits(strategy)
    yield from _order_misfits(strategy)
    yield from _conflict_misfits(strategy)
    yield from _threshold_misfits(strategy)


def _stage_misfits(strategy: Strategy) -> Iterator[Misfit]:
    cure = "list at least one pipeline with its stages under process.pipelines"
    if not strategy.process.pipelines:
        yield Misfit(("process", "pipelines"), "strategy without stages", cure)
    for index, pipeline in enumerate(strategy.process.pipelines):
        if not pipeline.stages:
            path = ("process", "pipelines", index, "stages")
            yield Misfit(path, f"strategy without stages in pipeline '{pipeline.name}'", cure)


def _code_misfits(strategy: Strategy) -> Iterator[Misfit]:
    listed: list[tuple[KeyPath, str, int]] = [
        (("process", "pipelines"), "stages in all pipelines", len(strategy.stages)),
        (("target_market", "tiers"), "tiers", len(strategy.target_market.tiers)),
    ]
    for name, attribute in strategy.attributes.items():
        listed.append((("attributes", name, "values"), "values", len(attribute.values)))
    for path, what, count in listed:
        if count > MAX_CODES:
            yield Misfit(path, f"{count} {what}, at most {MAX_CODES} are possible", "merge some")


def _where_misfits(strategy: Strategy) -> Iterator[Misfit]:
    market = strategy.target_market
    path: KeyPath
    segments = [(("tiers", index), tier.where) for index, tier in enumerate(market.tiers)]
    segments += [
        (("excluded", index), segment.where) for index, segment in enumerate(market.excluded)
    ]
    for at, where in segments:
        yield from _match_misfits(strategy.attributes, where, ("target_market", *at, "where"))
    for index, declined in enumerate(strategy.competition.no_bid):
        path = ("competition", "no_bid", index, "where")
        yield from _match_misfits(strategy.attributes, declined.where, path)


def _match_misfits(
    attributes: Mapping[str, Attribute], where: Where, at: KeyPath
) -> Iterator[Misfit]:
    for name, match in where.items():
        path = (*at, name)
        attribute = attributes.get(name)
        if attribute is None:
            yield Misfit(path, f"unknown attribute '{name}'", did_you_mean(name, attributes))
            continue
        if attribute.number:
            words = [value for value in match.any_of if isinstance(value, str)]
            cure = "compare it with whole numbers"
        else:
            words = [str(value) for value in match.any_of if value not in attribute.values]
            cure = did_you_mean(words[0], attribute.values) if words else ""
            if match.bounds != (None, None):
                yield Misfit(path, f"'{name}' is not a number", "list the values that fit")
        if words:
            yield Misfit(path, f"'{words[0]}' is no value of attribute '{name}'", cure)


def _name_misfits(strategy: Strategy) -> Iterator[Misfit]:
    process, market = strategy.process, strategy.target_market
    claims, competitors = strategy.value_proposition.claims, strategy.competition.competitors
    named: list[tuple[KeyPath, str, Iterable[str]]] = [
        (("process", "pipelines"), "name", (pipeline.name for pipeline in process.pipelines)),
        (("target_market", "tiers"), "name", (tier.name for tier in market.tiers)),
        (("value_proposition", "claims"), "id", (claim.id for claim in claims)),
        (("channels", "mix"), "name", (channel.name for channel in strategy.channels.mix)),
        (
            ("competition", "competitors"),
            "name",
            (rival.name for rival in competitors),
        ),
        (("goals",), "id", (goal.id for goal in strategy.goals)),
        (("process", "constraints"), "id", (one.id for one in process.constraints)),
        (
            ("pricing", "discount_authority"),
            "role",
            (one.role for one in strategy.pricing.discount_authority),
        ),
        (("alignment", "teams"), "name", (team.name for team in strategy.alignment.teams)),
    ]
    for index, pipeline in enumerate(process.pipelines):
        stages = ("process", "pipelines", index, "stages")
        named.append((stages, "name", (stage.name for stage in pipeline.stages)))
    for at, key, names in named:
        seen: set[str] = set()
        for index, name in enumerate(names):
            if name in seen:
                yield Misfit((*at, index, key), f"'{name}' is there twice", "rename or remove one")
            seen.add(name)
    for name, attribute in strategy.attributes.items():
        if name in DEAL_FIELDS:
            yield Misfit(("attributes", name), f"'{name}' is a field of every deal", "rename it")
        if len(set(attribute.values)) < len(attribute.values):
            yield Misfit(("attributes", name, "values"), "a value is there twice", "remove one")


def _share_misfits(strategy: Strategy) -> Iterator[Misfit]:
    efforts = [tier.effort_share_percent or 0 for tier in strategy.target_market.tiers]
    channels = [channel.share_percent or 0 for channel in strategy.channels.mix]
    shares: list[tuple[KeyPath, int]] = [
        (("target_market", "tiers"), int(sum(efforts) * 100)),
        (("channels", "mix"), int(sum(channels) * 100)),
    ]
    for path, total in shares:
        if total > 10_000:
            yield Misfit(path, f"shares add up to {total / 100:g} percent", "keep them within 100")


@dataclass(frozen=True)
class _Mention:
    """Where a name is used, of what kind it must be."""

    path: KeyPath
    kind: str
    name: str


def _reference_misfits(strategy: Strategy) -> Iterator[Misfit]:
    known = _vocabulary(strategy)
    for mention in _mentions(strategy):
        names = known[mention.kind]
        if names is not None and mention.name not in names:
            problem = f"unknown {mention.kind} '{mention.name}'"
            yield Misfit(mention.path, problem, did_you_mean(mention.name, names))


def _vocabulary(strategy: Strategy) -> dict[str, frozenset[str] | None]:
    """The names of each kind; None where any name goes, because none was declared."""
    roles = frozenset(strategy.relationships.roles)
    topics = frozenset(strategy.conversations.topics)
    channel = strategy.attributes.get("channel")
    return {
        "stage": frozenset(ref.name for ref in strategy.stages),
        "role": roles,
        "attendee": roles | frozenset(strategy.conversations.team_roles),
        "topic": topics,
        "used criterion": frozenset(strategy.criterion_names),
        "activity": frozenset(get_args(ActivityName)),
        "event": _DEAL_EVENTS,
        "tier": frozenset(strategy.tier_codes),
        "criterion": frozenset(strategy.process.criteria) or None,
        "kind of named event": frozenset(NAMED_EVENTS),
        "field": frozenset(DEAL_FIELDS) | frozenset(strategy.attributes),
        "channel": frozenset(channel.values) if channel else None,
        **{
            _own_stage(pipeline.name): frozenset(stage.name for stage in pipeline.stages)
            for pipeline in strategy.process.pipelines
        },
    }


def _own_stage(pipeline: str) -> str:
    return f"stage of pipeline '{pipeline}':"


def _mentions(strategy: Strategy) -> Iterator[_Mention]:
    for index, claim in enumerate(strategy.value_proposition.claims):
        at: KeyPath = ("value_proposition", "claims", index)
        yield from _each((*at, "segments"), "tier", claim.segments)
        yield from _one((*at, "required_from_stage"), "stage", claim.required_from_stage)
    yield from _process_mentions(strategy)
    for index, channel in enumerate(strategy.channels.mix):
        yield _Mention(("channels", "mix", index, "name"), "channel", channel.name)
    before = strategy.pricing.no_discount_before_stage
    yield from _one(("pricing", "no_discount_before_stage"), "stage", before)
    for index, authority in enumerate(strategy.pricing.discount_authority):
        at = ("pricing", "discount_authority", index, "from_stage")
        yield from _one(at, "stage", authority.from_stage)
    for key, kind, by_stage in (
        ("by_stage", "topic", strategy.conversations.by_stage),
        ("attendees", "attendee", strategy.conversations.attendees),
    ):
        for stage, names in by_stage.items():
            yield _Mention(("conversations", key, stage), "stage", stage)
            yield from _each(("conversations", key, stage), kind, names)
    relations = strategy.relationships
    for key, roles in (
        ("decision_roles", relations.decision_roles),
        ("champion_roles", relations.champion_roles),
        ("procurement_roles", relations.procurement_roles),
    ):
        yield from _each(("relationships", key), "role", roles)
    yield from _each(("closing", "steps"), "criterion", strategy.closing.steps)
    for index, standard in enumerate(strategy.activity.standards):
        yield from _one(("activity", "standards", index, "stage"), "stage", standard.stage)
        yield from _one(("activity", "standards", index, "tier"), "tier", standard.tier)
    yield from _each(("crm", "required_fields"), "field", strategy.crm.required_fields)


def _process_mentions(strategy: Strategy) -> Iterator[_Mention]:
    for index, pipeline in enumerate(strategy.process.pipelines):
        at: KeyPath = ("process", "pipelines", index)
        for rank, stage in enumerate(pipeline.stages):
            inside = (*at, "stages", rank)
            yield from _each((*inside, "entry_criteria"), "criterion", stage.entry_criteria)
            yield from _each((*inside, "exit_criteria"), "criterion", stage.exit_criteria)
            yield from _each((*inside, "required_fields"), "field", stage.required_fields)
            yield from _each((*inside, "required_roles"), "role", stage.required_roles)
            yield from _each((*inside, "required_topics"), "topic", stage.required_topics)
        for number, move in enumerate(pipeline.allowed_moves):
            kind = _own_stage(pipeline.name)
            yield _Mention((*at, "allowed_moves", number, "from"), kind, move.from_)
            yield from _each((*at, "allowed_moves", number, "to"), kind, move.to)
    for index, constraint in enumerate(strategy.process.constraints):
        for key, name in (("first", constraint.first), ("then", constraint.then)):
            if name is not None:
                yield _event_mention(("process", "constraints", index, key), name)


def _event_mention(path: KeyPath, name: str) -> _Mention:
    """What an event of a constraint names: `stage:rfi` a stage, `won` a kind of event."""
    kind, colon, rest = name.partition(":")
    if not colon:
        return _Mention(path, "event", name)
    if kind not in NAMED_EVENTS:
        return _Mention(path, "kind of named event", kind)
    return _Mention(path, NAMED_EVENTS[kind], rest)


def _order_misfits(strategy: Strategy) -> Iterator[Misfit]:
    for index, one in enumerate(strategy.process.constraints):
        at: KeyPath = ("process", "constraints", index)
        if one.kind == "absence" and one.then is not None:
            yield Misfit((*at, "then"), "absence is about one event", "remove 'then'")
        if one.kind != "absence" and one.then is None:
            yield Misfit(at, f"{one.kind} needs a second event", "add 'then: ...'")
        if one.within_days is not None and one.kind != "response":
            cure = "remove it, or make it a response"
            yield Misfit((*at, "within_days"), f"{one.kind} knows no time limit", cure)
        if one.first in _ENDS and one.kind in ("response", "chain_response"):
            problem = f"nothing can follow '{one.first}', which ends the deal"
            yield Misfit((*at, "first"), problem, "name an earlier event")
        if one.most and one.kind != "absence":
            yield Misfit((*at, "most"), f"{one.kind} counts nothing", "remove 'most'")


def _conflict_misfits(strategy: Strategy) -> Iterator[Misfit]:
    name = strategy.channels.conflict_on
    if name is None:
        return
    path: KeyPath = ("channels", "conflict_on")
    attributes = strategy.attributes
    if name not in attributes:
        yield Misfit(path, f"unknown attribute '{name}'", did_you_mean(name, attributes))
    elif attributes[name].number:
        yield Misfit(path, f"'{name}' is a number", "name an attribute with a list of values")


def _threshold_misfits(strategy: Strategy) -> Iterator[Misfit]:
    for name, limit in strategy.thresholds.items():
        path: KeyPath = ("thresholds", name, "by")
        if len(set(limit.by)) < len(limit.by):
            yield Misfit(path, "a part is there twice", "remove one")
        if "stage" in limit.by and limit.of != "days_in_stage":
            yield Misfit(path, f"{limit.of} is not of a stage", "remove 'stage'")
        if "tier" in limit.by and not strategy.tier_codes:
            yield Misfit(
                path, "no tier is declared", "declare target_market.tiers, or remove 'tier'"
            )


def _each(path: KeyPath, kind: str, names: Iterable[str]) -> Iterator[_Mention]:
    for index, name in enumerate(names):
        yield _Mention((*path, index), kind, name)


def _one(path: KeyPath, kind: str, name: str | None) -> Iterator[_Mention]:
    if name is not None:
        yield _Mention(path, kind, name)
