"""Runs the command line inside this process, so that kernels are compiled once."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any

from salesadvisor import cli


@dataclass(frozen=True)
class Ran:
    """What a command answered; `notes` is what it said beside that (which engine decides)."""

    status: int
    out: str
    err: str
    notes: tuple[str, ...] = ()

    def succeeded(self) -> Ran:
        assert self.status == 0, self.err
        return self

    @property
    def document(self) -> Any:
        self.succeeded()
        return json.loads(self.out)


def run(*arguments: str) -> Ran:
    """`salesadvisor` with these arguments."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = cli.run(arguments)
    said = err.getvalue().splitlines(keepends=True)
    notes = tuple(line for line in said if line.startswith("note: "))
    return Ran(status, out.getvalue(), "".join(line for line in said if line not in notes), notes)
