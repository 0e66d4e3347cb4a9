"""How do figures read to people? Money, percentages, days and what a measure says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import partial

from salesadvisor.study.evaluate import Estimate
from salesadvisor.study.scoreboard import SHARE_TOLERANCE, Measure

_SCALES = ((1e9, "bn"), (1e6, "M"), (1e3, "k"))
_WHOLE_BELOW = 10_000
NBSP = "\u00a0"


def filters(currency: str) -> dict[str, Callable[..., str]]:
    """The template's filters."""
    return {
        "money": partial(money, currency=currency),
        "percent": percent,
        "day": day,
        "days": days,
        "moment": moment,
        "words": words,
        "sentence": sentence,
        "first_capital": first_capital,
        "whole": whole,
        "figure": partial(figure, currency=currency),
        "interval": partial(interval, currency=currency),
        "plan": partial(plan, currency=currency),
        "trend": partial(trend, currency=currency),
        "estimate": estimate,
        "log_odds": log_odds,
    }


def money(value: float | None, currency: str) -> str:
    """1.90 M USD: three significant digits; below ten thousand the whole amount."""
    if value is None:
        return "no amount"
    if abs(value) < _WHOLE_BELOW:
        return f"{whole(value)}{NBSP}{currency}"
    for scale, letter in _SCALES:
        if abs(value) >= scale:
            return f"{_three_digits(value / scale)}{NBSP}{letter}{NBSP}{currency}"
    return f"{whole(value)}{NBSP}{currency}"


def percent(value: float | None) -> str:
    """12 %, and 1.2 % where a whole number would say too little."""
    if value is None:
        return "–"
    digits = 1 if 0 < abs(value) < 9.95 else 0
    return f"{value:.{digits}f}{NBSP}%"


def whole(value: float) -> str:
    """1 234 567, with a narrow space."""
    return f"{value:,.0f}".replace(",", "\u202f")


def day(value: date | None) -> str:
    return "–" if value is None else f"{value.day}{NBSP}{value:%b}{NBSP}{value.year}"


def moment(value: datetime) -> str:
    return f"{day(value.date())}, {value:%H:%M}"


def days(count: int) -> str:
    return f"{count}{NBSP}{'day' if abs(count) == 1 else 'days'}"


def words(name: str) -> str:
    """Names of the strategy as a reader says them, and no percent sign alone on a line."""
    return name.replace("_", " ").replace(" %", f"{NBSP}%")


def sentence(text: str) -> str:
    """Words with a capital letter first."""
    return first_capital(words(text))


def first_capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def log_odds(value: float) -> str:
    """+0.62 or −0.31."""
    return f"{'+' if value >= 0 else '−'}{abs(value):.2f}"


def estimate(value: Estimate | None, digits: int = 2) -> str:
    """A figure with its interval, which stays on one line."""
    if value is None:
        return "–"
    low, high = f"{value.low:.{digits}f}", f"{value.high:.{digits}f}"
    return f"{value.value:.{digits}f} ({low}{NBSP}to{NBSP}{high})"


def figure(measure: Measure, currency: str) -> str:
    """What was measured, with its unit."""
    value = measure.figure.value
    return "" if value is None else _in_unit(value, measure, currency)


def interval(measure: Measure, currency: str) -> str:
    """The 95 % interval of an estimate, empty where a figure is a count of all there is."""
    low, high = measure.figure.low, measure.figure.high
    if low is None or high is None:
        return ""
    low_text, high_text = (_in_unit(end, measure, currency) for end in (low, high))
    return f"95{NBSP}% interval {low_text} to {high_text}"


def plan(measure: Measure, currency: str) -> str:
    """What was planned, empty where nothing was."""
    if measure.plan is None or measure.figure.value is None:
        return ""
    value = _in_unit(measure.plan.value, measure, currency)
    match measure.plan.kind:
        case "at most":
            return f"≤{NBSP}{value}"
        case "at least":
            return f"≥{NBSP}{value}"
        case "near":
            return f"{measure.plan.value:.0f}{NBSP}±{NBSP}{SHARE_TOLERANCE:.0f}{NBSP}%"


def trend(measure: Measure, currency: str) -> str:
    """The figure of 13 weeks before, empty where there is none."""
    return "" if measure.before is None else _in_unit(measure.before, measure, currency)


def _in_unit(value: float, measure: Measure, currency: str) -> str:
    match measure.unit:
        case "%":
            return percent(value)
        case "money":
            return money(value, currency)
        case "days":
            return days(round(value))
        case "hours":
            return f"{value:,.0f}{NBSP}hours"
        case "count":
            return f"{value:,g}"
        case "per week":
            return f"{round(value, 1):g} a week"


def _three_digits(value: float) -> str:
    size = abs(value)
    return f"{value:.{0 if size >= 100 else 1 if size >= 10 else 2}f}"
