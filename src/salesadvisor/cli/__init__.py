"""The command line: a face of advisor.py, with no logic of its own.

Only this room turns errors into exit codes: 2 for bad input, 3 for a fault, each with one line.
"""

from __future__ import annotations

import sys

import click

from salesadvisor.cli.commands import root
from salesadvisor.errors import BadInput, SalesAdvisorError


def main() -> None:
    """Run the command line and leave the process with its exit status."""
    try:
        root.main(standalone_mode=False)
    except click.ClickException as error:
        _stop(error.format_message().replace("\n", " "), 2)
    except click.Abort:
        _stop("stopped", 130)
    except BadInput as error:
        _stop(str(error), 2)
    except SalesAdvisorError as error:
        _stop(str(error), 3)


def _stop(line: str, status: int) -> None:
    click.echo(f"error: {line}", err=True)
    sys.exit(status)
