"""Which commands are there? Each opens the advisor, asks it one thing and prints the answer."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from salesadvisor import __version__, settings
from salesadvisor.settings import DEFAULT_PLAYBOOK, DEFAULT_STORE, Settings

if TYPE_CHECKING:
    from salesadvisor.study.advising import Advice, Recommendation

STALE = timedelta(days=30)
EXPORTED = (
    "recommendation_id", "deal", "owner", "rule", "action", "because", "due", "priority_minor",
    "win_probability_bp", "strategy", "events",
)  # fmt: skip


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
@click.option("--store", default=DEFAULT_STORE, show_default=True, help="The event store's file.")
@click.option(
    "--playbook", default=DEFAULT_PLAYBOOK, show_default=True, help="A directory or a shipped name."
)
@click.option("--workers", type=click.IntRange(1), help="Threads (default: all processors).")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
@click.pass_context
def root(
    context: click.Context, store: str, playbook: str, workers: int | None, as_json: bool
) -> None:
    """Hold sales execution against the declared strategy, for any day of the past."""
    context.obj = (Settings(store, playbook, workers), as_json)


@root.command("sample")
@click.option("--out", type=click.Path(path_type=Path), default=Path("sample"), show_default=True)
@click.option("--deals", type=click.IntRange(1), default=600, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=7, show_default=True)
@click.pass_obj
def sample(state: tuple[Settings, bool], out: Path, deals: int, seed: int) -> None:
    """Generate a clinical-research history, its true effects beside it."""
    from salesadvisor.sources.sample import SampleSpec, write_sample

    files = write_sample(SampleSpec(seed=seed, deals=deals), out)
    answer = {"events": str(files.events), "truth": str(files.truth), "rows": files.rows}
    _answer(state, answer, [f"{files.rows} rows in {files.events}, the truth in {files.truth}"])


@root.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--format", "format_", default="auto", show_default=True)
@click.option("--mapping", type=click.Path(path_type=Path), help="What the columns mean.")
@click.option("--dry-run", is_flag=True, help="Show what would be added.")
@click.pass_obj
def import_files(
    state: tuple[Settings, bool],
    files: tuple[Path, ...],
    format_: str,
    mapping: Path | None,
    dry_run: bool,
) -> None:
    """Read files of history into the store; what is known is not stored again."""
    with settings.open_advisor(state[0], create=True) as advisor:
        for path in files:
            done = advisor.import_file(
                path,
                format=format_,
                mapping=mapping,
                rejects_in=state[0].store_path.absolute().parent,
                learned_at=settings.now(),
                dry_run=dry_run,
            )
            counts = {
                name: getattr(done, name)
                for name in ("rows", "read", "collapsed", "rejected", "events", "added", "known",
                             "corrected", "superseded", "conflicts")
            }  # fmt: skip
            would = "would add" if dry_run else "added"
            lines = [
                f"{path}: {done.rows} rows = {done.read} read + {done.collapsed} collapsed"
                f" + {done.rejected} rejected",
                f"  {done.events} events: {would} {done.added}, known {done.known},"
                f" corrected {done.corrected}",
                *(f"  line {one.line}: {one.reason}" for one in done.first_rejects),
            ]
            if done.rejects_file:
                lines.append(f"  rejected rows are kept in {done.rejects_file.name}")
            _answer(state, {"file": str(path), "dry_run": dry_run, **counts}, lines)


@root.command("replay")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]))
@click.option(
    "--every", type=click.Choice(["day", "week", "month"]), default="week", show_default=True
)
@click.pass_obj
def replay(
    state: tuple[Settings, bool], first: datetime | None, last: datetime | None, every: Any
) -> None:
    """Fold, score and advise at every checkpoint of the past, knowing only what was known."""
    from salesadvisor.domain.advice import VERDICTS

    with settings.open_advisor(state[0]) as advisor:
        done = advisor.replay(_day(first), _day(last), every)
    verdicts = {VERDICTS[code]: n for code, n in sorted(Counter(done.verdict.tolist()).items())}
    answer = {
        "checkpoints": len(done.found.checkpoints),
        "open_deal_rows": len(done.scores["deal"]),
        "candidates": verdicts,
        "models": dict(Counter(model.kind for model in done.schedule.models)),
        "digest": done.digest(),
    }
    _answer(state, answer, [f"{name}: {value}" for name, value in answer.items()])


@root.command("advise")
@click.option("--as-of", "as_of", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]))
@click.option("--owner", help="Only this rep's.")
@click.option("--limit", type=click.IntRange(1), default=5, show_default=True, help="A rep.")
@click.pass_obj
def advise(
    state: tuple[Settings, bool], as_of: datetime | None, owner: str | None, limit: int
) -> None:
    """What each rep should do next, and why."""
    with settings.open_advisor(state[0]) as advisor:
        advice = advisor.advise(_moment(as_of, advisor.end_of_history()))
        issued = advisor.issue(advice)
        currency = advisor.playbook.strategy.currency
    told: list[Recommendation] = []
    per_owner: Counter[str | None] = Counter()
    for one in advice.shown:
        per_owner[one.deal.owner] += 1
        if per_owner[one.deal.owner] <= limit and owner in (None, one.deal.owner):
            told.append(one)
    lines = [f"as of {advice.as_of:%Y-%m-%d %H:%M} UTC, {len(advice.deals)} open deals"]
    lines.append("looked back: nothing recorded" if issued is None else f"{issued} newly issued")
    last_owner: str | None = None
    for one in told:
        if one.deal.owner != last_owner:
            last_owner = one.deal.owner
            lines += ["", str(last_owner)]
        lines += _lines_of(one, currency)
    _answer(state, {"as_of": advice.as_of.isoformat(), "issued": issued,
                    "recommendations": [_row_of(one, "") for one in told]}, lines)  # fmt: skip


@root.command("explain")
@click.argument("deal")
@click.option("--as-of", "as_of", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]))
@click.pass_obj
def explain(state: tuple[Settings, bool], deal: str, as_of: datetime | None) -> None:
    """One deal's story, with event ids, its probability and its rules."""
    with settings.open_advisor(state[0]) as advisor:
        found = advisor.explain(deal, _moment(as_of, advisor.end_of_history()))
    lines = [f"{deal}: {found.status}, owner {found.owner}, as of {found.as_of:%Y-%m-%d %H:%M} UTC"]
    for event in found.story:
        lines.append(f"  {event.occurred_at:%Y-%m-%d %H:%M}  {event.text}  [{event.event_id}]")
    if found.open_deal:
        win = found.open_deal.win
        lines.append(
            f"won within {win.horizon_days} days: {win.p_bp / 100:.1f} %"
            f" ({win.low_bp / 100:.1f} to {win.high_bp / 100:.1f}; {win.kind}, {win.n_deals} deals)"
        )
    lines += [f"fires {line.rule.id}: {line.because}" for line in found.rules if line.fires]
    answer = {
        "deal": deal,
        "status": found.status,
        "story": [[event.event_id, event.occurred_at.isoformat(), event.text]
                  for event in found.story],
        "fires": [line.rule.id for line in found.rules if line.fires],
    }  # fmt: skip
    _answer(state, answer, lines)


@root.command("export")
@click.argument("target", type=click.Choice(["csv", "jsonl"]))
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--as-of", "as_of", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]))
@click.pass_obj
def export(state: tuple[Settings, bool], target: str, out: Path, as_of: datetime | None) -> None:
    """Write the recommendations that are open to a file."""
    from salesadvisor.targets.rows import write_csv, write_jsonl

    with settings.open_advisor(state[0]) as advisor:
        advice: Advice = advisor.advise(_moment(as_of, advisor.end_of_history()))
        issued = advisor.issue(advice)
        rows = [_row_of(one, advisor.playbook.strategy.content_hash) for one in advice.shown]
        (write_csv if target == "csv" else write_jsonl)(out, EXPORTED, rows)
        if issued is not None:
            advisor.ledger.mark_exported(advice.shown, target, advice.as_of)
    _answer(state, {"file": str(out), "rows": len(rows)}, [f"{len(rows)} recommendations in {out}"])


@root.command("verify")
@click.pass_context
def verify(context: click.Context) -> None:
    """Does the store still hold, unchanged, all that was stored?"""
    with settings.open_advisor(context.obj[0]) as advisor:
        problems = advisor.store.verify()
        count = advisor.store.head().events
    _answer(context.obj, {"events": count, "problems": problems},
            problems or [f"{count} events, all as stored"])  # fmt: skip
    context.exit(1 if problems else 0)


@root.command("doctor")
@click.pass_obj
def doctor(state: tuple[Settings, bool]) -> None:
    """What is wrong with this history, and what it costs the analysis."""
    from salesadvisor.study.doctor import examine

    folder = state[0].store_path.absolute().parent
    with settings.open_advisor(state[0]) as advisor:
        found = examine(
            advisor.log(),
            advisor.playbook.strategy,
            read_raw=advisor.store.read_raw,
            rejects=sorted(folder.glob("*.rejects.jsonl")),
        )
    lines = [f"{found.events} events, {found.deals} deals: {found.won} won, {found.lost} lost"]
    lines += [f"{verdict.title}: {verdict.text}" for verdict in found.verdicts]
    for one in found.findings:
        lines += ["", f"{one.title}: {one.count} of {one.of} {one.unit} ({one.share:.1%})"]
        lines += [f"  {part}" for part in (one.detail, one.costs) if part]
        lines += [
            f"  e.g. {example.deal} {example.text} [{example.source_id or example.position}]"
            for example in one.examples
        ]
    answer = {
        "events": found.events,
        "deals": found.deals,
        "verdicts": {verdict.area: verdict.text for verdict in found.verdicts},
        "findings": [
            {"code": one.code, "count": one.count, "of": one.of, "costs": one.costs,
             "examples": [[e.deal, e.source_id, e.text] for e in one.examples]}
            for one in found.findings
        ],
    }  # fmt: skip
    _answer(state, answer, lines)


@root.command("report")
@click.option("--out", type=click.Path(path_type=Path), default=Path("report.html"))
@click.pass_obj
def report(state: tuple[Settings, bool], out: Path) -> None:
    """One page, without network: strategy against execution, advice, calibration, a deal."""
    from salesadvisor.study.summary import build_summary, deal_to_tell
    from salesadvisor.web.report import write_report

    with settings.open_advisor(state[0]) as advisor:
        end = advisor.end_of_history()
        done, advice = advisor.replay(None, None, "week"), advisor.advise(end)
        deal = deal_to_tell(done, advice)
        summary = build_summary(
            done,
            advice,
            None if deal is None else advisor.explain(deal, end),
            events=advisor.store.head().events,
            rules=advisor.playbook.rules,
            issued=advisor.ledger.before(end),
            workers=advisor.workers,
        )
    size = write_report(out, summary)
    _answer(
        state,
        {"file": str(out), "bytes": size},
        [f"{out}: {size / 1e6:.1f} MB, open it in a browser"],
    )


@root.command("demo")
@click.option("--out", type=click.Path(path_type=Path), default=Path("demo"), show_default=True)
@click.pass_context
def demo(context: click.Context, out: Path) -> None:
    """Sample history -> import -> replay -> advice -> report.html, in a folder of its own."""
    as_json = context.obj[1]
    context.invoke(sample, out=out)
    context.obj = (Settings(store=str(out / "demo.sqlite")), as_json)
    context.invoke(
        import_files, files=(out / "history.csv",), format_="auto", mapping=None, dry_run=False
    )
    context.invoke(replay, first=None, last=None, every="week")
    context.invoke(advise, as_of=None, owner=None, limit=2)
    context.invoke(report, out=out / "report.html")


def _moment(asked: datetime | None, end: datetime) -> datetime:
    """The moment to look from: as asked, else now, or the end of a history that ended long ago."""
    if asked is not None:
        return asked.replace(tzinfo=UTC)
    now = settings.now()
    return end if now - end > STALE else now.replace(microsecond=0)


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()


def _lines_of(one: Recommendation, currency: str) -> list[str]:
    win = one.deal.win
    return [
        f"  {one.deal.deal}: {one.action}",
        f"    because {one.because} [{one.rule.id}, {one.rule.evidence}]",
        f"    by {one.due}; worth {one.parts.priority_minor // 100:,} {currency};"
        f" win probability {win.p_bp / 100:.0f} %"
        f" ({win.low_bp / 100:.0f} to {win.high_bp / 100:.0f})",
    ]


def _row_of(one: Recommendation, strategy: str) -> dict[str, str | int | None]:
    return {
        "recommendation_id": one.id,
        "deal": one.deal.deal,
        "owner": one.deal.owner,
        "rule": one.rule.id,
        "action": one.action,
        "because": one.because,
        "due": one.due.isoformat(),
        "priority_minor": one.parts.priority_minor,
        "win_probability_bp": one.deal.win.p_bp,
        "strategy": strategy,
        "events": " ".join(one.event_ids),
    }


def _answer(state: tuple[Settings, bool], answer: dict[str, Any], lines: list[str]) -> None:
    click.echo(json.dumps(answer, ensure_ascii=False) if state[1] else "\n".join(lines))
