"""How do figures read on a terminal, and how are they written in JSON?"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from salesadvisor.model.scorecard import WinProbability
from salesadvisor.study.exporting import exact


def iso(moment: date | datetime | None) -> str | None:
    """A time in ISO 8601, with its offset."""
    return None if moment is None else moment.isoformat()


def amount(minor: int, currency: str) -> str:
    """1,895,791 USD; below a hundred with its cents."""
    value = exact(minor, currency)
    digits = 2 if abs(value) < 100 and value != value.to_integral_value() else 0
    return f"{value:,.{digits}f} {currency}"


def decimal_text(minor: int, currency: str) -> str:
    """The amount as a decimal string."""
    return str(exact(minor, currency))


def fraction(basis_points: int) -> float:
    """A probability as a fraction of 1."""
    return int(basis_points) / 10_000


def percent(basis_points: int) -> str:
    """40 %; below ten percent with a decimal."""
    value = Decimal(int(basis_points)) / 100
    return f"{value:.1f} %" if value < 10 else f"{value:.0f} %"


def share(part: float | None) -> str:
    """A fraction of 1 as 3.6 %, 42 %; without a denominator 'no value'."""
    return "no value" if part is None else percent(round(part * 10_000))


def factor(permille: int) -> str:
    """1.2"""
    return f"{int(permille) / 1000:g}"


def win_text(win: WinProbability) -> str:
    """40 % (19 to 65) within 90 days, learned from 214 deals."""
    interval = f"{percent(win.low_bp).removesuffix(' %')} to {percent(win.high_bp)}"
    kind = "" if win.kind == "scorecard" else ", the base rate"
    return (
        f"{percent(win.p_bp)} ({interval}) within {win.horizon_days} days, "
        f"learned from {win.n_deals:,} deals{kind}"
    )


def win_document(win: WinProbability | None) -> dict[str, Any] | None:
    """The probability, its 80 % interval and what it rests on; None where there is none."""
    if win is None:
        return None
    return {
        "p": fraction(win.p_bp),
        "low": fraction(win.low_bp),
        "high": fraction(win.high_bp),
        "horizon_days": win.horizon_days,
        "model": win.kind,
        "deals": win.n_deals,
    }


NO_WIN = dict.fromkeys(("p", "low", "high", "horizon_days", "model", "deals"))
"""The same where advice is not about a deal."""


def counted(count: int, one: str, many: str | None = None) -> str:
    """1 event, 2 events, 3 opportunities."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
