"""What does the kernel need of a strategy? Arrays and masks instead of names: its `Terms`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from salesadvisor.domain import state
from salesadvisor.domain.elements import Match, Segment, Tier
from salesadvisor.domain.observe import SLOT_SECONDS
from salesadvisor.domain.state import (
    DAY,
    FIELD_BITS,
    FIRST_ATTRIBUTE_BIT,
    MAX_ATTRIBUTES,
    MAX_STAGES,
    UNKNOWN,
    Terms,
)
from salesadvisor.domain.strategy import Calendar, StageRef, Strategy
from salesadvisor.domain.vocabulary import (
    CLAIM,
    COMPETITOR,
    CONSTRAINT,
    CRITERION,
    ROLE,
    THRESHOLD,
    TOPIC,
)
from salesadvisor.errors import PlaybookError

_EPOCH = date(1970, 1, 1)
DAYS_BEFORE = 400  # of calendar before the first event: a step may have been due long before
_SLOTS_A_DAY = DAY // SLOT_SECONDS
_HIGHEST = (1 << 62) - 1
_DEFAULT_BACKDATING_DAYS = 30
CHANNEL = "channel"  # the attribute whose values are the channels of the mix
CHANNEL_KINDS = {"direct": state.DIRECT, "partner": state.PARTNER}
LEARNED_FROM = {
    "days_in_stage": state.OF_STAGE_DAYS,
    "age_days": state.OF_AGE,
    "amount_minor": state.OF_AMOUNT,
}
# Minutes that an activity without a duration takes, in the order of the codes of its kinds.
USUAL_MINUTES = {"call": 20, "email": 10, "meeting": 60, "demo": 60, "task": 30, "other": 15}


@dataclass(frozen=True)
class Codes:
    """The strategy's names by code: place in the tuple = code in the kernel."""

    criteria: tuple[str, ...]
    claims: tuple[str, ...]
    topics: tuple[str, ...]
    roles: tuple[str, ...]
    competitors: tuple[str, ...]
    attributes: tuple[str, ...]


def codes_of(strategy: Strategy) -> Codes:
    """The order in which the kernel numbers what the strategy names. Raises PlaybookError."""
    codes = Codes(
        criteria=strategy.criterion_names,
        claims=strategy.claim_names,
        topics=_unique(strategy.conversations.topics),
        roles=_unique(strategy.relationships.roles),
        competitors=strategy.competitor_names,
        attributes=strategy.attribute_names,
    )
    for what, names, most in (
        ("exit criteria", codes.criteria, 62),
        ("claims", codes.claims, 62),
        ("topics", codes.topics, 62),
        ("roles", codes.roles, 62),
        ("competitors", codes.competitors, 62),
        ("attributes", codes.attributes, MAX_ATTRIBUTES),
        ("tiers", tuple(strategy.tier_codes), 61),
        ("stages", tuple(ref.name for ref in strategy.stages), MAX_STAGES),
    ):
        if len(names) > most:
            problem = f"{len(names)} {what}, at most {most} are possible"
            raise PlaybookError(f"strategy '{strategy.name}'", problem, "merge or remove some")
    return codes


def terms_of(strategy: Strategy, first: int, last: int, derived: Sequence[str] = ()) -> Terms:
    """The terms of `strategy`, with calendar tables for moments in [first, last] epoch seconds and
    some time before. `derived` names the derived signals that are wanted, in their order.

    Moments outside read as the nearest one inside. Raises PlaybookError as `codes_of` does.
    """
    codes = codes_of(strategy)
    stages = strategy.stages
    origin = (first // DAY - DAYS_BEFORE) * DAY
    days, business = _calendar_tables(strategy.calendar, origin, last + 2 * DAY)
    authority = strategy.pricing.discount_authority_percent
    tiers = _leaves(strategy, strategy.target_market.tiers)
    excluded = _leaves(strategy, strategy.target_market.excluded)
    claims = {claim.id: claim.required_from_stage for claim in strategy.value_proposition.claims}
    backdating = strategy.crm.backdating_days
    return Terms(
        stage_rank=_array(ref.rank for ref in stages),
        stages_remaining=_array(ref.stage_count - 1 - ref.rank for ref in stages),
        stage_limit_days=_array(_or_unknown(ref.stage.limit_days) for ref in stages),
        stage_criteria=_array(_mask(ref.stage.exit_criteria, codes.criteria) for ref in stages),
        earlier_criteria=_array(
            _mask(_before(stages, ref, lambda one: one.stage.exit_criteria), codes.criteria)
            for ref in stages
        ),
        claims_by_stage=_array(
            _mask(_claims_by(stages, ref, claims), codes.claims) for ref in stages
        ),
        claims_by_tier=_array(_claims_by_tier(strategy, codes)),
        topics_by_stage=_array(
            _mask(_up_to(stages, ref, lambda one: one.required_topics), codes.topics)
            for ref in stages
        ),
        roles_by_stage=_array(
            _mask(_up_to(stages, ref, lambda one: one.stage.required_roles), codes.roles)
            for ref in stages
        ),
        fields_by_stage=_array(
            _field_mask(_up_to(stages, ref, lambda one: one.stage.required_fields), codes)
            for ref in stages
        ),
        contacts_by_stage=_array(_contacts_by_stage(strategy)),
        discount_rank=_array(_discount_ranks(strategy)),
        fields_always=_field_mask(strategy.crm.required_fields, codes),
        decision_roles=_mask(strategy.relationships.decision_roles, codes.roles),
        champion_roles=_mask(strategy.relationships.champion_roles, codes.roles),
        procurement_roles=_mask(strategy.relationships.procurement_roles, codes.roles),
        authority_bp=UNKNOWN if authority is None else int(authority * 100),
        pricing_topic=codes.topics.index("pricing") if "pricing" in codes.topics else UNKNOWN,
        backdating_seconds=DAY * (_DEFAULT_BACKDATING_DAYS if backdating is None else backdating),
        **{f"tier_{name}": column for name, column in tiers.items()},
        **{f"excluded_{name}": column for name, column in excluded.items()},
        **_standards(strategy),
        **_effort(strategy),
        **_channels(strategy),
        **derived_terms(strategy, codes, derived),
        **threshold_terms(strategy),
        calendar_origin=origin,
        local_day=days,
        business_day=business,
    )


def live_terms(terms: Terms) -> Terms:
    """The same terms for the uncompiled gear: their items read as plain Python integers."""
    columns: Any = terms
    plain: list[Any] = [
        memoryview(column) if hasattr(column, "dtype") else column for column in columns
    ]
    return Terms(*plain)


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _array(values: Iterable[int]) -> Any:
    return np.array(list(values), dtype=np.int64)


def _or_unknown(value: int | None) -> int:
    return UNKNOWN if value is None else value


def _mask(names: Iterable[str], known: Sequence[str]) -> int:
    return sum(1 << known.index(name) for name in set(names))


def _field_mask(names: Iterable[str], codes: Codes) -> int:
    bits = set()
    for name in names:
        if name in FIELD_BITS:
            bits.add(FIELD_BITS[name])
        else:
            bits.add(FIRST_ATTRIBUTE_BIT + codes.attributes.index(name))
    return sum(1 << bit for bit in bits)


def _before(stages: Sequence[StageRef], ref: StageRef, of: Any) -> list[str]:
    return [
        name
        for one in stages
        if one.pipeline_code == ref.pipeline_code and one.rank < ref.rank
        for name in of(one)
    ]


def _up_to(stages: Sequence[StageRef], ref: StageRef, of: Any) -> list[str]:
    return [*_before(stages, ref, of), *of(ref)]


def _claims_by(
    stages: Sequence[StageRef], ref: StageRef, claims: dict[str, str | None]
) -> list[str]:
    passed = {*_before(stages, ref, lambda one: (one.name,)), ref.name}
    return [claim for claim, stage in claims.items() if stage in passed]


def _claims_by_tier(strategy: Strategy, codes: Codes) -> list[int]:
    """The claims meant for each tier, and last for a deal of no tier."""
    claims = strategy.value_proposition.claims
    return [
        _mask([one.id for one in claims if not one.segments or tier in one.segments], codes.claims)
        for tier in (*strategy.tier_codes, "")
    ]


def _contacts_by_stage(strategy: Strategy) -> list[int]:
    wanted = strategy.relationships
    usual = wanted.required_contacts
    late = usual if wanted.required_contacts_late is None else wanted.required_contacts_late
    by_stage = [late if ref.stage.late else usual for ref in strategy.stages]
    return [_or_unknown(one) for one in (*by_stage, usual)]


def _standards(strategy: Strategy) -> dict[str, Any]:
    """Of each activity standard: masks of the stages and tiers it is for, and what it asks."""
    standards = strategy.activity.standards
    stages = [
        sum(1 << ref.code for ref in strategy.stages if ref.name == one.stage) for one in standards
    ]
    tiers = [1 << strategy.tier_codes[one.tier] if one.tier else UNKNOWN for one in standards]
    return {
        "standard_stage": _array(
            mask if one.stage else UNKNOWN for one, mask in zip(standards, stages, strict=True)
        ),
        "standard_tier": _array(tiers),
        "standard_week": _array(_or_unknown(one.min_per_week) for one in standards),
        "standard_silent": _array(_or_unknown(one.max_silent_days) for one in standards),
    }


def _effort(strategy: Strategy) -> dict[str, Any]:
    minutes = USUAL_MINUTES | {str(kind): one for kind, one in strategy.activity.minutes.items()}
    shares = [tier.effort_share_percent for tier in strategy.target_market.tiers]
    return {
        "activity_minutes": _array(minutes[kind] for kind in USUAL_MINUTES),
        "tier_share": _array(UNKNOWN if one is None else int(one * 10) for one in shares),
    }


def _channels(strategy: Strategy) -> dict[str, Any]:
    attribute = strategy.attributes.get(CHANNEL)
    mix = strategy.channels.mix
    place = {channel.name: code for code, channel in enumerate(mix)}
    kinds = {channel.name: CHANNEL_KINDS.get(channel.kind, UNKNOWN) for channel in mix}
    values = attribute.values if attribute else ()
    agree = strategy.channels.conflict_on
    names = strategy.attribute_names
    return {
        "channel_slot": names.index(CHANNEL) if values else UNKNOWN,
        "channel_code": _array(place.get(value, UNKNOWN) for value in values),
        "channel_kind": _array(kinds.get(value, UNKNOWN) for value in values),
        "channel_share": _array(
            UNKNOWN if channel.share_percent is None else int(channel.share_percent * 10)
            for channel in mix
        ),
        "mix_seconds": strategy.channels.mix_days * DAY,
        "conflict_slot": names.index(agree) if agree else UNKNOWN,
    }


def derived_terms(strategy: Strategy, codes: Codes, wanted: Sequence[str]) -> dict[str, Any]:
    """What each wanted derived signal reads: its kind, and the bit or number among its like."""
    known = {
        **_derived_codes(CRITERION, state.CRITERION_MET, codes.criteria),
        **_derived_codes(CLAIM, state.CLAIM_PRESENTED, codes.claims),
        **_derived_codes(TOPIC, state.TOPIC_DISCUSSED, codes.topics),
        **_derived_codes(ROLE, state.ROLE_REACHED, codes.roles),
        **_derived_codes(COMPETITOR, state.COMPETITOR_NAMED, codes.competitors),
        **_derived_codes(THRESHOLD, state.OVER_THRESHOLD, tuple(strategy.thresholds)),
        **_derived_codes(
            CONSTRAINT,
            state.CONSTRAINT_STATE,
            tuple(one.id for one in strategy.process.constraints),
        ),
    }
    return {
        "derived_kind": _array(known[name][0] for name in wanted),
        "derived_code": _array(known[name][1] for name in wanted),
    }


def _derived_codes(prefix: str, kind: int, names: Sequence[str]) -> dict[str, tuple[int, int]]:
    return {prefix + name: (kind, code) for code, name in enumerate(names)}


def threshold_terms(strategy: Strategy) -> dict[str, Any]:
    """The cells of each learned threshold: one, or one by stage or pipeline, times tiers."""
    limits = tuple(strategy.thresholds.values())
    axes = [
        state.BY_STAGE
        if "stage" in one.by
        else state.BY_PIPELINE
        if "pipeline" in one.by
        else state.NO_AXIS
        for one in limits
    ]
    sizes = {
        state.NO_AXIS: 1,
        state.BY_STAGE: len(strategy.stages),
        state.BY_PIPELINE: len(strategy.process.pipelines),
    }
    stages = [sizes[axis] for axis in axes]
    tiers = [len(strategy.tier_codes) + 1 if "tier" in one.by else 1 for one in limits]
    starts = np.cumsum([0, *(a * b for a, b in zip(stages, tiers, strict=True))])
    return {
        "threshold_of": _array(LEARNED_FROM[one.of] for one in limits),
        "threshold_start": starts.astype(np.int64),
        "threshold_stages": _array(stages),
        "threshold_axis": _array(axes),
        "threshold_tiers": _array(tiers),
    }


def _discount_ranks(strategy: Strategy) -> list[int]:
    """By pipeline: the rank of the stage named for discounts, else of the first shortlist stage."""
    ranks = []
    named = strategy.pricing.no_discount_before_stage
    for pipeline in strategy.process.pipelines:
        found = UNKNOWN
        for rank, stage in enumerate(pipeline.stages):
            if stage.name == named or (named is None and stage.shortlist):
                found = rank
                break
        ranks.append(found)
    return ranks


def _leaves(strategy: Strategy, segments: Sequence[Tier | Segment]) -> dict[str, Any]:
    """Columns leaf, slot, low, high, mask over all conditions of all segments, in order."""
    rows = []
    for code, segment in enumerate(segments):
        for name, match in segment.where.items():
            slot = strategy.attribute_names.index(name)
            rows.append((code, slot, *_leaf(strategy, name, match)))
    columns = zip(*rows, strict=True) if rows else [()] * 5
    names = ("leaf", "slot", "low", "high", "mask")
    return {name: _array(column) for name, column in zip(names, columns, strict=True)}


def _leaf(strategy: Strategy, name: str, match: Match) -> tuple[int, int, int]:
    """(low, high, mask) of one condition on an attribute's code or number."""
    low, high = match.bounds
    if match.any_of:
        values = strategy.attributes[name].values
        listed = [values.index(one) if isinstance(one, str) else one for one in match.any_of]
        wanted = [
            one for one in listed if (low is None or one >= low) and (high is None or one <= high)
        ]
        if len(wanted) == 1:
            return wanted[0], wanted[0], UNKNOWN
        if any(not 0 <= code < 62 for code in wanted):
            problem = f"'{name}' lists several numbers beyond 61"
            raise PlaybookError(f"strategy '{strategy.name}'", problem, "give bounds instead")
        return 0, 0, sum(1 << code for code in set(wanted))
    return (-_HIGHEST if low is None else low), (_HIGHEST if high is None else high), UNKNOWN


def _calendar_tables(calendar: Calendar, origin: int, last: int) -> tuple[Any, Any]:
    """Local day number and business days begun, for each quarter of an hour from `origin` on."""
    zone = ZoneInfo(calendar.timezone)
    day_count = (last - origin) // DAY + 1
    days = np.empty(day_count * _SLOTS_A_DAY, dtype=np.int64)
    for index in range(day_count):
        start = origin + index * DAY
        slots = slice(index * _SLOTS_A_DAY, (index + 1) * _SLOTS_A_DAY)
        if _offset(zone, start) == _offset(zone, start + DAY):
            moments = start + SLOT_SECONDS * np.arange(_SLOTS_A_DAY)
            days[slots] = (moments + _offset(zone, start)) // DAY
        else:
            moments = start + SLOT_SECONDS * np.arange(_SLOTS_A_DAY)
            offsets = np.array([_offset(zone, int(moment)) for moment in moments])
            days[slots] = (moments + offsets) // DAY
    first_day = int(days[0])
    every_day = range(first_day, int(days[-1]) + 1)
    begun = np.cumsum([calendar.is_business_day(_EPOCH + timedelta(days=day)) for day in every_day])
    return days, begun[days - first_day].astype(np.int64)


def _offset(zone: ZoneInfo, moment: int) -> int:
    offset = datetime.fromtimestamp(moment, UTC).astimezone(zone).utcoffset()
    return int((offset or timedelta()).total_seconds())
