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
    """Measure import, replay, rules, live advice and start, each by its yardstick."""
    settings.keep_kernels()
    from salesadvisor.cli.bench_text import bench_page
    from salesadvisor.study.bench import bench as measure

    def told(step: str) -> None:
        if not face.quiet:
            click.echo(step, err=True)

    with writing_to(out):
        out.mkdir(parents=True, exist_ok=True)
    measured = measure(events, face.workers or settings.processors(), out, told)
    face.answer(measured.as_json(), bench_page(measured))
