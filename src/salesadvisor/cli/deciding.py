"""Which version of the strategy decides an answer: the one in force then, or one that was named?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from salesadvisor.cli.moments import Moment

if TYPE_CHECKING:
    from salesadvisor.advisor import Advisor
    from salesadvisor.study.versions import Version

CURRENT = "current"

strategy_option = click.option(
    "--strategy",
    "named",
    metavar="HASH|DIR|current",
    help="Decide under this published version, playbook's strategy or strategy file; 'current' is"
    " the playbook's own.  [default: looking back, the version in force then; else the playbook's]",
)


def deciding(advisor: Advisor, moment: Moment, named: str | None) -> Advisor:
    """The advisor under the strategy that decides at `moment`; tells which one, unless it is the
    playbook's as usual.

    Raises BadInput for a name that is none, PlaybookError for a rule that can't be read under it.
    """
    if named is not None:
        return under_named(advisor, named)
    if moment.reason != "asked":
        return advisor
    from salesadvisor.study.versions import in_force

    version = in_force(advisor.versions(), moment.as_of)
    if version is not None:
        advisor.tell(told(version))
    return advisor.under(version)


def under_named(advisor: Advisor, named: str) -> Advisor:
    """The advisor under the strategy that was named on the command line."""
    if named == CURRENT:
        return advisor
    from salesadvisor.study.versions import every_version, strategy_named

    chosen = strategy_named(named, lambda: every_version(advisor.store))
    tried = advisor.trying(chosen)
    told = "" if tried.records else "; it is only tried, nothing is recorded"
    advisor.tell(f"strategy {chosen.content_hash} decides, as named{told}")
    return tried


def told(version: Version) -> str:
    """strategy in force: 3f2a90c41b7e since 2026-03-02 (spring)."""
    label = f" ({version.label})" if version.label else ""
    return f"strategy in force: {version.content_hash} since {version.since:%Y-%m-%d}{label}"
