"""How does what happened get into the CRM? Facts of one deal, with the delay of each."""

from __future__ import annotations

from salesadvisor.sources.sample.chance import Draw
from salesadvisor.sources.sample.clock import DAY, BusinessClock

# recorded, occurred (epoch seconds), subject, serial within the subject, kind, data (JSON)
Fact = tuple[int, int, str, int, str, str]

_WEEKEND_SHARE = 0.015
_AFTER_DAYS = 0.975
_AFTER_WEEKS = 0.9965


def source_id(subject: str, serial: int) -> str:
    return f"{subject}.{serial}"


class Journal:
    """Writes one subject's facts; what would be recorded after the history's end is left out."""

    __slots__ = (
        "_clock", "_draw", "_end", "_last_field", "_opened", "_seconds", "_serial",
        "facts", "prompt", "subject",
    )  # fmt: skip

    def __init__(
        self, facts: list[Fact], subject: str, clock: BusinessClock, draw: Draw, prompt: float
    ) -> None:
        self.facts = facts
        self.subject = subject
        self.prompt = prompt
        self._clock = clock
        self._seconds = clock.seconds
        self._draw = draw
        self._end = clock.end_seconds
        self._opened = 0
        self._last_field = 0
        self._serial = 0

    @property
    def last_id(self) -> str:
        """The source id of the fact written last."""
        return source_id(self.subject, self._serial)

    def text(self, moment: float) -> str:
        """The moment as it stands in the file."""
        return self._clock.text(self._seconds(moment))

    def field(self, moment: float, kind: str, data: str) -> int:
        """A change of a field: recorded at once, seldom entered later; returns its serial.

        Fields are entered in order, and nothing is recorded before the first of them, which makes
        the subject.
        """
        chance = self._draw()
        if chance < 0.90 or not self._serial:
            delay = 0.003 * chance
        elif chance < 0.997:
            delay = (chance - 0.90) * 25
        else:
            delay = 23 + (chance - 0.997) * 8_000
        recorded = self._seconds(moment + delay)
        if recorded < self._last_field:
            recorded = self._last_field
        self._last_field = recorded
        if not self._serial:
            self._opened = recorded
        return self._write(self._seconds(moment), recorded, kind, data)

    def logged(self, moment: float, kind: str, data: str) -> int:
        """Something a person did and wrote down: mostly within hours, a tail of days and weeks."""
        chance = self._draw()
        prompt = self.prompt
        if chance < prompt:
            delay = 0.01 + 0.4 * chance / prompt
        elif chance < _AFTER_DAYS:
            late = (chance - prompt) / (_AFTER_DAYS - prompt)
            delay = 0.4 + 4.0 * late * late * late
        elif chance < _AFTER_WEEKS:
            delay = 4.5 + (chance - _AFTER_DAYS) * 600
        else:
            delay = 23 + (chance - _AFTER_WEEKS) * 9_000
        occurred = self._seconds(moment)
        recorded = self._seconds(moment + delay)
        if kind == "activity" and self._draw() < _WEEKEND_SHARE:
            if self._clock.is_before_a_break(moment):
                occurred += DAY
                recorded = max(recorded, occurred + 600)
        if recorded < self._opened:
            recorded = self._opened
        return self._write(occurred, recorded, kind, data)

    def amend_last(self, kind: str, data: str, seconds: int) -> None:
        """A correction or retraction of the fact just written, `seconds` after it was recorded."""
        last = self.facts[-1]
        if last[2] == self.subject and last[3] == self._serial:
            self._write(last[0] + seconds, last[0] + seconds, kind, data)

    def _write(self, occurred: int, recorded: int, kind: str, data: str) -> int:
        self._serial = serial = self._serial + 1
        if recorded < self._end and occurred < self._end:
            self.facts.append((recorded, occurred, self.subject, serial, kind, data))
        return serial
