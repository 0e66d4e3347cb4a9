"""What would a clinical-research sales history look like, if the true effects were known?

`write_sample` writes a history as a native event file and the truth about it beside; `true_lift`
says what an action causes. The same spec gives the same bytes. A history knows no strategy, so that
it stays true when a user edits one: `roll_out` makes the events of the strategy that is given.
"""

from salesadvisor.sources.sample.dirt import Row
from salesadvisor.sources.sample.effects import ACTIONS, EFFECTS, Effect
from salesadvisor.sources.sample.files import (
    Format,
    SampleFiles,
    TrueLift,
    generate,
    true_lift,
    write_sample,
)
from salesadvisor.sources.sample.rollout import roll_out
from salesadvisor.sources.sample.spec import SampleSpec

__all__ = [
    "ACTIONS",
    "EFFECTS",
    "Effect",
    "Format",
    "Row",
    "SampleFiles",
    "SampleSpec",
    "TrueLift",
    "generate",
    "roll_out",
    "true_lift",
    "write_sample",
]
