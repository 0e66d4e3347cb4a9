"""The command line: a face of advisor.py, with no logic of its own.

Only this room turns errors into exit statuses: 1 the answer is no, 2 bad input, 3 a fault, each
with one line on stderr; 130 when it was interrupted.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from types import TracebackType
from typing import NoReturn

import click

from salesadvisor.cli.program import root
from salesadvisor.errors import BadInput, Fault, SalesAdvisorError

BAD_INPUT, FAULT, INTERRUPTED = 2, 3, 130


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line (by default the process's) and leave with its exit status."""
    with _BugsAreFaults():
        sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status, and has told every expected error."""
    try:
        status = root.main(arguments, prog_name="salesadvisor", standalone_mode=False)
        return status if isinstance(status, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0
    except click.ClickException as error:
        return _told(_line_of(error), BAD_INPUT)
    except (click.Abort, KeyboardInterrupt):
        return _told("interrupted; what was stored stays, run it again to go on", INTERRUPTED)
    except BadInput as error:
        return _told(str(error), BAD_INPUT)
    except SalesAdvisorError as error:
        return _told(str(error), FAULT)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        place = error.filename or "the system"
        return _told(f"{place}: {why}; check the place and its rights", FAULT)


def _line_of(error: click.ClickException) -> str:
    """A usage error as place, problem and cure."""
    problem = " ".join(error.format_message().split()).rstrip(".")
    context = getattr(error, "ctx", None)
    place = context.command_path if context else "salesadvisor"
    return f"{place}: {problem[:1].lower()}{problem[1:]}; see {place} --help"


def _told(line: str, status: int) -> int:
    click.echo(f"error: {_visible(line)}", err=True)
    return status


def _visible(line: str) -> str:
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in line)


class _BugsAreFaults:
    """A bug leaves its traceback and the status of a fault: 1 would say that the answer is no."""

    def __enter__(self) -> None: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, Exception):
            traceback.print_exception(error)
            fault = Fault("salesadvisor", f"{type(error).__name__}: {error}")
            sys.exit(_told(str(fault), FAULT))
