"""Process conformance: what was declared against what was done, deal by deal.

Read in this order: walk.py (what counts of a deal), checks.py and stage_order.py (what was asked
of it), summary.py (the answer), naming.py (the events behind each deviation).
"""

from salesadvisor.study.conformance.checks import Measure
from salesadvisor.study.conformance.naming import with_event_ids
from salesadvisor.study.conformance.summary import (
    Conformance,
    DealConformance,
    Deviation,
    Line,
    Tally,
    conformance,
)

__all__ = [
    "Conformance",
    "DealConformance",
    "Deviation",
    "Line",
    "Measure",
    "Tally",
    "conformance",
    "with_event_ids",
]
