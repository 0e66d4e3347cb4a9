"""How does one study come to stand in the CRM twice, and what becomes of the second record?"""

from __future__ import annotations

from dataclasses import replace

from salesadvisor.sources.sample.bid import Bid
from salesadvisor.sources.sample.setting import Setting
from salesadvisor.sources.sample.work import work

DUPLICATES = 0.02
BY_PARTNER = 0.035
OWN_CHANNELS = frozenset({"direct", "preferred_provider"})


def copy_study(bid: Bid, original: Bid) -> None:
    """Makes the bid one for the study of `original`, by the same rep."""
    bid.account, bid.study, bid.amount = original.account, original.study, original.amount
    bid.rep, bid.stage, bid.competitor = original.rep, original.stage, original.competitor


def void_duplicate(bid: Bid, original: Bid, setting: Setting) -> None:
    """A clerical second record, found out and merged after some days."""
    found = bid.begun + 2 + 20 * setting.draw()
    _void(bid, setting, found, f"duplicate of {original.journal.subject}")


def register_by_partner(bid: Bid, original: Bid) -> None:
    """Makes the bid a partner's registration of the study that `original` pursues directly."""
    rep = bid.rep
    copy_study(bid, original)
    bid.rep = rep
    bid.study = replace(original.study, channel="partner")


def yield_to_direct(bid: Bid, original: Bid, setting: Setting) -> None:
    """The partner's record is worked beside ours until the rule of engagement settles it."""
    settled = bid.opened + 12 + 35 * setting.draw()
    now = bid.begun
    while now < min(settled, setting.clock.days):
        work(bid, setting, now, min(now + 5, settled))
        now += 5
    _void(bid, setting, settled, f"same study as {original.journal.subject}")


def _void(bid: Bid, setting: Setting, moment: float, reason: str) -> None:
    if moment < setting.clock.days:
        bid.journal.field(moment, "voided", f'{{"reason":"{reason}"}}')
