"""What do all deals of a simulation share? Chance, the calendar and what is forced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from salesadvisor.sources.sample.chance import Draw
from salesadvisor.sources.sample.clock import BusinessClock


@dataclass(frozen=True, slots=True)
class Setting:
    """`forced` makes an action always (True) or never (False) happen, for true effects."""

    draw: Draw
    clock: BusinessClock
    forced: Mapping[str, bool]

    def does(self, action: str, chance: float) -> bool:
        """Whether a rep takes the action; a number is drawn in any case."""
        happens = self.draw() < chance
        return self.forced.get(action, happens)
