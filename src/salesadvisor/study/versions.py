"""Which strategy was in force when? Published versions, as events of the store.

A version is in force from its publication until the next one's. Going back to an earlier strategy
is a publication of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from salesadvisor.domain.events import DEFAULT_CRM, StrategyPublished, one_line
from salesadvisor.domain.naming import did_you_mean
from salesadvisor.domain.strategy import Strategy
from salesadvisor.errors import BadInput
from salesadvisor.playbook.playbook import find_playbook, load_strategy, shipped_playbooks
from salesadvisor.playbook.rule_files import STRATEGY_FILE
from salesadvisor.store import Store

SHORTEST_HASH = 4


@dataclass(frozen=True)
class Version:
    """A published strategy: the hash that advice cites, since when it is in force, its label."""

    name: str
    content_hash: str
    since: datetime
    label: str | None
    content: Mapping[str, Any]

    @cached_property
    def strategy(self) -> Strategy:
        """What was published. Raises BadInput if today's salesadvisor can't read it any more."""
        try:
            return Strategy.model_validate(self.content)
        except ValidationError as error:
            place = f"strategy {self.name} {self.content_hash}"
            cure = "name another with --strategy"
            raise BadInput(place, f"can't be read: {one_line(error)}", cure) from None


def published(store: Store, name: str) -> tuple[Version, ...]:
    """The versions of the strategy of that name, the oldest first."""
    events = [
        stored.event
        for stored in store.stream("strategy", DEFAULT_CRM, name)
        if isinstance(stored.event, StrategyPublished)
    ]
    return tuple(
        Version(name, event.strategy_hash, event.known_at, event.label, event.content)
        for event in sorted(events, key=lambda event: event.known_at)
        if event.content
    )


def every_version(store: Store) -> tuple[Version, ...]:
    """The versions of all strategies of the store."""
    names = dict.fromkeys(subject.subject_id for subject in store.subjects("strategy"))
    return tuple(version for name in names for version in published(store, name))


def in_force(versions: Sequence[Version], moment: datetime) -> Version | None:
    """The newest of the versions published by `moment`; None before the first."""
    return next((one for one in reversed(versions) if one.since <= moment), None)


def named(versions: Sequence[Version], text: str) -> Version | None:
    """The newest version whose hash begins with `text`; None where there is none.

    Raises BadInput if the beginning fits several.
    """
    if len(text) < SHORTEST_HASH:
        return None
    fitting = [one for one in versions if one.content_hash.startswith(text)]
    if len({one.content_hash for one in fitting}) > 1:
        found = ", ".join(dict.fromkeys(one.content_hash for one in fitting))
        raise BadInput(text, f"is the beginning of several versions: {found}", "write more of it")
    return fitting[-1] if fitting else None


def publish(store: Store, strategy: Strategy, at: datetime, label: str | None = None) -> bool:
    """Record that `strategy` is in force from `at` on; returns whether it wasn't already."""
    versions = published(store, strategy.name)
    current = in_force(versions, at)
    if current is not None and current.content_hash == strategy.content_hash:
        return False
    times = sum(one.content_hash == strategy.content_hash for one in versions)
    again = f"-{times + 1}" if times else ""
    event = StrategyPublished(
        subject_id=strategy.name,
        occurred_at=at,
        recorded_at=at,
        source_id=f"strategy-{strategy.content_hash}{again}",
        strategy_hash=strategy.content_hash,
        label=label,
        content=strategy.model_dump(mode="json", by_alias=True, exclude_defaults=True),
    )
    store.append([event], learned_at=at)
    return True


def strategy_named(text: str, versions: Callable[[], Sequence[Version]]) -> Strategy:
    """The strategy that `text` names: a playbook's directory or name, a file, or a version's hash.

    `versions` are asked for only where it is no playbook. Raises BadInput if it is none of these.
    """
    path = Path(text)
    if path.is_file():
        return load_strategy(path)
    if path.is_dir() or text in shipped_playbooks():
        return load_strategy(find_playbook(text) / STRATEGY_FILE)
    found = named(versions(), text)
    if found is None:
        problem = "is no playbook, no strategy file and no published version"
        raise BadInput(text, problem, did_you_mean(text, shipped_playbooks()))
    return found.strategy


@dataclass(frozen=True)
class Run:
    """Moments (epoch seconds) decided by one strategy: a version, or None for the playbook's."""

    version: Version | None
    moments: tuple[int, ...]


def runs(versions: Sequence[Version], moments: Sequence[int], playbook_hash: str) -> list[Run]:
    """The ascending `moments` in runs under one strategy each.

    Before the first version the playbook's decides; a version of the same content goes on with it.
    """

    def hash_then(moment: int) -> str:
        version = in_force(versions, datetime.fromtimestamp(moment, UTC))
        return playbook_hash if version is None else version.content_hash

    found = []
    for _, part in groupby(moments, hash_then):
        run = tuple(part)
        found.append(Run(in_force(versions, datetime.fromtimestamp(run[-1], UTC)), run))
    return found
