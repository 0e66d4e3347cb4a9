"""What do the charts show? Plotly figures as plain data, without plotly's Python objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from salesadvisor.study.reliability import Reliability
from salesadvisor.study.stages_over_time import NO_STAGE, StagesOverTime
from salesadvisor.study.storyline import LANES, Storyline
from salesadvisor.study.summary import Summary
from salesadvisor.web.palette import (
    BAND,
    BLUE,
    FAINT,
    GREY,
    INK,
    NO_STAGE_COLOUR,
    ORANGE,
    stage_colours,
)
from salesadvisor.web.wording import words

Figure = dict[str, Any]
_FONT = {
    "family": "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif",
    "size": 13,
    "color": INK,
}
_HOVER = {"bgcolor": "#ffffff", "bordercolor": "#c5ccd3", "font": {**_FONT, "size": 13}}
AXIS = {"gridcolor": FAINT, "linecolor": "#c5ccd3", "zeroline": False, "automargin": True}
DATE_AXIS = {
    **AXIS,
    "type": "date",
    "tickangle": 0,
    "tickformatstops": [
        {"dtickrange": ["M1", None], "value": "%b\n%Y"},
        {"dtickrange": [None, "M1"], "value": "%-d %b\n%Y"},
    ],
}
ADVICE_LANE = "advice"


def figures_of(summary: Summary) -> dict[str, Figure]:
    """Every figure of the page by the id of its place."""
    colours = colours_by_stage(summary.stages.stages)
    found = {"deals-by-stage": deals_by_stage(summary.stages, colours)}
    if summary.stages.amounts:
        found["amount-by-stage"] = amount_by_stage(summary.stages, colours)
    if summary.reliability.evaluation.calibration:
        found["calibration"] = calibration(summary.reliability)
    if summary.story is not None:
        found["story-plot"] = story(summary.story, colours)
    return found


def colours_by_stage(stages: Sequence[str]) -> dict[str, str]:
    """Early stages light, late ones dark; grey for what is no stage."""
    named = [stage for stage in stages if stage != NO_STAGE]
    return {
        **dict(zip(named, stage_colours(len(named)), strict=True)),
        NO_STAGE: NO_STAGE_COLOUR,
    }


def deals_by_stage(stages: StagesOverTime, colours: Mapping[str, str]) -> Figure:
    """Open deals over time, one layer a stage."""
    return _layers(stages, stages.deals, colours, hover="%{y:,.0f}")


def amount_by_stage(stages: StagesOverTime, colours: Mapping[str, str]) -> Figure:
    """Known amount of open deals over time, one layer a stage."""
    return _layers(stages, stages.amounts, colours, hover="%{y:,.3s}")


def calibration(found: Reliability) -> Figure:
    """The probability given against the share won, group by group, with 95 % intervals."""
    table = found.evaluation.calibration
    x = [rounded(100 * item.mean_probability) for item in table]
    y = [rounded(100 * item.won.value) for item in table]
    top = max(100 * item.won.high for item in table)
    most = min(100.0, 5 + max(top, *x))
    groups = {
        "type": "scatter",
        "mode": "markers",
        "x": x,
        "y": y,
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [rounded(100 * item.won.high - b) for item, b in zip(table, y, strict=True)],
            "arrayminus": [
                rounded(b - 100 * item.won.low) for item, b in zip(table, y, strict=True)
            ],
            "color": BLUE,
            "thickness": 1.5,
            "width": 4,
        },
        "marker": {"color": BLUE, "size": 10, "line": {"color": "#ffffff", "width": 1}},
        "customdata": [
            [rounded(item.won.n), 100 * item.lowest, 100 * item.highest] for item in table
        ],
        "hovertemplate": (
            "given %{customdata[1]:.0f} to %{customdata[2]:.0f} %, mean %{x:.0f} %"
            "<br>won %{y:.0f} % of %{customdata[0]:.0f} deals<extra></extra>"
        ),
    }
    diagonal = {
        "type": "scatter",
        "mode": "lines",
        "x": [0, most],
        "y": [0, most],
        "line": {"color": GREY, "dash": "dot", "width": 1.5},
        "hoverinfo": "skip",
    }
    axis = {**AXIS, "range": [0, most], "ticksuffix": " %"}
    layout = layout_of(
        height=380,
        xaxis={**axis, "title": {"text": "probability given", "standoff": 8}},
        yaxis={**axis, "title": {"text": "share won", "standoff": 8}, "range": [-3, most]},
    )
    return {"data": [diagonal, groups], "layout": layout}


def story(told: Storyline, colours: Mapping[str, str]) -> Figure:
    """One deal: the chance with its interval above, stages, events and advice in lanes below."""
    lanes = _lanes(told)
    days = [chance.at.isoformat() for chance in told.chances]
    edge = {"width": 0}
    data: list[Figure] = [
        {
            "type": "scatter", "mode": "lines", "x": days, "line": edge, "hoverinfo": "skip",
            "y": [chance.low for chance in told.chances], "yaxis": "y",
        },
        {
            "type": "scatter", "mode": "lines", "x": days, "line": edge, "hoverinfo": "skip",
            "y": [chance.high for chance in told.chances], "fill": "tonexty", "fillcolor": BAND,
        },
        {
            "type": "scatter", "mode": "lines+markers", "x": days,
            "y": [chance.percent for chance in told.chances],
            "line": {"color": BLUE, "width": 2}, "marker": {"color": BLUE, "size": 5},
            "customdata": [[chance.low, chance.high] for chance in told.chances],
            "hovertemplate": (
                "%{x|%d %b %Y}<br>%{y:.0f} % (%{customdata[0]:.0f} to %{customdata[1]:.0f} %)"
                "<extra></extra>"
            ),
        },
    ]  # fmt: skip
    data += [_lane(told, lane) for lane in lanes if lane != ADVICE_LANE]
    if told.advice:
        data.append(_advice_lane(told))
    layout = layout_of(
        height=300 + 34 * (len(lanes) + 1),
        xaxis={**DATE_AXIS, "anchor": "y2", "showspikes": False},
        yaxis={
            **AXIS,
            "domain": [_split(len(lanes)) + 0.03, 1],
            "range": [0, 100],
            "ticksuffix": " %",
            "title": {"text": "chance of a win", "standoff": 6},
        },
        yaxis2={
            **AXIS,
            "domain": [0, _split(len(lanes))],
            "range": [len(lanes) + 0.5, -0.6],
            "tickvals": list(range(len(lanes) + 1)),
            "ticktext": ["stage", *lanes],
            "fixedrange": True,
        },
        shapes=[_band(band, colours) for band in told.bands],
    )
    data.append(_band_hover(told))
    return {"data": data, "layout": layout}


def _split(lanes: int) -> float:
    """The part of the height that the lanes take."""
    return 34 * (lanes + 1) / (34 * (lanes + 1) + 230)


def _lanes(told: Storyline) -> list[str]:
    used = {event.lane for event in told.events}
    return [lane for lane in LANES if lane in used] + ([ADVICE_LANE] if told.advice else [])


def _lane(told: Storyline, lane: str) -> Figure:
    events = [event for event in told.events if event.lane == lane]
    place = _lanes(told).index(lane) + 1
    return {
        "type": "scatter",
        "mode": "markers",
        "yaxis": "y2",
        "x": [event.occurred_at.isoformat() for event in events],
        "y": [place] * len(events),
        "marker": {"color": INK, "opacity": 0.55, "size": 8},
        "text": [safe_label(event.text) for event in events],
        "customdata": [event.recorded_at.strftime("%d %b %Y, %H:%M") for event in events],
        "hovertemplate": (
            "%{text}<br>%{x|%d %b %Y, %H:%M}<br>recorded %{customdata}<extra></extra>"
        ),
    }


def _advice_lane(told: Storyline) -> Figure:
    return {
        "type": "scatter",
        "mode": "markers",
        "yaxis": "y2",
        "x": [one.at.isoformat() for one in told.advice],
        "y": [_lanes(told).index(ADVICE_LANE) + 1] * len(told.advice),
        "marker": {"color": ORANGE, "size": 10, "symbol": "diamond"},
        "text": [safe_label(f"{one.rule} {one.title}") for one in told.advice],
        "hovertemplate": "advice: %{text}<br>%{x|%d %b %Y}<extra></extra>",
    }


def _band(band: Any, colours: Mapping[str, str]) -> Figure:
    return {
        "type": "rect", "xref": "x", "yref": "y2", "layer": "above",
        "x0": band.first.isoformat(), "x1": band.until.isoformat(), "y0": -0.38, "y1": 0.38,
        "fillcolor": colours.get(band.stage, NO_STAGE_COLOUR), "line": {"width": 0},
    }  # fmt: skip


def _band_hover(told: Storyline) -> Figure:
    """Invisible points, so that a stage's colour can be asked for its name."""
    middles = [band.first + (band.until - band.first) / 2 for band in told.bands]
    return {
        "type": "scatter", "mode": "markers", "yaxis": "y2",
        "x": [middle.isoformat() for middle in middles], "y": [0] * len(middles),
        "marker": {"size": 18, "opacity": 0},
        "text": [
            safe_label(f"{words(band.stage)}: {band.first:%d %b} to {band.until:%d %b %Y}")
            for band in told.bands
        ],
        "hovertemplate": "%{text}<extra></extra>",
    }  # fmt: skip


def _layers(
    stages: StagesOverTime,
    values: Sequence[Sequence[float]],
    colours: Mapping[str, str],
    *,
    hover: str,
) -> Figure:
    days = [day.isoformat() for day in stages.days]
    data = [
        {
            "type": "scatter",
            "mode": "lines",
            "stackgroup": "all",
            "name": safe_label(words(stage)),
            "x": days,
            "y": [rounded(value) for value in layer],
            "line": {"width": 0.5, "color": "#ffffff"},
            "fillcolor": colours[stage],
            "hovertemplate": f"{hover} {safe_label(words(stage))}<extra></extra>",
        }
        for stage, layer in zip(stages.stages, values, strict=True)
    ]
    layout = layout_of(
        height=320,
        xaxis=DATE_AXIS,
        yaxis={**AXIS, "rangemode": "tozero"},
        hovermode="x unified",
    )
    return {"data": data, "layout": layout}


def safe_label(text: str) -> str:
    """Text in which plotly finds no markup: it reads labels as a small HTML of its own."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def layout_of(**own: Any) -> Figure:
    """The layout that all figures share, with what is a figure's own."""
    return {
        "font": _FONT,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 12, "r": 12, "t": 12, "b": 12},
        "showlegend": False,
        "hovermode": "closest",
        "hoverlabel": _HOVER,
        "dragmode": False,
        **own,
    }


def rounded(value: float) -> float:
    """As many digits as a chart can show."""
    return round(value, 2)
