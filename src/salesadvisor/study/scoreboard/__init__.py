"""Where does execution stand against the strategy, element by element?

`scoreboard` holds each of the 17 declared elements against what was recorded, now and 13 weeks
before. Where the history can't answer, the answer is "cannot tell", with the reason.
"""

from salesadvisor.study.scoreboard.board import ElementLine, RuleAtWork, Standpoint, scoreboard
from salesadvisor.study.scoreboard.measure import (
    LEAST_N,
    SHARE_TOLERANCE,
    TOLERATED,
    Measure,
    Status,
)
from salesadvisor.study.scoreboard.standing import WEEKS_BACK

__all__ = [
    "LEAST_N",
    "SHARE_TOLERANCE",
    "TOLERATED",
    "WEEKS_BACK",
    "ElementLine",
    "Measure",
    "RuleAtWork",
    "Standpoint",
    "Status",
    "scoreboard",
]
