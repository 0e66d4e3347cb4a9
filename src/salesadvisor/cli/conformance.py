"""The command that holds what was done against the declared process."""

from __future__ import annotations

from datetime import datetime

import click

from salesadvisor.cli.face import Face
from salesadvisor.cli.moments import as_of_option, moment_for
from salesadvisor.cli.options import Command

BY = ("constraint", "rep", "stage", "month", "deal")


@click.command("conformance", cls=Command)
@as_of_option
@click.option("--deal", metavar="ID", help="Only this deal: how it stands, and its deviations.")
@click.option(
    "--by",
    type=click.Choice(BY),
    default="constraint",
    show_default=True,
    help="What to tell apart; in JSON there is all of it.",
)
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    metavar="N",
    help="At most N deviations, and N deals.",
)
@click.pass_obj
def conformance(face: Face, as_of: datetime | None, deal: str | None, by: str, limit: int) -> None:
    """Does the work follow the declared process?

    The order of stages, their exit criteria and the strategy's constraints on the order of events,
    checked along every deal. What can't be decided yet is pending and counts neither way.
    """
    from salesadvisor.cli.conformance_text import (
        conformance_document,
        conformance_page,
        deal_page,
    )

    with face.advisor() as advisor:
        moment = moment_for(as_of, advisor)
        with face.progress("checking"):
            found = advisor.conformance(moment.as_of, deal)
        strategy = advisor.playbook.strategy
    if deal is not None:
        page = deal_page(moment, found, deal)
    else:
        page = conformance_page(moment, found, by, limit)
        if found.deviations:
            face.hint(page, f"salesadvisor conformance --deal {found.deviations[0].deal}")
    face.answer(conformance_document(moment, found, strategy), page)
