"""The command about speed: every figure beside its yardstick."""

from __future__ import annotations

from pathlib import Path

import click

from salesadvisor import settings
from salesadvisor.cli.face import Face
from salesadvisor.cli.history import writing_to
from salesadvisor.cli.options import Command


@click.command("bench", cls=Command)
@click.option("--events", type=click.IntRange(10_000, 50_000_000), default=1_000_000)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("bench-data"),
    show_default=True,
    metavar="DIR",
    help="Where the generated history is kept between runs.",
)
@click.pass_obj
def bench(face: Face, events: int, out: Path) -> None:
    """Measure import, replay, live advice and start-up, each against its yardstick."""
    from salesadvisor.cli.layout import Page

    settings.keep_kernels()
    from salesadvisor.study.bench import bench as measure

    def told(step: str) -> None:
        if not face.quiet:
            click.echo(step, err=True)

    with writing_to(out):
        out.mkdir(parents=True, exist_ok=True)
    measured = measure(events, face.workers or settings.processors(), out, told)
    page = Page()
    for line in measured.lines():
        page.line(line)
    face.answer(measured.as_json(), page)
