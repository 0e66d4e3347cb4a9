"""Is a bar shown only to somebody who waits for long?"""

from __future__ import annotations

import io
import time

import pytest

from salesadvisor.cli import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def terminal_for(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal as stderr. Not a fixture: pytest takes stderr back before the test begins."""
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(progress, "PATIENCE_SECONDS", 0.05)
    return terminal


def test_what_takes_long_shows_a_bar_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = terminal_for(monkeypatch)

    with progress.shown_progress("reading", is_shown=True) as step:
        step(1, 4)
        time.sleep(0.4)
    assert "reading" in stderr.getvalue()
    assert "25%" in stderr.getvalue()
    assert stderr.getvalue().endswith("\x1b[2K")


def test_what_is_quick_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = terminal_for(monkeypatch)

    with progress.shown_progress("reading", is_shown=True) as step:
        step(1, 4)
    assert stderr.getvalue() == ""


def test_nobody_is_shown_anything_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr("sys.stderr", pipe)
    monkeypatch.setattr(progress, "PATIENCE_SECONDS", 0.01)
    with progress.shown_progress("reading", is_shown=True) as step:
        time.sleep(0.1)
        step(1, 4)
    assert pipe.getvalue() == ""


def test_an_error_inside_ends_the_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    stderr = terminal_for(monkeypatch)

    def broken() -> None:
        with progress.shown_progress("reading", is_shown=True):
            time.sleep(0.2)
            raise KeyError

    with pytest.raises(KeyError):
        broken()
    assert stderr.getvalue().endswith("\x1b[2K")
