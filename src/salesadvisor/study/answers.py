"""What was advised before, and how does each piece of advice stand?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from salesadvisor.domain.events import (
    Event,
    RecommendationAccepted,
    RecommendationDismissed,
    RecommendationDone,
    RecommendationIssued,
    RecommendationWithdrawn,
)
from salesadvisor.domain.rules import Scope

Reply = Literal["accept", "dismiss", "done"]
Answer = Literal["accepted", "dismissed", "done", "withdrawn"]
Status = Literal["open", "accepted", "dismissed", "done", "withdrawn", "expired"]
STATUSES: tuple[Status, ...] = ("open", "accepted", "dismissed", "done", "withdrawn", "expired")


@dataclass(frozen=True)
class Issued:
    """Advice given before: by whom it was to be done and what was answered.

    `answer` is the newest one, at `answered_at`; `first_answered_at` that of a person's or their
    work's first. `why` is the reason of a dismissal or withdrawal, or the event in which advice was
    found done. Advice that expired unanswered has no answer.
    """

    event: RecommendationIssued
    answered_at: int | None = None
    answer: Answer | None = None
    why: str | None = None
    is_detected: bool = False
    first_answered_at: int | None = None

    @property
    def issued_at(self) -> int:
        return int(self.event.occurred_at.timestamp())

    @property
    def expires_at(self) -> int:
        return int(self.event.expires_at.timestamp())

    @property
    def answered_on(self) -> datetime:
        """When it was answered; only for advice with an answer."""
        return datetime.fromtimestamp(self.answered_at or 0, UTC)

    @property
    def scope(self) -> Scope:
        return self.event.scope or "deal"

    @property
    def subject(self) -> str:
        return self.event.advised

    def status(self, as_of: datetime) -> Status:
        """How it stands at `as_of`."""
        if self.answer is not None:
            return self.answer
        return "expired" if self.event.expires_at <= as_of else "open"

    def answered(self, event: Event) -> Issued:
        """With one more answer; events that answer nothing change nothing."""
        match event:
            case RecommendationAccepted():
                return self.with_answer("accepted", event.occurred_at)
            case RecommendationDismissed():
                return self.with_answer("dismissed", event.occurred_at, event.reason)
            case RecommendationDone():
                is_detected = event.taken_in is not None
                return self.with_answer("done", event.occurred_at, event.taken_in, is_detected)
            case RecommendationWithdrawn():
                return self.with_answer("withdrawn", event.occurred_at, event.reason)
            case _:
                return self

    def with_answer(
        self, answer: Answer, at: datetime, why: str | None = None, is_detected: bool = False
    ) -> Issued:
        """With one more answer."""
        moment = int(at.timestamp())
        first = self.first_answered_at
        if answer != "withdrawn" and first is None:
            first = moment
        return Issued(self.event, moment, answer, why, is_detected, first)
