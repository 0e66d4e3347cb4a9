"""Under which headings do the signals of a deal read?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

# The first signal of each heading; the others follow in the order of the catalogue.
_BEGINS: Mapping[str, str] = MappingProxyType(
    {
        "stage": "Stage and age",
        "amount_minor": "Amount",
        "close_date_known": "Close date",
        "calls_7d": "Activity",
        "days_since_contact_out": "Silence",
        "contacts_reached": "People",
        "next_step_set": "Next step",
        "quote_sent": "Offer and price",
        "competitor_known": "Competition",
        "criteria_met": "Process",
        "logging_delay_days_median": "Records",
        "tier": "Market and chance",
    }
)
ATTRIBUTES = "Attributes"
# Signals that the strategy's own names make, by the beginning of theirs.
_DECLARED: Mapping[str, str] = MappingProxyType(
    {
        "attribute": ATTRIBUTES,
        "criterion": "Process",
        "claim": "Offer and price",
        "topic": "Activity",
        "role": "People",
        "competitor": "Competition",
        "over": "Stage and age",
        "constraint": "Process",
    }
)


def grouped(names: Iterable[str]) -> dict[str, list[str]]:
    """Signals, given in catalogue order, by heading."""
    groups: dict[str, list[str]] = {}
    heading = ATTRIBUTES
    for name in names:
        begins = _BEGINS.get(name, heading)
        heading = _DECLARED.get(name.partition(".")[0], begins) if "." in name else begins
        groups.setdefault(heading, []).append(name)
    return groups
