"""What can go wrong, and what should be done about it?

SalesAdvisorError              one line: `place: problem; cure`
├── BadInput                   the person can mend it; exit status 2
│   ├── SourceError            a file or CRM handed in can't be read as history
│   ├── MappingError           a mapping file doesn't fit its schema or the file it maps
│   ├── PlaybookError          a strategy, rule or scenario file is wrong
│   ├── UnknownDeal            no deal of that name in the store
│   └── ReportError            an answer can't be written where it was asked for
├── StoreError                 the event store can't be used; exit status 3
│   ├── StoreCorrupt           what it holds is not what was written
│   ├── StoreLocked            another process is writing
│   └── StoreFull              no room left on the disk
└── Fault                      a bug in salesadvisor; exit status 3
"""


class SalesAdvisorError(Exception):
    """An error that says where it is, what it is and how to mend it.

    `place` is a file with its line, an option or a URL; all three are shown on one line.
    """

    def __init__(self, place: str, problem: str, cure: str) -> None:
        super().__init__(place, problem, cure)
        self.place = place
        self.problem = problem
        self.cure = cure

    def __str__(self) -> str:
        return _one_line(f"{self.place}: {self.problem}; {self.cure}")


class BadInput(SalesAdvisorError):
    """What was handed in is wrong, and whoever handed it in can mend it."""


class SourceError(BadInput):
    """A file or CRM can't be read as history."""


class MappingError(BadInput):
    """A mapping file doesn't fit its schema or the file that it maps."""


class PlaybookError(BadInput):
    """A strategy, rule or scenario file is wrong."""


class UnknownDeal(BadInput):
    """The store has no deal of that name."""


class ReportError(BadInput):
    """An answer can't be written where it was asked for."""


class StoreError(SalesAdvisorError):
    """The event store can't be used."""


class StoreCorrupt(StoreError):
    """What the store holds is not what was written to it."""


class StoreLocked(StoreError):
    """Another process is writing to the store."""


class StoreFull(StoreError):
    """The disk has no room left for the store."""


class Fault(SalesAdvisorError):
    """A bug in salesadvisor: something that its own code should have made impossible."""

    def __init__(
        self, place: str, problem: str, cure: str = "report it as a bug, with this line"
    ) -> None:
        super().__init__(place, problem, cure)


def _one_line(text: str) -> str:
    return " ".join(line.strip() for line in text.splitlines())
