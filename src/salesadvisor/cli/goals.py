"""The command about goals: how each stands, and how it got there."""

from __future__ import annotations

from datetime import datetime

import click

from salesadvisor.cli.face import Face
from salesadvisor.cli.moments import as_of_option, moment_for
from salesadvisor.cli.options import Command


@click.command("goals", cls=Command)
@as_of_option
@click.pass_obj
def goals(face: Face, as_of: datetime | None) -> None:
    """Are the declared goals reached, on pace, and how likely are they?

    Each goal with its gap, the pipeline it needs, and the lever that has the shortest way to go.
    Only what was recorded before the moment counts. docs/goals.md has the formulas.
    """
    from salesadvisor.cli.goals_text import goals_document, goals_page

    with face.advisor() as advisor:
        moment = moment_for(as_of, advisor)
        with face.progress("reading the goals"):
            report = advisor.goals(moment.as_of)
        strategy = advisor.playbook.strategy
    page = goals_page(moment, report, strategy)
    if report.standings:
        face.hint(page, "salesadvisor advise")
    face.answer(goals_document(moment, report, strategy), page)
