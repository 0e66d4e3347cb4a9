"""Which colours does the page use? Chosen to be told apart whatever the reader's colour vision."""

from __future__ import annotations

from collections.abc import Sequence

# Okabe & Ito 2008, darkened where white text or a thin line has to be read.
BLUE = "#0a5c8f"
ORANGE = "#b8560b"
GREY = "#68727d"
INK = "#1c2733"
FAINT = "#e3e8ed"
BAND = "rgba(10, 92, 143, 0.16)"

# A ramp whose lightness falls evenly, early to late (YlGnBu of ColorBrewer, Brewer & Harrower).
_RAMP = (
    (0xE4, 0xF2, 0xA6), (0xC7, 0xE9, 0xB4), (0x7F, 0xCD, 0xBB), (0x41, 0xB6, 0xC4),
    (0x1D, 0x91, 0xC0), (0x22, 0x5E, 0xA8), (0x25, 0x34, 0x94), (0x08, 0x1D, 0x58),
)  # fmt: skip
NO_STAGE_COLOUR = "#c9ced4"


def stage_colours(count: int) -> tuple[str, ...]:
    """One colour a stage, from the first to the last."""
    last = len(_RAMP) - 1
    places = [last * index / max(count - 1, 1) for index in range(count)]
    return tuple(_hex(_between(place)) for place in places)


def _between(place: float) -> tuple[int, ...]:
    low = min(int(place), len(_RAMP) - 2)
    part = place - low
    return tuple(round(a + part * (b - a)) for a, b in zip(_RAMP[low], _RAMP[low + 1], strict=True))


def _hex(rgb: Sequence[int]) -> str:
    return "#" + "".join(f"{value:02x}" for value in rgb)
