"""Commands about the playbook: init, rules list, rules test."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from salesadvisor import settings
from salesadvisor.cli.face import Face
from salesadvisor.cli.options import Command, Group
from salesadvisor.errors import BadInput, PlaybookError
from salesadvisor.settings import DEFAULT_PLAYBOOK

if TYPE_CHECKING:
    from salesadvisor.playbook.playbook import Playbook

_FITS_ANY_PIPELINE = "generic_b2b"


@click.command("init", cls=Command)
@click.argument("directory", type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "--playbook",
    metavar="DIR|NAME",
    help=f"What to start from.  [default: {DEFAULT_PLAYBOOK}, with --mapping {_FITS_ANY_PIPELINE}]",
)
@click.option(
    "--mapping",
    type=click.Path(path_type=Path),
    metavar="M.yaml",
    help="Take pipeline, stages and currency from this mapping.",
)
@click.option("--currency", metavar="CODE", help="Three capital letters, as in EUR.")
@click.option("--name", metavar="NAME", help="The strategy's name.  [default: that of DIR]")
@click.pass_obj
def init(
    face: Face,
    directory: Path,
    playbook: str | None,
    mapping: Path | None,
    currency: str | None,
    name: str | None,
) -> None:
    """Start a playbook of your own in the new folder DIR."""
    from salesadvisor.cli.layout import Page
    from salesadvisor.playbook.playbook import find_playbook, load_playbook
    from salesadvisor.playbook.starter import start_playbook
    from salesadvisor.sources.mapping import load_mapping

    default = DEFAULT_PLAYBOOK if mapping is None else _FITS_ANY_PIPELINE
    template = find_playbook(playbook or face.playbook or default)
    if currency is not None and not (
        currency.isascii() and currency.isupper() and len(currency) == 3
    ):
        raise BadInput("--currency", f"'{currency}' is no currency", "write it as EUR or USD")
    form = None if mapping is None else load_mapping(mapping).form
    try:
        start_playbook(
            directory,
            template,
            name=name or directory.absolute().name,
            currency=currency or (form.currency if form else None),
            pipeline=form.pipeline.name if form else None,
            stages=form.pipeline.stages if form else (),
        )
    except PlaybookError as error:
        if form is None or error.place == str(directory):
            raise
        problem = f"the stages of {mapping} do not fit its other parts: {error.problem}"
        cure = f"start from --playbook {_FITS_ANY_PIPELINE}"
        raise PlaybookError(str(template), problem, cure) from None
    made = load_playbook(directory)
    page = Page()
    page.line(
        f"{directory}: a playbook of {len(made.strategy.stages)} stages and {len(made.rules)} rules"
        f" in {made.strategy.currency}, after {template.name}"
    )
    page.line("strategy.yaml declares what you want; a file for each element holds its rules")
    face.hint(page, f"edit {directory / 'strategy.yaml'}, then use --playbook {directory}")
    document = {
        "directory": str(directory),
        "template": template.name,
        "strategy": {"name": made.strategy.name, "hash": made.strategy.content_hash},
        "stages": [stage.name for stage in made.strategy.stages],
        "rules": len(made.rules),
    }
    face.answer(document, page)


@click.group("rules", cls=Group)
def rules() -> None:
    """The rules of the playbook."""


@rules.command("list")
@click.pass_obj
def rules_list(face: Face) -> None:
    """Which rules are there, and where?"""
    from salesadvisor.cli.layout import Page

    playbook = _playbook(face)
    page = Page()
    page.line(
        f"{playbook.name} {playbook.content_hash}: {len(playbook.rules)} rules in"
        f" {len({rule.element for rule in playbook.rules})} of 17 elements",
        "bold",
    )
    page.rows(
        [
            (
                rule.id, rule.element, rule.evidence if rule.enabled else "switched off",
                f"{rule.effort_minutes} min", rule.title,
            )
            for rule in playbook.rules
        ],
        head=("rule", "element", "effect", "effort", "title"),
        right=(3,),
        whole=(0, 1, 2, 3),
    )  # fmt: skip
    document = {
        "playbook": {"name": playbook.name, "hash": playbook.content_hash},
        "rules": [
            {
                "rule": rule.id,
                "version": rule.version,
                "element": rule.element,
                "title": rule.title,
                "scope": rule.scope,
                "owner": rule.owner,
                "enabled": rule.enabled,
                "evidence": rule.evidence,
                "effect": rule.effect_permille / 1000,
                "source": rule.source,
                "effort_minutes": rule.effort_minutes,
                "cooldown_days": rule.cooldown_days,
                "expires_days": rule.expires_days,
                "signals": list(rule.signals),
                "place": rule.place,
            }
            for rule in playbook.rules
        ],
    }
    face.answer(document, page)


@rules.command("test")
@click.pass_context
def rules_test(context: click.Context) -> None:
    """Do the rules keep their tests? Exit status 1 if not.

    Each case says which rules fire on it and which are silent; each rule needs a case of both.
    """
    from salesadvisor.cli.layout import Page
    from salesadvisor.study.rule_check import check_rules

    face: Face = context.obj
    settings.keep_kernels()
    results, note = check_rules(_directory(face))
    if note:
        face.note(note)
    failed = [one for one in results if not one.passed]
    page = Page()
    for one in failed:
        for line in one.text.splitlines():
            page.line(line.lstrip(), indent=len(line) - len(line.lstrip()))
    count = len({one.rule_id for one in results})
    total = f"{count} rules, {len(results)} expectations"
    page.line(f"{total}: {len(failed)} failed" if failed else f"{total}: all met")
    document = {
        "rules": count,
        "expectations": len(results),
        "failed": [
            {"rule": one.rule_id, "case": one.case, "place": one.place, "text": one.text}
            for one in failed
        ],
    }
    face.answer(document, page)
    context.exit(1 if failed else 0)


def _playbook(face: Face) -> Playbook:
    from salesadvisor.playbook.playbook import load_playbook

    return load_playbook(_directory(face))


def _directory(face: Face) -> Path:
    from salesadvisor.playbook.playbook import find_playbook

    return find_playbook(face.settings.playbook)
