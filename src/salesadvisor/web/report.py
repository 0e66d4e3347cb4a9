"""How does a summary become a page? One HTML file that holds all it needs and fetches nothing."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined
from plotly.offline import get_plotlyjs

from salesadvisor.errors import ReportError
from salesadvisor.study.summary import Summary
from salesadvisor.web import figures, wording
from salesadvisor.web.goal_figures import goal_figures
from salesadvisor.web.page import page_of

_TEMPLATE = "report.html.j2"


def write_report(path: Path, summary: Summary) -> int:
    """Write the report to `path`, whole or not at all; returns its size in bytes.

    Raises ReportError if it can't be written there.
    """
    content = render_report(summary).encode()
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        with suppress(OSError):  # the reason for the failure is worth more than the leftover
            part.unlink()
        reason = error.strerror or str(error)
        raise ReportError(
            str(path), f"the report can't be written: {reason}", "choose another place with --out"
        ) from error
    return len(content)


def render_report(summary: Summary) -> str:
    """The page as text: the same summary, the same text."""
    environment = Environment(
        loader=PackageLoader("salesadvisor.web"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters.update(wording.filters(summary.header.currency))
    return environment.get_template(_TEMPLATE).render(
        page=page_of(summary),
        summary=summary,
        figures=script_json(figures.figures_of(summary) | goal_figures(summary.audit.goals)),
        plotly=get_plotlyjs().replace("</script", "<\\/script"),
    )


def script_json(value: object) -> str:
    """JSON that may stand inside a script element: no character of it can end the element."""
    text = orjson.dumps(value).decode()
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
