"""Commands about the history: make a sample, import files, examine and verify what is there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from salesadvisor import settings
from salesadvisor.cli.face import Face
from salesadvisor.cli.options import Command
from salesadvisor.errors import ReportError, SourceError

if TYPE_CHECKING:
    from salesadvisor.advisor import Advisor
    from salesadvisor.cli.layout import Page
    from salesadvisor.sources.importing import Imported

_COUNTS = (
    "rows", "read", "collapsed", "rejected", "events", "added", "known", "corrected", "superseded",
    "conflicts",
)  # fmt: skip
_IN_MEMORY = "sqlite:///:memory:"


@click.command("sample", cls=Command)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("sample"),
    show_default=True,
    help="The folder to write to.",
)
@click.option("--deals", type=click.IntRange(1, 1_000_000), help="How many deals.  [default: 600]")
@click.option("--events", type=click.IntRange(1, 50_000_000), help="About how many events instead.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=7, show_default=True)
@click.option("--jsonl", is_flag=True, help="Write JSONL instead of CSV.")
@click.pass_obj
def sample(
    face: Face, out: Path, deals: int | None, events: int | None, seed: int, jsonl: bool
) -> None:
    """Generate a history for clinical research, the truth beside it.

    The same options give the same bytes.
    """
    from salesadvisor.cli.layout import Page
    from salesadvisor.sources.sample import SampleSpec, write_sample

    if deals is not None and events is not None:
        raise click.UsageError("--deals and --events exclude each other")
    spec = (
        SampleSpec.for_events(events, seed=seed)
        if events is not None
        else SampleSpec(seed=seed, deals=deals or SampleSpec.deals)
    )
    with face.progress("writing the sample"), writing_to(out):
        files = write_sample(spec, out, file_format="jsonl" if jsonl else "csv")
    page = Page()
    page.line(
        f"{files.rows:,} rows in {files.events}, of which {files.unreadable_rows} can't be read on"
        " purpose"
    )
    page.line(f"what truly decided its outcomes is in {files.truth}")
    face.hint(page, f"salesadvisor import {files.events}")
    document = {
        "events": str(files.events),
        "truth": str(files.truth),
        "rows": files.rows,
        "unreadable_rows": files.unreadable_rows,
    }
    face.answer(document, page)


@click.command("import", cls=Command)
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE..."
)
@click.option(
    "--format",
    "file_format",
    default="auto",
    show_default=True,
    metavar="FORMAT",
    help="auto, events, csv or xes.",
)
@click.option(
    "--mapping",
    type=click.Path(path_type=Path),
    metavar="M.yaml",
    help="What the columns of a foreign file mean.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be added.")
@click.option("--strict", is_flag=True, help="Store nothing if a single row can't be read.")
@click.pass_obj
def import_files(
    face: Face,
    files: tuple[Path, ...],
    file_format: str,
    mapping: Path | None,
    dry_run: bool,
    strict: bool,
) -> None:
    """Read files of history into the store.

    What is known is not stored again, what changed becomes a correction. Rows that can't be read
    are kept in FILE.rejects.jsonl beside the store.
    """
    from salesadvisor.cli.layout import Page
    from salesadvisor.sources import open_source

    settings.keep_kernels()
    for path in files:
        _refuse_unreadable(open_source(path, file_format, mapping))
    if strict or dry_run:
        done = _import_all(face, files, file_format, mapping, dry_run=True)
        if strict:
            _refuse_rejects(done)
    if not dry_run:
        done = _import_all(face, files, file_format, mapping, dry_run=False)
    page = Page()
    for one in done:
        _tell(page, one)
    if not dry_run:
        face.hint(page, "salesadvisor doctor, then salesadvisor advise")
    document = {"store": face.store, "dry_run": dry_run, "files": [_document(one) for one in done]}
    face.answer(document, page)


@click.command("doctor", cls=Command)
@click.pass_obj
def doctor(face: Face) -> None:
    """What is wrong with this history, and what does it cost?"""
    from salesadvisor.cli.doctor_text import examination_document, examination_page
    from salesadvisor.study.doctor import examine

    with face.advisor() as advisor, face.progress("examining"):
        folder = face.settings.store_path.absolute().parent
        found = examine(
            advisor.log(),
            advisor.playbook.strategy,
            read_raw=advisor.store.read_raw,
            rejects=sorted(folder.glob("*.rejects.jsonl")),
        )
    face.answer(examination_document(found), examination_page(found))


@click.command("verify", cls=Command)
@click.pass_context
def verify(context: click.Context) -> None:
    """Is all that was stored still there? Exit status 1 if not."""
    from salesadvisor.cli.layout import Page

    face: Face = context.obj
    with face.advisor(with_log=False) as advisor:
        head = advisor.store.head()
        with face.progress("reading every event") as step:
            problems = advisor.store.verify(lambda events: step(events, head.events))
    page = Page()
    for problem in problems:
        page.line(problem)
    if not problems:
        page.line(f"{head.events:,} events, all as they were stored")
    document = {"store": face.store, "events": head.events, "chain": head.chain}
    face.answer({**document, "problems": problems}, page)
    context.exit(1 if problems else 0)


@contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Raises ReportError if the folder can't be written to."""
    try:
        yield
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise ReportError(str(folder), f"can't be written: {why}", "name another place") from None


def _import_all(
    face: Face, files: tuple[Path, ...], file_format: str, mapping: Path | None, *, dry_run: bool
) -> list[Imported]:
    chosen = face
    if dry_run and not face.settings.store_path.exists():
        # What would be added to a store that isn't there is found without making one.
        chosen = Face(_IN_MEMORY, face.playbook, face.workers, face.as_json, face.quiet)
    with chosen.advisor(create=not dry_run or chosen is not face, with_log=False) as advisor:
        done = []
        for path in files:
            with face.progress(f"reading {path.name}") as step:
                done.append(
                    advisor.import_file(
                        path,
                        format=file_format,
                        mapping=mapping,
                        rejects_in=face.settings.store_path.absolute().parent,
                        learned_at=settings.now(),
                        dry_run=dry_run,
                        progress=step,
                    )
                )
        if not dry_run:
            _catch_up(face, advisor)
    return done


def _catch_up(face: Face, advisor: Advisor) -> None:
    total = advisor.store.head().position
    with face.progress("building the log") as step:
        advisor.log(lambda position: step(position, total))


def _refuse_unreadable(source: Any) -> None:
    """Before a store is made: of a file without one readable row nothing will be stored."""
    from salesadvisor.sources.rows import Reject

    first: Reject | None = None
    for row in source:
        if not isinstance(row, Reject):
            return
        first = first or row
    if first is not None:
        raise SourceError(
            f"{source.path}:{first.line}", first.reason, "not one row of the file can be read"
        )


def _refuse_rejects(done: list[Imported]) -> None:
    for one in done:
        if one.rejected or one.conflicts:
            first = one.first_rejects[0]
            raise SourceError(
                f"{one.path}:{first.line}",
                first.reason,
                f"nothing was stored: {one.rejected + one.conflicts} of {one.rows} rows can't be;"
                " mend them, or leave --strict out",
            )


def _tell(page: Page, done: Imported) -> None:
    page.line(
        f"{done.path}: {done.rows:,} rows = {done.read:,} read + {done.collapsed:,} collapsed"
        f" + {done.rejected:,} rejected"
    )
    would = "would add" if done.is_dry_run else "added"
    parts = [f"{would} {done.added:,}", f"already known {done.known:,}"]
    for name, count in (
        ("corrected", done.corrected),
        ("said again later in the file", done.superseded),
        ("in conflict", done.conflicts),
    ):
        if count:
            parts.append(f"{name} {count:,}")
    page.line(f"{done.events:,} events: {', '.join(parts)}", indent=2)
    for one in done.first_rejects:
        page.item(f"line {one.line}:", one.reason, "dim", indent=2)
    if done.rejects_file:
        page.line(f"rejected rows are kept in {done.rejects_file.name}", indent=2)


def _document(done: Imported) -> dict[str, Any]:
    return {
        "file": str(done.path),
        "format": done.format,
        **{name: getattr(done, name) for name in _COUNTS},
        "rejects_file": None if done.rejects_file is None else str(done.rejects_file),
        "first_rejects": [{"line": one.line, "reason": one.reason} for one in done.first_rejects],
    }
