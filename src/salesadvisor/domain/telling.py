"""How does an event read to a person? One short line, without ids."""

from __future__ import annotations

from salesadvisor.domain import events as happened
from salesadvisor.domain.events import Event


def told(event: Event) -> str:
    """What happened, in a few words."""
    match event:
        case happened.Opened():
            amount = f", {_money(event.amount, event.currency)}" if event.amount else ""
            owner = f", owner {event.owner}" if event.owner else ""
            stage = f" in {event.stage}" if event.stage else ""
            return f"opened{stage}{amount}{owner}"
        case happened.StageChanged():
            return f"moved to {event.to}"
        case happened.AmountChanged():
            return f"amount now {_money(event.to, event.currency)}"
        case happened.CloseDateChanged():
            return f"close date now {event.to or 'unknown'}"
        case happened.OwnerChanged():
            return f"owner now {event.to or 'nobody'}"
        case happened.Activity():
            return _activity(event)
        case happened.ActivityPlanned():
            return f"planned a {event.kind}{_on(event.due)}"
        case happened.NextStepSet():
            return f"next step{_on(event.due)}" + (f": {event.text}" if event.text else "")
        case happened.ContactAdded():
            return f"contact {event.contact} added" + (f" ({event.role})" if event.role else "")
        case happened.CriterionMet():
            return f"criterion met: {event.criterion}"
        case happened.QuoteSent():
            return f"quote sent: {_money(event.amount, event.currency)}"
        case happened.DiscountOffered():
            return f"offered {event.percent:g} % discount"
        case happened.CompetitorIdentified():
            return f"competitor {event.competitor}" + (" (incumbent)" if event.incumbent else "")
        case happened.ClaimPresented():
            return f"claim presented: {event.claim}"
        case happened.ObjectionRaised():
            return f"objection raised: {event.text or event.objection}"
        case happened.ObjectionAnswered():
            return f"objection answered: {event.text or event.objection}"
        case happened.ForecastCategorySet():
            return f"forecast category {event.to.replace('_', ' ')}"
        case happened.AttributeChanged():
            value = "unknown" if event.to is None else event.to
            return f"{event.name.replace('_', ' ')} now {value}"
        case happened.Won():
            return "won" + (f", {_money(event.amount, event.currency)}" if event.amount else "")
        case happened.Lost() | happened.NoDecision() | happened.Cancelled() | happened.Voided():
            outcome = event.KIND.replace("_", " ")
            return outcome + (f": {event.reason}" if event.reason else "")
        case happened.Reopened():
            return "reopened" + (f" in {event.stage}" if event.stage else "")
        case happened.Corrected():
            return f"correction of {event.corrects}: {told(event.replacement())}"
        case happened.Retracted():
            return f"retraction of {event.retracts}"
        case happened.RecommendationIssued():
            return f"advised ({event.rule}): {event.action}"
        case happened.RecommendationWithdrawn(reason=str(reason)):
            return f"recommendation withdrawn: {reason}"
        case happened.RecommendationDismissed(reason=str(reason)):
            return f"recommendation dismissed: {reason}"
        case _:
            return event.KIND.replace("_", " ")


def _activity(event: happened.Activity) -> str:
    way = {"out": " to ", "in": " from "}.get(event.direction or "", " with ")
    contact = f"{way}{event.contact}" if event.contact else ""
    if not event.contact and event.direction:
        contact = f", {'outbound' if event.direction == 'out' else 'inbound'}"
    minutes = f", {event.duration_minutes} min" if event.duration_minutes else ""
    topics = f" about {', '.join(event.topics)}" if event.topics else ""
    return f"{event.kind}{contact}{minutes}{topics}"


def _money(amount: object, currency: str | None) -> str:
    if amount is None:
        return "unknown"
    return f"{amount:,} {currency or ''}".strip()


def _on(due: object) -> str:
    return f" for {due}" if due else ""
