"""What does a rep do with a deal in a week, and how does the buyer answer?"""

from __future__ import annotations

from math import exp

from salesadvisor.sources.sample import effects, process, season
from salesadvisor.sources.sample.bid import Bid
from salesadvisor.sources.sample.chance import lognormal, pick
from salesadvisor.sources.sample.contract import count_use_of_letter
from salesadvisor.sources.sample.setting import Setting
from salesadvisor.sources.sample.world import DECISION_ROLES, PROCUREMENT_ROLES, Contact

_OBJECTIONS = ("price", "timeline", "recruitment_risk", "team_size", "data_quality")
_PUSHES = ("budget_timing", "protocol_amendment", "no_answer", "internal_review")
_TOPICS = (
    '"recruitment"', '"timeline"', '"risk"', '"team"', '"timeline","risk"',
    '"recruitment","team"', "",
)  # fmt: skip

_LOGGED_ON_THE_WRONG_DEAL = 0.006


def work(bid: Bid, setting: Setting, start: float, end: float) -> None:
    """Writes what happens to the deal from `start` to `end`, at most a business week."""
    weeks = (end - start) / 5
    _answer_what_is_due(bid, end)
    _change_mood(bid, setting, weeks)
    count_use_of_letter(bid, end)
    _hear_objections(bid, setting, start, weeks)
    _revise_close_date(bid, setting, end)
    if bid.idle_until < end:
        _reach_out(bid, setting, max(start, bid.idle_until), end)


def _reach_out(bid: Bid, setting: Setting, start: float, end: float) -> None:
    _meet_new_contacts(bid, setting, start, end)
    _call(bid, setting, start, end)
    _write_emails(bid, setting, start, end)
    _hold_meetings(bid, setting, start, end)
    _plan_next_step(bid, setting, start, end)


def add_contact(bid: Bid, moment: float, contact: Contact) -> None:
    bid.engage(contact)
    data = f'{{"contact":"{contact.name}","role":"{contact.role}"}}'
    bid.journal.logged(moment, "contact_added", data)


def note_activity(
    bid: Bid, moment: float, kind: str, direction: str, contact: str, minutes: int, topics: str
) -> None:
    """One call, email, meeting or demo, in the native file's words."""
    outcome = "connected" if minutes > 2 else "no_answer"
    told = f',"duration_minutes":{minutes},"outcome":"{outcome}"' if kind != "email" else ""
    bid.journal.logged(
        moment,
        "activity",
        f'{{"kind":"{kind}","direction":"{direction}","actor":"{bid.rep.name}"'
        f',"contact":"{contact}"{told},"topics":[{topics}]}}',
    )


def _answer_what_is_due(bid: Bid, end: float) -> None:
    if bid.replies_owed:
        for moment, contact in [reply for reply in bid.replies_owed if reply[0] < end]:
            note_activity(bid, moment, "email", "out", contact, 0, "")
        bid.replies_owed = [reply for reply in bid.replies_owed if reply[0] >= end]
    if bid.objection is not None and bid.objection_answer < end:
        data = f'{{"objection":"{bid.objection}"}}'
        bid.journal.logged(bid.objection_answer, "objection_answered", data)
        bid.objection = None


def _change_mood(bid: Bid, setting: Setting, weeks: float) -> None:
    chance = setting.draw()
    if bid.is_cooling:
        bid.is_cooling = chance >= effects.COOLING_ENDS_ALONE * weeks
    else:
        risk = effects.COOLING_BEGINS * weeks * exp(-0.5 * bid.promise)
        bid.is_cooling = chance < (risk / 2 if len(bid.engaged) >= 3 else risk)


def _meet_new_contacts(bid: Bid, setting: Setting, start: float, end: float) -> None:
    known = len(bid.engaged)
    if known >= len(bid.account.contacts):
        return
    eager = bid.rep.threading * (end - start) / 5 * exp(0.25 * bid.promise)
    rescues = setting.does("reach_another_contact", 0.30 * eager) if bid.is_cooling else False
    if not rescues and setting.draw() >= 0.28 * eager / known:
        return
    others = [c for c in bid.account.contacts if c not in bid.engaged]
    powerful = [c for c in others if c.role in DECISION_ROLES]
    contact = others[0]
    if powerful and setting.does("reach_decision_role", 0.25):
        contact = powerful[0]
    elif setting.forced.get("reach_decision_role") is False and contact in powerful:
        return
    moment = start + (end - start) * 0.8 * setting.draw()
    add_contact(bid, moment, contact)
    note_activity(bid, moment + 0.02, "call", "out", contact.name, 25, '"team"')
    if rescues and setting.draw() < effects.COOLING_ENDS_BY_NEW_CONTACT:
        bid.is_cooling = False


def _call(bid: Bid, setting: Setting, start: float, end: float) -> None:
    rate = _effort(bid, setting, start) * (0.30 + 0.08 * max(bid.promise, 0.0))
    if bid.is_cooling:
        rate += 1.3 if setting.does("rescue_calls", 0.8) else 0.0
    for _ in range(int(rate * (end - start) / 5 + setting.draw())):
        contact = _someone(bid, setting)
        moment = start + (end - start) * setting.draw()
        reached = setting.draw() < (0.25 if bid.is_cooling else 0.65)
        minutes = 5 + int(30 * setting.draw()) if reached else 1
        direction = "in" if reached and setting.draw() < 0.15 else "out"
        topics = pick(setting.draw, _TOPICS) if reached else ""
        note_activity(bid, moment, "call", direction, contact, minutes, topics)
        if setting.draw() < _LOGGED_ON_THE_WRONG_DEAL:
            data = f'{{"retracts":"{bid.journal.last_id}","reason":"logged on the wrong deal"}}'
            bid.journal.amend_last("retracted", data, 3_600)


def _write_emails(bid: Bid, setting: Setting, start: float, end: float) -> None:
    span = end - start
    draw = setting.draw
    rate = _effort(bid, setting, start) * (0.52 + 0.08 * bid.promise)
    answers = 0.06 if bid.is_cooling else 0.58 + 0.08 * bid.promise
    for _ in range(int(rate * span / 5 + draw())):
        contact = _someone(bid, setting)
        moment = start + span * draw()
        note_activity(bid, moment, "email", "out", contact, 0, pick(draw, _TOPICS))
        if draw() < answers:
            heard = moment + (end - moment) * draw()
            note_activity(bid, heard, "email", "in", contact, 0, "")
    asks = 0.02 if bid.is_cooling else 0.26 + 0.05 * max(bid.promise, 0.0)
    for _ in range(int(asks * span / 5 + draw())):
        _be_asked(bid, setting, start + span * draw())


def _be_asked(bid: Bid, setting: Setting, moment: float) -> None:
    contact = _someone(bid, setting)
    note_activity(bid, moment, "email", "in", contact, 0, pick(setting.draw, _TOPICS))
    median = bid.rep.reply_days * exp(-0.15 * bid.promise)
    days = min(lognormal(setting.draw, median, 0.6), 8.0)
    slowly = setting.does("respond_slowly", 1.0 if days > 1.0 else 0.0)
    bid.last_reply_days = max(days, 1.1) if slowly else min(days, 0.9)
    bid.replies_owed.append((moment + bid.last_reply_days, contact))


def _hold_meetings(bid: Bid, setting: Setting, start: float, end: float) -> None:
    rate = _effort(bid, setting, start) * (0.20 + 0.05 * bid.promise)
    rate *= 0.3 if bid.is_cooling else 1.0
    for _ in range(int(max(rate, 0.0) * (end - start) / 5 + setting.draw())):
        contact = _someone(bid, setting)
        held = start + (end - start) * setting.draw()
        if held - start > 1:
            planned = start + (held - start) * 0.5 * setting.draw()
            due = setting.clock.date_after(held, 0)
            data = f'{{"kind":"meeting","due":"{due}","contact":"{contact}"}}'
            bid.journal.logged(planned, "activity_planned", data)
        minutes = 30 + 15 * int(4 * setting.draw())
        topics = pick(setting.draw, _TOPICS)
        note_activity(bid, held, "meeting", "out", contact, minutes, topics)


def _plan_next_step(bid: Bid, setting: Setting, start: float, end: float) -> None:
    if bid.next_due >= end:
        return
    chance = bid.rep.discipline * (1.15 + 0.08 * bid.promise)
    if not setting.does("set_next_step", chance):
        return
    moment = start + (end - start) * setting.draw()
    bid.next_due = end + 1 + 9 * setting.draw()
    due = setting.clock.date_after(bid.next_due, 0)
    bid.journal.logged(moment, "next_step_set", f'{{"due":"{due}","text":"{_step(bid)}"}}')


def _step(bid: Bid) -> str:
    return ("call the study lead", "send feasibility data", "agree the next meeting")[
        (bid.number + bid.stage) % 3
    ]


def _hear_objections(bid: Bid, setting: Setting, start: float, weeks: float) -> None:
    if bid.objection is not None or bid.stage < process.GO_NO_GO or bid.stage > process.DEFENSE:
        return
    if setting.draw() >= 0.09 * weeks:
        return
    bid.objection = pick(setting.draw, _OBJECTIONS)
    bid.objection_raised = start + setting.draw() * weeks * 5
    answers = setting.does("answer_objections", 0.35 + 0.5 * bid.rep.rigour)
    days = lognormal(setting.draw, 2.5, 0.6) if answers else 1_000.0
    bid.objection_answer = bid.objection_raised + max(days, 0.2)
    data = f'{{"objection":"{bid.objection}"}}'
    bid.journal.logged(bid.objection_raised, "objection_raised", data)


def _revise_close_date(bid: Bid, setting: Setting, end: float) -> None:
    needed = process.DAYS_TO_SIGNATURE[bid.stage]
    ahead = bid.close_at - end
    if ahead > 1.6 * needed + 5:
        if setting.draw() < 0.15:
            move_close_date(bid, setting, end, end + 1.2 * needed)
    elif ahead < 0.30 * needed and setting.draw() < 0.20 + 0.35 * bid.rep.discipline:
        hoped = needed * (0.70 - 0.45 * bid.rep.optimism)
        move_close_date(bid, setting, end, max(end + hoped, bid.close_at + 5))


def move_close_date(bid: Bid, setting: Setting, moment: float, later: float) -> None:
    """Writes another expected close date, unless it is the same day."""
    clock = setting.clock
    old, new = clock.date_after(bid.close_at, 0), clock.date_after(later, 0)
    if new == old:
        return
    reason = pick(setting.draw, _PUSHES)
    data = f'{{"from":"{old}","to":"{new}","reason":"{reason}"}}'
    bid.journal.field(moment, "close_date_changed", data)
    bid.close_at = later


def _someone(bid: Bid, setting: Setting) -> str:
    """A contact of the deal, the first one (the champion) most of the time."""
    chance = setting.draw()
    met = bid.engaged
    if bid.sees_procurement_only:
        met = [contact for contact in met if contact.role in PROCUREMENT_ROLES]
    return met[int(chance * chance * len(met))].name


def _effort(bid: Bid, setting: Setting, moment: float) -> float:
    return bid.rep.effort * season.pace(moment, setting.clock)
