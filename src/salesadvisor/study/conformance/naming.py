"""Which events show a deviation? Their source ids, read from the store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import chain
from typing import Protocol

import orjson

from salesadvisor.log.columns import Log
from salesadvisor.study.conformance.summary import Conformance

PAGE = 5_000


class RawEvent(Protocol):
    """A stored event before decoding."""

    @property
    def position(self) -> int: ...

    @property
    def state(self) -> bytes: ...


ReadRaw = Callable[[int, int], Sequence[RawEvent]]
"""Events past a position, at most so many, in the order of their positions."""


def with_event_ids(found: Conformance, log: Log, read_raw: ReadRaw) -> Conformance:
    """`found`, its deviations with the ids of their events; of a corrected event with both."""
    position, ref = log.columns["position"], log.columns["ref"]

    def places(rows: Iterable[int]) -> tuple[int, ...]:
        both = chain.from_iterable((int(ref[row]), int(position[row])) for row in rows)
        return tuple(dict.fromkeys(place for place in both if place > 0))

    cited = [places(one.log_rows) for one in found.deviations]
    names = _source_ids({place for one in cited for place in one}, read_raw)
    named = tuple(
        replace(one, event_ids=tuple(names[place] for place in own))
        for one, own in zip(found.deviations, cited, strict=True)
    )
    return replace(found, deviations=named)


def _source_ids(positions: set[int], read_raw: ReadRaw) -> dict[int, str]:
    found: dict[int, str] = {}
    after = 0
    for wanted in sorted(positions):
        if wanted <= after:
            continue
        page = read_raw(wanted - 1, PAGE)
        for raw in page:
            if raw.position in positions:
                found[raw.position] = orjson.loads(raw.state)["source_id"]
        after = page[-1].position
    return found
