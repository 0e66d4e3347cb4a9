"""How did each goal come along? A plotly figure a goal, as plain data like those of figures.py."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from salesadvisor.domain.events import minor_units
from salesadvisor.study.goals import GoalCurve, GoalReport, GoalStanding
from salesadvisor.web.figures import AXIS, DATE_AXIS, Figure, layout_of, rounded, safe_label
from salesadvisor.web.palette import BLUE, GREY, ORANGE

_HEIGHT = 280
_LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "traceorder": "reversed"}
_SUFFIX = {"count": " deals", "percent": " %", "days": " days"}


def goal_figures(report: GoalReport) -> dict[str, Figure]:
    """A figure for each goal that has begun, by the id of its place: `goal-` and its number."""
    return {
        f"goal-{number}": goal_figure(stands, curve, report.currency)
        for number, (stands, curve) in enumerate(
            zip(report.standings, report.curves, strict=True), start=1
        )
        if curve is not None
    }


def goal_figure(stands: GoalStanding, curve: GoalCurve, currency: str) -> Figure:
    """What was reached, against even steps and against what earlier periods had by then."""
    unit = stands.metric.unit
    scale = minor_units(Decimal(1), currency) if unit == "money" else 1
    even = "even steps" if stands.metric.grows else "goal"
    suffix = f" {currency}" if unit == "money" else _SUFFIX[unit]
    hover = ("%{y:,.3s}" if unit == "money" else "%{y:,.1f}") + suffix
    data = [_line(curve.days, curve.linear, scale, even, GREY, "dot", hover)]
    if any(value is not None for value in curve.history):
        data.append(
            _line(
                curve.days, curve.history, scale, "as earlier periods went", ORANGE, "dash", hover
            )
        )
    data.append(_line(curve.days, curve.reached, scale, "reached", BLUE, "solid", hover))
    layout = layout_of(
        height=_HEIGHT,
        xaxis=DATE_AXIS,
        yaxis={**AXIS, "rangemode": "tozero", "ticksuffix": suffix},
        hovermode="x unified",
        showlegend=True,
        legend=_LEGEND,
    )
    return {"data": data, "layout": layout}


def _line(
    days: Sequence[date],
    values: Sequence[float | None],
    scale: int,
    name: str,
    colour: str,
    dash: str,
    hover: str,
) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": safe_label(name),
        "x": [day.isoformat() for day in days[: len(values)]],
        "y": [None if value is None else rounded(value / scale) for value in values],
        "line": {"color": colour, "width": 3 if dash == "solid" else 1.5, "dash": dash},
        "hovertemplate": f"{hover} {safe_label(name)}<extra></extra>",
    }
