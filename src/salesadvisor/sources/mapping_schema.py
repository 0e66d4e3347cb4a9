"""What may stand in a mapping file? Its JSON Schema, by which editors help and check.

What an event carries is taken from its model: each key as a literal, or as a cell of the row.
"""

from __future__ import annotations

from salesadvisor.domain.events import ENVELOPE, EVENT_TYPES
from salesadvisor.playbook.json_schema import Schema, any_of, closed, ref, schema_of
from salesadvisor.playbook.schemas import as_document
from salesadvisor.sources.header import DELIMITERS
from salesadvisor.sources.mapping import (
    OPEN,
    OUTCOMES,
    SAYABLE,
    SHAPES,
    EventLogForm,
    SnapshotForm,
)

_SAID = {event: f"say_{event}" for event in SAYABLE}


def mapping_schema() -> Schema:
    """The schema of a mapping file: an event log or a snapshot, by its `shape`."""
    forms = {"event_log": schema_of(EventLogForm), "snapshot": schema_of(SnapshotForm)}
    parts: dict[str, Schema] = {}
    for shape in SHAPES:
        parts |= forms[shape].pop("definitions")
        parts[shape] = forms[shape]
    parts["Say"] = _say()
    for event, name in _SAID.items():
        parts |= _event(event, name)
    parts["FileForm"]["properties"]["delimiter"] = {"enum": [*DELIMITERS, None]}
    _fit_snapshot(parts)
    return as_document(_by_shape(parts), "Mapping of somebody else's table")


def _by_shape(parts: dict[str, Schema]) -> Schema:
    return {
        "type": "object",
        "properties": {
            "shape": {
                "enum": list(SHAPES),
                "description": "event_log: a row is an event. snapshot: a row is a deal.",
            }
        },
        "required": ["shape"],
        "if": {"properties": {"shape": {"const": "snapshot"}}},
        "then": ref("snapshot"),
        "else": ref("event_log"),
        "definitions": parts,
    }


def _say() -> Schema:
    branches = [
        {"if": {"properties": {"event": {"const": event}}}, "then": ref(name)}
        for event, name in _SAID.items()
    ]
    return {
        "type": "object",
        "description": "One event that the row means. A value that stands in the row is named by"
        " its column: {column: amount}.",
        "properties": {"event": {"enum": list(SAYABLE)}},
        "required": ["event"],
        "allOf": branches,
    }


def _event(event: str, name: str) -> dict[str, Schema]:
    """The definition of what is said of an event, and those it uses."""
    made = schema_of(EVENT_TYPES[event], short_forms={EVENT_TYPES[event]: ()})
    data = {key: _literal_or_cell(form) for key, form in made["properties"].items()}
    known = {key: form for key, form in data.items() if key not in ENVELOPE}
    needed = [key for key in made["required"] if key not in ENVELOPE]
    form = closed({"event": {"const": event}, **known}, required=needed)
    return {name: form, **made["definitions"]}


def _literal_or_cell(form: Schema) -> Schema:
    """A mapping is always a cell, so a key that holds keys and values takes nothing else."""
    return ref("Cell") if form.get("type") == "object" else any_of(form, ref("Cell"))


def _fit_snapshot(parts: dict[str, Schema]) -> None:
    """One outcome a value; the opening need not be named; a stage comes with its time."""
    outcomes = list(OUTCOMES)
    said = {"allOf": [ref("Say"), {"properties": {"event": {"enum": outcomes}}}]}
    one = any_of({"enum": outcomes}, said)
    alone = {"type": "array", "items": one, "minItems": 1, "maxItems": 1}
    snapshot = parts["snapshot"]["properties"]
    snapshot["outcomes"]["additionalProperties"] = any_of({"const": OPEN}, one, alone)
    snapshot["opened"] = ref(_SAID["opened"])
    parts["SnapshotColumns"]["dependencies"] = {"stage": ["stage_entered"]}
