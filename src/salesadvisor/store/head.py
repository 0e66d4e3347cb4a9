"""Is everything still there that was once acknowledged?

A cut-off write-ahead log loses the tail of a database without a word. Beside the store therefore
lies its head: how many events it held after the last commit, and the chain of hashes over them.
The store may be ahead of its head (the process ended between commit and head); never behind it.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import sys
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from salesadvisor.errors import StoreError, StoreFull

EventRow = tuple[str, int, str, bytes]
"""Stream id in hex, version, kind and state: a row of the store without its position."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a store holds: how many events, up to which position, and the hash over them all."""

    store_id: str
    events: int
    position: int
    chain: str


def chained(
    previous: str,
    first_position: int,
    *,
    streams: Sequence[str],
    versions: Sequence[int],
    kinds: Sequence[str],
    states: Sequence[bytes],
) -> str:
    """The chain after the events of these columns, which stand from `first_position` on.

    sha256 in hex. Every field is in it with its length, so that no two appends hash alike.
    """
    digest = hashlib.sha256(f"{previous};{first_position};{len(states)};".encode())
    digest.update("".join(streams).encode())
    digest.update(_eight_bytes_each(versions))
    digest.update(",".join(kinds).encode())
    digest.update(_eight_bytes_each(map(len, states)))
    digest.update(b"".join(states))
    return digest.hexdigest()


def _eight_bytes_each(numbers: Iterable[int]) -> bytes:
    packed = array("q", numbers)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def read_head(path: Path) -> Head | None:
    """The head written there, None if there is none; raises ValueError if it isn't one."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    fields = json.loads(text)
    try:
        return Head(
            store_id=str(fields["store_id"]),
            events=int(fields["events"]),
            position=int(fields["position"]),
            chain=str(fields["chain"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"no head: {error}") from error


def write_head(path: Path, head: Head) -> None:
    """Puts `head` there whole or not at all; raises StoreError."""
    draft = path.with_name(path.name + ".tmp")
    try:
        with draft.open("w", encoding="utf-8") as file:
            file.write(json.dumps(asdict(head)) + "\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        _sync_directory(path.parent)
    except OSError as error:
        kind = StoreFull if error.errno == errno.ENOSPC else StoreError
        raise kind(
            str(path),
            f"the events are stored, but not this head of them ({error.strerror})",
            "make room or mend the rights of its folder, and run the command again",
        ) from error


def loss(head: Head, newest: Head, chain_at: Callable[[int], str | None]) -> str | None:
    """What the store lost since `head` was written, in one line; None if nothing.

    `newest` is what the store itself holds; `chain_at` its chain after the append that ended at a
    position, if one did.
    """
    if head.store_id != newest.store_id:
        return f"its head belongs to another store ({head.store_id})"
    if head.position > newest.position:
        gone = head.events - newest.events
        first, last = newest.position + 1, head.position
        return f"{gone} of {head.events} stored events are gone (positions {first} to {last})"
    if chain_at(head.position) != head.chain:
        return f"the events up to position {head.position} are not those that were stored"
    return None


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
