"""Commands that show it all: the report page, and the demonstration on a sample."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import click

from salesadvisor import settings
from salesadvisor.cli.face import Face
from salesadvisor.cli.history import writing_to
from salesadvisor.cli.options import Command

if TYPE_CHECKING:
    from datetime import datetime

    from salesadvisor.advisor import Advisor
    from salesadvisor.study.advising import Advice
    from salesadvisor.study.replay import Replay

STORE, REPORT = "demo.sqlite", "report.html"


@click.command("report", cls=Command)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path(REPORT),
    show_default=True,
    metavar="FILE",
)
@click.pass_obj
def report(face: Face, out: Path) -> None:
    """Write one page that shows it all.

    Strategy against execution, pipeline, advice, probability, one deal's story. It looks from the
    end of the history, holds all it needs and fetches nothing.
    """
    from salesadvisor.cli.layout import Page

    with face.advisor() as advisor, face.progress("replaying every week"):
        end = advisor.end_of_history()
        size = write(advisor, advisor.replay(None, None, "week"), advisor.advise(end), out)
    page = Page().line(f"{out}: {size / 1e6:.1f} MB, as of {end:%Y-%m-%d %H:%M:%S} UTC")
    face.answer({"file": str(out), "bytes": size, "as_of": end.isoformat()}, page)


@click.command("demo", cls=Command)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo"),
    show_default=True,
    metavar="DIR",
)
@click.pass_obj
def demo(face: Face, out: Path) -> None:
    """Sample, import, strategy, replay, advice and report, in a folder of its own."""
    from salesadvisor.cli.layout import Page
    from salesadvisor.sources.sample import SampleSpec, roll_out, write_sample

    steps = _Steps(face)
    with steps("sample") as told, writing_to(out):
        files = write_sample(SampleSpec(), out)
        told(f"{files.rows:,} rows of history in {files.events}")
    own = Face(str(out / STORE), face.playbook, face.workers, face.as_json, quiet=True)
    with own.advisor(create=True, with_log=False) as advisor:
        with steps("import") as told:
            done = advisor.import_file(
                files.events,
                format="auto",
                mapping=None,
                rejects_in=out,
                learned_at=settings.now(),
            )
            told(f"{done.added:,} events added, {done.rejected} rows rejected")
        with steps("strategy") as told:
            end: datetime = advisor.end_of_history()
            events = roll_out(advisor.playbook.strategy, end)
            advisor.store.append(events, learned_at=end)
            told(
                f"published on {events[0].occurred_at:%Y-%m-%d}, acknowledged by"
                f" {len(events) - 1} reps"
            )
        with steps("replay") as told:
            replayed = advisor.replay(None, None, "week")
            told(
                f"{len(replayed.found.checkpoints)} weeks, {len(replayed.scores['deal']):,} times"
                f" an open deal, {len(replayed.candidates):,} candidates for advice"
            )
        with steps("advise") as told:
            advice = advisor.advise(end)
            issued = advisor.issue(advice)
            told(
                f"{len(advice.shown)} recommendations on {len(advice.deals)} open deals,"
                f" {issued} new"
            )
        with steps("report") as told:
            path = out / REPORT
            size = write(advisor, replayed, advice, path)
            told(f"{path}, {size / 1e6:.1f} MB")
    page = Page().line(f"Open {path} in a browser. {steps.seconds:.0f} seconds in all.", "bold")
    face.hint(page, f"salesadvisor --store {own.store} advise")
    document = {
        "folder": str(out),
        "report": str(path),
        "events_added": done.added,
        "checkpoints": len(replayed.found.checkpoints),
        "recommendations": len(advice.shown),
        "digest": replayed.digest(),
        "seconds": steps.by_name,
    }
    face.answer(document, page)


def write(advisor: Advisor, replayed: Replay, advice: Advice, path: Path) -> int:
    """Write the report on a replay and the advice of its end; returns its size in bytes."""
    from salesadvisor.study.summary import build_summary, deal_to_tell
    from salesadvisor.web.report import write_report

    deal = deal_to_tell(replayed, advice)
    summary = build_summary(
        replayed,
        advice,
        None if deal is None else advisor.explain(deal, advice.as_of),
        events=advisor.store.head().events,
        rules=advisor.playbook.rules,
        audit=advisor.audit(advice),
        workers=advisor.workers,
    )
    return write_report(path, summary)


class _Steps:
    """Tells each step with its seconds when it is done."""

    def __init__(self, face: Face) -> None:
        self._face = face
        self._began = perf_counter()
        self.by_name: dict[str, float] = {}

    @property
    def seconds(self) -> float:
        return perf_counter() - self._began

    @contextmanager
    def __call__(self, name: str) -> Iterator[_Tell]:
        began, tell = perf_counter(), _Tell()
        with self._face.progress(name):
            yield tell
        self.by_name[name] = round(perf_counter() - began, 1)
        if not self._face.as_json and not self._face.quiet:
            click.echo(f"{name:8}{self.by_name[name]:6.1f} s  {tell.text}")


class _Tell:
    """What a step has to say."""

    text = ""

    def __call__(self, text: str) -> None:
        self.text = text
