"""Which names do the declared orders of events use?"""

from __future__ import annotations

from salesadvisor.domain.strategy import Strategy


def named_events(strategy: Strategy, kind: str) -> set[str]:
    """The names that constraints use as `kind:name`."""
    events = [
        event for one in strategy.process.constraints for event in (one.first, one.then) if event
    ]
    return {event.partition(":")[2] for event in events if event.partition(":")[0] == kind}
