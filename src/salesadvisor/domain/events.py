"""What happened? One frozen model a kind of event, in the past tense, with two times each.

`occurred_at` is when it happened in the world, `recorded_at` when the CRM came to know it.
An event is *known* from the later of the two on (`known_at`): that is the order of the fold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal, assert_never
from uuid import UUID, uuid5

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

STREAM_NAMESPACE = UUID("5c1f2f0e-64f3-5d7b-9a52-0d6a3c1e7b11")
DEFAULT_CRM = "crm"

# Currencies whose minor unit is not a hundredth (ISO 4217).
_MINOR_DIGITS = {
    "BHD": 3, "CLP": 0, "ISK": 0, "JOD": 3, "JPY": 0, "KRW": 0, "KWD": 3, "OMR": 3, "TND": 3,
    "UGX": 0, "VND": 0, "XAF": 0, "XOF": 0,
}  # fmt: skip

Stream = Literal["deal", "account", "strategy"]
Scalar = str | int | float | bool | None
Utc = Annotated[AwareDatetime, AfterValidator(lambda moment: moment.astimezone(UTC))]
Money = Annotated[Decimal, Field(ge=0, max_digits=18, allow_inf_nan=False)]
Word = Annotated[str, Field(min_length=1, max_length=500)]


class Event(BaseModel):
    """One fact about one subject (a deal, an account or the strategy).

    `crm` and `subject_id` together name the subject; `source_id` names the fact inside its CRM and
    makes an import idempotent. Keys that a model does not know are kept.
    """

    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True)
    KIND: ClassVar[str] = ""
    STREAM: ClassVar[Stream] = "deal"
    SCHEMA_VERSION: ClassVar[int] = 1

    subject_id: Word
    occurred_at: Utc
    recorded_at: Utc
    source_id: Word
    crm: Word = DEFAULT_CRM
    schema_version: int = 1
    actor: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _recorded_when_it_occurred_unless_said(cls, values: Any) -> Any:
        if isinstance(values, dict) and not values.get("recorded_at"):
            return {**values, "recorded_at": values.get("occurred_at")}
        return values

    @property
    def known_at(self) -> datetime:
        """The moment from which an as-of answer may use this event."""
        return max(self.occurred_at, self.recorded_at)

    @property
    def subject_key(self) -> str:
        """The subject's name in this product: the CRM's own id, prefixed only by a named CRM."""
        return subject_key(self.crm, self.subject_id)

    @property
    def stream(self) -> Stream:
        """The kind of subject in whose stream it is kept."""
        return self.STREAM

    @property
    def stream_id(self) -> UUID:
        return stream_id(self.stream, self.crm, self.subject_id)


def subject_key(crm: str, subject_id: str) -> str:
    return subject_id if crm == DEFAULT_CRM else f"{crm}/{subject_id}"


def stream_id(stream: Stream, crm: str, subject_id: str) -> UUID:
    """The stable id of a subject's stream: uuid5 over kind, CRM and external id."""
    return uuid5(STREAM_NAMESPACE, f"{stream}:{crm}:{subject_id}")


def minor_units(amount: Decimal, currency: str | None) -> int:
    """`amount` in the currency's minor unit (cents), halves to even."""
    digits = _MINOR_DIGITS.get((currency or "").upper(), 2)
    return int((amount * 10**digits).to_integral_value(ROUND_HALF_EVEN))


class Opened(Event):
    KIND = "opened"
    pipeline: Word = "default"
    stage: str | None = None
    amount: Money | None = None
    currency: str | None = None
    close_date: date | None = None
    owner: str | None = None
    account: str | None = None
    attributes: dict[str, Scalar] = Field(default_factory=dict)


class StageChanged(Event):
    KIND = "stage_changed"
    from_: str | None = Field(None, alias="from")
    to: Word


class AmountChanged(Event):
    KIND = "amount_changed"
    from_: Money | None = Field(None, alias="from")
    to: Money | None = None
    currency: str | None = None


class CloseDateChanged(Event):
    KIND = "close_date_changed"
    from_: date | None = Field(None, alias="from")
    to: date | None = None
    reason: str | None = None


class OwnerChanged(Event):
    KIND = "owner_changed"
    from_: str | None = Field(None, alias="from")
    to: str | None = None


ActivityKind = Literal["call", "email", "meeting", "demo", "task", "other"]
Direction = Literal["out", "in"]


class Activity(Event):
    KIND = "activity"
    kind: ActivityKind
    direction: Direction | None = None
    contact: str | None = None
    duration_minutes: Annotated[int, Field(ge=0)] | None = None
    outcome: str | None = None
    topics: tuple[str, ...] = ()


class ActivityPlanned(Event):
    KIND = "activity_planned"
    kind: ActivityKind
    due: date | None = None
    contact: str | None = None


class NextStepSet(Event):
    KIND = "next_step_set"
    due: date | None = None
    text: str | None = None


class ContactAdded(Event):
    KIND = "contact_added"
    contact: Word
    role: str | None = None


class CriterionMet(Event):
    KIND = "criterion_met"
    criterion: Word


class QuoteSent(Event):
    KIND = "quote_sent"
    amount: Money | None = None
    currency: str | None = None
    version: str | None = None
    model: str | None = None


class DiscountOffered(Event):
    KIND = "discount_offered"
    percent: Annotated[Decimal, Field(ge=0, le=100, allow_inf_nan=False)]
    approved_by: str | None = None


class CompetitorIdentified(Event):
    KIND = "competitor_identified"
    competitor: Word
    incumbent: bool = False


class ClaimPresented(Event):
    KIND = "claim_presented"
    claim: Word
    proof: str | None = None


class ObjectionRaised(Event):
    KIND = "objection_raised"
    objection: Word
    text: str | None = None


class ObjectionAnswered(Event):
    KIND = "objection_answered"
    objection: Word
    text: str | None = None


class ForecastCategorySet(Event):
    KIND = "forecast_category_set"
    to: Literal["omitted", "pipeline", "best_case", "commit"]


class AttributeChanged(Event):
    """From `occurred_at` on the deal's attribute `name` reads `to`, None: it is unknown again."""

    KIND = "attribute_changed"
    name: Word
    to: Scalar = None


class Won(Event):
    KIND = "won"
    amount: Money | None = None
    currency: str | None = None


class Lost(Event):
    KIND = "lost"
    reason: str | None = None


class NoDecision(Event):
    KIND = "no_decision"
    reason: str | None = None


class Cancelled(Event):
    KIND = "cancelled"
    reason: str | None = None


class Voided(Event):
    """A duplicate or a mistake: excluded from every metric."""

    KIND = "voided"
    reason: str | None = None


class Reopened(Event):
    KIND = "reopened"
    stage: str | None = None
    reason: str | None = None


class Corrected(Event):
    """From `known_at` on, the event `corrects` (a source id of the same deal) reads as `fact`."""

    KIND = "corrected"
    corrects: Word
    event: Word
    fact: dict[str, Any]
    fact_occurred_at: Utc

    def replacement(self) -> Event:
        """The corrected event as it should have read; raises InvalidEvent."""
        return parse_event(
            self.event,
            {
                **self.fact,
                "crm": self.crm,
                "subject_id": self.subject_id,
                "occurred_at": self.fact_occurred_at,
                "recorded_at": self.recorded_at,
                "source_id": self.corrects,
            },
        )


class Retracted(Event):
    """From `known_at` on, the event `retracts` (a source id of the same deal) never happened."""

    KIND = "retracted"
    retracts: Word
    reason: str | None = None


class AccountProfiled(Event):
    KIND = "account_profiled"
    STREAM = "account"
    attributes: dict[str, Scalar] = Field(default_factory=dict)


class StrategyPublished(Event):
    KIND = "strategy_published"
    STREAM = "strategy"
    strategy_hash: Word
    label: str | None = None
    content: dict[str, Any] = Field(default_factory=dict)


class GoalSet(Event):
    KIND = "goal_set"
    STREAM = "strategy"
    goal: Word
    metric: str | None = None
    value: Decimal | None = None
    due: date | None = None


class StrategyAcknowledged(Event):
    KIND = "strategy_acknowledged"
    STREAM = "strategy"
    strategy_hash: Word
    rep: Word


AdviceScope = Literal["account", "rep", "team", "goal"]


class AdviceEvent(Event):
    """About a deal in its stream, or, with `scope`, about something else.

    Advice on an account is kept in the account's stream, on a rep, the team or a goal in the
    strategy's; `about` names whom it is on there.
    """

    recommendation_id: Word
    scope: AdviceScope | None = None
    about: Word | None = None

    @property
    def stream(self) -> Stream:
        match self.scope:
            case None:
                return "deal"
            case "account":
                return "account"
            case "rep" | "team" | "goal":
                return "strategy"
            case _:
                assert_never(self.scope)

    @property
    def advised(self) -> str:
        """The deal, account, rep, team or goal that it is about."""
        return self.about or self.subject_key


class RecommendationIssued(AdviceEvent):
    """Advice given: what to do, by whom, until when, and everything it was derived from."""

    KIND = "recommendation_issued"
    rule: Word
    rule_version: int
    strategy_hash: Word
    cycle: int
    dedupe: str
    owner: str | None
    action: str
    because: str
    priority_minor: int
    expires_at: Utc
    signals: dict[str, int | None] = Field(default_factory=dict)
    event_ids: tuple[str, ...] = ()


class RecommendationAccepted(AdviceEvent):
    KIND = "recommendation_accepted"


class RecommendationDismissed(AdviceEvent):
    KIND = "recommendation_dismissed"
    reason: str | None = None


class RecommendationDone(AdviceEvent):
    """Taken: reported by a person, or detected in the event `taken_in` (its source id)."""

    KIND = "recommendation_done"
    taken_in: str | None = None


class RecommendationExpired(AdviceEvent):
    KIND = "recommendation_expired"


class RecommendationWithdrawn(AdviceEvent):
    """No longer asked for, as what it was about has ended; nobody ignored it."""

    KIND = "recommendation_withdrawn"
    reason: str | None = None


class RecommendationExported(AdviceEvent):
    KIND = "recommendation_exported"
    target: Word


EVENT_TYPES: Mapping[str, type[Event]] = MappingProxyType(
    {
        model.KIND: model
        for model in (
            Opened, StageChanged, AmountChanged, CloseDateChanged, OwnerChanged, Activity,
            ActivityPlanned, NextStepSet, ContactAdded, CriterionMet, QuoteSent, DiscountOffered,
            CompetitorIdentified, ClaimPresented, ObjectionRaised, ObjectionAnswered,
            ForecastCategorySet, AttributeChanged, Won, Lost, NoDecision, Cancelled, Voided,
            Reopened, Corrected, Retracted, AccountProfiled, StrategyPublished, GoalSet,
            StrategyAcknowledged, RecommendationIssued, RecommendationAccepted,
            RecommendationDismissed, RecommendationDone, RecommendationExpired,
            RecommendationWithdrawn,
            RecommendationExported,
        )
    }
)  # fmt: skip

ENVELOPE = frozenset(Event.model_fields) - {"actor"}

Payload = dict[str, Any]
Upcast = Callable[[Payload], Payload]
# (kind, version) -> the step to version + 1. A step sees the stored JSON before validation.
UPCASTS: Mapping[tuple[str, int], Upcast] = MappingProxyType({})


class InvalidEvent(ValueError):
    """The fields do not make an event; the message is one line that names field and problem."""


def upcast(
    kind: str, payload: Payload, steps: Mapping[tuple[str, int], Upcast] = UPCASTS
) -> Payload:
    """`payload` in the newest schema of `kind`; an unknown version is left for validation."""
    while step := steps.get((kind, payload.get("schema_version", 1))):
        payload = step(payload)
    return payload


def parse_event(kind: str, fields: Mapping[str, Any]) -> Event:
    """The event of `kind` with `fields` (envelope and data in one flat mapping).

    Raises InvalidEvent with one line when the kind is unknown or a field does not fit.
    """
    model = EVENT_TYPES.get(kind)
    if model is None:
        raise InvalidEvent(f"unknown event '{kind}'")
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise InvalidEvent(one_line(error)) from None


def one_line(error: ValidationError) -> str:
    """The first problem pydantic found, as 'field: problem (got value)'."""
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "event"
    got = repr(first.get("input"))
    shown = got if len(got) <= 60 else got[:57] + "..."
    return f"{where}: {first['msg'][0].lower()}{first['msg'][1:]} (got {shown})"


def event_payload(event: Event) -> bytes:
    """The event's fields as JSON, named as in the native file; the store keeps these bytes."""
    return event.model_dump_json(by_alias=True, exclude_none=True).encode()


def event_data(event: Event) -> Payload:
    """Only the event's own data: what stands in the native file's `data` column."""
    return event.model_dump(mode="json", by_alias=True, exclude_none=True, exclude=set(ENVELOPE))
