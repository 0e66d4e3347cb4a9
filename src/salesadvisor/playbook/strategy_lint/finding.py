"""How is something wrong with a strategy told? Element, place, problem and cure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from salesadvisor.domain.elements import Element, KeyPath
from salesadvisor.playbook.yaml_file import Document

Severity = Literal["fault", "warning"]
Where = Element | Literal["calendar"]


@dataclass(frozen=True)
class Flaw:
    """Something that is missing or contradicts: a fault can't be meant, a warning may be.

    `code` is a stable name of what is wrong, `at` the path of keys in the strategy file.
    """

    code: str
    element: Where
    at: KeyPath
    problem: str
    cure: str
    severity: Severity = "warning"


@dataclass(frozen=True)
class Finding:
    """A flaw with its place, `file:line`."""

    code: str
    element: Where
    severity: Severity
    place: str
    problem: str
    cure: str


def placed(flaw: Flaw, document: Document) -> Finding:
    """The finding of `flaw` in the strategy file `document`."""
    return Finding(
        flaw.code, flaw.element, flaw.severity, document.place(flaw.at), flaw.problem, flaw.cure
    )
