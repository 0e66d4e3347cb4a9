"""Which known name was probably meant?"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_LISTED = 12


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The cure for a name that nobody knows: the nearest known one, or what there is."""
    names = sorted(set(known))
    by_folded = {name.casefold(): name for name in names}
    begun = [name for name in by_folded if name.startswith(f"{word.casefold()}_")]
    near = begun or difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    if near:
        return f"did you mean '{by_folded[near[0]]}'?"
    if not names:
        return "none is declared"
    listed = ", ".join(names[:_LISTED])
    return f"use one of {listed}" + (" ..." if len(names) > _LISTED else "")
