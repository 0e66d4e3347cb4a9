"""How is what comes up taken on: by whom is it opened, how soon answered, or not at all?"""

from __future__ import annotations

from salesadvisor.sources.sample import process
from salesadvisor.sources.sample.bid import Bid
from salesadvisor.sources.sample.chance import lognormal
from salesadvisor.sources.sample.setting import Setting
from salesadvisor.sources.sample.work import add_contact, note_activity

# Which criteria a deal that comes up later in the process has met by then, mostly.
_ALREADY_MET = {
    process.RFI: ("need_confirmed",),
    process.RFP: ("need_confirmed", "budget_confirmed"),
}
_CONFIRMED = 0.85
_FORGOTTEN = 0.25
# Business days to the first answer against the rep's usual reply.
_WAIT = {"inbound": 0.9, "preferred_provider": 0.6, "conference": 2.2, "partner": 3.4}
_LONGEST_WAIT = 9.0
_SLOW_DAYS = 1.0


def take_on(bid: Bid, setting: Setting) -> bool:
    """Writes the first answer and sets when work begins; False if nobody ever answers."""
    first = bid.account.contacts[0]
    channel = bid.study.channel
    add_contact(bid, bid.opened + 0.02, first)
    asked = channel in ("inbound", "preferred_provider")
    if asked:
        note_activity(bid, bid.opened + 0.001, "email", "in", first.name, 0, "")
    if channel == "direct":
        note_activity(bid, bid.opened + 0.05, "call", "out", first.name, 20, '"timeline"')
        return True
    if channel != "preferred_provider" and setting.draw() < _FORGOTTEN * (1 - bid.rep.discipline):
        return False
    _answer(bid, setting, "email" if asked and setting.draw() < 0.5 else "call")
    return True


def confirm_earlier_criteria(bid: Bid, setting: Setting) -> None:
    """A request that has come this far was mostly qualified before it was entered."""
    for criterion in _ALREADY_MET.get(bid.stage, ()):
        if setting.draw() < _CONFIRMED:
            data = f'{{"criterion":"{criterion}"}}'
            bid.journal.logged(bid.begun + 0.1 * setting.draw(), "criterion_met", data)


def forget(bid: Bid, setting: Setting) -> None:
    """A lead that nobody answers lies there until somebody tidies up."""
    tidied = bid.opened + 15 + 45 * setting.draw()
    if tidied < setting.clock.days:
        bid.journal.field(tidied, "no_decision", '{"reason":"never_followed_up"}')


def _answer(bid: Bid, setting: Setting, kind: str) -> None:
    usual = bid.rep.reply_days * _WAIT[bid.study.channel]
    days = min(lognormal(setting.draw, usual, 0.8), _LONGEST_WAIT)
    slowly = setting.does("respond_slowly", 1.0 if days > _SLOW_DAYS else 0.0)
    bid.last_reply_days = max(days, 1.1) if slowly else min(days, 0.9)
    bid.begun = bid.opened + bid.last_reply_days
    minutes = 0 if kind == "email" else 20
    note_activity(bid, bid.begun, kind, "out", bid.account.contacts[0].name, minutes, '"timeline"')
