"""How does plain Python become a kernel? The domain's functions, compiled as they stand.

The functions of the given modules are compiled with each other as their globals, so what runs in
bulk is the source that runs live.
"""

from __future__ import annotations

import dataclasses
from types import FunctionType, ModuleType, SimpleNamespace
from typing import Any

import numba
import numpy as np

from salesadvisor.domain import conformance, history, observe, state, tally
from salesadvisor.domain.scopes import AccountSignals, RepSignals, TeamSignals
from salesadvisor.domain.signals import Signals
from salesadvisor.log import bind

# Without numba's run time for arrays: it counts references at every call, atomically, which costs
# more than the work. So a function of the fold must not make an array; numba says so if one does.
inner = numba.njit(nogil=True, _nrt=False)


def record_type(model: type) -> np.dtype[Any]:
    """The record of int64 fields that mirrors a slotted dataclass of integers."""
    return np.dtype([(item.name, np.int64) for item in dataclasses.fields(model)])


DEAL = record_type(state.Deal)
ROW = record_type(state.LogRow)
SIGNALS = record_type(Signals)
ACCOUNT_SIGNALS = record_type(AccountSignals)
REP_SIGNALS = record_type(RepSignals)
TEAM_SIGNALS = record_type(TeamSignals)


def empty_deal() -> Any:
    """A record array of one deal of which nothing is known."""
    deal = np.zeros(1, DEAL)
    blank = state.Deal()
    for item in dataclasses.fields(state.Deal):
        deal[item.name] = getattr(blank, item.name)
    return deal


def empty_book() -> Any:
    return np.array(state.empty_book(), dtype=np.int64)


def compiled(*modules: ModuleType) -> SimpleNamespace:
    """The functions of `modules`, each compiled when first called.

    Each keeps the constants of its own module, and calls the others as they are compiled.
    """
    spaces = {module.__name__: dict(vars(module)) for module in modules}
    made: dict[FunctionType, Any] = {}
    for module in modules:
        for name, function in vars(module).items():
            if isinstance(function, FunctionType) and function.__module__ == module.__name__:
                space = spaces[module.__name__]
                copy = FunctionType(function.__code__, space, name, function.__defaults__)
                made[function] = inner(copy)
    for space in spaces.values():
        for name, value in space.items():
            if isinstance(value, FunctionType) and value in made:
                space[name] = made[value]
    return SimpleNamespace(**{function.__name__: one for function, one in made.items()})


fast = compiled(state, history, observe, tally, conformance, bind)
