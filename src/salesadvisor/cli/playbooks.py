"""Commands about the playbook: init, strategy show."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

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


@click.group("strategy", cls=Group)
def strategy() -> None:
    """The declared strategy."""


@strategy.command("show")
@click.pass_obj
def strategy_show(face: Face) -> None:
    """What does the strategy declare, element by element?"""
    from salesadvisor.cli.layout import Page
    from salesadvisor.cli.strategy_text import declared

    playbook = _playbook(face)
    shown = playbook.strategy
    by_element: Counter[str] = Counter(rule.element for rule in playbook.rules)
    lines = declared(shown)
    page = Page()
    page.line(f"{shown.name} {shown.content_hash}, {shown.currency}", "bold")
    page.line(
        f"wins within {shown.horizon_days} days; {len(shown.attributes)} attributes; time zone"
        f" {shown.calendar.timezone}; {len(playbook.rules)} rules ({playbook.directory})"
    )
    page.line()
    page.rows(
        [
            (element, f"{by_element[element]}", text or "nothing declared")
            for element, text in lines.items()
        ],
        head=("element", "rules", "declared"),
        right=(1,),
    )
    page.title("Stages")
    page.rows(
        [
            (
                stage.pipeline, str(stage.rank), stage.name,
                "" if stage.stage.limit_days is None else f"{stage.stage.limit_days} days",
            )
            for stage in shown.stages
        ],
        head=("pipeline", "rank", "stage", "limit"),
        right=(1, 3),
        whole=(1, 2, 3),
        indent=2,
    )  # fmt: skip
    document = {
        "name": shown.name,
        "hash": shown.content_hash,
        "playbook_hash": playbook.content_hash,
        "directory": str(playbook.directory),
        "rules_by_element": dict(by_element),
        "declared": shown.model_dump(mode="json", by_alias=True),
    }
    face.answer(document, page)


def _playbook(face: Face) -> Playbook:
    from salesadvisor.playbook.playbook import load_playbook

    return load_playbook(_directory(face))


def _directory(face: Face) -> Path:
    from salesadvisor.playbook.playbook import find_playbook

    return find_playbook(face.settings.playbook)
