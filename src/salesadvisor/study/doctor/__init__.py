"""What is wrong with this history, and what does each fault cost the analysis?

`examine` looks at the whole log at once, a column at a time; nothing is folded. It reports each
fault with its share, three examples and its cost, and a verdict on each area of the analysis.
"""

from salesadvisor.study.doctor.examination import (
    AreaVerdict,
    Examination,
    ReadRaw,
    examine,
)
from salesadvisor.study.doctor.finding import Example, Finding, Level

__all__ = ["AreaVerdict", "Examination", "Example", "Finding", "Level", "ReadRaw", "examine"]
