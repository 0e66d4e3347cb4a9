"""Commands that answer what to do next: advise, explain, export."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from salesadvisor.cli.deciding import deciding, strategy_option
from salesadvisor.cli.face import Face
from salesadvisor.cli.moments import Moment, as_of_option, moment_for
from salesadvisor.cli.options import Command
from salesadvisor.errors import BadInput

if TYPE_CHECKING:
    from salesadvisor.advisor import Advisor
    from salesadvisor.playbook.playbook import Playbook
    from salesadvisor.study.advising import Advice

NEAREST_SHOWN = 5
_SUFFIX = {"csv": ".csv", "jsonl": ".jsonl"}


@click.command("advise", cls=Command)
@as_of_option
@click.option("--owner", metavar="REP", help="Only this rep's.")
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=5,
    show_default=True,
    metavar="N",
    help="At most N of each rep.",
)
@click.option("--deal", metavar="ID", help="Only this deal's, also what is not shown, and why.")
@strategy_option
@click.option(
    "--why-not",
    "why",
    multiple=True,
    metavar="DEAL|RULE",
    help="What of this deal or rule is not shown, and why; give both for one pair.",
)
@click.option(
    "--digest", "as_digest", is_flag=True, help="By team: what is ignored, late or too much."
)
@click.pass_obj
def advise(
    face: Face,
    as_of: datetime | None,
    owner: str | None,
    limit: int,
    deal: str | None,
    named: str | None,
    why: tuple[str, ...],
    as_digest: bool,
) -> None:
    """What should each rep do next, and why?

    New recommendations are recorded as events, unless the moment lies in the past. Running it again
    records nothing twice.
    """
    if why and (deal or owner or as_digest):
        raise BadInput("--why-not", "goes with no other choice", "give it alone")
    with face.advisor() as advisor:
        moment = moment_for(as_of, advisor)
        advisor = deciding(advisor, moment, named)
        if deal is not None:
            advisor.locate(deal)
        with face.progress("advising"):
            advice = advisor.advise(moment.as_of)
        _refuse_unknown_owner(owner, advice.owners)
        if why:
            return _tell_why_not(face, advisor, moment, advice, why)
        issued = advisor.issue(advice)
        if as_digest:
            return _tell_digest(face, advisor, moment, advice, issued)
        playbook = advisor.playbook
    return _tell_advice(face, playbook, moment, advice, issued, owner, limit, deal)


def _tell_advice(
    face: Face,
    playbook: Playbook,
    moment: Moment,
    advice: Advice,
    issued: int | None,
    owner: str | None,
    limit: int,
    deal: str | None,
) -> None:
    from salesadvisor.cli.advice_text import advice_document, advice_page
    from salesadvisor.study.exporting import best_of_each

    if deal is not None:
        limit = len(advice.shown) + 1
    told = tuple(
        one
        for one in best_of_each(advice, limit)
        if owner in (None, one.owner) and deal in (None, one.subject)
    )
    shown = {one.id for one in advice.shown}
    held = [
        one
        for one in advice.recommendations
        if (one.scope, one.subject) == ("deal", deal) and one.id not in shown
    ]
    parts = (moment, advice, told, held, issued, playbook.strategy, playbook.words)
    page = advice_page(*parts, limit=limit)
    of_deals = [one for one in told if one.scope == "deal"]
    if of_deals and deal is None:
        face.hint(page, f"salesadvisor explain {of_deals[0].subject}")
    face.answer(advice_document(*parts), page)


def _tell_why_not(
    face: Face, advisor: Advisor, moment: Moment, advice: Advice, why: tuple[str, ...]
) -> None:
    from salesadvisor.cli.advice_text import advice_head, why_not_document, why_not_page
    from salesadvisor.cli.wording import iso
    from salesadvisor.study.checkpoints import local_date
    from salesadvisor.study.why_not import why_not

    playbook = advisor.playbook
    today = local_date(int(moment.as_of.timestamp()), playbook.strategy.calendar.timezone)
    found = why_not(advice, playbook.rules, playbook.words, why, today=today, most=NEAREST_SHOWN)
    page = advice_head(moment, advice, playbook.strategy)
    document = {
        "as_of": iso(moment.as_of),
        "as_of_reason": moment.reason,
        "asked": list(why),
        **why_not_document(found, playbook.strategy, playbook.words),
    }
    face.answer(document, why_not_page(page, found, playbook.strategy, playbook.words))


def _tell_digest(
    face: Face, advisor: Advisor, moment: Moment, advice: Advice, issued: int | None
) -> None:
    from salesadvisor.cli.advice_text import advice_head
    from salesadvisor.cli.digest_text import digest_document, digest_page
    from salesadvisor.cli.wording import iso
    from salesadvisor.study.digest import digest

    playbook = advisor.playbook
    with face.progress("looking at the advice itself"):
        findings = advisor.findings(advice)
    found = digest(advice, playbook.strategy)
    page = advice_head(moment, advice, playbook.strategy)
    document = {
        "as_of": iso(moment.as_of),
        "as_of_reason": moment.reason,
        "issued": issued,
        **digest_document(found, findings, playbook.strategy, playbook.words),
    }
    face.answer(document, digest_page(page, found, findings, playbook.strategy))


@click.command("explain", cls=Command)
@click.argument("deal")
@as_of_option
@strategy_option
@click.pass_obj
def explain(face: Face, deal: str, as_of: datetime | None, named: str | None) -> None:
    """Why does a deal stand where it stands?

    Tells its story with event ids, its signals, its probability with reasons, and its rules.
    """
    from salesadvisor.cli.explain_text import explanation_document, explanation_page
    from salesadvisor.study.near_rules import near_rules

    with face.advisor() as advisor:
        moment = moment_for(as_of, advisor)
        advisor = deciding(advisor, moment, named)
        with face.progress("explaining"):
            found = advisor.explain(deal, moment.as_of)
        playbook = advisor.playbook
    near = near_rules(found, playbook.words, NEAREST_SHOWN)
    parts = (moment, found, near, playbook.strategy, playbook.words)
    face.answer(explanation_document(*parts), explanation_page(*parts))


@click.command("export", cls=Command)
@click.argument("target", type=click.Choice(list(_SUFFIX)), metavar="csv|jsonl")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where to.  [default: recommendations.csv or .jsonl]",
)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="At most N of each rep.")
@as_of_option
@strategy_option
@click.option("--dry-run", is_flag=True, help="Write and record nothing, only say what would be.")
@click.pass_obj
def export(
    face: Face,
    target: str,
    out: Path | None,
    limit: int | None,
    as_of: datetime | None,
    named: str | None,
    dry_run: bool,
) -> None:
    """Hand out recommendations as a file.

    Those that reps should see. The file is written whole or not at all; what was handed out is
    recorded, once.
    """
    from salesadvisor.cli.layout import Page
    from salesadvisor.cli.wording import counted, iso
    from salesadvisor.study.exporting import advice_rows, best_of_each
    from salesadvisor.targets.csv_file import write_csv
    from salesadvisor.targets.jsonl_file import write_jsonl

    path = out or Path(f"recommendations{_SUFFIX[target]}")
    with face.advisor() as advisor:
        moment = moment_for(as_of, advisor)
        advisor = deciding(advisor, moment, named)
        with face.progress("advising"):
            advice = advisor.advise(moment.as_of)
        chosen = best_of_each(advice, limit)
        rows = advice_rows(chosen, advisor.playbook.strategy)
        issued: int | None = None
        exported: int | None = None
        if not dry_run:
            (write_csv if target == "csv" else write_jsonl)(path, rows)
            issued = advisor.issue(advice)
            if issued is not None:
                exported = advisor.ledger.mark_exported(
                    chosen, target, moment.as_of, advisor.playbook.strategy
                )
    page = Page()
    page.line(f"Advice as of {moment.text}", "bold")
    written = f"{counted(len(rows), 'recommendation')} {'would go to' if dry_run else 'in'} {path}"
    if dry_run:
        page.line(f"{written}; nothing was written or recorded")
    elif exported is None:
        page.line(f"{written}; looked back: nothing recorded")
    else:
        page.line(f"{written}; {exported:,} handed out for the first time")
    document = {
        "as_of": iso(moment.as_of),
        "as_of_reason": moment.reason,
        "target": target,
        "file": str(path),
        "dry_run": dry_run,
        "rows": len(rows),
        "issued": issued,
        "exported": exported,
    }
    face.answer(document, page)


def _refuse_unknown_owner(owner: str | None, owners: set[str | None]) -> None:
    if owner is None or owner in owners:
        return
    from salesadvisor.domain.naming import did_you_mean

    known = [name for name in owners if name]
    cure = did_you_mean(owner, known) if known else "nobody has an open deal then"
    raise BadInput("--owner", f"'{owner}' has no open deal", cure)
