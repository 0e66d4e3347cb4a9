"""Where is everything, and what time is it? The only reader of environment, clock and paths."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from salesadvisor.advisor import Advisor

DEFAULT_STORE = "salesadvisor.sqlite"
DEFAULT_PLAYBOOK = "clinical_research"
_PACKAGE = Path(__file__).parent
_COMPILED = ("domain", "engine", "log", "model", "study")  # rooms whose code ends up in kernels


@dataclass(frozen=True)
class Settings:
    """What a command works on. `playbook` is a directory or the name of a shipped playbook."""

    store: str = DEFAULT_STORE
    playbook: str = DEFAULT_PLAYBOOK
    workers: int | None = None

    @property
    def store_path(self) -> Path:
        """The store's file."""
        return Path(self.store.removeprefix("sqlite:///"))

    @property
    def log_folder(self) -> Path:
        """The columnar log, beside the store."""
        return self.store_path.with_name(self.store_path.name + ".log")


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def open_advisor(settings: Settings, *, create: bool = False) -> Iterator[Advisor]:
    """The advisor over the store and playbook of `settings`; `create` makes a store if need be."""
    keep_kernels()
    # Only now: these compile and compute, and a command that only lists rules shouldn't wait.
    from salesadvisor.advisor import Advisor
    from salesadvisor.playbook.playbook import find_playbook, load_playbook
    from salesadvisor.store import Store

    playbook = load_playbook(find_playbook(settings.playbook))
    with Store.open(settings.store, create=create, store_id=uuid4()) as store:
        yield Advisor(store, settings.log_folder, playbook, settings.workers or processors())


def keep_kernels() -> None:
    """Let compiled kernels be kept between runs, apart for each version of the source.

    numba notices a change only in the file that holds a kernel, not in those it calls.
    """
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(cache) / "salesadvisor" / f"kernels-{_source_digest()}"
    os.environ.setdefault("NUMBA_CACHE_DIR", str(folder))


def _source_digest() -> str:
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(path for room in _COMPILED for path in (_PACKAGE / room).rglob("*.py")):
        digest.update(path.relative_to(_PACKAGE).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
