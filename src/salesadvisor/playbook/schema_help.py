"""What does an editor say of a key while somebody types? By the model whose key it is.

"" is the model itself, where its docstring speaks to programmers or is missing. Keys that their
name explains have no entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pydantic import BaseModel

from salesadvisor.domain import elements
from salesadvisor.domain.strategy import Calendar, Strategy
from salesadvisor.playbook.rule_files import ActionEntry, RuleEntry, RuleFile, UrgencyEntry
from salesadvisor.playbook.rule_tests import Case, CaseFile

_SHARE = "Planned share in percent; all shares together are at most 100."

HELP: Mapping[type[BaseModel], Mapping[str, str]] = MappingProxyType(
    {
        Strategy: {
            "": "What the team declares: seventeen elements, the calendar and the words it uses.",
            "name": "What the strategy is called in answers and reports.",
            "currency": "Of every amount in this file: three capital letters, as in EUR.",
            "horizon_days": "The win probability is the chance of a win within so many days.",
            "horizons": "Further horizons, in days, for which the win probability is given.",
            "attributes": "What is recorded of a deal or its account. Each becomes a signal,"
            " attribute.NAME. The order of its values is that of at_least.",
            "thresholds": "Limits learned from won deals, by name. A rule writes"
            " {gt: {learned: NAME}}.",
            "weights": "What an element counts when advice is ranked: 1 unless declared, 0 to 10.",
            "goals": "15. SMART goals: each with its metric, value, dates, owner and element.",
        },
        Calendar: {
            "timezone": "Where a day begins, as in Europe/Berlin.",
            "weekend": "Days of the week that are no business days.",
            "holidays": "Further days off, as in 2026-12-25.",
        },
        elements.Attribute: {
            "values": "The values it may have. Quote those that look like a number.",
            "number": "true for a whole number, instead of values.",
            "unit": "What a number counts, as in patients.",
        },
        elements.Tier: {
            "": "A tier of the target market: deals whose attributes fit `where`.",
            "where": "What the attributes must be: all of it holds.",
            "effort_share_percent": _SHARE,
        },
        elements.Segment: {"": "Deals that are not to be pursued.", "where": "What they are."},
        elements.Claim: {
            "id": "Its name in events and rules: claim.ID.",
            "proof": "What shows that it is true.",
            "segments": "The tiers it is for; none: all.",
            "required_from_stage": "The stage by which it must have been presented.",
        },
        elements.ValueProposition: {"": "2. What we say, to whom, and with which proof."},
        elements.Stage: {
            "limit_days": "More days in this stage are too many.",
            "target_days": "Days that this stage should take.",
            "probability_percent": "The CRM's chance of a win at this stage.",
            "exit_criteria": "What must be met before a deal moves on.",
            "required_fields": "What must be recorded at this stage: fields of the deal, or"
            " attributes.",
            "required_roles": "Buying roles that must have been reached.",
            "required_topics": "Topics that must have been talked about.",
            "late": "yes for the stages close to the decision.",
            "proposal": "yes from where on the offer is out.",
            "shortlist": "yes where we are among the last few.",
        },
        elements.Pipeline: {
            "stages": "In their order, the first first.",
            "allowed_moves": "Moves that are in order besides one stage forward.",
        },
        elements.Move: {"from": "The stage left.", "to": "Stages that may follow it."},
        elements.Process: {"": "3. The pipelines with their stages, and what ends a stage."},
        elements.Channel: {"share_percent": _SHARE, "rule": "The rule of engagement, in words."},
        elements.Authority: {"": "The discount that a role may give."},
        elements.Pricing: {
            "no_discount_before_stage": "Discounts before this stage are too early.",
            "rate_card": "Prices by what is sold, in the strategy's currency.",
            "floor_margin_percent": "No offer goes below this margin.",
            "list_price_note": "What to know about list prices, in words.",
        },
        elements.Competitor: {
            "strengths": "What the buyer hears from them.",
            "battle_plan": "How we win against them.",
            "no_bid_triggers": "When we do not bid against them.",
        },
        elements.Competition: {"": "6. Whom we meet, and how we win against them."},
        elements.Prospecting: {
            "": "7. Finding new business.",
            "response_hours": "An inquiry is answered within so many hours.",
        },
        elements.Conversations: {
            "topics": "What is talked about. Each becomes a signal, topic.NAME.",
            "by_stage": "Topics required at a stage.",
            "attendees": "Who must be there at a stage: buying roles or our team_roles.",
        },
        elements.Relationships: {
            "": "9. Whom to know at the buyer's.",
            "roles": "The buying roles. Each becomes a signal, role.NAME.",
            "decision_roles": "Those of them who decide.",
            "champion_roles": "Those who sell for us inside.",
            "procurement_roles": "Those who buy.",
            "required_contacts": "Contacts that every deal needs.",
            "required_contacts_late": "Contacts that a deal needs in a late stage.",
        },
        elements.Closing: {
            "award_to_signature_days": "Days from the award to the signature.",
            "complex_award_to_signature_days": "The same for complex deals.",
        },
        elements.Standard: {
            "max_silent_days": "More days without an activity are too many.",
            "min_per_week": "Activities a week at least.",
        },
        elements.CrmUse: {
            "": "12. How the CRM is kept.",
            "logging_days": "An activity is logged within so many days.",
            "backdating_days": "An event recorded later than so many days is backdated.",
            "required_fields": "What every deal must have: fields of the deal, or attributes.",
        },
        elements.StrategyReview: {
            "": "13. The strategy as a whole: who owns it, and what it must declare.",
        },
        elements.Alignment: {
            "": "14. Who follows this strategy.",
            "acknowledge_within_days": "Days in which a rep acknowledges a new version.",
        },
        elements.Goal: {
            "metric": "What is measured.",
            "baseline": "Where it stands today.",
            "value": "Where it shall be by the due date.",
            "element": "The element of the strategy that it serves.",
        },
        elements.Accountability: {
            "minutes_per_rep_week": "Minutes a week that a rep has for advised work.",
            "max_per_deal": "Recommendations that one deal may carry at a time.",
            "response_days": "Days in which advice is answered.",
            "escalate_after": "Times that advice may expire unanswered before it is escalated.",
        },
        elements.Review: {
            "": "17. How often the rules are looked at again.",
            "min_issues": "Times a rule must have been advised before it is judged.",
            "demote_acceptance_percent": "A rule accepted less often than this is demoted.",
        },
        RuleFile: {
            "": "The rules of the element after which the file is named.",
            "owner": "Who answers for the rules that name no owner of their own.",
        },
        RuleEntry: {
            "": "When to speak up, why, and what to do.",
            "id": "Its short name, as in CL01: a letter first. No other rule has it.",
            "version": "Raise it when the rule changes what it advises.",
            "title": "A few words for lists.",
            "enabled": "no switches the rule off.",
            "scope": "What it looks at; its signals are those of this scope.",
            "when": "The condition: signals and what they are compared with. All must hold; any,"
            " all and not nest. It fires on true only, so an unknown signal keeps it silent.",
            "because": "The reason, with signals in braces: {days_in_stage}.",
            "do": "What to do, with signals in braces.",
            "within_days": "Days until it is due.",
            "evidence": "How well its effect is known: measured here, published (with source), or"
            " a hypothesis.",
            "source": "Where its effect was published.",
            "effect_permille": "The chance, per mille, that it helps; unless given, by evidence.",
            "effort_minutes": "What it costs the rep.",
            "cooldown_days": "Days in which the same advice is not given again.",
            "expires_days": "Days for which the advice stays open.",
            "stake": "What is at stake: the deal's amount, or a fixed stake_minor.",
            "stake_minor": "A fixed stake in minor units (cents).",
            "urgency": "What makes waiting cost.",
            "salience": "Above 0 puts it before others, whatever their priority.",
            "group": "Of the rules of one group only the best is shown.",
            "dedupe": "Signals whose change makes the same advice new again.",
            "effective_from": "The first day on which the rule speaks.",
            "effective_to": "The last day on which the rule speaks.",
        },
        ActionEntry: {
            "": "What taking the advice looks like in the CRM.",
            "role": "The buying role, or role of our team, to do it with.",
            "topic": "The topic to talk about.",
        },
        UrgencyEntry: {
            "": "1,000 per mille, and so much more for each unit of a signal.",
            "per_unit_permille": "What each unit of the signal adds.",
            "max_permille": "Where it ends.",
        },
        CaseFile: {"": "Cases for the rules of the file beside it."},
        Case: {
            "": "A state, and what rules must do in it.",
            "case": "What the state is, in words.",
            "expect": "By rule: fires or silent. Each rule needs a case of both.",
        },
    }
)
