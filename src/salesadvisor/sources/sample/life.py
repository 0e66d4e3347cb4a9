"""How does a deal run from its first day to its end, or to the end of the history?"""

from __future__ import annotations

from math import exp

from salesadvisor.sources.sample import contract, effects, process
from salesadvisor.sources.sample.bid import Bid
from salesadvisor.sources.sample.chance import lognormal, pick
from salesadvisor.sources.sample.proposal import (
    confirm_without_rfi,
    enter_stage,
    leave_stage,
    set_forecast,
)
from salesadvisor.sources.sample.setting import Setting
from salesadvisor.sources.sample.work import move_close_date, work
from salesadvisor.sources.sample.world import Rep

_MOST_CYCLES = 3
_REOPENED = 0.045
_GOES_BACK = 0.035
_SKIPS_RFI = 0.25
_SKIPS = 0.025
_STAYS_OPEN_DEAD = 0.35
_HANDED_OVER = 0.006
# What is done at the start of a stage takes a business day.
_SHORTEST_STAGE = 1.2


def live(bid: Bid, setting: Setting, colleagues: tuple[Rep, ...]) -> None:
    """Writes everything that happens to an opened deal, cycle by cycle."""
    now = bid.begun
    while True:
        now, end = _run_cycle(bid, setting, colleagues, now)
        if end == "open":
            return
        _close(bid, setting, now, end)
        again = now + 20 + 40 * setting.draw()
        can_return = end in ("lost", "no_decision") and bid.cycle < _MOST_CYCLES
        if setting.draw() >= _REOPENED or not can_return or again >= setting.clock.days:
            return
        now = _reopen(bid, setting, again)


def _run_cycle(
    bid: Bid, setting: Setting, colleagues: tuple[Rep, ...], now: float
) -> tuple[float, str]:
    """Runs until the deal ends or the history does; when, and how ('open': it did not end)."""
    while True:
        enter_stage(bid, setting, now)
        until = now + _days_in_stage(bid, setting, now)
        now, end = _spend(bid, setting, colleagues, now, until)
        if end:
            return now, end
        leave_stage(bid, setting, now)
        following = _next_stage(bid, setting, now)
        if following > process.LAST:
            return now, "won"
        _move(bid, now, following)


def _spend(
    bid: Bid, setting: Setting, colleagues: tuple[Rep, ...], now: float, until: float
) -> tuple[float, str]:
    """Works week by week; returns when the stage is over ('' as the end) or the deal is."""
    horizon = setting.clock.days
    while now < until:
        if now >= horizon:
            return now, "open"
        week_end = min(now + 5, until)
        work(bid, setting, now, week_end)
        weeks = (week_end - now) / 5
        now = week_end
        end = _end_of_week(bid, setting, now, weeks)
        if end:
            return now, end
        if setting.draw() < _HANDED_OVER * weeks:
            _hand_over(bid, setting, colleagues, now)
    return now, ""


def _end_of_week(bid: Bid, setting: Setting, now: float, weeks: float) -> str:
    """'lost', 'no_decision', 'cancelled' or '': competing hazards over the week."""
    stage = process.STAGES[bid.stage]
    advantage = bid.advantage(now)
    lost = stage.lost * exp(-advantage) * weeks
    stalled = stage.stalled * exp(-effects.NO_DECISION_SHARE * advantage) * weeks
    cancelled = effects.CANCELLED * weeks
    together = lost + stalled + cancelled
    if setting.draw() >= 1 - exp(-together):
        return ""
    which = setting.draw() * together
    return "lost" if which < lost else "no_decision" if which < lost + stalled else "cancelled"


def _days_in_stage(bid: Bid, setting: Setting, now: float) -> float:
    median = process.STAGES[bid.stage].median_days
    if bid.stage in process.CONTRACT_STAGES:
        median *= contract.days_factor(bid, setting)
    days = lognormal(setting.draw, median, 0.55)
    return max(
        days * exp(-effects.SPEED * max(-2.5, min(2.5, bid.advantage(now)))), _SHORTEST_STAGE
    )


def _next_stage(bid: Bid, setting: Setting, now: float) -> int:
    chance = setting.draw()
    if chance < _GOES_BACK * exp(-0.4 * bid.promise) and bid.stage > process.GO_NO_GO:
        return bid.stage - 1
    following = bid.stage + 1
    if following == process.RFI and chance > 1 - _SKIPS_RFI:
        confirm_without_rfi(bid, setting, now)
        return following + 1
    if chance > 1 - _SKIPS and following < process.AWARD:
        bid.has_skipped = True
        return following + 1
    return following


def _move(bid: Bid, now: float, stage: int) -> None:
    names = process.STAGES
    data = f'{{"from":"{names[bid.stage].name}","to":"{names[stage].name}"}}'
    bid.journal.field(now, "stage_changed", data)
    bid.stage = stage


def _hand_over(bid: Bid, setting: Setting, colleagues: tuple[Rep, ...], now: float) -> None:
    rep = pick(setting.draw, colleagues)
    if rep is bid.rep:
        return
    data = f'{{"from":"{bid.rep.name}","to":"{rep.name}"}}'
    bid.journal.field(now, "owner_changed", data)
    bid.rep = rep
    bid.journal.prompt = rep.prompt


def _close(bid: Bid, setting: Setting, now: float, end: str) -> None:
    now += 0.3 * setting.draw()
    if end == "won":
        bid.journal.field(now, "won", f'{{"amount":"{bid.amount}.00","currency":"USD"}}')
        return
    if end == "no_decision" and setting.draw() < _STAYS_OPEN_DEAD:
        now = _lie_dead(bid, setting, now)
    bid.journal.field(now, end, f'{{"reason":"{_reason(bid, setting, end)}"}}')


def _lie_dead(bid: Bid, setting: Setting, now: float) -> float:
    """A dead deal that nobody closes for weeks; when somebody does."""
    closed = now + 10 + 45 * setting.draw()
    if setting.draw() < 0.5:
        move_close_date(bid, setting, (now + closed) / 2, closed + 20)
    set_forecast(bid, closed - 5 * setting.draw(), "omitted")
    return closed


def _reason(bid: Bid, setting: Setting, end: str) -> str:
    draw = setting.draw
    if end == "cancelled":
        return pick(draw, ("study_cancelled", "funding_lost", "portfolio_change"))
    if end == "no_decision":
        return pick(draw, ("no_answer", "postponed", "kept_in_house"))
    if bid.stage <= process.GO_NO_GO:
        return pick(draw, ("not_invited", "no_bid", "no_bid", "no_fit"))
    telling = [
        reason
        for reason, holds in (
            ("incumbent_preferred", bid.account.incumbent is not None),
            ("pricing_model", bid.study.bid_model != bid.study.asked_model),
            ("recruitment_plan", not bid.has_recruitment_plan),
            ("relationship", not bid.has_decision_role),
            ("objection_open", bid.objection is not None),
            ("team", bid.stage >= process.DEFENSE and not bid.is_prepared),
            ("price", True),
        )
        if holds
    ]
    return pick(draw, telling)


def _reopen(bid: Bid, setting: Setting, now: float) -> float:
    """A second cycle, from the proposal if the first one came so far."""
    bid.stage = process.PROPOSAL if bid.stage >= process.PROPOSAL else process.RFP
    bid.cycle += 1
    bid.is_cooling = False
    bid.replies_owed = []
    bid.objection = None
    bid.promise += 0.5
    reason = pick(setting.draw, ("new_budget", "award_withdrawn_from_rival", "protocol_changed"))
    stage = process.STAGES[bid.stage].name
    bid.journal.field(now, "reopened", f'{{"stage":"{stage}","reason":"{reason}"}}')
    move_close_date(bid, setting, now, now + process.DAYS_TO_SIGNATURE[bid.stage])
    return now
