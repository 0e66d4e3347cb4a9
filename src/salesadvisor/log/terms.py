"""What does the kernel need of a strategy? Arrays and masks instead of names: its `Terms`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

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
from salesadvisor.errors import PlaybookError

_EPOCH = date(1970, 1, 1)
DAYS_BEFORE = 400  # of calendar before the first event: a step may have been due long before
_SLOTS_A_DAY = DAY // SLOT_SECONDS
_HIGHEST = (1 << 62) - 1
_DEFAULT_BACKDATING_DAYS = 30


@dataclass(frozen=True)
class Codes:
    """The strategy's names by code: place in the tuple = code in the kernel."""

    criteria: tuple[str, ...]
    claims: tuple[str, ...]
    topics: tuple[str, ...]
    roles: tuple[str, ...]
    attributes: tuple[str, ...]


def codes_of(strategy: Strategy) -> Codes:
    """The order in which the kernel numbers what the strategy names. Raises PlaybookError."""
    codes = Codes(
        criteria=strategy.criterion_names,
        claims=strategy.claim_names,
        topics=_unique(strategy.conversations.topics),
        roles=_unique(strategy.relationships.roles),
        attributes=strategy.attribute_names,
    )
    for what, names, most in (
        ("exit criteria", codes.criteria, 62),
        ("claims", codes.claims, 62),
        ("topics", codes.topics, 62),
        ("roles", codes.roles, 62),
        ("attributes", codes.attributes, MAX_ATTRIBUTES),
        ("stages", tuple(ref.name for ref in strategy.stages), MAX_STAGES),
    ):
        if len(names) > most:
            problem = f"{len(names)} {what}, at most {most} are possible"
            raise PlaybookError(f"strategy '{strategy.name}'", problem, "merge or remove some")
    return codes


def terms_of(strategy: Strategy, first: int, last: int) -> Terms:
    """The terms of `strategy`, with calendar tables for moments in [first, last] epoch seconds and
    some time before.

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
        discount_rank=_array(_discount_ranks(strategy)),
        fields_always=_field_mask(strategy.crm.required_fields, codes),
        decision_roles=_mask(strategy.relationships.decision_roles, codes.roles),
        authority_bp=UNKNOWN if authority is None else int(authority * 100),
        pricing_topic=codes.topics.index("pricing") if "pricing" in codes.topics else UNKNOWN,
        backdating_seconds=DAY * (_DEFAULT_BACKDATING_DAYS if backdating is None else backdating),
        **{f"tier_{name}": column for name, column in tiers.items()},
        **{f"excluded_{name}": column for name, column in excluded.items()},
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
    begun = np.cumsum([_is_business(calendar, day) for day in range(first_day, int(days[-1]) + 1)])
    return days, begun[days - first_day].astype(np.int64)


def _offset(zone: ZoneInfo, moment: int) -> int:
    offset = datetime.fromtimestamp(moment, UTC).astimezone(zone).utcoffset()
    return int((offset or timedelta()).total_seconds())


def _is_business(calendar: Calendar, day: int) -> bool:
    return calendar.is_business_day(_EPOCH + timedelta(days=day))
