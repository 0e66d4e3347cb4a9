"""What does the strategy declare about an element, in one line?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from salesadvisor.domain.elements import ELEMENTS, Element
from salesadvisor.domain.strategy import Strategy

TITLES: Mapping[Element, str] = MappingProxyType(
    {
        "target_market": "Target market",
        "value_proposition": "Value proposition",
        "process": "Sales process",
        "channels": "Sales channels",
        "pricing": "Pricing",
        "competition": "Competition",
        "prospecting": "Prospecting",
        "conversations": "Calls and presentations",
        "relationships": "Relationships",
        "closing": "Closing",
        "activity": "Activity management",
        "crm": "CRM use",
        "comprehensive": "Comprehensive strategy",
        "alignment": "Aligned team",
        "goals": "SMART goals",
        "accountability": "Accountability",
        "review": "Monitoring and optimising",
    }
)


def declared_elements(strategy: Strategy) -> tuple[Element, ...]:
    """The elements that the strategy says something about, in their order."""
    return tuple(element for element in ELEMENTS if strategy.declares(element))


def declaration(strategy: Strategy, element: Element) -> str:
    """One line; empty where the strategy declares nothing that can be said."""
    parts = [part for part in _TELL[element](strategy) if part]
    return "; ".join(parts)


def _target_market(strategy: Strategy) -> list[str]:
    market = strategy.target_market
    tiers = [
        tier.name
        + (f" {tier.effort_share_percent} %" if tier.effort_share_percent is not None else "")
        for tier in market.tiers
    ]
    return [
        "effort by tier: " + ", ".join(tiers) if tiers else "",
        _some(len(market.excluded), "excluded segment"),
    ]


def _value_proposition(strategy: Strategy) -> list[str]:
    claims = strategy.value_proposition.claims
    required = sum(claim.required_from_stage is not None for claim in claims)
    return [
        _some(len(claims), "claim"),
        f"{required} of them before a named stage" if required else "",
    ]


def _process(strategy: Strategy) -> list[str]:
    stages = [ref.stage for ref in strategy.stages]
    limits = sum(stage.limit_days is not None for stage in stages)
    criteria = sum(len(stage.exit_criteria) for stage in stages)
    pipelines = len(strategy.process.pipelines)
    return [
        _some(len(stages), "stage") + (f" in {pipelines} pipelines" if pipelines > 1 else ""),
        f"{limits} with a limit of days" if limits else "",
        f"{_some(criteria, 'exit criterion', 'exit criteria')}" if criteria else "",
    ]


def _channels(strategy: Strategy) -> list[str]:
    shares = [
        f"{channel.name} {channel.share_percent} %"
        for channel in strategy.channels.mix
        if channel.share_percent is not None
    ]
    return ["share of new deals: " + ", ".join(shares)] if shares else []


def _pricing(strategy: Strategy) -> list[str]:
    pricing = strategy.pricing
    authority, before = pricing.discount_authority_percent, pricing.no_discount_before_stage
    margin = pricing.floor_margin_percent
    return [
        f"a rep may give {authority} %" if authority is not None else "",
        f"no discount before {before}" if before else "",
        f"margin of at least {margin} %" if margin is not None else "",
    ]


def _competition(strategy: Strategy) -> list[str]:
    competitors = strategy.competition.competitors
    plans = sum(rival.battle_plan is not None for rival in competitors)
    return [
        _some(len(competitors), "competitor"),
        f"{plans} with a battle plan" if plans else "",
    ]


def _prospecting(strategy: Strategy) -> list[str]:
    wanted = strategy.prospecting
    return [
        _a_week(wanted.new_contacts_per_week, "new contact"),
        _a_week(wanted.new_accounts_per_week, "new account"),
        f"answer within {wanted.response_hours} business hours"
        if wanted.response_hours is not None
        else "",
    ]


def _conversations(strategy: Strategy) -> list[str]:
    staged = sum(bool(ref.required_topics) for ref in strategy.stages)
    attendees = len(strategy.conversations.attendees)
    return [
        _some(len(strategy.conversations.topics), "topic"),
        f"topics due at {_some(staged, 'stage')}" if staged else "",
        f"attendees named for {_some(attendees, 'stage')}" if attendees else "",
    ]


def _relationships(strategy: Strategy) -> list[str]:
    wanted = strategy.relationships
    late = wanted.required_contacts_late
    contacts = ""
    if wanted.required_contacts is not None:
        contacts = f"{_some(wanted.required_contacts, 'contact')} a deal"
        contacts += f", {late} late" if late is not None else ""
    return [
        _some(len(wanted.roles), "buying role"),
        contacts,
        "decided by " + " and ".join(wanted.decision_roles) if wanted.decision_roles else "",
    ]


def _closing(strategy: Strategy) -> list[str]:
    closing = strategy.closing
    days, hard = closing.award_to_signature_days, closing.complex_award_to_signature_days
    return [
        "steps: " + ", ".join(closing.steps) if closing.steps else "",
        f"award to signature within {days} days" + (f" ({hard} if complex)" if hard else "")
        if days is not None
        else "",
    ]


def _activity(strategy: Strategy) -> list[str]:
    standards = strategy.activity.standards
    silent = [one.max_silent_days for one in standards if one.max_silent_days is not None]
    span = ""
    if silent:
        low, high = min(silent), max(silent)
        span = f"silent for at most {low}{f' to {high}' if high > low else ''} days"
    return [_some(len(standards), "standard"), span]


def _crm(strategy: Strategy) -> list[str]:
    crm = strategy.crm
    return [
        f"logged within {_some(crm.logging_days, 'day')}" if crm.logging_days is not None else "",
        _some(len(crm.required_fields), "required field"),
    ]


def _comprehensive(strategy: Strategy) -> list[str]:
    review = strategy.strategy_review
    return [
        _some(len(review.required_elements), "required element"),
        f"owned by {review.owner}" if review.owner else "",
        f"approved on {review.approved_on}" if review.approved_on else "",
    ]


def _alignment(strategy: Strategy) -> list[str]:
    alignment = strategy.alignment
    reps = sum(len(team.reps) for team in alignment.teams)
    days = alignment.acknowledge_within_days
    return [
        f"{_some(len(alignment.teams), 'team')} of {_some(reps, 'rep')}" if reps else "",
        f"strategy acknowledged within {days} days" if days is not None else "",
    ]


def _goals(strategy: Strategy) -> list[str]:
    return [f"{goal.id}: {goal.metric} {goal.value:,} by {goal.due}" for goal in strategy.goals]


def _accountability(strategy: Strategy) -> list[str]:
    """Also what holds where nothing was declared, since advice is given under it."""
    rules = strategy.accountability
    return [
        f"{rules.minutes_per_rep_week} minutes a rep and week",
        f"at most {rules.max_per_deal} recommendations a deal",
        f"an answer within {rules.response_days} days",
    ]


def _review(strategy: Strategy) -> list[str]:
    review = strategy.review
    return [
        f"every {review.cadence_days} days",
        f"a rule is judged from {review.min_issues} issues on",
    ]


def _some(count: int, one: str, many: str | None = None) -> str:
    if not count:
        return ""
    return f"{count} {one if count == 1 else many or one + 's'}"


def _a_week(count: int | None, what: str) -> str:
    return f"{_some(count, what)} a week" if count else ""


_TELL: Mapping[Element, Callable[[Strategy], list[str]]] = MappingProxyType(
    {
        "target_market": _target_market,
        "value_proposition": _value_proposition,
        "process": _process,
        "channels": _channels,
        "pricing": _pricing,
        "competition": _competition,
        "prospecting": _prospecting,
        "conversations": _conversations,
        "relationships": _relationships,
        "closing": _closing,
        "activity": _activity,
        "crm": _crm,
        "comprehensive": _comprehensive,
        "alignment": _alignment,
        "goals": _goals,
        "accountability": _accountability,
        "review": _review,
    }
)
