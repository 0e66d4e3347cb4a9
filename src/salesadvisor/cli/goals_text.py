"""How do goals read: a table of all, then each with its way there drawn in characters?"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from salesadvisor.cli.layout import Page
from salesadvisor.cli.moments import Moment
from salesadvisor.cli.wording import amount, counted, decimal_text, fraction, iso, percent
from salesadvisor.domain.goals import Lever, cheapest
from salesadvisor.domain.strategy import Strategy
from salesadvisor.study.goals import GoalCurve, GoalReport, GoalStanding

_LEVELS = "▁▂▃▄▅▆▇█"
_DRAWN = 52
_NONE = "-"
_LEVER_OF = {
    "volume": "new deals",
    "rate": "win rate",
    "size": "value of a win",
    "cycle": "cycle",
}


def goals_page(moment: Moment, report: GoalReport, strategy: Strategy) -> Page:
    """All goals in a table, then one block a goal."""
    page = Page()
    page.line(f"Goals as of {moment.text}", "bold")
    page.line(f"strategy {strategy.name} {strategy.content_hash}")
    if not strategy.goals:
        page.line().line("The strategy declares no goals; docs/goals.md shows how to.")
        return page
    running = [one for one in report.standings if one.state == "running"]
    if running:
        page.line()
        page.rows(
            [_row(one) for one in running],
            head=("goal", "reached", "linear", "history", "chance", "days left"),
            right=(1, 2, 3, 4, 5),
            whole=(0, 1, 2, 3, 4, 5),
        )
        page.line(
            "reached: of the goal; linear, history: pace against even steps and against earlier"
            " periods, 100 % is on pace; chance: of reaching it by the due date",
            "dim",
        )
    for stands, curve in zip(report.standings, report.curves, strict=True):
        _tell(page, stands, curve, report.currency)
    return page


def goals_document(moment: Moment, report: GoalReport, strategy: Strategy) -> dict[str, Any]:
    """The same for a program; the keys are documented in docs/cli.md."""
    return {
        "as_of": iso(moment.as_of),
        "as_of_reason": moment.reason,
        "strategy": {"name": strategy.name, "hash": strategy.content_hash},
        "currency": report.currency,
        "goals": [
            _document(stands, curve, report.currency)
            for stands, curve in zip(report.standings, report.curves, strict=True)
        ],
    }


def figure(value: float | None, stands: GoalStanding, currency: str) -> str:
    """A figure of the goal's metric with its unit."""
    if value is None:
        return "no value"
    match stands.metric.unit:
        case "money":
            return amount(round(value), currency)
        case "count":
            return f"{value:,.0f} deals"
        case "percent":
            return f"{value:.1f} %"
        case "days":
            return f"{value:.1f} days"


def chance(hit_bp: int) -> str:
    """A simulated chance: whole percents, never a certainty."""
    if hit_bp < 100:
        return "< 1 %"
    return "> 99 %" if hit_bp > 9_900 else percent(hit_bp)


def _row(stands: GoalStanding) -> tuple[str, ...]:
    return (
        stands.goal.id,
        _share(stands.attainment),
        _share(stands.pace),
        _share(stands.curve_pace),
        _NONE if stands.expected is None else chance(stands.expected.hit_bp),
        str(stands.days_left),
    )


def _tell(page: Page, stands: GoalStanding, curve: GoalCurve | None, currency: str) -> None:
    goal = stands.goal
    page.title(f"{goal.id}: {stands.metric.says}, {goal.start} to {goal.due}")
    page.line(f"owner {goal.owner}, for {goal.element.replace('_', ' ')}", indent=2)
    if stands.state == "not started":
        page.line(f"starts on {goal.start}; the goal is {_target(stands, currency)}", indent=2)
        return
    page.rows(_facts(stands, currency), whole=(0,), indent=2)
    if curve is not None:
        _draw(page, stands, curve)
    if stands.expected is not None and stands.expected.levers and stands.gap:
        _tell_levers(page, stands.expected.levers)


def _facts(stands: GoalStanding, currency: str) -> list[tuple[str, str]]:
    counted_from = counted(stands.reached.deals, "deal")
    if stands.reached.left_out:
        is_rate = stands.metric.unit == "percent"
        counted_from += f", {stands.reached.left_out} more " + (
            "open" if is_rate else "without an amount"
        )
    rows = [
        (
            "reached",
            f"{figure(stands.reached.value, stands, currency)} of {_target(stands, currency)}"
            f" ({counted_from})",
        )
    ]
    if stands.gap is not None:
        rows.append(("missing", _gap(stands.gap, stands, currency)))
    expected = stands.expected
    if expected is not None and stands.metric.grows and stands.gap:
        rows.append(
            (
                "expected",
                f"{figure(expected.of_open, stands, currency)} from open deals,"
                f" {figure(expected.of_coming, stands, currency)} from new ones",
            )
        )
    return [*rows, *_cover_facts(stands, currency)]


def _gap(gap: float, stands: GoalStanding, currency: str) -> str:
    if not gap:
        return "nothing"
    return f"{gap:.1f} points" if stands.metric.unit == "percent" else figure(gap, stands, currency)


def _cover_facts(stands: GoalStanding, currency: str) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    cover = stands.cover
    if cover is None or not stands.gap:
        return rows
    if stands.coverage is not None:
        needed = f"; history needed {cover.required:.1f}" if cover.required is not None else ""
        rows.append(("coverage", f"{stands.coverage:.1f} of what is missing{needed}"))
    if cover.opened_28d is None:
        return rows
    opened = f"{figure(cover.opened_28d, stands, currency)} in 28 days"
    if cover.need_28d is not None:
        opened += f"; needed {figure(cover.need_28d, stands, currency)}"
    rows.append(("opened", opened))
    return rows


def _draw(page: Page, stands: GoalStanding, curve: GoalCurve) -> None:
    """A line of blocks each for what was reached and what was asked for, with its value by now."""
    lines: list[tuple[str, Sequence[float | None]]] = [("reached", curve.reached)]
    lines.append(("linear" if stands.metric.grows else "goal", curve.linear))
    if any(value is not None for value in curve.history):
        lines.append(("history", curve.history))
    top = max(value for _, values in lines for value in values if value is not None)
    now = len(curve.reached) - 1
    page.rows(
        [
            (name, _sparkline(curve, values, top), _by_now(values[now], stands))
            for name, values in lines
        ],
        right=(2,),
        whole=(0, 1, 2),
        faint=(0,),
        indent=2,
    )


def _sparkline(curve: GoalCurve, values: Sequence[float | None], top: float) -> str:
    """One block a step of the period, blank where there is no value yet."""
    days = curve.days[: len(values)]
    length = (curve.days[-1] - days[0]).days
    blocks = []
    for step in range(1, _DRAWN + 1):
        day = days[0] + timedelta(days=round(length * step / _DRAWN))
        value = values[bisect_right(days, day) - 1] if day <= days[-1] else None
        height = 0 if value is None or top <= 0 else int(value / top * len(_LEVELS))
        blocks.append(" " if value is None else _LEVELS[min(height, len(_LEVELS) - 1)])
    return "".join(blocks)


def _by_now(value: float | None, stands: GoalStanding) -> str:
    """Of the goal where the result adds up, else the value itself."""
    if value is None:
        return ""
    if stands.metric.grows:
        return _share(value / stands.target if stands.target else None)
    return figure(value, stands, "")


def _tell_levers(page: Page, levers: Sequence[Lever]) -> None:
    best = cheapest(levers)
    if best is not None and best.change == 0:
        page.line("What is expected is enough on average; no lever has to move.", indent=2)
        return
    if best is None:
        page.line("No lever alone is enough on average in the time that is left.", indent=2)
        return
    page.line("How far one lever alone must move to reach it on average:", indent=2)
    page.rows(
        [
            (
                _LEVER_OF[one.name],
                "can't" if one.change is None else _change(one.change),
                "shortest way" if one is best else "",
            )
            for one in levers
        ],
        right=(1,),
        whole=(0, 1),
        indent=4,
    )


def _target(stands: GoalStanding, currency: str) -> str:
    return figure(stands.target, stands, currency)


def _share(share: float | None) -> str:
    return _NONE if share is None else f"{100 * share:.0f} %"


def _change(change: float) -> str:
    return f"{100 * change:+.0f} %"


def _number(value: float | None, stands: GoalStanding, currency: str) -> str | float | None:
    """Money as a decimal string, other figures as numbers."""
    if value is None:
        return None
    if stands.metric.unit == "money":
        return decimal_text(round(value), currency)
    return float(round(Decimal(value), 4))


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def _document(stands: GoalStanding, curve: GoalCurve | None, currency: str) -> dict[str, Any]:
    def number(value: float | None) -> str | float | None:
        return _number(value, stands, currency)

    expected, cover, goal = stands.expected, stands.cover, stands.goal
    grown = expected if stands.metric.grows else None
    best = cheapest(expected.levers) if expected else None
    return {
        "goal": goal.id,
        "metric": stands.metric.name,
        "unit": stands.metric.unit,
        "start": iso(goal.start),
        "due": iso(goal.due),
        "owner": goal.owner,
        "element": goal.element,
        "state": stands.state,
        "value": number(stands.target),
        "reached": number(stands.reached.value),
        "deals": stands.reached.deals,
        "left_out": stands.reached.left_out,
        "attainment": _rounded(stands.attainment),
        "pace_linear": _rounded(stands.pace),
        "pace_history": _rounded(stands.curve_pace),
        "earlier_periods": len(stands.earlier),
        "days_left": stands.days_left,
        "gap": number(stands.gap),
        "expected_from_open": number(grown.of_open if grown else None),
        "expected_from_new": number(grown.of_coming if grown else None),
        "hit_probability": None if expected is None else fraction(expected.hit_bp),
        "coverage": _rounded(stands.coverage),
        "required_coverage": _rounded(cover.required) if cover else None,
        "opened_28d": number(cover.opened_28d if cover else None),
        "needed_28d": number(cover.need_28d if cover else None),
        "levers": {one.name: _rounded(one.change) for one in (expected.levers if expected else ())},
        "cheapest_lever": best.name if best else None,
        "curve": [] if curve is None else _curve_document(curve, number),
    }


def _curve_document(curve: GoalCurve, number: Any) -> list[dict[str, Any]]:
    reached = [*curve.reached, *[None] * (len(curve.days) - len(curve.reached))]
    return [
        {
            "day": iso(day),
            "reached": number(got),
            "linear": number(even),
            "history": number(before),
        }
        for day, got, even, before in zip(
            curve.days, reached, curve.linear, curve.history, strict=True
        )
    ]
