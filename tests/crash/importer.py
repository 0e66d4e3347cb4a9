"""A process that imports a file through the advisor when it is told to, until it is done or killed.

`python -m tests.crash.importer STORE FILE REJECTS_FOLDER`
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

from salesadvisor.settings import Settings, open_advisor
from salesadvisor.sources import importing

LEARNED = datetime(2027, 1, 1, tzinfo=UTC)
importing.BATCH_EVENTS = 25  # so that there is something between two batches to be killed in


def main(store: str, file: str, rejects_in: str) -> None:
    with open_advisor(Settings(store), create=True) as advisor:
        say("ready")
        sys.stdin.readline()
        advisor.import_file(
            Path(file), format="events", mapping=None, rejects_in=Path(rejects_in),
            learned_at=LEARNED,
        )  # fmt: skip
        say("done")


def say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
