"""How do the six elements of execution fare? From prospecting to the use of the CRM."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from salesadvisor.domain import state
from salesadvisor.domain.elements import Standard
from salesadvisor.domain.state import UNKNOWN
from salesadvisor.study.scoreboard.intent import FEW, MOST
from salesadvisor.study.scoreboard.measure import (
    NOTHING,
    Figure,
    Measure,
    Plan,
    Unit,
    measured,
    unmeasured,
)
from salesadvisor.study.scoreboard.standing import Flow, Standing
from salesadvisor.study.scoreboard.standpoint import Standpoint

FOUR_WEEKS = 28
_RECENT = 14  # days over which a standard's activities a week are counted


def prospecting(at: Standpoint) -> Iterator[Measure]:
    wanted = at.strategy.prospecting
    deals = at.flow.of(state.OPENED).first_of_each("deal")
    yield _incoming(at, "new deals in the last 4 weeks", deals, "count", 1)
    # A name stands for one person within a deal only, so contacts are counted by deal.
    for what, kind, known_by, per_week in (
        ("contacts", state.CONTACT, ("deal", "who"), wanted.new_contacts_per_week),
        ("accounts", state.ACCOUNT, ("who",), wanted.new_accounts_per_week),
    ):
        if per_week is None:
            continue
        label = f"new {what}, mean of the last 4 weeks"
        if not at.flow.has(kind):
            yield unmeasured(label, f"no {what} were ever recorded")
            continue
        firsts = at.flow.of(kind).first_of_each(*known_by)
        yield _incoming(at, label, firsts, "per week", 4, Plan("at least", float(per_week)))
    if wanted.response_hours is not None:
        yield from _first_answers(at, wanted.response_hours)


def _first_answers(at: Standpoint, wanted: int) -> Iterator[Measure]:
    """Counted around the clock, so not held against the declared business hours."""
    label = "hours to the first answer, median of the deals opened in 90 days"
    hours = at.team.get("team.response_hours_median")
    if hours is None:
        why = "no such deal was answered" if at.team else "no rule asks for the team's signals"
        yield unmeasured(label, why, unit="hours")
        return
    waiting = at.team.get("team.unanswered_deals") or 0
    note = f"around the clock, where {wanted} business hours are declared"
    if waiting:
        note += f"; {waiting} of the open ones {'wait' if waiting > 1 else 'waits'} for an answer"
    yield measured(label, "hours", Figure(float(hours), 1), "", note=note)


def conversations(at: Standpoint) -> Iterator[Measure]:
    label = "open deals without a topic that is due"
    if any(at.terms.topics_by_stage):
        if not at.flow.has(state.TOPIC):
            yield unmeasured(label, "no topic of a conversation was ever recorded")
        else:
            yield at.share(
                label,
                lambda deals: (
                    deals.column("topics_missing") > 0,
                    deals.at_stages(at.terms.topics_by_stage),
                ),
                "open deals with a topic due",
                FEW,
            )
    if at.strategy.conversations.attendees:
        yield unmeasured("the right people in the room", "attendees are not recorded")


def relationships(at: Standpoint) -> Iterator[Measure]:
    wanted = at.strategy.relationships
    knows_people = at.flow.has(state.CONTACT) or bool((at.flow.of(state.ACTIVITY).who >= 0).any())
    if not knows_people:
        yield unmeasured("contacts and roles reached", "no contact was ever recorded")
        return
    if any(at.terms.roles_by_stage):
        yield at.share(
            "open deals without a role that is due",
            lambda deals: (
                deals.column("roles_missing") > 0,
                deals.at_stages(at.terms.roles_by_stage),
            ),
            "open deals with a role due",
            FEW,
        )
    if wanted.required_contacts is not None:
        yield at.share(
            "open deals with too few contacts",
            lambda deals: (
                deals.column("contacts_reached") < _contacts_due(at, deals),
                _all(deals),
            ),
            "open deals",
            FEW,
        )
    if wanted.roles:
        yield measured(
            f"roles covered of {len(wanted.roles)}, median of open deals",
            "count",
            median_of(at.now, "roles_covered"),
            "open deals",
            before=median_of(at.before, "roles_covered"),
        )


def closing(at: Standpoint) -> Iterator[Measure]:
    wanted = at.strategy.closing
    if not bool((at.now.column("close_date_known") == 1).any()):
        yield unmeasured("close dates kept", "no open deal has a close date")
    else:
        dated = _flag("close_date_known")
        yield at.share(
            "open deals past their close date",
            lambda deals: (deals.column("days_past_close_date") > 0, dated(deals)),
            "open deals with a close date",
            FEW,
        )
        yield at.share(
            "open deals whose close date slipped",
            lambda deals: (deals.column("close_date_pushes") > 0, dated(deals)),
            "open deals with a close date",
            FEW,
        )
    if wanted.award_to_signature_days is not None and wanted.steps:
        limit = wanted.award_to_signature_days
        at_award = [
            bool(set(ref.stage.exit_criteria) & set(wanted.steps)) for ref in at.strategy.stages
        ]
        yield at.share(
            f"awarded deals longer than {limit} days in their stage",
            lambda deals: (deals.column("days_in_stage") > limit, deals.at_stages(at_award)),
            "open deals between award and signature",
            FEW,
        )


def activity(at: Standpoint) -> Iterator[Measure]:
    standards = at.strategy.activity.standards
    if any(one.max_silent_days is not None for one in standards):
        yield at.share(
            "open deals silent for longer than their standard",
            lambda deals: _silent(at, deals),
            "open deals with a standard",
            FEW,
        )
    if any(one.min_per_week is not None for one in standards):
        yield at.share(
            f"open deals with fewer activities than their standard, over {_RECENT} days",
            lambda deals: _too_few(at, deals),
            f"open deals with a standard, {_RECENT} days old",
            FEW,
        )
    label = "open deals without a next step"
    if not bool((at.now.column("next_step_set") > 0).any()) and not at.flow.has(state.NEXT_STEP):
        yield unmeasured(label, "no dated next step was ever recorded")
    else:
        yield at.share(
            label,
            lambda deals: (deals.column("next_step_set") == 0, _all(deals)),
            "open deals",
            FEW,
        )


def crm(at: Standpoint) -> Iterator[Measure]:
    wanted = at.strategy.crm
    if wanted.logging_days is not None:
        label = "days from happening to recording, median of open deals"
        if not at.has_recording_times:
            yield unmeasured(label, "the history has no recording times of its own", unit="days")
        else:
            yield measured(
                label,
                "days",
                median_of(at.now, "logging_delay_days_median"),
                "open deals",
                before=median_of(at.before, "logging_delay_days_median"),
                plan=Plan("at most", float(wanted.logging_days)),
            )
    if wanted.backdating_days is not None and at.has_recording_times:
        yield at.share(
            f"open deals with an event recorded more than {wanted.backdating_days} days late",
            lambda deals: (deals.column("backdated_events") > 0, _all(deals)),
            "open deals",
            FEW,
        )
    yield at.share(
        "open deals with every required field",
        lambda deals: (deals.column("missing_fields") == 0, deals.column("required_fields") > 0),
        "open deals with required fields",
        MOST,
    )


def median_of(deals: Standing | None, signal: str) -> Figure:
    """The median of a signal over the open deals that know it."""
    if deals is None:
        return NOTHING
    values = deals.column(signal)[deals.known(signal)]
    return Figure(float(np.median(values)), len(values)) if len(values) else NOTHING


def _incoming(
    at: Standpoint, label: str, firsts: Flow, unit: Unit, weeks: int, plan: Plan | None = None
) -> Measure:
    """How many of `firsts` came in over the last four weeks, per `weeks`-th part of them."""

    def arrived(until: int) -> Figure:
        count = len(firsts.within(until - FOUR_WEEKS * state.DAY, until))
        return Figure(count / weeks, count)

    before = NOTHING
    if at.before is not None and at.has_window_before(FOUR_WEEKS):
        before = arrived(at.before.moment)
    return measured(label, unit, arrived(at.moment), "", before=before, plan=plan, least=0)


def _all(deals: Standing) -> Any:
    return deals.everyone


def _flag(signal: str) -> Callable[[Standing], Any]:
    return lambda deals: deals.column(signal) == 1


def _contacts_due(at: Standpoint, deals: Standing) -> Any:
    wanted = at.strategy.relationships
    early = wanted.required_contacts or 0
    late = wanted.required_contacts_late
    is_late = deals.at_stages([ref.stage.late for ref in at.strategy.stages])
    return np.where(is_late, early if late is None else late, early)


def _silent(at: Standpoint, deals: Standing) -> tuple[Any, Any]:
    """A deal has to meet every standard that speaks of it, so the strictest counts."""
    limit = np.full(deals.count, np.iinfo(np.int64).max)
    for standard in at.strategy.activity.standards:
        if standard.max_silent_days is not None:
            limit[_concerned(at, deals, standard) & (limit > standard.max_silent_days)] = (
                standard.max_silent_days
            )
    silent = np.where(
        deals.known("days_since_activity"),
        deals.column("days_since_activity"),
        deals.column("age_days"),
    )
    return silent > limit, limit != np.iinfo(np.int64).max


def _too_few(at: Standpoint, deals: Standing) -> tuple[Any, Any]:
    wanted = np.zeros(deals.count, np.int64)
    for standard in at.strategy.activity.standards:
        if standard.min_per_week is not None:
            here = _concerned(at, deals, standard)
            wanted[here] = np.maximum(wanted[here], standard.min_per_week)
    done = sum(deals.column(name) for name in ("calls_14d", "emails_out_14d", "meetings_14d"))
    return done * 7 < wanted * _RECENT, (wanted > 0) & (deals.column("age_days") >= _RECENT)


def _concerned(at: Standpoint, deals: Standing, standard: Standard) -> Any:
    concerned = deals.everyone
    if standard.stage is not None:
        concerned &= deals.at_stages([ref.name == standard.stage for ref in at.strategy.stages])
    if standard.tier is not None:
        code = at.strategy.tier_codes.get(standard.tier, UNKNOWN)
        concerned &= deals.column("tier") == code
    return concerned
