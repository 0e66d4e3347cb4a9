"""Under which id does the CRM know the event at a position of the store?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import orjson

from salesadvisor.store import RawStored

ReadRaw = Callable[[int, int], Sequence[RawStored]]
"""Events past a position, at most so many."""
PAGE = 5_000


def source_ids(positions: Collection[int], read_raw: ReadRaw) -> dict[int, str]:
    """The source id by position."""
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
