"""A process that appends to a store until it is killed, and says what was acknowledged.

`python -m tests.crash.store_writer STORE DEALS_AN_APPEND FIRST_DEAL LAST_DEAL`

Appends whole batches of deals in order and prints the last deal of each once it is acknowledged.
"""

import sys

from salesadvisor.store import Store
from tests.store_cases import LEARNED, history


def main(path: str, deals: int, first: int, last: int) -> None:
    with Store.open(path, busy_seconds=30) as store:
        say("ready")
        for start in range(first, last + 1, deals):
            batch = history(min(deals, last + 1 - start), first=start)
            store.append(batch, learned_at=LEARNED)
            say(str(start + deals - 1))


def say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
