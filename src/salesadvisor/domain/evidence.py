"""From which kinds of events does a signal come? So that advice can name the events behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from salesadvisor.domain.signals import CATALOGUE

_STAGE = ("opened", "stage_changed", "reopened")
_AMOUNT = ("opened", "amount_changed")
_CLOSE_DATE = ("opened", "close_date_changed")
_ACTIVITY = ("activity",)
_CONTACT = ("activity", "contact_added")
_STEP = ("next_step_set", "activity_planned", "activity")
_RECORDS = ("opened",)
_ANSWER = ("activity", "opened", "reopened")
_STANDARD = ("opened", "activity", "stage_changed")
_ADVANCE = ("criterion_met", "stage_changed")
_ORDER = ("stage_changed", "criterion_met", "activity", "quote_sent")
_ATTRIBUTES = ("opened", "account_profiled", "attribute_changed")

# By the beginning of a signal's name; the longest beginning that fits decides.
_BY_PREFIX: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "stage": _STAGE, "pipeline": _RECORDS, "days_in_stage": _STAGE,
        "business_days_in_stage": _STAGE, "days_over": _STAGE, "won_p80": _STAGE,
        "days_since_regression": _STAGE, "age_days": ("opened", "reopened"),
        "cycle": ("opened", "reopened"), "amount": _AMOUNT, "close_date": _CLOSE_DATE,
        "days_to_close_date": _CLOSE_DATE, "days_past_close_date": _CLOSE_DATE,
        "push_days": _CLOSE_DATE, "calls": _ACTIVITY, "emails": _ACTIVITY, "meetings": _ACTIVITY,
        "outbound": _ACTIVITY, "inbound": _ACTIVITY, "activities": _ACTIVITY,
        "days_since_contact": _ACTIVITY, "business_days_since_inbound": _ACTIVITY,
        "days_since_activity": _ACTIVITY, "unanswered": _ACTIVITY, "contacts": _CONTACT,
        "contacts_since_quote": ("quote_sent", "activity"), "roles": _CONTACT,
        "has_decision_role": _CONTACT, "days_since_decision_role": _CONTACT, "next_step": _STEP,
        "days_to_next_step": _STEP, "days_next_step": _STEP, "business_days_next_step": _STEP,
        "quote": ("quote_sent",), "days_since_quote": ("quote_sent",),
        "discount": ("discount_offered",), "competitor": ("competitor_identified",),
        "incumbent": ("competitor_identified",), "claims": ("claim_presented", "stage_changed"),
        "open_objections": ("objection_raised", "objection_answered"),
        "business_days_objection": ("objection_raised",),
        "criteria": ("criterion_met", "stage_changed"),
        "stage_criteria": ("criterion_met", "stage_changed"),
        "days_since_criterion": ("criterion_met",), "topics": _ACTIVITY, "pricing": _ACTIVITY,
        "forecast": ("forecast_category_set",), "logging": _ACTIVITY, "backdated": _ACTIVITY,
        "required_fields": _RECORDS, "missing_fields": _RECORDS, "completeness": _RECORDS,
        "owner": ("opened", "owner_changed"), "tier": _ATTRIBUTES, "is_excluded": _ATTRIBUTES,
        "attribute.": _ATTRIBUTES, "win_probability": _STAGE,
        "first_response": _ANSWER, "hours_unanswered": _ANSWER, "days_awaiting": _ACTIVITY,
        "awaiting": _ACTIVITY, "reply": _ACTIVITY, "days_over_silent": _STANDARD,
        "activities_short": _STANDARD, "contacts_short": _STANDARD, "champion": _CONTACT,
        "days_since_champion": _CONTACT, "meetings_procurement": _CONTACT,
        "meetings_without_advance": ("activity", *_ADVANCE),
        "days_quote_unfollowed": ("quote_sent", "activity"),
        "matchup": ("competitor_identified",), "days_criterion_unmet": _ADVANCE,
        "constraint": _ORDER, "conformance": _ORDER, "criterion.": ("criterion_met",),
        "claim.": ("claim_presented",), "topic.": _ACTIVITY, "role.": _CONTACT,
        "over.": (*_STAGE, "amount_changed"),
    }
)  # fmt: skip


def kinds_behind(signals: Iterable[str]) -> tuple[str, ...]:
    """The kinds of events that make these signals, each once, in order of mention."""
    kinds = [kind for name in signals for kind in _kinds_of(name)]
    return tuple(dict.fromkeys(kinds))


def _kinds_of(signal: str) -> tuple[str, ...]:
    fitting = [prefix for prefix in _BY_PREFIX if signal.startswith(prefix)]
    return _BY_PREFIX[max(fitting, key=len)] if fitting else ()


SIGNALS_WITHOUT_EVIDENCE = tuple(spec.name for spec in CATALOGUE if not _kinds_of(spec.name))
