"""Which events show a deviation? Their source ids, read from the store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain

from salesadvisor.log.columns import Log
from salesadvisor.study.conformance.summary import Conformance
from salesadvisor.study.event_names import ReadRaw, source_ids


def with_event_ids(found: Conformance, log: Log, read_raw: ReadRaw) -> Conformance:
    """`found`, its deviations with the ids of their events; of a corrected event with both."""
    position, ref = log.columns["position"], log.columns["ref"]

    def places(rows: Iterable[int]) -> tuple[int, ...]:
        both = chain.from_iterable((int(ref[row]), int(position[row])) for row in rows)
        return tuple(dict.fromkeys(place for place in both if place > 0))

    cited = [places(one.log_rows) for one in found.deviations]
    names = source_ids({place for one in cited for place in one}, read_raw)
    named = tuple(
        replace(one, event_ids=tuple(names[place] for place in own))
        for one, own in zip(found.deviations, cited, strict=True)
    )
    return replace(found, deviations=named)
