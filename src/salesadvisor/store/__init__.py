"""Which facts do we keep, and how do we know that we still have them all?

The only door to the eventsourcing package. `Store` is the one thing to open; the rest are the
values that it returns.
"""

from salesadvisor.store.event_store import Import, Store
from salesadvisor.store.head import Head
from salesadvisor.store.reconcile import Appended, Conflict
from salesadvisor.store.records import RawStored, Stored, Subject

__all__ = ["Appended", "Conflict", "Head", "Import", "RawStored", "Store", "Stored", "Subject"]
