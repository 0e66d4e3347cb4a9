"""Commands about the declared strategy: show, lint, diff, publish, versions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from salesadvisor import settings
from salesadvisor.cli.face import Face
from salesadvisor.cli.moments import as_of_option, moment_for, read_moment
from salesadvisor.cli.options import Group

if TYPE_CHECKING:
    from salesadvisor.playbook.playbook import Playbook
    from salesadvisor.playbook.strategy_lint import Flaw
    from salesadvisor.study.versions import Version


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


@strategy.command("lint")
@click.option(
    "--history/--no-history",
    "history",
    default=None,
    help="Hold it against the store as well.  [default: if there is one with deals]",
)
@as_of_option
@click.pass_context
def strategy_lint(context: click.Context, history: bool | None, as_of: datetime | None) -> None:
    """What is missing in the strategy, what contradicts, which goal isn't SMART?

    Exit status 1 if anything is found. With a history also: stages that nobody uses or that the
    strategy doesn't know, attributes that are never recorded, reps without a team, and goals beyond
    what was ever reached.
    """
    from salesadvisor.cli.strategy_text import lint_document, lint_page
    from salesadvisor.playbook.playbook import load_strategy
    from salesadvisor.playbook.rule_files import STRATEGY_FILE
    from salesadvisor.playbook.strategy_lint import lint

    face: Face = context.obj
    path = _directory(face) / STRATEGY_FILE
    declared = load_strategy(path)
    zone = declared.calendar.timezone
    day = _day(_utc(as_of or settings.now(), zone), zone)
    flaws: Sequence[Flaw] = ()
    seen = False
    if history or (history is None and face.settings.store_path.exists()):
        with face.advisor() as advisor:
            if history or advisor.log().deal_count:
                moment = moment_for(as_of, advisor)
                with face.progress("reading the history"):
                    flaws = advisor.history_flaws(moment.as_of)
                day, seen = _day(moment.as_of, zone), True
    found = lint(path, day, flaws, now=settings.now().date())
    page = lint_page(declared.name, found, day, seen=seen)
    face.answer(lint_document(declared.name, path, found, day, seen=seen), page)
    context.exit(1 if found else 0)


@strategy.command("diff")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.pass_obj
def strategy_diff(face: Face, before: str, after: str) -> None:
    """What changed from strategy A to strategy B?

    Each is a playbook's directory or name, a strategy file, or the hash of a published version.
    """
    from salesadvisor.cli.strategy_text import diff_document, diff_page
    from salesadvisor.playbook.strategy_diff import diff
    from salesadvisor.study.versions import strategy_named

    old, new = (strategy_named(text, _versions_of(face)) for text in (before, after))
    changes = diff(old, new)
    parts = ((before, old), (after, new), changes)
    face.answer(diff_document(*parts), diff_page(*parts))


@strategy.command("publish")
@click.option(
    "--at",
    "at",
    callback=read_moment,
    metavar="T",
    help="In force from this date or time on (ISO 8601).  [default: now]",
)
@click.option("--label", metavar="TEXT", help="What to call this version.")
@click.pass_obj
def strategy_publish(face: Face, at: datetime | None, label: str | None) -> None:
    """Record the playbook's strategy as the one in force from now on.

    The first advice under a strategy records it as well. What is in force already is not recorded
    again.
    """
    from salesadvisor.cli.layout import Page
    from salesadvisor.cli.wording import iso

    with face.advisor(create=True, with_log=False) as advisor:
        declared = advisor.playbook.strategy
        moment = _utc(at or settings.now(), declared.calendar.timezone)
        is_new = advisor.ledger.publish(declared, moment, label)
        versions = advisor.versions()
    page = Page()
    told = f"{declared.name} {declared.content_hash}"
    if is_new:
        page.line(f"{told}: in force from {_when(moment)} on, version {len(versions)}")
    else:
        page.line(f"{told}: in force already on {_when(moment)}; nothing recorded")
    face.hint(page, "salesadvisor strategy versions")
    document = {
        "name": declared.name,
        "hash": declared.content_hash,
        "at": iso(moment),
        "label": label,
        "published": is_new,
        "versions": len(versions),
    }
    face.answer(document, page)


@strategy.command("versions")
@click.pass_obj
def strategy_versions(face: Face) -> None:
    """Which versions of the strategy were in force, since when, and what did each change?"""
    from salesadvisor.cli.strategy_text import versions_document, versions_page

    with face.advisor(with_log=False) as advisor:
        versions, declared = advisor.versions(), advisor.playbook.strategy
    page = versions_page(declared, versions)
    if declared.content_hash not in {one.content_hash for one in versions[-1:]}:
        face.hint(page, "salesadvisor strategy publish")
    face.answer(versions_document(declared, versions), page)


def _versions_of(face: Face) -> Callable[[], Sequence[Version]]:
    def versions() -> Sequence[Version]:
        from salesadvisor.study.versions import every_version

        if not face.settings.store_path.exists():
            return ()
        with face.advisor(with_log=False) as advisor:
            return every_version(advisor.store)

    return versions


def _utc(moment: datetime, zone: str) -> datetime:
    """In UTC and whole seconds; without an offset it was meant in the strategy's time zone."""
    placed = moment if moment.tzinfo is not None else moment.replace(tzinfo=ZoneInfo(zone))
    return placed.astimezone(UTC).replace(microsecond=0)


def _day(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _playbook(face: Face) -> Playbook:
    from salesadvisor.playbook.playbook import load_playbook

    return load_playbook(_directory(face))


def _directory(face: Face) -> Path:
    from salesadvisor.playbook.playbook import find_playbook

    return find_playbook(face.settings.playbook)
