"""What does a person see while something takes long? On a terminal, a bar after two seconds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

PATIENCE_SECONDS = 2.0
Step = Callable[[float, float], None]
"""Told how much is done, and how much there is."""


@contextmanager
def shown_progress(what: str, *, is_shown: bool) -> Iterator[Step]:
    """A bar on stderr for as long as the block runs, once it has run for two seconds.

    Without a step it turns, with steps it fills; it is gone when the block ends. `is_shown` false,
    or stderr that is no terminal: nothing is shown.
    """
    console = Console(stderr=True)
    if not is_shown or not console.is_terminal:
        yield lambda done, total: None
        return
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        auto_refresh=False,
        disable=True,
    ) as progress:
        task = progress.add_task(what, total=None)
        with _later(progress):
            yield lambda done, total: progress.update(task, completed=done, total=total)


@contextmanager
def _later(progress: Progress) -> Iterator[None]:
    """Start `progress` after the time of patience, and stop it at the end if it was started."""
    over = threading.Event()

    def show() -> None:
        if over.wait(PATIENCE_SECONDS):
            return
        progress.disable = False
        progress.start()
        while not over.wait(0.1):
            progress.refresh()
        progress.stop()

    watcher = threading.Thread(target=show, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
