"""The command that starts a playbook: init."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from salesadvisor.cli.face import Face
from salesadvisor.cli.options import Command
from salesadvisor.errors import BadInput, PlaybookError
from salesadvisor.settings import DEFAULT_PLAYBOOK

if TYPE_CHECKING:
    pass

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
