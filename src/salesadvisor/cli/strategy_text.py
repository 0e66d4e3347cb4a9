"""What does each element of a strategy declare, on one line?"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from salesadvisor.domain.strategy import ELEMENTS, Strategy

_LONGEST_NAME = 40


def declared(strategy: Strategy) -> dict[str, str]:
    """By element: what is declared beyond the defaults; empty for nothing."""
    return {element: _told(strategy.section(element)) for element in ELEMENTS}


def _told(section: Any) -> str:
    if isinstance(section, tuple):
        return f"{len(section)} declared" if section else ""
    parts = []
    for name in type(section).model_fields:
        if name in section.model_fields_set:
            text = _value(getattr(section, name))
            if text:
                parts.append(f"{name} {text}")
    return ", ".join(parts)


def _value(value: Any) -> str:
    match value:
        case None | () | {}:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | Decimal() | str():
            return str(value)
        case tuple():
            return _list(value)
        case dict():
            return ", ".join(map(str, value)).join("()")
        case _:
            return str(value)


def _list(items: tuple[Any, ...]) -> str:
    """The names of what is listed, or how many there are where they have no short name."""
    names = [_name(item) for item in items]
    if all(names):
        return ", ".join(map(str, names)).join("()")
    return f"({len(items)})"


def _name(item: Any) -> str | None:
    if isinstance(item, BaseModel):
        found = (getattr(item, key, None) for key in ("name", "id", "role"))
        return next((name for name in found if isinstance(name, str)), None)
    text = str(item)
    return text if len(text) <= _LONGEST_NAME else None
