"""What happens between the award and the signature: letters, lawyers, and work at our own risk."""

from __future__ import annotations

from salesadvisor.sources.sample import effects, process
from salesadvisor.sources.sample.bid import Bid
from salesadvisor.sources.sample.chance import lognormal
from salesadvisor.sources.sample.setting import Setting

_STARTS_UNDER_LETTER = 0.55
_LEGAL_TROUBLE = 0.22
TROUBLE_TAKES = 2.6
# Business days of work until the letter's ceiling is used up.
_CEILING_DAYS = 30.0
_COMPLEX_DOLLARS = 12_000_000


def days_factor(bid: Bid, setting: Setting) -> float:
    """How much longer, or shorter, than usual a contract stage takes."""
    is_in_trouble = setting.draw() < _LEGAL_TROUBLE
    if bid.account.msa_on_file:
        return effects.MSA_SPEED
    factor = TROUBLE_TAKES if is_in_trouble else 1.0
    return factor * (1.3 if bid.amount > _COMPLEX_DOLLARS else 1.0)


def start_work_early(bid: Bid, setting: Setting, now: float) -> None:
    """Some studies start under the letter of intent, within what it allows to spend."""
    starts = setting.draw() < _STARTS_UNDER_LETTER
    ceiling = max(lognormal(setting.draw, _CEILING_DAYS, 0.45), 8.0)
    if bid.stage != process.LAST or not starts or bid.loi_started is not None:
        return
    bid.loi_started = now + 1
    bid.loi_ceiling_days = ceiling
    bid.journal.logged(bid.loi_started, "criterion_met", '{"criterion":"work_started"}')


def count_use_of_letter(bid: Bid, moment: float) -> None:
    """Writes how many percent of the ceiling are used, when it is a twentieth more than before."""
    if bid.loi_started is None or bid.stage != process.LAST:
        return
    used = min(int(20 * (moment - bid.loi_started) / bid.loi_ceiling_days) * 5, 120)
    if used > bid.loi_used_percent:
        bid.loi_used_percent = used
        data = f'{{"name":"loi_used_percent","to":{used}}}'
        bid.journal.field(moment, "attribute_changed", data)
