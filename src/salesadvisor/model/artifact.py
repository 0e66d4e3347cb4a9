"""How is a model kept in a file, so that the file is enough and can't be mistaken?

JSON of integers and texts, with sorted keys: the same model is the same bytes. Signals are kept by
name and found again in the reader's catalogue. Nothing in the file is ever run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from typing import Any

from salesadvisor.errors import BadInput
from salesadvisor.model.features import Feature, Level
from salesadvisor.model.scorecard import BaseRate, Kind, WinModel

SCHEMA_VERSION = 1
_RETRAIN = "train the model again"


def to_json(model: WinModel) -> str:
    """The model as one line of JSON, its sha256 included."""
    body = _body(model)
    return _canonical({**body, "sha256": _digest(body)})


def digest(model: WinModel) -> str:
    """The sha256 that stands in the model's file."""
    return _digest(_body(model))


def model_name(model: WinModel) -> str:
    """Kind and first 12 digits of the hash: what a stored probability names as its model."""
    return f"{model.kind}-{digest(model)[:12]}"


def from_json(text: str, *, signal_index: Mapping[str, int], place: str) -> WinModel:
    """Read a model back; `place` (its path) stands in every error.

    Raises BadInput if the file is damaged, of another schema, or uses a signal that the catalogue
    `signal_index` doesn't have.
    """
    body = _parsed(text, place)
    if body.get("schema_version") != SCHEMA_VERSION:
        version = body.get("schema_version")
        raise BadInput(place, f"model of schema {version}, not {SCHEMA_VERSION}", _RETRAIN)
    if body.pop("sha256", None) != _digest(body):
        raise BadInput(place, "the model is not what was written: its hash differs", _RETRAIN)
    missing = [f["signal"] for f in body["features"] if f["signal"] not in signal_index]
    if missing:
        raise BadInput(place, f"the model uses an unknown signal {missing[0]!r}", _RETRAIN)
    return _model(body, signal_index)


def _body(model: WinModel) -> dict[str, Any]:
    body = asdict(model)
    for feature in body["features"]:
        del feature["column"]  # a place in today's catalogue, no property of the model
    return {**body, "schema_version": SCHEMA_VERSION}


def _parsed(text: str, place: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except ValueError as error:
        raise BadInput(place, f"not a model: {error}", _RETRAIN) from error
    if not isinstance(body, dict):
        raise BadInput(place, "not a model: no JSON object", _RETRAIN)
    return body


def _model(body: dict[str, Any], signal_index: Mapping[str, int]) -> WinModel:
    kind: Kind = "scorecard" if body["kind"] == "scorecard" else "base_rate"
    return WinModel(
        kind=kind,
        horizon_days=body["horizon_days"],
        trained_until=body["trained_until"],
        n_rows=body["n_rows"],
        n_deals=body["n_deals"],
        n_won=body["n_won"],
        base_rate=BaseRate(**body["base_rate"]),
        intercept_micro=body["intercept_micro"],
        shrinkage_permille=body["shrinkage_permille"],
        features=tuple(_feature(item, signal_index) for item in body["features"]),
        covariance=tuple(body["covariance"]),
    )


def _feature(item: dict[str, Any], signal_index: Mapping[str, int]) -> Feature:
    return Feature(
        signal=item["signal"],
        column=signal_index[item["signal"]],
        edges=tuple(item["edges"]),
        level_of_segment=tuple(item["level_of_segment"]),
        levels=tuple(Level(**level) for level in item["levels"]),
    )


def _digest(body: dict[str, Any]) -> str:
    return sha256(_canonical(body).encode()).hexdigest()


def _canonical(body: dict[str, Any]) -> str:
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
