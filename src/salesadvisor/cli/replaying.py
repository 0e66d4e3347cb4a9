"""The command that goes back in time: replay."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from salesadvisor.cli.deciding import strategy_option, told, under_named
from salesadvisor.cli.face import Face
from salesadvisor.cli.options import Command

if TYPE_CHECKING:
    from salesadvisor.advisor import Advisor
    from salesadvisor.cli.layout import Page
    from salesadvisor.study.checkpoints import Every
    from salesadvisor.study.replay import Replay
    from salesadvisor.study.versions import Version

_TOP_RULES = 10
_DAY = click.DateTime(["%Y-%m-%d"])
_TABLE = click.Path(path_type=Path)


@click.command("replay", cls=Command)
@click.option("--from", "first", type=_DAY, metavar="DAY", help="[default: the first event]")
@click.option("--to", "last", type=_DAY, metavar="DAY", help="[default: the end of the history]")
@click.option(
    "--every",
    type=click.Choice(["day", "week", "month"]),
    default="week",
    show_default=True,
    help="At local midnight of each day, Monday or first of a month.",
)
@click.option(
    "--scores", type=_TABLE, metavar="FILE", help="Every win probability, to .parquet or .csv."
)
@click.option(
    "--recommendations",
    type=_TABLE,
    metavar="FILE",
    help="Every candidate with its verdict, to .parquet or .csv.",
)
@strategy_option
@click.pass_obj
def replay(
    face: Face,
    first: datetime | None,
    last: datetime | None,
    every: Every,
    scores: Path | None,
    recommendations: Path | None,
    named: str | None,
) -> None:
    """What would have been advised at every moment of the past?

    And what was known and expected. Each checkpoint knows only what was recorded before it, the
    models as well. The same history and playbook give the same digest, with any number of workers.
    Each checkpoint is decided by the strategy in force then; with several, each gets tables of
    its own, and cool-downs begin anew with each.
    """
    from salesadvisor.cli.replay_parts import joined, places_of
    from salesadvisor.study.replay_files import check_place, write_recommendations, write_scores

    for option, path in (("--scores", scores), ("--recommendations", recommendations)):
        if path is not None:
            check_place(option, path)
    with face.advisor() as advisor:
        with face.progress("replaying"):
            parts = _replayed(advisor, _day(first), _day(last), every, named)
        files = {}
        with face.progress("writing"):
            hashes = [done.history.strategy.content_hash for _, done in parts]
            for path, write in ((scores, write_scores), (recommendations, write_recommendations)):
                for place, (_, done) in zip(places_of(path, hashes), parts, strict=True):
                    if place is not None:
                        files[str(place)] = write(done, place)
    document = joined([(version, replay_document(done, every)) for version, done in parts])
    face.answer({**document, "files": files}, replay_page(document, files))


def _replayed(
    advisor: Advisor, first: date | None, last: date | None, every: Every, named: str | None
) -> tuple[tuple[Version | None, Replay], ...]:
    """One replay a strategy in force, or the one under the strategy that was named."""
    if named is not None:
        return ((None, under_named(advisor, named).replay(first, last, every)),)
    parts = advisor.replay_in_force(first, last, every)
    for version, _ in parts:
        if version is not None:
            advisor.tell(told(version))
    return parts


def replay_document(done: Replay, every: str) -> dict[str, Any]:
    """A replay in figures."""
    from salesadvisor.cli.advice_text import churn_document
    from salesadvisor.domain.advice import SHOWN, VERDICTS
    from salesadvisor.study.checkpoints import local_date
    from salesadvisor.study.churn import replay_churn

    zone = done.history.strategy.calendar.timezone
    moments = done.found.checkpoints
    verdicts = Counter(done.verdict.tolist())
    fired = Counter(done.candidates["rule"].tolist())
    shown = Counter(done.candidates["rule"][done.verdict == SHOWN].tolist())
    return {
        "every": every,
        "from": local_date(int(moments[0]), zone).isoformat(),
        "to": local_date(int(moments[-1]), zone).isoformat(),
        "checkpoints": len(moments),
        "rows": len(done.scores["deal"]),
        "candidates": len(done.candidates),
        "verdicts": {VERDICTS[code]: count for code, count in sorted(verdicts.items())},
        "rules": [
            {
                "rule": rule.id,
                "title": rule.title,
                "element": rule.element,
                "fired": fired[index],
                "shown": shown[index],
            }
            for index, rule in sorted(
                enumerate(done.rules), key=lambda pair: (-shown[pair[0]], pair[1].id)
            )
        ],
        "churn": churn_document(replay_churn(done)),
        "models": dict(Counter(model.kind for model in done.schedule.models)),
        "strategy": {
            "name": done.history.strategy.name,
            "hash": done.history.strategy.content_hash,
        },
        "digest": done.digest(),
    }


def replay_page(document: dict[str, Any], files: dict[str, int]) -> Page:
    """The same in words."""
    from salesadvisor.cli.advice_text import churn_line
    from salesadvisor.cli.layout import Page

    page = Page()
    page.line(
        f"Every {document['every']} from {document['from']} to {document['to']}:"
        f" {document['checkpoints']:,} checkpoints",
        "bold",
    )
    models = ", ".join(f"{count} {kind}" for kind, count in document["models"].items())
    page.line(
        f"{document['rows']:,} times an open deal was looked at, {document['candidates']:,}"
        f" candidates for advice; models: {models.replace('_', ' ')}"
    )
    if len(document["versions"]) > 1:
        page.title("Strategies in force")
        page.rows(
            [
                (one["hash"], one["from"], one["to"], f"{one['checkpoints']:,}")
                for one in document["versions"]
            ],
            head=("strategy", "from", "to", "checkpoints"),
            right=(3,),
            whole=(0, 1, 2, 3),
            indent=2,
        )
    page.title("What became of the candidates")
    page.rows(
        [(f"{count:,}", verdict) for verdict, count in document["verdicts"].items()],
        right=(0,),
        indent=2,
    )
    page.line()
    page.line(churn_line(document["churn"], f"from {document['every']} to {document['every']}"))
    top = [one for one in document["rules"] if one["fired"]][:_TOP_RULES]
    if top:
        page.title("Rules, by how often they were shown")
        page.rows(
            [(one["rule"], f"{one['shown']:,}", f"{one['fired']:,}", one["title"]) for one in top],
            head=("rule", "shown", "fired", "title"),
            right=(1, 2),
            whole=(0, 1, 2),
            indent=2,
        )
    page.line()
    for path, count in files.items():
        page.line(f"{count:,} rows in {path}")
    page.line(f"digest {document['digest']}")
    return page


def _day(moment: datetime | None) -> Any:
    return None if moment is None else moment.date()
