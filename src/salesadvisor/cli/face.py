"""How is a command asked and answered? On which store and playbook, in words or in JSON."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Any

import click

from salesadvisor import settings
from salesadvisor.errors import ReportError
from salesadvisor.settings import DEFAULT_PLAYBOOK, DEFAULT_STORE, Settings

if TYPE_CHECKING:
    from salesadvisor.advisor import Advisor
    from salesadvisor.cli.layout import Page
    from salesadvisor.cli.progress import Step

PIPE_CLOSED = 141
"""The exit status of a program whose reader went away, as shells report it."""


@dataclass
class Face:
    """The options that every command shares, and how it speaks."""

    store: str = DEFAULT_STORE
    playbook: str | None = None
    workers: int | None = None
    as_json: bool = False
    quiet: bool = False

    @property
    def settings(self) -> Settings:
        return Settings(self.store, self.playbook or DEFAULT_PLAYBOOK, self.workers)

    @contextmanager
    def advisor(self, *, create: bool = False, with_log: bool = True) -> Iterator[Advisor]:
        """The advisor over the chosen store and playbook, its log caught up with the store."""
        with settings.open_advisor(self.settings, create=create) as opened:
            advisor = replace(opened, tell=self._once())
            if with_log:
                self._catch_up(advisor)
            yield advisor

    def answer(self, document: Mapping[str, Any], page: Page) -> None:
        """Print one JSON document, or the page."""
        if self.as_json:
            say(json.dumps(document, ensure_ascii=False, allow_nan=False))
        else:
            self.show(page)

    def show(self, page: Page) -> None:
        """Print the page, whatever the answer."""
        columns = shutil.get_terminal_size((80, 24)).columns
        say(page.text(columns, is_terminal=sys.stdout.isatty()))

    def hint(self, page: Page, text: str) -> None:
        """Add what a person may want to do next, unless that wasn't wanted."""
        if not self.quiet:
            page.line().line(f"Next: {text}", "dim")

    def note(self, text: str) -> None:
        """Something that a person should hear beside the answer."""
        if not self.quiet:
            click.echo(f"note: {text}", err=True)

    @contextmanager
    def progress(self, what: str) -> Iterator[Step]:
        """A progress bar while the block runs, if anybody is watching and it takes long."""
        from salesadvisor.cli.progress import shown_progress

        with shown_progress(what, is_shown=not self.quiet) as step:
            yield step

    def _catch_up(self, advisor: Advisor) -> None:
        total = advisor.store.head().position
        with self.progress("reading the store") as step:
            advisor.log(lambda position: step(position, total))

    def _once(self) -> Callable[[str], None]:
        told: set[str] = set()

        def tell(text: str) -> None:
            if text not in told:
                told.add(text)
                self.note(text)

        return tell


def say(text: str) -> None:
    """Print to stdout; a reader that went away ends the program without a word."""
    try:
        click.echo(text)
    except BrokenPipeError:
        _mute(sys.stdout)
        raise click.exceptions.Exit(PIPE_CLOSED) from None
    except OSError as error:
        _mute(sys.stdout)
        why = (error.strerror or str(error)).lower()
        raise ReportError("standard output", f"can't be written: {why}", "make room") from None


def _mute(stream: IO[str]) -> None:
    """What is still in the stream's buffer goes nowhere, instead of failing again at the end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
