"""Commands about what became of advice: feedback and accountability."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from salesadvisor.cli.face import Face
from salesadvisor.cli.moments import as_of_option, moment_for
from salesadvisor.cli.options import Command, Group
from salesadvisor.errors import BadInput

if TYPE_CHECKING:
    from salesadvisor.study.accountability import By
    from salesadvisor.study.answers import Reply


@click.group("feedback", cls=Group)
def feedback() -> None:
    """What did a rep do with a recommendation?

    The id of a recommendation stands below it in 'advise'. An answer is an event like any other.
    """


@feedback.command("accept")
@click.argument("recommendation", metavar="REC")
@click.pass_obj
def accept(face: Face, recommendation: str) -> None:
    """It will be done."""
    _reply(face, recommendation, "accept")


@feedback.command("dismiss")
@click.argument("recommendation", metavar="REC")
@click.option("--reason", metavar="TEXT", help="Why not; it is shown as long as the rule is quiet.")
@click.pass_obj
def dismiss(face: Face, recommendation: str, reason: str | None) -> None:
    """It will not be done. The rule keeps quiet about it for its cool-down."""
    _reply(face, recommendation, "dismiss", reason)


@feedback.command("done")
@click.argument("recommendation", metavar="REC")
@click.pass_obj
def done(face: Face, recommendation: str) -> None:
    """It is done. What the CRM records as done is found without being reported."""
    _reply(face, recommendation, "done")


@feedback.command("sync")
@click.pass_obj
def sync(face: Face) -> None:
    """Find out from later events what became of advice.

    Records what was taken, what a closed deal has overtaken, and what expired; so does 'advise'.
    """
    from salesadvisor.cli.layout import Page
    from salesadvisor.cli.wording import counted, iso

    with face.advisor() as advisor:
        moment = moment_for(None, advisor)
        with face.progress("looking for what was done"):
            found = advisor.settle(moment.as_of)
    text = counted(found or 0, "recommendation")
    page = Page().line(f"As of {moment.text}: {text} newly found taken, overtaken or expired")
    face.answer({"as_of": iso(moment.as_of), "recorded": found}, page)


@click.command("accountability", cls=Command)
@as_of_option
@click.option(
    "--by",
    type=click.Choice(["rep", "rule", "element"]),
    default="rep",
    show_default=True,
    help="Whose lines to show.",
)
@click.pass_obj
def accountability(face: Face, as_of: datetime | None, by: By) -> None:
    """What became of the advice, and how well does work follow the strategy?

    Nothing is recorded. Shares are of advice that is due an answer, with 95 % intervals.
    """
    from salesadvisor.cli.accountability_text import accountability_document, accountability_page

    with face.advisor() as advisor:
        moment = moment_for(as_of, advisor)
        with face.progress("counting"):
            advice = advisor.advise(moment.as_of)
            found = advisor.accountability(advice, by)
            findings = advisor.findings(advice)
    face.answer(
        accountability_document(moment, found, findings),
        accountability_page(moment, found, findings),
    )


def _reply(face: Face, recommendation: str, said: Reply, reason: str | None = None) -> None:
    from salesadvisor.cli.layout import Page
    from salesadvisor.cli.wording import iso

    with face.advisor() as advisor:
        moment = moment_for(None, advisor)
        if reason is not None and not reason.strip():
            raise BadInput("--reason", "is empty", "say why, or leave it out")
        one = advisor.reply(recommendation, said, reason, moment.as_of)
    why = f": {one.why}" if one.why else ""
    page = Page().line(f"{recommendation} is {one.answer}{why}", "bold")
    page.line(f"{one.subject}, {one.event.owner or 'no owner'}: {one.event.action}")
    document = {
        "recommendation_id": recommendation,
        "status": one.answer,
        "reason": one.why,
        "answered_at": iso(one.answered_on),
        "scope": one.scope,
        "subject": one.subject,
        "owner": one.event.owner,
    }
    face.answer(document, page)
