"""Which commands are there?"""

from __future__ import annotations

import click

from salesadvisor import __version__
from salesadvisor.cli import (
    advising,
    answering,
    conformance,
    demo,
    goals,
    history,
    measuring,
    playbooks,
    replaying,
    rules,
    schemas,
    strategies,
)
from salesadvisor.cli.face import Face
from salesadvisor.cli.options import Group, shared_options


def _tell_version(context: click.Context, option: click.Parameter, is_asked: bool) -> None:
    if is_asked and not context.resilient_parsing:
        click.echo(f"salesadvisor {__version__}")
        context.exit()


@click.pass_context
def _begin(context: click.Context) -> None:
    context.ensure_object(Face)


root = Group(
    "salesadvisor",
    params=[
        *shared_options(hidden=False),
        click.Option(
            ["--version"],
            is_flag=True,
            expose_value=False,
            is_eager=True,
            help="Show the version and exit.",
            callback=_tell_version,
        ),
    ],
    help="Hold sales execution against the declared strategy, for any day of the past.",
    callback=_begin,
)


for command in (
    demo.demo,
    playbooks.init,
    history.sample,
    history.import_files,
    history.doctor,
    advising.advise,
    advising.explain,
    goals.goals,
    conformance.conformance,
    replaying.replay,
    advising.export,
    answering.feedback,
    answering.accountability,
    demo.report,
    rules.rules,
    strategies.strategy,
    schemas.schema,
    history.verify,
    measuring.bench,
):
    root.add_command(command)
